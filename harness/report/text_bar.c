/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <string.h>

#include "base/cleanup.h"
#include "report/parts.h"
#include "report/text_parts.h"

#define BAR_COLUMNS 36 /* range and gap together; with three numbers around below 60 */

/* A distance of two numbers of 64 bits does not fit in one. */
static double distance(int64_t a, int64_t b)
{
	return (double)b - (double)a;
}

static size_t columns_of(double part, double whole)
{
	double n = whole > 0 ? part / whole * BAR_COLUMNS : 0;

	return n < 1 ? 1 : n > BAR_COLUMNS - 1 ? BAR_COLUMNS - 1 : (size_t)(n + 0.5);
}

static void repeat(char *buf, char c, size_t n)
{
	size_t len = strlen(buf);

	memset(buf + len, c, n);
	buf[len + n] = '\0';
}

/* The accepted range; of an open end only the last columns are drawn. */
static void draw_range(char *buf, const struct check_verdict *v, enum unit unit, bool delta,
		       size_t n, bool point)
{
	char low[QUANTITY_MAX], high[QUANTITY_MAX];
	bool left_open = v->low == VALUE_ABSENT, right_open = v->high == VALUE_MAX;

	if (v->low == v->high) {
		sprintf(buf + strlen(buf), "[%s]", verdict_number(low, v->low, unit, delta));
		return;
	}
	if (left_open)
		strcat(buf, "..");
	else
		sprintf(buf + strlen(buf), "%s [", verdict_number(low, v->low, unit, delta));
	if (point && n >= 3 && !left_open && !right_open) {
		repeat(buf, '=', (n - 1) / 2);
		strcat(buf, "|");
		repeat(buf, '=', n / 2);
	} else {
		repeat(buf, '=', n);
	}
	if (right_open)
		strcat(buf, "..");
	else
		sprintf(buf + strlen(buf), "] %s", verdict_number(high, v->high, unit, delta));
}

void text_bar(char *buf, size_t size, const struct check_verdict *v, enum unit unit, bool delta,
	      bool point)
{
	bool above = v->high != VALUE_MAX && v->compared > v->high;
	bool below = v->low != VALUE_ABSENT && v->compared < v->low;
	char line[4 * QUANTITY_MAX + 2 * BAR_COLUMNS] = "", value[QUANTITY_MAX];
	double range, gap;
	size_t n;

	buf[0] = '\0';
	if (v->compared == VALUE_ABSENT || v->compared == VALUE_MAX || above == below)
		return;
	gap = above ? distance(v->high, v->compared) : distance(v->compared, v->low);
	range = v->low == VALUE_ABSENT || v->high == VALUE_MAX ? gap / 4
							       : distance(v->low, v->high);
	n = columns_of(range, range + gap);
	verdict_number(value, v->compared, unit, delta);
	if (below) {
		sprintf(line, "%s x", value);
		repeat(line, '-', BAR_COLUMNS - n);
		strcat(line, " ");
	}
	draw_range(line, v, unit, delta, n, point);
	if (above) {
		strcat(line, " ");
		repeat(line, '-', BAR_COLUMNS - n);
		sprintf(line + strlen(line), "x %s", value);
	}
	snprintf(buf, size, "%s", line);
}
