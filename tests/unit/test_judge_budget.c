/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Each term of the budget has its computed size, and goes away when the reading was settled. */
#include "test_judge_fixture.h"

#include "base/cleanup.h"
#include "judge/budget.h"
#include "metric/derived.h"

static struct fixture f;

static struct budget budget_of(const char *name, unsigned settled, unsigned base_settled,
			       bool change)
{
	struct budget b = {0};
	struct metric m;
	char nearest[METRIC_NAME_MAX];

	cr_assert_eq(metric_parse(name, &fixture_names, &m, nearest, NULL), 0);
	f.readings[FILL].settled = settled;
	f.readings[BASE].settled = base_settled;
	budget_compute(&b, &f.r, &m, &f.readings[FILL], change ? &f.readings[BASE] : NULL);
	return b;
}

Test(judge_budget, terms_come_and_go_with_their_bit)
{
	static const struct {
		const char *name;
		unsigned bit;
		int64_t size;
	} rows[] = {
		{"neighbour/memory.current", SETTLED_STOCK, STOCK},
		{"hog/memory.current", SETTLED_STOCK, 2 * STOCK}, /* and hog/inner's */
		{"hog/memory.stat.anon", SETTLED_RSTAT, 64 * CPUS * PAGE},
		{"hog/memory.stat.pgfault", SETTLED_RSTAT, 64 * CPUS},
		{"hog/memory.stat.inactive_file", SETTLED_LRU, 31 * CPUS * PAGE},
		{"meminfo.Inactive(file)", SETTLED_LRU, 31 * CPUS * PAGE},
		{"vmstat.nr_active_file", SETTLED_LRU, 31 * CPUS},
		{"meminfo.AnonPages", SETTLED_PERCPU, 36 * CPUS * PAGE},
		{"meminfo.Slab", SETTLED_PERCPU, 2 * 36 * CPUS * PAGE},
		{"meminfo.KernelStack", SETTLED_PERCPU, 36 * CPUS * KIB},
		{"vmstat.nr_kernel_stack", SETTLED_PERCPU, 36 * CPUS},
		{"vmstat.nr_anon_pages", SETTLED_PERCPU, 36 * CPUS},
		{"free.buff_cache", SETTLED_PERCPU, 3 * 36 * CPUS * PAGE},
	};

	fixture_init(&f);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct budget b =
			budget_of(rows[i].name, ALL_SETTLED & ~rows[i].bit, ALL_SETTLED, false);

		cr_expect_eq(b.n, 1, "%s: %d terms", rows[i].name, b.n);
		cr_expect_eq(b.sum, rows[i].size, "%s: %lld", rows[i].name, (long long)b.sum);
		b = budget_of(rows[i].name, ALL_SETTLED, ALL_SETTLED, true);
		cr_expect_eq(b.n, 0, "%s: settled, and yet %d terms", rows[i].name, b.n);
		b = budget_of(rows[i].name, ALL_SETTLED & ~rows[i].bit, ALL_SETTLED & ~rows[i].bit,
			      true);
		cr_expect_eq(b.low, rows[i].bit == SETTLED_STOCK ? rows[i].size : 2 * rows[i].size,
			     "%s: of a change %lld", rows[i].name, (long long)b.low);
	}
	record_free(&f.r);
}

/* The stock makes usage too high, never too low; its change errs either way. */
Test(judge_budget, stock_has_a_direction)
{
	struct budget b;

	fixture_init(&f);
	b = budget_of("neighbour/memory.current", 0, 0, false);
	cr_expect_eq(b.low, 0);
	cr_expect_eq(b.high, STOCK);
	b = budget_of("neighbour/memory.current", ALL_SETTLED, 0, true);
	cr_expect_eq(b.low, STOCK);
	cr_expect_eq(b.high, 0);
	b = budget_of("neighbour/memory.peak", ALL_SETTLED, ALL_SETTLED, false);
	cr_expect_eq(b.high, STOCK, "the peak remembers the stock of its moment");
	b = budget_of("neighbour/memory.events.oom_kill", 0, 0, false);
	cr_expect_eq(b.sum, 0, "events are exact");
	b = budget_of("vmstat.pgfault", 0, 0, true);
	cr_expect_eq(b.sum, 0, "events are exact");
	record_free(&f.r);
}

Test(judge_budget, per_cpu_free_lists)
{
	struct budget b;

	fixture_init(&f);
	fixture_set(&f, "zoneinfo.pcp", 1000, 300, 300);
	b = budget_of("meminfo.MemFree", ALL_SETTLED, ALL_SETTLED, true);
	cr_expect_eq(b.sum, 0, "taken out of the change");
	b = budget_of("free.free", ALL_SETTLED, ALL_SETTLED, false);
	cr_expect_eq(b.sum, 300 * PAGE);
	/* A sample does not read them. */
	f.values[FILL][record_column(&f.r, "zoneinfo.pcp")] = VALUE_ABSENT;
	b = budget_of("meminfo.MemFree", ALL_SETTLED, ALL_SETTLED, true);
	cr_expect_eq(b.sum, 1000 * PAGE);
	b = budget_of("vmstat.nr_free_pages", ALL_SETTLED, ALL_SETTLED, true);
	cr_expect_eq(b.sum, 1000);
	b = budget_of("meminfo.AnonPages", ALL_SETTLED, ALL_SETTLED, true);
	cr_expect_eq(b.sum, 0);
	record_free(&f.r);
}

/* So much of MemTotal is neither free, nor on lists, nor in use. */
static void set_hidden(int64_t base, int64_t fill)
{
	static const char *const lines[] = {"AnonPages", "Cached",     "Buffers",
					    "Slab",	 "PageTables", "VmallocUsed"};
	char name[64];

	fixture_set(&f, "meminfo.MemTotal", GIB, GIB, GIB);
	fixture_set(&f, "meminfo.MemFree", GIB - base, GIB - fill - 300 * PAGE, GIB);
	fixture_set(&f, "zoneinfo.pcp", 0, 300, 0);
	for (size_t i = 0; i < ARRAY_SIZE(lines); i++) {
		snprintf(name, sizeof(name), "meminfo.%s", lines[i]);
		fixture_set(&f, name, 0, 0, 0);
	}
}

/* Only up, and only where there are reports: what was hidden at base may be free by now. */
Test(judge_budget, reported_to_the_host_at_base)
{
	struct budget b;

	fixture_init(&f);
	set_hidden(70 * MIB, 6 * MIB);
	b = budget_of("meminfo.MemFree", ALL_SETTLED, ALL_SETTLED, true);
	cr_expect_eq(b.sum, 0);
	f.r.n_facts = 1;
	f.facts[0] = (struct fact){"page_reporting", "off"};
	b = budget_of("meminfo.MemFree", ALL_SETTLED, ALL_SETTLED, true);
	cr_expect_eq(b.sum, 0);
	f.facts[0] = (struct fact){"page_reporting", "on"};
	b = budget_of("meminfo.MemFree", ALL_SETTLED, ALL_SETTLED, true);
	cr_expect_eq(b.high, 64 * MIB, "%lld", (long long)b.high);
	cr_expect_eq(b.low, 0);
	b = budget_of("vmstat.nr_free_pages", ALL_SETTLED, ALL_SETTLED, true);
	cr_expect_eq(b.high, 64 * MIB / PAGE);
	b = budget_of("free.used", ALL_SETTLED, ALL_SETTLED, true);
	cr_expect_eq(b.low, 64 * MIB);
	cr_expect_eq(b.high, 0);
	b = budget_of("meminfo.AnonPages", ALL_SETTLED, ALL_SETTLED, true);
	cr_expect_eq(b.sum, 0);
	/* Hidden now: it is waited for, and then the kernel has lost it. */
	set_hidden(6 * MIB, 70 * MIB);
	b = budget_of("meminfo.MemFree", ALL_SETTLED, ALL_SETTLED, true);
	cr_expect_eq(b.sum, 0);
	set_hidden(6 * MIB, 6 * MIB - HIDDEN_LEAST + 1);
	b = budget_of("meminfo.MemFree", ALL_SETTLED, ALL_SETTLED, true);
	cr_expect_eq(b.sum, 0, "it moves a little by itself");
	record_free(&f.r);
}

Test(judge_budget, noise)
{
	struct budget b;

	fixture_init(&f);
	fixture_set(&f, "meminfo.AnonPages", 0, 0, 0);
	fixture_set(&f, "meminfo.MemAvailable", 0, 0, 0);
	fixture_set(&f, "meminfo.MemTotal", 0, 0, 0);
	fixture_set(&f, "vmstat.pgfault", 0, 0, 0);
	f.columns[record_column(&f.r, "meminfo.AnonPages")].noise = 5 * PAGE;
	f.columns[record_column(&f.r, "meminfo.MemAvailable")].noise = 7 * PAGE;
	f.columns[record_column(&f.r, "meminfo.MemTotal")].noise = PAGE;
	f.columns[record_column(&f.r, "vmstat.pgfault")].noise = 30;
	b = budget_of("meminfo.AnonPages", ALL_SETTLED, ALL_SETTLED, true);
	cr_expect_eq(b.sum, 5 * PAGE);
	b = budget_of("free.used", ALL_SETTLED, ALL_SETTLED, true);
	cr_expect_eq(b.sum, 8 * PAGE, "of all its terms: %lld", (long long)b.sum);
	b = budget_of("vmstat.pgfault", ALL_SETTLED, ALL_SETTLED, true);
	cr_expect_eq(b.sum, 300, "30 a second for 10 s: %lld", (long long)b.sum);
	fixture_set(&f, "others.anon", 0, 0, 0);
	f.columns[record_column(&f.r, "others.anon")].noise = 3 * PAGE;
	b = budget_of("meminfo.AnonPages", ALL_SETTLED, ALL_SETTLED, true);
	cr_expect_eq(b.sum, 2 * PAGE, "what others moved is taken out: %lld", (long long)b.sum);
	b = budget_of("meminfo.AnonPages", ALL_SETTLED, ALL_SETTLED, false);
	cr_expect_eq(b.sum, 5 * PAGE, "but not of an absolute number: %lld", (long long)b.sum);
	f.r.control_ns = 0;
	b = budget_of("vmstat.pgfault", ALL_SETTLED, ALL_SETTLED, true);
	cr_expect_eq(b.sum, 0);
	record_free(&f.r);
}

Test(judge_budget, others_moving)
{
	struct budget b;

	fixture_init(&f);
	fixture_set(&f, "others.anon", 0, 0, 0);
	fixture_set(&f, "others.anon.moved", 3 * PAGE, 4 * PAGE, 0);
	b = budget_of("meminfo.AnonPages", ALL_SETTLED, ALL_SETTLED, true);
	cr_expect_eq(b.sum, (7 + (36 + 64) * CPUS) * PAGE, "and what others refill meanwhile");
	b = budget_of("vmstat.nr_anon_pages", ALL_SETTLED, ALL_SETTLED, true);
	cr_expect_eq(b.sum, 7 + (36 + 64) * CPUS);
	b = budget_of("meminfo.AnonPages", ALL_SETTLED, ALL_SETTLED, false);
	cr_expect_eq(b.sum, 0, "an absolute number is not corrected");
	b = budget_of("meminfo.AnonPages", ALL_SETTLED & ~(unsigned)SETTLED_RSTAT, ALL_SETTLED,
		      true);
	cr_expect_eq(b.sum, (7 + (36 + 64) * CPUS + 64 * CPUS) * PAGE);
	record_free(&f.r);
}

Test(judge_budget, rss_of_old_kernels)
{
	static const struct {
		const char *release;
		int64_t pages;
	} rows[] = {{"6.1.0-40-amd64", 64 * 16}, {"6.12.0", 32 * CPUS}, {"6.16.1", 0}, {"7.0", 0}};

	fixture_init(&f);
	f.r.n_facts = 1;
	for (size_t i = 0; i < 4; i++) {
		f.facts[0] = (struct fact){"kernel", rows[i].release};
		cr_expect_eq(budget_of("eater.rss_file", ALL_SETTLED, ALL_SETTLED, false).sum,
			     rows[i].pages * PAGE, "%s", rows[i].release);
		cr_expect_eq(budget_of("eater.rss", ALL_SETTLED, ALL_SETTLED, false).sum, 0,
			     "smaps_rollup is exact");
	}
	record_free(&f.r);
}

Test(judge_budget, too_many_terms_are_kept_in_one)
{
	struct budget b = {0};

	for (int i = 0; i < BUDGET_TERMS + 3; i++)
		budget_add(&b, 10, "term %d", i);
	cr_expect_eq(b.n, BUDGET_TERMS);
	cr_expect_eq(b.sum, 10 * (BUDGET_TERMS + 3));
	cr_expect_str_eq(b.terms[BUDGET_TERMS - 1].what, "more");
	cr_expect_eq(b.terms[BUDGET_TERMS - 1].size, 40);
	budget_add(&b, 0, "nothing");
	cr_expect_eq(b.sum, 10 * (BUDGET_TERMS + 3));
	budget_add(&b, 1, "term 0");
	cr_expect_eq(b.terms[0].size, 11);
}

/* The same number passes at the edge of its computed tolerance and fails one byte beyond. */
Test(judge_budget, edge_of_the_tolerance)
{
	int64_t edge = 64 * MIB + 2 * 36 * CPUS * PAGE;

	fixture_init(&f);
	f.readings[BASE].settled = f.readings[FILL].settled =
		ALL_SETTLED & ~(unsigned)SETTLED_PERCPU;
	fixture_set(&f, "meminfo.AnonPages", 0, edge, 0);
	fixture_check(&f, 0, "meminfo.AnonPages", C_EQUAL, true, 64 * MIB);
	expect_verdict(&f, "meminfo.AnonPages", V_PASS);
	cr_expect_eq(f.r.verdicts[0].high, edge);
	fixture_set(&f, "meminfo.AnonPages", 0, edge + 1, 0);
	expect_verdict(&f, "meminfo.AnonPages", V_FAIL);
	fixture_set(&f, "meminfo.AnonPages", 0, edge, 0);
	f.readings[BASE].settled = f.readings[FILL].settled = ALL_SETTLED;
	expect_verdict(&f, "meminfo.AnonPages", V_FAIL);
	record_free(&f.r);
}

/* What a stressor read of a disk is expected, not blocks of anybody's: nothing is tolerated for it.
 */
Test(judge_budget, what_was_read_of_a_disk)
{
	fixture_init(&f);
	f.r.spec.stressors[0].kind = "blockdev";
	fixture_set(&f, "eater.bytes", 0, 32 * MIB, 0);
	fixture_set(&f, "meminfo.Buffers", 100 * KIB, 32 * MIB + 108 * KIB, 100 * KIB);
	fixture_set(&f, "hog/memory.stat.file", 0, 32 * MIB + 8 * KIB, 0);
	fixture_check(&f, 0, "hog/memory.stat.file", C_EQUAL, true, 32 * MIB);
	expect_verdict(&f, "hog/memory.stat.file", V_PASS);
	cr_expect_eq(f.r.verdicts[0].tolerance, 8 * KIB);
	fixture_set(&f, "hog/memory.stat.file", 0, 32 * MIB + 12 * KIB, 0);
	expect_verdict(&f, "hog/memory.stat.file", V_FAIL);
	record_free(&f.r);
}

/* Blocks of the file system that a group read are in its file; a little more than they are is not.
 */
Test(judge_budget, blocks_of_a_file_system)
{
	fixture_init(&f);
	fixture_set(&f, "meminfo.Buffers", 100 * KIB, 140 * KIB, 60 * KIB);
	fixture_set(&f, "hog/memory.stat.file", 0, 32 * MIB + 40 * KIB, 4 * KIB);
	fixture_check(&f, 0, "hog/memory.stat.file", C_EQUAL, true, 32 * MIB);
	expect_verdict(&f, "hog/memory.stat.file", V_PASS);
	cr_expect_eq(f.r.verdicts[0].low, 32 * MIB);
	fixture_set(&f, "hog/memory.stat.file", 0, 32 * MIB + 44 * KIB, 0);
	expect_verdict(&f, "hog/memory.stat.file", V_FAIL);
	fixture_set(&f, "hog/memory.stat.file", 0, 32 * MIB - 4 * KIB, 0);
	expect_verdict(&f, "hog/memory.stat.file", V_FAIL);
	/* Fewer of them than before explain nothing, of a value neither. */
	f.checks[0] = (struct check){0};
	f.r.spec.n_checks = 0;
	fixture_check(&f, 1, "hog/memory.stat.file", C_EQUAL, false, 0);
	fixture_set(&f, "hog/memory.stat.file", 0, 32 * MIB, 4 * KIB);
	expect_verdict(&f, "hog/memory.stat.file", V_FAIL);
	record_free(&f.r);
}
