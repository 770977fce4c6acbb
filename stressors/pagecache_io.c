/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <sys/mman.h>
#include <sys/uio.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/units.h"
#include "pagecache.h"
#include "pattern.h"

#ifndef RWF_DONTCACHE /* 6.14 */
#define RWF_DONTCACHE 0x80
#endif
#ifndef MADV_POPULATE_READ /* 5.14 */
#define MADV_POPULATE_READ 22
#endif

/* What one step moves when it moves by system calls: about a millisecond. */
#define STEP_BYTES (2 * MIB)
/* What is populated and dropped by one pair of requests: one page table's worth. */
#define POPULATE_UNIT (2 * MIB)
/*
 * The window of mode populate. Mapping the whole file would leave a page table for each 2 MiB
 * behind (MADV_DONTNEED empties them, mapping anew frees them): 128 MiB of tables over 64 GiB.
 */
#define POPULATE_WINDOW (256 * MIB)
#define POPULATE_UNITS	(POPULATE_WINDOW / POPULATE_UNIT)

/* ---- set-up ---- */

static int map_buffers(struct worker *w)
{
	struct pagecache *s = w->state;
	size_t size = (size_t)(pc_depth(pc_opts(w)) * pc_opts(w)->block);

	s->buffers = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (s->buffers == MAP_FAILED) {
		s->buffers = NULL;
		return err_errno(&w->err, -errno, "cannot map %zu bytes of buffers", size);
	}
	/* Small pages: a buffer must not become 2 MiB where THP is `always`. */
	(void)madvise(s->buffers, size, MADV_NOHUGEPAGE);
	pattern_fill(s->buffers, size, w->seed, 0);
	return 0;
}

/* Move the mapping to `at`; the first time it is placed anywhere. */
static int map_file(struct worker *w, int64_t at)
{
	struct pagecache *s = w->state;
	void *map = mmap(s->map, (size_t)s->map_len, PROT_READ,
			 MAP_SHARED | (s->map ? MAP_FIXED : 0), s->fd, at);

	if (map == MAP_FAILED)
		return err_errno(&w->err, -errno, "cannot map %lld bytes of the test file",
				 (long long)s->map_len);
	s->map = map;
	s->map_at = at;
	return 0;
}

static int open_ring(struct worker *w)
{
	const struct pagecache_opts *o = pc_opts(w);
	struct pagecache *s = w->state;
	int code = ring_open(&s->ring, (unsigned)pc_depth(o), &w->err);

	if (code == 0 && o->registered && s->buffers)
		code = ring_register(&s->ring, s->buffers, (size_t)(pc_depth(o) * o->block), s->fd,
				     &w->err);
	return code;
}

int pc_io_setup(struct worker *w)
{
	const struct pagecache_opts *o = pc_opts(w);
	struct pagecache *s = w->state;
	int code = 0;

	while (s->free_count < (unsigned)pc_depth(o)) {
		s->free_slot[s->free_count] = (uint16_t)s->free_count;
		s->free_count++;
	}
	if (pc_moves_blocks(o)) {
		code = map_buffers(w);
	} else if (o->mode != MODE_AHEAD) {
		s->map_len = o->mode == MODE_POPULATE ? POPULATE_WINDOW : s->size;
		code = map_file(w, 0);
	}
	if (code == 0 && pc_uses_ring(o))
		code = open_ring(w);
	return code;
}

void pc_io_release(struct worker *w)
{
	struct pagecache *s = w->state;

	ring_close(&s->ring);
	if (s->buffers)
		munmap(s->buffers, (size_t)(pc_depth(pc_opts(w)) * pc_opts(w)->block));
	if (s->map)
		munmap(s->map, (size_t)s->map_len);
	s->buffers = s->map = NULL;
}

/* ---- blocks: where they lie, what is in them ---- */

static int64_t unit_of(const struct worker *w, const struct pc_segment *seg)
{
	return seg->action == ACTION_POPULATE ? POPULATE_UNIT : pc_opts(w)->block;
}

void pc_segment_begin(struct worker *w, const struct pc_segment *seg)
{
	struct pagecache *s = w->state;
	int64_t unit = unit_of(w, seg);

	s->next = 0;
	s->total = (seg->end - seg->begin + unit - 1) / unit;
	if (seg->action == ACTION_WRITE)
		s->writes++;
}

/* The place of the next block of the segment. */
static struct pc_slot next_block(struct worker *w, const struct pc_segment *seg)
{
	struct pagecache *s = w->state;
	int64_t unit = unit_of(w, seg), i = s->next++, offset;

	if (pc_opts(w)->order == ORDER_RANDOM)
		i = pc_shuffle(i, s->total, pattern_seed(w->seed, (uint64_t)s->passes));
	offset = seg->begin + i * unit;
	return (struct pc_slot){.offset = offset, .len = (int32_t)MIN(unit, seg->end - offset)};
}

/* Each rewriting has content of its own, so that a stale page is found out. */
static uint64_t content_seed(const struct worker *w)
{
	const struct pagecache *s = w->state;

	return s->writes ? pattern_seed(w->seed, (uint64_t)s->writes) : w->seed;
}

static void verify(struct worker *w, const void *data, struct pc_slot at)
{
	const struct pagecache *s = w->state;
	uint64_t bad, want = 0, got;

	if (pc_sparse(pc_opts(w)) && !s->writes) {
		size_t where;

		if (pattern_zero(data, (size_t)at.len, &where, &got))
			return;
		bad = (uint64_t)at.offset + where;
	} else if (pattern_check(data, (size_t)at.len, content_seed(w), (uint64_t)at.offset, &bad,
				 &want, &got)) {
		return;
	}
	worker_corrupt(w, (const uint8_t *)data + (bad - (uint64_t)at.offset), (int64_t)bad, want,
		       got);
}

static uint8_t *slot_buffer(const struct worker *w, unsigned slot)
{
	const struct pagecache *s = w->state;

	return s->buffers + (int64_t)slot * pc_opts(w)->block;
}

static void before_block(struct worker *w, const struct pc_segment *seg, uint8_t *buf,
			 struct pc_slot at)
{
	struct pagecache *s = w->state;

	if (seg->action != ACTION_WRITE)
		return;
	if (pc_opts(w)->verify)
		pattern_fill(buf, (size_t)at.len, content_seed(w), (uint64_t)at.offset);
	s->unsynced++;
}

static void after_block(struct worker *w, const struct pc_segment *seg, const uint8_t *buf,
			struct pc_slot at)
{
	if (seg->action == ACTION_READ && pc_opts(w)->verify)
		verify(w, buf, at);
	worker_add(&w->page->bytes, at.len);
	worker_add(&w->page->ops, 1);
}

static int io_error(struct worker *w, const struct pc_segment *seg, int code, struct pc_slot at)
{
	const char *verb = seg->action == ACTION_WRITE ? "write" : "read";

	if (code == -EOPNOTSUPP && pc_opts(w)->uncached)
		return err_set_class(&w->err, ERR_SKIP, code,
				     "this kernel or file system has no RWF_DONTCACHE (6.14 and "
				     "later), which option uncached needs");
	if (code == 0)
		return err_set(&w->err, -EIO, "the test file ends before offset %lld",
			       (long long)at.offset + at.done);
	if (code == -ENOSPC)
		return err_set(&w->err, code, "the disk is full at offset %lld of the test file",
			       (long long)at.offset);
	return err_errno(&w->err, code, "cannot %s %d bytes of the test file at offset %lld", verb,
			 at.len, (long long)at.offset);
}

/* fsync: each; called with nothing in flight. */
static int sync_now(struct worker *w)
{
	struct pagecache *s = w->state;

	s->unsynced = 0;
	if (fsync(s->fd) < 0)
		return err_errno(&w->err, -errno, "cannot fsync the test file");
	return 0;
}

static bool sync_due(const struct worker *w)
{
	const struct pagecache *s = w->state;

	return pc_opts(w)->fsync == FSYNC_EACH && s->unsynced >= pc_opts(w)->every;
}

/* ---- engine io_uring ---- */

static void queue_block(struct worker *w, const struct pc_segment *seg, unsigned slot)
{
	const struct pagecache_opts *o = pc_opts(w);
	struct pagecache *s = w->state;
	struct pc_slot *at = &s->slot[slot];
	struct io_uring_sqe *sqe = ring_get(&s->ring);
	uint8_t *buf = slot_buffer(w, slot) + at->done;
	unsigned len = (unsigned)(at->len - at->done);
	uint64_t offset = (uint64_t)(at->offset + at->done);
	int fd = o->registered ? 0 : s->fd;

	if (seg->action == ACTION_WRITE && o->registered)
		io_uring_prep_write_fixed(sqe, fd, buf, len, offset, 0);
	else if (seg->action == ACTION_WRITE)
		io_uring_prep_write(sqe, fd, buf, len, offset);
	else if (o->registered)
		io_uring_prep_read_fixed(sqe, fd, buf, len, offset, 0);
	else
		io_uring_prep_read(sqe, fd, buf, len, offset);
	if (o->registered)
		io_uring_sqe_set_flags(sqe, IOSQE_FIXED_FILE);
	if (o->uncached)
		sqe->rw_flags = RWF_DONTCACHE;
	io_uring_sqe_set_data64(sqe, slot);
}

static int block_done(struct worker *w, const struct pc_segment *seg, unsigned slot, int res)
{
	struct pagecache *s = w->state;
	struct pc_slot *at = &s->slot[slot];
	int code = 0;

	if (res > 0)
		at->done += res;
	else if (res != -EAGAIN && res != -EINTR)
		code = io_error(w, seg, res, *at);
	/* Also what failed is tried again, should the worker go on: no block is left out. */
	if (at->done < at->len) {
		queue_block(w, seg, slot);
		return code;
	}
	after_block(w, seg, slot_buffer(w, slot), *at);
	s->free_slot[s->free_count++] = (uint16_t)slot;
	return 0;
}

static int ring_round(struct worker *w, const struct pc_segment *seg)
{
	struct pagecache *s = w->state;
	uint64_t slot;
	int res, code;

	while (s->free_count && s->next < s->total && !sync_due(w)) {
		unsigned i = s->free_slot[--s->free_count];

		s->slot[i] = next_block(w, seg);
		before_block(w, seg, slot_buffer(w, i), s->slot[i]);
		queue_block(w, seg, i);
	}
	if (!s->ring.in_flight && sync_due(w))
		return sync_now(w);
	if (!s->ring.in_flight)
		return 1;
	code = ring_submit(&s->ring);
	if (code < 0)
		return err_errno(&w->err, code, "io_uring_enter failed");
	while (code == 0 && ring_reap(&s->ring, &slot, &res))
		code = block_done(w, seg, (unsigned)slot, res);
	return code;
}

/* ---- engine sync ---- */

static int sync_block(struct worker *w, const struct pc_segment *seg)
{
	struct pagecache *s = w->state;
	struct pc_slot *at = &s->slot[0];
	int flags = pc_opts(w)->uncached ? RWF_DONTCACHE : 0;

	/* One that failed is tried again, should the worker go on: no block is left out. */
	if (at->done >= at->len) {
		*at = next_block(w, seg);
		before_block(w, seg, s->buffers, *at);
	}
	while (at->done < at->len) {
		struct iovec v = {s->buffers + at->done, (size_t)(at->len - at->done)};
		off_t offset = at->offset + at->done;
		ssize_t n = seg->action == ACTION_WRITE ? pwritev2(s->fd, &v, 1, offset, flags)
							: preadv2(s->fd, &v, 1, offset, flags);

		if (n <= 0 && !(n < 0 && errno == EINTR))
			return io_error(w, seg, n < 0 ? -errno : 0, *at);
		at->done += n > 0 ? (int32_t)n : 0;
	}
	after_block(w, seg, s->buffers, *at);
	return 0;
}

static bool sync_over(const struct pagecache *s)
{
	return s->next >= s->total && s->slot[0].done >= s->slot[0].len;
}

static int sync_round(struct worker *w, const struct pc_segment *seg)
{
	struct pagecache *s = w->state;
	int code = 0;

	for (int64_t moved = 0; code == 0 && moved < STEP_BYTES && !sync_over(s);
	     moved += pc_opts(w)->block) {
		code = sync_block(w, seg);
		if (code == 0 && sync_due(w))
			code = sync_now(w);
	}
	return code < 0 ? code : sync_over(s);
}

/* ---- the mapping ---- */

static int map_round(struct worker *w, const struct pc_segment *seg)
{
	struct pagecache *s = w->state;

	for (int64_t moved = 0; moved < STEP_BYTES && s->next < s->total;
	     moved += pc_opts(w)->block) {
		struct pc_slot at = next_block(w, seg);
		const uint8_t *data = s->map + at.offset;

		if (pc_opts(w)->verify)
			verify(w, data, at);
		else
			for (int64_t i = 0; i < at.len; i += w->page_size)
				(void)*(const volatile uint8_t *)(data + i);
		worker_add(&w->page->bytes, at.len);
		worker_add(&w->page->ops, 1);
	}
	return s->next >= s->total;
}

/* ---- reading ahead ---- */

/*
 * Reads a block into the cache and looks at none of it. Read-ahead on request takes single pages
 * (mm/readahead.c:page_cache_ra_unbounded), not the larger folios of a reader in order, so this is
 * how single pages are churned fastest.
 */
static int ahead_round(struct worker *w, const struct pc_segment *seg)
{
	struct pagecache *s = w->state;

	for (int64_t moved = 0; moved < STEP_BYTES && s->next < s->total;
	     moved += pc_opts(w)->block) {
		struct pc_slot at = next_block(w, seg);
		int code = posix_fadvise(s->fd, at.offset, at.len, POSIX_FADV_WILLNEED);

		if (code)
			return err_errno(&w->err, -code, "cannot read the test file ahead");
		worker_add(&w->page->bytes, at.len);
		worker_add(&w->page->ops, 1);
	}
	return s->next >= s->total;
}

/* ---- populate: the fastest way to churn the page cache ---- */

static int populate_error(struct worker *w, int code)
{
	if (code == -EINVAL)
		return err_set_class(&w->err, ERR_SKIP, code,
				     "this kernel has no MADV_POPULATE_READ (5.14 and later)");
	return err_errno(&w->err, code, "cannot populate a mapping of the test file");
}

/* Read the unit into the cache and the mapping, and unmap it again: the pages stay in the cache. */
static void queue_unit(struct worker *w, unsigned slot)
{
	struct pagecache *s = w->state;
	struct pc_slot at = s->slot[slot];
	uint8_t *addr = s->map + (at.offset - s->map_at);
	struct io_uring_sqe *sqe = ring_get(&s->ring);

	io_uring_prep_madvise(sqe, addr, at.len, MADV_POPULATE_READ);
	io_uring_sqe_set_flags(sqe, IOSQE_IO_LINK);
	io_uring_sqe_set_data64(sqe, UINT64_MAX);
	sqe = ring_get(&s->ring);
	io_uring_prep_madvise(sqe, addr, at.len, MADV_DONTNEED);
	io_uring_sqe_set_data64(sqe, slot);
}

static int populate_unit(struct worker *w, struct pc_slot at)
{
	struct pagecache *s = w->state;
	uint8_t *addr = s->map + (at.offset - s->map_at);

	if (madvise(addr, (size_t)at.len, MADV_POPULATE_READ) < 0)
		return populate_error(w, -errno);
	madvise(addr, (size_t)at.len, MADV_DONTNEED);
	worker_add(&w->page->bytes, at.len);
	worker_add(&w->page->ops, 1);
	return 0;
}

static int populate_reap(struct worker *w)
{
	struct pagecache *s = w->state;
	uint64_t slot;
	int res, code = ring_submit(&s->ring);

	while (code == 0 && ring_reap(&s->ring, &slot, &res)) {
		if (res < 0 && res != -ECANCELED)
			return populate_error(w, res);
		if (slot == UINT64_MAX)
			continue;
		/* Canceled: populating failed, which was told, and nothing came into the cache. */
		if (res >= 0) {
			worker_add(&w->page->bytes, s->slot[slot].len);
			worker_add(&w->page->ops, 1);
		}
		s->free_slot[s->free_count++] = (uint16_t)slot;
	}
	return code;
}

static int populate_round(struct worker *w, const struct pc_segment *seg)
{
	struct pagecache *s = w->state;
	int64_t window = s->next / POPULATE_UNITS * POPULATE_WINDOW;

	if (!s->ring.in_flight && s->next >= s->total)
		return 1;
	if (!s->ring.in_flight && window != s->map_at) {
		int code = map_file(w, window);

		if (code < 0)
			return code;
	}
	if (!s->ring.open)
		return populate_unit(w, next_block(w, seg));
	while (s->free_count && s->next < s->total && s->ring.in_flight + 2 <= s->ring.depth &&
	       s->next / POPULATE_UNITS * POPULATE_WINDOW == s->map_at) {
		unsigned i = s->free_slot[--s->free_count];

		s->slot[i] = next_block(w, seg);
		queue_unit(w, i);
	}
	return populate_reap(w);
}

int pc_segment_step(struct worker *w, const struct pc_segment *seg)
{
	const struct pagecache *s = w->state;

	if (seg->action == ACTION_MAP)
		return map_round(w, seg);
	if (seg->action == ACTION_POPULATE)
		return populate_round(w, seg);
	if (seg->action == ACTION_AHEAD)
		return ahead_round(w, seg);
	return s->ring.open ? ring_round(w, seg) : sync_round(w, seg);
}
