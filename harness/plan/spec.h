/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The part of a plan that a verdict needs: names and absolute numbers, nothing that runs. It is
 * saved with the record, so that `judge` and `report` work on any machine.
 */
#ifndef MT_PLAN_SPEC_H
#define MT_PLAN_SPEC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "metric/metric.h"
#include "profile/profile.h"

struct spec_knob {
	const char *name; /* v2 name */
	int64_t value;	  /* VALUE_MAX: no limit */
	enum unit unit;
};

struct spec_group {
	const char *path; /* relative to the trial's own group */
	int parent;	  /* index, -1: the trial's group */
	const struct spec_knob *knobs;
	size_t n_knobs;
};

struct spec_stressor {
	const char *name;
	const char *kind;
	const char *text;  /* its options as "size=64M pattern=seq", for people */
	const int *groups; /* where its workers begin, and where they are moved to */
	size_t n_groups;
	int workers;		/* in all its groups together */
	int64_t memory, disk;	/* footprint of all its workers, bytes */
	bool has_outcome_check; /* the profile says itself what its outcome must be */
};

#define CHECK_ALWAYS   (-1) /* phase of a check that holds at every sample */
#define CHECK_TRIAL    (-2) /* of one that is about the whole trial */
#define SINCE_BASELINE (-1)

/* One expectation with absolute numbers. */
struct check {
	int phase; /* index, CHECK_ALWAYS or CHECK_TRIAL */
	struct metric metric;
	enum constraint_kind kind;
	bool delta;	  /* the change since `since` */
	int since;	  /* phase whose reading signs refer to, SINCE_BASELINE */
	int64_t a, b;	  /* in the metric's unit; for delta with their sign; C_RANGE: a .. b */
	int64_t slack;	  /* declared physics, in the metric's unit, >= 0 */
	const char *word; /* C_WORD, C_NOT_WORD */
	const char *text; /* the constraint as written */
	int line, col;	  /* in the profile; 0 when the harness added the check */
};

struct spec_phase {
	const char *name;	 /* "fill", or "churn 2/3" when repeated */
	const char *action_text; /* "start quiet, wait 2s", for people */
	int since;
};

struct spec {
	const char *profile; /* path as given */
	const char *name;    /* "limits/oom" : for tables, KTAP */
	const char *summary, *source, *why;
	const char **tags;
	size_t n_tags;
	struct spec_group *groups;
	size_t n_groups;
	struct spec_stressor *stressors;
	size_t n_stressors;
	struct spec_phase *phases;
	size_t n_phases;
	struct check *checks;
	size_t n_checks;
	int64_t fuse;	 /* bytes: memory.max of the trial's own group */
	int64_t reserve; /* bytes of the machine that no plan may touch */
	int64_t sample_interval_ns;
};

#endif
