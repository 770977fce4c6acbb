/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * KTAP version 1 (Documentation/dev-tools/ktap.rst): a test for each trial with a subtest for each
 * check. BROKEN is "not ok" with the directive ERROR, as we could not carry it out.
 */
#include "base/cleanup.h"
#include "report/formats.h"
#include "report/parts.h"
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

static void put_named(FILE *out, const char *name, const char *text)
{
	fprintf(out, "  # %s: ", name);
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

static void put_numbers(FILE *out, const struct record *r, const struct check_verdict *v)
{
	struct verdict_numbers n;

	verdict_numbers(&n, r, v);
	if (*v->expected)
		put_named(out, "expected", v->expected);
	if (*n.actual)
		put_named(out, "actual", n.actual);
	if (!*n.accepted)
		return;
	put_named(out, "accepted", n.accepted);
	fprintf(out, "  # tolerance: %s", n.tolerance);
	for (int i = 0; i < n.n_terms; i++) {
		fprintf(out, " %s ", i ? "+" : "=");
		put_clean(out, n.terms[i], false);
	}
	putc('\n', out);
}

static void put_check(FILE *out, const struct record *r, size_t i)
{
	const struct check_verdict *v = &r->verdicts[i];
	char where[METRIC_NAME_MAX];

	verdict_where(where, sizeof(where), r, v);
	put_numbers(out, r, v);
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
	const char *why = record_why(r);

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
