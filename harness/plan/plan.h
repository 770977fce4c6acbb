/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A profile on this machine: absolute bytes and names. Building one touches nothing; what the
 * machine cannot do becomes a reason to skip, what does not fit becomes an error with the sum.
 */
#ifndef MT_PLAN_PLAN_H
#define MT_PLAN_PLAN_H

#include "base/arena.h"
#include "kernel/probe.h"
#include "plan/spec.h"
#include "profile/profile.h"

struct plan_stressor {
	const struct stressor *kind;
	void *opts; /* the kind's option struct */
	struct stressor_common common;
	const int *groups;
	size_t n_groups;
	int first_worker; /* workers first_worker .. first_worker + n_workers - 1 are its own */
	int n_workers;
};

struct plan_set {
	int group, stressor; /* -1: not of one; both: the stressor's workers move to the group */
	const char *knob;    /* v2 name, or a sysctl's path below /proc/sys */
	const struct opt *opt;
	int live; /* slot in worker_page.live */
	int64_t value;
};

struct plan_fault {
	const struct fault_kind *kind;
	void *opts; /* the kind's option struct */
	int group;  /* -1 */
};

struct plan_action {
	enum action_kind kind;
	const int *stressors;
	size_t n_stressors;
	struct plan_set set;
	struct plan_fault fault; /* FAULT, with stressors */
	dur_t duration;		 /* WAIT; UNTIL: within */
	enum until_kind until;
	struct check when; /* UNTIL_METRIC */
	const char *text;
};

struct plan_phase {
	struct plan_action *actions;
	size_t n_actions;
};

struct plan {
	struct arena arena;
	struct spec spec;
	needs_t needs;
	const char *skip;		 /* not NULL: this machine cannot, and why */
	struct plan_stressor *stressors; /* as spec.stressors */
	struct plan_phase *phases;	 /* as spec.phases */
	int n_workers;
	int64_t memory_sum, disk_sum; /* what the stressors may use, bytes */
	bool uses_scratch;
	dur_t deadline; /* sum of all that may be waited for */
};

struct plan_config {
	const struct machine *machine;
	int64_t reserve;       /* bytes; 0: the default, see plan_default_reserve() */
	int64_t disk_free;     /* bytes in the scratch file system; -1: not known */
	bool whole_machine;    /* may change and exhaust the machine: in a guest */
	dur_t sample_interval; /* 0: default 50 ms */
};

/*
 * Build the plan. Returns 0 with plan->skip set when the machine lacks something; -EINVAL when the
 * profile is wrong in a way only a machine shows (diags has the positions); -E2BIG when the plan
 * does not fit the machine less its reserve (err has the sum). Free with plan_free() in all cases.
 */
int plan_build(struct plan *plan, const struct profile *profile, const struct plan_config *config,
	       struct diags *diags, struct err *err);
void plan_free(struct plan *plan);
/* max(512 MiB, MemTotal / 8), at most half of MemTotal. */
int64_t plan_default_reserve(const struct machine *machine);
/* The plan for people: groups, stressors, phases, checks, sums, the fuse. */
void plan_print(const struct plan *plan, FILE *out);

/*
 * What a trial is called by the path of its profile: "profiles/limits/oom.yaml" is "limits/oom",
 * the part below the last "profiles/", or the file's name.
 */
const char *plan_trial_name(struct arena *a, const char *path);

#endif
