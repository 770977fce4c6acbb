/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "report/text_out.h"

#include <errno.h>
#include <stdarg.h>
#include <string.h>

#include "base/cleanup.h"

#define WIDTH_MIN 40
#define PIECE_MAX 1200

void out_init(struct text_out *o, FILE *f, const struct report_options *options)
{
	*o = (struct text_out){
		.f = f,
		.colour = options->colour,
		.verbose = options->verbose,
		.width = (size_t)MAX(options->width, WIDTH_MIN),
	};
}

static void end_line(struct text_out *o)
{
	putc('\n', o->f);
	o->column = 0;
}

void out_line(struct text_out *o, size_t indent)
{
	if (o->column)
		end_line(o);
	o->indent = indent;
}

void out_gap(struct text_out *o)
{
	out_line(o, 0);
	putc('\n', o->f);
}

/* Blanks are written only before something visible, so that lines have none at their end. */
static void put_bytes(struct text_out *o, enum style style, const char *s, size_t len)
{
	char piece[PIECE_MAX];

	len = MIN(len, sizeof(piece) - 1);
	memcpy(piece, s, len);
	piece[len] = '\0';
	for (; o->column < o->indent; o->column++)
		putc(' ', o->f);
	if (o->colour)
		fputs(style_begin(style), o->f);
	o->column += text_put(o->f, piece, SIZE_MAX);
	if (o->colour)
		fputs(style_end(style), o->f);
}

void out_to(struct text_out *o, size_t column)
{
	do {
		putc(' ', o->f);
	} while (++o->column < column);
}

void out_put(struct text_out *o, enum style style, const char *fmt, ...)
{
	char text[PIECE_MAX];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	put_bytes(o, style, text, strlen(text));
}

size_t text_fit(const char *s, size_t columns)
{
	size_t best = 0, at = 0, used = 0;

	while (s[at]) {
		unsigned wide;
		size_t n = text_char(s + at, &wide);

		if (s[at] == ' ' && at)
			best = at;
		if (used + wide > columns && best)
			return best;
		used += wide;
		at += n;
	}
	return used <= columns || !best ? at : best;
}

static void flow(struct text_out *o, enum style style, const char *text)
{
	while (*text) {
		size_t from = MAX(o->column, o->indent), n;

		if (o->column && from + strcspn(text, " ") > o->width) {
			end_line(o);
			continue;
		}
		n = text_fit(text, o->width > from ? o->width - from : 1);
		put_bytes(o, style, text, n);
		text += n;
		while (*text == ' ')
			text++;
		if (*text)
			end_line(o);
	}
}

void out_words(struct text_out *o, enum style style, const char *fmt, ...)
{
	char text[PIECE_MAX];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	flow(o, style, text);
}

void out_part(struct text_out *o, enum style style, const char *sep, const char *fmt, ...)
{
	char text[PIECE_MAX];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	if (o->column > o->indent) {
		size_t last = strlen(sep);

		if (o->column + text_width(sep) + text_width(text) <= o->width) {
			put_bytes(o, style, sep, last);
		} else {
			while (last && sep[last - 1] == ' ')
				last--;
			put_bytes(o, style, sep, last);
			end_line(o);
		}
	}
	flow(o, style, text);
}

int report_flush(FILE *f, struct err *err)
{
	errno = 0;
	if (fflush(f) == 0 && !ferror(f))
		return 0;
	return err_errno(err, errno ? -errno : -EIO, "cannot write the report");
}
