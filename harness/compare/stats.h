/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The statistics of a comparison: two small samples without any assumption on their distribution.
 * Pure arithmetic on arrays; knows nothing of metrics, records or files.
 */
#ifndef MT_COMPARE_STATS_H
#define MT_COMPARE_STATS_H

#include <stdbool.h>
#include <stddef.h>

/* Up to this many values in both samples together p is exact, ties included; beyond it is normal.
 */
#define STATS_EXACT_MAX 50

struct mann_whitney {
	double u;   /* of the second sample: pairs in which its value is larger; ties count half */
	double p;   /* two-sided; 1 for an empty sample or when all values are equal */
	bool exact; /* the whole permutation distribution was counted */
	bool ties;  /* some values were equal */
	double cliff; /* Cliff's delta, -1 .. 1: P(b > a) - P(b < a) */
};

/*
 * Mann-Whitney's U test that two samples come from one distribution. Exact: the permutation
 * distribution of the rank sum given the ties, p = P(|W - E W| >= |w - E W|), which without ties
 * is the usual table. Normal: with correction for ties and continuity. Samples are not changed.
 */
struct mann_whitney mann_whitney(const double *a, size_t n_a, const double *b, size_t n_b);
/* The smallest p that any data can give with these sizes: two of all C(n_a + n_b, n_a) orders. */
double mann_whitney_least(size_t n_a, size_t n_b);

/* Hodges-Lehmann: the median of all differences b - a, by how much b lies higher. 0 when empty. */
double hodges_lehmann(const double *a, size_t n_a, const double *b, size_t n_b);
/* 0 when empty. */
double median(const double *v, size_t n);

/*
 * Holm's step-down correction, in place: p[i] becomes the smallest level at which test i of the
 * family of n would be rejected while the chance of any false rejection stays below that level.
 */
void holm(double *p, size_t n);

#endif
