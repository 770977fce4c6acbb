/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Two or more sides, each with one or several runs: which verdicts changed, which numbers moved
 * more than their noise, which facts of the machines differ. The first side is what the others are
 * compared with. Reads no file; a side's values come from records or from a history.
 */
#ifndef MT_COMPARE_COMPARE_H
#define MT_COMPARE_COMPARE_H

#include "compare/cells.h"

#define COMPARE_SIDES	  8
#define COMPARE_LEVEL	  0.05 /* chance of any false alarm in one comparison */
#define COMPARE_RANGE_MIN 5    /* runs that make a range to hold others against */

/* The same number of several runs, in the order of time. */
struct values {
	double *v;
	int64_t tolerance; /* the largest of any of them */
	size_t n;
};

struct series {
	size_t trial;
	const char *metric, *phase_name;
	int phase;
	enum form form;
	enum unit unit;
	bool modelled, global, checked;
	enum worse worse;
	struct values side[COMPARE_SIDES];
};

/* A trial that at least one side has. */
struct compared_trial {
	const char *name;
	const char *plan[COMPARE_SIDES];       /* plan_text() of its first run; NULL: it has none */
	size_t verdicts[COMPARE_SIDES][V_MAX]; /* runs by verdict */
	const char *why[COMPARE_SIDES];	       /* of its worst verdict */
};

/* How a series was held against the first side's. */
enum method {
	METHOD_RANK,   /* Mann-Whitney, Holm-corrected */
	METHOD_RANGE,  /* few against many: outside their range by more than its width and budget */
	METHOD_BUDGET, /* few against few: apart by more than both budgets */
	METHOD_NONE,   /* few runs, and no budget says how much it varies */
	METHOD_COUNT
};
extern const char *const method_words[]; /* "rank", "range", "budget", "none" */

struct finding {
	size_t series;
	size_t side; /* 1 .. */
	enum method method;
	double a, b;	  /* medians */
	double shift;	  /* Hodges-Lehmann, b - a, in the unit */
	double percent;	  /* of a; NAN when a is 0 */
	double cliff;	  /* -1 .. 1 */
	double p, p_holm; /* METHOD_RANK */
	double margin;	  /* METHOD_RANGE and METHOD_BUDGET: how far apart it may be */
	double drift;	  /* shift between the halves of one side, when that is no chance; else 0 */
	bool moved;	  /* more than its noise */
	bool drifts;	  /* would have moved, but a side drifts by itself as much */
	bool worse, better;
};

/* A check whose verdict differs. */
struct check_change {
	size_t trial, side;
	const char *name, *phase_name;
	enum verdict from, to; /* the worst of each side */
	size_t n_from, n_to;   /* runs that had it */
	size_t of_from, of_to; /* of so many */
	const char *why;       /* of the new one */
};

/* A fact that is not the same on all sides. */
struct fact_difference {
	const char *name;
	const char *value[COMPARE_SIDES]; /* several joined by " | "; NULL: not known */
};

struct comparison {
	struct arena arena;
	const char *names[COMPARE_SIDES]; /* of the sides */
	size_t n_runs[COMPARE_SIDES];	  /* files, or runs of the history */
	bool mixed[COMPARE_SIDES];	  /* its runs are between those of the first in time */
	size_t n_sides;
	struct compared_trial *trials;
	size_t n_trials;
	struct series *series;
	size_t n_series;
	struct finding *findings;
	size_t n_findings;
	size_t n_tests;	   /* Mann-Whitney tests that Holm corrected for */
	size_t n_constant; /* pairs of series whose values are all the same */
	size_t by_method[METHOD_COUNT];
	struct check_change *checks;
	size_t n_checks;
	struct fact_difference *facts;
	size_t n_facts;
	size_t moved, worse, drifting;		 /* findings */
	size_t verdicts_worse, verdicts_changed; /* pairs of trial and side */

	/* Inside: where the last number was found, so that the next one is found at once. */
	size_t cursor;
	const struct record **records[COMPARE_SIDES];
	size_t n_records[COMPARE_SIDES];
};

/* Sides are added in order. Returns the side's index; -E2BIG when there are too many. */
int compare_side(struct comparison *c, const char *name, struct err *err);
/* A run's trials to a side; the run must outlive the comparison. */
void compare_add_run(struct comparison *c, size_t side, const struct run *run);
/* One number of a side that comes from elsewhere. trial must outlive the comparison. */
void compare_add_value(struct comparison *c, size_t side, const char *trial,
		       const struct cell *cell);
/* One verdict; strings must outlive the comparison. */
void compare_add_verdict(struct comparison *c, size_t side, const char *trial, const char *plan,
			 enum verdict verdict, const char *why);
void compare_add_fact(struct comparison *c, size_t side, const char *name, const char *value);

/*
 * Whether the sides mean anything beside each other: a negative errno with one sentence of
 * ERR_USAGE when they have no trial in common, or a common one with another plan.
 */
int compare_check(struct comparison *c, struct err *err);
/* pattern: fnmatch() on metrics, NULL for all. Fewer tests have more power. */
void compare_run(struct comparison *c, const char *pattern);
void compare_free(struct comparison *c);

/* PASS is best, then SKIP, BROKEN, FAIL: the worst of some runs; V_MAX when there are none. */
enum verdict worst_verdict(const size_t count[V_MAX]);
/* > 0 when b is worse than a. */
int verdict_worse(enum verdict a, enum verdict b);

/* A number for people, in few digits. Returns buf. */
char *number_short(char buf[QUANTITY_MAX], double v, enum unit unit, bool sign);

/* Reports. width: of the terminal; all: also what did not move. */
int compare_text(const struct comparison *c, FILE *out, bool colour, size_t width, bool all,
		 struct err *err);
int compare_json(const struct comparison *c, FILE *out, struct err *err);

#endif
