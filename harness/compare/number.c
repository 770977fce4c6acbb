/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "compare/compare.h"

/* Of what varies from run to run more than four digits say nothing; a size is said exactly. */
char *number_short(char buf[QUANTITY_MAX], double v, enum unit unit, bool sign)
{
	static const char *const scales[] = {"B/s", "K/s", "M/s", "G/s", "T/s"};
	int64_t n = llround(v), step = 1;
	size_t scale = 0;

	if (unit == UNIT_BPS) {
		for (; fabs(v) >= KIB && scale + 1 < ARRAY_SIZE(scales); scale++)
			v /= KIB;
		snprintf(buf, QUANTITY_MAX, sign ? "%+.4g%s" : "%.4g%s", v, scales[scale]);
		return buf;
	}
	if (unit == UNIT_DUR || unit == UNIT_PER_SEC) {
		while (llabs(n) / step >= 10000)
			step *= 10;
		n = (n + (n < 0 ? -step : step) / 2) / step * step;
	}
	return sign ? quantity_format_signed(buf, n, unit) : quantity_format(buf, n, unit);
}
