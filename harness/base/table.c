/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/table.h"

#include <errno.h>
#include <stdarg.h>
#include <stdint.h>

#include "base/cleanup.h"

#define GAP 2

void table_init(struct table *t, struct arena *arena, const struct table_column *columns, size_t n)
{
	*t = (struct table){.arena = arena, .columns = columns, .n_columns = n};
}

void table_row(struct table *t)
{
	struct table_row *row = arena_push(t->arena, t->rows, t->n_rows);

	row->cells = arena_array(t->arena, t->n_columns, sizeof(*row->cells));
	t->at = 0;
}

static char *vprint(struct arena *arena, const char *fmt, va_list ap)
{
	va_list again;
	char *text;
	int n;

	va_copy(again, ap);
	n = vsnprintf(NULL, 0, fmt, again);
	va_end(again);
	if (n < 0)
		return arena_strdup(arena, "");
	text = arena_alloc(arena, (size_t)n + 1);
	vsnprintf(text, (size_t)n + 1, fmt, ap);
	return text;
}

void table_cell(struct table *t, enum style style, const char *fmt, ...)
{
	struct table_row *row = t->n_rows ? &t->rows[t->n_rows - 1] : NULL;
	struct table_cell *cell;
	va_list ap;

	if (!row || !row->cells || t->at >= t->n_columns)
		return;
	cell = &row->cells[t->at++];
	cell->style = style;
	va_start(ap, fmt);
	cell->text = vprint(t->arena, fmt, ap);
	va_end(ap);
}

void table_line(struct table *t, enum style style, const char *fmt, ...)
{
	struct table_row *row = arena_push(t->arena, t->rows, t->n_rows);
	va_list ap;

	row->style = style;
	va_start(ap, fmt);
	row->line = vprint(t->arena, fmt, ap);
	va_end(ap);
}

static bool has_titles(const struct table *t)
{
	for (size_t i = 0; i < t->n_columns; i++)
		if (t->columns[i].title)
			return true;
	return false;
}

static void measure(const struct table *t, size_t *widths)
{
	for (size_t c = 0; c < t->n_columns; c++) {
		widths[c] = t->columns[c].title ? text_width(t->columns[c].title) : 0;
		for (size_t r = 0; r < t->n_rows; r++) {
			const struct table_cell *cells = t->rows[r].cells;

			if (cells && cells[c].text)
				widths[c] = MAX(widths[c], text_width(cells[c].text));
		}
	}
}

static size_t total_width(const struct table *t, const size_t *widths, size_t indent)
{
	size_t total = indent;

	for (size_t c = 0; c < t->n_columns; c++)
		total += widths[c] + (c ? GAP : 0);
	return total;
}

/* The widest column that can still give way, or n_columns. */
static size_t widest(const struct table *t, const size_t *widths)
{
	size_t best = t->n_columns;

	for (size_t c = 0; c < t->n_columns; c++) {
		size_t least = t->columns[c].shrink_to;

		if (least && widths[c] > least &&
		    (best == t->n_columns || widths[c] > widths[best]))
			best = c;
	}
	return best;
}

static void shrink(const struct table *t, size_t *widths, const struct table_look *look)
{
	size_t total = total_width(t, widths, look->indent);

	for (; look->max_width && total > look->max_width; total--) {
		size_t c = widest(t, widths);

		if (c == t->n_columns)
			return;
		widths[c]--;
	}
}

static void put_blanks(FILE *f, size_t n)
{
	while (n--)
		putc(' ', f);
}

/* Returns the columns written: one less than max where a wide letter would have been cut in two. */
static size_t put_styled(FILE *f, const char *text, enum style style, bool colour, size_t max)
{
	size_t width;

	if (colour)
		fputs(style_begin(style), f);
	width = text_put(f, text, max);
	if (colour)
		fputs(style_end(style), f);
	return width;
}

/* Blanks are owed and paid only before something visible: lines have none at their end. */
static void put_cells(const struct table *t, FILE *f, const struct table_cell *cells,
		      const size_t *widths, const struct table_look *look)
{
	size_t owed = look->indent;

	for (size_t c = 0; c < t->n_columns; c++) {
		const char *text = cells[c].text ? cells[c].text : "";
		size_t width = MIN(text_width(text), widths[c]), left = widths[c];

		if (width) {
			if (t->columns[c].align == ALIGN_RIGHT)
				owed += left - width;
			put_blanks(f, owed);
			width = put_styled(f, text, cells[c].style, look->colour, widths[c]);
			left = t->columns[c].align == ALIGN_RIGHT ? 0 : left - width;
			owed = 0;
		}
		owed += left + GAP;
	}
	putc('\n', f);
}

static void put_line(FILE *f, const struct table_row *row, const struct table_look *look)
{
	size_t max = look->max_width > look->indent ? look->max_width - look->indent : SIZE_MAX;

	if (*row->line) {
		put_blanks(f, look->indent);
		put_styled(f, row->line, row->style, look->colour, max);
	}
	putc('\n', f);
}

static void put_titles(const struct table *t, FILE *f, const size_t *widths,
		       const struct table_look *look)
{
	struct table_cell *cells = arena_array(t->arena, t->n_columns, sizeof(*cells));

	for (size_t c = 0; c < t->n_columns; c++)
		cells[c] = (struct table_cell){t->columns[c].title, STYLE_BOLD};
	put_cells(t, f, cells, widths, look);
}

int table_write(const struct table *t, FILE *f, const struct table_look *look)
{
	size_t *widths = arena_array(t->arena, t->n_columns, sizeof(*widths));

	measure(t, widths);
	shrink(t, widths, look);
	if (has_titles(t))
		put_titles(t, f, widths, look);
	for (size_t r = 0; r < t->n_rows; r++) {
		if (t->rows[r].cells)
			put_cells(t, f, t->rows[r].cells, widths, look);
		else
			put_line(f, &t->rows[r], look);
	}
	return ferror(f) ? -EIO : 0;
}
