/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "live/screen.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/io.h"
#include "base/term.h"
#include "base/words.h"

/*
 * A frame is shown at once by terminals that know synchronized updates (others ignore the mode).
 * Without autowrap a line that was made for a terminal that has become narrower meanwhile takes one
 * row as any other.
 */
#define FRAME_BEGIN "\x1b[?2026h\x1b[?7l"
#define FRAME_END   "\x1b[?7h\x1b[?2026l"
#define ERASE_LINE  "\x1b[K"
#define ERASE_ROW   "\x1b[2K"
#define ERASE_BELOW "\x1b[J"
#define WHOLE_BEGIN "\x1b[?1049h"
#define WHOLE_END   "\x1b[?1049l"

/* xterm and GNU screen cut lines where all others wrap them anew. */
static bool cuts_lines(void)
{
	return getenv("XTERM_VERSION") || getenv("STY");
}

void screen_open(struct screen *s, int fd, bool whole)
{
	char path[32];

	s->whole = whole;
	/* Not blocking, for us alone: the flag is of the opened file, which others have too. */
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	s->own = term_is_tty(fd) ? open(path, O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC) : -1;
	s->fd = fd;
	s->reflows = !cuts_lines();
	s->columns = s->rows = 0;
	s->shown.n = 0;
	s->len = 0;
}

enum screen_mode screen_mode(const struct screen *s, unsigned *ret_columns, unsigned *ret_rows)
{
	const char *term = getenv("TERM");
	struct winsize ws = {0};

	*ret_columns = 80;
	*ret_rows = 24;
	if (!term_is_tty(s->fd))
		return SCREEN_NONE;
	if (ioctl(s->fd, TIOCGWINSZ, &ws) < 0 || !ws.ws_col || !ws.ws_row)
		return SCREEN_LINES;
	*ret_columns = ws.ws_col;
	*ret_rows = ws.ws_row;
	if (!term || !*term || str_eq(term, "dumb") || !live_fits(ws.ws_col, ws.ws_row))
		return SCREEN_LINES;
	return SCREEN_DRAWN;
}

static void say(struct screen *s, const char *bytes)
{
	size_t n = strlen(bytes);

	if (s->len + n >= sizeof(s->out))
		return;
	memcpy(s->out + s->len, bytes, n);
	s->len += n;
}

/* A terminal that is gone ends nothing: the trial goes on, and its report says so. */
static void flush(struct screen *s)
{
	write_all(s->fd, s->out, s->len);
	s->len = 0;
}

/* What it takes now; the rest waits for the next frame. One that was stopped must not stop us. */
static void offer(struct screen *s)
{
	ssize_t n;

	if (s->own < 0) {
		flush(s);
		return;
	}
	n = write(s->own, s->out, s->len);
	if (n < 0 && errno != EAGAIN && errno != EINTR)
		n = (ssize_t)s->len;
	if (n <= 0)
		return;
	s->len -= (size_t)n;
	memmove(s->out, s->out + n, s->len);
}

void screen_room(const struct screen *s, unsigned *columns, unsigned *rows)
{
	*rows = s->whole ? *rows - 1 : *rows / 2;
	if (!s->whole)
		*columns = MAX(MIN(*columns, LIVE_COLUMNS_MIN), *columns * 3 / 4);
}

/* Rows that the block takes now: lines that no longer fit were wrapped by the terminal. */
static unsigned rows_taken(const struct screen *s, unsigned columns)
{
	unsigned n = 0;

	for (size_t i = 0; i < s->shown.n; i++) {
		unsigned width = s->reflows ? s->shown.lines[i].width : 1;

		n += width > columns ? (width + columns - 1) / columns : 1;
	}
	return n;
}

/* The cursor waits in the row below the lines. Whoever else wrote there is written over. */
static void go_to_top(struct screen *s, unsigned columns, unsigned rows)
{
	unsigned up = MIN(rows_taken(s, columns), rows ? rows - 1 : 0);
	char text[32];

	say(s, s->whole ? "\x1b[H" : "\r");
	if (!up || s->whole)
		return;
	snprintf(text, sizeof(text), "\x1b[%uA", up);
	say(s, text);
}

static bool same(const struct live_line *a, const struct live_line *b)
{
	return a->len == b->len && !memcmp(a->text, b->text, a->len);
}

static void keep(struct screen *s, const struct live_frame *f, unsigned columns, unsigned rows)
{
	for (size_t i = 0; i < f->n; i++) {
		memcpy(s->shown.lines[i].text, f->lines[i].text, f->lines[i].len + 1);
		s->shown.lines[i].len = f->lines[i].len;
		s->shown.lines[i].width = f->lines[i].width;
	}
	s->shown.n = f->n;
	s->columns = columns;
	s->rows = rows;
}

/*
 * All rows are erased one by one: tmux moves what is erased from the upper left corner on into its
 * history.
 */
static void draw_lines(struct screen *s, const struct live_frame *f, bool all)
{
	for (size_t i = 0; i < f->n; i++) {
		if (all)
			say(s, ERASE_ROW);
		if (all || i >= s->shown.n || !same(&f->lines[i], &s->shown.lines[i])) {
			say(s, f->lines[i].text);
			say(s, ERASE_LINE);
		}
		say(s, "\r\n");
	}
	say(s, ERASE_BELOW);
}

void screen_draw(struct screen *s, const struct live_frame *f, unsigned columns, unsigned rows)
{
	if (s->len)
		offer(s);
	if (s->len)
		return;
	if (s->whole && !s->shown.n)
		say(s, WHOLE_BEGIN);
	say(s, FRAME_BEGIN);
	go_to_top(s, columns, rows);
	draw_lines(s, f, columns != s->columns || rows != s->rows);
	say(s, FRAME_END);
	offer(s);
	keep(s, f, columns, rows);
}

void screen_show(struct screen *s, const struct live_view *v, unsigned columns, unsigned rows,
		 bool colour)
{
	unsigned room_columns = columns, room_rows = rows;

	screen_room(s, &room_columns, &room_rows);
	live_frame_make(&s->next, v, room_columns, room_rows, colour);
	screen_draw(s, &s->next, columns, rows);
}

void screen_clear(struct screen *s)
{
	unsigned columns, rows;

	if (!s->shown.n)
		return;
	screen_mode(s, &columns, &rows);
	if (s->whole) {
		say(s, WHOLE_END);
	} else {
		say(s, FRAME_BEGIN);
		go_to_top(s, columns, rows);
		say(s, ERASE_BELOW FRAME_END);
	}
	flush(s);
	s->shown.n = 0;
	s->columns = s->rows = 0;
}

void screen_leave(struct screen *s)
{
	size_t n = s->shown.n;

	screen_clear(s);
	for (size_t i = 0; i < n; i++) {
		say(s, s->shown.lines[i].text);
		say(s, "\r\n");
	}
	flush(s);
	close_fd(&s->own);
}
