/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Lines drawn over in place, one write a frame and only those that changed, so that nothing
 * flickers: a block at the bottom of the terminal, below what was written there, or the whole of it
 * (its alternate screen). Owns what is on the terminal now. Does not own: what the lines say
 * (view.h), the descriptor, how often.
 */
#ifndef MT_LIVE_SCREEN_H
#define MT_LIVE_SCREEN_H

#include "live/view.h"

enum screen_mode {
	SCREEN_NONE,  /* no terminal */
	SCREEN_LINES, /* too narrow, too low, of unknown size, or one that knows no escapes */
	SCREEN_DRAWN,
};

struct screen {
	int fd, own;		/* own: opened anew, not blocking; -1 */
	bool whole;		/* all of the terminal, which is given back at the end */
	bool reflows;		/* lines of this terminal are wrapped anew when it is resized */
	unsigned columns, rows; /* when the block was drawn */
	struct live_frame shown, next;
	/* What is to be written, or was not taken yet. */
	char out[LIVE_LINES * (LIVE_LINE_BYTES + 16) + 128];
	size_t len;
};

/* Nothing is written yet. */
void screen_open(struct screen *s, int fd, bool whole);
/* What the terminal can have now; its size when it is one and has one, else 80 x 24. */
enum screen_mode screen_mode(const struct screen *s, unsigned *ret_columns, unsigned *ret_rows);
/*
 * The size that a frame should have. That of a block leaves a quarter of the columns and half of
 * the rows: a terminal that becomes narrower wraps longer lines, and pushes what is at its top
 * (tmux: at once, others when it is full) to where nothing can be taken off any more.
 */
void screen_room(const struct screen *s, unsigned *columns, unsigned *rows);
/* Draw a frame on a terminal of this size; left out while it takes nothing. */
void screen_draw(struct screen *s, const struct live_frame *f, unsigned columns, unsigned rows);
/* The frame of a view on a terminal of this size, drawn. */
void screen_show(struct screen *s, const struct live_view *v, unsigned columns, unsigned rows,
		 bool colour);
/* Take it off, before something else is written to the same terminal, and at the end. */
void screen_clear(struct screen *s);
/* The end: take it off, leave the last frame as any other output, close. */
void screen_leave(struct screen *s);

#endif
