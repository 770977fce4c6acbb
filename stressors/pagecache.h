/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the files of the page-cache stressor share: its options, its state, and the two halves it is
 * made of. pagecache.c decides what comes next, pagecache_io.c moves blocks, pagecache_file.c makes
 * the file, counts what of it is resident, writes it back and drops it. Private to pagecache*.c.
 */
#ifndef MT_STRESSORS_PAGECACHE_H
#define MT_STRESSORS_PAGECACHE_H

#include "ring.h"
#include "stressor.h"

enum pc_mode {
	MODE_READ,
	MODE_REREAD,
	MODE_WRITE,
	MODE_HOTSET,
	MODE_MMAP,
	MODE_POPULATE,
	MODE_AHEAD
};
enum pc_file { FILE_AUTO, FILE_DATA, FILE_SPARSE };
enum pc_engine { ENGINE_IO_URING, ENGINE_SYNC };
enum pc_order { ORDER_SEQ, ORDER_RANDOM };
enum pc_fsync { FSYNC_NONE, FSYNC_END, FSYNC_EACH };
enum pc_then { THEN_HOLD, THEN_EXIT, THEN_AGAIN };

struct pagecache_opts {
	int64_t size, mode, file, engine, block, depth, registered, order, passes, hot;
	int64_t fsync, every, verify, uncached, delete, then, sync, drop;
};

#define PC_DEPTH_MAX 256
#define PC_FILE	     "pagecache"

/* What is done to the blocks of a range. */
enum pc_action { ACTION_READ, ACTION_WRITE, ACTION_MAP, ACTION_POPULATE, ACTION_AHEAD };

/* A range of the file that is gone through once; a pass is a few of them. */
struct pc_segment {
	enum pc_action action;
	int64_t begin, end; /* bytes, whole pages */
};

#define PC_SEGMENTS_MAX 4
struct pc_plan {
	struct pc_segment segment[PC_SEGMENTS_MAX];
	unsigned count;
};

/* A block in flight; its buffer is the slot's share of the buffer region. */
struct pc_slot {
	int64_t offset;
	int32_t len, done;
};

enum pc_doing { DOING_NOTHING, DOING_PASS, DOING_SYNC, DOING_DROP };

struct pagecache {
	int fd;
	int64_t size, hot; /* rounded up to whole pages */
	struct ring ring;
	uint8_t *buffers; /* depth blocks */
	uint8_t *map; /* the whole file (mode mmap) or a window that wanders over it (populate) */
	int64_t map_len, map_at;

	enum pc_doing doing;
	int64_t at;	     /* where DOING_SYNC or DOING_DROP is in the file, bytes */
	unsigned segment;    /* of the plan, in DOING_PASS */
	int64_t next, total; /* blocks of the segment: given out, in all */
	int64_t unsynced;    /* writes since the last fsync, for fsync: each */
	int64_t passes, writes, syncs, drops; /* done so far */

	struct pc_slot slot[PC_DEPTH_MAX];
	uint16_t free_slot[PC_DEPTH_MAX];
	unsigned free_count;
};

static inline const struct pagecache_opts *pc_opts(const struct worker *w)
{
	return w->opts;
}

/* pagecache_opts.c: the table, and the functions of struct stressor that look at options alone. */
extern const struct opt pc_options[];
int pc_check(const void *opts, struct err *err);
needs_t pc_needs(const void *opts);
bool pc_endless(const void *opts);
void pc_footprint(const void *opts, struct footprint *ret);
/* Requests in flight; what `depth: 0` means for these options. */
int64_t pc_depth(const struct pagecache_opts *o);
/* True for the modes that copy blocks to or from buffers. */
bool pc_moves_blocks(const struct pagecache_opts *o);
/* True where requests go through an io_uring. */
bool pc_uses_ring(const struct pagecache_opts *o);
/* What `file: auto` means in this mode. */
bool pc_sparse(const struct pagecache_opts *o);
/* The segments of one pass of these options over a file of size with a hot set of hot bytes. */
void pc_plan(const struct pagecache_opts *o, int64_t size, int64_t hot, struct pc_plan *ret);
/* Where block i of n comes in a random order: each block once, another order with each key. */
int64_t pc_shuffle(int64_t i, int64_t n, uint64_t key);

/* pagecache_file.c; all return 0 or a negative errno with the sentence in w->err. */
int pc_prepare(struct worker *w);
int pc_open(struct worker *w);
void pc_close(struct worker *w);
/* Bytes of [begin, end) in the page cache. */
int pc_resident(struct worker *w, int64_t begin, int64_t end, int64_t *ret);
/* One bounded piece of the write-back or the drop of the file; 1 when it was the last one. */
int pc_sync_step(struct worker *w);
int pc_drop_step(struct worker *w);

/* pagecache_io.c: buffers, mapping and ring; then one bounded round of a segment, 1 when it is
 * finished. */
int pc_io_setup(struct worker *w);
void pc_io_release(struct worker *w);
void pc_segment_begin(struct worker *w, const struct pc_segment *seg);
int pc_segment_step(struct worker *w, const struct pc_segment *seg);

#endif
