/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Every run kept in one SQLite file: trials with their verdicts, the numbers that belong to them
 * (what cells.h says of groups and workers, and every number a check looks at), the facts of the
 * machine, a label. Several writers at once are safe. Owns the schema; compares nothing.
 */
#ifndef MT_HISTORY_HISTORY_H
#define MT_HISTORY_HISTORY_H

#include "compare/compare.h"

#define HISTORY_VERSION 1 /* PRAGMA user_version */

struct history; /* an open file */

/* create: make it when it is not there. ERR_USAGE: not there, no history, another version. */
int history_open(struct history **ret, const char *path, bool create, struct err *err);
void history_close(struct history *h);

/* All of a run in one transaction, or nothing of it. label may be NULL. */
int history_add(struct history *h, const struct run *run, const char *label, struct err *err);

/* What there is of a trial. */
struct history_trial {
	const char *name;
	int64_t runs, verdicts[V_MAX];
	int64_t last_ns;	    /* CLOCK_REALTIME */
	const char *label, *kernel; /* of the last one */
};
/* Lists live in the arena. */
int history_trials(struct history *h, struct arena *a, struct history_trial **ret, size_t *ret_n,
		   struct err *err);

/* One number over time, oldest first. */
struct history_point {
	int64_t run, t_ns;
	const char *label, *kernel;
	enum verdict trial, check; /* check V_MAX: the profile does not speak of it */
	int64_t value, tolerance;
	int64_t low, high; /* VALUE_ABSENT: open below, or no check; VALUE_MAX: open above */
};
struct history_line {
	const char *trial, *metric, *phase;
	enum form form;
	enum unit unit;
	struct history_point *points;
	size_t n;
};
/*
 * The lines of a trial's metric, one for each phase it has (or the one given), of the last `last`
 * runs (0: all). Unknown names: -ENOENT, ERR_USAGE, with the nearest one there is.
 */
int history_lines(struct history *h, struct arena *a, const char *trial, const char *metric,
		  const char *phase, int64_t last, struct history_line **ret, size_t *ret_n,
		  struct err *err);

/* "last 20 on main", "last 20": the runs that a new one is held against. */
struct baseline {
	int64_t last;
	char label[64]; /* "": any */
};
int baseline_parse(const char *text, struct baseline *ret, struct err *err);
/* ERR_USAGE when the history has no run with that label. */
int baseline_check(struct history *h, const struct baseline *b, struct err *err);
/*
 * The baseline's runs of the trials of a run, as a side of a comparison. Only those of the same
 * plan, unless `any_plan`.
 */
int baseline_add(struct history *h, const struct baseline *b, struct comparison *c, size_t side,
		 const struct run *run, bool any_plan, struct err *err);

/*
 * A line over time as a plot of `height` rows: points, the range a check accepts, those that a
 * check refused. At most `width` columns, but no less than 16; more points than columns are put
 * together, refused ones first.
 */
void history_plot(const struct history_line *l, FILE *out, size_t width, size_t height,
		  bool colour);

#endif
