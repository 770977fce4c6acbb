/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One check of the spec: which numbers it means, what they may be, what they were. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/words.h"
#include "judge/budget.h"
#include "judge/value.h"
#include "judge/verdict.h"

/* Below this movement of others no FAIL becomes a BROKEN: a machine is never quite still. */
#define OTHERS_MIN (8 * MIB)

/* A check on its way to a verdict. */
/* How much missing page cache DAMON may explain, and how much that came back. */
#define DAMON_MOST (8 * MIB)
#define DAMON_BACK (1 * MIB)

struct trying {
	struct judging *j;
	const struct record *r;
	const struct check *c;
	struct check_verdict *v;
	const struct reading *rd, *base; /* base NULL: nothing before matters */
	struct reading sample;		 /* always: stands for the sample with the extreme */
	int64_t others;			 /* most that others moved, for the BROKEN rule */
	char when[48];			 /* always: ", at 3.2s" */
};

static bool is_text(const struct check *c)
{
	return c->kind == C_WORD || c->kind == C_NOT_WORD;
}

static bool needs_base(const struct check *c)
{
	return !is_text(c) && (c->delta || value_is_ratio(&c->metric));
}

/* Tolerance and the accepted range. C_NOT has none: only its own slack counts, see is_met(). */
static void set_range(struct trying *t)
{
	const struct check *c = t->c;
	struct budget b = {0};

	budget_add(&b, c->slack, "declared");
	if (c->kind != C_NOT)
		budget_compute(&b, t->r, &c->metric, t->rd, t->base);
	memcpy(t->v->terms, b.terms, sizeof(b.terms));
	t->v->n_terms = b.n;
	t->v->tolerance = b.sum;
	t->v->low = INT64_MIN;
	t->v->high = VALUE_MAX;
	if (c->kind == C_EQUAL || c->kind == C_AT_LEAST || c->kind == C_RANGE)
		t->v->low = value_plus(c->a, -b.low);
	if (c->kind == C_EQUAL || c->kind == C_AT_MOST)
		t->v->high = value_plus(c->a, b.high);
	if (c->kind == C_RANGE)
		t->v->high = value_plus(c->b, b.high);
}

static bool is_met(const struct check *c, const struct check_verdict *v)
{
	if (c->kind == C_NOT)
		return v->compared < value_plus(c->a, -c->slack) ||
		       v->compared > value_plus(c->a, c->slack);
	return v->compared >= v->low && v->compared <= v->high;
}

static int64_t largest_expected(const struct check *c)
{
	int64_t a = c->a == VALUE_MAX ? 0 : llabs(c->a);

	return c->kind == C_RANGE && c->b != VALUE_MAX ? MAX(a, llabs(c->b)) : a;
}

static bool others_moved_much(const struct trying *t)
{
	return t->others >
	       MAX(value_from_bytes(t->r, &t->c->metric, OTHERS_MIN), largest_expected(t->c) / 4);
}

/*
 * A number of the whole machine that failed while others moved it a lot: memcg's counts of them are
 * no exact twin of the global ones (kernel threads, pages charged to nobody), so nothing is proven.
 */
static bool others_explain(const struct trying *t)
{
	if (!t->c->delta || !(t->c->metric.flags & MF_GLOBAL))
		return false;
	/* Others can only have added to a count of events that none of theirs were taken out of. */
	if ((t->c->metric.flags & MF_COUNTER) && !t->v->others && t->v->compared < t->v->low)
		return false;
	/* Of samples it is not known whether others were quiet. */
	return others_moved_much(t) ||
	       (t->rd && t->rd->phase != CHECK_ALWAYS && !(t->rd->settled & SETTLED_CALM));
}

/*
 * Page cache that is gone although nobody asked: where DAMON pages out cold memory that is what it
 * is there for, and no counter tells its work from the kernel's: the check is skipped. Only for a
 * little (256 KiB to 4 MiB were seen to go): more is a word against the kernel. What it took of
 * others' (a program's text, blocks of a file system) is charged to the group of whoever needs it
 * again: 80 KiB of such were seen.
 */
static bool damon_explains(const struct trying *t)
{
	const char *damon = fact_value(t->r, "damon");
	const struct metric *m = &t->c->metric;
	bool cache = strstr(m->key, "file") || str_eq(m->key, "memory.current") ||
		     str_eq(m->key, "Cached") || strstr(m->key, "resident") ||
		     str_eq(m->name, "free.buff_cache");

	if (!damon || str_eq(damon, "none") || !cache || t->v->compared <= 0)
		return false;
	if (t->v->compared < t->v->low)
		return t->v->low - t->v->compared <= value_from_bytes(t->r, m, DAMON_MOST);
	return t->v->compared - t->v->high <= value_from_bytes(t->r, m, DAMON_BACK);
}

static void set_failed(struct trying *t)
{
	bool global = t->c->metric.flags & MF_GLOBAL;
	char why[400], moved[QUANTITY_MAX];
	const char *slab = "", *of_profile = t->r->spec.why;

	explain_miss(why, sizeof(why), t->c, t->v, t->when);
	if (others_explain(t)) {
		verdict_set(t->j, t->v, V_BROKEN, RANK_BROKEN_CHECK,
			    "%s; but others outside the trial moved %s meanwhile%s, so this says "
			    "nothing: run it on a quieter machine",
			    why, quantity_format(moved, t->others, t->c->metric.unit),
			    others_moved_much(t) ? "" : " and never came to rest");
		return;
	}
	if (damon_explains(t)) {
		verdict_set(t->j, t->v, V_SKIP, RANK_NONE,
			    "%s; but DAMON pages out cold memory on this machine (%s), so this "
			    "says nothing",
			    why, fact_value(t->r, "damon"));
		return;
	}
	if ((t->c->metric.flags & MF_SLAB_RCU) && !(t->rd->settled & SETTLED_SLAB))
		slab = " (slab had not come to rest when it was read)";
	verdict_set(t->j, t->v, V_FAIL, global ? RANK_FAIL_GLOBAL : RANK_FAIL, "%s%s%s%s", why,
		    slab, of_profile && of_profile[0] ? ". " : "", of_profile ? of_profile : "");
}

/*
 * True when a change was asked for, and none at all would pass too, by measurement error alone: a
 * check that cannot fail proves nothing.
 */
static bool is_blind(const struct trying *t)
{
	const struct check *c = t->c;
	struct check_verdict declared = {.low = INT64_MIN, .high = VALUE_MAX, .compared = 0};

	if (!c->delta || !(c->metric.flags & MF_GLOBAL) || c->kind == C_NOT)
		return false;
	if (t->v->low != INT64_MIN)
		declared.low = value_plus(c->a, -c->slack);
	if (t->v->high != VALUE_MAX)
		declared.high = value_plus(c->kind == C_RANGE ? c->b : c->a, c->slack);
	return !is_met(c, &declared) && t->v->low <= 0 && t->v->high >= 0;
}

static void decide(struct trying *t)
{
	char n[QUANTITY_MAX];

	set_range(t);
	if (is_met(t->c, t->v) && is_blind(t))
		verdict_set(
			t->j, t->v, V_BROKEN, RANK_BROKEN_CHECK,
			"the machine is too noisy for %s: with %s of tolerance no change at all "
			"would pass as %s; run it on a quieter machine",
			t->c->metric.name, quantity_format(n, t->v->tolerance, t->c->metric.unit),
			t->v->expected);
	else if (is_met(t->c, t->v))
		verdict_set(t->j, t->v, V_PASS, RANK_PASS, "%s", "");
	else
		set_failed(t);
}

/*
 * A number that is not there. Where the kernel has no such line it is a SKIP; an OOM kill that did
 * not happen is what a check of it wants to know; a worker's number is ours to give.
 */
static void set_absent(struct trying *t)
{
	const struct metric *m = &t->c->metric;
	char why[400];

	explain_absent(why, sizeof(why), t->r, m);
	if (m->origin == MO_OOM && record_value(t->r, t->rd, "oom.kills") != VALUE_ABSENT)
		verdict_set(t->j, t->v, V_FAIL, RANK_FAIL, "%s, expected %s", why, t->v->expected);
	else if (m->origin == MO_WORKER)
		verdict_set(t->j, t->v, V_BROKEN, RANK_BROKEN, "%s: %s", m->name, why);
	else
		verdict_set(t->j, t->v, V_SKIP, RANK_NONE, "%s", why);
}

static bool until_missed(const struct record *r)
{
	for (size_t i = 0; i < r->n_untils; i++)
		if (!r->untils[i].met)
			return true;
	return false;
}

/* The missed until, or the fate of the trial, has the verdict; without a reason it is ours to find
 * one. */
static void set_not_reached(struct trying *t, int phase)
{
	bool known = t->r->fate != V_PASS || t->r->interrupted || until_missed(t->r);
	char why[400];

	explain_not_reached(why, sizeof(why), t->r, phase);
	verdict_set(t->j, t->v, known ? V_SKIP : V_BROKEN, known ? RANK_NONE : RANK_BROKEN_CHECK,
		    "%s", why);
}

/* The first worker of a stressor that says why it ended so; "" when none does. */
static char *why_ended(char *buf, size_t size, const struct record *r, int stressor,
		       const char *word)
{
	bool corrupt = str_eq(word, outcome_words[OUTCOME_CORRUPT]);

	buf[0] = '\0';
	for (size_t i = 0; i < r->n_workers && !buf[0]; i++) {
		const struct worker_result *w = &r->workers[i];

		if (w->stressor == stressor && corrupt && w->corrupt > 0)
			explain_corruption(buf, size, w);
		else if (w->stressor == stressor && !corrupt)
			snprintf(buf, size, "%s", w->error_text);
	}
	return buf;
}

static void decide_word(struct trying *t, const char *word)
{
	const char *why = t->r->spec.why;
	char error[400] = "";

	t->v->word = word;
	if (str_eq(word, t->c->word) == (t->c->kind == C_WORD)) {
		verdict_set(t->j, t->v, V_PASS, RANK_PASS, "%s", "");
		return;
	}
	if (t->c->metric.origin == MO_WORKER)
		why_ended(error, sizeof(error), t->r, t->c->metric.object, word);
	/* A worker that dies by a fault of its own is no word against the kernel. */
	bool ours = str_eq(word, outcome_words[OUTCOME_CRASHED]);

	verdict_set(t->j, t->v, ours ? V_BROKEN : V_FAIL, ours ? RANK_BROKEN : RANK_FAIL,
		    "%s is %s%s, expected %s%s%s%s%s", t->c->metric.name, word, t->when,
		    t->v->expected, error[0] ? ": " : "", error, why && why[0] ? ". " : "",
		    why && why[0] ? why : "");
}

static void judge_word(struct trying *t)
{
	const char *word = record_word(t->r, t->v->value);

	if (word)
		decide_word(t, word);
	else
		set_absent(t);
}

static void judge_number(struct trying *t)
{
	const struct check *c = t->c;

	t->v->compared =
		needs_base(c) ? value_change(t->r, &c->metric, t->base, t->rd) : t->v->value;
	if (t->v->compared == VALUE_ABSENT) {
		set_absent(t);
		return;
	}
	if (c->delta && !value_is_ratio(&c->metric)) {
		t->v->others = value_others(t->r, &c->metric, t->base, t->rd);
		t->v->gone = value_gone(t->r, &c->metric, t->base, t->rd);
		t->v->lists = value_lists(t->r, &c->metric, t->base, t->rd);
		t->v->compared =
			value_plus(t->v->compared, t->v->gone - t->v->others - t->v->lists);
		t->others = MAX(llabs(t->v->others), value_moved(t->r, &c->metric, t->base, t->rd));
		t->others =
			MAX(t->others, value_others_somewhere(t->r, &c->metric, t->base, t->rd));
	}
	decide(t);
}

static void judge_phase(struct trying *t)
{
	const struct check *c = t->c;

	t->rd = c->phase == CHECK_TRIAL ? last_reading(t->r) : record_reading(t->r, c->phase);
	t->base = needs_base(c) ? record_reading(t->r, c->since) : NULL;
	if (!t->rd || (needs_base(c) && !t->base)) {
		set_not_reached(t, t->rd ? c->since : c->phase);
		return;
	}
	t->v->value = value_at(t->r, &c->metric, t->rd);
	if (t->base)
		t->v->base = value_at(t->r, &c->metric, t->base);
	if (is_text(c))
		judge_word(t);
	else
		judge_number(t);
}

/* How far a number lies outside of what is accepted; 0 inside. */
static int64_t outside(const struct check_verdict *v, int64_t n)
{
	return n < v->low ? v->low - n : n > v->high ? n - v->high : 0;
}

/* Of the two ends of what was seen, the one that breaks the rule, or breaks it more. */
static int64_t worse_end(const struct trying *t, const struct extreme *e)
{
	const struct check *c = t->c;

	if (c->kind == C_AT_MOST)
		return e->max;
	if (c->kind == C_AT_LEAST)
		return e->min;
	if (c->kind == C_NOT)
		return llabs(e->max - c->a) < llabs(e->min - c->a) ? e->max : e->min;
	return outside(t->v, e->max) >= outside(t->v, e->min) ? e->max : e->min;
}

/* The extremes are of changes already, so others cannot be taken out: look how much they moved at
 * all. */
static int64_t most_others(const struct trying *t)
{
	int64_t most = 0, moved;

	for (size_t i = 0; t->base && i < t->r->n_readings; i++) {
		if (!t->r->readings[i].done)
			continue;
		moved = value_others(t->r, &t->c->metric, t->base, &t->r->readings[i]);
		most = MAX(most, llabs(moved));
	}
	return most;
}

static const struct extreme *find_extreme(const struct record *r, int check)
{
	for (size_t i = 0; i < r->n_extremes; i++)
		if (r->extremes[i].check == check)
			return &r->extremes[i];
	return NULL;
}

static void judge_always_word(struct trying *t, const struct extreme *e)
{
	const char *min = record_word(t->r, e->min), *max = record_word(t->r, e->max);

	t->v->value = e->max;
	if (!min || !max) {
		set_absent(t);
		return;
	}
	if (str_eq(min, t->c->word) != (t->c->kind == C_WORD)) {
		snprintf(t->when, sizeof(t->when), " at %.1fs", (double)e->min_ns / NSEC_PER_SEC);
		t->v->value = e->min;
		max = min;
	} else {
		snprintf(t->when, sizeof(t->when), " at %.1fs", (double)e->max_ns / NSEC_PER_SEC);
	}
	decide_word(t, max);
}

/* Samples are not settled: the full budget of one unsettled reading against the baseline. */
static void judge_always(struct trying *t, const struct extreme *e)
{
	t->sample = (struct reading){.phase = CHECK_ALWAYS};
	if (!e || e->n <= 0) {
		verdict_set(t->j, t->v, V_SKIP, RANK_NONE, "no sample was taken");
		return;
	}
	if (is_text(t->c)) {
		judge_always_word(t, e);
		return;
	}
	t->rd = &t->sample;
	t->base = t->c->delta ? record_reading(t->r, SINCE_BASELINE) : NULL;
	if (e->min == VALUE_ABSENT || e->max == VALUE_ABSENT) {
		set_absent(t);
		return;
	}
	t->sample.t_ns = t->r->duration_ns;
	set_range(t);
	t->v->compared = worse_end(t, e);
	t->sample.t_ns = t->v->compared == e->max ? e->max_ns : e->min_ns;
	snprintf(t->when, sizeof(t->when), " at %.1fs", (double)t->sample.t_ns / NSEC_PER_SEC);
	t->v->base = t->base ? value_at(t->r, &t->c->metric, t->base) : VALUE_ABSENT;
	t->v->value = t->base && t->v->base != VALUE_ABSENT ? value_plus(t->v->base, t->v->compared)
							    : t->v->compared;
	t->others = most_others(t);
	decide(t);
}

void judge_check(struct judging *j, size_t index)
{
	const struct check *c = &j->r->spec.checks[index];
	struct trying t = {.j = j, .r = j->r, .c = c};

	t.v = verdict_add(j, c->metric.name, c->phase);
	t.v->check = (int)index;
	explain_expected(t.v->expected, sizeof(t.v->expected), c);
	if (c->phase == CHECK_ALWAYS)
		judge_always(&t, find_extreme(j->r, (int)index));
	else
		judge_phase(&t);
}
