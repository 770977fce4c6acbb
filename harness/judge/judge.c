/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "judge/judge.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "judge/verdict.h"

struct check_verdict *verdict_add(struct judging *j, const char *name, int phase)
{
	struct record *r = j->r;
	struct check_verdict *v = arena_push(&r->arena, r->verdicts, r->n_verdicts);

	v->check = -1;
	v->phase = phase;
	v->verdict = V_SKIP;
	v->base = v->value = v->compared = VALUE_ABSENT;
	v->low = INT64_MIN;
	v->high = VALUE_MAX;
	snprintf(v->name, sizeof(v->name), "%s", name);
	return v;
}

void verdict_set(struct judging *j, struct check_verdict *v, enum verdict verdict, enum rank rank,
		 const char *fmt, ...)
{
	va_list ap;

	v->verdict = verdict;
	va_start(ap, fmt);
	vsnprintf(v->why, sizeof(v->why), fmt, ap);
	va_end(ap);
	if (rank > j->best) {
		j->best = rank;
		j->decides = (size_t)(v - j->r->verdicts);
	}
}

static const enum verdict verdict_of_rank[] = {
	[RANK_NONE] = V_SKIP,		[RANK_PASS] = V_PASS, [RANK_FAIL_GLOBAL] = V_FAIL,
	[RANK_BROKEN_CHECK] = V_BROKEN, [RANK_FAIL] = V_FAIL, [RANK_BROKEN] = V_BROKEN,
	[RANK_FAIL_KERNEL] = V_FAIL,
};

static void decide(struct record *r, enum verdict verdict, const char *why)
{
	r->verdict = verdict;
	snprintf(r->verdict_why, sizeof(r->verdict_why), "%s", why);
}

/* The reason of a trial whose every check of its own was skipped; what all trials show is no claim.
 */
static const char *all_skipped(const struct record *r)
{
	const char *why = NULL;

	for (size_t i = 0; i < r->n_verdicts; i++) {
		if (r->verdicts[i].check < 0)
			continue;
		if (r->verdicts[i].verdict != V_SKIP)
			return NULL;
		if (!why)
			why = r->verdicts[i].why;
	}
	return why;
}

/*
 * A trial that could not be carried out is BROKEN (or SKIP) for the reason it gives, unless a FAIL
 * of higher rank was seen before it ended. An interrupted one may FAIL, but never PASS.
 */
static void conclude(const struct judging *j)
{
	struct record *r = j->r;
	const char *skipped = all_skipped(r);
	size_t held = 0;
	char passed[64];

	if (r->fate == V_SKIP) {
		decide(r, V_SKIP, r->reason);
	} else if (r->fate == V_BROKEN && j->best < RANK_FAIL_KERNEL) {
		decide(r, V_BROKEN, r->reason[0] ? r->reason : "the trial was not carried out");
	} else if (r->interrupted && j->best < RANK_FAIL) {
		decide(r, V_BROKEN, "the trial was interrupted before its end");
	} else if (j->best <= RANK_PASS && skipped) {
		decide(r, V_SKIP, skipped);
	} else if (j->best <= RANK_PASS) {
		for (size_t i = 0; i < r->n_verdicts; i++)
			held += r->verdicts[i].verdict == V_PASS;
		snprintf(passed, sizeof(passed), "%zu checks held", held);
		decide(r, verdict_of_rank[j->best], passed);
	} else {
		decide(r, verdict_of_rank[j->best], r->verdicts[j->decides].why);
	}
}

/* What every trial that ran must show. */
static void judge_every_trial(struct judging *j)
{
	judge_untils(j);
	judge_faults(j);
	judge_kernel_log(j);
	judge_corruption(j);
	judge_ends(j);
	judge_oom(j);
	judge_machine(j);
	judge_limits(j);
	judge_cross(j);
	judge_cross_machine(j);
}

void judge_record(struct record *record)
{
	struct judging j = {.r = record};

	record->verdicts = NULL;
	record->n_verdicts = 0;
	for (size_t i = 0; i < record->spec.n_checks; i++)
		judge_check(&j, i);
	if (record->fate != V_SKIP)
		judge_every_trial(&j);
	conclude(&j);
}
