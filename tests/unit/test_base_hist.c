/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "base/hist.h"

static struct hist h, other;

static void within_a_bucket(uint64_t got, uint64_t exact, const char *what)
{
	cr_expect_geq(got, exact, "%s: %lu below %lu", what, got, exact);
	cr_expect_leq((double)got, (double)exact * 1.0625, "%s: %lu above %lu", what, got, exact);
}

Test(hist, empty)
{
	cr_expect_eq(hist_quantile(&h, 50000), 0);
	cr_expect_eq(hist_quantile(&h, 100000), 0);
}

Test(hist, single_values)
{
	for (int bit = 0; bit < 64; bit++) {
		uint64_t edge = 1ULL << bit, values[] = {edge - 1, edge, edge + 1, edge + edge / 3};

		for (int i = 0; i < 4; i++) {
			memset(&h, 0, sizeof(h));
			hist_add(&h, values[i]);
			/* Alone it is the largest, and the largest is exact. */
			cr_expect_eq(hist_quantile(&h, 50000), values[i]);
			hist_add(&h, UINT64_MAX);
			within_a_bucket(hist_quantile(&h, 50000), values[i], "with a larger one");
			cr_expect_eq(hist_quantile(&h, 100000), UINT64_MAX);
			cr_expect_eq(h.count, 2);
			cr_expect_eq(h.max_ns, UINT64_MAX);
		}
	}
}

Test(hist, small_values_are_exact)
{
	for (uint64_t v = 0; v < 16; v++)
		hist_add(&h, v);
	for (uint64_t v = 0; v < 16; v++)
		cr_expect_eq(hist_quantile(&h, (int64_t)(v + 1) * 100000 / 16), v);
}

/* A share that falls between two samples counts the upper one: 34 % of three are two. */
Test(hist, rank_is_rounded_up)
{
	for (uint64_t v = 1; v <= 3; v++)
		hist_add(&h, v);
	cr_expect_eq(hist_quantile(&h, 33000), 1);
	cr_expect_eq(hist_quantile(&h, 34000), 2);
	cr_expect_eq(hist_quantile(&h, 66000), 2);
	cr_expect_eq(hist_quantile(&h, 67000), 3);
}

static int compare(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

#define SAMPLES 10000

/* Against the sorted samples, over nine powers of ten. */
Test(hist, quantiles)
{
	static const int64_t shares[] = {1, 1000, 10000, 50000, 90000, 99000, 99900, 99990, 100000};
	static uint64_t v[SAMPLES];
	uint64_t state = 88172645463325252ULL;

	for (int i = 0; i < SAMPLES; i++) {
		state ^= state << 13;
		state ^= state >> 7;
		state ^= state << 17;
		v[i] = state >> (30 + (state >> 3) % 30);
		hist_add(&h, v[i]);
	}
	qsort(v, SAMPLES, sizeof(v[0]), compare);
	for (size_t i = 0; i < sizeof(shares) / sizeof(shares[0]); i++) {
		int64_t rank = (SAMPLES * shares[i] + 99999) / 100000;

		within_a_bucket(hist_quantile(&h, shares[i]), v[rank - 1], "quantile");
	}
	cr_expect_eq(hist_quantile(&h, 100000), v[SAMPLES - 1]);
	cr_expect_eq(hist_quantile(&h, 200000), v[SAMPLES - 1]);
	within_a_bucket(hist_quantile(&h, -5), v[0], "least");
}

Test(hist, merge)
{
	for (int i = 0; i < 90; i++)
		hist_add(&h, 1000);
	for (int i = 0; i < 10; i++)
		hist_add(&other, 1000000);
	hist_merge(&h, &other);
	cr_expect_eq(h.count, 100);
	cr_expect_eq(h.max_ns, 1000000);
	within_a_bucket(hist_quantile(&h, 90000), 1000, "p90");
	within_a_bucket(hist_quantile(&h, 91000), 1000000, "p91");
	cr_expect_eq(other.count, 10, "the source stays");
}

Test(hist, full_bucket_stays_full)
{
	hist_add(&h, 5);
	for (int i = 0; i < HIST_BUCKETS; i++)
		if (h.bucket[i])
			h.bucket[i] = UINT32_MAX;
	hist_add(&h, 5);
	hist_merge(&h, &h);
	hist_add(&h, 7);
	cr_expect_eq(hist_quantile(&h, 99000), 5);
}
