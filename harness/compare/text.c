/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A comparison for people: what the sides are, verdict changes first, then what moved and by what.
 */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/table.h"
#include "base/words.h"
#include "compare/inside.h"
#include "report/text_out.h"

struct page {
	const struct comparison *c;
	struct text_out *o;
	struct table_look look;
	bool all;
};

static char letter(size_t side)
{
	return (char)('A' + side);
}

static void heading(struct page *p, const char *text)
{
	out_gap(p->o);
	out_put(p->o, STYLE_BOLD, "%s", text);
	out_line(p->o, 0);
}

static void put_table(struct page *p, const struct table *t)
{
	out_line(p->o, 0);
	table_write(t, p->o->f, &p->look);
}

static void put_sides(struct page *p)
{
	for (size_t s = 0; s < p->c->n_sides; s++) {
		out_put(p->o, STYLE_BOLD, "%c", letter(s));
		out_put(p->o, STYLE_PLAIN, "  %zu run%s: ", p->c->n_runs[s],
			p->c->n_runs[s] == 1 ? "" : "s");
		out_words(p->o, STYLE_PLAIN, "%s", p->c->names[s]);
		out_line(p->o, 0);
	}
}

static void put_facts(struct page *p, struct arena *a)
{
	struct table_column columns[1 + COMPARE_SIDES] = {{.title = NULL}};
	static const char *const titles[] = {"A", "B", "C", "D", "E", "F", "G", "H"};
	struct table t;

	for (size_t s = 0; s < p->c->n_sides; s++)
		columns[1 + s] = (struct table_column){.title = titles[s], .shrink_to = 16};
	if (!p->c->n_facts)
		return;
	heading(p, "machines differ");
	table_init(&t, a, columns, 1 + p->c->n_sides);
	for (size_t i = 0; i < p->c->n_facts; i++) {
		const struct fact_difference *f = &p->c->facts[i];

		table_row(&t);
		table_cell(&t, STYLE_PLAIN, "%s", f->name);
		for (size_t s = 0; s < p->c->n_sides; s++)
			table_cell(&t, STYLE_PLAIN, "%s", f->value[s] ? f->value[s] : "-");
	}
	put_table(p, &t);
}

static const char *count_text(struct arena *a, enum verdict v, size_t n, size_t of)
{
	return of == 1 ? verdict_words[v] : arena_printf(a, "%s %zu/%zu", verdict_words[v], n, of);
}

static const char *verdict_text(struct arena *a, const size_t count[V_MAX])
{
	enum verdict worst = worst_verdict(count);
	size_t n = 0;

	for (int v = 0; v < V_MAX; v++)
		n += count[v];
	return worst == V_MAX ? "-" : count_text(a, worst, count[worst], n);
}

static void put_check_changes(struct page *p, struct arena *a, size_t trial, size_t side)
{
	for (size_t i = 0; i < p->c->n_checks; i++) {
		const struct check_change *k = &p->c->checks[i];

		if (k->trial != trial || k->side != side)
			continue;
		out_line(p->o, 4);
		out_put(p->o, STYLE_PLAIN, "%s in %s: %s -> %s", k->name, k->phase_name,
			count_text(a, k->from, k->n_from, k->of_from),
			count_text(a, k->to, k->n_to, k->of_to));
		if (k->why && k->why[0]) {
			out_line(p->o, 6);
			out_words(p->o, STYLE_DIM, "%s", k->why);
		}
	}
	out_line(p->o, 0);
}

static void put_change(struct page *p, struct arena *a, size_t trial, size_t side)
{
	const struct compared_trial *t = &p->c->trials[trial];
	enum verdict from = worst_verdict(t->verdicts[0]), to = worst_verdict(t->verdicts[side]);
	bool worse = to != V_SKIP && verdict_worse(from, to) > 0;

	out_line(p->o, 2);
	out_put(p->o, STYLE_PLAIN, "%s: A %s -> %c ", t->name, verdict_text(a, t->verdicts[0]),
		letter(side));
	out_put(p->o, worse ? STYLE_BOLD_RED : STYLE_BOLD_GREEN, "%s",
		verdict_text(a, t->verdicts[side]));
	if (from != to && t->why[side] && to != V_PASS) {
		out_line(p->o, 4);
		out_words(p->o, STYLE_DIM, "%s", t->why[side]);
	}
	put_check_changes(p, a, trial, side);
}

static bool has_change(const struct comparison *c, size_t trial, size_t side)
{
	const struct compared_trial *t = &c->trials[trial];

	for (size_t k = 0; k < c->n_checks; k++)
		if (c->checks[k].trial == trial && c->checks[k].side == side)
			return true;
	return worst_verdict(t->verdicts[0]) != worst_verdict(t->verdicts[side]);
}

static void put_verdict(struct page *p, struct arena *a, size_t trial, size_t side)
{
	const struct compared_trial *t = &p->c->trials[trial];
	bool first = worst_verdict(t->verdicts[0]) != V_MAX;
	bool second = worst_verdict(t->verdicts[side]) != V_MAX;

	if (first && second) {
		put_change(p, a, trial, side);
		return;
	}
	out_line(p->o, 2);
	out_put(p->o, STYLE_DIM, "%s: only in %c", t->name, first ? 'A' : letter(side));
	out_line(p->o, 0);
}

static void put_verdicts(struct page *p, struct arena *a)
{
	bool any = false;

	for (size_t i = 0; i < p->c->n_trials; i++)
		for (size_t side = 1; side < p->c->n_sides; side++) {
			if (!has_change(p->c, i, side))
				continue;
			if (!any)
				heading(p, "verdicts that changed");
			any = true;
			put_verdict(p, a, i, side);
		}
	if (!any) {
		out_gap(p->o);
		out_put(p->o, STYLE_PLAIN, "no verdict changed");
		out_line(p->o, 0);
	}
}

static const char *number(struct arena *a, double v, enum unit unit, bool sign)
{
	char text[QUANTITY_MAX];

	return arena_strdup(a, number_short(text, v, unit, sign));
}

static const char *reason(struct arena *a, const struct series *s, const struct finding *f)
{
	switch (f->method) {
	case METHOD_RANK:
		if (f->drifts)
			return arena_printf(a, "a side drifts by %s itself",
					    number(a, f->drift, s->unit, false));
		return arena_printf(a, "p %.2g, d %+.2f", f->p_holm, f->cliff);
	case METHOD_RANGE:
		return arena_printf(a, "range %s", number(a, f->margin, s->unit, false));
	case METHOD_BUDGET:
		return arena_printf(a, "budget %s", number(a, f->margin, s->unit, false));
	default:
		return "few runs: no noise known";
	}
}

static const struct table_column finding_columns[] = {
	{.title = "metric", .shrink_to = 24},
	{.title = "A", .align = ALIGN_RIGHT},
	{.title = "other", .align = ALIGN_RIGHT},
	{.title = "shift", .align = ALIGN_RIGHT},
	{.title = "%", .align = ALIGN_RIGHT},
	{.title = "by", .shrink_to = 12},
	{.title = NULL},
};

static void put_finding(const struct comparison *c, struct table *t, struct arena *a,
			const struct finding *f)
{
	static const char *const suffixes[FORM_COUNT] = {
		[FORM_LEVEL] = "",     [FORM_CHANGE] = "",    [FORM_LEAST] = " least",
		[FORM_MOST] = " most", [FORM_TOOK] = " took",
	};
	const struct series *s = &c->series[f->series];
	const char side[] = {letter(f->side), ' ', '\0'};
	bool change = s->form == FORM_CHANGE;

	table_row(t);
	table_cell(t, STYLE_PLAIN, "%s%s%s", c->n_sides > 2 ? side : "", s->metric,
		   suffixes[s->form]);
	table_cell(t, STYLE_PLAIN, "%s", number(a, f->a, s->unit, change));
	table_cell(t, STYLE_PLAIN, "%s", number(a, f->b, s->unit, change));
	table_cell(t, STYLE_BOLD, "%s", number(a, f->shift, s->unit, true));
	if (isnan(f->percent))
		table_cell(t, STYLE_PLAIN, "%s", "");
	else
		table_cell(t, STYLE_PLAIN, "%+.1f", f->percent);
	table_cell(t, STYLE_DIM, "%s", reason(a, s, f));
	table_cell(t, f->worse ? STYLE_BOLD_RED : STYLE_GREEN, "%s",
		   f->worse    ? "worse"
		   : f->better ? "better"
			       : "");
}

static bool is_wanted(const struct page *p, const struct finding *f, bool moved)
{
	return moved ? f->moved || (p->all && !f->drifts) : f->drifts;
}

/* Findings stand in the order of trials, phases and columns. */
static void put_findings(struct page *p, struct arena *a, bool moved, const char *title)
{
	const struct series *last = NULL;
	struct table t;

	table_init(&t, a, finding_columns, ARRAY_SIZE(finding_columns));
	for (size_t i = 0; i < p->c->n_findings; i++) {
		const struct finding *f = &p->c->findings[i];
		const struct series *s = &p->c->series[f->series];

		if (!is_wanted(p, f, moved))
			continue;
		if (!last || last->trial != s->trial || last->phase != s->phase)
			table_line(&t, STYLE_PLAIN, "%s, %s", p->c->trials[s->trial].name,
				   s->phase_name);
		put_finding(p->c, &t, a, f);
		last = s;
	}
	if (!last)
		return;
	heading(p, title);
	put_table(p, &t);
}

/* How it was decided, in words: the reader must know what "moved" means. */
static void put_methods(struct page *p)
{
	const struct comparison *c = p->c;

	out_gap(p->o);
	if (c->by_method[METHOD_RANK])
		out_words(p->o, STYLE_DIM,
			  "%zu numbers by Mann-Whitney's test, Holm-corrected: at most one "
			  "comparison of %d reports anything by chance. ",
			  c->n_tests, (int)(1 / COMPARE_LEVEL));
	if (c->by_method[METHOD_RANGE])
		out_words(p->o, STYLE_DIM,
			  "%zu numbers by range: moved is what lies outside of the larger side's "
			  "values by more than their whole width and the budget. ",
			  c->by_method[METHOD_RANGE]);
	if (c->by_method[METHOD_BUDGET])
		out_words(
			p->o, STYLE_DIM,
			"%zu numbers by budget: too few runs for statistics, moved is what is "
			"apart by more than the computed errors of both readings and the noise of "
			"their control intervals. ",
			c->by_method[METHOD_BUDGET]);
	if (c->by_method[METHOD_NONE])
		out_words(p->o, STYLE_DIM,
			  "%zu rates, latencies and counts vary by an amount that so few runs do "
			  "not show: not judged. ",
			  c->by_method[METHOD_NONE]);
	out_words(p->o, STYLE_DIM, "%zu numbers were the same in all runs.", c->n_constant);
	out_line(p->o, 0);
}

static void put_summary(struct page *p)
{
	const struct comparison *c = p->c;

	out_gap(p->o);
	out_put(p->o, STYLE_BOLD,
		"%zu verdict%s changed, %zu for the worse; %zu number%s moved, %zu for the worse",
		c->verdicts_changed, c->verdicts_changed == 1 ? "" : "s", c->verdicts_worse,
		c->moved, c->moved == 1 ? "" : "s", c->worse);
	out_line(p->o, 0);
}

int compare_text(const struct comparison *c, FILE *out, bool colour, size_t width, bool all,
		 struct err *err)
{
	const struct report_options options = {.colour = colour, .width = (int)width};
	_cleanup_(arena_free) struct arena a = {0};
	struct text_out o;
	struct page p = {.c = c,
			 .o = &o,
			 .all = all,
			 .look = {.max_width = width, .indent = 2, .colour = colour}};

	out_init(&o, out, &options);
	put_sides(&p);
	put_facts(&p, &a);
	put_verdicts(&p, &a);
	put_findings(&p, &a, true, all ? "all numbers that vary" : "numbers that moved");
	put_findings(&p, &a, false, "not told apart from a drift of the machine");
	put_methods(&p);
	put_summary(&p);
	return report_flush(out, err);
}
