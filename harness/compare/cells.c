/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "compare/cells.h"

#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/words.h"
#include "judge/budget.h"
#include "judge/value.h"

const char *const form_words[] = {
	[FORM_LEVEL] = "level", [FORM_CHANGE] = "change", [FORM_LEAST] = "least",
	[FORM_MOST] = "most",	[FORM_TOOK] = "took",	  [FORM_COUNT] = NULL,
};

struct visit {
	const struct record *r;
	struct metric *metrics; /* one a column; UNIT_NONE: not looked at */
	void (*fn)(void *arg, const struct cell *c);
	void *arg;
};

/*
 * Columns that say nothing of their own: others outside the trial, the harness's own group, second
 * names of the same number, running means that reach back before the trial, and on a machine with
 * one node what meminfo says already.
 */
static bool is_own(const struct record *r, const struct column *c)
{
	const char *nodes = fact_value(r, "nodes");

	if (c->unit == UNIT_TEXT || str_starts(c->name, "others.") ||
	    str_starts(c->name, "drain/") || strstr(c->name, ".avg"))
		return false;
	if (str_starts(c->name, "psi.") && strstr(c->name, ".total"))
		return false;
	return !str_starts(c->name, "node0.") || (nodes && strcmp(nodes, "1") != 0);
}

static struct metric *parse_columns(const struct record *r, struct arena *a)
{
	const struct spec *s = &r->spec;
	const char **groups = arena_array(a, s->n_groups + 1, sizeof(*groups));
	const char **stressors = arena_array(a, s->n_stressors + 1, sizeof(*stressors));
	const struct stressor **kinds = arena_array(a, s->n_stressors + 1, sizeof(*kinds));
	const struct metric_names names = {groups, s->n_groups, stressors, kinds, s->n_stressors};
	struct metric *metrics = arena_array(a, r->n_columns + 1, sizeof(*metrics));

	for (size_t i = 0; i < s->n_groups; i++)
		groups[i] = s->groups[i].path;
	for (size_t i = 0; i < s->n_stressors; i++) {
		stressors[i] = s->stressors[i].name;
		kinds[i] = stressor_find(s->stressors[i].kind);
	}
	for (size_t i = 0; i < r->n_columns; i++) {
		char nearest[METRIC_NAME_MAX];

		if (!is_own(r, &r->columns[i]) ||
		    metric_parse(r->columns[i].name, &names, &metrics[i], nearest, NULL) < 0)
			metrics[i] = (struct metric){.unit = UNIT_NONE};
	}
	return metrics;
}

static bool is_machine(const struct metric *m)
{
	return m->origin <= MO_PSI || (m->flags & MF_GLOBAL);
}

static enum form form_of(const struct metric *m)
{
	return is_machine(m) || (m->flags & MF_COUNTER) ? FORM_CHANGE : FORM_LEVEL;
}

/*
 * A level of memory is what it is but for the error of its reading. How many faults, scans or free
 * blocks there are is decided by timing, a rate or a latency by everything on the machine, and
 * which pages of a library are mapped by what was in the cache.
 */
static bool is_modelled(const struct metric *m)
{
	switch (m->origin) {
	case MO_GROUP_EVENT:
	case MO_OOM:
	case MO_KMSG:
		return true;
	case MO_GROUP_FILE:
	case MO_GROUP_STAT:
		return !(m->flags & MF_COUNTER);
	case MO_MEMINFO:
		return m->others != NULL;
	case MO_WORKER:
		return m->unit == UNIT_BYTES && !str_eq(m->key, "rss_file") &&
		       !str_eq(m->key, "rss") && !str_eq(m->key, "pagetables");
	default:
		return false;
	}
}

/* The check of the profile that looks at the same number. */
static const struct check_verdict *check_of(const struct record *r, const char *metric, int phase,
					    bool delta)
{
	for (size_t i = 0; i < r->n_verdicts; i++) {
		const struct check_verdict *v = &r->verdicts[i];
		const struct check *c = v->check >= 0 ? &r->spec.checks[v->check] : NULL;

		if (c && v->phase == phase && c->delta == delta && str_eq(v->name, metric))
			return v;
	}
	return NULL;
}

static void tell(const struct visit *v, struct cell *c, const struct metric *m)
{
	if (c->value == VALUE_ABSENT || c->value == VALUE_MAX)
		return;
	c->global = is_machine(m);
	c->worse = metric_worse(m);
	c->modelled = is_modelled(m) || c->check;
	if (c->check && c->check->tolerance > c->tolerance)
		c->tolerance = c->check->tolerance;
	v->fn(v->arg, c);
}

static void visit_column(const struct visit *v, const struct reading *rd, size_t column)
{
	const struct metric *m = &v->metrics[column];
	const char *name = v->r->columns[column].name;
	bool change = form_of(m) == FORM_CHANGE;
	const struct reading *base = NULL;
	struct budget b = {0};
	struct cell c = {.metric = name,
			 .phase = rd->phase,
			 .phase_name = phase_name(v->r, rd->phase),
			 .form = form_of(m),
			 .unit = m->unit};

	if (change) {
		base = rd->phase < 0 ? NULL
				     : record_reading(v->r, v->r->spec.phases[rd->phase].since);
		if (!base)
			return;
		c.value = value_change(v->r, m, base, rd);
		if (c.value != VALUE_ABSENT)
			c.value = value_plus(c.value, -value_others(v->r, m, base, rd));
	} else {
		c.value = value_at(v->r, m, rd);
	}
	budget_compute(&b, v->r, m, rd, base);
	c.tolerance = b.sum;
	c.check = check_of(v->r, name, rd->phase, change);
	tell(v, &c, m);
}

static void visit_reading(const struct visit *v, const struct reading *rd)
{
	for (size_t i = 0; i < v->r->n_columns; i++)
		if (v->metrics[i].unit != UNIT_NONE)
			visit_column(v, rd, i);
}

static bool is_column_cell(const struct visit *v, const struct check *c)
{
	int column = record_column(v->r, c->metric.name);

	return column >= 0 && v->metrics[column].unit != UNIT_NONE && c->phase >= 0 &&
	       c->delta == (form_of(&v->metrics[column]) == FORM_CHANGE) &&
	       (!c->delta || c->since == v->r->spec.phases[c->phase].since);
}

/* Checks that are no column in its natural form: derived metrics, levels of the machine. */
static void visit_check(const struct visit *v, const struct check_verdict *cv)
{
	const struct check *c = &v->r->spec.checks[cv->check];
	struct cell cell = {.metric = c->metric.name,
			    .phase = c->phase,
			    .phase_name = c->phase >= 0 ? phase_name(v->r, c->phase) : "trial",
			    .form = c->delta ? FORM_CHANGE : FORM_LEVEL,
			    .unit = c->metric.unit,
			    .value = cv->compared,
			    .tolerance = cv->tolerance,
			    .check = cv};

	if (c->metric.unit != UNIT_TEXT && c->phase != CHECK_ALWAYS && !is_column_cell(v, c))
		tell(v, &cell, &c->metric);
}

static void visit_extreme(const struct visit *v, const struct extreme *e)
{
	const struct check *c = &v->r->spec.checks[e->check];
	struct cell cell = {.metric = c->metric.name,
			    .phase = CHECK_ALWAYS,
			    .phase_name = "always",
			    .unit = c->metric.unit,
			    .check = check_of(v->r, c->metric.name, CHECK_ALWAYS, c->delta)};

	if (e->n <= 0 || c->metric.unit == UNIT_TEXT)
		return;
	cell.form = FORM_LEAST;
	cell.value = e->min;
	if (c->kind != C_AT_MOST)
		tell(v, &cell, &c->metric);
	cell.form = FORM_MOST;
	cell.value = e->max;
	if (c->kind != C_AT_LEAST)
		tell(v, &cell, &c->metric);
}

static void visit_until(const struct visit *v, const struct until_result *u)
{
	struct cell c = {.metric = u->text,
			 .phase = u->phase,
			 .phase_name = phase_name(v->r, u->phase),
			 .form = FORM_TOOK,
			 .unit = UNIT_DUR,
			 .value = u->took_ns,
			 .worse = WORSE_UP};

	if (u->met)
		v->fn(v->arg, &c);
}

void cells_visit(const struct record *r, void (*fn)(void *arg, const struct cell *c), void *arg)
{
	_cleanup_(arena_free) struct arena a = {0};
	struct visit v = {.r = r, .fn = fn, .arg = arg};

	if (r->fate == V_SKIP)
		return;
	v.metrics = parse_columns(r, &a);
	for (size_t i = 0; i < r->n_readings; i++)
		if (r->readings[i].done)
			visit_reading(&v, &r->readings[i]);
	for (size_t i = 0; i < r->n_verdicts; i++)
		if (r->verdicts[i].check >= 0)
			visit_check(&v, &r->verdicts[i]);
	for (size_t i = 0; i < r->n_extremes; i++)
		visit_extreme(&v, &r->extremes[i]);
	for (size_t i = 0; i < r->n_untils; i++)
		visit_until(&v, &r->untils[i]);
}

const char *plan_text(struct arena *a, const struct spec *s)
{
	const char *t = arena_printf(a, "fuse=%lld", (long long)s->fuse);

	for (size_t i = 0; i < s->n_groups; i++) {
		t = arena_printf(a, "%s; group %s", t, s->groups[i].path);
		for (size_t k = 0; k < s->groups[i].n_knobs; k++)
			t = arena_printf(a, "%s %s=%lld", t, s->groups[i].knobs[k].name,
					 (long long)s->groups[i].knobs[k].value);
	}
	for (size_t i = 0; i < s->n_stressors; i++)
		t = arena_printf(a, "%s; stressor %s: %s %s, %d workers", t, s->stressors[i].name,
				 s->stressors[i].kind, s->stressors[i].text,
				 s->stressors[i].workers);
	for (size_t i = 0; i < s->n_phases; i++)
		t = arena_printf(a, "%s; phase %s: %s", t, s->phases[i].name,
				 s->phases[i].action_text);
	return t;
}
