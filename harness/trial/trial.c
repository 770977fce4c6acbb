/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <linux/capability.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/io.h"
#include "trial/scratch.h"
#include "trial/trial_state.h"

static int make_tree(struct trial *t, struct err *err)
{
	const struct machine *m = t->config->machine;
	const struct spec *spec = &t->plan->spec;
	struct tree_group *groups =
		arena_array(&t->rec->arena, spec->n_groups + 1, sizeof(*groups));
	struct tree_config cfg = {
		.version = t->version,
		.mount_fd = t->mount_fd,
		.mount = m->memcg_mount,
		.base = t->config->base,
		.base_is_own = t->config->base[0] && m->memcg_own[0] == '/' &&
			       !strcmp(t->config->base, m->memcg_own + 1),
		.name = t->rec->id,
		.fuse = spec->fuse,
		.groups = groups,
		.n_groups = spec->n_groups,
	};

	for (size_t i = 0; i < spec->n_groups; i++) {
		groups[i].path = spec->groups[i].path;
		for (size_t s = 0; s < spec->n_stressors; s++)
			for (size_t g = 0; g < spec->stressors[s].n_groups; g++)
				groups[i].has_workers |= spec->stressors[s].groups[g] == (int)i;
	}
	return tree_create(&t->tree, &cfg, err);
}

/* Knobs of one group in the order of their table: memory.swap.max after memory.max. */
static int write_knobs(struct trial *t, size_t group, struct err *err)
{
	const struct spec_group *g = &t->plan->spec.groups[group];
	struct knob_context ctx = {.has_swap = t->config->machine->swap_total > 0};

	for (int order = 0; order < 4; order++)
		for (size_t i = 0; i < g->n_knobs; i++) {
			const struct knob *k = knob_find(g->knobs[i].name);
			int r;

			if (k->order != order || knob_why_none(t->version, k))
				continue;
			r = knob_write(tree_group_fd(&t->tree, group), t->version, k,
				       g->knobs[i].value, &ctx, err);
			if (r < 0)
				return err_prefix(err, "group %s", g->path);
		}
	return 0;
}

/* Outside every test group, locked in memory, last to be killed: where we may. */
static void protect_self(const struct trial *t)
{
	/* Below RLIMIT_MEMLOCK it might be had too, and then a later mapping would fail. */
	if (t->config->machine->caps & (1ull << CAP_IPC_LOCK))
		mlockall(MCL_CURRENT | MCL_FUTURE);
	file_write(t->config->roots->proc, "self/oom_score_adj", "-1000");
}

static int set_up(struct trial *t, struct err *err)
{
	int r;

	record_prepare(t);
	t->mount_fd = roots_dir(t->config->roots, t->config->machine->memcg_mount);
	if (t->mount_fd < 0)
		return err_errno(err, t->mount_fd, "cannot open %s",
				 t->config->machine->memcg_mount);
	if ((r = log_open(t, err)) < 0 || (r = loop_open(t, err)) < 0 ||
	    (r = undo_open(&t->undo, t->config->roots, t->config->machine->debugfs_mount,
			   t->config->state_dir, t->rec->id, err)) < 0 ||
	    (r = make_tree(t, err)) < 0 || (r = scratch_make(t, err)) < 0 ||
	    (r = guard_start(t, err)) < 0)
		return r;
	progress_open(t);
	for (size_t i = 0; i < t->plan->spec.n_groups; i++)
		if ((r = write_knobs(t, i, err)) < 0)
			return r;
	t->n_slots = t->plan->n_workers;
	t->slots = arena_array(&t->rec->arena, (size_t)t->n_slots + 1, sizeof(*t->slots));
	if ((r = sources_build(&t->sources, t, err)) < 0)
		return r;
	record_columns(t);
	kills_open(t);
	return sampler_open(t, err);
}

/* The stages in which workers live; ends with every worker's outcome known. */
static int carry_out(struct trial *t, struct err *err)
{
	int r;

	if ((r = drain_start(&t->drain, t->version, tree_drain_fd(&t->tree), tree_root_fd(&t->tree),
			     t->mount_fd, t->config->machine->cpus_possible, err)) < 0)
		return r;
	protect_self(t);
	t->doing = "preparing workers";
	if ((r = workers_fork(t, err)) < 0)
		return r;
	control_interval(t);
	if (t->interrupts)
		return -EINTR;
	t->sampler.next = mono_now().ns;
	r = phases_run(t, err);
	t->sampler.next = 0;
	return r;
}

static void decide_outcomes(struct trial *t)
{
	if (!t->pages)
		return;
	loop_poll(t);
	if (t->interrupts < 2)
		outcome_wait_log(t);
	for (int i = 0; i < t->n_slots; i++)
		if (t->slots[i].pid)
			t->slots[i].outcome = slot_outcome(t, &t->slots[i]);
	outcome_record(t);
}

/* Everything back, on every path; in the reverse order of set_up(). */
static void tear_down(struct trial *t, struct err *err)
{
	faults_disarm(t, err);
	workers_finish(t);
	drain_stop(&t->drain);
	log_read(t);
	sources_close(&t->sources);
	undo_all(&t->undo, err);
	tree_destroy(&t->tree, err);
	scratch_remove(t);
	guard_release(&t->guard);
	loop_close(t);
	close_fd(&t->kmsg);
	close_fd(&t->mount_fd);
	if (t->pages)
		munmap(t->pages, sizeof(*t->pages) * (size_t)MAX(t->n_slots, 1));
	if (t->yards)
		munmap(t->yards, sizeof(*t->yards) * (size_t)MAX(t->n_slots, 1));
}

static void broken(struct trial *t, const struct err *err, const char *when)
{
	struct record *r = t->rec;

	r->fate = err->class == ERR_SKIP ? V_SKIP : V_BROKEN;
	snprintf(r->reason, sizeof(r->reason), "%s%s", when, err->text);
	record_event(r, EV_BROKEN, trial_now(t), t->phase, "%s", r->reason);
}

int trial_run(const struct trial_config *config, const struct plan *plan, struct record *record)
{
	struct err err = {0}, undo_err = {0};
	struct trial t = {
		.config = config,
		.plan = plan,
		.rec = record,
		.version = config->machine->memcg_version == 1 ? CG_V1 : CG_V2,
		.mount_fd = -1,
		.scratch_fd = -1,
		.epoll = -1,
		.signals = -1,
		.notify = -1,
		.kmsg = -1,
		.guard = {.pipe = -1},
		.undo = {.roots = {.fd = {-1, -1, -1, -1}}, .journal_fd = -1},
		.t0 = mono_now().ns,
		.phase = -1,
		.doing = "setting up",
	};
	int r;

	*record = (struct record){.fate = V_PASS};
	t.deadline = t.t0 + plan->deadline.ns + 300 * NSEC_PER_SEC;
	r = set_up(&t, &err);
	if (r == 0)
		r = carry_out(&t, &err);
	if (r < 0 && r != -EINTR && err.code)
		broken(&t, &err, "");
	else if (r == -EINTR)
		snprintf(record->reason, sizeof(record->reason), "interrupted in phase %s",
			 t.phase >= 0 ? plan->spec.phases[t.phase].name : "baseline");
	decide_outcomes(&t);
	record_drift(&t);
	tear_down(&t, &undo_err);
	if (undo_err.code)
		broken(&t, &undo_err, "not everything could be undone: ");
	record->duration_ns = trial_now(&t);
	record_keep(&t);
	return t.interrupts ? t.signal : 0;
}
