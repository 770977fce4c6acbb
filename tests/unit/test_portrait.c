/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Ranges hold what they promise of further runs, and profiles from fixed runs are as in
 * data/portrait.
 */
#include <criterion/criterion.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/io.h"
#include "base/words.h"
#include "portrait/portrait.h"
#include "portrait/tolerance.h"
#include "random.h"

#define TRIES 20000

Test(portrait, students_t_is_as_in_tables)
{
	static const struct {
		double tail;
		int freedom;
		double t;
	} rows[] = {{0.025, 1, 12.706}, {0.005, 1, 63.657}, {0.025, 2, 4.303},	{0.0005, 2, 31.599},
		    {0.05, 3, 2.353},	{0.025, 9, 2.262},  {0.0005, 9, 4.781}, {0.025, 10, 2.228},
		    {0.01, 30, 2.457},	{0.0005, 99, 3.392}};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		cr_assert_float_eq(student_t(rows[i].tail, rows[i].freedom), rows[i].t, 0.0006,
				   "%g, %d: %g", rows[i].tail, rows[i].freedom,
				   student_t(rows[i].tail, rows[i].freedom));
}

/* Share of recordings whose range has not one further run in it. */
static double outside(double (*draw)(void), size_t n, double miss)
{
	int out = 0;

	state = 4711;
	for (int i = 0; i < TRIES; i++) {
		int64_t v[PORTRAIT_RUNS_MOST];
		struct span s;
		double next;

		for (size_t k = 0; k < n; k++)
			v[k] = llround(draw());
		s = tolerance_of(v, n, miss, 1);
		next = round(draw());
		out += next < s.low || next > s.high;
	}
	return (double)out / TRIES;
}

static double normal(void)
{
	return 1e6 + 1e4 * gauss();
}

static double skewed(void)
{
	return 1e6 + 1e4 * exp(gauss());
}

static double one_of_two(void)
{
	return uniform() < 0.5 ? 100 : 200;
}

static double nearly_still(void)
{
	return 500 + (uniform() < 0.3);
}

Test(portrait, ranges_hold_what_they_promise)
{
	static const size_t runs[] = {3, 5, 10, 30};

	for (size_t i = 0; i < ARRAY_SIZE(runs); i++) {
		double p = outside(normal, runs[i], 0.01);

		cr_assert(p > 0.007 && p < 0.013, "%zu runs: %g", runs[i], p);
		/* Whole steps and two ways to end are no worse. */
		cr_assert_leq(outside(nearly_still, runs[i], 0.01), 0.01);
	}
	cr_assert_leq(outside(one_of_two, 10, 0.01), 0.01);
	/* A long tail is: the profile says that it goes by a normal distribution. */
	cr_assert_leq(outside(skewed, 10, 0.01), 0.05);
	cr_assert_geq(outside(skewed, 10, 0.01), 0.01);
}

Test(portrait, ranges_have_all_runs_in_them)
{
	const int64_t still[] = {7, 7, 7, 7}, odd[] = {1000, 1000, 1000, 1000, 1000, 1000, 9000};
	struct span s = tolerance_of(still, 4, 0.01, 1);

	/* That they are the same by chance is allowed for. */
	cr_assert(s.low < 7 && s.low > 4 && s.high > 7 && s.high < 10, "%g %g", s.low, s.high);
	/* Nor is what the kernel counts in larger steps, which some runs did not show. */
	s = tolerance_of(still, 4, 0.01, 64);
	cr_assert(s.low < 7 - 64 && s.high > 7 + 64, "%g %g", s.low, s.high);
	s = tolerance_of(odd, 7, 0.2, 1);
	cr_assert(s.low <= 1000 && s.high >= 9000);
}

static int64_t poisson(double mean)
{
	double limit = exp(-mean), p = uniform();
	int64_t n = 0;

	for (; p > limit; n++)
		p *= uniform();
	return n;
}

Test(portrait, events_hold_what_they_promise)
{
	static const double means[] = {0.01, 0.1, 1, 5, 30};
	const int64_t none[10] = {0}, burst[] = {0, 0, 900, 0, 0, 0, 0, 0, 0, 1200};

	state = 99;
	for (size_t m = 0; m < ARRAY_SIZE(means); m++) {
		int out = 0;

		for (int i = 0; i < TRIES; i++) {
			int64_t v[10];

			for (size_t k = 0; k < 10; k++)
				v[k] = poisson(means[m]);
			out += poisson(means[m]) > tolerance_of_events(v, 10, 0.01);
		}
		cr_assert_leq(out, TRIES / 100, "mean %g: %d", means[m], out);
	}
	/* P(more than 0 after none in 10 runs) = 1 - sqrt(10/11) = 4.7 %, more than 1: 0.35 %. */
	cr_assert_eq(tolerance_of_events(none, 10, 0.05), 0);
	cr_assert_eq(tolerance_of_events(none, 10, 0.01), 1);
	cr_assert_geq(tolerance_of_events(burst, 10, 0.01), 1200);
}

static void sit_all(struct portrait *p, struct sitting *all, int64_t runtime_ns)
{
	static const struct {
		const char *metric;
		int64_t base, step; /* run i: base + step * (i * 7 % 5) */
	} rows[] = {
		{"box/run/memory.stat.anon", 60 * MIB, 16 * KIB},
		{"box/run/memory.stat.kernel", 8 * KIB, 400 * KIB},
		{"box/run/memory.peak", 64 * MIB, 32 * KIB},
		{"command.max_rss", 65 * MIB, 12 * KIB},
		{"box/run/memory.stat.file", 1 * MIB, 0},
		{"box/run/memory.stat.pgfault", 16000, 1},
		{"box/run/memory.stat.pgmajfault", 0, 0},
		{"box/run/memory.events.max", 3, 2},
		{"box/memory.peak", 70 * MIB, 4 * KIB},
	};

	p->n = (size_t)p->config.runs;
	p->sittings = all;
	for (size_t i = 0; i < p->n; i++) {
		for (int t = 0; t < TRAITS; t++)
			all[i].values[t] = VALUE_ABSENT;
		for (size_t t = 0; t < ARRAY_SIZE(rows); t++)
			all[i].values[trait_index(rows[t].metric)] =
				rows[t].base + rows[t].step * (int64_t)(i * 7 % 5);
		all[i].runtime_ns = runtime_ns * (int64_t)(i + 1);
	}
}

/* With MEMTRIAL_UPDATE set the files are written anew: look at the diff before it is kept. */
static void same_as(const char *name, const char *text)
{
	_cleanup_free_ char *want = NULL;
	char path[512];
	size_t len;

	snprintf(path, sizeof(path), TEST_DATA "/portrait/%s.yaml", name);
	if (getenv("MEMTRIAL_UPDATE")) {
		FILE *out = fopen(path, "w");

		fputs(text, out);
		fclose(out);
	}
	cr_assert_eq(file_read_alloc(AT_FDCWD, path, &want, &len), 0, "%s", path);
	cr_assert_str_eq(text, want);
}

static void check_parses(const char *text)
{
	struct profile profile = {0};
	struct diags diags = {0};

	cr_assert_eq(profile_parse(&profile, "x", text, strlen(text), NULL, 0, &diags), 0, "%s\n%s",
		     diags.n ? diags.list[0].text : "", text);
	profile_free(&profile);
	diags_free(&diags);
}

static void draw(const char *name, const char *command, int runs, int64_t limit, int want_held)
{
	static struct sitting all[PORTRAIT_RUNS_MOST];
	struct machine m = {.release = "6.12.1",
			    .memcg_version = 2,
			    .cpus_online = 4,
			    .page_size = 4096};
	const struct plan_config plan = {.machine = &m};
	struct portrait p = {.config = {.command = command,
					.title = command,
					.name = name,
					.dir = "/src",
					.tool = "memtrial 1",
					.runs = runs,
					.miss = 0.001,
					.limit = limit,
					.room = 4 * GIB,
					.plan = &plan}};
	const char *text;
	int held;

	memset(all, 0, sizeof(all));
	check_parses(portrait_text(&p, &p.arena, NULL));
	sit_all(&p, all, str_eq(name, "short") ? 40 * NSEC_PER_MSEC : 600 * NSEC_PER_MSEC);
	text = portrait_text(&p, &p.arena, &held);
	cr_assert_eq(held, want_held, "%d\n%s", held, text);
	check_parses(text);
	same_as(name, text);
	portrait_free(&p);
}

Test(portrait, profiles_from_fixed_runs)
{
	draw("free", "exec cc -O2 -c x.c", 10, VALUE_MAX, 6);
	draw("short", "exec true", 3, VALUE_MAX, 5);
	draw("limited", "exec sh -c 'echo \"a\\b\" $HOME \xc3\xa9: # x'", 5, 80 * MIB, 7);
}
