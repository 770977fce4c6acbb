/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The terminal we write to: is it one, how wide is it, may it be coloured, how many columns does a
 * text take. Knows ANSI colours and UTF-8, not the locale. Does not own: what is written (table.h,
 * report/).
 */
#ifndef MT_BASE_TERM_H
#define MT_BASE_TERM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* --color */
enum colour_when {
	COLOUR_AUTO, /* on a terminal, unless NO_COLOR is set or TERM is "dumb" */
	COLOUR_ALWAYS,
	COLOUR_NEVER,
	COLOUR_WHEN_MAX
};

/* "auto", "always", "never"; NULL-terminated, for parsing, help and completion. */
extern const char *const colour_when_words[];
/* Index of a word in it; -EINVAL when there is no such word. */
int colour_when_parse(const char *word, enum colour_when *ret);

/* How a text looks; what a colour means is the report's. */
enum style {
	STYLE_PLAIN,
	STYLE_BOLD,
	STYLE_DIM,
	STYLE_RED,
	STYLE_GREEN,
	STYLE_YELLOW,
	STYLE_BLUE,
	STYLE_MAGENTA,
	STYLE_CYAN,
	STYLE_BOLD_RED,
	STYLE_BOLD_GREEN,
	STYLE_BOLD_YELLOW,
	STYLE_MAX
};

bool term_is_tty(int fd);
/* May be coloured? NO_COLOR (https://no-color.org) counts when set and not empty. */
bool term_colour(int fd, enum colour_when when);
/* Columns: $COLUMNS, else what the terminal says, else 80. At least 20, at most 1000. */
unsigned term_width(int fd);

/* The escape that begins a style ("" for STYLE_PLAIN) and the one that ends every style. */
const char *style_begin(enum style style);
const char *style_end(enum style style);

/*
 * One character of a UTF-8 text: its bytes at s (1 to 4; an invalid byte counts as one) and its
 * columns: 0 for combining marks, 2 for wide East Asian letters and emoji, 1 for all others,
 * control characters and invalid bytes included, which text_put() writes as "?". s must not be at
 * its end.
 */
size_t text_char(const char *s, unsigned *ret_columns);
/* Columns of a text. */
size_t text_width(const char *s);
/*
 * Write at most max columns of a text; when it is longer, the last one is an ellipsis. Control
 * characters are written as "?": names and kernel messages must not steer the terminal. Returns the
 * columns written.
 */
size_t text_put(FILE *f, const char *s, size_t max);
/*
 * The same into a buffer, NUL-terminated, where no stream may be had: what does not fit in size
 * bytes is left out, whole characters at a time. size must not be 0.
 */
size_t text_copy(char *buf, size_t size, const char *s, size_t max);

#endif
