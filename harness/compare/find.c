/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which numbers moved more than their noise. Four methods, chosen by how many runs there are and
 * never by what they say: see enum method.
 */
#include <float.h>
#include <math.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "compare/inside.h"
#include "compare/stats.h"

const char *const method_words[] = {
	[METHOD_RANK] = "rank", [METHOD_RANGE] = "range", [METHOD_BUDGET] = "budget",
	[METHOD_NONE] = "none", [METHOD_COUNT] = NULL,
};

/* Halves that differ by chance so rarely are taken for a drift of the machine. */
#define DRIFT_LEVEL 0.1
#define DRIFT_HALF  3 /* the least half that can differ at that level: 2 of 20 orders */

static double least(const struct values *v)
{
	double x = INFINITY;

	for (size_t i = 0; i < v->n; i++)
		x = fmin(x, v->v[i]);
	return x;
}

static double most(const struct values *v)
{
	double x = -INFINITY;

	for (size_t i = 0; i < v->n; i++)
		x = fmax(x, v->v[i]);
	return x;
}

static bool is_constant(const struct values *a, const struct values *b)
{
	return fmin(least(a), least(b)) >= fmax(most(a), most(b));
}

static void describe(const struct series *s, struct finding *f)
{
	const struct values *a = &s->side[0], *b = &s->side[f->side];
	struct mann_whitney m = mann_whitney(a->v, a->n, b->v, b->n);

	f->a = median(a->v, a->n);
	f->b = median(b->v, b->n);
	f->shift = hodges_lehmann(a->v, a->n, b->v, b->n);
	f->percent = fabs(f->a) < DBL_MIN ? NAN : 100 * f->shift / fabs(f->a);
	f->cliff = m.cliff;
	f->p = m.p;
	f->p_holm = 1;
}

/*
 * How much a side moved by itself from its first half to its second. Runs of one side are seldom
 * mixed with those of the other: what the machine did over that time would look like a difference
 * of the sides. A steady drift moves two sides apart by twice what it moves the halves of one.
 */
static double drift_of(const struct values *v)
{
	size_t half = v->n / 2;
	const double *late = v->v + v->n - half;

	if (half < DRIFT_HALF || mann_whitney(v->v, half, late, half).p > DRIFT_LEVEL)
		return 0;
	return fabs(hodges_lehmann(v->v, half, late, half));
}

static void decide_rank(const struct comparison *c, const struct series *s, struct finding *f)
{
	if (f->p_holm > COMPARE_LEVEL)
		return;
	if (c->mixed[f->side]) {
		f->moved = true;
		return;
	}
	f->drift = fmax(drift_of(&s->side[0]), drift_of(&s->side[f->side]));
	f->moved = f->drift <= 0 || fabs(f->shift) > 2 * f->drift;
	f->drifts = !f->moved;
}

/* How far all of b lies outside of a: > 0 above, < 0 below. */
static double gap(const struct values *a, const struct values *b)
{
	if (least(b) > most(a))
		return least(b) - most(a);
	return most(b) < least(a) ? most(b) - least(a) : 0;
}

/*
 * Of n runs and one more, the newest is an extreme with a chance of 2 in n + 1: to be outside of
 * the range is no news. Outside by the whole width of it is.
 */
static void decide_range(const struct series *s, struct finding *f)
{
	const struct values *a = &s->side[0], *b = &s->side[f->side];
	const struct values *many = a->n >= b->n ? a : b;

	f->margin = most(many) - least(many) + (double)MAX(a->tolerance, b->tolerance);
	f->moved = fabs(gap(a, b)) > f->margin;
}

static void decide_budget(const struct series *s, struct finding *f)
{
	const struct values *a = &s->side[0], *b = &s->side[f->side];

	f->margin = (double)a->tolerance + (double)b->tolerance;
	f->moved = fabs(gap(a, b)) > f->margin;
}

/* Less than a page costs nobody memory: it is told, and is no regression. */
static bool is_material(const struct series *s, const struct finding *f)
{
	return s->unit != UNIT_BYTES || fabs(f->b - f->a) >= 4096;
}

static void decide(const struct comparison *c, const struct series *s, struct finding *f)
{
	switch (f->method) {
	case METHOD_RANK:
		decide_rank(c, s, f);
		break;
	case METHOD_RANGE:
		decide_range(s, f);
		break;
	case METHOD_BUDGET:
		decide_budget(s, f);
		break;
	default:
		break;
	}
	if (!f->moved || s->worse == WORSE_NONE || !is_material(s, f))
		return;
	f->worse = s->worse == WORSE_UP ? f->b > f->a : f->b < f->a;
	f->better = !f->worse;
}

/*
 * Ranks, where sizes allow that Holm's smallest level is reached at all; the number of tests is
 * that of all series, as if each were one.
 */
static enum method method_of(const struct series *s, size_t side, size_t family)
{
	size_t a = s->side[0].n, b = s->side[side].n;

	if (mann_whitney_least(a, b) * (double)family <= COMPARE_LEVEL)
		return METHOD_RANK;
	/* The whole machine's counters jump by what others do: a few runs have not seen it all. */
	if (MAX(a, b) >= COMPARE_RANGE_MIN && (!s->global || s->checked))
		return METHOD_RANGE;
	return s->modelled ? METHOD_BUDGET : METHOD_NONE;
}

/*
 * Are runs of a side done between those of the first, as in A B A B? A drift then moves both alike.
 * By how often one follows the other in time: in any order at random half of the most that is
 * possible, on average.
 */
static bool is_mixed(const struct comparison *c, size_t side)
{
	size_t n_a = c->n_records[0], n_b = c->n_records[side], a = 0, b = 0, changes = 0;
	bool last = false;

	while (a < n_a || b < n_b) {
		bool second = a == n_a || (b < n_b && c->records[side][b]->started_unix_ns <
							      c->records[0][a]->started_unix_ns);

		changes += a + b > 0 && second != last;
		last = second;
		second ? b++ : a++;
	}
	return changes > 1 && 2 * changes >= MIN(n_a, n_b);
}

static void correct(struct comparison *c)
{
	_cleanup_free_ double *p = calloc(c->n_findings + 1, sizeof(*p));
	size_t n = 0;

	for (size_t i = 0; p && i < c->n_findings; i++)
		if (c->findings[i].method == METHOD_RANK)
			p[n++] = c->findings[i].p;
	if (p)
		holm(p, n);
	c->n_tests = n;
	n = 0;
	for (size_t i = 0; p && i < c->n_findings; i++)
		if (c->findings[i].method == METHOD_RANK)
			c->findings[i].p_holm = p[n++];
}

/* A pair whose values are all equal has p = 1 whatever the labels: it is no test of the family. */
static void pair_up(struct comparison *c)
{
	for (size_t i = 0; i < c->n_series; i++)
		for (size_t side = 1; side < c->n_sides; side++) {
			const struct series *s = &c->series[i];

			if (!s->side[0].n || !s->side[side].n)
				continue;
			if (is_constant(&s->side[0], &s->side[side]))
				c->n_constant++;
			else
				*arena_push(&c->arena, c->findings, c->n_findings) =
					(struct finding){.series = i, .side = side};
		}
}

void compare_find(struct comparison *c)
{
	pair_up(c);
	for (size_t side = 1; side < c->n_sides; side++)
		c->mixed[side] = is_mixed(c, side);
	for (size_t i = 0; i < c->n_findings; i++) {
		struct finding *f = &c->findings[i];

		f->method = method_of(&c->series[f->series], f->side, c->n_findings);
		c->by_method[f->method]++;
		describe(&c->series[f->series], f);
	}
	correct(c);
	for (size_t i = 0; i < c->n_findings; i++) {
		decide(c, &c->series[c->findings[i].series], &c->findings[i]);
		c->moved += c->findings[i].moved;
		c->worse += c->findings[i].worse;
		c->drifting += c->findings[i].drifts;
	}
}

void compare_run(struct comparison *c, const char *pattern)
{
	compare_verdicts(c);
	compare_collect(c, pattern);
	compare_find(c);
}
