/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a running trial tells whoever looks on: a few reads and no allocation. */
#include "base/cleanup.h"
#include "cgroup/names.h"
#include "trial/trial_state.h"

#define PROGRESS_INTERVAL (100 * NSEC_PER_MSEC)

void progress_open(struct trial *t)
{
	t->limits = arena_array(&t->rec->arena, t->plan->spec.n_groups + 1, sizeof(*t->limits));
}

static int64_t read_limit(const struct trial *t, size_t group, const char *v2name)
{
	const char *file = cg_file_name(t->version, v2name);
	int64_t v;

	return file && cg_read_value(tree_group_fd(&t->tree, group), file, &v) == 0 ? v
										    : VALUE_ABSENT;
}

/* Of the first groups: squeezes and `set` change them in the middle of a phase. */
static void read_limits(struct trial *t)
{
	for (size_t i = 0; i < t->tree.n_groups; i++) {
		t->limits[i].max = i < TRIAL_LIMITS ? read_limit(t, i, "memory.max") : VALUE_ABSENT;
		t->limits[i].high =
			i < TRIAL_LIMITS ? read_limit(t, i, "memory.high") : VALUE_ABSENT;
	}
}

static void count_workers(const struct trial *t, struct trial_workers *ret)
{
	for (int i = 0; i < t->n_slots; i++) {
		const struct slot *s = &t->slots[i];

		if (!s->pid)
			continue;
		ret->all++;
		if (s->exited)
			*(s->killed_by_us || s->wait_status ? &ret->killed : &ret->done) += 1;
		else if (!s->started)
			ret->waiting++;
		else if (s->page && atomic_load(&s->page->state) == WORKER_HOLDING)
			ret->holding++;
		else
			ret->running++;
	}
}

void progress_tell(struct trial *t, int64_t now)
{
	struct trial_progress p = {
		.record = t->rec,
		.phase = t->phase >= 0 ? t->plan->spec.phases[t->phase].name : "baseline",
		.doing = t->doing,
		.elapsed = nsec(now - t->t0),
		.deadline = nsec(t->deadline - t->t0),
		.left = nsec(t->act_deadline > now ? t->act_deadline - now : 0),
		.now = t->sampler.now,
		.limits = t->limits,
		.n_limits = t->limits ? t->tree.n_groups : 0,
	};

	if (!t->config->progress || now < t->next_progress)
		return;
	t->next_progress = now + PROGRESS_INTERVAL;
	if (p.n_limits)
		read_limits(t);
	count_workers(t, &p.workers);
	t->config->progress(t->config->progress_data, &p);
}
