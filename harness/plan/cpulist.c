/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <string.h>

#include "base/io.h"
#include "plan/build.h"

int cpulist_parse(const char *text, unsigned char *ret_set, size_t max)
{
	const char *s = text, *end = text + strlen(text);
	int count = 0;

	memset(ret_set, 0, max);
	while (s < end) {
		int64_t from, to;

		s = parse_i64(s, end, &from);
		if (!s || from < 0)
			return -EINVAL;
		to = from;
		if (s < end && *s == '-') {
			s = parse_i64(s + 1, end, &to);
			if (!s)
				return -EINVAL;
		}
		if (to < from || to >= (int64_t)max)
			return -EINVAL;
		for (int64_t i = from; i <= to; i++) {
			count += !ret_set[i];
			ret_set[i] = 1;
		}
		if (s < end && (*s++ != ',' || s == end))
			return -EINVAL;
	}
	return count ? count : -EINVAL;
}
