/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "live/view.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/term.h"

#define GAP	   "   "
#define BAR_MIN	   8
#define BAR_MAX	   120
#define PEAKS_MIN  100 /* columns of a terminal that has room for them */
#define DEPTHS	   3
#define NEAR_LIMIT 90 /* per cent: the bar becomes yellow */

static const char full[] = "\xe2\x96\x88", half[] = "\xe2\x96\x8c", rest[] = "\xc2\xb7",
		  mark[] = "|";

bool live_fits(unsigned columns, unsigned rows)
{
	return columns >= LIVE_COLUMNS_MIN && rows >= LIVE_ROWS_MIN;
}

static void raw(struct live_line *l, const char *bytes, unsigned columns)
{
	size_t n = strlen(bytes);

	if (l->len + n >= sizeof(l->text))
		return;
	memcpy(l->text + l->len, bytes, n + 1);
	l->len += n;
	l->width += columns;
}

/* At most max columns of a text. */
static void put(struct live_line *l, bool colour, enum style style, const char *text, size_t max)
{
	char fit[LIVE_LINE_BYTES];
	unsigned width = (unsigned)text_copy(fit, sizeof(fit), text, max);

	if (!width)
		return;
	raw(l, colour ? style_begin(style) : "", 0);
	raw(l, fit, width);
	raw(l, colour ? style_end(style) : "", 0);
}

static void pad_to(struct live_line *l, unsigned column)
{
	while (l->width < column)
		raw(l, " ", 1);
}

struct layout {
	const struct live_view *v;
	unsigned width; /* of a line, at most */
	bool colour;
	bool limits, peaks;	   /* bars have them, and there is room */
	unsigned name, bar, right; /* columns of a bar's three parts */
};

static void title_line(struct live_line *l, const struct layout *at)
{
	unsigned time = (unsigned)text_width(at->v->time), gap = time ? 2 : 0;
	unsigned room = at->width > time + gap ? at->width - time - gap : 0;

	put(l, at->colour, STYLE_BOLD, at->v->title, room);
	pad_to(l, l->width + gap);
	put(l, at->colour, STYLE_PLAIN, at->v->time, at->width - MIN(l->width, at->width));
}

static bool has_limit(const struct live_bar *b)
{
	return b->limit != VALUE_MAX && b->limit != VALUE_ABSENT;
}

/* "126M of 128M  98%", what is right of a bar; the same columns where others have a limit. */
static void bar_numbers(char *buf, size_t size, const struct layout *at, const struct live_bar *b)
{
	char value[QUANTITY_MAX], limit[QUANTITY_MAX] = "", share[8] = "", peak[QUANTITY_MAX];
	int n = snprintf(buf, size, "%6s", live_size(value, b->value));

	if (has_limit(b))
		live_size(limit, b->limit);
	if (has_limit(b) && b->limit > 0 && b->value != VALUE_ABSENT)
		snprintf(share, sizeof(share), "%3.0f%%",
			 MIN(100.0 * (double)b->value / (double)b->limit, 999.0));
	if (at->limits)
		n += snprintf(buf + n, size - (size_t)n, " %2s %-5s %4s", limit[0] ? "of" : "",
			      limit, share);
	if (b->note[0])
		n += snprintf(buf + n, size - (size_t)n, "  %s", b->note);
	if (at->peaks && b->peak != VALUE_ABSENT)
		n += snprintf(buf + n, size - (size_t)n, "  peak %s", live_size(peak, b->peak));
	while (n && buf[n - 1] == ' ')
		buf[--n] = '\0';
}

/* In halves of a column. */
static unsigned halves(const struct live_bar *b, int64_t value, unsigned columns)
{
	double part = b->scale > 0 && value > 0 ? (double)value / (double)b->scale : 0;

	return (unsigned)(MIN(part, 1.0) * columns * 2 + 0.5);
}

static enum style bar_style(const struct live_bar *b)
{
	if (b->depth)
		return STYLE_BLUE;
	if (!has_limit(b) || b->limit <= 0)
		return STYLE_CYAN;
	return (double)b->value >= (double)b->limit / 100 * NEAR_LIMIT ? STYLE_YELLOW : STYLE_GREEN;
}

static void draw_bar(struct live_line *l, const struct layout *at, const struct live_bar *b)
{
	unsigned n = b->value == VALUE_ABSENT ? 0 : halves(b, b->value, at->bar);
	unsigned marked = b->mark == VALUE_ABSENT || b->mark > b->scale
				  ? at->bar
				  : MIN(halves(b, b->mark, at->bar) / 2, at->bar - 1);

	raw(l, at->colour ? style_begin(bar_style(b)) : "", 0);
	for (unsigned i = 0; i < at->bar; i++) {
		if (at->colour && i == n / 2 + n % 2) {
			raw(l, style_end(STYLE_RED), 0);
			raw(l, style_begin(STYLE_DIM), 0);
		}
		raw(l, i == marked ? mark : 2 * i + 1 < n ? full : 2 * i < n ? half : rest, 1);
	}
	raw(l, at->colour ? style_end(STYLE_RED) : "", 0);
}

static void bar_line(struct live_line *l, const struct layout *at, const struct live_bar *b)
{
	char numbers[160];

	bar_numbers(numbers, sizeof(numbers), at, b);
	pad_to(l, 2 * b->depth);
	put(l, at->colour, STYLE_PLAIN, b->name, at->name - MIN(2 * b->depth, at->name));
	pad_to(l, at->name + 1);
	draw_bar(l, at, b);
	raw(l, " ", 1);
	put(l, at->colour, b->note[0] ? STYLE_RED : STYLE_PLAIN, numbers, at->width - l->width);
}

/* What the names and the numbers of the bars leave is the bars'. */
static void lay_out(struct layout *at, unsigned columns)
{
	unsigned name = 6, right = 6, sum;
	char numbers[160];

	at->width = MIN(columns, LIVE_WIDTH_MAX) - 1;
	at->peaks = columns >= PEAKS_MIN;
	for (size_t i = 0; i < at->v->n_bars; i++)
		at->limits |= has_limit(&at->v->bars[i]);
	for (size_t i = 0; i < at->v->n_bars; i++) {
		const struct live_bar *b = &at->v->bars[i];

		name = MAX(name, (unsigned)text_width(b->name) + 2 * b->depth);
		bar_numbers(numbers, sizeof(numbers), at, b);
		right = MAX(right, (unsigned)text_width(numbers));
	}
	at->name = MIN(name, at->width / 3);
	at->right = MIN(right, at->width - at->name - 2 - MIN(BAR_MIN, at->width / 4));
	sum = at->name + at->right + 2;
	at->bar = at->width > sum ? at->width - sum : 0;
	at->bar = MAX(BAR_MIN, MIN(BAR_MAX, at->bar));
}

/* As many facts on a line as fit; returns the index of the next one. */
static size_t cells_line(struct live_line *l, const struct layout *at, size_t i)
{
	for (size_t first = i; i < at->v->n_cells; i++) {
		const struct live_cell *c = &at->v->cells[i];
		unsigned gap = i > first ? sizeof(GAP) - 1 : 0;

		if (i > first && l->width + gap + text_width(c->text) > at->width)
			break;
		if (gap)
			raw(l, GAP, gap);
		put(l, at->colour, c->bad ? STYLE_RED : STYLE_PLAIN, c->text, at->width - l->width);
	}
	return i;
}

static void event_line(struct live_line *l, const struct layout *at, const struct live_event *e)
{
	char time[32], text[48];

	snprintf(text, sizeof(text), "%8s  ", live_time(time, nsec(e->t_ns)));
	put(l, at->colour, STYLE_DIM, text, at->width);
	put(l, at->colour, e->bad ? STYLE_RED : STYLE_PLAIN, e->text, at->width - l->width);
}

static struct live_line *add(struct live_frame *f)
{
	struct live_line *l = &f->lines[f->n++];

	l->text[0] = '\0';
	l->len = l->width = 0;
	return l;
}

/* Which of the bars n lines are for: those of the least depth first. Returns how many. */
static size_t choose(const struct live_view *v, size_t n, bool *ret_shown)
{
	size_t count = 0;

	for (unsigned depth = 0; depth < DEPTHS; depth++)
		for (size_t i = 0; i < v->n_bars && count < n; i++)
			if (v->bars[i].depth == depth) {
				ret_shown[i] = true;
				count++;
			}
	return count;
}

/* Parts of a bar go without a word; whole bars are counted. */
static void bar_lines(struct live_frame *f, const struct layout *at, size_t n)
{
	const struct live_view *v = at->v;
	bool shown[LIVE_BARS] = {false};
	size_t whole = v->bars_more;
	bool says_more;
	char more[48];

	for (size_t i = 0; i < v->n_bars; i++)
		whole += !v->bars[i].depth;
	says_more = n > 1 && (whole > n || v->bars_more);
	choose(v, n - says_more, shown);
	for (size_t i = 0; i < v->n_bars; i++) {
		if (!shown[i])
			continue;
		bar_line(add(f), at, &v->bars[i]);
		whole -= !v->bars[i].depth;
	}
	if (!says_more)
		return;
	snprintf(more, sizeof(more), "and %zu more", whole);
	put(add(f), at->colour, STYLE_DIM, more, at->width);
}

void live_frame_make(struct live_frame *f, const struct live_view *v, unsigned columns,
		     unsigned lines, bool colour)
{
	struct layout at = {.v = v, .colour = colour};
	size_t room = MIN(MAX(lines, 3u), LIVE_LINES), events, cells = 0;

	lay_out(&at, MAX(columns, 20u));
	f->n = 0;
	title_line(add(f), &at);
	if (v->state[0])
		put(add(f), colour, STYLE_CYAN, v->state, at.width);
	/* Facts take lines from the events, events from the bars' parts, but for the last two. */
	events = MIN(v->n_events, 2);
	for (size_t bars = MIN(v->n_bars, 1); cells < v->n_cells && f->n + bars < room;) {
		cells = cells_line(add(f), &at, cells);
		events = MIN(events, room - f->n - bars);
	}
	if (v->n_bars && f->n + events < room)
		bar_lines(f, &at, room - f->n - events);
	for (events = MIN(v->n_events, room - f->n); events; events--)
		event_line(add(f), &at, &v->events[v->n_events - events]);
}
