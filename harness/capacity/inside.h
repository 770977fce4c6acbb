/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Between the writers of a study: its probes in order, and numbers as text. */
#ifndef MT_CAPACITY_INSIDE_H
#define MT_CAPACITY_INSIDE_H

#include "capacity/capacity.h"

/* All probes of one value. */
struct curve_point {
	int64_t value;
	int runs, enough;	     /* of them enough */
	const struct probe *typical; /* one with the outcome of most, the slowest of these */
};

/* By value, rising; in the arena. Returns how many. */
size_t curve_of(const struct study *s, struct arena *a, struct curve_point **ret);

/* A number in the base of its unit, to four digits; "" when there is none. */
char *number_text(char buf[QUANTITY_MAX], double v, enum unit unit);

#endif
