/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a workload must still do: "runtime <= 110%", "refault.rate <= 100/s", "reader.rate >= 90%".
 * Reads such sentences, and holds numbers against them. Does not own where numbers come from.
 */
#ifndef MT_CAPACITY_OBJECTIVE_H
#define MT_CAPACITY_OBJECTIVE_H

#include <stdbool.h>

#include "metric/metric.h"

#define OBJECTIVES_MAX 16

enum objective_kind {
	OBJ_RUNTIME,  /* from its start to its end */
	OBJ_MAJFLT,   /* majflt.rate: page faults of its group that waited for a disk */
	OBJ_REFAULT,  /* refault.rate: pages that were reclaimed too early */
	OBJ_PSI_SOME, /* psi.memory.some.avg: share of its runtime in which a task stalled */
	OBJ_PSI_FULL, /* psi.memory.full.avg: ... in which all did */
	OBJ_OUTPUT,   /* any other name: the number that --metric finds in its output */
	OBJ_METRIC,   /* a metric of a trial, as a profile has them: "reader.rate" */
};

struct objective {
	const char *text; /* as given */
	char name[METRIC_NAME_MAX];
	enum objective_kind kind;
	bool at_most;	 /* else: at least */
	bool relative;	 /* to the run without a limit */
	double bound;	 /* in `unit`'s base; relative: a factor */
	enum unit unit;	 /* of the metric; UNIT_NONE: whatever an output has */
	char suffix[16]; /* unit as written, for numbers of an output that have none */
};

/*
 * Read one. names: of groups and stressors. with_output: other names may be of a number in the
 * command's output. Returns 0, or -EINVAL with a sentence of class ERR_USAGE.
 */
int objective_parse(struct objective *o, const char *text, const struct metric_names *names,
		    bool with_output, struct err *err);
/* "20ms", "12.5 ms", "350": a number in the base of its unit, or of `suffix`. */
int objective_number(const char *text, const char *suffix, double *ret, enum unit *ret_unit);

/* The number that must be kept to, once what a run without a limit gives is known. */
double objective_bound(const struct objective *o, double reference);
bool objective_met(const struct objective *o, double value, double reference);
/*
 * How likely the opposite was, had it been measured again. noise: standard deviation of what is
 * measured, as a share of it.
 */
double objective_doubt(const struct objective *o, double value, double reference, double noise);

#endif
