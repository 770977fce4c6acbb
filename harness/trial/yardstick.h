/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A fixed piece of work in user space, done by a worker between its steps: how long a step takes is
 * told by how long the piece beside it took. Who shares a core, its caches or its clock with the
 * worker slows both. Owns the piece and what was measured; does not own when (worker.c).
 */
#ifndef MT_TRIAL_YARDSTICK_H
#define MT_TRIAL_YARDSTICK_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Steps of so much time, then a piece. */
#define YARD_BLOCK_NS 1000000
#define YARD_BLOCKS   1024
/* The piece reads this memory again and again: of the size of a core's own cache. */
#define YARD_MEMORY (1 << 20)

/* Shared with the supervisor; one writer. */
struct yard_page {
	_Atomic int64_t piece_ns; /* CPU time of all pieces */
	_Atomic uint32_t n;	  /* blocks in use */
	/* Operations in the CPU time of a piece, in millionths. */
	_Atomic int64_t ops[YARD_BLOCKS];
};

struct yardstick {
	struct yard_page *page; /* NULL: none is wanted */
	const char *memory;
	int64_t cpu_ns, ops;  /* at the begin of the block */
	int64_t since_ns;     /* CLOCK_MONOTONIC then */
	uint32_t every, seen; /* of so many blocks one is kept: the array holds the whole run */
};

/* CPU time of this process. */
int64_t yard_cpu_ns(void);
/* A block of steps begins, ops operations were done before it. */
void yard_begin(struct yardstick *y, int64_t now_ns, int64_t ops);
/* After a step. When the block is long enough: a piece, and the next block; returns true then. */
bool yard_step(struct yardstick *y, int64_t now_ns, int64_t ops);
/*
 * The median of all blocks: operations in the CPU time of 1000 pieces, in thousandths. 0: none yet.
 * Does not allocate.
 */
int64_t yard_rate(const struct yard_page *p);

#endif
