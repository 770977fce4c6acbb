/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One trial of the page: claim, timeline, checks by phase, evidence, and the data of the timeline.
 */
#include <inttypes.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/words.h"
#include "report/html_parts.h"
#include "report/markup.h"
#include "report/parts.h"
#include "report/text_parts.h"

/* A page of one long trial stays below 3 MB, one of a whole suite is not much larger. */
#define BUDGET_ALL   ((size_t)2300 * 1024)
#define BUDGET_LEAST ((size_t)64 * 1024)

static void put_head(FILE *out, const struct record *r)
{
	struct check_counts c = count_checks(r);
	char buf[QUANTITY_MAX];

	fputs("<summary>", out);
	html_verdict(out, r->verdict);
	fputs("<h2>", out);
	markup_text(out, r->spec.name);
	fputs("</h2><span class=\"claim\">", out);
	markup_text(out, r->spec.summary);
	fputs("</span><span class=\"num\">", out);
	if (c.judged)
		fprintf(out, "%zu/%zu checks", c.passed, c.judged);
	if (r->duration_ns > 0)
		fprintf(out, ", %s", took_text(buf, r->duration_ns));
	fputs("</span></summary>\n", out);
}

static void put_claim(FILE *out, const struct record *r)
{
	const char *why = record_why(r);

	if (r->verdict != V_PASS && *why) {
		fprintf(out, "<p class=\"callout %s\">", verdict_words[r->verdict]);
		markup_text(out, why);
		fputs("</p>", out);
	}
	if (r->spec.why && *r->spec.why) {
		fputs("<p class=\"note\">What a FAIL means: ", out);
		markup_text(out, r->spec.why);
		fputs("</p>", out);
	}
	fputs("<p class=\"note\">", out);
	if (r->spec.source) {
		fputs("Source: <cite>", out);
		markup_text(out, r->spec.source);
		fputs("</cite>. ", out);
	}
	if (r->spec.profile) {
		fputs("Profile: <code>", out);
		markup_text(out, r->spec.profile);
		fputs("</code>", out);
	}
	for (size_t i = 0; i < r->spec.n_tags; i++) {
		fputs(" <span class=\"tag\">", out);
		markup_text(out, r->spec.tags[i]);
		fputs("</span>", out);
	}
	fputs("</p>\n", out);
}

static bool has_checks(const struct record *r, int phase)
{
	for (size_t i = 0; i < r->n_verdicts; i++)
		if (r->verdicts[i].check >= 0 && r->verdicts[i].phase == phase)
			return true;
	return false;
}

static void put_phase_head(FILE *out, const struct record *r, int phase)
{
	const struct reading *rd = record_reading(r, phase);
	char text[80], buf[QUANTITY_MAX];

	fputs("<h4>", out);
	markup_text(out, r->spec.phases[phase].name);
	fputs("</h4><p class=\"action\">", out);
	markup_text(out, r->spec.phases[phase].action_text);
	for (size_t i = 0; i < r->n_untils; i++)
		if (r->untils[i].phase == phase)
			markup_printf(out, "; %s after %s", r->untils[i].met ? "met" : "not met",
				      took_text(buf, r->untils[i].took_ns));
	if (rd && rd->settled)
		markup_printf(out, "; settled in %s: %s", took_text(buf, rd->settle_ns),
			      settled_text(text, sizeof(text), rd));
	fputs("</p>\n", out);
}

static void put_checks(FILE *out, const struct record *r)
{
	if (!r->n_verdicts)
		return;
	fputs("<section class=\"checks\"><h3>Checks</h3> <span class=\"key\"><i></i>accepted "
	      "<i class=\"expected\"></i>expected <i class=\"mark\"></i>found</span>\n",
	      out);
	if (has_checks(r, CHECK_ALWAYS)) {
		fputs("<h4>always</h4><p class=\"action\">at every sample</p>\n", out);
		html_checks(out, r, CHECK_ALWAYS);
	}
	for (int i = 0; i < (int)r->spec.n_phases; i++) {
		if (!record_reading(r, i) && !has_checks(r, i))
			continue;
		put_phase_head(out, r, i);
		html_checks(out, r, i);
	}
	if (has_checks(r, CHECK_TRIAL)) {
		fputs("<h4>over the whole trial</h4>\n", out);
		html_checks(out, r, CHECK_TRIAL);
	}
	fputs("<h4>checked in every trial</h4>\n", out);
	html_harness_checks(out, r);
	fputs("</section>\n", out);
}

static void put_phases(FILE *out, const struct record *r)
{
	const char *sep = "";

	fputs("\"phases\":[", out);
	for (size_t i = 0; i < r->n_events; i++) {
		const struct event *e = &r->events[i];

		if (e->kind != EV_PHASE)
			continue;
		fprintf(out, "%s{\"t\":%" PRId64 ",\"name\":", sep, usec_of(e->t_ns));
		markup_json(out, e->phase >= 0 && (size_t)e->phase < r->spec.n_phases
					 ? r->spec.phases[e->phase].name
					 : e->text);
		putc('}', out);
		sep = ",";
	}
	fputs("],", out);
}

static void put_events(FILE *out, const struct record *r)
{
	fputs("\"events\":[", out);
	for (size_t i = 0; i < r->n_events; i++) {
		const struct event *e = &r->events[i];

		fprintf(out,
			"%s{\"t\":%" PRId64 ",\"kind\":\"%s\",\"bad\":%s,\"text\":", i ? "," : "",
			usec_of(e->t_ns), event_words[e->kind], e->bad ? "true" : "false");
		markup_json(out, e->text);
		putc('}', out);
	}
	fputs("],", out);
}

static bool is_limit(const struct spec_knob *knob)
{
	return knob->value != VALUE_MAX &&
	       (str_eq(knob->name, "memory.max") || str_eq(knob->name, "memory.high"));
}

static void put_limits(FILE *out, const struct record *r)
{
	const char *sep = "";

	fputs("\"limits\":[", out);
	for (size_t i = 0; i < r->spec.n_groups; i++)
		for (size_t k = 0; k < r->spec.groups[i].n_knobs; k++) {
			const struct spec_knob *knob = &r->spec.groups[i].knobs[k];

			if (!is_limit(knob))
				continue;
			fprintf(out, "%s{\"group\":", sep);
			markup_json(out, r->spec.groups[i].path);
			fprintf(out, ",\"knob\":\"%s\",\"bytes\":%" PRId64 "}", knob->name,
				knob->value);
			sep = ",";
		}
	fputs("],", out);
}

static bool is_slab(const struct column *c)
{
	const char *dot = strrchr(c->name, '.');

	return !c->sampled && str_starts(c->name, "slab.") && dot && str_eq(dot, ".utilisation");
}

/* Slab caches are read at the end of each phase only, unless a check wants every sample. */
static void put_slabs(FILE *out, const struct record *r)
{
	const char *sep = "";

	fputs("\"slabs\":[", out);
	for (size_t c = 0; c < r->n_columns; c++) {
		const char *comma = "";

		if (!is_slab(&r->columns[c]))
			continue;
		fprintf(out, "%s{\"name\":", sep);
		sep = ",";
		markup_json(out, r->columns[c].name);
		fputs(",\"at\":[", out);
		for (size_t i = 0; i < r->n_readings; i++) {
			const struct reading *rd = &r->readings[i];

			if (!rd->done || !rd->values || rd->values[c] == VALUE_ABSENT)
				continue;
			fprintf(out, "%s[%" PRId64 ",%" PRId64 "]", comma, usec_of(rd->t_ns),
				rd->values[c]);
			comma = ",";
		}
		fputs("]}", out);
	}
	fputs("],", out);
}

static void put_data(FILE *out, const struct run *run, const struct record *r)
{
	const struct reading *base = record_reading(r, -1);

	fprintf(out,
		"<script type=\"application/json\" class=\"data\">{\"duration\":%" PRId64
		",\"baseline\":%" PRId64 ",",
		usec_of(r->duration_ns), base ? usec_of(base->t_ns) : -1);
	put_phases(out, r);
	put_events(out, r);
	put_limits(out, r);
	put_slabs(out, r);
	html_series(out, r, MAX(BUDGET_ALL / run->n_trials, BUDGET_LEAST));
	fputs("}</script>\n", out);
}

static bool is_open(const struct run *run, const struct record *r)
{
	return run->n_trials <= 2 || r->verdict == V_FAIL || r->verdict == V_BROKEN;
}

void html_trial(FILE *out, const struct run *run, size_t trial)
{
	const struct record *r = run->trials[trial];

	fprintf(out, "<details class=\"trial\" id=\"trial-%zu\" data-verdict=\"%s\"%s>", trial + 1,
		verdict_words[r->verdict], is_open(run, r) ? " open" : "");
	put_head(out, r);
	put_claim(out, r);
	if (r->n_samples)
		fputs("<section class=\"timeline\"><h3>Timeline</h3><noscript>The timeline needs "
		      "the page's script.</noscript><div class=\"charts\"></div></section>\n",
		      out);
	put_checks(out, r);
	html_evidence(out, r, trial);
	if (r->n_samples)
		put_data(out, run, r);
	fputs("</details>\n", out);
}
