/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "live/watch_view.h"

#include <string.h>

#include "base/cleanup.h"

void watch_view_init(struct watch_view *wv, const struct watched *w, int64_t interval_ns)
{
	memset(wv, 0, sizeof(*wv));
	wv->w = w;
	wv->event_kind = -1;
	rates_init(&wv->rates, interval_ns / 2);
}

static bool is_counter(size_t i)
{
	return i >= WN_SCAN;
}

/* One line for the same again and again: a group at its limit hits it a thousand times a second. */
static void note_event(struct watch_view *wv, size_t i)
{
	struct live_view *v = &wv->view;
	struct live_event *e;

	if (wv->event_kind == (int)i && v->n_events) {
		e = &v->events[v->n_events - 1];
		wv->event_count += wv->rose[i];
	} else {
		if (v->n_events == LIVE_EVENTS)
			memmove(v->events, v->events + 1, --v->n_events * sizeof(v->events[0]));
		e = &v->events[v->n_events++];
		wv->event_count = wv->rose[i];
	}
	wv->event_kind = (int)i;
	e->t_ns = wv->t_ns;
	e->bad = i == WN_E_OOM || i == WN_E_OOM_KILL;
	snprintf(e->text, sizeof(e->text), "%s +%lld", watch_names[i], (long long)wv->event_count);
}

void watch_view_add(struct watch_view *wv, const struct watch_reading *rd, int64_t t_ns)
{
	wv->rd = rd;
	wv->t_ns = t_ns;
	for (size_t i = 0; i < WN_COUNT; i++) {
		int64_t now = rd->values[i], before = wv->before[i];

		wv->rose[i] = wv->any && is_counter(i) && now != VALUE_ABSENT &&
					      before != VALUE_ABSENT && now > before
				      ? now - before
				      : 0;
		wv->before[i] = now;
		if (wv->rose[i] && i >= WN_EVENT_FIRST && i <= WN_EVENT_LAST)
			note_event(wv, i);
	}
	wv->any = true;
	rates_add(&wv->rates, t_ns + 1, rd->values, WN_COUNT);
}

static int64_t value(const struct watch_view *wv, enum watch_number n)
{
	return wv->rd->values[n];
}

static bool is_limit(int64_t v)
{
	return v != VALUE_ABSENT && v != VALUE_MAX;
}

/* What a full bar is: the limit, or the machine's memory where there is none. */
static int64_t scale(const struct watch_view *wv)
{
	int64_t max = value(wv, WN_MAX);

	return is_limit(max) ? max : wv->w->mem_total;
}

static void put_whole(struct watch_view *wv)
{
	struct live_bar *b = live_bar_add(&wv->view);
	const char *name = strrchr(wv->w->path, '/');
	int64_t max = value(wv, WN_MAX), high = value(wv, WN_HIGH);
	int64_t kills = value(wv, WN_E_OOM_KILL);

	snprintf(b->name, sizeof(b->name), "%s",
		 !wv->w->path[0]   ? "used"
		 : name && name[1] ? name + 1
				   : wv->w->path);
	b->value = value(wv, WN_CURRENT);
	b->limit = is_limit(max) ? max : VALUE_MAX;
	b->scale = scale(wv);
	b->mark = is_limit(high) ? high : VALUE_ABSENT;
	b->peak = value(wv, WN_PEAK);
	if (kills > 0)
		snprintf(b->note, sizeof(b->note), "%lld OOM kill%s", (long long)kills,
			 kills == 1 ? "" : "s");
}

static void put_part(struct watch_view *wv, const char *name, unsigned depth, int64_t v)
{
	struct live_bar *b = v == VALUE_ABSENT ? NULL : live_bar_add(&wv->view);

	if (!b)
		return;
	snprintf(b->name, sizeof(b->name), "%s", name);
	b->depth = depth;
	b->value = v;
	b->scale = scale(wv);
}

static void put_swap(struct watch_view *wv)
{
	int64_t used = value(wv, WN_SWAP), max = value(wv, WN_SWAP_MAX);
	struct live_bar *b;

	if (used == VALUE_ABSENT || (used == 0 && (max == 0 || !is_limit(max))))
		return;
	b = live_bar_add(&wv->view);
	snprintf(b->name, sizeof(b->name), "swap");
	b->value = used;
	b->limit = is_limit(max) ? max : VALUE_MAX;
	b->scale = is_limit(max) ? max : scale(wv);
}

static void put_bars(struct watch_view *wv)
{
	const struct watch_reading *rd = wv->rd;
	char name[64];

	put_whole(wv);
	put_part(wv, "anon", 1, value(wv, WN_ANON));
	put_part(wv, "file", 1, value(wv, WN_FILE));
	put_part(wv, "shmem", 2, value(wv, WN_SHMEM));
	put_part(wv, "kernel", 1, value(wv, WN_KERNEL));
	put_part(wv, "slab", 2, value(wv, WN_SLAB));
	for (size_t i = 0; i < rd->n_children; i++) {
		snprintf(name, sizeof(name), "%.60s/", rd->children[i].name);
		put_part(wv, name, 1, rd->children[i].current);
	}
	put_swap(wv);
}

static void put_cells(struct watch_view *wv)
{
	const double *r = wv->rates.per_s;
	double page = (double)wv->w->page_size;
	char a[QUANTITY_MAX], b[QUANTITY_MAX];
	bool machine = wv->w->path[0] && wv->w->pressure_of_machine;

	if (r[WN_SOME] >= 0)
		live_cell_add(&wv->view, false, "pressure%s some %.0f%% full %.0f%%",
			      machine ? " of the machine" : "", r[WN_SOME] / 1e7,
			      MAX(r[WN_FULL], 0) / 1e7);
	if (r[WN_SCAN] >= 0 && r[WN_STEAL] >= 0)
		live_cell_add(&wv->view, false, "scanned %s/s reclaimed %s/s",
			      live_size(a, (int64_t)(r[WN_SCAN] * page)),
			      live_size(b, (int64_t)(r[WN_STEAL] * page)));
	if (r[WN_REFAULT_ANON] >= 0 && r[WN_REFAULT_FILE] >= 0)
		live_cell_add(&wv->view, false, "refaulted anon %s/s file %s/s",
			      live_size(a, (int64_t)(r[WN_REFAULT_ANON] * page)),
			      live_size(b, (int64_t)(r[WN_REFAULT_FILE] * page)));
	if (r[WN_MAJFLT] >= 0)
		live_cell_add(&wv->view, false, "major faults %s/s", live_count(a, r[WN_MAJFLT]));
	if (wv->rd->n_children + wv->rd->children_more)
		live_cell_add(&wv->view, false, "groups inside %zu",
			      wv->rd->n_children + wv->rd->children_more);
}

void watch_view_make(struct watch_view *wv)
{
	struct live_view *v = &wv->view;

	v->n_bars = v->bars_more = v->n_cells = 0;
	snprintf(v->title, sizeof(v->title), "%s",
		 wv->w->path[0] ? wv->w->path : "the whole machine");
	live_time(v->time, nsec(wv->t_ns));
	put_bars(wv);
	put_cells(wv);
}
