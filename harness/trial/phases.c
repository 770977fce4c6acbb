/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The phases of a plan: one action after the other, then settle and read. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/words.h"
#include "trial/trial_state.h"

/*
 * How long a started stressor may take until it holds what it was asked to hold: in an emulated
 * guest on a loaded machine a file of 1 GiB was not written within 60 s.
 */
#define HOLD_LIMIT (180 * NSEC_PER_SEC)

static int act_set(struct trial *t, const struct plan_action *act, struct err *err)
{
	const struct plan_set *s = &act->set;
	char value[32];
	int r;

	if (s->stressor >= 0 && s->group >= 0)
		return workers_move(t, s->stressor, s->group, err);
	if (s->stressor >= 0) {
		workers_set(t, s->stressor, s->live, s->value);
		return 0;
	}
	if (s->group < 0) {
		snprintf(value, sizeof(value), "%lld", (long long)s->value);
		return undo_sysctl(&t->undo, s->knob, value, err);
	}
	struct knob_context ctx = {.has_swap = t->config->machine->swap_total > 0};
	const struct knob *k = knob_find(s->knob);
	struct err why = {0};

	if (k->held)
		return sources_turn(&t->sources, s->group, k, s->value, err);
	if (str_eq(k->name, "cgroup.kill"))
		workers_mark_killed(t, s->group);
	r = knob_write(tree_group_fd(&t->tree, (size_t)s->group), t->version, k, s->value, &ctx,
		       &why);
	/* The kernel may refuse: memory in use (v1), less reclaimed than asked for. Checks will
	 * tell. */
	if (r == -EBUSY || r == -EAGAIN) {
		record_event(t->rec, EV_SET, trial_now(t), t->phase, "%s: refused: %s", act->text,
			     why.text);
		return 0;
	}
	return r < 0 ? err_set(err, r, "%s", why.text) : 0;
}

static bool holds(const struct check *c, int64_t v)
{
	if (v == VALUE_ABSENT)
		return false;
	switch (c->kind) {
	case C_EQUAL:
		return v >= c->a - c->slack && v <= c->a + c->slack;
	case C_AT_MOST:
		return v <= c->a + c->slack;
	case C_AT_LEAST:
		return v >= c->a - c->slack;
	case C_RANGE:
		return v >= c->a - c->slack && v <= c->b + c->slack;
	case C_NOT:
		return v != c->a;
	default:
		return false;
	}
}

struct condition {
	const struct check *check;
	struct metric_sum sum;
};

/* What it is now: a value, a change, or the index of a word. */
static int64_t condition_value(const struct trial *t, const struct condition *c)
{
	int64_t v = metric_sum_value(&c->sum, t->sampler.now);

	if (c->check->delta && v != VALUE_ABSENT) {
		const struct reading *rd = record_reading(t->rec, c->check->since);
		int64_t base = rd ? metric_sum_value(&c->sum, rd->values) : VALUE_ABSENT;

		v -= base == VALUE_ABSENT ? 0 : base; /* a worker that had not started */
	}
	return v;
}

static bool is_word(const struct check *k)
{
	return k->kind == C_WORD || k->kind == C_NOT_WORD;
}

static bool condition_met(struct trial *t, const void *arg)
{
	const struct condition *c = arg;
	const struct check *k = c->check;
	int64_t v = condition_value(t, c);

	if (is_word(k)) {
		const char *word = record_word(t->rec, v);

		return word && !strcmp(word, k->word) == (k->kind == C_WORD);
	}
	return holds(k, v);
}

/* What a number that was waited for in vain was at the end. */
static void condition_tell(const struct trial *t, const struct condition *c, char *buf, size_t size)
{
	const struct metric *m = &c->check->metric;
	int64_t v = condition_value(t, c);
	char text[QUANTITY_MAX];
	const char *word = is_word(c->check) ? record_word(t->rec, v) : NULL;

	if (v == VALUE_ABSENT)
		snprintf(buf, size, "%.60s was not there", m->name);
	else if (is_word(c->check))
		snprintf(buf, size, "%.60s was %.24s", m->name, word ? word : "?");
	else if (c->check->delta)
		snprintf(buf, size, "%.60s moved by %s", m->name,
			 quantity_format_signed(text, v, m->unit));
	else
		snprintf(buf, size, "%.60s was %s", m->name, quantity_format(text, v, m->unit));
}

/* Exited without holding is not holding. */
static bool all_hold(struct trial *t, const void *arg)
{
	return workers_all_settled(t, arg);
}

static int act_until(struct trial *t, const struct plan_action *act)
{
	struct stressor_list list = {act->stressors, act->n_stressors};
	struct condition cond = {.check = &act->when};
	int64_t begin = mono_now().ns, deadline = begin + act->duration.ns;
	struct until_result *u;
	int r;

	t->act_deadline = deadline;
	if (act->until == UNTIL_EXITS) {
		r = loop_until(t, deadline, workers_all_exited, &list);
	} else if (act->until == UNTIL_HOLDS) {
		r = loop_until(t, deadline, all_hold, &list);
	} else {
		metric_sum_build(&cond.sum, t->rec, &act->when.metric);
		r = loop_until(t, deadline, condition_met, &cond);
	}
	t->act_deadline = 0;
	/* One that the user cut short was neither met nor missed. */
	if (r >= 0 && t->rec->n_untils < t->rec->max_untils) {
		u = &t->rec->untils[t->rec->n_untils++];
		*u = (struct until_result){.phase = t->phase,
					   .text = act->text,
					   .met = r == 1,
					   .took_ns = mono_now().ns - begin,
					   .within_ns = act->duration.ns};
		if (r == 0 && cond.sum.n)
			condition_tell(t, &cond, u->seen, sizeof(u->seen));
	}
	record_event(t->rec, EV_UNTIL, trial_now(t), t->phase, "%s: %s", act->text,
		     r == 1   ? "yes"
		     : r == 0 ? "not in time"
			      : "interrupted");
	t->missed |= r == 0;
	return MIN(r, 0);
}

static int act(struct trial *t, const struct plan_action *act, struct err *err)
{
	static const enum event_kind kinds[] = {
		[ACT_START] = EV_START, [ACT_STOP] = EV_STOP, [ACT_KILL] = EV_STOP,
		[ACT_SET] = EV_SET,	[ACT_WAIT] = EV_NOTE, [ACT_UNTIL] = EV_NOTE,
		[ACT_FAULT] = EV_FAULT,
	};
	struct stressor_list list = {act->stressors, act->n_stressors};
	int r;

	t->doing = act->text;
	if (act->kind != ACT_UNTIL)
		record_event(t->rec, kinds[act->kind], trial_now(t), t->phase, "%s", act->text);
	switch (act->kind) {
	case ACT_START:
		return workers_start(t, act->stressors, act->n_stressors);
	case ACT_STOP:
		return workers_stop(t, act->stressors, act->n_stressors, err);
	case ACT_KILL:
		workers_kill(t, act->stressors, act->n_stressors);
		r = loop_until(t, mono_now().ns + HOLD_LIMIT, workers_all_exited, &list);
		return r == 0 ? err_set(err, -ETIMEDOUT, "killed workers did not die") : MIN(r, 0);
	case ACT_SET:
		return act_set(t, act, err);
	case ACT_WAIT:
		t->act_deadline = mono_now().ns + act->duration.ns;
		r = loop_until(t, t->act_deadline, NULL, NULL);
		t->act_deadline = 0;
		return r;
	case ACT_UNTIL:
		return act_until(t, act);
	case ACT_FAULT:
		return faults_arm(t, act, err);
	}
	return 0;
}

static bool is_endless(const struct plan_stressor *s)
{
	return s->kind->endless && s->kind->endless(s->opts);
}

/* Where the phase does not say how long, what was started or set is waited for until it holds. */
static int wait_for_rest(struct trial *t, struct err *err)
{
	int *list = t->rest;
	size_t n = 0;
	int r;

	for (size_t i = 0; i < t->plan->spec.n_stressors; i++) {
		const struct plan_stressor *s = &t->plan->stressors[i];

		if (t->slots[s->first_worker].started && !is_endless(s))
			list[n++] = (int)i;
	}
	struct stressor_list rest = {list, n};

	t->doing = "waiting until all hold";
	r = loop_until(t, mono_now().ns + HOLD_LIMIT, workers_all_settled, &rest);
	if (r == 0)
		return err_set(err, -ETIMEDOUT,
			       "phase %s: a stressor neither held nor ended within %lld s",
			       t->plan->spec.phases[t->phase].name, HOLD_LIMIT / NSEC_PER_SEC);
	return MIN(r, 0);
}

static int run_phase(struct trial *t, const struct plan_phase *ph, struct err *err)
{
	bool says_how_long = false;

	record_event(t->rec, EV_PHASE, trial_now(t), t->phase, "%s",
		     t->plan->spec.phases[t->phase].name);
	for (size_t i = 0; i < ph->n_actions && !t->missed; i++) {
		int r = act(t, &ph->actions[i], err);

		if (r < 0)
			return r;
		says_how_long |=
			ph->actions[i].kind == ACT_WAIT || ph->actions[i].kind == ACT_UNTIL;
	}
	return says_how_long || t->missed ? 0 : wait_for_rest(t, err);
}

int phases_run(struct trial *t, struct err *err)
{
	for (size_t i = 0; i < t->plan->spec.n_phases; i++) {
		int r;

		t->phase = (int)i;
		r = run_phase(t, &t->plan->phases[i], err);
		if (r >= 0)
			r = faults_disarm(t, err);
		if (r < 0)
			return r;
		if (t->missed)
			return 0;
		settle_and_read(t, &t->rec->readings[1 + i]);
		if (t->interrupts)
			return -EINTR;
		if (mono_now().ns > t->deadline)
			return err_set(err, -ETIMEDOUT, "the trial took longer than planned");
	}
	return 0;
}
