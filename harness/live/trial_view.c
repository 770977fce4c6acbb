/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "live/trial_view.h"

#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"

static const char *const rate_columns[TR_MAX][TRIAL_RATE_TERMS] = {
	[TR_SCAN] = {"vmstat.pgscan_anon", "vmstat.pgscan_file"},
	[TR_STEAL] = {"vmstat.pgsteal_anon", "vmstat.pgsteal_file"},
	[TR_MAJFLT] = {"vmstat.pgmajfault", NULL},
	[TR_SOME] = {"psi.memory.some", NULL},
	[TR_FULL] = {"psi.memory.full", NULL},
};

void trial_view_begin(struct trial_view *tv, size_t at, size_t total, dur_t suite_left)
{
	tv->at = at;
	tv->total = total;
	tv->suite_left = suite_left;
	tv->record = NULL;
	rates_init(&tv->rates, NSEC_PER_SEC);
	for (size_t i = 0; i < LIVE_BARS; i++)
		tv->peak[i] = VALUE_ABSENT;
}

static int group_column(const struct record *r, size_t group, const char *file)
{
	char name[METRIC_NAME_MAX * 2];

	snprintf(name, sizeof(name), "%s/%s", r->spec.groups[group].path, file);
	return record_column(r, name);
}

/* Once a trial: names are looked up among a thousand columns. */
static void find_columns(struct trial_view *tv, const struct record *r)
{
	tv->record = r;
	for (size_t i = 0; i < TR_MAX; i++)
		for (size_t k = 0; k < TRIAL_RATE_TERMS; k++)
			tv->columns[i][k] =
				rate_columns[i][k] ? record_column(r, rate_columns[i][k]) : -1;
	for (size_t i = 0; i < MIN(r->spec.n_groups, LIVE_BARS); i++) {
		tv->group[i] = group_column(r, i, "memory.current");
		tv->kills[i] = group_column(r, i, "memory.events.oom_kill");
	}
}

static int64_t now_at(const struct trial_progress *p, int column)
{
	return p->now && column >= 0 ? p->now[column] : VALUE_ABSENT;
}

static void put_group(struct trial_view *tv, const struct trial_progress *p, size_t i)
{
	const struct spec_group *g = &p->record->spec.groups[i];
	int64_t kills = now_at(p, tv->kills[i]), value = now_at(p, tv->group[i]);
	struct live_bar *b = live_bar_add(&tv->view);

	snprintf(b->name, sizeof(b->name), "%s", g->path);
	tv->peak[i] = MAX(tv->peak[i], value);
	b->value = value;
	b->peak = tv->peak[i];
	if (i < p->n_limits) {
		b->limit = p->limits[i].max == VALUE_ABSENT ? VALUE_MAX : p->limits[i].max;
		b->mark = p->limits[i].high == VALUE_MAX ? VALUE_ABSENT : p->limits[i].high;
	}
	b->scale = b->limit == VALUE_MAX ? p->record->spec.fuse : b->limit;
	if (kills > 0)
		snprintf(b->note, sizeof(b->note), "%lld OOM kill%s", (long long)kills,
			 kills == 1 ? "" : "s");
}

static void put_groups(struct trial_view *tv, const struct trial_progress *p)
{
	size_t n = p->record->spec.n_groups;

	for (size_t i = 0; i < MIN(n, LIVE_BARS); i++)
		put_group(tv, p, i);
	tv->view.bars_more = n - MIN(n, LIVE_BARS);
}

static void add_count(char *buf, size_t size, int n, const char *what)
{
	size_t len = strlen(buf);

	if (n)
		snprintf(buf + len, size - len, "%s %d %s", len ? "," : "", n, what);
}

static void put_workers(struct live_view *v, const struct trial_workers *w)
{
	char text[80] = "";

	add_count(text, sizeof(text), w->waiting, "waiting");
	add_count(text, sizeof(text), w->running, "running");
	add_count(text, sizeof(text), w->holding, "holding");
	add_count(text, sizeof(text), w->done, "done");
	add_count(text, sizeof(text), w->killed, "killed");
	if (w->all)
		live_cell_add(v, false, "workers%s", text);
}

static void put_rates(struct trial_view *tv, const struct trial_progress *p)
{
	const double *r = tv->rates.per_s;
	char a[QUANTITY_MAX], b[QUANTITY_MAX];
	double page = (double)p->record->page_size;

	if (r[TR_SOME] >= 0)
		live_cell_add(&tv->view, false, "pressure some %.0f%% full %.0f%%",
			      r[TR_SOME] / 1e7, MAX(r[TR_FULL], 0) / 1e7);
	if (r[TR_SCAN] >= 0 && r[TR_STEAL] >= 0)
		live_cell_add(&tv->view, false, "scanned %s/s reclaimed %s/s",
			      live_size(a, (int64_t)(r[TR_SCAN] * page)),
			      live_size(b, (int64_t)(r[TR_STEAL] * page)));
	if (r[TR_MAJFLT] >= 0)
		live_cell_add(&tv->view, false, "major faults %s/s", live_count(a, r[TR_MAJFLT]));
}

static void count_rates(struct trial_view *tv, const struct trial_progress *p)
{
	int64_t values[TR_MAX];

	for (size_t i = 0; i < TR_MAX; i++) {
		values[i] = now_at(p, tv->columns[i][0]);
		for (size_t k = 1; k < TRIAL_RATE_TERMS && values[i] != VALUE_ABSENT; k++)
			if (tv->columns[i][k] >= 0)
				values[i] += MAX(now_at(p, tv->columns[i][k]), 0);
	}
	/* Samples are taken in phases only. */
	if (values[TR_SCAN] != VALUE_ABSENT || values[TR_SOME] != VALUE_ABSENT)
		rates_add(&tv->rates, p->elapsed.ns + 1, values, TR_MAX);
}

static void put_events(struct live_view *v, const struct record *r)
{
	size_t n = 0, from = r->n_events;

	while (from && n < LIVE_EVENTS)
		n += r->events[--from].kind != EV_NOTE;
	for (; from < r->n_events; from++) {
		const struct event *e = &r->events[from];
		struct live_event *to = &v->events[v->n_events];

		if (e->kind == EV_NOTE)
			continue;
		to->t_ns = e->t_ns;
		to->bad = e->bad || e->kind == EV_OOM || e->kind == EV_BROKEN;
		snprintf(to->text, sizeof(to->text), "%-6s %.190s", event_words[e->kind], e->text);
		v->n_events++;
	}
}

/* An estimate: whole seconds are more than is known. */
static void put_time(struct trial_view *tv, const struct trial_progress *p)
{
	struct live_view *v = &tv->view;
	long long more = tv->suite_left.ns / NSEC_PER_SEC;
	char elapsed[32], left[32];

	live_time(elapsed, p->elapsed);
	if (more < 60)
		snprintf(left, sizeof(left), "%llds", more);
	else
		live_time(left, tv->suite_left);
	snprintf(v->time, sizeof(v->time), "%s%s%s", elapsed, more ? ", then about " : "",
		 more ? left : "");
}

void trial_view_make(struct trial_view *tv, const struct trial_progress *p)
{
	struct live_view *v = &tv->view;
	char left[32];

	if (tv->record != p->record && p->record->n_columns && p->now)
		find_columns(tv, p->record);
	v->n_bars = v->bars_more = v->n_cells = v->n_events = 0;
	snprintf(v->title, sizeof(v->title), "[%zu/%zu] %s", tv->at + 1, tv->total,
		 p->record->spec.name);
	put_time(tv, p);
	snprintf(v->state, sizeof(v->state), "%s: %s%s%s%s", p->phase, p->doing,
		 p->left.ns ? " (" : "", p->left.ns ? live_time(left, p->left) : "",
		 p->left.ns ? " left)" : "");
	if (tv->record == p->record) {
		put_groups(tv, p);
		count_rates(tv, p);
	}
	put_workers(v, &p->workers);
	put_rates(tv, p);
	put_events(v, p->record);
}
