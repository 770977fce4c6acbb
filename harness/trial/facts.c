/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Room for what will be measured, and the facts of the machine that a reader or a comparison wants.
 */
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "trial/trial_state.h"

#define EVENTS_MAX 512
#define OOMS_MAX   64
#define LOG_MAX	   300 /* an OOM report has 40 lines and one a process */
#define WORDS_MAX  64

static void fact(struct record *r, const char *name, const char *value)
{
	struct fact *f = arena_push(&r->arena, r->facts, r->n_facts);

	f->name = name;
	f->value = arena_strdup(&r->arena, value[0] ? value : "none");
}

static void fact_i64(struct record *r, const char *name, int64_t value)
{
	char text[32];

	snprintf(text, sizeof(text), "%lld", (long long)value);
	fact(r, name, value == VALUE_ABSENT ? "unknown" : text);
}

static void record_facts(struct trial *t)
{
	const struct machine *m = t->config->machine;
	struct record *r = t->rec;

	fact(r, "kernel", m->release);
	fact(r, "kernel_version", m->version);
	fact(r, "arch", m->arch);
	fact(r, "cpu", m->cpu_model);
	fact_i64(r, "cpus", m->cpus_online);
	fact_i64(r, "memory", m->mem_total);
	fact_i64(r, "page_size", m->page_size);
	fact_i64(r, "nodes", m->nodes);
	fact_i64(r, "swap", m->swap_total);
	fact(r, "zswap", m->zswap ? m->zswap_words : "off");
	fact(r, "thp", m->thp);
	fact(r, "page_reporting", m->page_reporting ? "on" : "off");
	fact(r, "lru", m->mglru ? "mglru" : "classic");
	fact(r, "psi", m->has & NEED_PSI ? "on" : "off");
	fact(r, "cgroup", m->memcg_version == 1 ? "v1" : m->memcg_version == 2 ? "v2" : "none");
	fact(r, "container", m->container);
	fact(r, "oom_daemons", m->oom_daemons);
	fact(r, "damon", m->damon);
	fact(r, "cmdline", m->cmdline);
	fact_i64(r, "taint", m->taint);
	fact(r, "root", m->euid == 0 ? "yes" : "no");
}

static size_t count_untils(const struct plan *plan)
{
	size_t n = 0;

	for (size_t i = 0; i < plan->spec.n_phases; i++)
		for (size_t j = 0; j < plan->phases[i].n_actions; j++)
			n += plan->phases[i].actions[j].kind == ACT_UNTIL;
	return n;
}

void record_prepare(struct trial *t)
{
	struct record *r = t->rec;
	struct arena *a = &r->arena;
	struct timespec ts;

	clock_gettime(CLOCK_REALTIME, &ts);
	r->started_unix_ns = ts.tv_sec * NSEC_PER_SEC + ts.tv_nsec;
	r->spec = t->plan->spec;
	r->page_size = t->config->machine->page_size;
	r->cpus = t->config->machine->cpus_online;
	r->cgroup_version = t->config->machine->memcg_version;
	r->seed = t->config->seed;
	tree_name(r->id, getpid(), t->config->number);
	record_reserve_words(r, WORDS_MAX);
	r->max_events = EVENTS_MAX;
	r->events = arena_array(&t->room, EVENTS_MAX, sizeof(*r->events));
	r->max_ooms = OOMS_MAX;
	r->ooms = arena_array(&t->room, OOMS_MAX, sizeof(*r->ooms));
	r->max_log = LOG_MAX;
	r->log = arena_array(&t->room, LOG_MAX, sizeof(*r->log));
	r->max_untils = count_untils(t->plan);
	r->untils = arena_array(a, r->max_untils + 1, sizeof(*r->untils));
	r->n_workers = (size_t)t->plan->n_workers;
	r->workers = arena_array(a, r->n_workers + 1, sizeof(*r->workers));
	r->n_readings = r->spec.n_phases + 1;
	r->readings = arena_array(a, r->n_readings, sizeof(*r->readings));
	for (size_t i = 0; i < r->n_readings; i++)
		r->readings[i].phase = (int)i - 1;
	record_facts(t);
}

/* Once the sources have laid out their columns. */
void record_columns(struct trial *t)
{
	struct record *r = t->rec;

	for (size_t i = 0; i < r->n_readings; i++) {
		r->readings[i].values = arena_array(&r->arena, r->n_columns + 1, sizeof(int64_t));
		for (size_t c = 0; c < r->n_columns; c++)
			r->readings[i].values[c] = VALUE_ABSENT;
	}
	t->still_values = arena_array(&t->room, r->n_columns + 1, sizeof(int64_t));
	t->low_values = arena_array(&t->room, r->n_columns + 1, sizeof(int64_t));
	t->high_values = arena_array(&t->room, r->n_columns + 1, sizeof(int64_t));
	t->rest = arena_array(&r->arena, r->spec.n_stressors + 1, sizeof(int));
}

/* How far each column moved from the baseline to the last reading there is. */
void record_drift(struct trial *t)
{
	struct record *r = t->rec;
	const struct reading *first = record_reading(r, -1), *last = first;

	for (size_t i = 0; i < r->n_readings; i++)
		if (r->readings[i].done)
			last = &r->readings[i];
	for (size_t c = 0; first && c < r->n_columns; c++)
		if (first->values[c] != VALUE_ABSENT && last->values[c] != VALUE_ABSENT &&
		    r->columns[c].unit != UNIT_TEXT)
			r->columns[c].drift = last->values[c] - first->values[c];
}

static void *kept(struct record *r, const void *from, size_t n, size_t size)
{
	void *to = arena_array(&r->arena, n + 1, size);

	if (n)
		memcpy(to, from, n * size);
	return to;
}

/* A suite keeps the records of all its trials until its end. */
void record_keep(struct trial *t)
{
	struct record *r = t->rec;

	r->events = kept(r, r->events, r->n_events, sizeof(*r->events));
	r->max_events = r->n_events;
	r->ooms = kept(r, r->ooms, r->n_ooms, sizeof(*r->ooms));
	r->max_ooms = r->n_ooms;
	r->log = kept(r, r->log, r->n_log, sizeof(*r->log));
	r->max_log = r->n_log;
	arena_free(&t->room);
}
