/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "plan/build.h"

int64_t build_eval(struct build *b, const struct expr *e, enum unit unit, struct pos pos)
{
	struct err err = {0};
	int64_t value;

	if (expr_eval(e, unit, &b->env, &value, &err) == 0)
		return value;
	diag_add(b->diags, pos, NULL, "%s", err.text);
	b->failed = true;
	return 0;
}

void build_skip(struct build *b, const char *fmt, ...)
{
	char text[256];
	va_list ap;

	if (b->plan->skip)
		return;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	b->plan->skip = arena_strdup(&b->plan->arena, text);
}

void build_need(struct build *b, needs_t needs, const char *who)
{
	const struct machine *m = b->config->machine;
	needs_t has = m->has | (b->config->whole_machine ? NEED_WHOLE_MACHINE : 0);

	b->plan->needs |= needs;
	for (unsigned i = 0; i < NEED_COUNT; i++)
		if ((needs & ~has) & NEED_BIT(i)) {
			const char *why = m->why_not[i];

			if (i == NEED_INDEX_WHOLE_MACHINE)
				why = "it would change the whole machine; allow that with "
				      "--whole-machine, in a "
				      "guest";
			build_skip(b, "%s needs %s: %s", who, need_word(i), why);
		}
}

int64_t plan_default_reserve(const struct machine *machine)
{
	int64_t reserve = MAX(512 * MIB, machine->mem_total / 8);

	return MIN(reserve, machine->mem_total / 2);
}

static void build_env(struct build *b)
{
	const struct machine *m = b->config->machine;

	b->env = (struct expr_env){
		.params = b->profile->params,
		.n_params = b->profile->n_params,
		.machine = {[MN_MEM_TOTAL] = m->mem_total,
			    [MN_MEM_AVAILABLE] = m->mem_available,
			    [MN_MEM_FREE] = m->mem_free,
			    [MN_MEM_MAX] = MIN(m->base_limit, m->mem_total),
			    [MN_SWAP_TOTAL] = m->swap_total,
			    [MN_CPUS] = m->cpus_online,
			    [MN_NODES] = m->nodes,
			    [MN_PAGE_SIZE] = m->page_size},
	};
}

const char *plan_trial_name(struct arena *a, const char *path)
{
	const char *from = path, *hit, *dot;

	while ((hit = strstr(from, "profiles/")))
		from = hit + strlen("profiles/");
	if (from == path && strrchr(path, '/'))
		from = strrchr(path, '/') + 1;
	dot = strrchr(from, '.');
	return arena_strndup(a, from, dot && dot > from ? (size_t)(dot - from) : strlen(from));
}

static const char *copy(struct arena *a, struct text t)
{
	return t.s ? arena_strdup(a, t.s) : NULL;
}

static void build_head(struct build *b)
{
	const struct profile *p = b->profile;
	struct arena *a = &b->plan->arena;
	struct spec *spec = &b->plan->spec;

	spec->profile = arena_strdup(a, p->path);
	spec->name = plan_trial_name(a, p->path);
	spec->summary = copy(a, p->summary);
	spec->source = copy(a, p->source);
	spec->why = copy(a, p->why);
	spec->n_tags = p->n_tags;
	spec->tags = arena_array(a, p->n_tags + 1, sizeof(*spec->tags));
	for (size_t i = 0; i < p->n_tags; i++)
		spec->tags[i] = copy(a, p->tags[i]);
	spec->sample_interval_ns =
		b->config->sample_interval.ns ? b->config->sample_interval.ns : 50 * NSEC_PER_MSEC;
	spec->reserve =
		b->config->reserve ? b->config->reserve : plan_default_reserve(b->config->machine);
}

int plan_build(struct plan *plan, const struct profile *profile, const struct plan_config *config,
	       struct diags *diags, struct err *err)
{
	struct build b = {.plan = plan, .profile = profile, .config = config, .diags = diags};

	*plan = (struct plan){0};
	build_env(&b);
	build_head(&b);
	build_need(&b, NEED_MEMCG, "every trial");
	build_need(&b, profile->needs, "the profile");
	build_groups(&b);
	build_stressors(&b);
	build_phases(&b);
	if (b.failed)
		return err_set_class(err, ERR_USAGE, -EINVAL, "%s does not fit this machine",
				     profile->path);
	return build_fuse(&b, err);
}

void plan_free(struct plan *plan)
{
	arena_free(&plan->arena);
	*plan = (struct plan){0};
}
