/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A comparison as JSON; within a version keys are only added. */
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "base/cleanup.h"
#include "compare/inside.h"
#include "record/json_fields.h"
#include "report/text_out.h"

static void put_text(FILE *f, const char *text)
{
	if (text)
		json_put_text(f, text, strlen(text));
	else
		fputs("null", f);
}

static void put_number(FILE *f, double v)
{
	if (isfinite(v))
		fprintf(f, "%.12g", v);
	else
		fputs("null", f);
}

static void put_sides(FILE *f, const struct comparison *c)
{
	fputs("  \"sides\": [", f);
	for (size_t s = 0; s < c->n_sides; s++) {
		fputs(s ? ", {\"name\": " : "{\"name\": ", f);
		put_text(f, c->names[s]);
		fprintf(f, ", \"runs\": %zu}", c->n_runs[s]);
	}
	fputs("],\n  \"facts\": [", f);
	for (size_t i = 0; i < c->n_facts; i++) {
		fputs(i ? ",\n    {\"name\": " : "\n    {\"name\": ", f);
		put_text(f, c->facts[i].name);
		fputs(", \"values\": [", f);
		for (size_t s = 0; s < c->n_sides; s++) {
			fputs(s ? ", " : "", f);
			put_text(f, c->facts[i].value[s]);
		}
		fputs("]}", f);
	}
	fputs("],\n", f);
}

static void put_trials(FILE *f, const struct comparison *c)
{
	fputs("  \"trials\": [", f);
	for (size_t i = 0; i < c->n_trials; i++) {
		fputs(i ? ",\n    {\"name\": " : "\n    {\"name\": ", f);
		put_text(f, c->trials[i].name);
		fputs(", \"verdicts\": [", f);
		for (size_t s = 0; s < c->n_sides; s++) {
			fputs(s ? ", {" : "{", f);
			for (int v = 0; v < V_MAX; v++)
				fprintf(f, "%s\"%s\": %zu", v ? ", " : "", verdict_words[v],
					c->trials[i].verdicts[s][v]);
			fputs("}", f);
		}
		fputs("]}", f);
	}
	fputs("],\n", f);
}

static void put_checks(FILE *f, const struct comparison *c)
{
	fputs("  \"checks\": [", f);
	for (size_t i = 0; i < c->n_checks; i++) {
		const struct check_change *k = &c->checks[i];

		fprintf(f, "%s\n    {\"side\": %zu, \"trial\": ", i ? "," : "", k->side);
		put_text(f, c->trials[k->trial].name);
		fputs(", \"phase\": ", f);
		put_text(f, k->phase_name);
		fputs(", \"name\": ", f);
		put_text(f, k->name);
		fprintf(f, ", \"from\": \"%s\", \"to\": \"%s\", \"why\": ", verdict_words[k->from],
			verdict_words[k->to]);
		put_text(f, k->why);
		fputs("}", f);
	}
	fputs("],\n", f);
}

static void put_finding(FILE *f, const struct comparison *c, const struct finding *x)
{
	static const char *const worse[] = {"none", "up", "down"};
	const struct series *s = &c->series[x->series];
	bool rank = x->method == METHOD_RANK;
	bool margin = x->method == METHOD_RANGE || x->method == METHOD_BUDGET;
	const struct {
		const char *key;
		double value;
	} numbers[] = {
		{"a", x->a},
		{"b", x->b},
		{"shift", x->shift},
		{"percent", x->percent},
		{"cliff", x->cliff},
		{"p", rank ? x->p : NAN},
		{"p_holm", rank ? x->p_holm : NAN},
		{"margin", margin ? x->margin : NAN},
		{"drift", x->drift},
	};

	fprintf(f, "{\"side\": %zu, \"trial\": ", x->side);
	put_text(f, c->trials[s->trial].name);
	fputs(", \"phase\": ", f);
	put_text(f, s->phase_name);
	fputs(", \"metric\": ", f);
	put_text(f, s->metric);
	fprintf(f, ", \"form\": \"%s\", \"unit\": \"%s\", \"method\": \"%s\", \"runs\": [%zu, %zu]",
		form_words[s->form], unit_name(s->unit), method_words[x->method], s->side[0].n,
		s->side[x->side].n);
	for (size_t i = 0; i < ARRAY_SIZE(numbers); i++) {
		fprintf(f, ", \"%s\": ", numbers[i].key);
		put_number(f, numbers[i].value);
	}
	fprintf(f, ", \"worse_when\": \"%s\", \"moved\": %s, \"drifts\": %s, \"worse\": %s}",
		worse[s->worse], x->moved ? "true" : "false", x->drifts ? "true" : "false",
		x->worse ? "true" : "false");
}

int compare_json(const struct comparison *c, FILE *f, struct err *err)
{
	fputs("{\n  \"schema\": \"memtrial-compare\",\n  \"version\": 1,\n", f);
	fprintf(f, "  \"level\": %g,\n", COMPARE_LEVEL);
	put_sides(f, c);
	put_trials(f, c);
	put_checks(f, c);
	fprintf(f,
		"  \"tests\": %zu, \"constant\": %zu, \"moved\": %zu, \"worse\": %zu, "
		"\"drifting\": %zu,\n"
		"  \"verdicts_changed\": %zu, \"verdicts_worse\": %zu,\n  \"numbers\": [",
		c->n_tests, c->n_constant, c->moved, c->worse, c->drifting, c->verdicts_changed,
		c->verdicts_worse);
	for (size_t i = 0; i < c->n_findings; i++) {
		fputs(i ? ",\n    " : "\n    ", f);
		put_finding(f, c, &c->findings[i]);
	}
	fputs("]\n}\n", f);
	return report_flush(f, err);
}
