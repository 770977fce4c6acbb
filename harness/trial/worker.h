/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The worker's process, from fork to exit: it owns the loop around a stressor's steps, the barrier,
 * the rate limit and the live options. Runs in the child only and allocates before the barrier
 * only.
 */
#ifndef MT_TRIAL_WORKER_H
#define MT_TRIAL_WORKER_H

#include "cgroup/names.h"
#include "plan/plan.h"
#include "stressor.h"
#include "trial/yardstick.h"

struct worker_start {
	const struct plan_stressor *stressor;
	const char *name;	  /* of the stressor in the profile */
	struct worker_page *page; /* shared with the supervisor */
	struct yard_page *yard;	  /* the same, NULL: it has no yardstick */
	uint32_t index;		  /* among the workers of its stressor */
	uint64_t seed;
	enum cg_version version;
	int drain_fd, group_fd; /* groups to prepare in and to work in; -1: stay */
	int scratch;		/* its directory, -1 */
	int notify;		/* eventfd: one write at every change of state */
	int supervisor;		/* pid: a worker does not outlive it */
	int64_t page_size;
};

/* Does not return. Exit status: 0 done, 1 failed (the page says why). */
_Noreturn void worker_main(const struct worker_start *start);

/* Wake whoever waits on a worker's command or state word. */
void futex_wake_all(_Atomic uint32_t *word);
/* Sleep while *word == seen, at most until the deadline (CLOCK_MONOTONIC; 0 ns: no deadline). */
void futex_wait(_Atomic uint32_t *word, uint32_t seen, dur_t deadline);

#endif
