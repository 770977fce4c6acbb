/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A record as a list of single numbers that can be compared with the same numbers of another run:
 * each metric in each phase in its natural form, the extremes of `always`, how long an `until`
 * took. Says of each its measurement error, and which direction is worse. Compares nothing.
 */
#ifndef MT_COMPARE_CELLS_H
#define MT_COMPARE_CELLS_H

#include "record/record.h"

enum form {
	FORM_LEVEL,  /* as read: what belongs to a group or a worker */
	FORM_CHANGE, /* since the reading that the phase refers to, others' part taken out:
			counters, and everything of the whole machine */
	FORM_LEAST,  /* the smallest and the largest over all samples of a check of `always` */
	FORM_MOST,
	FORM_TOOK, /* how long an `until` took; the metric is its text */
	FORM_COUNT
};
extern const char *const form_words[]; /* "level", "change" ...; NULL-terminated */

enum worse { WORSE_NONE, WORSE_UP, WORSE_DOWN };

struct cell {
	const char *metric;
	int phase; /* index, -1: baseline, or CHECK_ALWAYS with FORM_LEAST and FORM_MOST */
	const char *phase_name;
	enum form form;
	enum unit unit;
	int64_t value;
	int64_t tolerance; /* computed error of the reading, noise of the control interval included;
			      of a check its whole tolerance */
	bool modelled; /* that tolerance is all that two good runs may differ by: a level in bytes;
			  not so a rate, a latency or a count of events */
	bool global;   /* of the whole machine */
	enum worse worse;
	const struct check_verdict *check; /* NULL: the profile does not speak of it */
};

/* Call fn for every number of a record that was carried out; strings live as long as the record. */
void cells_visit(const struct record *r, void (*fn)(void *arg, const struct cell *c), void *arg);

/* The direction in which a metric gets worse, by the table in direction.c. */
enum worse metric_worse(const struct metric *m);

/*
 * What was asked of the kernel: groups and limits, stressors, phases with their actions, as text.
 * Two runs of a trial are comparable when these are equal. Returns a string in the arena.
 */
const char *plan_text(struct arena *a, const struct spec *s);

#endif
