/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Does a number that is read again and again drift? The slope by Theil and Sen with Sen's
 * confidence interval (1968): the median of the slopes of all pairs, and the ranks among them that
 * Kendall's statistic gives. Neither a distribution is assumed nor does one wild reading move the
 * answer. Pure arithmetic; knows nothing of the kernel.
 */
#ifndef MT_SOAK_DRIFT_H
#define MT_SOAK_DRIFT_H

#include <stdbool.h>
#include <stddef.h>

/* Readings beyond that many are taken together: the medians of neighbours. */
#define DRIFT_READINGS_MAX 400

struct drift {
	double slope, low, high; /* per unit of t */
	bool known;		 /* there are enough readings for that level; else all is 0 */
	/*
	 * It went on: low of each half by itself lies above 0. What fills up and then stays
	 * (caches, pools) drifts in the first half only.
	 */
	bool lasting;
};

/*
 * t ascending. alpha: the chance that the interval misses the slope, 0 < alpha < 1. Returns 0, or
 * -ENOMEM.
 */
int drift_of(const double *t, const double *v, size_t n, double alpha, struct drift *ret);

#endif
