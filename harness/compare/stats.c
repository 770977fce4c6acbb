/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "compare/stats.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"

struct ranked {
	double value;
	bool second; /* of the second sample */
	size_t rank; /* twice the mid-rank, a whole number: ties share the mean of their ranks */
};

static int by_value(const void *x, const void *y)
{
	double a = ((const struct ranked *)x)->value, b = ((const struct ranked *)y)->value;

	return (a > b) - (a < b);
}

static int by_number(const void *x, const void *y)
{
	double a = *(const double *)x, b = *(const double *)y;

	return (a > b) - (a < b);
}

/* Ranks of both samples together; returns the sum of t^3 - t over all groups of t equal values. */
static double rank_all(struct ranked *all, size_t n)
{
	double ties = 0;

	qsort(all, n, sizeof(*all), by_value);
	for (size_t i = 0, end; i < n; i = end) {
		for (end = i + 1; end < n && all[end].value <= all[i].value;)
			end++;
		for (size_t k = i; k < end; k++)
			all[k].rank = i + 1 + end;
		ties += pow((double)(end - i), 3) - (double)(end - i);
	}
	return ties;
}

/*
 * How many ways there are to choose k of the first values with a sum s of doubled ranks, for all k
 * up to n_b and all s: with up to STATS_EXACT_MAX values each count is exact in a double.
 */
static double exact_p(const struct ranked *all, size_t n, size_t n_b, size_t w)
{
	size_t most = n * (n + 1), width = most + 1, reached = 0;
	double mean = (double)n_b * (double)(n + 1), far = fabs((double)w - mean);
	double hit = 0, total = 0;
	_cleanup_free_ double *ways = calloc((n_b + 1) * width, sizeof(*ways));

	if (!ways)
		return 1;
	ways[0] = 1;
	for (size_t i = 0; i < n; i++) {
		reached += all[i].rank;
		for (size_t k = n_b < i + 1 ? n_b : i + 1; k > 0; k--) {
			const double *from = ways + (k - 1) * width;
			double *to = ways + k * width + all[i].rank;

			for (size_t s = 0; s <= reached - all[i].rank; s++)
				to[s] += from[s];
		}
	}
	for (size_t s = 0; s <= most; s++) {
		total += ways[n_b * width + s];
		if (fabs((double)s - mean) >= far)
			hit += ways[n_b * width + s];
	}
	return hit / total;
}

static double normal_p(double u, size_t n_a, size_t n_b, double ties)
{
	double n = (double)(n_a + n_b), pairs = (double)n_a * (double)n_b;
	double variance = pairs / 12 * (n + 1 - ties / (n * (n - 1)));
	double far = fabs(u - pairs / 2) - 0.5;

	if (variance <= 0 || far <= 0)
		return 1;
	return erfc(far / sqrt(variance) / M_SQRT2);
}

struct mann_whitney mann_whitney(const double *a, size_t n_a, const double *b, size_t n_b)
{
	struct mann_whitney r = {.p = 1};
	size_t n = n_a + n_b, w = 0;
	double ties;
	_cleanup_free_ struct ranked *all = calloc(n + 1, sizeof(*all));

	if (!n_a || !n_b || !all)
		return r;
	for (size_t i = 0; i < n_a; i++)
		all[i].value = a[i];
	for (size_t i = 0; i < n_b; i++)
		all[n_a + i] = (struct ranked){.value = b[i], .second = true};
	ties = rank_all(all, n);
	for (size_t i = 0; i < n; i++)
		w += all[i].second ? all[i].rank : 0;
	r.u = (double)w / 2 - (double)n_b * (double)(n_b + 1) / 2;
	r.cliff = 2 * r.u / ((double)n_a * (double)n_b) - 1;
	r.ties = ties > 0;
	r.exact = n <= STATS_EXACT_MAX;
	r.p = r.exact ? exact_p(all, n, n_b, w) : normal_p(r.u, n_a, n_b, ties);
	return r;
}

double mann_whitney_least(size_t n_a, size_t n_b)
{
	double orders = 1;

	if (!n_a || !n_b)
		return 1;
	for (size_t i = 1; i <= n_b; i++)
		orders *= (double)(n_a + i) / (double)i;
	return orders < 2 ? 1 : 2 / orders;
}

static double median_in_place(double *v, size_t n)
{
	if (!n)
		return 0;
	qsort(v, n, sizeof(*v), by_number);
	return n % 2 ? v[n / 2] : v[n / 2 - 1] / 2 + v[n / 2] / 2;
}

double hodges_lehmann(const double *a, size_t n_a, const double *b, size_t n_b)
{
	_cleanup_free_ double *d = calloc(n_a * n_b + 1, sizeof(*d));
	size_t n = 0;

	if (!d)
		return 0;
	for (size_t i = 0; i < n_a; i++)
		for (size_t k = 0; k < n_b; k++)
			d[n++] = b[k] - a[i];
	return median_in_place(d, n);
}

double median(const double *v, size_t n)
{
	_cleanup_free_ double *copy = calloc(n + 1, sizeof(*copy));

	if (!copy || !n)
		return 0;
	memcpy(copy, v, n * sizeof(*copy));
	return median_in_place(copy, n);
}

struct placed {
	double p;
	size_t at;
};

static int by_p(const void *x, const void *y)
{
	double a = ((const struct placed *)x)->p, b = ((const struct placed *)y)->p;

	return (a > b) - (a < b);
}

void holm(double *p, size_t n)
{
	_cleanup_free_ struct placed *order = calloc(n + 1, sizeof(*order));
	double least = 0;

	for (size_t i = 0; order && i < n; i++)
		order[i] = (struct placed){p[i], i};
	if (order)
		qsort(order, n, sizeof(*order), by_p);
	for (size_t i = 0; i < n; i++) {
		/* Without memory to sort in, Bonferroni: never less than Holm. */
		double now = order ? order[i].p * (double)(n - i) : p[i] * (double)n;
		size_t at = order ? order[i].at : i;

		now = now > 1 ? 1 : now;
		least = order && now < least ? least : now;
		p[at] = least;
	}
}
