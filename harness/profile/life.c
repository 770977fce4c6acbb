/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The life of each stressor as the phases tell it: nothing is started twice, nothing is stopped
 * that does not run, and nothing runs without an end in sight.
 */
#include "base/words.h"
#include "profile/decode.h"

/* A fault that kills is a kill. */
static enum action_kind deed(const struct profile_action *action)
{
	return action->kind == ACT_FAULT && action->fault.kind->kills ? ACT_KILL : action->kind;
}

/* What an action wants of a stressor's state, and what it makes of it. */
static bool is_meant_by_all(const struct profile_action *action, enum life_state state)
{
	if (action->kind == ACT_START)
		return state != LIFE_RUNNING;
	if (action->kind == ACT_UNTIL && action->until == UNTIL_HOLDS)
		return state == LIFE_RUNNING;
	return state == LIFE_RUNNING || state == LIFE_ENDED;
}

void life_all(struct decoder *dc, struct profile_action *action)
{
	for (size_t i = 0; i < dc->p->n_stressors; i++)
		if (is_meant_by_all(action, dc->lives[i].state))
			append(dc->arena, action->stressors, action->n_stressors, (int)i);
	if (action->n_stressors || dc->lives_unsure)
		return;
	if (action->kind == ACT_START)
		diag_add(dc->diags, action->pos, NULL, "there is nothing left to start");
	else
		diag_add(dc->diags, action->pos, NULL, "nothing was started so far");
}

/* Why an action cannot be. */
static void check_order(struct decoder *dc, const struct profile_action *action, struct pos pos,
			const char *name, const struct life *life)
{
	bool running = life->state == LIFE_RUNNING, stopped = life->state == LIFE_STOPPED;

	if (dc->lives_unsure)
		return;
	if (action->kind == ACT_START && running)
		diag_add(dc->diags, pos, "stop it, or wait until it exits",
			 "\"%s\" runs already: it was started in line %d", name, life->line);
	else if (action->kind != ACT_START && life->state == LIFE_NEVER)
		diag_add(dc->diags, pos, NULL, "\"%s\" was not started so far", name);
	else if (action->kind != ACT_START && stopped)
		diag_add(dc->diags, pos, NULL, "\"%s\" was stopped in line %d", name, life->line);
	else if (action->kind == ACT_UNTIL && action->until == UNTIL_HOLDS && !running)
		diag_add(dc->diags, pos, NULL, "\"%s\" ended in line %d: it holds nothing", name,
			 life->line);
}

static void advance(const struct profile_action *action, struct life *life)
{
	life->line = action->pos.line;
	if (action->kind == ACT_START) {
		life->state = LIFE_RUNNING;
		life->started = true;
	} else if (action->kind == ACT_STOP) {
		life->state = LIFE_STOPPED;
	} else if (deed(action) == ACT_KILL ||
		   (action->kind == ACT_UNTIL && action->until == UNTIL_EXITS)) {
		life->state = LIFE_ENDED;
	}
}

void life_apply(struct decoder *dc, const struct profile_action *action, const struct text *words)
{
	for (size_t i = 0; i < action->n_stressors; i++) {
		int s = action->stressors[i];
		struct life *life = &dc->lives[s];

		if (words)
			check_order(dc, action, words[i].pos, dc->p->stressors[s].name.s, life);
		advance(action, life);
	}
}

static bool speaks_of_stressors(const struct profile_action *action)
{
	return action->kind == ACT_START || action->kind == ACT_STOP || deed(action) == ACT_KILL ||
	       (action->kind == ACT_UNTIL && action->until != UNTIL_METRIC);
}

/* The second round meets what the first one left. */
static void check_again(struct decoder *dc, const struct profile_action *action)
{
	for (size_t i = 0; i < action->n_stressors; i++) {
		int s = action->stressors[i];
		struct life *life = &dc->lives[s];
		const char *name = dc->p->stressors[s].name.s;

		if (action->kind == ACT_START && life->state == LIFE_RUNNING)
			diag_add(dc->diags, action->pos, "let the phase stop it as well",
				 "the second round would start \"%s\", which still runs", name);
		if (action->kind != ACT_START && life->state == LIFE_STOPPED)
			diag_add(dc->diags, action->pos, "let the phase start it as well",
				 "the second round would find \"%s\" stopped", name);
		advance(action, life);
	}
}

static bool is_once(struct decoder *dc, const struct profile_phase *phase)
{
	int64_t n;

	return !phase->repeat || (constant_value(dc, phase->repeat, &n) && n <= 1);
}

static void check_endless(struct decoder *dc, const struct profile_action *action)
{
	for (size_t i = 0; i < action->n_stressors; i++) {
		int s = action->stressors[i];

		if (dc->lives[s].endless)
			diag_add(dc->diags, action->pos, NULL,
				 "%s runs until it is stopped: say how long (wait: 2s) or what for "
				 "(until: ...)",
				 dc->p->stressors[s].name.s);
	}
}

void life_check_phase(struct decoder *dc, const struct profile_phase *phase)
{
	bool waits = false;

	for (size_t i = 0; i < phase->n_actions; i++)
		waits = waits || phase->actions[i].kind == ACT_WAIT ||
			phase->actions[i].kind == ACT_UNTIL;
	for (size_t i = 0; i < phase->n_actions; i++) {
		const struct profile_action *action = &phase->actions[i];

		if (action->kind == ACT_START && !waits)
			check_endless(dc, action);
		if (speaks_of_stressors(action) && !is_once(dc, phase) && !dc->lives_unsure)
			check_again(dc, action);
	}
}

void life_check_all(struct decoder *dc)
{
	for (size_t i = 0; i < dc->p->n_stressors; i++)
		if (!dc->lives[i].started && !dc->lives_unsure)
			diag_add(dc->diags, dc->p->stressors[i].name.pos, "start: it in a phase",
				 "no phase starts \"%s\"", dc->p->stressors[i].name.s);
}
