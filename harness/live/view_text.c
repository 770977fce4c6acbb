/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The model's rows, its numbers as people read them, and all of it in one line. */
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/term.h"
#include "live/view.h"

struct live_bar *live_bar_add(struct live_view *v)
{
	struct live_bar *b;

	if (v->n_bars == LIVE_BARS) {
		v->bars_more++;
		return NULL;
	}
	b = &v->bars[v->n_bars++];
	*b = (struct live_bar){
		.value = VALUE_ABSENT,
		.limit = VALUE_MAX,
		.mark = VALUE_ABSENT,
		.peak = VALUE_ABSENT,
	};
	return b;
}

void live_cell_add(struct live_view *v, bool bad, const char *fmt, ...)
{
	struct live_cell *c;
	va_list ap;

	if (v->n_cells == LIVE_CELLS)
		return;
	c = &v->cells[v->n_cells++];
	c->bad = bad;
	va_start(ap, fmt);
	vsnprintf(c->text, sizeof(c->text), fmt, ap);
	va_end(ap);
}

char *live_time(char buf[32], dur_t d)
{
	long long s = MAX(d.ns, 0) / NSEC_PER_SEC, tenth = MAX(d.ns, 0) / (NSEC_PER_SEC / 10) % 10;

	if (s < 60)
		snprintf(buf, 32, "%lld.%llds", s, tenth);
	else if (s < 3600)
		snprintf(buf, 32, "%lldm %02llds", s / 60, s % 60);
	else
		snprintf(buf, 32, "%lldh %02lldm", s / 3600, s / 60 % 60);
	return buf;
}

/* Three digits, or four before a point: what changes ten times a second needs no more. */
static char *scaled(char buf[QUANTITY_MAX], double v, double step, const char *const *suffixes)
{
	size_t i = 0;

	for (; fabs(v) >= step * 0.9995 && suffixes[i + 1]; i++)
		v /= step;
	if (i == 0 || fabs(v) >= 99.95 || v == floor(v))
		snprintf(buf, QUANTITY_MAX, "%.0f%s", v, suffixes[i]);
	else
		snprintf(buf, QUANTITY_MAX, "%.*f%s", fabs(v) >= 9.995 ? 1 : 2, v, suffixes[i]);
	return buf;
}

char *live_size(char buf[QUANTITY_MAX], int64_t bytes)
{
	static const char *const suffixes[] = {"", "K", "M", "G", "T", NULL};

	if (bytes == VALUE_ABSENT || bytes == VALUE_MAX) {
		snprintf(buf, QUANTITY_MAX, "%s", bytes == VALUE_MAX ? "max" : "-");
		return buf;
	}
	return scaled(buf, (double)bytes, 1024, suffixes);
}

char *live_count(char buf[QUANTITY_MAX], double n)
{
	static const char *const suffixes[] = {"", "k", "M", "G", "T", NULL};

	return scaled(buf, n, 1000, suffixes);
}

static void append(char *buf, size_t size, const char *between, const char *text)
{
	size_t n = strlen(buf);

	if (*text)
		snprintf(buf + n, size - n, "%s%s", n ? between : "", text);
}

static void append_bar(char *buf, size_t size, const struct live_bar *b)
{
	char text[160], value[QUANTITY_MAX], limit[QUANTITY_MAX];

	if (b->depth || b->value == VALUE_ABSENT)
		return;
	snprintf(text, sizeof(text), "%s %s%s%s%s%s", b->name, live_size(value, b->value),
		 b->limit == VALUE_MAX ? "" : "/",
		 b->limit == VALUE_MAX ? "" : live_size(limit, b->limit), b->note[0] ? ", " : "",
		 b->note);
	append(buf, size, "  ", text);
}

void live_line_make(char *buf, size_t size, const struct live_view *v, unsigned columns)
{
	char all[LIVE_LINE_BYTES] = "", part[sizeof(v->state)];
	const char *state = v->state;

	if (!columns) {
		append(all, sizeof(all), "", v->time);
		append(all, sizeof(all), "  ", v->title);
		append(all, sizeof(all), ": ", state);
	} else {
		/* "12.3s  overrun" and the numbers: what else there is would not fit. */
		snprintf(part, sizeof(part), "%.*s", (int)strcspn(v->time, ","), v->time);
		append(all, sizeof(all), "", part);
		snprintf(part, sizeof(part), "%.*s", (int)strcspn(state, ":"), state);
		append(all, sizeof(all), "  ", part);
	}
	for (size_t i = 0; i < v->n_bars; i++)
		append_bar(all, sizeof(all), &v->bars[i]);
	for (size_t i = 0; i < v->n_cells; i++)
		append(all, sizeof(all), "  ", v->cells[i].text);
	text_copy(buf, size, all, columns ? columns - 1 : SIZE_MAX);
}
