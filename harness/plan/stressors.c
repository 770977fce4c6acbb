/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Stressors with all their options as numbers, their workers counted and their footprint summed. */
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "plan/build.h"

#define CPUS_MAX 4096

static void *blob_of(struct plan_stressor *s, const struct opt *opt)
{
	for (const struct opt *o = stressor_common_options; o->name; o++)
		if (o == opt)
			return &s->common;
	return s->opts;
}

static void set_option(struct build *b, struct plan_stressor *s, const struct profile_option *o)
{
	void *blob = blob_of(s, o->opt);
	struct err err = {0};

	if (o->value)
		opt_set_i64(o->opt, blob, build_eval(b, o->value, opt_unit(o->opt), o->text.pos),
			    &err);
	else
		opt_set_text(o->opt, blob, o->text.s, &err);
	if (err.code) {
		diag_add(b->diags, o->text.pos, NULL, "%s", err.text);
		b->failed = true;
	}
}

/* A text default such as target's "size": an option that was not given follows the one it names. */
static const char *options_text(struct arena *a, const struct profile_stressor *ps,
				const struct plan_stressor *s)
{
	char text[512] = "", value[OPT_TEXT_MAX + 8];
	size_t at = 0;

	for (size_t i = 0; i < ps->n_options && at < sizeof(text) - 1; i++) {
		const struct opt *o = ps->options[i].opt;
		const void *blob = blob_of((struct plan_stressor *)s, o);

		at += (size_t)snprintf(text + at, sizeof(text) - at, "%s%s=%s", at ? " " : "",
				       o->name, opt_format(o, blob, value, sizeof(value)));
	}
	return arena_strdup(a, text);
}

static void check_cpus(struct build *b, const struct profile_stressor *ps,
		       const struct plan_stressor *s)
{
	unsigned char set[CPUS_MAX];

	if (!s->common.cpus[0] || !strcmp(s->common.cpus, "spread"))
		return;
	if (cpulist_parse(s->common.cpus, set, sizeof(set)) < 0) {
		diag_add(b->diags, ps->name.pos, NULL,
			 "cpus: \"%s\" is no list of CPUs such as 0-1,3, and not \"spread\"",
			 s->common.cpus);
		b->failed = true;
		return;
	}
	for (int i = 0; i < CPUS_MAX; i++)
		if (set[i] && i >= b->config->machine->cpus_online)
			build_skip(b, "%s wants CPU %d; this machine has %d", ps->name.s, i,
				   b->config->machine->cpus_online);
}

static void check_nodes(struct build *b, const struct profile_stressor *ps,
			const struct plan_stressor *s)
{
	unsigned char set[CPUS_MAX];

	if (!s->common.nodes[0])
		return;
	if (cpulist_parse(s->common.nodes, set, sizeof(set)) < 0) {
		diag_add(b->diags, ps->name.pos, NULL,
			 "nodes: \"%s\" is no list of nodes such as 0-1", s->common.nodes);
		b->failed = true;
		return;
	}
	for (int i = 0; i < CPUS_MAX; i++)
		if (set[i] && i >= b->config->machine->nodes)
			build_skip(b, "%s wants NUMA node %d; this machine has %d", ps->name.s, i,
				   b->config->machine->nodes);
}

static void build_one(struct build *b, size_t i, const int *groups)
{
	const struct profile_stressor *ps = &b->profile->stressors[i];
	struct plan_stressor *s = &b->plan->stressors[i];
	struct footprint use = {0};
	struct err err = {0};
	char who[96];

	s->kind = ps->kind;
	s->groups = groups;
	s->n_groups = ps->n_groups;
	s->opts = arena_alloc(&b->plan->arena, s->kind->options_size + 1);
	opt_defaults(s->kind->options, s->opts, &err);
	opt_defaults(stressor_common_options, &s->common, &err);
	for (size_t j = 0; j < ps->n_options; j++)
		set_option(b, s, &ps->options[j]);
	if (!b->failed && s->kind->check)
		s->kind->check(s->opts, &err);
	if (err.code) {
		diag_add(b->diags, ps->name.pos, NULL, "%s: %s", ps->name.s, err.text);
		b->failed = true;
		return;
	}
	check_cpus(b, ps, s);
	check_nodes(b, ps, s);
	s->first_worker = b->plan->n_workers;
	s->n_workers = (int)s->common.workers * (int)s->n_groups;
	b->plan->n_workers += s->n_workers;
	b->plan->uses_scratch |= s->kind->uses_scratch;
	snprintf(who, sizeof(who), "stressor %s (%s)", ps->name.s, s->kind->name);
	build_need(b, s->kind->needs, who);
	if (s->kind->needs_of)
		build_need(b, s->kind->needs_of(s->opts), who);
	s->kind->footprint(s->opts, &use);
	b->plan->spec.stressors[i] = (struct spec_stressor){
		.name = arena_strdup(&b->plan->arena, ps->name.s),
		.kind = s->kind->name,
		.text = options_text(&b->plan->arena, ps, s),
		.groups = groups,
		.n_groups = ps->n_groups,
		.workers = s->n_workers,
		.memory = use.memory * s->n_workers,
		.disk = use.disk * s->n_workers,
	};
}

/* The groups a stressor begins in, then those that its workers are moved to. */
static size_t add_moves(struct build *b, int stressor, int *groups, size_t n)
{
	const struct profile *p = b->profile;

	for (size_t i = 0; i < p->n_phases; i++)
		for (size_t k = 0; k < p->phases[i].n_actions; k++) {
			const struct profile_set *set = &p->phases[i].actions[k].set;
			bool moves = p->phases[i].actions[k].kind == ACT_SET &&
				     set->stressor == stressor && set->group >= 0;

			for (size_t g = 0; moves && g < n; g++)
				moves = groups[g] != set->group;
			if (moves)
				groups[n++] = set->group;
		}
	return n;
}

void build_stressors(struct build *b)
{
	const struct profile *p = b->profile;
	struct arena *a = &b->plan->arena;

	b->plan->stressors = arena_array(a, p->n_stressors + 1, sizeof(*b->plan->stressors));
	b->plan->spec.stressors =
		arena_array(a, p->n_stressors + 1, sizeof(*b->plan->spec.stressors));
	b->plan->spec.n_stressors = p->n_stressors;
	for (size_t i = 0; i < p->n_stressors; i++) {
		size_t n = p->stressors[i].n_groups;
		int *groups = arena_array(a, n + p->n_groups, sizeof(*groups));

		memcpy(groups, p->stressors[i].groups, n * sizeof(*groups));
		build_one(b, i, groups);
		b->plan->spec.stressors[i].n_groups = add_moves(b, (int)i, groups, n);
	}
}
