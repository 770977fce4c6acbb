/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A known edge is found, by workloads made here that answer with all kinds of noise. */
#include <criterion/criterion.h>
#include <errno.h>
#include <math.h>

#include "base/units.h"
#include "capacity/search.h"
#include "random.h"

#define SEEDS 1000
#define LOW   (64 * MIB)
#define HIGH  (4 * GIB)

struct workload {
	double wander; /* of the edge, from run to run, as a share of it */
	double wrong;  /* share of runs that say the opposite */
	double slope; /* not 0: an objective of runtime <= 110 %, which it misses by so much a share
			 of missing memory, measured with `noise` */
	double noise;
};

struct found {
	int far;       /* answers more than 3 % from the edge */
	int outside;   /* answers whose range has not the edge in it */
	int undone;    /* answers wider than was asked for */
	int most;      /* probes of one search */
	double probes; /* of all searches */
};

static bool outcome(const struct workload *w, double distance, double *wrong)
{
	double runtime;

	*wrong = 0;
	if (w->slope == 0) {
		bool enough = distance + w->wander * gauss() >= 0;

		return uniform() < w->wrong ? !enough : enough;
	}
	runtime = fmax(1.10 - w->slope * distance, 1) * (1 + w->noise * gauss());
	*wrong = 0.5 * erfc(fabs(runtime / 1.10 - 1) / w->noise / M_SQRT2);
	return runtime <= 1.10;
}

static void find(const struct workload *w, struct found *f)
{
	static struct search s;
	struct search_answer a;

	*f = (struct found){0};
	for (int seed = 1; seed <= SEEDS; seed++) {
		double edge, wrong;
		int64_t v;

		state = (uint64_t)seed * 0x9e3779b97f4a7c15ULL;
		edge = (double)LOW * exp(uniform() * log((double)HIGH / LOW));
		cr_assert_eq(search_sizes(&s, LOW, HIGH, 0.01, 4096), 0);
		while (search_next(&s, &v)) {
			bool enough = outcome(w, log((double)v / edge), &wrong);

			cr_assert(v >= LOW && v <= HIGH && v % 4096 == 0);
			search_add(&s, v, enough, wrong);
		}
		search_answer(&s, &a);
		f->far += fabs((double)a.best / edge - 1) > 0.03;
		f->outside +=
			a.where == SEARCH_WITHIN && ((double)a.low > edge || (double)a.high < edge);
		f->undone += !a.done;
		f->most = s.probes > f->most ? s.probes : f->most;
		f->probes += s.probes;
		cr_assert_leq(s.probes, 2 * s.bisect);
		cr_assert(!a.done || a.where != SEARCH_WITHIN ||
			  (double)a.high / (double)a.low < 1.011);
	}
}

Test(capacity_search, cliff)
{
	const struct workload w = {0};
	struct found f;

	find(&w, &f);
	cr_assert_eq(f.far, 0);
	cr_assert_eq(f.outside, 0);
	cr_assert_eq(f.undone, 0);
	/* A bisection needs 9 and knows nothing of the ends of its bracket, nor that this is a
	 * cliff. */
	cr_assert_leq(f.probes / SEEDS, 15.6, "%g", f.probes / SEEDS);
}

Test(capacity_search, edge_that_wanders)
{
	static const struct {
		double wander;
		int far; /* at most so many */
	} rows[] = {{0.003, 0}, {0.005, 0}, {0.01, 1}, {0.02, 4}, {0.04, 100}};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct workload w = {.wander = rows[i].wander};
		struct found f;

		find(&w, &f);
		cr_assert_leq(f.far, rows[i].far, "%g: %d", w.wander, f.far);
		/* What is printed behind the ± holds, however much it wanders. */
		cr_assert_leq(f.outside, SEEDS / 20, "%g: %d", w.wander, f.outside);
	}
}

Test(capacity_search, outcomes_that_are_wrong)
{
	const struct workload w = {.wrong = 0.02};
	struct found f;

	find(&w, &f);
	cr_assert_leq(f.far, 4, "%d", f.far);
	cr_assert_leq(f.outside, 4, "%d", f.outside);
}

Test(capacity_search, slope_with_noise)
{
	const struct workload w = {.slope = 3, .noise = 0.03};
	struct found f;

	find(&w, &f);
	cr_assert_leq(f.far, 2, "%d", f.far);
	/* Most are not known to 1 % then, and say so. */
	cr_assert_geq(f.undone, SEEDS / 2, "%d", f.undone);
	cr_assert_leq(f.outside, SEEDS / 20, "%d", f.outside);
}

static void always(struct search *s, bool enough, struct search_answer *a)
{
	int64_t v;

	while (search_next(s, &v))
		search_add(s, v, enough, 0);
	search_answer(s, a);
}

Test(capacity_search, beyond_the_range)
{
	static struct search s;
	struct search_answer a;

	search_sizes(&s, LOW, HIGH, 0.01, 4096);
	always(&s, true, &a);
	cr_assert_eq(a.where, SEARCH_BELOW);
	cr_assert_eq(a.high, LOW);
	cr_assert(a.done);
	search_sizes(&s, LOW, HIGH, 0.01, 4096);
	always(&s, false, &a);
	cr_assert_eq(a.where, SEARCH_ABOVE);
	cr_assert_eq(a.low, HIGH);
	cr_assert(a.done);
}

Test(capacity_search, numbers)
{
	static struct search s;

	for (int64_t edge = 1; edge <= 101; edge++) {
		struct search_answer a;
		int64_t v;

		cr_assert_eq(search_numbers(&s, 1, 100), 0);
		while (search_next(&s, &v))
			search_add(&s, v, v >= edge, 0);
		search_answer(&s, &a);
		cr_assert(a.done);
		cr_assert_leq(s.probes, 2 * s.bisect);
		if (edge == 1)
			cr_assert_eq(a.where, SEARCH_BELOW);
		else if (edge == 101)
			cr_assert_eq(a.where, SEARCH_ABOVE);
		else
			cr_assert(a.where == SEARCH_WITHIN && a.high == edge && a.low == edge - 1,
				  "%ld: %ld .. %ld", edge, a.low, a.high);
	}
}

Test(capacity_search, narrow_and_bad_ranges)
{
	static struct search s;
	struct search_answer a;

	/* Cells of whole pages: fewer than the resolution asks for. */
	cr_assert_eq(search_sizes(&s, 64 * KIB, 128 * KIB, 0.001, 4096), 0);
	cr_assert_eq(s.n, 16);
	always(&s, false, &a);
	cr_assert_eq(a.where, SEARCH_ABOVE);
	cr_assert_eq(search_sizes(&s, HIGH, LOW, 0.01, 4096), -EINVAL);
	cr_assert_eq(search_sizes(&s, LOW, LOW, 0.01, 4096), -EINVAL);
	cr_assert_eq(search_sizes(&s, LOW, HIGH, 0, 4096), -EINVAL);
	cr_assert_eq(search_sizes(&s, LOW, HIGH, 0.00001, 4096), -EINVAL);
	cr_assert_eq(search_numbers(&s, 5, 4), -EINVAL);
	/* A single number is enough or not. */
	cr_assert_eq(search_numbers(&s, 3, 3), 0);
	always(&s, true, &a);
	cr_assert_eq(a.where, SEARCH_BELOW);
	cr_assert_eq(a.high, 3);
}
