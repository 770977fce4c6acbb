/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Flowing text on a terminal: styled pieces that break between words, or better between parts, and
 * go on under an indent. Inside of the text report; does not know what it writes.
 */
#ifndef MT_REPORT_TEXT_OUT_H
#define MT_REPORT_TEXT_OUT_H

#include "base/term.h"
#include "base/units.h"
#include "report/report.h"

struct text_out {
	FILE *f;
	bool colour, verbose;
	size_t width;
	size_t column; /* where the next character goes */
	size_t indent; /* where a line goes on */
};

void out_init(struct text_out *o, FILE *f, const struct report_options *options);
/* End the line (when one was begun) and set the indent of the next one. */
void out_line(struct text_out *o, size_t indent);
/* An empty line. */
void out_gap(struct text_out *o);
/* Blanks up to a column, at least one. */
void out_to(struct text_out *o, size_t column);
/* Text as it is, without a break. */
void out_put(struct text_out *o, enum style style, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
/* Words, broken where the line ends. */
void out_words(struct text_out *o, enum style style, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
/*
 * One of several parts that belong on one line: with sep in front when it fits there, else on a
 * line of its own. sep is left out at the beginning of a line.
 */
void out_part(struct text_out *o, enum style style, const char *sep, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));
/* Bytes of the words that fit in this many columns, at least one word. */
size_t text_fit(const char *s, size_t columns);
/* 0, or a negative errno with a sentence when the output is closed or full. Flushes. */
int report_flush(FILE *f, struct err *err);

#endif
