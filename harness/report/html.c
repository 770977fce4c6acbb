/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One page that needs nothing else: no network (its content security policy forbids it), style and
 * script from embed/, the samples packed inside. Charts are SVG that the script draws: they follow
 * the theme and print as lines, which a canvas does not.
 */
#include <string.h>
#include <time.h>

#include "base/cleanup.h"
#include "base/words.h"
#include "report/formats.h"
#include "report/html_parts.h"
#include "report/markup.h"
#include "report/parts.h"
#include "report/text_parts.h"

extern const char embed_page_css[], embed_chart_js[], embed_page_js[];

static const char *const verdict_names[V_MAX] = {"passed", "failed", "broken", "skipped"};

static void put_title(FILE *out, const struct run *run)
{
	fprintf(out, "memtrial: %s", verdict_words[run_verdict(run)]);
	if (run->n_trials == 1)
		markup_printf(out, ", %s", run->trials[0]->spec.name);
	else
		fprintf(out, ", %zu trials", run->n_trials);
}

static void put_head(FILE *out, const struct run *run)
{
	/* The icon is there so that a browser does not ask a server for one. */
	fputs("<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n"
	      "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
	      "style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:; "
	      "base-uri 'none'; form-action 'none'\">\n"
	      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
	      "<meta name=\"color-scheme\" content=\"light dark\">\n"
	      "<link rel=\"icon\" href=\"data:,\">\n<title>",
	      out);
	put_title(out, run);
	fprintf(out, "</title>\n<style>\n%s</style></head>\n<body>\n", embed_page_css);
	fputs("<a class=\"skip\" href=\"#trials\">To the trials</a>\n", out);
}

/* Of a machine's memory nobody wants the last page. */
static char *rounded(char buf[QUANTITY_MAX], int64_t bytes)
{
	int64_t unit = bytes >= 10 * GIB ? GIB / 4 : bytes >= GIB ? GIB / 32 : MIB;

	return quantity_format(buf, (bytes + unit / 2) / unit * unit, UNIT_BYTES);
}

static void put_machine(FILE *out, const struct record *r)
{
	static const struct {
		const char *fact, *name;
		enum unit unit;
	} facts[] = {
		{"kernel", "Linux ", UNIT_TEXT},   {"arch", "", UNIT_TEXT},
		{"memory", "memory ", UNIT_BYTES}, {"swap", "swap ", UNIT_BYTES},
		{"cgroup", "cgroup ", UNIT_TEXT},  {"lru", "LRU ", UNIT_TEXT},
		{"thp", "THP ", UNIT_TEXT},
	};
	char buf[QUANTITY_MAX];

	fputs("<ul class=\"chips\">", out);
	for (size_t i = 0; i < ARRAY_SIZE(facts); i++) {
		const char *value = record_fact(r, facts[i].fact);

		if (!value)
			continue;
		if (facts[i].unit == UNIT_BYTES)
			value = rounded(buf, strtoll(value, NULL, 10));
		fputs("<li>", out);
		markup_printf(out, "%s%s", facts[i].name, value);
		fputs("</li>", out);
	}
	if (r->cpus > 0)
		fprintf(out, "<li>%d %s</li>", r->cpus, r->cpus == 1 ? "CPU" : "CPUs");
	fputs("</ul>\n", out);
}

static void put_when(FILE *out, const struct run *run)
{
	time_t at = (time_t)(run->trials[0]->started_unix_ns / NSEC_PER_SEC);
	char buf[QUANTITY_MAX], text[40];
	int64_t ns = 0;
	struct tm tm;

	for (size_t i = 0; i < run->n_trials; i++)
		ns += run->trials[i]->duration_ns;
	fputs("<p class=\"note\">", out);
	if (at > 0 && gmtime_r(&at, &tm) && strftime(text, sizeof(text), "%Y-%m-%d %H:%M UTC", &tm))
		fprintf(out, "%s, ", text);
	fprintf(out, "%s in all, ", took_text(buf, ns));
	markup_text(out, run->tool);
	fputs("</p>\n", out);
}

static void put_totals(FILE *out, const struct run *run)
{
	size_t n[V_MAX] = {0};

	for (size_t i = 0; i < run->n_trials; i++)
		n[run->trials[i]->verdict]++;
	fputs("<p class=\"totals\">", out);
	for (size_t i = 0; i < V_MAX; i++)
		if (n[i])
			fprintf(out, "<span class=\"total %s\"><b>%zu</b> %s</span> ",
				verdict_words[i], n[i], verdict_names[i]);
	fputs("</p>", out);
}

static void put_header(FILE *out, const struct run *run)
{
	fputs("<header><div class=\"top\"><h1>", out);
	html_verdict(out, run_verdict(run));
	fprintf(out, " %zu %s</h1>", run->n_trials, run->n_trials == 1 ? "trial" : "trials");
	put_totals(out, run);
	fputs("<div class=\"tools\"><button type=\"button\" id=\"fold\">Open all</button>"
	      "<button type=\"button\" id=\"theme\">Theme: auto</button></div></div>\n",
	      out);
	if (run->n_trials) {
		put_when(out, run);
		put_machine(out, run->trials[0]);
	}
	if (run->command && *run->command) {
		fputs("<p class=\"again\">Run again: <code>", out);
		markup_text(out, run->command);
		fputs("</code></p>\n", out);
	}
	fputs("</header>\n", out);
}

static void put_row(FILE *out, const struct record *r, size_t i)
{
	struct check_counts c = count_checks(r);
	char buf[QUANTITY_MAX];

	fputs("<tr><td>", out);
	html_verdict(out, r->verdict);
	fprintf(out, "</td><th scope=\"row\"><a href=\"#trial-%zu\">", i + 1);
	markup_text(out, r->spec.name);
	fputs("</a></th><td class=\"num\">", out);
	if (c.judged)
		fprintf(out, "%zu/%zu", c.passed, c.judged);
	fprintf(out, "</td><td class=\"num\">%s</td><td>",
		r->duration_ns > 0 ? took_text(buf, r->duration_ns) : "");
	markup_text(out, r->verdict == V_PASS ? r->spec.summary : record_why(r));
	fputs("</td></tr>\n", out);
}

static void put_summary(FILE *out, const struct run *run)
{
	if (run->n_trials < 2)
		return;
	fputs("<nav aria-label=\"Trials\" class=\"scroll\"><table class=\"summary\"><thead><tr>"
	      "<th scope=\"col\">verdict</th><th scope=\"col\">trial</th>"
	      "<th scope=\"col\" class=\"num\">checks</th><th scope=\"col\" class=\"num\">time</th>"
	      "<th scope=\"col\">claim, or why not</th></tr></thead><tbody>\n",
	      out);
	for (size_t i = 0; i < run->n_trials; i++)
		put_row(out, run->trials[i], i);
	fputs("</tbody></table></nav>\n", out);
}

/* Flushed part by part: an output that is full is noticed while its reason is still known. */
static int html_end(const struct run *run, FILE *out, const struct report_options *o,
		    struct err *err)
{
	int r;

	(void)o;
	put_head(out, run);
	put_header(out, run);
	put_summary(out, run);
	fputs("<main id=\"trials\" tabindex=\"-1\">\n", out);
	r = report_flush(out, err);
	for (size_t i = 0; i < run->n_trials && r == 0; i++) {
		html_trial(out, run, i);
		r = report_flush(out, err);
	}
	if (r < 0)
		return r;
	fprintf(out, "</main>\n<script>\n%s%s</script>\n</body></html>\n", embed_chart_js,
		embed_page_js);
	return report_flush(out, err);
}

const struct report_format report_html = {
	.name = "html",
	.help = "one page for a browser: checks, timeline, events; needs no network",
	.end = html_end,
};
