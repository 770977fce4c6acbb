/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where one more run of the same kind will lie, by those that were seen: prediction intervals. Pure
 * arithmetic; knows no metric and no profile.
 */
#ifndef MT_PORTRAIT_TOLERANCE_H
#define MT_PORTRAIT_TOLERANCE_H

#include <stddef.h>
#include <stdint.h>

/* What is counted in whole steps is spread within one: a uniform distribution's deviation. */
#define GRAIN 0.2886751345948129

struct span {
	double low, high;
};

/* t that Student's distribution exceeds with probability `tail`, 0 < tail < 0.5. */
double student_t(double tail, int freedom);

/*
 * The mean ± t s sqrt(1 + 1/n) of n > 1 values: one more value of the same normal distribution is
 * outside in `miss` of all cases, on both sides together. s is at least GRAIN steps. Never narrower
 * than the values themselves.
 */
struct span tolerance_of(const int64_t *v, size_t n, double miss, double step);

/*
 * The most events of one more run, which more than that has in `miss` of all cases at most. Where
 * they come one by one (Poisson, its rate by Jeffreys' prior) also for runs that had none; where
 * they come in bursts, by their deviation.
 */
int64_t tolerance_of_events(const int64_t *v, size_t n, double miss);

#endif
