/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The stressors anon, shmem, mlock, pagetable, fork and exec, as far as one process can show them.
 */
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>

#include <criterion/criterion.h>

#include "area.h"
#include "base/cleanup.h"
#include "base/io.h"
#include "stressor_driver.h"

static struct area *area_of(struct driver *d)
{
	return d->w.state;
}

static int64_t resident(struct driver *d)
{
	static unsigned char vec[1 << 12];
	struct area *a = area_of(d);
	int64_t n = 0;

	cr_assert_eq(mincore(a->base, (size_t)a->size, vec), 0);
	for (int64_t i = 0; i < a->size / a->page; i++)
		n += vec[i] & 1;
	return n * a->page;
}

/* A line of /proc/self/status, in bytes. */
static int64_t status_bytes(const char *key)
{
	char text[8192];
	const char *line;
	int64_t kib = -1;

	cr_assert_gt(file_read(AT_FDCWD, "/proc/self/status", text, sizeof(text)), 0);
	line = strstr(text, key);
	cr_assert_not_null(line, "no %s", key);
	cr_assert_eq(sscanf(line + strlen(key), " %ld kB", &kib), 1);
	return kib * KIB;
}

/* The least that must be said of each, and a size that its footprint must reach. */
static const struct row {
	const char *name;
	const char *required[5];
	int64_t least;
} rows[] = {
	{"anon", {"size", "64M"}, 64 * MIB},
	{"shmem", {"size", "64M"}, 64 * MIB},
	{"mlock", {"size", "64M"}, 64 * MIB},
	{"fork", {"size", "64M"}, 128 * MIB},
	{"pagetable", {"span", "64G"}, 128 * MIB},
	{"exec", {"command", "true", "memory", "5M"}, 5 * MIB},
	{"groups", {"count", "100", "size", "64K"}, 100 * (64 + 16 + 128) * KIB},
	{"sockbuf", {"size", "16M"}, 2 * 16 * MIB},
	{"blockdev", {"size", "16M"}, 16 * MIB},
};

Test(stressors, defaults_parse_and_footprints_bound)
{
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const struct stressor *kind = stressor_find(rows[i].name);
		struct footprint fp = {0};
		struct err err = {0};
		void *opts;

		cr_assert_not_null(kind, "%s", rows[i].name);
		opts = calloc(1, kind->options_size);
		cr_assert_eq(driver_options(kind, opts, rows[i].required, &err), 0, "%s: %s",
			     kind->name, err.text);
		kind->footprint(opts, &fp);
		cr_assert_geq(fp.memory, rows[i].least, "%s", kind->name);
		cr_assert_leq(fp.memory, rows[i].least * 21 / 20 + MIB, "%s: %ld", kind->name,
			      (long)fp.memory);
		cr_assert_eq(fp.disk, 0);
		if (kind->endless)
			cr_assert(!kind->endless(opts), "%s", kind->name);
		free(opts);
	}
}

Test(stressors, option_rows_are_complete)
{
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const struct stressor *kind = stressor_find(rows[i].name);
		int live = 0;

		for (const struct opt *o = kind->options; o->name; o++) {
			cr_assert(o->help && o->help[0], "%s.%s", kind->name, o->name);
			cr_assert_eq(opt_find(kind->options, o->name), o, "%s.%s twice", kind->name,
				     o->name);
			cr_assert_eq(!o->def, !!(o->flags & OPT_REQUIRED), "%s.%s", kind->name,
				     o->name);
			cr_assert_leq(o->offset + sizeof(int64_t), kind->options_size);
			live += !!(o->flags & OPT_LIVE);
		}
		cr_assert_leq(live, WORKER_LIVE_MAX);
	}
}

Test(stressors, bad_options_are_refused)
{
	static const struct {
		const char *name, *pairs[5];
	} bad[] = {
		{"anon", {"size", "0"}},
		{"anon", {"size", "1M", "pattern", "randm"}},
		{"anon", {"verify", "yes", "advice", "free"}},
		{"anon", {"then", "holes", "pattern", "random"}},
		{"anon", {"technique", "split", "thp", "on"}},
		{"anon", {"technique", "split", "pattern", "random"}},
		{"shmem", {"technique", "split"}},
		{"shmem", {"technique", "charge", "verify", "yes"}},
		{"shmem", {"technique", "charge", "kind", "anon"}},
		{"shmem", {"mappers", "0"}},
		{"shmem", {"mappers", "66"}},
		{"fork", {"share", "101%"}},
		{"pagetable", {"stride", "512B"}},
		{"mlock", {"how", "twice"}},
		{"exec", {"memory", "10"}},
	};

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		const struct stressor *kind = stressor_find(bad[i].name);
		void *opts = calloc(1, kind->options_size);
		struct err err = {0};

		cr_assert_lt(driver_options(kind, opts, bad[i].pairs, &err), 0, "row %zu", i);
		cr_assert_eq(err.class, ERR_USAGE);
		cr_assert(err.text[0]);
		free(opts);
	}
}

Test(stressors, endless_is_what_never_holds)
{
	struct driver *d = driver_open("anon", OPTIONS("size", "256K", "then", "churn"));

	cr_assert(d->kind->endless(d->opts));
	cr_assert_eq(driver_run(d, 1000), STEP_MORE);
	cr_assert_gt(driver_counter(d, "passes"), 300);
	cr_assert_geq(driver_counter(d, "touched"), driver_counter(d, "freed"));
	driver_release(d);
	driver_free(d);
}

Test(stressors, anon_holds_its_target)
{
	struct driver *d = driver_open("anon", OPTIONS("size", "4M", "target", "2M", "pattern",
						       "random", "verify", "yes"));

	cr_assert_eq(resident(d), 0);
	cr_assert_eq(driver_counter(d, "mapped"), 4 * MIB);
	cr_assert_eq(driver_run(d, 1), STEP_MORE);
	cr_assert_eq(resident(d), MIB, "a step is 1M");
	cr_assert_eq(driver_run(d, 10), STEP_HOLD);
	cr_assert_eq(resident(d), 2 * MIB);
	driver_set(d, "target", "1000T");
	cr_assert_eq(driver_run(d, 10), STEP_HOLD);
	cr_assert_eq(resident(d), 4 * MIB);
	cr_assert_eq(atomic_load(&d->page.bytes), 4 * MIB);
	driver_set(d, "target", "64K");
	cr_assert_eq(driver_run(d, 10), STEP_HOLD);
	cr_assert_eq(resident(d), 64 * KIB);
	driver_set(d, "target", "0");
	cr_assert_eq(driver_run(d, 10), STEP_HOLD);
	cr_assert_eq(resident(d), 0);
	driver_release(d);
	cr_assert_eq(atomic_load(&d->page.bytes), 0);
	cr_assert_eq(atomic_load(&d->page.corrupt), 0);
	driver_free(d);
}

/* Of the pages of a pair, the one that is in memory. */
static int64_t kept_of(struct driver *d, int64_t pair)
{
	struct area *a = area_of(d);
	unsigned char vec[2];

	cr_assert_eq(mincore(a->base + pair * 2 * a->page, (size_t)(2 * a->page), vec), 0);
	cr_assert_eq((vec[0] & 1) + (vec[1] & 1), 1);
	return pair * 2 + (vec[1] & 1);
}

Test(stressors, anon_maps_late_if_asked)
{
	struct driver *d =
		driver_open("anon", OPTIONS("size", "64M", "target", "0", "map", "late"));
	int64_t before = status_bytes("VmSize:");

	cr_assert_null(area_of(d)->base);
	cr_assert_eq(driver_counter(d, "mapped"), 0);
	cr_assert_eq(driver_run(d, 4), STEP_HOLD);
	cr_assert_geq(driver_counter(d, "mapped"), 64 * MIB);
	cr_assert_geq(status_bytes("VmSize:"), before + 64 * MIB);
	driver_release(d);
	cr_assert_lt(status_bytes("VmSize:"), before + 64 * MIB);
	driver_free(d);
}

/* Needs a loopback and the right to large buffers: else it says why, and nothing is held. */
Test(stressors, sockbuf_reserves_what_it_says)
{
	struct driver *d = driver_open("sockbuf", OPTIONS("size", "1M"));
	int r = driver_run(d, 1000);

	if (r == STEP_HOLD) {
		cr_assert_geq(atomic_load(&d->page.bytes), MIB);
		cr_assert_leq(atomic_load(&d->page.bytes), MIB + 64 * KIB);
	} else {
		cr_assert_lt(r, 0);
		cr_assert(*d->w.err.text);
	}
	driver_release(d);
	cr_assert_eq(atomic_load(&d->page.bytes), 0);
	driver_free(d);
}

Test(stressors, anon_gives_one_of_two_pages_back)
{
	struct driver *d =
		driver_open("anon", OPTIONS("size", "2M", "then", "holes", "verify", "yes"));
	struct area *a = area_of(d);
	int64_t kept;
	int odd = 0;

	cr_assert(!d->kind->endless(d->opts));
	cr_assert_eq(driver_run(d, 2), STEP_MORE);
	cr_assert_eq(resident(d), 2 * MIB);
	cr_assert_eq(driver_run(d, 3), STEP_HOLD);
	cr_assert_eq(resident(d), MIB);
	cr_assert_eq(atomic_load(&d->page.bytes), MIB);
	cr_assert_eq(driver_counter(d, "freed"), MIB / a->page);
	driver_set(d, "target", "1M");
	cr_assert_eq(driver_run(d, 5), STEP_HOLD);
	cr_assert_eq(resident(d), MIB / 2);
	cr_assert_eq(atomic_load(&d->page.bytes), MIB / 2);
	cr_assert_eq(driver_counter(d, "freed"), (MIB + MIB / 2) / a->page);
	for (int64_t i = 0; i < 128; i++)
		odd += kept_of(d, i) & 1;
	cr_assert(odd > 32 && odd < 96, "by chance: %d", odd);
	kept = kept_of(d, 3);
	a->base[kept * a->page] ^= 1;
	a->base[(kept ^ 1) * a->page] ^= 1; /* the hole: not looked at */
	driver_release(d);
	cr_assert_eq(atomic_load(&d->page.corrupt), 1);
	cr_assert_eq(d->page.corrupt_offset, kept * a->page);
	driver_free(d);
}

Test(stressors, anon_finds_a_flipped_bit_at_release)
{
	struct driver *d = driver_open("anon", OPTIONS("size", "256K", "verify", "yes"));
	uint64_t address;

	cr_assert_eq(driver_run(d, 10), STEP_HOLD);
	area_of(d)->base[70000] ^= 0x10;
	address = (uint64_t)(uintptr_t)area_of(d)->base + 70000;
	driver_release(d);
	cr_assert_eq(atomic_load(&d->page.corrupt), 1);
	cr_assert_eq(d->page.corrupt_offset, 70000);
	cr_assert_eq(d->page.corrupt_addr, address);
	cr_assert_eq(d->page.corrupt_want ^ d->page.corrupt_got, 0x10);
	driver_free(d);
}

Test(stressors, anon_finds_it_at_the_next_retouch)
{
	struct driver *d =
		driver_open("anon", OPTIONS("size", "64K", "verify", "yes", "then", "retouch"));

	cr_assert_eq(driver_run(d, 10), STEP_MORE);
	cr_assert_eq(driver_counter(d, "passes"), 9);
	cr_assert_eq(atomic_load(&d->page.corrupt), 0);
	area_of(d)->base[8] ^= 1;
	area_of(d)->base[5000] ^= 1;
	cr_assert_eq(driver_run(d, 10), STEP_MORE);
	cr_assert_eq(atomic_load(&d->page.corrupt), 2);
	driver_release(d);
	cr_assert_eq(atomic_load(&d->page.corrupt), 2);
	driver_free(d);
}

Test(stressors, anon_takes_every_advice_and_ends)
{
	static const char *const advice[] = {"none", "free", "pageout", "cold"};

	for (size_t i = 0; i < ARRAY_SIZE(advice); i++) {
		struct driver *d = driver_open("anon", OPTIONS("size", "3M", "advice", advice[i],
							       "then", "exit"));

		cr_assert_eq(driver_run(d, i ? 6 : 3), STEP_MORE, "%s", d->w.err.text);
		cr_assert_eq(driver_run(d, 1), STEP_DONE);
		driver_release(d);
		driver_free(d);
	}
}

Test(stressors, anon_advises_again_after_each_change)
{
	struct driver *d =
		driver_open("anon", OPTIONS("size", "4M", "target", "1M", "advice", "cold"));

	/* A step to touch, four to advise all of it, and then it holds. */
	cr_assert_eq(driver_run(d, 5), STEP_MORE);
	cr_assert_eq(driver_run(d, 1), STEP_HOLD);
	driver_set(d, "target", "2M");
	cr_assert_eq(driver_run(d, 5), STEP_MORE);
	cr_assert_eq(driver_run(d, 1), STEP_HOLD);
	driver_release(d);
	driver_free(d);
}

#ifndef __SANITIZE_ADDRESS__ /* its shadow memory faults and has page tables as well */
static int64_t minor_faults(void)
{
	struct rusage use;

	getrusage(RUSAGE_SELF, &use);
	return use.ru_minflt;
}

static void one_fault_a_page(const char *technique)
{
	struct driver *d =
		driver_open("anon", OPTIONS("size", "4M", "technique", technique, "thp", "off"));
	int64_t pages = 4 * MIB / page_size(), faults;

	faults = minor_faults();
	cr_assert_eq(driver_run(d, 10), STEP_HOLD);
	faults = minor_faults() - faults;
	cr_assert(faults >= pages && faults < pages + 16, "%s: %ld faults for %ld pages", technique,
		  (long)faults, (long)pages);
	driver_release(d);
	driver_free(d);
}

Test(stressors, anon_is_one_minor_fault_a_page)
{
	one_fault_a_page("touch");
	one_fault_a_page("auto");
}

static void tables_are_the_kernels(const char *span, const char *stride, const char *access)
{
	struct driver *d =
		driver_open("pagetable", OPTIONS("span", span, "stride", stride, "access", access));
	int64_t before = status_bytes("VmPTE:"), tables;

	cr_assert_eq(driver_run(d, 2000), STEP_HOLD);
	tables = status_bytes("VmPTE:") - before;
	cr_assert_eq(tables, atomic_load(&d->page.bytes), "%s by %s: kernel %ld, foreseen %ld",
		     span, stride, (long)tables, (long)atomic_load(&d->page.bytes));
	cr_assert_eq(driver_counter(d, "tables") * page_size(), tables);
	driver_release(d);
	cr_assert_eq(status_bytes("VmPTE:"), before, "release leaves nothing");
	cr_assert_eq(atomic_load(&d->page.bytes), 0);
	driver_free(d);
}

Test(stressors, pagetable_foresees_the_kernels_tables)
{
	status_bytes("VmPTE:"); /* what the first read needs is there now */
	tables_are_the_kernels("16M", "2M", "read");
	tables_are_the_kernels("1G", "4K", "read");
	tables_are_the_kernels("20M", "3M", "write");
	tables_are_the_kernels("3G", "1100M", "write");
	tables_are_the_kernels("1100G", "100G", "read");
}
#endif

/* What reading so much untouched memory takes here: nothing where the kernel has a zero page. */
static int64_t reading_takes(size_t size)
{
	int64_t rss = status_bytes("RssAnon:");
	volatile char *mem = mmap(NULL, size, PROT_READ | PROT_WRITE,
				  MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	cr_assert_neq((void *)mem, MAP_FAILED);
	for (size_t i = 0; i < size; i += 4096)
		cr_assert_eq(mem[i], 0);
	rss = status_bytes("RssAnon:") - rss;
	munmap((void *)mem, size);
	return rss;
}

Test(stressors, pagetable_reads_take_no_pages)
{
	struct driver *d = driver_open("pagetable", OPTIONS("span", "8M", "stride", "4096B"));
	int64_t plain = reading_takes(8 * MIB), rss = status_bytes("RssAnon:");

	cr_assert_eq(driver_run(d, 100), STEP_HOLD);
	cr_assert_eq(driver_counter(d, "touched"), 8 * MIB / 4096);
	cr_assert_lt(status_bytes("RssAnon:") - rss, plain + MIB);
	driver_release(d);
	driver_free(d);
}

/* Charged in whole huge pages, and nothing of it mapped; given back to the last one. */
Test(stressors, shmem_charges_without_a_touch)
{
	struct driver *d;

	if (geteuid() != 0)
		cr_skip("needs root");
	d = driver_open("shmem", OPTIONS("size", "8M", "kind", "tmpfs", "technique", "charge"));
	cr_expect_eq(driver_run(d, 100), STEP_HOLD, "%s", d->w.err.text);
	cr_expect_eq(d->page.bytes, 8 * MIB);
	cr_expect_eq(driver_counter(d, "touched") * page_size(), 8 * MIB);
	driver_set(d, "target", "2M");
	cr_expect_eq(driver_run(d, 100), STEP_HOLD, "%s", d->w.err.text);
	cr_expect_eq(d->page.bytes, 2 * MIB);
	driver_release(d);
	cr_expect_eq(d->page.bytes, 0);
	driver_free(d);
}

Test(stressors, shmem_is_one_object)
{
	for (int kind = 0; kind < 2; kind++) {
		struct driver *d = driver_open("shmem", OPTIONS("size", "2M", "verify", "yes",
								"kind", kind ? "anon" : "memfd"));
		int64_t before = status_bytes("RssShmem:");

		cr_assert_eq(driver_run(d, 10), STEP_HOLD);
		cr_assert_eq(status_bytes("RssShmem:") - before, 2 * MIB);
		cr_assert_eq(driver_counter(d, "mapped"), 2 * MIB);
		driver_set(d, "target", "512K");
		cr_assert_eq(driver_run(d, 10), STEP_HOLD);
		cr_assert_eq(resident(d), 512 * KIB, "the object itself shrank");
		area_of(d)->base[9] ^= 1;
		driver_release(d);
		cr_assert_eq(atomic_load(&d->page.corrupt), 1);
		driver_free(d);
	}
}

#ifndef __SANITIZE_ADDRESS__ /* which makes mlock() do nothing */
Test(stressors, mlock_is_what_the_kernel_calls_locked)
{
	static const char *const how[] = {"mlock", "onfault", "all"};

	for (size_t i = 0; i < ARRAY_SIZE(how); i++) {
		struct driver *d =
			driver_open("mlock", OPTIONS("size", "32K", "step", "16K", "how", how[i]));
		int64_t before = status_bytes("VmLck:");

		cr_assert_eq(driver_run(d, 1), STEP_MORE, "%s", d->w.err.text);
		cr_assert_eq(status_bytes("VmLck:") - before, 16 * KIB, "%s", how[i]);
		cr_assert_eq(driver_run(d, 10), STEP_HOLD);
		cr_assert_eq(resident(d), 32 * KIB);
		cr_assert_eq(status_bytes("VmLck:") - before, 32 * KIB, "%s", how[i]);
		driver_set(d, "target", "4K");
		cr_assert_eq(driver_run(d, 10), STEP_HOLD);
		cr_assert_eq(resident(d), 4 * KIB);
		cr_assert_eq(status_bytes("VmLck:") - before, 4 * KIB, "%s", how[i]);
		cr_assert_eq(atomic_load(&d->page.bytes), 4 * KIB);
		driver_release(d);
		cr_assert_eq(status_bytes("VmLck:"), before, "%s", how[i]);
		driver_free(d);
	}
}
#endif
