/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Phases with repeats written out, their actions and their checks as numbers. */
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "cgroup/names.h"
#include "plan/build.h"

/* Settling and the reading of one phase, beside what its actions may wait for. */
#define PHASE_ALLOWANCE (30 * NSEC_PER_SEC)
/* How long a started stressor may take until it holds or exits, and a stopped one until it has. */
#define START_ALLOWANCE (180 * NSEC_PER_SEC)

static int64_t magnitude(int64_t v)
{
	return v < 0 ? -v : v;
}

static struct check make_check(struct build *b, const struct profile_expect *e, int phase,
			       int since)
{
	struct arena *a = &b->plan->arena;
	const struct constraint *c = &e->is;
	struct check k = {
		.phase = phase,
		.metric = e->metric,
		.kind = c->kind,
		.delta = c->delta,
		.since = since,
		.word = c->word ? arena_strdup(a, c->word) : NULL,
		.text = arena_strdup(a, c->text.s),
		.line = e->name.pos.line,
		.col = e->name.pos.col,
	};
	enum unit unit = e->metric.unit;

	if (c->a)
		k.a = build_eval(b, c->a, unit, c->text.pos);
	k.b = c->b ? build_eval(b, c->b, unit, c->text.pos) : k.a;
	if (c->slack && c->slack_percent) {
		int64_t percent = build_eval(b, c->slack, UNIT_PERCENT, c->text.pos);

		k.slack =
			(int64_t)((__int128)MAX(magnitude(k.a), magnitude(k.b)) * percent / 100000);
	} else if (c->slack) {
		k.slack = build_eval(b, c->slack, unit, c->text.pos);
	}
	if (c->kind == C_RANGE && k.a > k.b) {
		diag_add(b->diags, c->text.pos, NULL, "the range is empty on this machine: %s",
			 c->text.s);
		b->failed = true;
	}
	return k;
}

static void add_checks(struct build *b, const struct profile_expect *e, size_t n, int phase,
		       int since)
{
	struct spec *spec = &b->plan->spec;

	for (size_t i = 0; i < n; i++) {
		*arena_push(&b->plan->arena, spec->checks, spec->n_checks) =
			make_check(b, &e[i], phase, since);
		if (e[i].metric.origin == MO_WORKER && !strcmp(e[i].metric.key, "outcome"))
			spec->stressors[e[i].metric.object].has_outcome_check = true;
	}
}

static int live_slot(const struct stressor *kind, const struct opt *opt)
{
	int slot = 0;

	for (const struct opt *o = kind->options; o->name && o != opt; o++)
		slot += !!(o->flags & OPT_LIVE);
	return slot;
}

static void make_set(struct build *b, const struct profile_set *ps, struct plan_set *s)
{
	*s = (struct plan_set){.group = ps->group, .stressor = ps->stressor, .opt = ps->opt};
	if (ps->opt) {
		s->live = live_slot(b->profile->stressors[ps->stressor].kind, ps->opt);
		s->value =
			ps->value ? build_eval(b, ps->value, opt_unit(ps->opt), ps->text.pos) : 0;
		if (!ps->value) {
			/* A word: go through the option's own parser, into a scratch blob. */
			struct plan_stressor *st = &b->plan->stressors[ps->stressor];
			void *blob = arena_alloc(&b->plan->arena, st->kind->options_size + 1);
			struct err err = {0};

			opt_set_text(ps->opt, blob, ps->text.s, &err);
			s->value = opt_get_i64(ps->opt, blob);
		}
	} else if (ps->group >= 0 && ps->stressor >= 0) {
		s->knob = "cgroup.procs";
	} else if (ps->group >= 0) {
		const struct knob *k = knob_find(ps->knob.s);

		s->knob = k->name;
		s->value = ps->value ? build_eval(b, ps->value, k->unit, ps->text.pos) : VALUE_MAX;
		build_knob(b, k, s->value);
	} else {
		/* "vm.swappiness" is the file vm/swappiness. */
		char *path = arena_strdup(&b->plan->arena, ps->knob.s);

		path[strcspn(path, ".")] = '/';
		s->knob = path;
		s->value = build_eval(b, ps->value, UNIT_COUNT, ps->text.pos);
		build_need(b, NEED_ROOT | NEED_WHOLE_MACHINE, ps->target.s);
	}
}

static void make_fault(struct build *b, const struct profile_fault *pf, struct plan_fault *f)
{
	const struct fault_kind *kind = pf->kind;
	struct err err = {0};

	*f = (struct plan_fault){.kind = kind, .group = pf->group};
	f->opts = arena_alloc(&b->plan->arena, kind->options_size + 1);
	opt_defaults(kind->options, f->opts, &err);
	for (size_t i = 0; i < pf->n_options; i++) {
		const struct profile_option *o = &pf->options[i];

		if (o->value)
			opt_set_i64(o->opt, f->opts,
				    build_eval(b, o->value, opt_unit(o->opt), o->text.pos), &err);
		else
			opt_set_text(o->opt, f->opts, o->text.s, &err);
	}
	if (kind->check)
		kind->check(f->opts, &err);
	if (err.code) {
		diag_add(b->diags, pf->pos, NULL, "%s: %s", kind->name, err.text);
		b->failed = true;
	}
	build_need(b, kind->needs, arena_printf(&b->plan->arena, "the fault %s", kind->name));
	if (kind->takes_ns && !b->failed)
		b->plan->deadline.ns += kind->takes_ns(f->opts);
}

static void make_action(struct build *b, const struct profile_action *pa, int since,
			struct plan_action *act)
{
	struct arena *a = &b->plan->arena;
	int *list = arena_array(a, pa->n_stressors + 1, sizeof(*list));

	if (pa->n_stressors)
		memcpy(list, pa->stressors, pa->n_stressors * sizeof(*list));
	*act = (struct plan_action){
		.kind = pa->kind,
		.stressors = list,
		.n_stressors = pa->n_stressors,
		.until = pa->until,
		.text = arena_strdup(a, pa->text.s ? pa->text.s : ""),
	};
	if (pa->kind == ACT_SET)
		make_set(b, &pa->set, &act->set);
	if (pa->kind == ACT_FAULT)
		make_fault(b, &pa->fault, &act->fault);
	if (pa->duration)
		act->duration = nsec(build_eval(b, pa->duration, UNIT_DUR, pa->pos));
	if (pa->kind == ACT_UNTIL && pa->until == UNTIL_METRIC)
		act->when = make_check(b, &pa->when, CHECK_TRIAL, since);
	b->plan->deadline.ns += act->duration.ns;
	if (pa->kind == ACT_START || pa->kind == ACT_STOP)
		b->plan->deadline.ns += START_ALLOWANCE;
}

static const char *actions_text(struct arena *a, const struct plan_phase *ph)
{
	char text[512] = "";
	size_t at = 0;

	for (size_t i = 0; i < ph->n_actions && at < sizeof(text) - 1; i++)
		at += (size_t)snprintf(text + at, sizeof(text) - at, "%s%s", at ? ", " : "",
				       ph->actions[i].text);
	return arena_strdup(a, text);
}

/* Index that a profile's phase got once repeats were written out: its last round. */
struct phase_map {
	int last[256];
};

static void add_phase(struct build *b, const struct profile_phase *pp, int round, int rounds,
		      int since)
{
	struct arena *a = &b->plan->arena;
	struct spec *spec = &b->plan->spec;
	size_t index = spec->n_phases;
	struct plan_phase *ph = &b->plan->phases[index];
	const char *name = rounds > 1 ? arena_printf(a, "%s %d/%d", pp->name.s, round, rounds)
				      : arena_strdup(a, pp->name.s);

	ph->n_actions = pp->n_actions;
	ph->actions = arena_array(a, pp->n_actions + 1, sizeof(*ph->actions));
	for (size_t i = 0; i < pp->n_actions; i++)
		make_action(b, &pp->actions[i], since, &ph->actions[i]);
	spec->phases[index] = (struct spec_phase){.name = name,
						  .action_text = actions_text(a, ph),
						  .since = since};
	spec->n_phases++;
	add_checks(b, pp->expects, pp->n_expects, (int)index, since);
	b->plan->deadline.ns += PHASE_ALLOWANCE;
}

static int rounds_of(struct build *b, const struct profile_phase *pp)
{
	int64_t n = pp->repeat ? build_eval(b, pp->repeat, UNIT_COUNT, pp->name.pos) : 1;

	if (n >= 1 && n <= 100)
		return (int)n;
	diag_add(b->diags, pp->name.pos, NULL, "repeat: %lld is not within 1 .. 100", (long long)n);
	b->failed = true;
	return 1;
}

void build_phases(struct build *b)
{
	const struct profile *p = b->profile;
	struct phase_map map = {0};
	size_t total = 0;

	for (size_t i = 0; i < p->n_phases; i++)
		total += (size_t)rounds_of(b, &p->phases[i]);
	b->plan->phases = arena_array(&b->plan->arena, total + 1, sizeof(*b->plan->phases));
	b->plan->spec.phases =
		arena_array(&b->plan->arena, total + 1, sizeof(*b->plan->spec.phases));
	add_checks(b, p->always, p->n_always, CHECK_ALWAYS, SINCE_BASELINE);
	for (size_t i = 0; i < p->n_phases && i < ARRAY_SIZE(map.last); i++) {
		const struct profile_phase *pp = &p->phases[i];
		int rounds = rounds_of(b, pp);
		int since = pp->since_index < 0 ? SINCE_BASELINE : map.last[pp->since_index];

		for (int r = 1; r <= rounds; r++)
			add_phase(b, pp, r, rounds, since);
		map.last[i] = (int)b->plan->spec.n_phases - 1;
	}
}
