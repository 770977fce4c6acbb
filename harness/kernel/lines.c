/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "kernel/lines.h"

#include <errno.h>
#include <limits.h>

size_t span_number(struct span s, int64_t *ret)
{
	bool negative = s.n && *s.p == '-';
	size_t start = negative, i = start;
	uint64_t v = 0;

	for (; i < s.n && s.p[i] >= '0' && s.p[i] <= '9'; i++) {
		uint64_t digit = (uint64_t)(s.p[i] - '0');

		/* Twenty digits and more are rare: only there look whether they fit. */
		if (i - start >= 19 && v > (UINT64_MAX - digit) / 10)
			return 0;
		v = v * 10 + digit;
	}
	if (i == start)
		return 0;
	*ret = (int64_t)(negative ? 0 - v : v);
	return i;
}

const char *span_find(struct span s, const char *needle)
{
	return s.n ? memmem(s.p, s.n, needle, strlen(needle)) : NULL;
}

const char *span_find_last(struct span s, const char *needle)
{
	const char *found = NULL, *at;

	while ((at = span_find(s, needle))) {
		found = at;
		s = span_from(s, (size_t)(at - s.p) + 1);
	}
	return found;
}

bool span_list_has(struct span list, const char *word)
{
	while (list.n) {
		const char *comma = memchr(list.p, ',', list.n);
		size_t n = comma ? (size_t)(comma - list.p) : list.n;

		if (span_eq(span_of(list.p, n), word))
			return true;
		list = span_from(list, n + 1);
	}
	return false;
}

bool span_copy(struct span s, char *buf, size_t size)
{
	size_t n = s.n < size ? s.n : size - 1;

	if (n)
		memcpy(buf, s.p, n);
	buf[n] = '\0';
	return n == s.n;
}

/* One "a" or "a-b" at the start of s. Returns what was taken, 0 when it is neither. */
static size_t list_range(struct span s, int64_t *first, int64_t *last)
{
	size_t n = span_number(s, first), m;

	*last = *first;
	if (!n || *first < 0)
		return 0;
	if (n == s.n || s.p[n] != '-')
		return n;
	m = span_number(span_from(s, n + 1), last);
	if (!m || *last < *first)
		return 0;
	return n + 1 + m;
}

int list_count(struct span s)
{
	int64_t first = 0, last = 0, sum = 0;

	s = span_trim(s);
	while (s.n) {
		size_t n = list_range(s, &first, &last);

		if (!n || last - first >= INT_MAX - sum)
			return -EINVAL;
		sum += last - first + 1;
		s = span_from(s, n);
		if (!s.n)
			break;
		if (*s.p != ',' || s.n == 1)
			return -EINVAL;
		s = span_from(s, 1);
	}
	return (int)sum;
}
