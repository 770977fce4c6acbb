/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * JUnit XML, the form that CI systems read (tests/golden/report/junit.xsd): a testsuite for each
 * trial; in it a testcase "trial" for its being carried out, which has its time, and one for each
 * check. FAIL is a failure, BROKEN an error, SKIP skipped. Written at the end, as the totals stand
 * in front.
 */
#include <inttypes.h>
#include <string.h>
#include <time.h>

#include "base/cleanup.h"
#include "base/words.h"
#include "report/formats.h"
#include "report/markup.h"
#include "report/parts.h"
#include "report/text_parts.h"

struct counts {
	size_t of[V_MAX];
	int64_t ns;
};

/* What the testcase "trial" says. A check that failed speaks for itself; why a trial could not be
 * carried out is told nowhere else. */
static enum verdict own_verdict(const struct record *r)
{
	if (r->verdict != V_FAIL)
		return r->verdict;
	for (size_t i = 0; i < r->n_verdicts; i++)
		if (r->verdicts[i].verdict == V_FAIL)
			return V_PASS;
	return V_FAIL;
}

static void count(struct counts *c, const struct record *r)
{
	c->of[own_verdict(r)]++;
	for (size_t i = 0; i < r->n_verdicts; i++)
		c->of[r->verdicts[i].verdict]++;
	c->ns += r->duration_ns;
}

static void put_counts(FILE *out, const struct counts *c, bool skipped)
{
	fprintf(out, " tests=\"%zu\" failures=\"%zu\" errors=\"%zu\"",
		c->of[V_PASS] + c->of[V_FAIL] + c->of[V_BROKEN] + c->of[V_SKIP], c->of[V_FAIL],
		c->of[V_BROKEN]);
	if (skipped)
		fprintf(out, " skipped=\"%zu\"", c->of[V_SKIP]);
	fprintf(out, " time=\"%.3f\"", (double)c->ns / NSEC_PER_SEC);
}

static void put_attribute(FILE *out, const char *name, const char *value)
{
	fprintf(out, " %s=\"", name);
	markup_value(out, value);
	putc('"', out);
}

static void put_property(FILE *out, const char *name, const char *value)
{
	if (!value || !*value)
		return;
	fputs("      <property", out);
	put_attribute(out, "name", name);
	put_attribute(out, "value", value);
	fputs("/>\n", out);
}

static void put_properties(FILE *out, const struct run *run, const struct record *r)
{
	char seed[24], cgroup[24], cpus[24];

	snprintf(seed, sizeof(seed), "%" PRIu64, r->seed);
	snprintf(cgroup, sizeof(cgroup), "v%d", r->cgroup_version);
	fputs("    <properties>\n", out);
	put_property(out, "tool", run->tool);
	put_property(out, "command", run->command);
	put_property(out, "profile", r->spec.profile);
	put_property(out, "summary", r->spec.summary);
	put_property(out, "source", r->spec.source);
	put_property(out, "seed", r->seed ? seed : NULL);
	/* A record from a machine without these facts still tells them by its own fields. */
	if (!record_fact(r, "cgroup"))
		put_property(out, "cgroup", r->cgroup_version ? cgroup : NULL);
	if (!record_fact(r, "cpus") && r->cpus) {
		snprintf(cpus, sizeof(cpus), "%d", r->cpus);
		put_property(out, "cpus", cpus);
	}
	for (size_t i = 0; i < r->n_facts; i++)
		put_property(out, r->facts[i].name, r->facts[i].value);
	fputs("    </properties>\n", out);
}

/* "reclaim/hot-set" is the class hot-set of the package reclaim, as CI systems show a tree. */
static void put_classname(FILE *out, const struct record *r)
{
	fputs(" classname=\"memtrial.", out);
	for (const char *s = r->spec.name, *end; *s; s = end + (*end == '/')) {
		char part[256];

		end = strchrnul(s, '/');
		snprintf(part, sizeof(part), "%.*s%s", (int)(end - s), s, *end ? "." : "");
		markup_value(out, part);
	}
	putc('"', out);
}

static void put_case(FILE *out, const struct record *r, const char *name, int64_t ns)
{
	fputs("    <testcase", out);
	put_attribute(out, "name", name);
	put_classname(out, r);
	fprintf(out, " time=\"%.3f\">\n", (double)ns / NSEC_PER_SEC);
}

static void put_result(FILE *out, enum verdict verdict, const char *why, const char *type)
{
	static const char *const elements[V_MAX] = {
		[V_PASS] = NULL, [V_FAIL] = "failure", [V_BROKEN] = "error", [V_SKIP] = "skipped"};
	const char *element = elements[verdict];

	if (!element)
		return;
	if (!*why)
		why = verdict_words[verdict];
	fprintf(out, "      <%s", element);
	put_attribute(out, "message", why);
	if (verdict != V_SKIP)
		put_attribute(out, "type", type);
	fputs(">", out);
	markup_text(out, why);
	fprintf(out, "</%s>\n", element);
}

static void put_line(FILE *out, const char *what, const char *text)
{
	if (*text)
		markup_printf(out, "%s: %s\n", what, text);
}

static void put_tolerance(FILE *out, const struct verdict_numbers *n)
{
	markup_printf(out, "tolerance: %s", n->tolerance);
	for (int i = 0; i < n->n_terms; i++)
		markup_printf(out, " %s %s", i ? "+" : "=", n->terms[i]);
	putc('\n', out);
}

static void put_check_out(FILE *out, const struct record *r, const struct check_verdict *v)
{
	const struct check *c = verdict_check(r, v);
	struct verdict_numbers n;

	verdict_numbers(&n, r, v);
	fputs("      <system-out>", out);
	put_line(out, "verdict", verdict_words[v->verdict]);
	put_line(out, "expected", v->expected);
	put_line(out, "actual", n.actual);
	put_line(out, "accepted", n.accepted);
	if (*n.tolerance)
		put_tolerance(out, &n);
	put_line(out, "why", v->why);
	if (c && c->line > 0 && r->spec.profile)
		markup_printf(out, "at %s:%d:%d: %s: %s\n", r->spec.profile, c->line, c->col,
			      c->metric.name, c->text);
	fputs("</system-out>\n", out);
}

static void put_cases(FILE *out, const struct record *r)
{
	char name[2 * METRIC_NAME_MAX + 16];

	put_case(out, r, "trial", r->duration_ns);
	put_result(out, own_verdict(r), record_why(r), "trial");
	fputs("    </testcase>\n", out);
	for (size_t i = 0; i < r->n_verdicts; i++) {
		const struct check_verdict *v = &r->verdicts[i];
		const struct check *c = verdict_check(r, v);

		verdict_title(name, sizeof(name), r, i);
		put_case(out, r, name, 0);
		put_result(out, v->verdict, v->why, c ? c->metric.name : v->name);
		put_check_out(out, r, v);
		fputs("    </testcase>\n", out);
	}
}

/* What happened, to be read beside a failure: phases, OOM kills, the kernel's log, a dead guest's
 * console. */
static void put_events(FILE *out, const struct record *r)
{
	if (!r->n_events)
		return;
	fputs("    <system-out>", out);
	for (size_t i = 0; i < r->n_events; i++)
		markup_printf(out, "%9.3fs %-9s %s\n", (double)r->events[i].t_ns / NSEC_PER_SEC,
			      event_words[r->events[i].kind], r->events[i].text);
	fputs("</system-out>\n", out);
}

static void put_suite(FILE *out, const struct run *run, size_t id)
{
	const struct record *r = run->trials[id];
	time_t at = (time_t)(r->started_unix_ns / NSEC_PER_SEC);
	char timestamp[32] = "1970-01-01T00:00:00";
	struct counts c = {0};
	struct tm tm;

	count(&c, r);
	if (gmtime_r(&at, &tm))
		strftime(timestamp, sizeof(timestamp), "%Y-%m-%dT%H:%M:%S", &tm);
	fprintf(out, "  <testsuite id=\"%zu\"", id);
	put_attribute(out, "name", r->spec.name);
	put_counts(out, &c, true);
	fprintf(out, " timestamp=\"%s\">\n", timestamp);
	put_properties(out, run, r);
	put_cases(out, r);
	put_events(out, r);
	fputs("  </testsuite>\n", out);
}

static int junit_end(const struct run *run, FILE *out, const struct report_options *o,
		     struct err *err)
{
	struct counts c = {0};

	(void)o;
	for (size_t i = 0; i < run->n_trials; i++)
		count(&c, run->trials[i]);
	fputs("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"memtrial\"", out);
	put_counts(out, &c, false);
	fputs(">\n", out);
	for (size_t i = 0; i < run->n_trials; i++)
		put_suite(out, run, i);
	fputs("</testsuites>\n", out);
	return report_flush(out, err);
}

const struct report_format report_junit = {
	.name = "junit",
	.help = "JUnit XML, which CI systems show as a table of tests",
	.end = junit_end,
};
