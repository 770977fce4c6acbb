/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The report for people: a trial with its phases and their checks. */
#include <string.h>

#include "base/cleanup.h"
#include "base/words.h"
#include "report/parts.h"
#include "report/text_parts.h"

static bool has_verdicts(const struct record *r, int phase)
{
	for (size_t i = 0; i < r->n_verdicts; i++)
		if (r->verdicts[i].check >= 0 && r->verdicts[i].phase == phase)
			return true;
	return false;
}

static bool has_failed(const struct record *r, int phase)
{
	for (size_t i = 0; i < r->n_verdicts; i++)
		if (r->verdicts[i].check >= 0 && r->verdicts[i].phase == phase &&
		    r->verdicts[i].verdict == V_FAIL)
			return true;
	return false;
}

static void put_header(struct text_out *o, const struct record *r)
{
	char buf[QUANTITY_MAX];

	out_put(o, STYLE_BOLD, "%s", r->spec.name);
	out_put(o, STYLE_PLAIN, "  ");
	out_put(o, verdict_style(r->verdict), "%s", verdict_words[r->verdict]);
	if (r->duration_ns > 0)
		out_put(o, STYLE_DIM, "  %s", took_text(buf, r->duration_ns));
	out_line(o, 2);
	if (r->spec.summary)
		out_words(o, STYLE_DIM, "%s", r->spec.summary);
	out_line(o, 2);
	if (r->verdict != V_PASS && *r->verdict_why)
		out_words(o, STYLE_BOLD, "%s", r->verdict_why);
	else if (r->verdict != V_PASS && *r->reason)
		out_words(o, STYLE_BOLD, "%s", r->reason);
	out_line(o, 2);
	if (r->verdict == V_FAIL && r->spec.why)
		out_words(o, STYLE_PLAIN, "%s", r->spec.why);
	out_line(o, 0);
}

/* What was settled before the reading, and what could not be. */
static void put_settled(struct text_out *o, const struct reading *rd)
{
	char text[80], buf[QUANTITY_MAX];

	if (!rd || !rd->settled)
		return;
	settled_text(text, sizeof(text), rd);
	out_part(o, STYLE_DIM, "; ", "settled in %s: %s", took_text(buf, rd->settle_ns), text);
}

static void put_untils(struct text_out *o, const struct record *r, int phase)
{
	char buf[QUANTITY_MAX];
	bool said;

	for (size_t i = 0; i < r->n_untils; i++) {
		const struct until_result *u = &r->untils[i];

		if (u->phase != phase)
			continue;
		/* The phase's own words say mostly what was waited for. */
		said = r->spec.phases[phase].action_text &&
		       strstr(r->spec.phases[phase].action_text, u->text);
		if (!said)
			out_part(o, STYLE_DIM, "; ", "until %s", u->text);
		out_part(o, u->met ? STYLE_DIM : STYLE_RED, said ? "; " : ": ", "%s after %s",
			 u->met ? "met" : "not met", took_text(buf, u->took_ns));
	}
}

/* What faults came to; that they were armed say the phase's own words. */
static void put_faults(struct text_out *o, const struct record *r, int phase)
{
	for (size_t i = 0; i < r->n_events; i++) {
		const struct event *e = &r->events[i];

		if (e->kind == EV_FAULT && e->phase == phase && strstr(e->text, " injected "))
			out_part(o, STYLE_DIM, "; ", "%s", e->text);
	}
}

static void put_phase_head(struct text_out *o, const struct record *r, int phase)
{
	const struct spec_phase *p = &r->spec.phases[phase];

	out_line(o, 2);
	out_put(o, STYLE_PLAIN, "phase ");
	out_put(o, STYLE_BOLD, "%s", p->name);
	o->indent = 4;
	if (p->action_text && *p->action_text)
		out_part(o, STYLE_DIM, ": ", "%s", p->action_text);
	put_untils(o, r, phase);
	put_faults(o, r, phase);
	put_settled(o, record_reading(r, phase));
}

static void put_checks(struct text_out *o, const struct record *r, int phase,
		       const struct check_columns *columns)
{
	for (size_t i = 0; i < r->n_verdicts; i++)
		if (r->verdicts[i].check >= 0 && r->verdicts[i].phase == phase)
			text_check(o, r, &r->verdicts[i], columns);
	if (has_failed(r, phase))
		text_evidence(o, r, phase);
}

static bool passed_as(const struct check_verdict *v, const char *name)
{
	return v->check < 0 && v->verdict == V_PASS && str_eq(v->name, name);
}

/* One that was made in several phases is named once, with its number. */
static void put_harness_name(struct text_out *o, const struct record *r, size_t at)
{
	const char *name = r->verdicts[at].name;
	size_t n = 0;

	if (!passed_as(&r->verdicts[at], name))
		return;
	for (size_t i = 0; i < at; i++)
		if (passed_as(&r->verdicts[i], name))
			return;
	for (size_t i = at; i < r->n_verdicts; i++)
		n += passed_as(&r->verdicts[i], name);
	if (n > 1)
		out_part(o, STYLE_DIM, ", ", "%s (%zu times)", name, n);
	else
		out_part(o, STYLE_DIM, ", ", "%s", name);
}

/* Those that passed in one line: they are the same in every trial. */
static void put_harness(struct text_out *o, const struct record *r,
			const struct check_columns *columns)
{
	size_t passed = 0, failed = 0, all = 0;

	for (size_t i = 0; i < r->n_verdicts; i++) {
		if (r->verdicts[i].check >= 0)
			continue;
		all++;
		passed += verdict_routine(r, &r->verdicts[i]);
		failed += r->verdicts[i].verdict == V_FAIL;
	}
	if (!all)
		return;
	out_line(o, 2);
	out_put(o, STYLE_PLAIN, "%s",
		r->spec.n_phases ? "checked in every trial" : "from round to round");
	for (size_t i = 0; i < r->n_verdicts; i++)
		if (r->verdicts[i].check < 0 && !verdict_routine(r, &r->verdicts[i]))
			text_check(o, r, &r->verdicts[i], columns);
	if (failed)
		text_evidence(o, r, -1);
	if (!passed)
		return;
	out_line(o, 4);
	out_put(o, verdict_style(V_PASS), "%s", verdict_words[V_PASS]);
	out_to(o, 12);
	o->indent = 12;
	for (size_t i = 0; i < r->n_verdicts; i++)
		put_harness_name(o, r, i);
}

static void put_section(struct text_out *o, const struct record *r, int phase, const char *title,
			const struct check_columns *columns)
{
	if (!has_verdicts(r, phase))
		return;
	out_line(o, 2);
	out_put(o, STYLE_PLAIN, "%s", title);
	put_checks(o, r, phase, columns);
}

static int text_trial(const struct run *run, size_t trial, FILE *out,
		      const struct report_options *options, struct err *err)
{
	const struct record *r = run->trials[trial];
	struct check_columns columns;
	struct text_out o;

	if (options->quiet)
		return 0;
	out_init(&o, out, options);
	text_check_measure(&columns, r);
	put_header(&o, r);
	/* Nothing was tried: the reason above is the reason of every check. */
	if (r->fate == V_SKIP && !options->verbose) {
		out_gap(&o);
		return report_flush(out, err);
	}
	put_section(&o, r, CHECK_ALWAYS, "always, at every sample", &columns);
	for (int i = 0; i < (int)r->spec.n_phases; i++) {
		if (!record_reading(r, i) && !has_verdicts(r, i))
			continue;
		put_phase_head(&o, r, i);
		put_checks(&o, r, i, &columns);
	}
	put_section(&o, r, CHECK_TRIAL, "over the whole trial", &columns);
	if (r->n_verdicts && r->verdict != V_SKIP)
		put_harness(&o, r, &columns);
	if (r->verdict == V_BROKEN && r->n_events)
		text_evidence(&o, r, -1);
	if (r->verdict == V_FAIL || r->verdict == V_BROKEN)
		text_ends(&o, r);
	out_gap(&o);
	return report_flush(out, err);
}

static int text_end(const struct run *run, FILE *out, const struct report_options *o,
		    struct err *err)
{
	text_summary(run, out, o);
	return report_flush(out, err);
}

const struct report_format report_text = {
	.name = "text",
	.help = "for people: every check with its numbers, then a table of verdicts",
	.trial = text_trial,
	.end = text_end,
};
