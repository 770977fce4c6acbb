/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The computed measurement error of one metric in one reading, term by term, each with its kernel
 * source. What a profile declares (±) is physics and comes on top.
 */
#ifndef MT_JUDGE_BUDGET_H
#define MT_JUDGE_BUDGET_H

#include "record/record.h"

struct budget {
	struct budget_term terms[BUDGET_TERMS];
	int n;
	int64_t sum; /* of the terms, in the metric's unit */
	int64_t low,
		high; /* how far what was read may lie below and above the truth; each <= sum */
};

/*
 * Add to *b, which the caller zeroed, the terms for metric m in reading rd and, for a change, in
 * reading base too; else that is NULL.
 */
void budget_compute(struct budget *b, const struct record *r, const struct metric *m,
		    const struct reading *rd, const struct reading *base);
/*
 * Add a term that counts in both directions; a size of 0 is not kept. A second one of the same
 * words is added to the first; the last of too many is called "more".
 */
void budget_add(struct budget *b, int64_t size, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
/* The same with a size for each direction: a charge stock only ever makes usage too high. */
void budget_add_sides(struct budget *b, int64_t low, int64_t high, const char *what);

#endif
