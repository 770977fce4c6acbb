/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The statistics against published values, against counting every order, and at their edges. */
#include <criterion/criterion.h>
#include <math.h>

#include "base/cleanup.h"
#include "compare/stats.h"

#define NEAR(x, y, e) cr_expect(fabs((x) - (y)) <= (e), "%.9g is not %.9g", (x), (y))

/* U of the second sample by its definition. */
static double pairs_above(const double *a, size_t n_a, const double *b, size_t n_b)
{
	double u = 0;

	for (size_t i = 0; i < n_a; i++)
		for (size_t k = 0; k < n_b; k++)
			u += b[k] > a[i] ? 1 : b[k] < a[i] ? 0 : 0.5;
	return u;
}

/* p by counting every way to choose which values are the second sample. */
static double counted(const double *a, size_t n_a, const double *b, size_t n_b)
{
	size_t n = n_a + n_b;
	double all[16], mean = (double)(n_a * n_b) / 2;
	double far = fabs(pairs_above(a, n_a, b, n_b) - mean);
	long hit = 0, total = 0;

	for (size_t i = 0; i < n; i++)
		all[i] = i < n_a ? a[i] : b[i - n_a];
	for (unsigned set = 0; set < 1u << n; set++) {
		double x[16], y[16];
		size_t n_x = 0, n_y = 0;

		if ((size_t)__builtin_popcount(set) != n_b)
			continue;
		for (size_t i = 0; i < n; i++)
			if (set & 1u << i)
				y[n_y++] = all[i];
			else
				x[n_x++] = all[i];
		total++;
		hit += fabs(pairs_above(x, n_x, y, n_y) - mean) >= far;
	}
	return (double)hit / (double)total;
}

Test(compare_stats, published_values)
{
	/* Mann and Whitney 1947, table: n = m = 5, U = 0: 1/252 on each side. */
	static const double low[] = {1, 2, 3, 4, 5}, high[] = {6, 7, 8, 9, 10};
	/* Hollander and Wolfe, table 4.1: permeability at term and at 12 to 26 weeks. */
	static const double term[] = {0.80, 0.83, 1.89, 1.04, 1.45, 1.38, 1.91, 1.64, 0.73, 1.46};
	static const double early[] = {1.15, 0.88, 0.90, 0.74, 1.21};
	struct mann_whitney m = mann_whitney(low, 5, high, 5);

	NEAR(m.p, 2.0 / 252, 1e-12);
	NEAR(m.u, 25, 0);
	NEAR(m.cliff, 1, 0);
	cr_expect(m.exact && !m.ties);
	m = mann_whitney(early, 5, term, 10);
	NEAR(m.u, 35, 0);
	NEAR(m.p, 0.2544122544, 1e-9);
	NEAR(hodges_lehmann(early, 5, term, 10), 0.305, 1e-9);
}

Test(compare_stats, exact_is_what_counting_gives)
{
	unsigned x = 12345;

	for (int round = 0; round < 60; round++) {
		size_t n_a = 1 + (size_t)round % 6, n_b = 1 + (size_t)round / 12;
		double a[6], b[6];
		struct mann_whitney m;

		/* Few different values: many ties; many: none. */
		for (size_t i = 0; i < 6; i++) {
			x = x * 1103515245u + 12345u;
			a[i] = (x >> 16) % (round % 2 ? 4 : 10000);
			x = x * 1103515245u + 12345u;
			b[i] = (x >> 16) % (round % 2 ? 4 : 10000);
		}
		m = mann_whitney(a, n_a, b, n_b);
		NEAR(m.p, counted(a, n_a, b, n_b), 1e-12);
		NEAR(m.u, pairs_above(a, n_a, b, n_b), 1e-9);
	}
}

Test(compare_stats, normal_approximation_with_ties)
{
	/*
	 * 30 and 30 values of 0 and 1, 10 and 20 of them 1: U = 600, the tie correction is
	 * 2 x (30^3 - 30) / (60 x 59) = 15.2373, so sd = sqrt(75 x 45.7627), z = 149.5 / sd.
	 */
	double a[30] = {0}, b[30] = {0};
	struct mann_whitney m;

	for (int i = 0; i < 30; i++) {
		a[i] = i < 10;
		b[i] = i < 20;
	}
	m = mann_whitney(a, 30, b, 30);
	cr_expect(!m.exact && m.ties);
	NEAR(m.u, 600, 0);
	NEAR(m.p, erfc(149.5 / sqrt(75 * (61 - 53940.0 / 3540)) / M_SQRT2), 1e-12);
	NEAR(m.p, 0.0107, 2e-4);
}

Test(compare_stats, exact_and_normal_agree_where_they_meet)
{
	double a[26], b[26];
	struct mann_whitney exact, normal;

	for (int i = 0; i < 26; i++) {
		a[i] = i * 1.0;
		b[i] = i * 1.0 + 6.5;
	}
	exact = mann_whitney(a, 25, b, 25);
	normal = mann_whitney(a, 26, b, 26);
	cr_expect(exact.exact && !normal.exact);
	cr_expect(exact.p > 0.003 && exact.p < 0.009, "%g", exact.p);
	cr_expect(normal.p > 0.003 && normal.p < 0.009, "%g", normal.p);
}

Test(compare_stats, edges)
{
	static const double one[] = {1}, two[] = {2}, same[] = {7, 7, 7, 7}, other[] = {8, 8, 8, 8};
	struct mann_whitney m = mann_whitney(one, 1, two, 1);

	NEAR(m.p, 1, 0);
	NEAR(m.cliff, 1, 0);
	m = mann_whitney(same, 4, same, 4);
	NEAR(m.p, 1, 0);
	NEAR(m.cliff, 0, 0);
	m = mann_whitney(same, 4, other, 4);
	NEAR(m.p, 2.0 / 70, 1e-12);
	NEAR(hodges_lehmann(same, 4, other, 4), 1, 0);
	m = mann_whitney(NULL, 0, two, 1);
	NEAR(m.p, 1, 0);
	NEAR(hodges_lehmann(NULL, 0, two, 1), 0, 0);
	NEAR(median(NULL, 0), 0, 0);
	NEAR(median(two, 1), 2, 0);
	NEAR(mann_whitney_least(10, 10), 2.0 / 184756, 1e-12);
	NEAR(mann_whitney_least(1, 1), 1, 0);
	NEAR(mann_whitney_least(0, 5), 1, 0);
}

Test(compare_stats, holm_by_hand)
{
	double p[] = {0.01, 0.04, 0.03, 0.005};
	static const double want[] = {0.03, 0.06, 0.06, 0.02};
	double all[] = {0.9, 0.8}, none[1];

	holm(p, 4);
	for (int i = 0; i < 4; i++)
		NEAR(p[i], want[i], 1e-12);
	holm(all, 2);
	NEAR(all[0], 1, 0);
	NEAR(all[1], 1, 0);
	holm(none, 0);
}
