/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is going on, as a few lines for a terminal of any size. Pure: the same model, size and
 * colour give the same bytes; all buffers are the caller's and nothing is allocated. Does not own:
 * where the numbers come from (trial_view.h, watch.h) and how lines get to the terminal (screen.h).
 */
#ifndef MT_LIVE_VIEW_H
#define MT_LIVE_VIEW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/units.h"

/* Narrower or lower terminals get one line a second instead of a block. */
#define LIVE_COLUMNS_MIN 60
#define LIVE_ROWS_MIN	 10

#define LIVE_BARS   24
#define LIVE_CELLS  12
#define LIVE_EVENTS 24

/* One bar: bytes in use against what bounds them. */
struct live_bar {
	char name[64];
	unsigned depth; /* a part of a bar above it: indented, first to go where rows are few */
	int64_t value;	/* bytes; VALUE_ABSENT: not known yet */
	int64_t scale;	/* bytes that a full bar stands for */
	int64_t limit;	/* VALUE_MAX: none */
	int64_t mark;	/* a second bound that is drawn as "|" (memory.high), VALUE_ABSENT */
	int64_t peak;	/* VALUE_ABSENT */
	char note[40];	/* "1 OOM kill" */
};

/* A short fact: "pressure some 12% full 3%". */
struct live_cell {
	char text[96];
	bool bad;
};

struct live_event {
	int64_t t_ns; /* since the beginning */
	char text[200];
	bool bad;
};

struct live_view {
	char title[160], time[64]; /* "[3/12] oom/hog", "12.3 s, about 2 min left" */
	char state[240];	   /* "overrun: until eater exits within 60s"; "" */
	struct live_bar bars[LIVE_BARS];
	size_t n_bars, bars_more; /* more: there were, beyond the room */
	struct live_cell cells[LIVE_CELLS];
	size_t n_cells;
	struct live_event events[LIVE_EVENTS]; /* oldest first */
	size_t n_events;
};

#define LIVE_LINES	32
#define LIVE_WIDTH_MAX	240
#define LIVE_LINE_BYTES 1200 /* LIVE_WIDTH_MAX characters of 3 bytes, and escapes */

struct live_line {
	char text[LIVE_LINE_BYTES];
	size_t len;	/* bytes */
	unsigned width; /* columns */
};

struct live_frame {
	struct live_line lines[LIVE_LINES];
	size_t n;
};

/* Whether a terminal of this size has room for a block. */
bool live_fits(unsigned columns, unsigned rows);
/* At most so many lines (3 to LIVE_LINES), each less than columns wide, so that nothing wraps. */
void live_frame_make(struct live_frame *f, const struct live_view *v, unsigned columns,
		     unsigned lines, bool colour);
/*
 * All but the events in one line, or with columns the most important of it in less than so many:
 * without the title, which is said once.
 */
void live_line_make(char *buf, size_t size, const struct live_view *v, unsigned columns);

/* Rows of the model; what does not fit is counted or left out. */
struct live_bar *live_bar_add(struct live_view *v);
void live_cell_add(struct live_view *v, bool bad, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* "12.3s", "4m 10s", "2h 5m": for people, and of a width that stays. */
char *live_time(char buf[32], dur_t d);
/* A size in at most four digits: "1.25G", "64M", "-" when it is absent, "max". */
char *live_size(char buf[QUANTITY_MAX], int64_t bytes);
/* The same for a number: "12.3k". */
char *live_count(char buf[QUANTITY_MAX], double n);

#endif
