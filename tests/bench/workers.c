/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Groups as a trial has them: real workers, forked by the engine, up to their barrier and away. */
#include <stdlib.h>

#include "fixture.h"

#define GROUPS 1000

static const char profile[] = "summary: one worker in one group, to be multiplied\n"
			      "source: tests/bench\n"
			      "groups:\n"
			      "  one: { memory.max: 16M }\n"
			      "stressors:\n"
			      "  idle: { use: null, in: one }\n"
			      "phases:\n"
			      "  - phase: run\n"
			      "    start: idle\n"
			      "    expect: { idle.outcome: running }\n";

/* A profile has 64 groups at most; the engine does not mind more. */
static void multiply(struct plan *plan, int n)
{
	struct spec_group *groups = arena_array(&plan->arena, (size_t)n, sizeof(*groups));
	struct plan_stressor *s = &plan->stressors[0];
	int *all = arena_array(&plan->arena, (size_t)n, sizeof(*all));

	for (int i = 0; i < n; i++) {
		all[i] = i;
		groups[i] = plan->spec.groups[0];
		groups[i].path = arena_printf(&plan->arena, "g%d", i);
	}
	plan->spec.groups = groups;
	plan->spec.n_groups = (size_t)n;
	plan->spec.fuse = 256 * MIB;
	plan->spec.stressors[0].groups = s->groups = all;
	plan->spec.stressors[0].n_groups = s->n_groups = (size_t)n;
	plan->n_workers = plan->spec.stressors[0].workers = s->n_workers = n;
}

static int workers_open(struct bench *b, void **ret_state, struct err *err)
{
	struct fixture *f = calloc(1, sizeof(*f));
	int r;

	*ret_state = f;
	r = fixture_plan(f, b, profile, err);
	if (r == 0)
		multiply(&f->plan, b->quick ? 100 : GROUPS);
	return r;
}

static int workers_round(struct bench *b, void *state, struct err *err)
{
	struct fixture *f = state;
	int64_t begin = mono_now().ns;
	struct err down = {0};
	int r = fixture_open(f, b, err), end;

	if (r == 0)
		r = workers_fork(&f->trial, err);
	end = fixture_stop(f, &down);
	if (r == 0 && end == 0 && !b->quick)
		bench_put(b, VAL_WORKERS_1000, (double)(mono_now().ns - begin) / 1e9);
	return r < 0 ? r : end < 0 ? err_set(err, end, "%s", down.text) : 0;
}

static void workers_close(struct bench *b, void *state)
{
	(void)b;
	fixture_free(state);
}

const struct measure measure_workers = {
	.name = "workers",
	.open = workers_open,
	.round = workers_round,
	.close = workers_close,
};
