/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Text of kernel files in pieces: lines, blanks, numbers, as views into the text. No allocation, no
 * copy, never a read behind the end. Owns nothing but pointers; used by the readers of this room.
 */
#ifndef MT_KERNEL_LINES_H
#define MT_KERNEL_LINES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* A piece of a text. p may be NULL when n is 0. */
struct span {
	const char *p;
	size_t n;
};

static inline struct span span_of(const char *text, size_t len)
{
	return (struct span){text, len};
}

static inline bool span_eq(struct span s, const char *word)
{
	return strlen(word) == s.n && (!s.n || !memcmp(s.p, word, s.n));
}

static inline bool span_starts(struct span s, const char *prefix)
{
	size_t n = strlen(prefix);

	return s.n >= n && !memcmp(s.p, prefix, n);
}

static inline struct span span_from(struct span s, size_t skip)
{
	if (skip > s.n)
		skip = s.n;
	return (struct span){s.p + skip, s.n - skip};
}

/* The next line of rest without its '\n'; false at the end of the text. */
static inline bool next_line(struct span *rest, struct span *ret)
{
	const char *nl;

	if (!rest->n)
		return false;
	nl = memchr(rest->p, '\n', rest->n);
	ret->p = rest->p;
	ret->n = nl ? (size_t)(nl - rest->p) : rest->n;
	*rest = span_from(*rest, ret->n + 1);
	return true;
}

static inline struct span span_trim(struct span s)
{
	while (s.n && (*s.p == ' ' || *s.p == '\t'))
		s = span_from(s, 1);
	while (s.n && (s.p[s.n - 1] == ' ' || s.p[s.n - 1] == '\t'))
		s.n--;
	return s;
}

/* The next word between blanks; false when there is none left. */
static inline bool next_word(struct span *rest, struct span *ret)
{
	size_t n = 0;

	while (rest->n && (*rest->p == ' ' || *rest->p == '\t'))
		*rest = span_from(*rest, 1);
	while (n < rest->n && rest->p[n] != ' ' && rest->p[n] != '\t')
		n++;
	*ret = (struct span){rest->p, n};
	*rest = span_from(*rest, n);
	return n > 0;
}

/*
 * Digits at the start of s, with an optional '-'. Returns how many characters were taken, 0 when
 * there is no number. A number above INT64_MAX is a negative counter that the kernel printed as
 * unsigned
 * (%lu, %llu): it comes back negative. Anything over 64 bits is no number.
 */
size_t span_number(struct span s, int64_t *ret);

/* Where needle begins in s: the first or the last place, NULL when it is not there. */
const char *span_find(struct span s, const char *needle);
const char *span_find_last(struct span s, const char *needle);

/* Whether a list "rw,memory" has a word between its commas. */
bool span_list_has(struct span list, const char *word);

/* Copy into a buffer of the given size, cut to fit, NUL-terminated. Returns false when it was cut.
 */
bool span_copy(struct span s, char *buf, size_t size);

/* How many numbers a kernel list names: "0-3,5" is 5, "" is 0. -EINVAL when it is no list. */
int list_count(struct span s);

#endif
