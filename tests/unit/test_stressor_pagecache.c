/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The stressor pagecache: its passes, orders and refusals, and small files for real. */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <criterion/criterion.h>

#include "base/cleanup.h"
#include "pagecache.h"
#include "stressor_driver.h"

/* A driver whose worker has a scratch directory, prepared and set up. */
struct scratched {
	struct driver *d;
	char dir[64];
};

static struct driver *unprepared(const char *const *pairs)
{
	struct driver *d = calloc(1, sizeof(*d));

	d->kind = stressor_find("pagecache");
	cr_assert_not_null(d->kind);
	d->opts = calloc(1, d->kind->options_size);
	d->w = (struct worker){
		.kind = d->kind,
		.opts = d->opts,
		.state = calloc(1, d->kind->state_size),
		.page = &d->page,
		.count = 1,
		.seed = 0x5eed,
		.scratch = -1,
		.page_size = page_size(),
	};
	cr_assert_eq(driver_options(d->kind, d->opts, pairs, &d->w.err), 0, "%s", d->w.err.text);
	return d;
}

static struct scratched start(const char *const *pairs)
{
	struct scratched s = {.d = unprepared(pairs), .dir = "/tmp/unit-pagecache-XXXXXX"};
	struct worker *w = &s.d->w;

	cr_assert_not_null(mkdtemp(s.dir));
	w->scratch = open(s.dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	cr_assert_geq(w->scratch, 0);
	cr_assert_eq(s.d->kind->prepare(w), 0, "%s", w->err.text);
	cr_assert_eq(s.d->kind->setup(w), 0, "%s", w->err.text);
	return s;
}

static void end(struct scratched *s)
{
	driver_release(s->d);
	close(s->d->w.scratch);
	cr_expect_eq(rmdir(s->dir), 0, "the release left something in %s", s->dir);
	driver_free(s->d);
}

static bool on_tmpfs(void)
{
	char dir[] = "/tmp/unit-pagecache-XXXXXX";
	struct driver *d = unprepared(OPTIONS("size", "64K", "engine", "sync"));
	int r;

	cr_assert_not_null(mkdtemp(dir));
	d->w.scratch = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	r = d->kind->prepare(&d->w);
	driver_release(d);
	close(d->w.scratch);
	rmdir(dir);
	driver_free(d);
	return r == -EBUSY;
}

static int refusal(const char *const *pairs, struct err *err)
{
	struct pagecache_opts o = {0};

	*err = (struct err){0};
	return driver_options(stressor_find("pagecache"), &o, pairs, err);
}

Test(pagecache, refuses_what_does_not_go_together)
{
	static const struct {
		const char *pairs[9];
		const char *why;
	} rows[] = {
		{{"size", "1M", "block", "5000B"}, "whole pages"},
		{{"size", "1M", "block", "16M", "depth", "64"}, "64M of buffers"},
		{{"size", "1M", "mode", "hotset"}, "hot"},
		{{"size", "1M", "mode", "hotset", "hot", "1M"}, "smaller than size"},
		{{"size", "1M", "hot", "64K"}, "hotset only"},
		{{"size", "1M", "fsync", "end"}, "mode write only"},
		{{"size", "1M", "registered", "yes", "mode", "mmap"}, "registered"},
		{{"size", "1M", "registered", "yes", "engine", "sync"}, "registered"},
		{{"size", "1M", "uncached", "yes", "mode", "mmap"}, "uncached"},
		{{"size", "1M", "verify", "yes", "mode", "populate"}, "cannot verify"},
		{{"size", "1M", "verify", "yes", "mode", "ahead"}, "cannot verify"},
		{{"size", "1M", "order", "random", "mode", "populate"}, "in order"},
		{{"size", "1M", "depth", "1", "mode", "populate"}, "depth of 2"},
		{{"size", "1M", "passes", "0", "then", "again"}, "never comes"},
	};
	struct err err;

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		cr_expect_eq(refusal(rows[i].pairs, &err), -EINVAL, "row %zu passed", i);
		cr_expect(strstr(err.text, rows[i].why), "row %zu says: %s", i, err.text);
	}
	cr_expect_eq(refusal(OPTIONS("size", "1M"), &err), 0, "%s", err.text);
	cr_expect_eq(refusal(OPTIONS("size", "1M", "mode", "hotset", "hot", "512K"), &err), 0, "%s",
		     err.text);
	cr_expect_eq(refusal(OPTIONS("size", "1M", "mode", "write", "fsync", "each"), &err), 0,
		     "%s", err.text);
}

static void options_of(struct pagecache_opts *o, const char *const *pairs)
{
	struct err err = {0};

	memset(o, 0, sizeof(*o));
	cr_assert_eq(driver_options(stressor_find("pagecache"), o, pairs, &err), 0, "%s", err.text);
}

Test(pagecache, needs_io_uring_only_where_it_is_used)
{
	const struct stressor *k = stressor_find("pagecache");
	struct pagecache_opts o;

	options_of(&o, OPTIONS("size", "1M"));
	cr_expect_eq(k->needs_of(&o), NEED_IO_URING);
	options_of(&o, OPTIONS("size", "1M", "engine", "sync"));
	cr_expect_eq(k->needs_of(&o), 0);
	options_of(&o, OPTIONS("size", "1M", "mode", "mmap"));
	cr_expect_eq(k->needs_of(&o), 0);
}

Test(pagecache, endless_without_a_last_pass)
{
	const struct stressor *k = stressor_find("pagecache");
	struct pagecache_opts o;

	options_of(&o, OPTIONS("size", "1M"));
	cr_expect_not(k->endless(&o));
	options_of(&o, OPTIONS("size", "1M", "passes", "0"));
	cr_expect(k->endless(&o));
	options_of(&o, OPTIONS("size", "1M", "then", "again"));
	cr_expect(k->endless(&o));
}

Test(pagecache, footprint_covers_the_file)
{
	const struct stressor *k = stressor_find("pagecache");
	struct pagecache_opts o;
	struct footprint f;

	options_of(&o, OPTIONS("size", "1G"));
	k->footprint(&o, &f);
	cr_expect_geq(f.memory, GIB);
	cr_expect_geq(f.disk, GIB);
	options_of(&o, OPTIONS("size", "1G", "file", "sparse"));
	k->footprint(&o, &f);
	cr_expect_geq(f.memory, GIB);
	cr_expect_lt(f.disk, 16 * MIB, "holes are not on the disk");
	options_of(&o, OPTIONS("size", "1G", "mode", "write", "file", "sparse"));
	k->footprint(&o, &f);
	cr_expect_geq(f.disk, GIB, "what is written is");
}

static void expect_segment(const struct pc_plan *p, unsigned i, enum pc_action action,
			   int64_t begin, int64_t end_)
{
	cr_assert_lt(i, p->count);
	cr_expect_eq(p->segment[i].action, action, "segment %u", i);
	cr_expect_eq(p->segment[i].begin, begin, "segment %u", i);
	cr_expect_eq(p->segment[i].end, end_, "segment %u", i);
}

Test(pagecache, hotset_reads_the_hot_set_twice_and_the_rest_once)
{
	struct pagecache_opts o;
	struct pc_plan p;

	options_of(&o, OPTIONS("size", "1M", "mode", "hotset", "hot", "256K"));
	pc_plan(&o, MIB, 256 * KIB, &p);
	cr_assert_eq(p.count, 3);
	expect_segment(&p, 0, ACTION_READ, 0, 256 * KIB);
	expect_segment(&p, 1, ACTION_READ, 0, 256 * KIB);
	expect_segment(&p, 2, ACTION_READ, 256 * KIB, MIB);
}

Test(pagecache, write_reads_back_with_verify_only)
{
	struct pagecache_opts o;
	struct pc_plan p;

	options_of(&o, OPTIONS("size", "1M", "mode", "write"));
	pc_plan(&o, MIB, 0, &p);
	cr_expect_eq(p.count, 1);
	expect_segment(&p, 0, ACTION_WRITE, 0, MIB);
	o.verify = 1;
	pc_plan(&o, MIB, 0, &p);
	cr_expect_eq(p.count, 2);
	expect_segment(&p, 1, ACTION_READ, 0, MIB);
}

Test(pagecache, shuffle_takes_each_block_once)
{
	static const int64_t sizes[] = {1, 2, 3, 5, 64, 100, 1000, 4096, 4097};
	static unsigned char seen[8192];

	for (size_t k = 0; k < ARRAY_SIZE(sizes); k++) {
		int64_t n = sizes[k], in_order = 0, same = 0;

		memset(seen, 0, sizeof(seen));
		for (int64_t i = 0; i < n; i++) {
			int64_t at = pc_shuffle(i, n, 42);

			cr_assert(at >= 0 && at < n, "%ld of %ld", (long)at, (long)n);
			cr_assert_eq(seen[at]++, 0, "block %ld twice of %ld", (long)at, (long)n);
			in_order += at == i;
			same += at == pc_shuffle(i, n, 43);
		}
		if (n >= 1000) {
			cr_expect_lt(in_order, n / 10, "not shuffled");
			cr_expect_lt(same, n / 10, "the key changes nothing");
		}
	}
}

Test(pagecache, reads_holds_reads_again_and_drops)
{
	struct scratched s = start(OPTIONS("size", "1M", "engine", "sync", "file", "sparse",
					   "block", "64K", "verify", "yes"));

	cr_expect_eq(driver_run(s.d, 1000), STEP_HOLD, "%s", s.d->w.err.text);
	cr_expect_eq(s.d->page.bytes, MIB);
	cr_expect_eq(s.d->page.ops, 16);
	cr_expect_eq(driver_counter(s.d, "resident"), MIB);
	cr_expect_eq(driver_run(s.d, 1), STEP_HOLD, "a hold must last");
	driver_set(s.d, "passes", "2");
	cr_expect_eq(driver_run(s.d, 1000), STEP_HOLD);
	cr_expect_eq(s.d->page.bytes, 2 * MIB);
	cr_expect_eq(driver_counter(s.d, "passes"), 2);
	cr_expect_eq(s.d->page.corrupt, 0);
	end(&s);
}

Test(pagecache, finds_what_it_did_not_write)
{
	struct scratched s = start(OPTIONS("size", "1M", "engine", "sync", "file", "sparse",
					   "block", "64K", "verify", "yes"));
	_cleanup_close_ int fd = openat(s.d->w.scratch, PC_FILE, O_WRONLY | O_CLOEXEC);

	cr_assert_eq(pwrite(fd, "\1", 1, 300000), 1);
	cr_expect_eq(driver_run(s.d, 1000), STEP_HOLD);
	cr_expect_eq(s.d->page.corrupt, 1);
	cr_expect_eq(s.d->page.corrupt_offset, 300000);
	cr_expect_eq(s.d->page.corrupt_want, 0);
	cr_expect_eq(s.d->page.corrupt_got, 1);
	end(&s);
}

Test(pagecache, a_stale_rewrite_is_corrupt)
{
	struct scratched s =
		start(OPTIONS("size", "256K", "engine", "sync", "mode", "write", "verify", "yes"));
	_cleanup_close_ int fd = openat(s.d->w.scratch, PC_FILE, O_RDWR | O_CLOEXEC);
	static char old[4096];

	cr_expect_eq(driver_run(s.d, 1000), STEP_HOLD, "%s", s.d->w.err.text);
	cr_expect_eq(s.d->page.corrupt, 0);
	cr_expect_eq(s.d->page.bytes, 512 * KIB, "written and read back");
	cr_assert_eq(pread(fd, old, sizeof(old), 8192), sizeof(old));

	driver_set(s.d, "passes", "2");
	/* One round writes all of it, the next would read it back. */
	while (s.d->page.bytes < 768 * KIB)
		cr_assert_eq(s.d->kind->step(&s.d->w), STEP_MORE);
	cr_assert_eq(pwrite(fd, old, sizeof(old), 8192), sizeof(old));
	cr_expect_eq(driver_run(s.d, 1000), STEP_HOLD);
	cr_expect_eq(s.d->page.corrupt, 1);
	cr_expect_eq(s.d->page.corrupt_offset, 8192);
	end(&s);
}

Test(pagecache, prepared_content_is_cold_and_verified)
{
	if (on_tmpfs())
		cr_skip("/tmp keeps its files in memory");
	struct scratched s = start(OPTIONS("size", "1M", "engine", "sync", "mode", "hotset", "hot",
					   "256K", "block", "64K", "verify", "yes"));
	struct pagecache *state = s.d->w.state;
	int64_t before;

	cr_assert_eq(pc_resident(&s.d->w, 0, state->size, &before), 0);
	cr_expect_eq(before, 0);
	cr_expect_eq(driver_run(s.d, 1000), STEP_HOLD, "%s", s.d->w.err.text);
	cr_expect_eq(s.d->page.corrupt, 0);
	cr_expect_eq(s.d->page.bytes, MIB + 256 * KIB);
	cr_expect_eq(driver_counter(s.d, "hot_resident"), 256 * KIB);
	cr_expect_eq(driver_counter(s.d, "scan_resident"), MIB - 256 * KIB);
	driver_set(s.d, "drop", "1");
	cr_expect_eq(driver_run(s.d, 1000), STEP_HOLD);
	cr_expect_lt(driver_counter(s.d, "resident"), MIB / 2, "nothing was dropped");
	end(&s);
}

Test(pagecache, mapping_in_random_order)
{
	struct scratched s = start(OPTIONS("size", "1M", "mode", "mmap", "file", "sparse", "order",
					   "random", "block", "16K", "verify", "yes"));

	cr_expect_eq(driver_run(s.d, 1000), STEP_HOLD, "%s", s.d->w.err.text);
	cr_expect_eq(s.d->page.ops, 64);
	cr_expect_eq(driver_counter(s.d, "resident"), MIB);
	cr_expect_eq(s.d->page.corrupt, 0);
	end(&s);
}

static bool io_uring_is_here(void)
{
	struct err err = {0};
	struct ring r;
	bool here = ring_open(&r, 4, &err) == 0;

	ring_close(&r);
	return here;
}

Test(pagecache, io_uring_moves_the_same_bytes)
{
	static const char *const variants[][9] = {
		{"size", "1M", "mode", "write", "verify", "yes"},
		{"size", "1M", "mode", "write", "verify", "yes", "registered", "yes"},
		{"size", "1M", "mode", "write", "fsync", "each", "every", "2"},
		{"size", "1M", "file", "sparse", "verify", "yes", "order", "random"},
		{"size", "1M", "mode", "reread", "file", "sparse", "registered", "yes"},
	};
	static const int64_t moved[] = {2 * MIB, 2 * MIB, MIB, MIB, 2 * MIB};

	if (!io_uring_is_here())
		cr_skip("no io_uring here");
	for (size_t i = 0; i < ARRAY_SIZE(variants); i++) {
		struct scratched s = start(variants[i]);

		cr_expect_eq(driver_run(s.d, 10000), STEP_HOLD, "variant %zu: %s", i,
			     s.d->w.err.text);
		cr_expect_eq(s.d->page.bytes, moved[i], "variant %zu", i);
		cr_expect_eq(s.d->page.corrupt, 0, "variant %zu", i);
		cr_expect_eq(driver_counter(s.d, "resident"), MIB, "variant %zu", i);
		end(&s);
	}
}

Test(pagecache, populate_fills_the_cache)
{
	if (!io_uring_is_here())
		cr_skip("no io_uring here");
	/* Not a whole number of units. */
	struct scratched s = start(OPTIONS("size", "5M", "mode", "populate"));
	int r = driver_run(s.d, 10000);

	if (r < 0 && s.d->w.err.class == ERR_SKIP) {
		end(&s);
		cr_skip("no MADV_POPULATE_READ here");
	}
	cr_expect_eq(r, STEP_HOLD, "%s", s.d->w.err.text);
	cr_expect_eq(s.d->page.bytes, 5 * MIB);
	cr_expect_eq(driver_counter(s.d, "resident"), 5 * MIB);
	end(&s);
}

Test(pagecache, ahead_fills_the_cache_without_a_ring)
{
	struct scratched s = start(OPTIONS("size", "5M", "mode", "ahead"));

	cr_expect_eq(s.d->kind->needs_of(s.d->opts), 0);
	cr_expect_eq(driver_run(s.d, 10000), STEP_HOLD, "%s", s.d->w.err.text);
	cr_expect_eq(s.d->page.bytes, 5 * MIB);
	cr_expect_eq(driver_counter(s.d, "resident"), 5 * MIB);
	cr_expect(!((struct pagecache *)s.d->w.state)->ring.open);
	end(&s);
}

Test(pagecache, a_file_cut_short_is_an_error)
{
	struct scratched s = start(OPTIONS("size", "1M", "engine", "sync", "file", "sparse"));

	cr_assert_eq(ftruncate(((struct pagecache *)s.d->w.state)->fd, 4096), 0);
	cr_expect_eq(driver_run(s.d, 1000), -EIO);
	cr_expect(strstr(s.d->w.err.text, "ends before"), "%s", s.d->w.err.text);
	end(&s);
}
