/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "live/rates.h"

#include <string.h>

#include "base/cleanup.h"

void rates_init(struct rates *r, int64_t window_ns)
{
	*r = (struct rates){.window_ns = window_ns};
	for (size_t i = 0; i < RATES_MAX; i++)
		r->per_s[i] = -1;
}

static double rate(int64_t from, int64_t to, int64_t ns)
{
	if (from == VALUE_ABSENT || to == VALUE_ABSENT || to < from)
		return -1;
	return (double)(to - from) * NSEC_PER_SEC / (double)ns;
}

void rates_add(struct rates *r, int64_t t_ns, const int64_t *values, size_t n)
{
	n = MIN(n, RATES_MAX);
	if (r->t_ns && t_ns - r->t_ns < MAX(r->window_ns, 1))
		return;
	for (size_t i = 0; r->t_ns && i < n; i++)
		r->per_s[i] = rate(r->from[i], values[i], t_ns - r->t_ns);
	memcpy(r->from, values, n * sizeof(*values));
	r->t_ns = t_ns;
}
