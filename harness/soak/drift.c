/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "soak/drift.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "compare/stats.h"

static int ascending(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* How far from its mean a normal variable lies with the chance alpha, both sides together. */
static double normal_far(double alpha)
{
	double low = 0, high = 40;

	for (int i = 0; i < 100; i++) {
		double z = (low + high) / 2;

		if (erfc(z / M_SQRT2) > alpha)
			low = z;
		else
			high = z;
	}
	return low;
}

/* Of Kendall's S, given the ties of v; sorted is v in order. */
static double kendall_variance(const double *sorted, size_t n)
{
	double var = (double)n * (double)(n - 1) * (double)(2 * n + 5);

	for (size_t i = 0, same; i < n; i += same) {
		for (same = 1; i + same < n && sorted[i + same] == sorted[i]; same++)
			;
		var -= (double)same * (double)(same - 1) * (double)(2 * same + 5);
	}
	return var / 18;
}

static int sen(const double *t, const double *v, size_t n, double alpha, struct drift *ret)
{
	_cleanup_free_ double *slopes = NULL, *sorted = NULL;
	size_t pairs = 0;
	double c;
	long low, high;

	*ret = (struct drift){0};
	if (n < 2)
		return 0;
	slopes = malloc(n * (n - 1) / 2 * sizeof(*slopes));
	sorted = malloc(n * sizeof(*sorted));
	if (!slopes || !sorted)
		return -ENOMEM;
	memcpy(sorted, v, n * sizeof(*v));
	qsort(sorted, n, sizeof(*sorted), ascending);
	for (size_t i = 0; i < n; i++)
		for (size_t k = i + 1; k < n; k++)
			if (t[k] > t[i])
				slopes[pairs++] = (v[k] - v[i]) / (t[k] - t[i]);
	if (!pairs)
		return 0;
	qsort(slopes, pairs, sizeof(*slopes), ascending);
	c = normal_far(alpha) * sqrt(kendall_variance(sorted, n));
	low = lround(floor(((double)pairs - c) / 2)) - 1; /* ranks, from 0 */
	high = lround(ceil(((double)pairs + c) / 2));
	/* A few readings have no interval at a high level: no order of them is that rare. */
	ret->known = low >= 0 && high < (long)pairs;
	if (!ret->known)
		return 0;
	ret->slope = median(slopes, pairs);
	ret->low = slopes[low];
	ret->high = slopes[high];
	return 0;
}

/* Medians of `each` neighbours; returns how many. */
static size_t thin(const double *from, size_t n, size_t each, double *to)
{
	size_t made = 0;

	for (size_t i = 0; i < n; i += each, made++)
		to[made] = median(from + i, n - i < each ? n - i : each);
	return made;
}

int drift_of(const double *t, const double *v, size_t n, double alpha, struct drift *ret)
{
	double when[DRIFT_READINGS_MAX], what[DRIFT_READINGS_MAX];
	size_t each = (n + DRIFT_READINGS_MAX - 1) / DRIFT_READINGS_MAX;
	struct drift first, second;
	size_t half;
	int r;

	*ret = (struct drift){0};
	if (!n)
		return 0;
	thin(t, n, each, when);
	n = thin(v, n, each, what);
	half = n / 2;
	if ((r = sen(when, what, n, alpha, ret)) < 0 ||
	    (r = sen(when, what, half, alpha, &first)) < 0 ||
	    (r = sen(when + half, what + half, n - half, alpha, &second)) < 0)
		return r;
	ret->lasting = ret->known && first.known && second.known && ret->low > 0 && first.low > 0 &&
		       second.low > 0;
	return 0;
}
