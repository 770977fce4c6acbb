/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A slope that is there is found, noise is none, and what fills up does not last. */
#include <criterion/criterion.h>
#include <math.h>

#include "base/cleanup.h"
#include "random.h"
#include "soak/soak.h"

#define ALPHA 0.05

static struct drift drift(double (*f)(double t), size_t n, uint64_t seed)
{
	double t[1000], v[1000];
	struct drift d;

	state = seed;
	for (size_t i = 0; i < n; i++) {
		t[i] = (double)i;
		v[i] = f((double)i);
	}
	cr_assert_eq(drift_of(t, v, n, ALPHA, &d), 0);
	return d;
}

static double noise(double t)
{
	(void)t;
	return gauss() / 3;
}

static double grows(double t)
{
	return 3 * t + 40 * noise(t);
}

static double fills(double t)
{
	return fmin(t, 20) * 10 + noise(t);
}

static double leap(double t)
{
	return (t >= 10 && t < 12 ? 1e9 : 0) + 3 * t + noise(t);
}

static double flat(double t)
{
	(void)t;
	return 7;
}

/* By its definition: all slopes in order, and the ranks of Kendall's S. */
Test(soak_drift, seven_readings)
{
	const double t[] = {0, 1, 2, 3, 4, 5, 6}, v[] = {2.1, 3.0, 5.2, 6.9, 9.1, 11.0, 13.2};
	double slopes[21];
	struct drift d;
	size_t n = 0;

	cr_assert_eq(drift_of(t, v, 7, 0.05, &d), 0);
	for (size_t i = 0; i < 7; i++)
		for (size_t k = i + 1; k < 7; k++)
			slopes[n++] = (v[k] - v[i]) / (t[k] - t[i]);
	for (size_t i = 0; i < n; i++)
		for (size_t k = i + 1; k < n; k++)
			if (slopes[k] < slopes[i]) {
				double x = slopes[i];

				slopes[i] = slopes[k];
				slopes[k] = x;
			}
	cr_expect_float_eq(d.slope, slopes[10], 1e-12);
	/* S reaches 13 with 1.96 x sqrt(44.3): the 4th and the 18th of 21. */
	cr_expect_float_eq(d.low, slopes[2], 1e-12);
	cr_expect_float_eq(d.high, slopes[18], 1e-12);
}

Test(soak_drift, grows)
{
	struct drift d = drift(grows, 60, 1);

	cr_expect(d.known && d.lasting && d.low < 3 && d.high > 3, "%g (%g .. %g)", d.slope, d.low,
		  d.high);
}

Test(soak_drift, what_fills_up_does_not_last)
{
	struct drift d = drift(fills, 60, 1);

	cr_expect(d.known && d.low > 0, "%g (%g .. %g)", d.slope, d.low, d.high);
	cr_expect_not(d.lasting);
}

Test(soak_drift, one_wild_reading_moves_little)
{
	struct drift d = drift(leap, 60, 1);

	cr_expect(d.known && fabs(d.slope - 3) < 0.5, "%g", d.slope);
}

Test(soak_drift, nothing_moves)
{
	struct drift d = drift(flat, 60, 1);

	cr_expect(d.known && d.slope == 0 && d.low == 0 && d.high == 0 && !d.lasting);
}

Test(soak_drift, too_few)
{
	cr_expect_not(drift(grows, 4, 1).known);
	cr_expect_not(drift(grows, 8, 1).lasting); /* each half has four */
	cr_expect_not(drift(grows, 0, 1).known);
}

/* More than are kept apart: medians of neighbours. */
Test(soak_drift, many)
{
	struct drift d = drift(grows, 1000, 1);

	cr_expect(d.known && d.lasting && d.low < 3 && d.high > 3, "%g (%g .. %g)", d.slope, d.low,
		  d.high);
}

/* The interval holds the truth as often as it says, for noise alone. */
Test(soak_drift, holds_its_level)
{
	int missed = 0, lasting = 0;

	for (uint64_t seed = 1; seed <= 1000; seed++) {
		struct drift d = drift(noise, 30, seed * 7919);

		missed += d.low > 0 || d.high < 0;
		lasting += d.lasting;
	}
	cr_expect(missed >= 25 && missed <= 75, "%d of 1000 miss it, 50 are due", missed);
	cr_expect(lasting <= 5, "%d of 1000 last", lasting);
}

static struct soak soak_of(size_t n, int64_t (*value)(size_t round, size_t number))
{
	struct soak s = {.readings = calloc(n, sizeof(*s.readings)), .n = n};

	for (size_t i = 0; i < n; i++) {
		s.readings[i].at_ns = (int64_t)i * 36 * NSEC_PER_SEC;
		s.readings[i].values = calloc(soak_numbers(), sizeof(int64_t));
		for (size_t k = 0; k < soak_numbers(); k++)
			s.readings[i].values[k] = value(i, k);
	}
	return s;
}

/* The first of the numbers is what nobody accounts for, the second SUnreclaim. */
static int64_t two_leak(size_t round, size_t number)
{
	return number < 2 ? (int64_t)(100 * MIB + round * 40 * KIB) : (int64_t)(5 * MIB);
}

/* SUnreclaim, the second, twice as fast. */
static int64_t slab_most(size_t round, size_t number)
{
	return (int64_t)(100 * MIB + round * (number + 1) * 40 * KIB * (number < 2));
}

static int64_t absent(size_t round, size_t number)
{
	(void)round;
	(void)number;
	return VALUE_ABSENT;
}

static const struct check_verdict *verdict_of(const struct record *r, const char *name)
{
	for (size_t i = 0; i < r->n_verdicts; i++)
		if (!strcmp(r->verdicts[i].name, name))
			return &r->verdicts[i];
	cr_assert_fail("no verdict %s", name);
	abort();
}

Test(soak_record, leak_by_the_hour)
{
	struct soak s = soak_of(40, two_leak);
	struct record r;

	cr_expect_eq(soak_record(&s, "soak", &r), 1); /* others may hold the slab */
	cr_expect_eq(r.verdict, V_FAIL);
	cr_expect_str_eq(
		r.verdict_why,
		"unaccounted grew in both halves of the soak, by +3.906M an hour (+3.906M .. "
		"+3.906M), from 100.039M to 101.523M: memory is lost");
	cr_expect_eq(verdict_of(&r, "drift of SUnreclaim")->verdict, V_PASS);
	cr_expect_str_eq(verdict_of(&r, "drift of SUnreclaim")->expected, "");
	cr_expect_str_eq(verdict_of(&r, "drift of SUnreclaim")->word,
			 "+3.906M an hour (+3.906M .. +3.906M)");
	record_free(&r);
	s.alone = true;
	cr_expect_eq(soak_record(&s, "soak", &r), 2);
	cr_expect_eq(verdict_of(&r, "drift of SUnreclaim")->verdict, V_FAIL);
	record_free(&r);
	soak_free(&s);
}

Test(soak_record, the_fastest_is_told_first)
{
	struct soak s = soak_of(40, slab_most);
	struct record r;

	s.alone = true;
	cr_expect_eq(soak_record(&s, "soak", &r), 2);
	cr_expect(strstr(r.verdict_why, "SUnreclaim grew") == r.verdict_why, "%s", r.verdict_why);
	record_free(&r);
	soak_free(&s);
}

Test(soak_record, least_number_of_rounds)
{
	struct soak_drift d[64];
	struct soak few = soak_of(SOAK_ROUNDS_MIN - 1, two_leak);
	struct soak enough = soak_of(SOAK_ROUNDS_MIN, two_leak);

	cr_assert_leq(soak_numbers(), ARRAY_SIZE(d));
	cr_expect_eq(soak_judge(&few, d), 0);
	cr_expect_eq(soak_judge(&enough, d), 1);
	soak_free(&few);
	soak_free(&enough);
}

Test(soak_record, nothing_to_read)
{
	struct soak s = soak_of(40, absent);
	struct record r;

	cr_expect_eq(soak_record(&s, "soak", &r), 0);
	cr_expect_eq(r.verdict, V_PASS);
	cr_expect_eq(verdict_of(&r, "drift of unaccounted")->verdict, V_SKIP);
	record_free(&r);
	soak_free(&s);
}
