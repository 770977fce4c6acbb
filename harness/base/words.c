/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/words.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "base/cleanup.h"

#define LETTERS_MAX 64
#define PREFIX_MIN  4

int word_index(const char *const *table, size_t n, const char *word)
{
	for (size_t i = 0; i < n; i++)
		if (table[i] && strcmp(table[i], word) == 0)
			return (int)i;
	return -1;
}

static int lower(char c)
{
	return tolower((unsigned char)c);
}

/*
 * Optimal string alignment: Damerau-Levenshtein in which no part is edited twice. Rows i-2, i-1 and
 * i of the usual matrix are enough.
 */
unsigned word_distance(const char *a, const char *b)
{
	size_t na = strnlen(a, LETTERS_MAX), nb = strnlen(b, LETTERS_MAX);
	unsigned rows[3][LETTERS_MAX + 1];
	unsigned *before = rows[0], *above = rows[1], *row = rows[2];

	for (size_t j = 0; j <= nb; j++)
		above[j] = (unsigned)j;
	for (size_t i = 1; i <= na; i++) {
		unsigned *free_row = before;

		row[0] = (unsigned)i;
		for (size_t j = 1; j <= nb; j++) {
			bool same = lower(a[i - 1]) == lower(b[j - 1]);
			unsigned d = MIN(above[j] + 1, row[j - 1] + 1);

			d = MIN(d, above[j - 1] + !same);
			if (i > 1 && j > 1 && lower(a[i - 1]) == lower(b[j - 2]) &&
			    lower(a[i - 2]) == lower(b[j - 1]))
				d = MIN(d, before[j - 2] + 1);
			row[j] = d;
		}
		before = above;
		above = row;
		row = free_row;
	}
	return above[nb];
}

/* One is the beginning of the other: "anon" for "anonymous", "memory.curr" for "memory.current". */
static bool is_begin(const char *a, const char *b)
{
	size_t n = MIN(strlen(a), strlen(b));

	return n >= PREFIX_MIN && strncasecmp(a, b, n) == 0;
}

void nearest_offer(struct nearest *n, const char *candidate)
{
	unsigned len, other, limit, d;
	bool begins;

	if (!n->want || !candidate)
		return;
	len = (unsigned)strnlen(n->want, LETTERS_MAX);
	other = (unsigned)strnlen(candidate, LETTERS_MAX);
	limit = MAX(1u, MIN(3u, len / 3));
	begins = is_begin(n->want, candidate);
	/* The distance is at least the difference in length: most candidates end here. */
	if (!begins && (len > other ? len - other : other - len) > limit)
		return;
	d = word_distance(n->want, candidate);
	/* d >= len: no letter is left in common. */
	if (!begins && (d > limit || d >= len))
		return;
	if (n->best && d >= n->distance)
		return;
	n->best = candidate;
	n->distance = d;
}

bool str_starts(const char *s, const char *prefix)
{
	return strncmp(s, prefix, strlen(prefix)) == 0;
}

bool str_eq(const char *a, const char *b)
{
	return strcmp(a, b) == 0;
}
