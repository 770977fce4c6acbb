/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "report/parts.h"

#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/words.h"

const struct check *verdict_check(const struct record *r, const struct check_verdict *v)
{
	return v->check >= 0 && (size_t)v->check < r->spec.n_checks ? &r->spec.checks[v->check]
								    : NULL;
}

bool verdict_routine(const struct record *r, const struct check_verdict *v)
{
	return v->check < 0 && v->verdict == V_PASS && r->spec.n_phases;
}

char *verdict_where(char *buf, size_t size, const struct record *r, const struct check_verdict *v)
{
	if (v->phase >= 0 && (size_t)v->phase < r->spec.n_phases)
		snprintf(buf, size, "%s: ", r->spec.phases[v->phase].name);
	else
		snprintf(buf, size, "%s", v->phase == CHECK_ALWAYS ? "always: " : "");
	return buf;
}

char *verdict_title(char *buf, size_t size, const struct record *r, size_t i)
{
	const struct check_verdict *v = &r->verdicts[i];
	char where[METRIC_NAME_MAX], other[METRIC_NAME_MAX];
	int same = 1;

	verdict_where(where, sizeof(where), r, v);
	for (size_t k = 0; k < i; k++)
		same += str_eq(r->verdicts[k].name, v->name) &&
			str_eq(verdict_where(other, sizeof(other), r, &r->verdicts[k]), where);
	if (same > 1)
		snprintf(buf, size, "%s%s (%d)", where, v->name, same);
	else
		snprintf(buf, size, "%s%s", where, v->name);
	return buf;
}

int trial_number(const struct run *run, size_t trial)
{
	int same = 1;

	for (size_t k = 0; k < trial; k++)
		same += str_eq(run->trials[k]->spec.name, run->trials[trial]->spec.name);
	return same;
}

char *verdict_number(char buf[QUANTITY_MAX], int64_t value, enum unit unit, bool delta)
{
	return delta ? quantity_format_signed(buf, value, unit) : quantity_format(buf, value, unit);
}

static void say_actual(struct verdict_numbers *n, const struct check_verdict *v, enum unit unit,
		       bool delta)
{
	char a[QUANTITY_MAX], b[QUANTITY_MAX], c[QUANTITY_MAX];

	verdict_number(a, v->compared, unit, delta);
	if (delta)
		snprintf(n->actual, sizeof(n->actual), "%s (%s -> %s)", a,
			 quantity_format(b, v->base, unit), quantity_format(c, v->value, unit));
	else
		snprintf(n->actual, sizeof(n->actual), "%s", a);
}

static void say_accepted(struct verdict_numbers *n, const struct check_verdict *v, enum unit unit,
			 bool delta)
{
	char a[QUANTITY_MAX], b[QUANTITY_MAX];

	snprintf(n->accepted, sizeof(n->accepted), "%s .. %s",
		 v->low == VALUE_ABSENT ? "" : verdict_number(a, v->low, unit, delta),
		 v->high == VALUE_MAX ? "" : verdict_number(b, v->high, unit, delta));
	quantity_format(n->tolerance, v->tolerance, unit);
	for (int i = 0; i < v->n_terms && i < BUDGET_TERMS; i++)
		snprintf(n->terms[n->n_terms++], sizeof(n->terms[0]), "%s %s",
			 quantity_format(a, v->terms[i].size, unit), v->terms[i].what);
}

void verdict_numbers(struct verdict_numbers *n, const struct record *r,
		     const struct check_verdict *v)
{
	const struct check *c = verdict_check(r, v);
	enum unit unit = c ? c->metric.unit : UNIT_COUNT;
	bool delta = c && c->delta, number = c && unit != UNIT_TEXT;

	*n = (struct verdict_numbers){0};
	if (v->word)
		snprintf(n->actual, sizeof(n->actual), "%s", v->word);
	else if (number && v->compared != VALUE_ABSENT)
		say_actual(n, v, unit, delta);
	if (number && (v->verdict == V_PASS || v->verdict == V_FAIL))
		say_accepted(n, v, unit, delta);
}

const char *record_fact(const struct record *r, const char *name)
{
	for (size_t i = 0; i < r->n_facts; i++)
		if (str_eq(r->facts[i].name, name))
			return r->facts[i].value;
	return NULL;
}

const char *record_why(const struct record *r)
{
	return *r->verdict_why ? r->verdict_why : r->reason;
}

const char *below_trial(const struct record *r, const char *path)
{
	const char *at = *r->id ? strstr(path, r->id) : NULL;

	if (!at)
		return path;
	at += strlen(r->id);
	return *at == '/' ? at + 1 : *at ? path : "the trial's group";
}

bool worker_ended_badly(const struct worker_result *w)
{
	return w->outcome == OUTCOME_CRASHED || w->outcome == OUTCOME_ERROR ||
	       w->outcome == OUTCOME_CORRUPT || w->corrupt > 0;
}

char *took_text(char buf[QUANTITY_MAX], int64_t ns)
{
	int64_t unit = 1;

	while (ns / unit >= 1000)
		unit *= 10;
	return quantity_format(buf, (ns + unit / 2) / unit * unit, UNIT_DUR);
}

char *settled_text(char *buf, size_t size, const struct reading *rd)
{
	static const char *const words[] = {"stock", "rstat", "percpu", "lru",
					    "slab",  "still", "calm"};
	size_t len = 0;

	*buf = '\0';
	for (size_t i = 0; i < ARRAY_SIZE(words) && len < size; i++)
		if (rd->settled & 1u << i)
			len += (size_t)snprintf(buf + len, size - len, "%s%s", len ? ", " : "",
						words[i]);
	return buf;
}
