/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "profile/diag.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/words.h"

/* A source line longer than this is shown in part, so that the caret stays on the screen. */
#define LINE_SHOWN  120
#define LINE_BEFORE 60

static bool is_first_byte(char c)
{
	return ((unsigned char)c & 0xc0) != 0x80;
}

int utf8_chars(const char *from, const char *to)
{
	int n = 0;

	for (; from < to; from++)
		n += is_first_byte(*from);
	return n;
}

struct pos pos_part(struct pos pos, const char *text, const char *from, const char *to)
{
	if (pos.len != utf8_chars(text, text + strlen(text)))
		return pos;
	pos.col += utf8_chars(text, from);
	pos.len = utf8_chars(from, to);
	return pos;
}

static bool is_known(const struct diags *d, struct pos pos, const char *text)
{
	for (size_t i = 0; i < d->n; i++) {
		const struct diag *o = &d->list[i];

		if (o->pos.line == pos.line && o->pos.col == pos.col && str_eq(o->text, text))
			return true;
	}
	return false;
}

void diag_add(struct diags *d, struct pos pos, const char *hint, const char *fmt, ...)
{
	char text[1024], *at = text;
	size_t size = sizeof(text);
	struct diag *diag;
	va_list ap;

	if (!pos.line && d->context) {
		int n = snprintf(text, size / 2, "%s: ", d->context);

		at += (size_t)n < size / 2 ? (size_t)n : size / 2 - 1;
		size -= (size_t)(at - text);
	}
	va_start(ap, fmt);
	vsnprintf(at, size, fmt, ap);
	va_end(ap);
	if (is_known(d, pos, text))
		return;
	if (d->n >= DIAG_MAX) {
		d->dropped++;
		return;
	}
	diag = arena_push(&d->arena, d->list, d->n);
	diag->pos = pos;
	diag->text = arena_strdup(&d->arena, text);
	diag->hint = hint ? arena_strdup(&d->arena, hint) : NULL;
}

const char *diag_did_you_mean(struct diags *d, const char *best)
{
	return best ? arena_printf(&d->arena, "did you mean \"%s\"?", best) : NULL;
}

static int compare(const void *a, const void *b)
{
	const struct diag *x = a, *y = b;

	if (x->pos.line != y->pos.line)
		return x->pos.line < y->pos.line ? -1 : 1;
	if (x->pos.col != y->pos.col)
		return x->pos.col < y->pos.col ? -1 : 1;
	return strcmp(x->text, y->text);
}

/* Nothing that a file holds may move the terminal's cursor. */
static void put_plain(FILE *out, const char *from, const char *to)
{
	for (; from < to; from++)
		putc((unsigned char)*from < ' ' || *from == 0x7f ? '?' : *from, out);
}

/* Start of line number `line` (from 1), and its end. NULL when the text has no such line. */
static const char *find_line(const struct diags *d, int line, const char **ret_end)
{
	const char *p = d->source, *end = d->source + d->source_len;

	while (--line > 0 && p) {
		p = memchr(p, '\n', (size_t)(end - p));
		p = p ? p + 1 : NULL;
	}
	if (!p || p == end)
		return NULL;
	*ret_end = memchr(p, '\n', (size_t)(end - p));
	if (!*ret_end)
		*ret_end = end;
	if (*ret_end > p && (*ret_end)[-1] == '\r')
		(*ret_end)--;
	return p;
}

static const char *skip_chars(const char *p, const char *end, int n)
{
	while (n > 0 && p < end)
		for (n--, p++; p < end && !is_first_byte(*p); p++)
			;
	return p;
}

static void repeat(FILE *out, char c, int n)
{
	while (n-- > 0)
		putc(c, out);
}

static void print_source(const struct diags *d, struct pos pos, FILE *out, const char *green,
			 const char *reset)
{
	const char *end, *line = find_line(d, pos.line, &end), *cut;
	int first = pos.col > LINE_SHOWN ? pos.col - LINE_BEFORE : 1, shown, len = pos.len;

	if (!line)
		return;
	line = skip_chars(line, end, first - 1);
	cut = skip_chars(line, end, LINE_SHOWN);
	shown = utf8_chars(line, cut);
	len = len < 1 ? 1 : len;
	if (pos.col - first + len > shown && pos.col - first < shown)
		len = shown - (pos.col - first);
	fprintf(out, "%5d | %s", pos.line, first > 1 ? "..." : "");
	put_plain(out, line, cut);
	fprintf(out, "%s\n      | ", cut < end ? "..." : "");
	repeat(out, ' ', pos.col - first + (first > 1 ? 3 : 0));
	fputs(green, out);
	putc('^', out);
	repeat(out, '~', len - 1);
	fprintf(out, "%s\n", reset);
}

static void print_one(const struct diags *d, const struct diag *diag, FILE *out, bool colour)
{
	const char *bold = colour ? "\033[1m" : "", *red = colour ? "\033[1;31m" : "";
	const char *green = colour ? "\033[1;32m" : "", *reset = colour ? "\033[0m" : "";

	fprintf(out, "%s%s:", bold, d->path);
	if (diag->pos.line)
		fprintf(out, "%d:%d:", diag->pos.line, diag->pos.col);
	fprintf(out, "%s %serror:%s ", reset, red, reset);
	put_plain(out, diag->text, diag->text + strlen(diag->text));
	putc('\n', out);
	if (diag->pos.line && d->source)
		print_source(d, diag->pos, out, green, reset);
	if (!diag->hint)
		return;
	fputs("      = ", out);
	put_plain(out, diag->hint, diag->hint + strlen(diag->hint));
	putc('\n', out);
}

void diags_print(struct diags *d, FILE *out, bool colour)
{
	if (!d->n)
		return;
	qsort(d->list, d->n, sizeof(*d->list), compare);
	for (size_t i = 0; i < d->n; i++)
		print_one(d, &d->list[i], out, colour);
	if (d->dropped)
		fprintf(out, "more than %zu errors in %s, these were found first\n", d->n, d->path);
	else
		fprintf(out, "%zu error%s in %s\n", d->n, d->n == 1 ? "" : "s", d->path);
}

void diags_free(struct diags *d)
{
	arena_free(&d->arena);
	*d = (struct diags){0};
}
