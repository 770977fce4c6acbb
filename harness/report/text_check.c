/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One check: first what people look for (verdict, metric, what was measured, what was expected),
 * then how that was held against what: from where to where, the accepted range, the tolerance's
 * terms.
 */
#include <inttypes.h>
#include <stdarg.h>
#include <string.h>

#include "base/cleanup.h"
#include "report/parts.h"
#include "report/text_parts.h"

#define INDENT	   4
#define INDENT_ON  (INDENT + 8)
#define NAME_MOST  34
#define VALUE_MOST 12

enum style verdict_style(enum verdict verdict)
{
	static const enum style styles[V_MAX] = {
		[V_PASS] = STYLE_GREEN,
		[V_FAIL] = STYLE_BOLD_RED,
		[V_BROKEN] = STYLE_MAGENTA,
		[V_SKIP] = STYLE_YELLOW,
	};

	return (unsigned)verdict < V_MAX ? styles[verdict] : STYLE_PLAIN;
}

static enum unit unit_of(const struct check *c)
{
	return c ? c->metric.unit : UNIT_COUNT;
}

/* What was found, as the first line says it. */
static const char *found(char buf[QUANTITY_MAX], const struct record *r,
			 const struct check_verdict *v)
{
	const struct check *c = verdict_check(r, v);

	if (v->word)
		return v->word;
	if (unit_of(c) == UNIT_TEXT)
		return "-";
	return verdict_number(buf, v->compared, unit_of(c), c && c->delta);
}

void text_check_measure(struct check_columns *c, const struct record *r)
{
	*c = (struct check_columns){0, 0};
	for (size_t i = 0; i < r->n_verdicts; i++) {
		const struct check_verdict *v = &r->verdicts[i];
		char buf[QUANTITY_MAX];
		size_t name, value;

		if (verdict_routine(r, v))
			continue;
		name = text_width(v->name);
		value = text_width(found(buf, r, v));
		if (name <= NAME_MOST)
			c->name = MAX(c->name, name);
		if (value <= VALUE_MOST)
			c->value = MAX(c->value, value);
	}
}

/* What a check was held against, in parts that may stand on one line. */
struct parts {
	struct arena arena;
	const char *text[8];
	size_t n;
};

__attribute__((format(printf, 2, 3))) static void add(struct parts *p, const char *fmt, ...)
{
	char text[1200];
	va_list ap;

	if (p->n == ARRAY_SIZE(p->text))
		return;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	p->text[p->n++] = arena_strdup(&p->arena, text);
}

static void add_accepted(struct parts *p, const struct check_verdict *v, enum unit unit, bool delta)
{
	char low[QUANTITY_MAX], high[QUANTITY_MAX];
	bool left_open = v->low == VALUE_ABSENT, right_open = v->high == VALUE_MAX;

	verdict_number(low, v->low, unit, delta);
	verdict_number(high, v->high, unit, delta);
	if (left_open && right_open)
		return;
	if (left_open)
		add(p, "accepted up to %s", high);
	else if (right_open)
		add(p, "accepted from %s", low);
	else if (v->low == v->high)
		add(p, "accepted exactly %s", low);
	else
		add(p, "accepted %s .. %s", low, high);
}

static void add_tolerance(struct parts *p, const struct check_verdict *v, enum unit unit,
			  bool with_terms)
{
	char text[BUDGET_TERMS * (sizeof(v->terms[0].what) + QUANTITY_MAX)], num[QUANTITY_MAX];
	size_t len;

	len = (size_t)snprintf(text, sizeof(text), "tolerance %s",
			       quantity_format(num, v->tolerance, unit));
	if (with_terms && v->n_terms == 1)
		len += (size_t)snprintf(text + len, sizeof(text) - len, ": %s", v->terms[0].what);
	for (int i = 0; with_terms && v->n_terms > 1 && i < v->n_terms && i < BUDGET_TERMS; i++)
		len += (size_t)snprintf(text + len, sizeof(text) - len, " %s %s %s", i ? "+" : "=",
					quantity_format(num, v->terms[i].size, unit),
					v->terms[i].what);
	add(p, "%s", text);
}

/* A check of `always` was held against every sample, so where it went between is worth a word. */
static void add_extremes(struct parts *p, const struct record *r, const struct check_verdict *v,
			 enum unit unit, bool delta)
{
	char low[QUANTITY_MAX], high[QUANTITY_MAX];

	for (size_t i = 0; i < r->n_extremes; i++) {
		const struct extreme *e = &r->extremes[i];

		if (e->check == v->check)
			add(p, "%" PRId64 " samples: %s .. %s", e->n,
			    verdict_number(low, e->min, unit, delta),
			    verdict_number(high, e->max, unit, delta));
	}
}

static bool is_judged(const struct check_verdict *v)
{
	return v->verdict == V_PASS || v->verdict == V_FAIL;
}

static void add_details(struct parts *p, const struct record *r, const struct check_verdict *v,
			const struct check *c, bool verbose)
{
	enum unit unit = unit_of(c);
	char from[QUANTITY_MAX], to[QUANTITY_MAX];

	if (c->delta && v->value != VALUE_ABSENT)
		add(p, "%s -> %s", quantity_format(from, v->base, unit),
		    quantity_format(to, v->value, unit));
	if (v->others && v->others != VALUE_ABSENT)
		add(p, "others moved %s, taken out", quantity_format_signed(from, v->others, unit));
	if (v->gone)
		add(p, "%s of workers that ended taken out",
		    quantity_format_signed(from, -v->gone, unit));
	if (v->lists)
		add(p, "CPUs' free lists moved it %s, taken out",
		    quantity_format_signed(from, v->lists, unit));
	add_extremes(p, r, v, unit, c->delta);
	if (!is_judged(v))
		return;
	add_accepted(p, v, unit, c->delta);
	add_tolerance(p, v, unit, !verbose);
}

static void put_parts(struct text_out *o, const struct parts *p)
{
	size_t total = 2;

	for (size_t i = 0; i < p->n; i++)
		total += text_width(p->text[i]) + 2;
	if (o->column + total - 2 <= o->width)
		out_put(o, STYLE_PLAIN, "  ");
	else
		out_line(o, INDENT_ON);
	for (size_t i = 0; i < p->n; i++)
		out_part(o, STYLE_DIM, i ? "; " : "", "%s", p->text[i]);
}

static void put_terms(struct text_out *o, const struct check_verdict *v, enum unit unit)
{
	char num[QUANTITY_MAX];

	for (int i = 0; i < v->n_terms && i < BUDGET_TERMS; i++) {
		out_line(o, INDENT_ON + 2);
		out_put(o, STYLE_DIM, "%8s  ", quantity_format(num, v->terms[i].size, unit));
		o->indent = o->column;
		out_words(o, STYLE_DIM, "%s", v->terms[i].what);
	}
}

static void put_details(struct text_out *o, const struct record *r, const struct check_verdict *v)
{
	const struct check *c = verdict_check(r, v);
	struct parts p = {0};

	if (!c || c->metric.unit == UNIT_TEXT)
		return;
	add_details(&p, r, v, c, o->verbose);
	if (p.n)
		put_parts(o, &p);
	if (o->verbose && is_judged(v))
		put_terms(o, v, c->metric.unit);
	arena_free(&p.arena);
}

static void put_why(struct text_out *o, const struct record *r, const struct check_verdict *v)
{
	const struct check *c = verdict_check(r, v);
	char bar[160] = "";

	if (v->verdict == V_FAIL && c && c->metric.unit != UNIT_TEXT)
		text_bar(bar, sizeof(bar), v, c->metric.unit, c->delta, c->kind == C_EQUAL);
	if (*bar) {
		out_line(o, INDENT_ON);
		out_put(o, STYLE_RED, "%s", bar);
	}
	if (*v->why) {
		out_line(o, INDENT_ON);
		out_words(o, STYLE_BOLD, "%s", v->why);
	}
	if (v->verdict == V_FAIL && c && c->line > 0 && r->spec.profile) {
		out_line(o, INDENT_ON);
		out_words(o, STYLE_DIM, "at %s:%d:%d: %s: %s", r->spec.profile, c->line, c->col,
			  c->metric.name, c->text);
	}
}

void text_check(struct text_out *o, const struct record *r, const struct check_verdict *v,
		const struct check_columns *columns)
{
	size_t at_value = INDENT_ON + columns->name + 2, width;
	const char *word;
	char buf[QUANTITY_MAX];

	word = found(buf, r, v);
	width = text_width(word);
	out_line(o, INDENT);
	out_put(o, verdict_style(v->verdict), "%s", verdict_words[v->verdict]);
	out_to(o, INDENT_ON);
	out_put(o, STYLE_PLAIN, "%s", v->name);
	o->indent = INDENT_ON;
	if (v->check >= 0 || (v->word && !r->spec.n_phases)) {
		out_to(o, at_value + (width < columns->value ? columns->value - width : 0));
		out_put(o, STYLE_BOLD, "%s", word);
	}
	if (*v->expected)
		out_part(o, STYLE_PLAIN, "  ", "expected %s", v->expected);
	put_details(o, r, v);
	put_why(o, r, v);
	out_line(o, 0);
}
