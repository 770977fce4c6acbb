/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "kernel/psi.h"

#include <errno.h>

#include "base/io.h"
#include "base/units.h"
#include "kernel/lines.h"

/* "12.34" per cent, always two decimals, as thousandths of one per cent. Returns false when it is
 * not. */
static bool percent(struct span s, int64_t *ret)
{
	int64_t whole, frac;
	size_t n = span_number(s, &whole);

	if (!n || whole < 0 || whole > 1000 || s.n != n + 3 || s.p[n] != '.')
		return false;
	if (span_number(span_from(s, n + 1), &frac) != 2 || frac < 0)
		return false;
	*ret = whole * 1000 + frac * 10;
	return true;
}

static bool microseconds(struct span s, int64_t *ret)
{
	int64_t us;

	if (!s.n || span_number(s, &us) != s.n || us < 0 || us > INT64_MAX / NSEC_PER_USEC)
		return false;
	*ret = us * NSEC_PER_USEC;
	return true;
}

static bool fields(struct span rest, struct psi_line *ret)
{
	const struct {
		const char *key;
		bool (*parse)(struct span s, int64_t *ret);
		int64_t *to;
	} table[] = {
		{"avg10=", percent, &ret->avg10},
		{"avg60=", percent, &ret->avg60},
		{"avg300=", percent, &ret->avg300},
		{"total=", microseconds, &ret->total_ns},
	};
	struct span word;

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		if (!next_word(&rest, &word) || !span_starts(word, table[i].key) ||
		    !table[i].parse(span_from(word, strlen(table[i].key)), table[i].to))
			return false;
	return true;
}

int psi_parse(const char *text, size_t len, struct psi *ret)
{
	const struct psi_line absent = {VALUE_ABSENT, VALUE_ABSENT, VALUE_ABSENT, VALUE_ABSENT};
	struct span rest = span_of(text, len), line, word;
	int r = -EINVAL;

	*ret = (struct psi){absent, absent};
	while (next_line(&rest, &line)) {
		struct psi_line got, *to;

		if (!next_word(&line, &word))
			continue;
		to = span_eq(word, "some") ? &ret->some : span_eq(word, "full") ? &ret->full : NULL;
		if (!to)
			continue;
		if (!fields(line, &got))
			return -EINVAL;
		*to = got;
		r = 0;
	}
	return r;
}

int psi_load(int dirfd, const char *path, struct psi *ret)
{
	char text[512];
	ssize_t n = file_read(dirfd, path, text, sizeof(text));

	return n < 0 ? (int)n : psi_parse(text, (size_t)n, ret);
}
