/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Diagnostics of a profile: position, sentence, the source line with a caret, "did you mean". They
 * are collected, sorted by position and printed together.
 */
#ifndef MT_PROFILE_DIAG_H
#define MT_PROFILE_DIAG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "base/arena.h"

struct pos {
	int line, col; /* from 1; 0: no position */
	int len;       /* characters to underline; 0: one */
};

struct diag {
	struct pos pos;
	const char *text;
	const char *hint; /* "did you mean \"size\"?", "known keys: ..." or NULL */
};

struct diags {
	struct arena arena;
	const char *path;
	const char *source; /* the file's text, for the source lines; must outlive the list */
	size_t source_len;
	struct diag *list;
	size_t n;
	size_t dropped;	     /* beyond the cap of 100 */
	const char *context; /* put in front of what has no position: "--set limit=4X"; or NULL */
};

#define DIAG_MAX 100

/* Characters (not bytes) of UTF-8 from `from` to `to`. */
int utf8_chars(const char *from, const char *to);
/*
 * Where the part from..to of text stands, when text stands at pos. Whoever gives out a pos says
 * with its len whether the file has the text letter by letter: len is the number of its characters
 * then. Otherwise (escapes, several lines) this is pos itself.
 */
struct pos pos_part(struct pos pos, const char *text, const char *from, const char *to);

/* The same at the same place is said once. Text and hint are copied. */
void diag_add(struct diags *d, struct pos pos, const char *hint, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));
/* A hint in the list's arena: did you mean "best"? NULL when best is NULL. */
const char *diag_did_you_mean(struct diags *d, const char *best);
/* All of them as file:line:col: error: text, source line, caret, hint; then a line with their
 * number. */
void diags_print(struct diags *d, FILE *out, bool colour);
void diags_free(struct diags *d);

#endif
