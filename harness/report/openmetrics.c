/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * OpenMetrics text 1.0 of the verdicts, for the textfile collector of node_exporter.
 * That one reads the older Prometheus text format and refuses time stamps, quotes escaped in HELP
 * and the types that are new in OpenMetrics; so all are gauges, which mean the same in both. Series
 * of a family stand together, each with other labels than the rest.
 */
#include <inttypes.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/words.h"
#include "report/formats.h"
#include "report/markup.h"
#include "report/parts.h"
#include "report/text_parts.h"

struct place {
	FILE *out;
	const struct run *run;
	size_t trial;
	const struct record *r;
	const char *family;
};

/* An empty label is one that is not there. */
static void put_label(const struct place *p, const char *name, const char *value)
{
	if (!value || !*value)
		return;
	fprintf(p->out, ",%s=", name);
	markup_label(p->out, value);
}

/* Up to the labels that a caller adds; it goes on with "} VALUE\n". */
static void put_series(const struct place *p)
{
	int number = trial_number(p->run, p->trial);

	fprintf(p->out, "memtrial_%s{trial=", p->family);
	markup_label(p->out, p->r->spec.name);
	if (number > 1)
		fprintf(p->out, ",again=\"%d\"", number);
}

static void put_seconds(const struct place *p, int64_t ns)
{
	put_series(p);
	fprintf(p->out, "} %.9f\n", (double)ns / NSEC_PER_SEC);
}

static void put_info(const struct place *p)
{
	static const char *const facts[] = {"kernel", "arch", "cpus", "memory", "swap",
					    "cgroup", "lru",  "thp",  "psi"};
	char seed[24];

	put_series(p);
	put_label(p, "tool", p->run->tool);
	snprintf(seed, sizeof(seed), "%" PRIu64, p->r->seed);
	put_label(p, "seed", seed);
	for (size_t i = 0; i < ARRAY_SIZE(facts); i++)
		put_label(p, facts[i], record_fact(p->r, facts[i]));
	fputs("} 1\n", p->out);
}

/* All four, so that a query for FAIL finds 0 and not nothing. */
static void put_verdict(const struct place *p)
{
	for (int v = 0; v < V_MAX; v++) {
		put_series(p);
		put_label(p, "verdict", verdict_words[v]);
		fprintf(p->out, "} %d\n", (int)p->r->verdict == v);
	}
}

static void put_checks(const struct place *p)
{
	size_t n[V_MAX] = {0};

	for (size_t i = 0; i < p->r->n_verdicts; i++)
		n[p->r->verdicts[i].verdict]++;
	for (int v = 0; v < V_MAX; v++) {
		put_series(p);
		put_label(p, "verdict", verdict_words[v]);
		fprintf(p->out, "} %zu\n", n[v]);
	}
}

static void put_start(const struct place *p)
{
	if (p->r->started_unix_ns > 0)
		put_seconds(p, p->r->started_unix_ns);
}

static void put_duration(const struct place *p)
{
	put_seconds(p, p->r->duration_ns);
}

static void put_check(const struct place *p, size_t i)
{
	char title[2 * METRIC_NAME_MAX + 16];

	put_series(p);
	put_label(p, "check", verdict_title(title, sizeof(title), p->r, i));
}

static bool is_judged(const struct check_verdict *v)
{
	return v->verdict == V_PASS || v->verdict == V_FAIL;
}

static void put_passed(const struct place *p)
{
	for (size_t i = 0; i < p->r->n_verdicts; i++) {
		if (!is_judged(&p->r->verdicts[i]))
			continue;
		put_check(p, i);
		fprintf(p->out, "} %d\n", p->r->verdicts[i].verdict == V_PASS);
	}
}

/* Base units, as OpenMetrics wants them. */
static const struct {
	const char *name;
	int64_t per_one; /* kept as so many of one */
} units[UNIT_MAX] = {
	[UNIT_COUNT] = {"count", 1},
	[UNIT_BYTES] = {"bytes", 1},
	[UNIT_PAGES] = {"pages", 1},
	[UNIT_DUR] = {"seconds", NSEC_PER_SEC},
	[UNIT_PERCENT] = {"ratio", 100 * 1000},
	[UNIT_BPS] = {"bytes_per_second", 1},
	[UNIT_PER_SEC] = {"per_second", 1000},
};

static void put_number(FILE *out, int64_t v, int64_t per_one)
{
	if (v == VALUE_ABSENT || v == VALUE_MAX)
		fputs(v == VALUE_MAX ? "+Inf\n" : "-Inf\n", out);
	else if (per_one == 1)
		fprintf(out, "%" PRId64 "\n", v);
	else
		fprintf(out, "%.9f\n", (double)v / (double)per_one);
}

/* A number of each check that has them: what was found, or an end of what was accepted. */
static void put_numbers(const struct place *p, size_t offset)
{
	for (size_t i = 0; i < p->r->n_verdicts; i++) {
		const struct check_verdict *v = &p->r->verdicts[i];
		const struct check *c = verdict_check(p->r, v);

		if (!c || !units[c->metric.unit].name || !is_judged(v) ||
		    v->compared == VALUE_ABSENT)
			continue;
		put_check(p, i);
		put_label(p, "unit", units[c->metric.unit].name);
		fputs("} ", p->out);
		put_number(p->out, *(const int64_t *)((const char *)v + offset),
			   units[c->metric.unit].per_one);
	}
}

static void put_value(const struct place *p)
{
	put_numbers(p, offsetof(struct check_verdict, compared));
}

static void put_low(const struct place *p)
{
	put_numbers(p, offsetof(struct check_verdict, low));
}

static void put_high(const struct place *p)
{
	put_numbers(p, offsetof(struct check_verdict, high));
}

static const struct {
	const char *name, *unit, *help;
	void (*put)(const struct place *p);
} families[] = {
	{"trial_info", NULL, "The program and the machine of a trial.", put_info},
	{"trial_verdict", NULL, "1 for the verdict of a trial, 0 for the other three.",
	 put_verdict},
	{"trial_start_time_seconds", "seconds", "When a trial began, in Unix time.", put_start},
	{"trial_duration_seconds", "seconds", "How long a trial took.", put_duration},
	{"trial_checks", NULL, "Checks of a trial by their verdict.", put_checks},
	{"check_passed", NULL, "1 for a check that passed, 0 for one that failed.", put_passed},
	{"check_value", NULL, "What a check found: a value, or the change that it is about.",
	 put_value},
	{"check_accepted_low", NULL, "The least that a check accepts, tolerance included.",
	 put_low},
	{"check_accepted_high", NULL, "The most that a check accepts, tolerance included.",
	 put_high},
};

static int openmetrics_end(const struct run *run, FILE *out, const struct report_options *o,
			   struct err *err)
{
	int r = 0;

	(void)o;
	for (size_t i = 0; i < ARRAY_SIZE(families) && r == 0; i++) {
		const char *name = families[i].name;

		fprintf(out, "# TYPE memtrial_%s gauge\n", name);
		if (families[i].unit)
			fprintf(out, "# UNIT memtrial_%s %s\n", name, families[i].unit);
		fprintf(out, "# HELP memtrial_%s %s\n", name, families[i].help);
		for (size_t k = 0; k < run->n_trials; k++) {
			const struct place p = {out, run, k, run->trials[k], name};

			families[i].put(&p);
		}
		r = report_flush(out, err);
	}
	if (r < 0)
		return r;
	fputs("# EOF\n", out);
	return report_flush(out, err);
}

const struct report_format report_openmetrics = {
	.name = "openmetrics",
	.help = "verdicts and numbers for Prometheus: the textfile collector of node_exporter",
	.end = openmetrics_end,
};
