/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The options of pagecache: what they are, what they mean together, what they may use. */
#include <errno.h>

#include "base/cleanup.h"
#include "base/units.h"
#include "pagecache.h"
#include "pattern.h"

static const char *const mode_words[] = {"read", "reread",   "write", "hotset",
					 "mmap", "populate", "ahead", NULL};
static const char *const file_words[] = {"auto", "data", "sparse", NULL};
static const char *const engine_words[] = {"io_uring", "sync", NULL};
static const char *const order_words[] = {"seq", "random", NULL};
static const char *const fsync_words[] = {"none", "end", "each", NULL};
static const char *const then_words[] = {"hold", "exit", "again", NULL};

#define SIZE_MAX_BYTES (16384 * GIB)
#define BUFFERS_MAX    (64 * MIB)

#define FIELD(field) .offset = offsetof(struct pagecache_opts, field)

const struct opt pc_options[] = {
	{.name = "size",
	 .type = OPT_SIZE,
	 FIELD(size),
	 .min = 4096,
	 .max = SIZE_MAX_BYTES,
	 .flags = OPT_REQUIRED,
	 .help = "size of each worker's file, rounded up to whole pages"},
	{.name = "mode",
	 .type = OPT_ENUM,
	 FIELD(mode),
	 .words = mode_words,
	 .def = "read",
	 .help = "one pass is: read the file; read it twice; write it; read the hot set twice and "
		 "the rest once; touch each page of a mapping; populate and unmap (fastest churn); "
		 "POSIX_FADV_WILLNEED of each block (ahead: fastest churn of single pages)"},
	{.name = "file",
	 .type = OPT_ENUM,
	 FIELD(file),
	 .words = file_words,
	 .def = "auto",
	 .help = "written and dropped from the cache beforehand, or all holes (fills the cache "
		 "without a disk); auto: sparse for write, populate and ahead, else data"},
	{.name = "engine",
	 .type = OPT_ENUM,
	 FIELD(engine),
	 .words = engine_words,
	 .def = "io_uring",
	 .help = "io_uring, or plain system calls (modes mmap and ahead know only those)"},
	{.name = "block",
	 .type = OPT_SIZE,
	 FIELD(block),
	 .min = 4096,
	 .max = 16 * MIB,
	 .def = "128K",
	 .help = "bytes a read or write, whole pages"},
	{.name = "depth",
	 .type = OPT_COUNT,
	 FIELD(depth),
	 .min = 0,
	 .max = PC_DEPTH_MAX,
	 .def = "0",
	 .help = "requests in flight with io_uring, a buffer of a block each; 0: 2 for populate "
		 "and "
		 "for reads in order, else 16 (deep queues split the read-ahead: pages touched "
		 "twice)"},
	{.name = "registered",
	 .type = OPT_BOOL,
	 FIELD(registered),
	 .def = "no",
	 .help = "register file and buffers with io_uring: faster, but depth x block is pinned and "
		 "cannot be reclaimed"},
	{.name = "order",
	 .type = OPT_ENUM,
	 FIELD(order),
	 .words = order_words,
	 .def = "seq",
	 .help = "of the blocks in a pass; random takes each block once"},
	{.name = "passes",
	 .type = OPT_COUNT,
	 FIELD(passes),
	 .min = 0,
	 .max = INT64_MAX,
	 .def = "1",
	 .flags = OPT_LIVE,
	 .help = "passes over the file before the hold, 0: for ever; raising it while it holds "
		 "makes another pass"},
	{.name = "hot",
	 .type = OPT_SIZE,
	 FIELD(hot),
	 .min = 0,
	 .max = SIZE_MAX_BYTES,
	 .def = "0",
	 .help = "size of the hot set at the start of the file, for mode hotset"},
	{.name = "fsync",
	 .type = OPT_ENUM,
	 FIELD(fsync),
	 .words = fsync_words,
	 .def = "none",
	 .help = "for mode write: leave the pages dirty, fsync after each pass, or after each "
		 "`every` writes"},
	{.name = "every",
	 .type = OPT_COUNT,
	 FIELD(every),
	 .min = 1,
	 .max = INT32_MAX,
	 .def = "64",
	 .help = "writes between two fsyncs with fsync: each"},
	{.name = "verify",
	 .type = OPT_BOOL,
	 FIELD(verify),
	 .def = "no",
	 .help = "check what is read; mode write reads back what it wrote"},
	{.name = "uncached",
	 .type = OPT_BOOL,
	 FIELD(uncached),
	 .def = "no",
	 .help = "RWF_DONTCACHE: pages leave the cache once read or written (Linux 6.14)"},
	{.name = "delete",
	 .type = OPT_BOOL,
	 FIELD(delete),
	 .def = "yes",
	 .help = "delete the file at the end, which returns its cache; no: both stay"},
	{.name = "then",
	 .type = OPT_ENUM,
	 FIELD(then),
	 .words = then_words,
	 .def = "hold",
	 .help = "after the passes: hold the cache, exit, or drop it and start again for ever"},
	{.name = "sync",
	 .type = OPT_COUNT,
	 FIELD(sync),
	 .min = 0,
	 .max = INT64_MAX,
	 .def = "0",
	 .flags = OPT_LIVE,
	 .help = "write-backs after the passes; raising it while it holds does another one"},
	{.name = "drop",
	 .type = OPT_COUNT,
	 FIELD(drop),
	 .min = 0,
	 .max = INT64_MAX,
	 .def = "0",
	 .flags = OPT_LIVE,
	 .help = "drops of the file's clean pages (POSIX_FADV_DONTNEED) after the passes; raising "
		 "it while it holds does another one"},
	OPT_END,
};

int64_t pc_depth(const struct pagecache_opts *o)
{
	bool reads = o->mode == MODE_READ || o->mode == MODE_REREAD || o->mode == MODE_HOTSET;

	if (o->depth)
		return o->depth;
	/* More than one pair of populate only contend for the lock of the address space. */
	if (o->mode == MODE_POPULATE)
		return 2;
	return reads && o->order == ORDER_SEQ ? 2 : 16;
}

bool pc_moves_blocks(const struct pagecache_opts *o)
{
	return o->mode != MODE_MMAP && o->mode != MODE_POPULATE && o->mode != MODE_AHEAD;
}

bool pc_uses_ring(const struct pagecache_opts *o)
{
	return o->engine == ENGINE_IO_URING && o->mode != MODE_MMAP && o->mode != MODE_AHEAD;
}

bool pc_sparse(const struct pagecache_opts *o)
{
	if (o->file == FILE_AUTO)
		return o->mode == MODE_WRITE || o->mode >= MODE_POPULATE;
	return o->file == FILE_SPARSE;
}

/* A pass of each mode: what is done to which part. The read-back of a write is there with verify
 * only. */
enum pc_part { PART_NONE, PART_ALL, PART_HOT, PART_REST, PART_READ_BACK };
static const struct {
	enum pc_action action;
	enum pc_part part;
} passes[][PC_SEGMENTS_MAX] = {
	[MODE_READ] = {{ACTION_READ, PART_ALL}},
	[MODE_REREAD] = {{ACTION_READ, PART_ALL}, {ACTION_READ, PART_ALL}},
	[MODE_WRITE] = {{ACTION_WRITE, PART_ALL}, {ACTION_READ, PART_READ_BACK}},
	/* Twice: the second touch activates a page (mm/swap.c:folio_mark_accessed). */
	[MODE_HOTSET] = {{ACTION_READ, PART_HOT},
			 {ACTION_READ, PART_HOT},
			 {ACTION_READ, PART_REST}},
	[MODE_MMAP] = {{ACTION_MAP, PART_ALL}},
	[MODE_POPULATE] = {{ACTION_POPULATE, PART_ALL}},
	[MODE_AHEAD] = {{ACTION_AHEAD, PART_ALL}},
};

void pc_plan(const struct pagecache_opts *o, int64_t size, int64_t hot, struct pc_plan *ret)
{
	*ret = (struct pc_plan){.count = 0};
	for (unsigned i = 0; i < PC_SEGMENTS_MAX; i++) {
		enum pc_part part = passes[o->mode][i].part;

		if (part == PART_NONE || (part == PART_READ_BACK && !o->verify))
			continue;
		ret->segment[ret->count++] = (struct pc_segment){
			.action = passes[o->mode][i].action,
			.begin = part == PART_REST ? hot : 0,
			.end = part == PART_HOT ? hot : size,
		};
	}
}

/*
 * A Feistel network permutes the numbers of an even count of bits; walking on from those that are
 * too large leaves a permutation of 0 .. n-1. No table, whatever the size of the file.
 */
int64_t pc_shuffle(int64_t i, int64_t n, uint64_t key)
{
	unsigned half = 1;
	uint64_t x = (uint64_t)i, mask;

	while ((1LL << (2 * half)) < n)
		half++;
	mask = (1ULL << half) - 1;
	do {
		uint64_t left = x >> half, right = x & mask;

		for (uint64_t turn = 0; turn < 4; turn++) {
			uint64_t next = left ^ (pattern_random(key + turn, right) & mask);

			left = right;
			right = next;
		}
		x = left << half | right;
	} while (x >= (uint64_t)n);
	return (int64_t)x;
}

int pc_check(const void *opts, struct err *err)
{
	const struct pagecache_opts *o = opts;
	const struct {
		bool wrong;
		const char *why;
	} rules[] = {
		{o->block % page_size(), "block must be whole pages"},
		{pc_depth(o) * o->block > BUFFERS_MAX,
		 "depth x block must be at most 64M of buffers"},
		{o->mode == MODE_HOTSET && (o->hot == 0 || o->hot >= o->size),
		 "mode hotset needs hot, larger than 0 and smaller than size"},
		{o->mode != MODE_HOTSET && o->hot, "hot is for mode hotset only"},
		{o->mode != MODE_WRITE && o->fsync != FSYNC_NONE, "fsync is for mode write only"},
		{o->registered && (!pc_moves_blocks(o) || o->engine != ENGINE_IO_URING),
		 "registered is for engine io_uring in the modes that read or write blocks"},
		{o->uncached && !pc_moves_blocks(o),
		 "uncached is for the modes that read or write blocks"},
		{o->verify && o->mode >= MODE_POPULATE,
		 "modes populate and ahead cannot verify: they look at no byte"},
		{o->order == ORDER_RANDOM && o->mode == MODE_POPULATE,
		 "mode populate goes in order"},
		{o->mode == MODE_POPULATE && o->depth == 1,
		 "mode populate needs a depth of 2 or more"},
		{o->then == THEN_AGAIN && o->passes == 0, "with passes 0, then never comes"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(rules); i++)
		if (rules[i].wrong)
			return err_set_class(err, ERR_USAGE, -EINVAL, "%s", rules[i].why);
	return 0;
}

needs_t pc_needs(const void *opts)
{
	const struct pagecache_opts *o = opts;

	return pc_uses_ring(o) ? NEED_IO_URING : 0;
}

bool pc_endless(const void *opts)
{
	const struct pagecache_opts *o = opts;

	return o->passes == 0 || o->then == THEN_AGAIN;
}

/*
 * Beside the pages: their tree (a node of 576 bytes for 64 pages), the buffer heads of written
 * pages (104 bytes a page), 8 bytes of page table a page that is mapped, requests, rings and
 * extents.
 */
void pc_footprint(const void *opts, struct footprint *ret)
{
	const struct pagecache_opts *o = opts;
	int64_t buffers = pc_moves_blocks(o) ? pc_depth(o) * o->block : 0;
	bool on_disk = !pc_sparse(o) || o->mode == MODE_WRITE;

	ret->memory = o->size + o->size / 32 + buffers + pc_depth(o) * 1024 + 2 * MIB;
	if (o->mode == MODE_MMAP)
		ret->memory += o->size / 512;
	ret->disk = (on_disk ? o->size + o->size / 256 : 0) + MIB;
}
