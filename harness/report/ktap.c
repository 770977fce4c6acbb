/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * KTAP version 1 (Documentation/dev-tools/ktap.rst): a test for each trial with a subtest for each
 * check. BROKEN is "not ok" with the directive ERROR, as we could not carry it out.
 */
#include <string.h>

#include "base/cleanup.h"
#include "report/formats.h"
#include "report/text_parts.h"

/* A description holds no "#" and no newline; nor does the rest of a line hold control characters.
 */
static void put_clean(FILE *out, const char *text, bool name)
{
	for (; *text; text++) {
		unsigned char c = (unsigned char)*text;

		putc(c < 0x20 || c == 0x7f ? ' ' : name && c == '#' ? '=' : c, out);
	}
}

static void put_comment(FILE *out, const char *indent, const char *text)
{
	fprintf(out, "%s# ", indent);
	put_clean(out, text, false);
	putc('\n', out);
}

static void put_result(FILE *out, const char *indent, enum verdict verdict, size_t number,
		       const char *where, const char *name, const char *why)
{
	static const char *const directives[V_MAX] = {
		[V_PASS] = NULL, [V_FAIL] = NULL, [V_BROKEN] = "ERROR", [V_SKIP] = "SKIP"};
	bool ok = verdict == V_PASS || verdict == V_SKIP;

	fprintf(out, "%s%s %zu ", indent, ok ? "ok" : "not ok", number);
	put_clean(out, where, true);
	put_clean(out, name, true);
	if (directives[verdict]) {
		fprintf(out, " # %s ", directives[verdict]);
		put_clean(out, *why ? why : verdict_words[verdict], false);
	}
	putc('\n', out);
}

/* "fill: " in front of a metric: the same one is checked in several phases. */
static void where_of(const struct record *r, int phase, char *buf, size_t size)
{
	if (phase >= 0 && (size_t)phase < r->spec.n_phases)
		snprintf(buf, size, "%s: ", r->spec.phases[phase].name);
	else
		snprintf(buf, size, "%s", phase == CHECK_ALWAYS ? "always: " : "");
}

static void put_numbers(FILE *out, const char *indent, const struct check_verdict *v,
			const struct check *c)
{
	enum unit unit = c ? c->metric.unit : UNIT_COUNT;
	bool delta = c && c->delta, number = c && unit != UNIT_TEXT;
	char a[QUANTITY_MAX], b[QUANTITY_MAX];

	if (*v->expected) {
		fprintf(out, "%s# expected: ", indent);
		put_clean(out, v->expected, false);
		putc('\n', out);
	}
	if (v->word) {
		fprintf(out, "%s# actual: ", indent);
		put_clean(out, v->word, false);
		putc('\n', out);
	} else if (number && v->compared != VALUE_ABSENT) {
		fprintf(out, "%s# actual: %s", indent, verdict_number(a, v->compared, unit, delta));
		if (delta)
			fprintf(out, " (%s -> %s)", quantity_format(a, v->base, unit),
				quantity_format(b, v->value, unit));
		putc('\n', out);
	}
	if (!number || (v->verdict != V_PASS && v->verdict != V_FAIL))
		return;
	fprintf(out, "%s# accepted: %s .. %s\n", indent,
		v->low == VALUE_ABSENT ? "" : verdict_number(a, v->low, unit, delta),
		v->high == VALUE_MAX ? "" : verdict_number(b, v->high, unit, delta));
	fprintf(out, "%s# tolerance: %s", indent, quantity_format(a, v->tolerance, unit));
	for (int i = 0; i < v->n_terms && i < BUDGET_TERMS; i++) {
		fprintf(out, " %s %s ", i ? "+" : "=", quantity_format(a, v->terms[i].size, unit));
		put_clean(out, v->terms[i].what, false);
	}
	putc('\n', out);
}

static void put_check(FILE *out, const struct record *r, size_t i)
{
	const struct check_verdict *v = &r->verdicts[i];
	bool known = v->check >= 0 && (size_t)v->check < r->spec.n_checks;
	char where[METRIC_NAME_MAX];

	where_of(r, v->phase, where, sizeof(where));
	put_numbers(out, "  ", v, known ? &r->spec.checks[v->check] : NULL);
	if (v->verdict != V_PASS && *v->why)
		put_comment(out, "  ", v->why);
	put_result(out, "  ", v->verdict, i + 1, where, v->name, v->why);
}

static int ktap_begin(const struct run *run, FILE *out, const struct report_options *o,
		      struct err *err)
{
	size_t n = MAX(run->n_planned, run->n_trials);

	(void)o;
	fputs("KTAP version 1\n", out);
	if (n) /* "cases where the number of tests is not known in advance": then there is no plan
		*/
		fprintf(out, "1..%zu\n", n);
	return report_flush(out, err);
}

static int ktap_trial(const struct run *run, size_t trial, FILE *out,
		      const struct report_options *o, struct err *err)
{
	const struct record *r = run->trials[trial];
	const char *why = *r->verdict_why ? r->verdict_why : r->reason;

	(void)o;
	if (r->n_verdicts) {
		fprintf(out, "  KTAP version 1\n  1..%zu\n", r->n_verdicts);
		for (size_t i = 0; i < r->n_verdicts; i++)
			put_check(out, r, i);
	}
	if (r->verdict == V_FAIL && *why)
		put_comment(out, "", why);
	put_result(out, "", r->verdict, trial + 1, "", r->spec.name, why);
	return report_flush(out, err);
}

const struct report_format report_ktap = {
	.name = "ktap",
	.help = "KTAP version 1, as the kernel's own tests speak",
	.begin = ktap_begin,
	.trial = ktap_trial,
};
