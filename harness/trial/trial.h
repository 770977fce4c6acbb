/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Running a plan: groups, workers, phases, readings; fills a record. Does not judge. Whatever
 * happens, no process, group or changed knob stays behind.
 */
#ifndef MT_TRIAL_TRIAL_H
#define MT_TRIAL_TRIAL_H

#include "kernel/probe.h"
#include "kernel/roots.h"
#include "plan/plan.h"
#include "record/record.h"

/* Limits of that many groups are read for it. */
#define TRIAL_LIMITS 32

/* memory.max and memory.high of a group now; VALUE_MAX: none, VALUE_ABSENT: not known. */
struct trial_limit {
	int64_t max, high;
};

struct trial_workers {
	int all, waiting, running, holding;
	int done, killed; /* exited with 0, and all that ended otherwise */
};

/* What is going on, for a live view; called between steps of the trial, never more than 10 times a
 * second. Valid during the call. */
struct trial_progress {
	const struct record *record;
	const char *phase;
	const char *doing; /* "settle", "until eater exits within 10s" ... */
	dur_t elapsed, deadline;
	dur_t left;	    /* of a wait or an until at most; 0: in none */
	const int64_t *now; /* the last sample, by the record's columns; NULL: none yet */
	const struct trial_limit *limits; /* by the plan's groups */
	size_t n_limits;
	struct trial_workers workers;
};

struct trial_config {
	const struct machine *machine;
	const struct roots *roots;
	const char *base;    /* group below the memory controller's mount; "" is the mount itself */
	const char *scratch; /* directory for files; a subdirectory is made and removed */
	const char *state_dir; /* for the undo journal, "/run/memtrial" or the user's; NULL: none */
	unsigned number;       /* of the trial in this process, for its name */
	uint64_t seed;
	dur_t control; /* length of the control interval; 0: 300 ms */
	bool rough;    /* readings need not be exact: one control reading, none twice */
	const char *profile_path;
	void (*progress)(void *data, const struct trial_progress *p);
	void *progress_data;
};

/*
 * Run it. Fills *record, which borrows from the plan and must not outlive it, also when the trial
 * could not be carried out: record->fate and ->reason then say why. Returns 0, or the signal that
 * ended it before its time (SIGINT, SIGTERM, SIGHUP; all is undone).
 */
int trial_run(const struct trial_config *config, const struct plan *plan, struct record *record);

#endif
