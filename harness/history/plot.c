/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One number over time in characters: a scale at the left, a mark a run, the accepted range. */
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/term.h"
#include "history/history.h"

#define SCALE	  14 /* columns of the scale at the left, its line included */
#define WIDTH_MIN (SCALE + 2)

struct axis {
	double low, high; /* of the plot */
	size_t height;
};

static void widen(struct axis *a, int64_t v)
{
	a->low = (double)v < a->low ? (double)v : a->low;
	a->high = (double)v > a->high ? (double)v : a->high;
}

/* All values, and what is accepted where that lies near: else the trend would be one flat line. */
static struct axis axis_of(const struct history_line *l, size_t height)
{
	struct axis a = {.height = height};
	double span;

	a.low = a.high = (double)l->points[0].value;
	for (size_t i = 0; i < l->n; i++)
		widen(&a, l->points[i].value);
	span = a.high - a.low;
	for (size_t i = 0; i < l->n; i++) {
		const struct history_point *p = &l->points[i];

		if (p->low != VALUE_ABSENT && a.low - (double)p->low <= 2 * span)
			widen(&a, p->low);
		if (p->high != VALUE_ABSENT && p->high != VALUE_MAX &&
		    (double)p->high - a.high <= 2 * span)
			widen(&a, p->high);
	}
	if (a.high <= a.low)
		a.height = 1;
	return a;
}

/* Row of a value, 0 at the bottom. */
static size_t row_of(const struct axis *a, double v)
{
	double share = a->high > a->low ? (v - a->low) / (a->high - a->low) : 0;

	return (size_t)(share * (double)(a->height - 1) + 0.5);
}

static bool is_bad(const struct history_point *p)
{
	enum verdict v = p->check == V_MAX ? p->trial : p->check;

	return v != V_PASS && v != V_SKIP;
}

/* The points of one column: the one that was refused stands for all, else the newest. */
static const struct history_point *point_of(const struct history_line *l, size_t column,
					    size_t columns)
{
	size_t from = column * l->n / columns, to = (column + 1) * l->n / columns;

	for (size_t i = from; i < to; i++)
		if (is_bad(&l->points[i]))
			return &l->points[i];
	return &l->points[to - 1];
}

static bool is_edge(const struct axis *a, int64_t edge, size_t row)
{
	return edge != VALUE_ABSENT && edge != VALUE_MAX && (double)edge >= a->low &&
	       (double)edge <= a->high && row_of(a, (double)edge) == row;
}

/* "•", "x", an edge of the accepted range, or NULL. */
static const char *mark_of(const struct axis *a, const struct history_point *p, size_t row)
{
	if (row_of(a, (double)p->value) == row)
		return is_bad(p) ? "x" : "•";
	if (p->check != V_MAX && (is_edge(a, p->low, row) || is_edge(a, p->high, row)))
		return "-";
	return NULL;
}

/* Blanks before a mark only: a line ends with its last mark. */
static void put_row(FILE *out, const struct history_line *l, const struct axis *a, size_t row,
		    size_t columns, size_t step, bool colour)
{
	size_t at = 0;

	for (size_t k = 0; k < columns; k++) {
		const struct history_point *p = point_of(l, k, columns);
		const char *mark = mark_of(a, p, row);
		enum style style = is_bad(p) ? STYLE_BOLD_RED : STYLE_BOLD_GREEN;

		if (!mark)
			continue;
		fprintf(out, "%*s", (int)(k * step + 1 - at), "");
		if (*mark == '-' || !colour)
			fputs(mark, out);
		else
			fprintf(out, "%s%s%s", style_begin(style), mark, style_end(style));
		at = k * step + 2;
	}
	putc('\n', out);
}

static void put_scale(FILE *out, const struct history_line *l, const struct axis *a, size_t row)
{
	bool ends = row == 0 || row == a->height - 1;
	char n[QUANTITY_MAX];

	if (ends)
		fprintf(out, "%*.*s ", SCALE - 3, SCALE - 3,
			number_short(n, row ? a->high : a->low, l->unit, false));
	else
		fprintf(out, "%*s ", SCALE - 3, "");
	fputs("│", out);
}

void history_plot(const struct history_line *l, FILE *out, size_t width, size_t height, bool colour)
{
	size_t room = MAX(width, WIDTH_MIN) - SCALE - 1, columns = MIN(l->n, room);
	bool wide = 2 * l->n <= room;
	struct axis a;

	if (!l->n || height < 2)
		return;
	a = axis_of(l, height);
	for (size_t row = a.height; row-- > 0;) {
		put_scale(out, l, &a, row);
		put_row(out, l, &a, row, columns, wide ? 2 : 1, colour);
	}
}
