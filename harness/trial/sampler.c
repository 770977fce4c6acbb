/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/words.h"
#include "metric/derived.h"
#include "trial/trial_state.h"

/* Rows of the timeline that are kept: a run of any length fits, the interval doubles when it is
 * full. */
#define ROWS_MAX    2000
#define COLUMNS_MAX 96

void metric_sum_build(struct metric_sum *ms, const struct record *r, const struct metric *m)
{
	*ms = (struct metric_sum){0};
	if (m->origin != MO_DERIVED) {
		ms->column[0] = record_column(r, m->name);
		ms->sign[0] = 1;
		ms->n = ms->column[0] >= 0;
		return;
	}
	const struct derived *d = &derived_table[m->formula];

	if (d->ratio)
		return;
	for (const struct derived_term *term = d->num; term->sign && ms->n < METRIC_TERMS; term++) {
		int c = record_column(r, term->name);

		if (c < 0 && term->must) {
			ms->n = 0;
			return;
		}
		if (c < 0)
			continue;
		ms->column[ms->n] = c;
		ms->sign[ms->n++] = term->sign;
	}
}

int64_t metric_sum_value(const struct metric_sum *ms, const int64_t *values)
{
	int64_t sum = 0;

	if (!ms->n)
		return VALUE_ABSENT;
	for (int i = 0; i < ms->n; i++) {
		int64_t v = values[ms->column[i]];

		if (v == VALUE_ABSENT)
			return VALUE_ABSENT;
		if (v == VALUE_MAX)
			return VALUE_MAX;
		sum += ms->sign[i] * v;
	}
	return sum;
}

/* Columns of the timeline that any reader wants to see, beside those of `always`. */
static const char *const shown[] = {
	"meminfo.MemFree",    "meminfo.MemAvailable", "meminfo.Buffers",      "meminfo.Cached",
	"meminfo.AnonPages",  "meminfo.Shmem",	      "meminfo.SReclaimable", "meminfo.SUnreclaim",
	"meminfo.PageTables", "meminfo.Dirty",	      "meminfo.Writeback",    "meminfo.SwapFree",
	"vmstat.pgscan_anon", "vmstat.pgscan_file",   "vmstat.pgsteal_anon",  "vmstat.pgsteal_file",
	"vmstat.pgfault",     "vmstat.pgmajfault",    "vmstat.pswpin",	      "vmstat.pswpout",
	"psi.memory.some",    "psi.memory.full",
};

static bool is_shown(const char *name)
{
	const char *slash = strrchr(name, '/');

	if (!strncmp(name, TREE_DRAIN "/", sizeof(TREE_DRAIN)))
		return false;
	if (slash)
		return str_eq(slash + 1, "memory.current") ||
		       str_eq(slash + 1, "memory.swap.current") ||
		       str_eq(slash + 1, "memory.events.oom_kill");
	return word_index(shown, ARRAY_SIZE(shown), name) >= 0;
}

static void open_always(struct trial *t, bool *needed)
{
	struct record *r = t->rec;
	struct sampler *s = &t->sampler;
	size_t n = 0;

	r->extremes = arena_array(&r->arena, r->spec.n_checks + 1, sizeof(*r->extremes));
	s->always = arena_array(&t->sources.room, r->spec.n_checks + 1, sizeof(*s->always));
	for (size_t i = 0; i < r->spec.n_checks; i++) {
		if (r->spec.checks[i].phase != CHECK_ALWAYS)
			continue;
		r->extremes[n] =
			(struct extreme){.check = (int)i, .min = VALUE_ABSENT, .max = VALUE_ABSENT};
		metric_sum_build(&s->always[n], r, &r->spec.checks[i].metric);
		for (int c = 0; c < s->always[n].n; c++)
			needed[s->always[n].column[c]] = true;
		n++;
	}
	r->n_extremes = n;
}

/* What an `until` looks at must be fresh too. */
static void open_untils(struct trial *t, bool *needed)
{
	for (size_t p = 0; p < t->plan->spec.n_phases; p++)
		for (size_t a = 0; a < t->plan->phases[p].n_actions; a++) {
			const struct plan_action *act = &t->plan->phases[p].actions[a];
			struct metric_sum sum;

			if (act->kind != ACT_UNTIL || act->until != UNTIL_METRIC)
				continue;
			metric_sum_build(&sum, t->rec, &act->when.metric);
			for (int c = 0; c < sum.n; c++)
				needed[sum.column[c]] = true;
		}
}

/* What lies in sockets of a group: a limit lets packets through (judge/limit.c). */
static void open_sockets(struct trial *t, int group, bool *needed)
{
	const struct spec *spec = &t->rec->spec;
	const char *path = spec->groups[group].path;
	char name[METRIC_NAME_MAX];

	for (size_t g = 0; g < spec->n_groups; g++) {
		const char *above = spec->groups[g].path;
		size_t len = strlen(above);
		int column;

		if (!str_starts(path, above) || (path[len] && path[len] != '/'))
			continue;
		snprintf(name, sizeof(name), "%s/memory.stat.sock", above);
		column = record_column(t->rec, name);
		if (column >= 0)
			needed[column] = true;
	}
}

static void open_all_sockets(struct trial *t, bool *needed)
{
	for (size_t i = 0; i < t->plan->spec.n_stressors; i++) {
		const struct plan_stressor *s = &t->plan->stressors[i];

		for (size_t k = 0; k < s->n_groups && s->kind->sockets; k++)
			open_sockets(t, s->groups[k], needed);
	}
}

int sampler_open(struct trial *t, struct err *err)
{
	struct sampler *s = &t->sampler;
	struct arena *room = &t->sources.room;
	struct record *r = t->rec;
	bool *needed = arena_array(room, r->n_columns + 1, sizeof(*needed));

	(void)err;
	*s = (struct sampler){.interval = r->spec.sample_interval_ns, .keep_every = 1};
	s->now = arena_array(room, r->n_columns + 1, sizeof(*s->now));
	for (size_t i = 0; i < r->n_columns; i++)
		s->now[i] = VALUE_ABSENT;
	open_always(t, needed);
	open_untils(t, needed);
	open_all_sockets(t, needed);
	sources_need(&t->sources, needed);
	s->columns = arena_array(room, COLUMNS_MAX, sizeof(*s->columns));
	for (size_t i = 0; i < r->n_columns; i++) {
		struct column *c = &r->columns[i];

		c->sampled = (needed[i] || is_shown(c->name)) && r->n_sampled < COLUMNS_MAX;
		if (c->sampled)
			s->columns[r->n_sampled++] = (int)i;
		needed[i] |= c->sampled;
	}
	sources_narrow(&t->sources, needed);
	r->max_samples = ROWS_MAX;
	r->samples = arena_array(room, ROWS_MAX * r->n_sampled + 1, sizeof(*r->samples));
	r->samples_t = arena_array(room, ROWS_MAX, sizeof(*r->samples_t));
	return 0;
}

static int64_t *keep(struct record *r, const int64_t *from, size_t n)
{
	int64_t *to = arena_array(&r->arena, n + 1, sizeof(*to));

	return n ? memcpy(to, from, n * sizeof(*to)) : to;
}

void sampler_close(struct trial *t)
{
	struct record *r = t->rec;

	r->samples = keep(r, r->samples, r->n_samples * r->n_sampled);
	r->samples_t = keep(r, r->samples_t, r->n_samples);
	r->max_samples = r->n_samples;
	t->sampler = (struct sampler){0};
}

/* Keep every second row; from now on every second sample of what was kept. */
static void thin(struct sampler *s, struct record *r)
{
	for (size_t i = 0; i < r->n_samples / 2; i++) {
		memcpy(&r->samples[i * r->n_sampled], &r->samples[2 * i * r->n_sampled],
		       r->n_sampled * sizeof(*r->samples));
		r->samples_t[i] = r->samples_t[2 * i];
	}
	r->n_samples /= 2;
	s->keep_every *= 2;
}

static void keep_row(struct sampler *s, struct record *r, int64_t t_ns)
{
	if (s->seen++ % s->keep_every)
		return;
	if (r->n_samples == r->max_samples)
		thin(s, r);
	for (size_t i = 0; i < r->n_sampled; i++)
		r->samples[r->n_samples * r->n_sampled + i] = s->now[s->columns[i]];
	r->samples_t[r->n_samples++] = t_ns;
}

static void keep_extremes(struct sampler *s, struct record *r, int64_t t_ns)
{
	const struct reading *base = record_reading(r, -1);

	for (size_t i = 0; i < r->n_extremes; i++) {
		struct extreme *e = &r->extremes[i];
		int64_t v = metric_sum_value(&s->always[i], s->now);

		if (v != VALUE_ABSENT && r->spec.checks[e->check].delta)
			v = base ? v - metric_sum_value(&s->always[i], base->values) : VALUE_ABSENT;
		if (v == VALUE_ABSENT)
			continue;
		if (!e->n || v < e->min) {
			e->min = v;
			e->min_ns = t_ns;
		}
		if (!e->n || v > e->max) {
			e->max = v;
			e->max_ns = t_ns;
		}
		e->n++;
	}
}

void sampler_tick(struct trial *t)
{
	struct sampler *s = &t->sampler;
	int64_t now = mono_now().ns, t_ns;

	if (!s->next || now < s->next)
		return;
	/* Samples that were due while we were away are not made up for. */
	s->next += ((now - s->next) / s->interval + 1) * s->interval;
	sources_read(&t->sources, true, s->now);
	t_ns = now - t->t0;
	t->rec->n_samples_taken++;
	keep_row(s, t->rec, t_ns);
	keep_extremes(s, t->rec, t_ns);
}
