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

/* The profile with which a command runs once; value as of probe_run(). In the arena. */
const char *command_profile(const struct study *s, struct arena *a, int64_t value, dur_t timeout);
/* Index of the phase in which it runs. */
int command_phase(const struct study *s, int64_t value);

/* By value, rising; in the arena. Returns how many. */
size_t curve_of(const struct study *s, struct arena *a, struct curve_point **ret);

/* A number in the base of its unit, to four digits; "" when there is none. */
char *number_text(char buf[QUANTITY_MAX], double v, enum unit unit);

#endif
