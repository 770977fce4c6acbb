/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From sides with their runs to one series for every number, with its values on each side. */
#include <errno.h>
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/words.h"
#include "compare/inside.h"

int compare_side(struct comparison *c, const char *name, struct err *err)
{
	if (c->n_sides == COMPARE_SIDES)
		return err_set_class(err, ERR_USAGE, -E2BIG, "no more than %d sides are compared",
				     COMPARE_SIDES);
	c->names[c->n_sides] = arena_strdup(&c->arena, name);
	return (int)c->n_sides++;
}

static struct compared_trial *trial_of(struct comparison *c, const char *name)
{
	struct compared_trial *t;

	for (size_t i = 0; i < c->n_trials; i++)
		if (str_eq(c->trials[i].name, name))
			return &c->trials[i];
	t = arena_push(&c->arena, c->trials, c->n_trials);
	t->name = name;
	return t;
}

void compare_add_verdict(struct comparison *c, size_t side, const char *trial, const char *plan,
			 enum verdict verdict, const char *why)
{
	struct compared_trial *t = trial_of(c, trial);
	enum verdict worst = worst_verdict(t->verdicts[side]);

	if (worst == V_MAX || verdict_worse(worst, verdict) > 0)
		t->why[side] = why;
	t->verdicts[side][verdict]++;
	/* A run that was skipped may have been planned for another machine. */
	if (!t->plan[side] && verdict != V_SKIP)
		t->plan[side] = plan;
}

static void add_to(struct arena *a, struct values *v, double value, int64_t tolerance)
{
	*arena_push(a, v->v, v->n) = value;
	v->tolerance = MAX(v->tolerance, tolerance);
}

static bool is_series(const struct series *s, size_t trial, const struct cell *cell)
{
	return s->trial == trial && s->phase == cell->phase && s->form == cell->form &&
	       str_eq(s->metric, cell->metric);
}

/* Runs of one trial tell their numbers in the same order: the next one is the next one. */
static struct series *series_of(struct comparison *c, size_t trial, const struct cell *cell)
{
	struct series *s;

	for (size_t i = 0; i < c->n_series; i++) {
		c->cursor = c->cursor + 1 < c->n_series ? c->cursor + 1 : 0;
		if (is_series(&c->series[c->cursor], trial, cell))
			return &c->series[c->cursor];
	}
	s = arena_push(&c->arena, c->series, c->n_series);
	*s = (struct series){
		.trial = trial,
		.metric = arena_strdup(&c->arena, cell->metric),
		.phase = cell->phase,
		.phase_name = arena_strdup(&c->arena, cell->phase_name),
		.form = cell->form,
		.unit = cell->unit,
		.modelled = cell->modelled,
		.global = cell->global,
		.checked = cell->check != NULL,
		.worse = cell->worse,
	};
	c->cursor = c->n_series - 1;
	return s;
}

void compare_add_value(struct comparison *c, size_t side, const char *trial,
		       const struct cell *cell)
{
	size_t t = (size_t)(trial_of(c, trial) - c->trials);

	add_to(&c->arena, &series_of(c, t, cell)->side[side], (double)cell->value, cell->tolerance);
}

void compare_add_run(struct comparison *c, size_t side, const struct run *run)
{
	c->n_runs[side]++;
	for (size_t i = 0; i < run->n_trials; i++) {
		const struct record *r = run->trials[i];

		*arena_push(&c->arena, c->records[side], c->n_records[side]) = r;
		compare_add_verdict(c, side, r->spec.name, plan_text(&c->arena, &r->spec),
				    r->verdict, r->verdict_why);
		for (size_t k = 0; k < r->n_facts; k++)
			compare_add_fact(c, side, r->facts[k].name, r->facts[k].value);
	}
	compare_add_fact(c, side, "tool", run->tool);
}

static int by_time(const void *x, const void *y)
{
	const struct record *a = *(const struct record *const *)x;
	const struct record *b = *(const struct record *const *)y;

	return (a->started_unix_ns > b->started_unix_ns) -
	       (a->started_unix_ns < b->started_unix_ns);
}

struct adding {
	struct comparison *c;
	size_t side;
	const char *trial, *pattern;
};

static void add_cell(void *arg, const struct cell *cell)
{
	const struct adding *a = arg;

	if (!a->pattern || fnmatch(a->pattern, cell->metric, 0) == 0)
		compare_add_value(a->c, a->side, a->trial, cell);
}

void compare_collect(struct comparison *c, const char *pattern)
{
	for (size_t side = 0; side < c->n_sides; side++) {
		struct adding a = {.c = c, .side = side, .pattern = pattern};

		if (c->n_records[side])
			qsort(c->records[side], c->n_records[side], sizeof(*c->records[side]),
			      by_time);
		for (size_t i = 0; i < c->n_records[side]; i++) {
			a.trial = c->records[side][i]->spec.name;
			cells_visit(c->records[side][i], add_cell, &a);
		}
	}
}

void compare_free(struct comparison *c)
{
	arena_free(&c->arena);
	memset(c, 0, sizeof(*c));
}
