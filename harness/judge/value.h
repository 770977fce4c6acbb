/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Numbers of a record as the judge needs them: a metric's value in a reading, its change, sizes in
 * its unit, the sum over what others did. Pure look-ups; owns no tolerance and no verdict.
 */
#ifndef MT_JUDGE_VALUE_H
#define MT_JUDGE_VALUE_H

#include "record/record.h"

/* A metric's value in a reading, a derived one computed from its terms. VALUE_ABSENT. */
int64_t value_at(const struct record *r, const struct metric *m, const struct reading *rd);
/*
 * Its change from base to rd; of a ratio the quotient of the changes. VALUE_ABSENT when either is
 * absent, and for numbers that have no change (VALUE_MAX: no limit).
 */
int64_t value_change(const struct record *r, const struct metric *m, const struct reading *base,
		     const struct reading *rd);
/* True for a metric that is a quotient of changes, so that it has no value at one moment. */
bool value_is_ratio(const struct metric *m);

/* A number of bytes or pages in the unit of a metric: bytes, pages, KiB; a count is of pages. */
int64_t value_from_bytes(const struct record *r, const struct metric *m, int64_t bytes);
int64_t value_from_pages(const struct record *r, const struct metric *m, int64_t pages);

/* a - b, VALUE_ABSENT when one is absent. */
int64_t value_minus(int64_t a, int64_t b);
/* a + b that stays at the ends of the range; VALUE_MAX + anything is VALUE_MAX. */
int64_t value_plus(int64_t a, int64_t b);

/* How much others moved the metric from base to rd, in its unit and with its sign; 0: not known. */
int64_t value_others(const struct record *r, const struct metric *m, const struct reading *base,
		     const struct reading *rd);
/*
 * What the processes of workers had of their own (before any load, in the baseline) and took with
 * them: how much groups in which all workers have ended hold less than at base, but no more than
 * that. In the metric's unit and with its sign; 0 for a metric that is not of the whole machine.
 */
int64_t value_gone(const struct record *r, const struct metric *m, const struct reading *base,
		   const struct reading *rd);
/*
 * What pages that went to the CPUs' free lists moved the metric by, in its unit and with its sign:
 * they are free, but not in MemFree (mm/page_alloc.c:free_unref_page). 0: not a metric of free
 * memory, or not known.
 */
int64_t value_lists(const struct record *r, const struct metric *m, const struct reading *base,
		    const struct reading *rd);
/* Which way free memory moves the metric: 1, -1; 0: it does not. */
int value_free_sign(const struct metric *m);
/*
 * How much less memory is neither free nor in use than at base, in the metric's unit, >= 0: where
 * pages are reported to the host base was read during a report. 0 where they are not.
 */
int64_t value_reported(const struct record *r, const struct metric *m, const struct reading *base,
		       const struct reading *rd);
/*
 * How much others moved a whole of which the metric is an unknown part (a node of a machine), in
 * its unit, >= 0; 0 for a metric that is the whole.
 */
int64_t value_others_somewhere(const struct record *r, const struct metric *m,
			       const struct reading *base, const struct reading *rd);
/* How much others moved while the two readings were taken, in the metric's unit, >= 0. */
int64_t value_moved(const struct record *r, const struct metric *m, const struct reading *base,
		    const struct reading *rd);

/* A fact of the machine by its name, NULL when the record has none. */
const char *fact_value(const struct record *r, const char *name);
/* The last reading that was made, NULL when there is none. */
const struct reading *last_reading(const struct record *r);
/* Name of a phase for people: "baseline", "always", "fill". */
const char *phase_name(const struct record *r, int phase);
/* True when a group is `ancestor` or below it. */
bool group_within(const struct spec *s, int group, int ancestor);

#endif
