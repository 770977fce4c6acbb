/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <math.h>
#include <stdlib.h>

#include "capacity/inside.h"

static int by_value(const void *a, const void *b)
{
	const struct probe *x = *(const struct probe *const *)a;
	const struct probe *y = *(const struct probe *const *)b;

	return (x->value > y->value) - (x->value < y->value);
}

static void sum_up(struct curve_point *c, const struct probe *const *same, size_t n)
{
	*c = (struct curve_point){.value = same[0]->value, .runs = (int)n};
	for (size_t i = 0; i < n; i++)
		c->enough += same[i]->enough;
	for (size_t i = 0; i < n; i++) {
		bool of_most = same[i]->enough == (2 * c->enough > c->runs);

		if (of_most && (!c->typical || same[i]->runtime_ns > c->typical->runtime_ns))
			c->typical = same[i];
	}
}

size_t curve_of(const struct study *s, struct arena *a, struct curve_point **ret)
{
	const struct probe **all = arena_array(a, s->n_probes + 1, sizeof(*all));
	size_t n = 0;

	*ret = arena_array(a, s->n_probes + 1, sizeof(**ret));
	for (size_t i = 0; i < s->n_probes; i++)
		all[i] = &s->probes[i];
	qsort(all, s->n_probes, sizeof(*all), by_value);
	for (size_t i = 0, same; i < s->n_probes; i += same) {
		same = 1;
		while (i + same < s->n_probes && all[i + same]->value == all[i]->value)
			same++;
		sum_up(&(*ret)[n++], all + i, same);
	}
	return n;
}

char *number_text(char buf[QUANTITY_MAX], double v, enum unit unit)
{
	double step;

	buf[0] = '\0';
	if (isnan(v))
		return buf;
	step = fabs(v) > 0 ? pow(10, floor(log10(fabs(v))) - 3) : 1;
	if (unit == UNIT_COUNT || unit == UNIT_NONE || unit == UNIT_PAGES) {
		snprintf(buf, QUANTITY_MAX, "%.4g", v);
		return buf;
	}
	return quantity_format(buf, (int64_t)(step > 1 ? round(v / step) * step : v), unit);
}
