/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Counters into rates over at least a window, so that a rate that is shown often does not jump.
 * Owns: the counters at the window's beginning. Does not own: reading them.
 */
#ifndef MT_LIVE_RATES_H
#define MT_LIVE_RATES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/units.h"

#define RATES_MAX 32

struct rates {
	int64_t window_ns;
	int64_t t_ns; /* when `from` was read; 0: never */
	int64_t from[RATES_MAX];
	double per_s[RATES_MAX]; /* < 0: not known */
};

void rates_init(struct rates *r, int64_t window_ns);
/* n counters at a time; VALUE_ABSENT where there is none. A counter that fell began anew. */
void rates_add(struct rates *r, int64_t t_ns, const int64_t *values, size_t n);

#endif
