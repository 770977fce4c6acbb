/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/run_live.h"

#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/io.h"
#include "live/trial_view.h"

/* Without a terminal: a trial is quiet for so long, then tells at each phase and that often. */
#define QUIET_NS (5 * NSEC_PER_SEC)
#define LONG_NS	 (30 * NSEC_PER_SEC)

struct run_live {
	struct screen screen;
	struct trial_view trial;
	bool colour;
	int64_t begin_ns;     /* of the first trial */
	int64_t next_line_ns; /* CLOCK_MONOTONIC */
	const char *phase;    /* of the last line */
};

struct run_live *run_live_new(int fd, enum colour_when colour)
{
	struct run_live *l = calloc(1, sizeof(*l));

	if (!l)
		return NULL;
	screen_open(&l->screen, fd, false);
	l->colour = term_colour(fd, colour);
	return l;
}

/* As long as those before took, on the average. */
static dur_t estimate(const struct run_live *l, size_t at, size_t total)
{
	if (!at || at + 1 >= total)
		return nsec(0);
	return nsec((mono_now().ns - l->begin_ns) / (int64_t)at * (int64_t)(total - at - 1));
}

void run_live_begin(struct run_live *l, size_t at, size_t total)
{
	if (!at)
		l->begin_ns = mono_now().ns;
	trial_view_begin(&l->trial, at, total, estimate(l, at, total));
	l->next_line_ns = 0;
	l->phase = NULL;
}

static void tell(const struct run_live *l, const char *text)
{
	write_all(l->screen.fd, text, strlen(text));
	write_all(l->screen.fd, "\n", 1);
}

static void tell_line(const struct run_live *l, unsigned columns)
{
	char line[LIVE_LINE_BYTES];

	live_line_make(line, sizeof(line), &l->trial.view, columns);
	tell(l, line);
}

static void show_narrow(struct run_live *l, unsigned columns, int64_t now)
{
	char title[LIVE_LINE_BYTES];

	if (now < l->next_line_ns)
		return;
	if (!l->next_line_ns) {
		text_copy(title, sizeof(title), l->trial.view.title, columns - 1);
		tell(l, title);
	}
	l->next_line_ns = now + NSEC_PER_SEC;
	tell_line(l, columns);
}

/* A phase's name is the plan's: two phases, two pointers. */
static void show_plain(struct run_live *l, const struct trial_progress *p, int64_t now)
{
	if (p->elapsed.ns < QUIET_NS || (now < l->next_line_ns && p->phase == l->phase))
		return;
	l->next_line_ns = now + LONG_NS;
	l->phase = p->phase;
	tell_line(l, 0);
}

void run_live_show(struct run_live *l, const struct trial_progress *p)
{
	int64_t now = mono_now().ns;
	unsigned columns, rows;
	enum screen_mode mode = screen_mode(&l->screen, &columns, &rows);

	trial_view_make(&l->trial, p);
	if (mode == SCREEN_DRAWN) {
		screen_show(&l->screen, &l->trial.view, columns, rows, l->colour);
		return;
	}
	screen_clear(&l->screen);
	if (mode == SCREEN_NONE)
		show_plain(l, p, now);
	else
		show_narrow(l, columns, now);
}

void run_live_free(struct run_live *l)
{
	if (l)
		screen_leave(&l->screen);
	free(l);
}

void run_live_end(struct run_live *l)
{
	screen_clear(&l->screen);
}
