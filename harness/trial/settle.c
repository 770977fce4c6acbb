/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Making a reading right: wait for what is asynchronous, drain what is cached, read twice and
 * compare. */
#include <errno.h>
#include <linux/membarrier.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/io.h"
#include "metric/keys.h"
#include "trial/trial_state.h"

/* The kernel's own cgroup test allows 8 s for what is freed behind RCU and by workers. */
#define STILL_LIMIT (8 * NSEC_PER_SEC)
/* How long to wait for a moment in which others are quiet. */
#define CALM_LIMIT (2 * NSEC_PER_SEC)
#define STILL_STEP (20 * NSEC_PER_MSEC)
#define SLAB_STEP  (100 * NSEC_PER_MSEC)
/* Slab of the whole machine never stands quite still: others allocate too. */
#define SLAB_STILL    (256 * KIB)
#define CONTROL_READS 6
/* What others may move between two readings in a row for the machine to count as calm. */
#define CALM (128 * KIB)

/* One pass over everything that hides counts. */
static unsigned make_exact(struct trial *t)
{
	unsigned got;

	/*
	 * A grace period: page tables, dentries and inodes freed before it are on their way
	 * (MEMBARRIER_CMD_GLOBAL is synchronize_rcu(), kernel/sched/membarrier.c). First, as it
	 * takes milliseconds in which others move on.
	 */
	syscall(SYS_membarrier, MEMBARRIER_CMD_GLOBAL, 0, 0);
	got = drain_pass(&t->drain, t->sources.buf, t->sources.buf_size);
	if (file_write(t->config->roots->proc, "sys/vm/stat_refresh", "1") == 0)
		got |= SETTLED_PERCPU;
	return got;
}

/* Is this column one that must stand still before the phase is read? */
static bool is_watched(const struct trial *t, const struct check *c, int phase)
{
	const struct metric *m = &c->metric;

	(void)t;
	if (c->phase != phase || (m->flags & MF_COUNTER))
		return false;
	return m->origin == MO_GROUP_FILE || m->origin == MO_GROUP_STAT || (m->flags & MF_SLAB_RCU);
}

/* What every trial is judged by: the usage of a group, which kswapd may still be lowering. */
static bool groups_still(const struct trial *t, const int64_t *a, const int64_t *b)
{
	char name[METRIC_NAME_MAX];

	for (size_t i = 0; i < t->rec->spec.n_groups; i++) {
		int col;

		snprintf(name, sizeof(name), "%s/memory.current", t->rec->spec.groups[i].path);
		col = record_column(t->rec, name);
		if (col >= 0 && a[col] != b[col])
			return false;
	}
	return true;
}

static bool still(const struct trial *t, int phase, const int64_t *a, const int64_t *b)
{
	const struct spec *spec = &t->rec->spec;

	if (!groups_still(t, a, b))
		return false;
	for (size_t i = 0; i < spec->n_checks; i++) {
		const struct check *c = &spec->checks[i];
		int64_t moved, allowed = 0;
		int col;

		if (!is_watched(t, c, phase) || (col = record_column(t->rec, c->metric.name)) < 0)
			continue;
		moved = a[col] > b[col] ? a[col] - b[col] : b[col] - a[col];
		if (c->metric.origin == MO_MEMINFO || c->metric.origin == MO_VMSTAT)
			allowed = MAX(t->rec->columns[col].noise, SLAB_STILL);
		else if (c->metric.origin == MO_SLAB)
			allowed = t->rec->columns[col].noise;
		if (moved > allowed)
			return false;
	}
	return true;
}

static bool has_slab_check(const struct trial *t, int phase)
{
	for (size_t i = 0; i < t->rec->spec.n_checks; i++) {
		const struct check *c = &t->rec->spec.checks[i];

		if (c->phase == phase && (c->metric.flags & MF_SLAB_RCU))
			return true;
	}
	return false;
}

/* A change of a counter of the whole machine can be told from others' only in a quiet moment. */
static bool has_global_change(const struct trial *t, int phase)
{
	for (size_t i = 0; i < t->rec->spec.n_checks; i++) {
		const struct check *c = &t->rec->spec.checks[i];

		if (c->phase == phase && c->delta && (c->metric.flags & MF_GLOBAL))
			return true;
	}
	return false;
}

/*
 * Others that are at work refill the per-CPU counters between draining and reading, by at most a
 * threshold and a batch a CPU: what they moved between two readings in a row, up to that, is not
 * known better. True when that was little: then corrections for others are exact.
 */
static bool note_activity(struct trial *t, const int64_t *before, int64_t *now)
{
	const struct record *r = t->rec;
	int64_t most = (r->percpu_threshold + 64) * r->cpus * r->page_size;
	bool calm = true;

	for (size_t i = 0; keys_others[i].name; i++) {
		size_t c = t->others_first + 2 * i;
		int64_t moved = now[c] > before[c] ? now[c] - before[c] : before[c] - now[c];

		if (now[c] == VALUE_ABSENT || before[c] == VALUE_ABSENT)
			continue;
		now[c + 1] = MAX(now[c + 1], MIN(moved, most));
		calm &= moved <= CALM;
	}
	return calm;
}

/* Two readings in a row that agree in all that the phase's checks look at; the second one stays. */
static unsigned read_until_still(struct trial *t, struct reading *rd)
{
	int64_t begin = mono_now().ns, spent;
	int64_t step = has_slab_check(t, rd->phase) ? SLAB_STEP : STILL_STEP;
	bool wants_calm = has_global_change(t, rd->phase);
	int64_t *before = t->still_values;
	unsigned got = make_exact(t);
	bool running = workers_any_running(t), at_rest;

	sources_read(&t->sources, false, rd->values);
	/* What workers at work move never stands still, but others may be quiet meanwhile. */
	if ((running && !wants_calm) || t->config->rough)
		return got;
	do {
		memcpy(before, rd->values, t->rec->n_columns * sizeof(*before));
		if (loop_until(t, mono_now().ns + step, NULL, NULL) < 0)
			return got;
		got = make_exact(t);
		sources_read(&t->sources, false, rd->values);
		if (note_activity(t, before, rd->values))
			got |= SETTLED_CALM;
		if (!running && still(t, rd->phase, before, rd->values))
			got |= SETTLED_STILL | SETTLED_SLAB;
		at_rest = running || (got & SETTLED_STILL);
		if (at_rest && (!wants_calm || (got & SETTLED_CALM)))
			return got;
		spent = mono_now().ns - begin;
	} while (spent < (at_rest ? CALM_LIMIT : STILL_LIMIT));
	record_event(t->rec, EV_NOTE, trial_now(t), t->phase,
		     "%s did not stand still within %lld s",
		     at_rest ? "the rest of the machine" : "counters",
		     (long long)(spent / NSEC_PER_SEC));
	return got;
}

void settle_and_read(struct trial *t, struct reading *rd)
{
	int64_t begin = mono_now().ns;

	t->doing = "settling";
	outcome_wait_log(t);
	rd->settled = read_until_still(t, rd);
	rd->settle_ns = mono_now().ns - begin;
	rd->t_ns = trial_now(t);
	rd->done = true;
}

void control_interval(struct trial *t)
{
	struct record *r = t->rec;
	struct reading *rd = &r->readings[0];
	int64_t *low = t->low_values, *high = t->high_values, *before = t->still_values;
	int64_t span = t->config->control.ns ? t->config->control.ns : 300 * NSEC_PER_MSEC;
	int64_t begin = mono_now().ns;
	int reads = t->config->rough ? 1 : CONTROL_READS;

	t->doing = "measuring the machine's own noise";
	for (int i = 0; i < reads; i++) {
		memcpy(before, rd->values, r->n_columns * sizeof(*before));
		rd->settled = make_exact(t);
		sources_read(&t->sources, false, rd->values);
		if (i && note_activity(t, before, rd->values))
			rd->settled |= SETTLED_CALM;
		for (size_t c = 0; c < r->n_columns; c++) {
			int64_t v = rd->values[c];

			low[c] = i ? MIN(low[c], v) : v;
			high[c] = i ? MAX(high[c], v) : v;
		}
		if (i + 1 < reads &&
		    loop_until(t, begin + (i + 1) * span / (reads - 1), NULL, NULL) < 0)
			break;
	}
	for (size_t c = 0; c < r->n_columns; c++)
		r->columns[c].noise = low[c] == VALUE_ABSENT ? 0 : high[c] - low[c];
	r->control_ns = mono_now().ns - begin;
	rd->settled |= SETTLED_STILL | SETTLED_SLAB;
	rd->settle_ns = r->control_ns;
	rd->t_ns = trial_now(t);
	rd->done = true;
}
