/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The contract between a stressor and the harness. A stressor is one file with one const struct; it
 * does one bounded step at a time. The harness owns the loop, the clock, the barrier, the stop
 * flag, the counters, the rate limit, oom_score_adj and the entry into the group. A stressor knows
 * this header, its helpers beside it and base/; nothing of the harness.
 */
#ifndef MT_STRESSOR_H
#define MT_STRESSOR_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/hist.h"
#include "base/need.h"
#include "base/opt.h"

/* What a step says to the loop; a negative errno ends the worker as "error". */
enum step {
	STEP_DONE = 0, /* all is done: release what was taken and exit */
	STEP_MORE = 1, /* call again */
	STEP_HOLD = 2, /* what was asked for is held: sleep until stopped or an option is set */
};

enum worker_state {
	WORKER_EMPTY,	/* not forked yet */
	WORKER_PREPARE, /* making files and the like, in the drain group */
	WORKER_READY,	/* in its group, set up, waiting at the barrier */
	WORKER_RUNNING, /* stepping */
	WORKER_HOLDING, /* holds what was asked for, asleep */
	WORKER_DONE,	/* released everything; about to exit or exited */
	WORKER_FAILED,	/* ended with an error: code and text say which */
};

/* Bits of worker_page.command, written by the harness. */
enum worker_command {
	COMMAND_RUN = 1 << 0,
	COMMAND_STOP = 1 << 1,
	COMMAND_LIVE_SHIFT =
		2, /* from here on: a generation number, raised when a live option changed */
};

#define WORKER_LIVE_MAX	   8
#define WORKER_COUNTER_MAX 8

/*
 * What a worker tells, in one page range shared with the supervisor: one writer a field, no locks.
 * It stays readable after the worker was killed.
 */
struct worker_page {
	_Atomic uint32_t state;	  /* enum worker_state; written by the worker; a futex */
	_Atomic uint32_t command; /* enum worker_command; written by the supervisor; a futex */
	_Atomic int64_t live[WORKER_LIVE_MAX]; /* new values of OPT_LIVE options, in table order */

	_Atomic int64_t
		bytes; /* bytes held now, or moved in all: the stressor says which in .bytes_help */
	_Atomic int64_t ops;	/* operations done */
	_Atomic int64_t errors; /* operations that failed where failing is allowed */
	_Atomic int64_t begin_ns,
		end_ns; /* CLOCK_MONOTONIC of the first step and of the last one */
	_Atomic int64_t counter[WORKER_COUNTER_MAX]; /* the stressor's own, see .counters */

	_Atomic int64_t corrupt;	    /* places found with wrong content */
	uint64_t corrupt_addr;		    /* of the first: address, */
	int64_t corrupt_offset;		    /* offset in its area or file, */
	uint64_t corrupt_want, corrupt_got; /* the 8 bytes that were expected and that were found */

	int error_code; /* negative errno, with WORKER_FAILED */
	char error_text[256];
	struct hist step_ns;
};

/* A worker as its stressor sees it. */
struct worker {
	const struct stressor *kind;
	const void *opts; /* the stressor's option struct; live options change between steps only */
	void *state;	  /* kind->state_size zeroed bytes */
	struct worker_page *page;
	uint32_t index, count; /* this worker among those of its stressor: 0 .. count-1 */
	uint64_t seed; /* differs between workers; the same in every run with the same --seed */
	int scratch;   /* a directory of its own on a real file system, -1 unless .uses_scratch */
	int64_t page_size;
	int64_t most_ops; /* that a step should do, so that a rate holds within a second; 0: any */
	struct err err;	  /* a step or set-up call that fails says here why */
};

/* True once the worker was told to stop: steps that block or loop for long look at it. */
static inline bool worker_stopping(const struct worker *w)
{
	return atomic_load_explicit(&w->page->command, memory_order_relaxed) & COMMAND_STOP;
}

/* As many of n operations as a step should do. */
static inline int64_t worker_most(const struct worker *w, int64_t n)
{
	return w->most_ops > 0 && w->most_ops < n ? w->most_ops : n;
}

static inline void worker_add(_Atomic int64_t *field, int64_t n)
{
	atomic_store_explicit(field, atomic_load_explicit(field, memory_order_relaxed) + n,
			      memory_order_relaxed);
}

static inline void worker_put(_Atomic int64_t *field, int64_t n)
{
	atomic_store_explicit(field, n, memory_order_relaxed);
}

/* Count one place of wrong content and keep the first one's address, offset and values. */
void worker_corrupt(struct worker *w, const void *addr, int64_t offset, uint64_t want,
		    uint64_t got);

/* The most that one worker may use at any time: the fuse is computed from it. */
struct footprint {
	int64_t memory; /* bytes charged: anonymous, page cache, kernel objects and page tables */
	int64_t disk;	/* bytes allocated in its scratch directory (holes of sparse files not
			   counted) */
};

/* A counter of the stressor's own, readable as `<stressor>.<name>`. */
struct stressor_counter {
	const char *name;
	enum unit unit;
	bool gauge; /* a level (aggregated as the last value's sum), not a count of events */
	const char *help;
};

struct stressor {
	const char *name;
	const char *summary;	/* one line */
	const char *bytes_help; /* what `<stressor>.bytes` means here */
	needs_t needs;
	bool uses_scratch;
	bool sockets;		   /* packets may arrive for it, which are charged beyond a limit */
	const struct opt *options; /* ends with OPT_END */
	size_t options_size;
	const struct stressor_counter *counters; /* ends with name NULL; may be NULL */
	size_t state_size;

	/* Options that do not go together. Returns 0 or -EINVAL with the sentence in err. May be
	 * NULL. */
	int (*check)(const void *opts, struct err *err);
	/* Needs that depend on the options, beside .needs. May be NULL. */
	needs_t (*needs_of)(const void *opts);
	void (*footprint)(const void *opts, struct footprint *ret);
	/* True when the steps never reach STEP_HOLD or STEP_DONE by themselves. NULL: they do. */
	bool (*endless)(const void *opts);

	/*
	 * All may be NULL but step. In the worker's process, in this order: prepare (in the drain
	 * group: files, whose cache must not be charged to the group under test; must leave no
	 * cache behind), then setup (in its group, before the baseline: mappings, descriptors,
	 * rings), step again and again after the barrier, release (gives everything back; also
	 * after a failed setup; must be complete, as the release is what a trial checks).
	 */
	int (*prepare)(struct worker *w);
	int (*setup)(struct worker *w);
	int (*step)(struct worker *w);
	void (*release)(struct worker *w);
};

/* Every stressor there is, NULL-terminated, and one by name (NULL: none). */
extern const struct stressor *const stressor_registry[];
const struct stressor *stressor_find(const char *name);

#endif
