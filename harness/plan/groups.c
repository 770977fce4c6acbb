/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Groups with absolute knobs, and the fuse: the most that all of them may use together. */
#include <errno.h>
#include <string.h>

#include "base/cleanup.h"
#include "cgroup/names.h"
#include "plan/build.h"

/* Process, stacks, copied-on-write pages and kernel objects of one worker beside its load. */
#define WORKER_OVERHEAD (1 * MIB)
/* The drain group, charge stocks of many CPUs and the trial's own groups. */
#define TRIAL_OVERHEAD (32 * MIB)

static int group_index(const struct profile *p, const char *path, size_t len)
{
	for (size_t i = 0; i < p->n_groups; i++)
		if (strlen(p->groups[i].path.s) == len && !strncmp(p->groups[i].path.s, path, len))
			return (int)i;
	return -1;
}

static int parent_of(const struct profile *p, const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? group_index(p, path, (size_t)(slash - path)) : -1;
}

/* A value that asks for nothing, so that a kernel without the knob does the same. */
static bool asks_nothing(const struct knob *k, int64_t value)
{
	bool protects = !strcmp(k->name, "memory.min") || !strcmp(k->name, "memory.low");

	return k->type == KNOB_BOOL || protects ? value == 0 : value == VALUE_MAX;
}

void build_knob(struct build *b, const struct knob *k, int64_t value)
{
	enum cg_version v = b->config->machine->memcg_version == 1 ? CG_V1 : CG_V2;
	const char *why = knob_why_none(v, k);

	if (why && !asks_nothing(k, value))
		build_skip(b, "%s: %s", k->name, why);
}

void build_groups(struct build *b)
{
	const struct profile *p = b->profile;
	struct arena *a = &b->plan->arena;
	struct spec *spec = &b->plan->spec;

	spec->groups = arena_array(a, p->n_groups + 1, sizeof(*spec->groups));
	spec->n_groups = p->n_groups;
	for (size_t i = 0; i < p->n_groups; i++) {
		const struct profile_group *g = &p->groups[i];
		struct spec_knob *knobs = arena_array(a, g->n_knobs + 1, sizeof(*knobs));

		for (size_t j = 0; j < g->n_knobs; j++) {
			const struct profile_knob *pk = &g->knobs[j];
			const struct knob *k = knob_find(pk->name.s);

			knobs[j].name = k->name;
			knobs[j].unit = k->unit;
			knobs[j].value = pk->value ? build_eval(b, pk->value, k->unit, pk->text.pos)
						   : VALUE_MAX;
			build_knob(b, k, knobs[j].value);
		}
		spec->groups[i] = (struct spec_group){
			.path = arena_strdup(a, g->path.s),
			.parent = parent_of(p, g->path.s),
			.knobs = knobs,
			.n_knobs = g->n_knobs,
		};
	}
}

static void raise_cap(int64_t *cap, bool *known, const char *knob, int64_t value)
{
	if (strcmp(knob, "memory.max"))
		return;
	*cap = *known ? MAX(*cap, value) : value;
	*known = true;
}

/* The highest memory.max that a group has at any time of the trial. */
static int64_t group_cap(const struct plan *plan, size_t group)
{
	const struct spec_group *g = &plan->spec.groups[group];
	int64_t cap = VALUE_MAX;
	bool known = false;

	for (size_t i = 0; i < g->n_knobs; i++)
		raise_cap(&cap, &known, g->knobs[i].name, g->knobs[i].value);
	if (!known)
		return VALUE_MAX;
	for (size_t i = 0; i < plan->spec.n_phases; i++)
		for (size_t j = 0; j < plan->phases[i].n_actions; j++) {
			const struct plan_action *act = &plan->phases[i].actions[j];

			if (act->kind == ACT_SET && act->set.group == (int)group)
				raise_cap(&cap, &known, act->set.knob, act->set.value);
		}
	return cap;
}

static int64_t add_sat(int64_t a, int64_t b)
{
	int64_t r;

	return __builtin_add_overflow(a, b, &r) ? VALUE_MAX : r;
}

/* In how many parts a stressor's memory lies; workers that move may have all of it in each group.
 */
static int64_t parts_of(const struct plan *plan, size_t stressor)
{
	size_t begin = plan->stressors[stressor].n_groups;

	return begin == plan->spec.stressors[stressor].n_groups ? (int64_t)begin : 1;
}

/* What the workers of one group, and the groups below it, may use. */
static int64_t group_use(const struct plan *plan, int group)
{
	int64_t use = 0;

	for (size_t i = 0; i < plan->spec.n_stressors; i++) {
		const struct spec_stressor *s = &plan->spec.stressors[i];
		int64_t parts = parts_of(plan, i);

		for (size_t j = 0; j < s->n_groups; j++)
			if (s->groups[j] == group)
				use = add_sat(use, s->memory / parts +
							   WORKER_OVERHEAD * s->workers / parts);
	}
	for (size_t i = 0; i < plan->spec.n_groups; i++)
		if (plan->spec.groups[i].parent == group)
			use = add_sat(use, group_use(plan, (int)i));
	return group < 0 ? use : MIN(use, group_cap(plan, (size_t)group));
}

int build_fuse(struct build *b, struct err *err)
{
	struct plan *plan = b->plan;
	const struct machine *m = b->config->machine;
	char sum[QUANTITY_MAX], total[QUANTITY_MAX], free[QUANTITY_MAX], reserve[QUANTITY_MAX];
	int64_t room, limit, use, spare; /* a limit that is on trial is a fuse itself */
	bool under_limit;

	for (size_t i = 0; i < plan->spec.n_stressors; i++)
		plan->disk_sum = add_sat(plan->disk_sum, plan->spec.stressors[i].disk);
	plan->memory_sum = group_use(plan, -1);
	plan->spec.fuse = add_sat(plan->memory_sum, TRIAL_OVERHEAD);
	/* What exhausts the machine on purpose says so; everything else must fit, in a guest too.
	 */
	if (plan->needs & NEED_WHOLE_MACHINE || plan->needs & ~m->has & NEED_LIMITED)
		return 0;
	room = MIN(m->mem_total - plan->spec.reserve, m->mem_available);
	limit = m->base_limit - MIN(plan->spec.reserve, m->base_limit / 4);
	under_limit = limit < room && !(plan->needs & NEED_LIMITED);
	if (under_limit)
		room = limit;
	use = plan->needs & NEED_LIMITED ? MIN(plan->spec.fuse, m->base_limit) : plan->spec.fuse;
	quantity_format(sum, use, UNIT_BYTES);
	quantity_format(total, m->mem_total, UNIT_BYTES);
	quantity_format(free, m->mem_available, UNIT_BYTES);
	quantity_format(reserve, plan->spec.reserve, UNIT_BYTES);
	if (use > room && under_limit)
		return err_set_class(
			err, ERR_SKIP, -E2BIG,
			"the plan may use %s, which does not fit the memory.max of %s above "
			"its groups; make its sizes smaller (--set)",
			sum, quantity_format(total, m->base_limit, UNIT_BYTES));
	if (use > room)
		return err_set_class(
			err, ERR_SKIP, -E2BIG,
			"the plan may use %s, which does not fit this machine: %s less a "
			"reserve of %s, %s available; make its sizes smaller (--set), or run "
			"it in a guest with more memory",
			sum, total, reserve, free);
	/* What stays free: 256 MiB, or an eighth of a small disk. */
	spare = MIN(256 * MIB, b->config->disk_free / 8);
	if (b->config->disk_free >= 0 && plan->disk_sum > 0 &&
	    plan->disk_sum > b->config->disk_free - spare) {
		quantity_format(sum, plan->disk_sum, UNIT_BYTES);
		quantity_format(free, b->config->disk_free, UNIT_BYTES);
		return err_set_class(err, ERR_SKIP, -ENOSPC,
				     "the plan needs %s of disk, the scratch directory has %s free "
				     "and %s stay free; name another with --scratch DIR",
				     sum, free, quantity_format(reserve, spare, UNIT_BYTES));
	}
	return 0;
}
