/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A fault that was armed must have happened. One that did not is BROKEN, whatever else was found:
 * the trial says what the kernel does under a fault, and there was none, so neither a PASS nor a
 * FAIL would be about the claim. It is no FAIL, as a kernel may rightly never reach the place.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/words.h"
#include "judge/value.h"
#include "judge/verdict.h"

#define PREFIX "faults."
#define SUFFIX ".injected"

/* The kind in "faults.<kind>.injected"; false for any other column. */
static bool kind_of(const char *column, char *ret, size_t size)
{
	size_t len = strlen(column), out = strlen(PREFIX), end = strlen(SUFFIX);

	if (!str_starts(column, PREFIX) || len <= out + end ||
	    !str_eq(column + len - end, SUFFIX) || len - out - end >= size)
		return false;
	snprintf(ret, size, "%.*s", (int)(len - out - end), column + out);
	return true;
}

static int64_t number(const struct record *r, const char *kind, const char *what)
{
	char name[METRIC_NAME_MAX];
	int64_t v;

	snprintf(name, sizeof(name), PREFIX "%s.%s", kind, what);
	v = record_value(r, last_reading(r), name);
	return v == VALUE_ABSENT ? 0 : v;
}

static void judge_kind(struct judging *j, const char *kind)
{
	int64_t armed = number(j->r, kind, "armed"), idle = number(j->r, kind, "idle");
	int64_t injected = number(j->r, kind, "injected");
	struct check_verdict *v;

	if (!armed)
		return; /* the trial never came to it */
	v = verdict_add(j, "faults injected", CHECK_TRIAL);
	v->value = v->compared = injected;
	v->low = 1;
	snprintf(v->expected, sizeof(v->expected), "%s injects each time it is armed", kind);
	if (!idle)
		verdict_set(j, v, V_PASS, RANK_PASS, "%s", "");
	else if (idle == armed)
		verdict_set(j, v, V_BROKEN, RANK_BROKEN,
			    "%s injected 0 faults: what the trial says would happen under it did "
			    "not take place (armed %" PRId64 " times)",
			    kind, armed);
	else
		verdict_set(j, v, V_BROKEN, RANK_BROKEN,
			    "%s injected 0 faults in %" PRId64 " of the %" PRId64
			    " times it was armed, %" PRId64 " in all",
			    kind, idle, armed, injected);
}

void judge_faults(struct judging *j)
{
	char kind[64];

	if (!last_reading(j->r))
		return;
	for (size_t i = 0; i < j->r->n_columns; i++)
		if (kind_of(j->r->columns[i].name, kind, sizeof(kind)))
			judge_kind(j, kind);
}
