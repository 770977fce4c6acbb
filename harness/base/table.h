/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Text tables for terminals: rows of cells with computed column widths, alignment, colours that do
 * not count, and columns that give way when the terminal is narrow. Built in an arena, written
 * once. Does not own: what the cells say, nor whether there may be colour (term.h).
 */
#ifndef MT_BASE_TABLE_H
#define MT_BASE_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "base/arena.h"
#include "base/term.h"

enum align {
	ALIGN_LEFT,
	ALIGN_RIGHT,
};

struct table_column {
	const char *title; /* NULL: none */
	enum align align;
	/*
	 * Not 0: when the table is too wide, this column is cut down to that many columns, with an
	 * ellipsis. Of several the widest gives way first.
	 */
	size_t shrink_to;
};

struct table_cell {
	const char *text;
	enum style style;
};

struct table_row {
	struct table_cell *cells; /* NULL: a line that spans all columns */
	const char *line;
	enum style style;
};

struct table {
	struct arena *arena;
	const struct table_column *columns;
	size_t n_columns;
	struct table_row *rows;
	size_t n_rows;
	size_t at; /* the next cell of the last row */
};

/* How it is written. Zeroed: no limit of width, no colour, no indent. */
struct table_look {
	size_t max_width; /* in columns, the indent included; 0: no limit */
	size_t indent;
	bool colour;
};

/* columns must outlive the table. */
void table_init(struct table *t, struct arena *arena, const struct table_column *columns, size_t n);
/* Begin a row; its cells are then added from left to right, missing ones stay empty. */
void table_row(struct table *t);
/* Add a cell to the last row; the text is copied. More cells than columns are a mistake and
 * ignored. */
void table_cell(struct table *t, enum style style, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
/* A row of one text from the left edge over all columns, as a heading or, when empty, as a gap. */
void table_line(struct table *t, enum style style, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
/* Write titles (when there are any) and rows. No blanks at the end of lines. Returns 0 or -EIO. */
int table_write(const struct table *t, FILE *f, const struct table_look *look);

#endif
