/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A check as a row: what was found, what was expected, a bar of both and the accepted range, and
 * below it how the tolerance came about. */
#include <inttypes.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/words.h"
#include "report/html_parts.h"
#include "report/markup.h"
#include "report/parts.h"

void html_verdict(FILE *out, enum verdict verdict)
{
	fprintf(out, "<b class=\"v %s\">%s</b>", verdict_words[verdict], verdict_words[verdict]);
}

/* Places on a bar in per cent of its width. */
struct scale {
	double low, span;
};

static void include(struct scale *s, int64_t v, bool *any)
{
	double d = (double)v, high;

	if (v == VALUE_ABSENT || v == VALUE_MAX)
		return;
	high = *any ? s->low + s->span : d;
	s->low = *any && s->low < d ? s->low : d;
	s->span = (high > d ? high : d) - s->low;
	*any = true;
}

/* An end that is open is at -1 or 101: beyond the bar. */
static double place(const struct scale *s, int64_t v)
{
	if (v == VALUE_ABSENT)
		return -1;
	if (v == VALUE_MAX)
		return 101;
	return 8 + 84 * (s->span > 0 ? ((double)v - s->low) / s->span : 0.5);
}

static void put_span(FILE *out, const char *class, double from, double to)
{
	from = MAX(from, 0.0);
	to = MIN(to, 100.0);
	/* A range of one number is still to be seen. */
	fprintf(out, "<i class=\"%s\" style=\"left:%.2f%%;width:max(3px,%.2f%%)\"></i>", class,
		from, MAX(to - from, 0.0));
}

/* What the profile asked for, without the tolerance. */
static void expected_range(const struct check *c, int64_t *low, int64_t *high)
{
	*low = c->kind == C_AT_MOST ? VALUE_ABSENT : c->a;
	*high = c->kind == C_AT_LEAST ? VALUE_MAX : c->kind == C_RANGE ? c->b : c->a;
}

static bool has_bar(const struct check_verdict *v, const struct check *c)
{
	return c && c->metric.unit != UNIT_TEXT && c->kind != C_NOT && c->kind != C_WORD &&
	       c->kind != C_NOT_WORD && v->compared != VALUE_ABSENT && v->compared != VALUE_MAX &&
	       (v->verdict == V_PASS || v->verdict == V_FAIL);
}

static void put_bar(FILE *out, const struct check_verdict *v, const struct check *c)
{
	int64_t low, high;
	struct scale s = {0};
	bool any = false;

	if (!has_bar(v, c)) {
		fputs("<span class=\"bar none\"></span>", out);
		return;
	}
	expected_range(c, &low, &high);
	include(&s, v->low, &any);
	include(&s, v->high, &any);
	include(&s, low, &any);
	include(&s, high, &any);
	include(&s, v->compared, &any);
	/* What is open has an end that people think of: nothing. */
	if (!c->delta && (v->low == VALUE_ABSENT || v->high == VALUE_MAX))
		include(&s, 0, &any);
	fputs("<span class=\"bar\" aria-hidden=\"true\">", out);
	put_span(out, "accepted", place(&s, v->low), place(&s, v->high));
	put_span(out, "expected", place(&s, low), place(&s, high));
	fprintf(out, "<i class=\"mark %s\" style=\"left:%.2f%%\"></i></span>",
		verdict_words[v->verdict], place(&s, v->compared));
}

static void put_extremes(FILE *out, const struct record *r, const struct check_verdict *v,
			 const struct check *c)
{
	char low[QUANTITY_MAX], high[QUANTITY_MAX];

	for (size_t i = 0; i < r->n_extremes; i++) {
		const struct extreme *e = &r->extremes[i];

		if (e->check != v->check)
			continue;
		fputs("<dt>samples</dt><dd>", out);
		markup_printf(out, "%" PRId64 ": least %s at %.3f s, greatest %s at %.3f s", e->n,
			      verdict_number(low, e->min, c->metric.unit, c->delta),
			      (double)e->min_ns / NSEC_PER_SEC,
			      verdict_number(high, e->max, c->metric.unit, c->delta),
			      (double)e->max_ns / NSEC_PER_SEC);
		fputs("</dd>", out);
	}
}

static void put_entry(FILE *out, const char *what, const char *text)
{
	if (!text || !*text)
		return;
	fprintf(out, "<dt>%s</dt><dd>", what);
	markup_text(out, text);
	fputs("</dd>", out);
}

static void put_tolerance(FILE *out, const struct verdict_numbers *n)
{
	if (!*n->tolerance)
		return;
	fputs("<dt>tolerance</dt><dd>", out);
	markup_text(out, n->tolerance);
	for (int i = 0; i < n->n_terms; i++) {
		fprintf(out, "<span class=\"term\">%s ", i ? "+" : "=");
		markup_text(out, n->terms[i]);
		fputs("</span>", out);
	}
	fputs("</dd>", out);
}

static void put_details(FILE *out, const struct record *r, const struct check_verdict *v,
			const struct check *c, const struct verdict_numbers *n)
{
	char buf[QUANTITY_MAX];

	fputs("<dl>", out);
	put_entry(out, "found", n->actual);
	put_entry(out, "expected", v->expected);
	if (c && v->others && v->others != VALUE_ABSENT) {
		fputs("<dt>others moved</dt><dd>", out);
		markup_printf(out, "%s, taken out",
			      quantity_format_signed(buf, v->others, c->metric.unit));
		fputs("</dd>", out);
	}
	if (c && v->gone) {
		fputs("<dt>went with workers that ended</dt><dd>", out);
		markup_printf(out, "%s, taken out",
			      quantity_format_signed(buf, -v->gone, c->metric.unit));
		fputs("</dd>", out);
	}
	if (c && v->lists) {
		fputs("<dt>the CPUs' free lists moved it</dt><dd>", out);
		markup_printf(out, "%s, taken out",
			      quantity_format_signed(buf, v->lists, c->metric.unit));
		fputs("</dd>", out);
	}
	if (c)
		put_extremes(out, r, v, c);
	put_entry(out, "accepted", n->accepted);
	put_tolerance(out, n);
	if (c && c->line > 0 && r->spec.profile) {
		fputs("<dt>written</dt><dd><code>", out);
		markup_printf(out, "%s:%d:%d: %s: %s", r->spec.profile, c->line, c->col,
			      c->metric.name, c->text);
		fputs("</code></dd>", out);
	}
	fputs("</dl>", out);
}

static void put_found(FILE *out, const struct check_verdict *v, const struct check *c)
{
	char buf[QUANTITY_MAX];

	if (v->word)
		markup_text(out, v->word);
	else if (c && c->metric.unit != UNIT_TEXT && v->compared != VALUE_ABSENT)
		markup_text(out, verdict_number(buf, v->compared, c->metric.unit, c->delta));
	else
		fputs("–", out);
}

static void put_check(FILE *out, const struct record *r, const struct check_verdict *v)
{
	const struct check *c = verdict_check(r, v);
	struct verdict_numbers n;

	verdict_numbers(&n, r, v);
	fprintf(out, "<details class=\"check %s\"%s><summary>", verdict_words[v->verdict],
		v->verdict == V_FAIL || v->verdict == V_BROKEN ? " open" : "");
	html_verdict(out, v->verdict);
	fputs("<span class=\"name\">", out);
	markup_text(out, v->name);
	fputs("</span><span class=\"found\">", out);
	put_found(out, v, c);
	fputs("</span><span class=\"want\">", out);
	markup_text(out, v->expected);
	fputs("</span>", out);
	put_bar(out, v, c);
	fputs("</summary>", out);
	if (*v->why) {
		fputs("<p class=\"why\">", out);
		markup_text(out, v->why);
		fputs("</p>", out);
	}
	put_details(out, r, v, c, &n);
	fputs("</details>\n", out);
}

void html_checks(FILE *out, const struct record *r, int phase)
{
	for (size_t i = 0; i < r->n_verdicts; i++)
		if (r->verdicts[i].check >= 0 && r->verdicts[i].phase == phase)
			put_check(out, r, &r->verdicts[i]);
}

/* How often a check of the harness passed, counted where it stands first; 0 elsewhere. */
static size_t passed_times(const struct record *r, size_t at)
{
	size_t n = 0;

	for (size_t i = 0; i < r->n_verdicts; i++) {
		const struct check_verdict *v = &r->verdicts[i];

		if (v->check >= 0 || v->verdict != V_PASS || !str_eq(v->name, r->verdicts[at].name))
			continue;
		if (i < at)
			return 0;
		n++;
	}
	return n;
}

void html_harness_checks(FILE *out, const struct record *r)
{
	bool any = false;

	for (size_t i = 0; i < r->n_verdicts; i++)
		if (r->verdicts[i].check < 0 && !verdict_routine(r, &r->verdicts[i]))
			put_check(out, r, &r->verdicts[i]);
	for (size_t i = 0; i < r->n_verdicts; i++) {
		size_t n = 0;

		if (verdict_routine(r, &r->verdicts[i]))
			n = passed_times(r, i);
		if (!n)
			continue;
		fputs(any ? "<li>" : "<ul class=\"chips\"><li>", out);
		any = true;
		markup_text(out, r->verdicts[i].name);
		if (n > 1)
			fprintf(out, " <small>×%zu</small>", n);
		fputs("</li>", out);
	}
	fputs(any ? "</ul>\n" : "", out);
}
