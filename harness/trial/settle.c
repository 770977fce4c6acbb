/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Making a reading right: wait for what is asynchronous, drain what is cached, read twice and
 * compare. */
#include <errno.h>
#include <limits.h>
#include <linux/membarrier.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/io.h"
#include "metric/derived.h"
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
#define CALM	  (128 * KIB)
#define ANY_PHASE INT_MIN

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
 * A change of free memory is wrong while blocks are being reported to the host. Of one phase, or
 * (ANY_PHASE) of any.
 */
static bool minds_reports(const struct trial *t, int phase)
{
	for (size_t i = 0; t->config->machine->page_reporting && i < t->rec->spec.n_checks; i++) {
		const struct check *c = &t->rec->spec.checks[i];

		if ((phase == ANY_PHASE || c->phase == phase) && c->delta &&
		    (c->metric.flags & MF_PCP))
			return true;
	}
	return false;
}

struct row {
	const struct record *r;
	const int64_t *values;
};

static int64_t get_value(void *arg, const char *name)
{
	const struct row *row = arg;
	int c = record_column(row->r, name);

	return c < 0 ? VALUE_ABSENT : row->values[c];
}

/*
 * Is there memory that was free or in use at the baseline and is neither now? It comes back within
 * a second where it is being reported, and not at all where the kernel has lost it.
 */
static bool is_hidden(const struct trial *t, const int64_t *values)
{
	struct row now = {t->rec, values}, base = {t->rec, t->rec->readings[0].values};
	int64_t more = derived_hidden(get_value, &now, t->rec->page_size),
		at_first = derived_hidden(get_value, &base, t->rec->page_size);

	return more != VALUE_ABSENT && at_first != VALUE_ABSENT && more - at_first >= HIDDEN_LEAST;
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
	bool wants_free = minds_reports(t, rd->phase);
	int64_t *before = t->still_values;
	unsigned got = make_exact(t);
	bool running = workers_any_running(t), at_rest, hidden;

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
		hidden = wants_free && is_hidden(t, rd->values);
		if (at_rest && !hidden && (!wants_calm || (got & SETTLED_CALM)))
			return got;
		spent = mono_now().ns - begin;
	} while (spent < (at_rest && !hidden ? CALM_LIMIT : STILL_LIMIT));
	record_event(t->rec, EV_NOTE, trial_now(t), t->phase,
		     hidden    ? "memory that is neither free nor in use did not come back within "
				 "%lld s"
		     : at_rest ? "the rest of the machine did not stand still within %lld s"
			       : "counters did not stand still within %lld s",
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

/*
 * Lines of free memory, which pages on lists of the CPUs are missing from: the judge takes those
 * out of a change, so what moves between the two is no noise.
 */
static const struct {
	const char *name;
	bool pages; /* not bytes */
} free_lines[] = {{"meminfo.MemFree", false},
		  {"meminfo.MemAvailable", false},
		  {"vmstat.nr_free_pages", true},
		  {"zoneinfo.free", true}};

static void put_lists_back(const struct record *r, const int64_t *values, int64_t *with)
{
	int lists = record_column(r, "zoneinfo.pcp");

	memcpy(with, values, r->n_columns * sizeof(*with));
	for (size_t i = 0; lists >= 0 && i < ARRAY_SIZE(free_lines); i++) {
		int c = record_column(r, free_lines[i].name);

		if (c >= 0 && values[c] != VALUE_ABSENT && values[lists] != VALUE_ABSENT)
			with[c] += values[lists] * (free_lines[i].pages ? 1 : r->page_size);
	}
}

/* Returns by how much memory that is neither free nor in use moved in it. */
static int64_t measure_noise(struct trial *t, int reads)
{
	struct record *r = t->rec;
	struct reading *rd = &r->readings[0];
	int64_t *low = t->low_values, *high = t->high_values, *before = t->still_values;
	int64_t span = t->config->control.ns ? t->config->control.ns : 300 * NSEC_PER_MSEC;
	int64_t begin = mono_now().ns, least = INT64_MAX, most = INT64_MIN;

	for (int i = 0; i < reads; i++) {
		struct row row = {r, rd->values};
		int64_t hidden;

		memcpy(before, rd->values, r->n_columns * sizeof(*before));
		rd->settled = make_exact(t);
		sources_read(&t->sources, false, rd->values);
		if (i && note_activity(t, before, rd->values))
			rd->settled |= SETTLED_CALM;
		hidden = derived_hidden(get_value, &row, r->page_size);
		least = MIN(least, hidden);
		most = MAX(most, hidden);
		put_lists_back(r, rd->values, before);
		for (size_t c = 0; c < r->n_columns; c++) {
			int64_t v = before[c];

			low[c] = i ? MIN(low[c], v) : v;
			high[c] = i ? MAX(high[c], v) : v;
		}
		if (i + 1 < reads &&
		    loop_until(t, begin + (i + 1) * span / (reads - 1), NULL, NULL) < 0)
			break;
	}
	r->control_ns = mono_now().ns - begin;
	return least == VALUE_ABSENT ? 0 : most - least;
}

void control_interval(struct trial *t)
{
	struct record *r = t->rec;
	struct reading *rd = &r->readings[0];
	int64_t *low = t->low_values, *high = t->high_values, moved;
	int64_t deadline = mono_now().ns + STILL_LIMIT;
	bool again;

	t->doing = "measuring the machine's own noise";
	/* Blocks that are being reported to the host come and go by tens of megabytes. */
	do {
		moved = measure_noise(t, t->config->rough ? 1 : CONTROL_READS);
		again = moved >= HIDDEN_LEAST && minds_reports(t, ANY_PHASE);
	} while (again && !t->interrupts && mono_now().ns < deadline);
	for (size_t c = 0; c < r->n_columns; c++)
		r->columns[c].noise = low[c] == VALUE_ABSENT ? 0 : high[c] - low[c];
	rd->settled |= SETTLED_STILL | SETTLED_SLAB;
	rd->settle_ns = r->control_ns;
	rd->t_ns = trial_now(t);
	rd->done = true;
}
