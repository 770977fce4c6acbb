/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Readings of a group or the machine as a live view, a line of text, or a line of JSON. Owns what
 * is remembered between two readings. Does not own: reading (watch.h), the terminal (screen.h).
 */
#ifndef MT_LIVE_WATCH_VIEW_H
#define MT_LIVE_WATCH_VIEW_H

#include <stdio.h>

#include "live/rates.h"
#include "live/view.h"
#include "live/watch.h"

struct watch_view {
	const struct watched *w;
	int64_t before[WN_COUNT], rose[WN_COUNT]; /* counters, and what the last reading added */
	bool any;				  /* there was a reading */
	int64_t t_ns;				  /* of the last one, since the beginning */
	struct rates rates;
	const struct watch_reading *rd;
	int event_kind; /* of the last event, -1 */
	int64_t event_count;
	struct live_view view;
};

/* Rates are of at least half an interval. */
void watch_view_init(struct watch_view *wv, const struct watched *w, int64_t interval_ns);
/* rd must stay until the next one. */
void watch_view_add(struct watch_view *wv, const struct watch_reading *rd, int64_t t_ns);
/* Fill wv->view from what was added. */
void watch_view_make(struct watch_view *wv);
/* "3.0s  current 126M of 128M  98%  anon 64M ...", without a newline; columns 0: all of it. */
void watch_line(char *buf, size_t size, const struct watch_view *wv, unsigned columns);
/* {"t":1.002,"memory.current":4096, ...}: raw numbers, null for no limit, none that is not here. */
void watch_json(FILE *out, const struct watch_view *wv);

#endif
