/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Verdicts of trials and of their checks, side by side. */
#include <string.h>

#include "base/cleanup.h"
#include "base/words.h"
#include "compare/inside.h"
#include "judge/value.h"

static const int badness[V_MAX] = {[V_PASS] = 0, [V_SKIP] = 1, [V_BROKEN] = 2, [V_FAIL] = 3};

int verdict_worse(enum verdict a, enum verdict b)
{
	return badness[b] - badness[a];
}

enum verdict worst_verdict(const size_t count[V_MAX])
{
	enum verdict worst = V_MAX;

	for (int v = 0; v < V_MAX; v++)
		if (count[v] && (worst == V_MAX || badness[v] > badness[worst]))
			worst = (enum verdict)v;
	return worst;
}

static bool same(const char *a, const char *b)
{
	return a == b || (a && b && str_eq(a, b));
}

/* Only facts that are not the same on all sides stay. */
static void keep_different(struct comparison *c)
{
	size_t kept = 0;

	for (size_t i = 0; i < c->n_facts; i++) {
		bool differs = false;

		for (size_t s = 1; s < c->n_sides; s++)
			differs |= !same(c->facts[i].value[0], c->facts[i].value[s]);
		if (differs)
			c->facts[kept++] = c->facts[i];
	}
	c->n_facts = kept;
}

static void count_trials(struct comparison *c)
{
	for (size_t i = 0; i < c->n_trials; i++) {
		struct compared_trial *t = &c->trials[i];
		enum verdict a = worst_verdict(t->verdicts[0]);

		for (size_t side = 1; side < c->n_sides; side++) {
			enum verdict b = worst_verdict(t->verdicts[side]);

			if (a == V_MAX || b == V_MAX)
				continue;
			c->verdicts_changed += a != b;
			/* What is skipped shows nothing, so nothing worse either. */
			c->verdicts_worse += b != V_SKIP && verdict_worse(a, b) > 0;
		}
	}
}

/* Verdicts of one check over the runs of a side. */
struct tally {
	size_t count[V_MAX], n;
	const char *why;
};

static void tally(const struct comparison *c, size_t side, const struct check_verdict *v,
		  const struct record *of, struct tally *t)
{
	for (size_t i = 0; i < c->n_records[side]; i++) {
		const struct record *r = c->records[side][i];

		for (size_t k = 0; str_eq(r->spec.name, of->spec.name) && k < r->n_verdicts; k++) {
			const struct check_verdict *w = &r->verdicts[k];
			enum verdict worst = worst_verdict(t->count);

			if (w->phase != v->phase || !str_eq(w->name, v->name) ||
			    !str_eq(w->expected, v->expected))
				continue;
			if (worst == V_MAX || verdict_worse(worst, w->verdict) > 0)
				t->why = w->why;
			t->count[w->verdict]++;
			t->n++;
		}
	}
}

static bool told(const struct comparison *c, size_t side, size_t trial,
		 const struct check_verdict *v, const char *phase)
{
	for (size_t i = 0; i < c->n_checks; i++)
		if (c->checks[i].side == side && c->checks[i].trial == trial &&
		    str_eq(c->checks[i].name, v->name) && str_eq(c->checks[i].phase_name, phase))
			return true;
	return false;
}

static size_t index_of_trial(const struct comparison *c, const char *name)
{
	size_t i = 0;

	while (i + 1 < c->n_trials && !str_eq(c->trials[i].name, name))
		i++;
	return i;
}

static void change_of(struct comparison *c, size_t side, const struct record *r,
		      const struct check_verdict *v)
{
	size_t trial = index_of_trial(c, r->spec.name);
	const char *phase = v->phase == CHECK_ALWAYS  ? "always"
			    : v->phase == CHECK_TRIAL ? "trial"
						      : phase_name(r, v->phase);
	struct tally a = {0}, b = {0};
	enum verdict from, to;

	tally(c, 0, v, r, &a);
	tally(c, side, v, r, &b);
	from = worst_verdict(a.count);
	to = worst_verdict(b.count);
	if (from == V_MAX || to == V_MAX || from == to || told(c, side, trial, v, phase))
		return;
	*arena_push(&c->arena, c->checks, c->n_checks) = (struct check_change){
		.trial = trial,
		.side = side,
		.name = v->name,
		.phase_name = phase,
		.from = from,
		.to = to,
		.n_from = a.count[from],
		.n_to = b.count[to],
		.of_from = a.n,
		.of_to = b.n,
		.why = b.why,
	};
}

/* Each trial of a side once: the tally looks at all its runs. */
static bool is_first(const struct comparison *c, size_t side, size_t run)
{
	for (size_t i = 0; i < run; i++)
		if (str_eq(c->records[side][i]->spec.name, c->records[side][run]->spec.name))
			return false;
	return true;
}

void compare_verdicts(struct comparison *c)
{
	keep_different(c);
	count_trials(c);
	for (size_t side = 1; side < c->n_sides; side++)
		for (size_t i = 0; i < c->n_records[side]; i++) {
			const struct record *r = c->records[side][i];

			for (size_t k = 0; is_first(c, side, i) && k < r->n_verdicts; k++)
				change_of(c, side, r, &r->verdicts[k]);
		}
}
