/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "kernel/kv.h"

#include <errno.h>
#include <string.h>

#include "base/io.h"
#include "kernel/lines.h"

/* More lines than any of these files has (vmstat of 6.18: under 250); longer texts are searched. */
#define KV_LINES 512

/* The name of a line and what follows it. */
static bool split(struct span line, enum kv_format f, struct span *name, struct span *value)
{
	const char *end;

	if (f == KV_NODE_MEMINFO) {
		struct span word, number;

		if (!next_word(&line, &word) || !span_eq(word, "Node") ||
		    !next_word(&line, &number))
			return false;
		line = span_trim(line);
	}
	end = line.n ? memchr(line.p, f == KV_PLAIN ? ' ' : ':', line.n) : NULL;
	if (!end || end == line.p)
		return false;
	*name = span_of(line.p, (size_t)(end - line.p));
	*value = span_from(line, name->n + 1);
	return true;
}

/* The number of a line, in bytes where the line says kB. VALUE_ABSENT when there is none. */
static int64_t number(struct span value, enum kv_format f)
{
	int64_t v;
	size_t n;

	/* A tab in /proc/<pid>/status, blanks elsewhere. */
	while (value.n && (*value.p == ' ' || *value.p == '\t'))
		value = span_from(value, 1);
	n = span_number(value, &v);
	if (!n)
		return VALUE_ABSENT;
	if (f == KV_PLAIN)
		return n == value.n ? v : VALUE_ABSENT;
	value = span_from(value, n);
	if (!value.n)
		return v;
	/* A negative size would be a counter that wrapped before it became kB: no size at all. */
	if (!span_eq(value, " kB") || v < 0 || v > INT64_MAX / KIB)
		return VALUE_ABSENT;
	return v * KIB;
}

static bool known(const struct kv_key *keys, size_t n, struct span name)
{
	for (size_t i = 0; i < n; i++)
		if (span_eq(name, keys[i].name))
			return true;
	return false;
}

int kv_scan(const char *text, size_t len, enum kv_format f, struct kv_key *keys, size_t max)
{
	struct span rest = span_of(text, len), line, name, value;
	size_t n = 0;

	for (int at = 0; next_line(&rest, &line); at++) {
		if (!line.n)
			continue;
		if (!split(line, f, &name, &value) || name.n >= sizeof(keys->name))
			return -EINVAL;
		if (known(keys, n < max ? n : max, name))
			continue;
		if (n < max) {
			span_copy(name, keys[n].name, sizeof(keys[n].name));
			keys[n].line = at;
		}
		n++;
	}
	return (int)n;
}

/*
 * A line is a key's when its name stands there and the separator behind it. Returns the text behind
 * it, NULL when the line is another's.
 */
static const char *match(const struct kv_key *key, struct span line, enum kv_format f)
{
	size_t n = strlen(key->name);

	if (f == KV_NODE_MEMINFO) {
		struct span name, value;

		if (!split(line, f, &name, &value) || !span_eq(name, key->name))
			return NULL;
		return value.p;
	}
	if (line.n <= n || line.p[n] != (f == KV_PLAIN ? ' ' : ':') || memcmp(line.p, key->name, n))
		return NULL;
	return line.p + n + 1;
}

/* The slow way: find every key, and remember where. */
static int look_again(struct kv_table *t, const char *text, size_t len, int64_t *values)
{
	struct span rest = span_of(text, len), line, name, value;
	int r = 0, at = 0;

	for (size_t i = 0; i < t->n; i++) {
		t->keys[i].line = -1;
		values[i] = VALUE_ABSENT;
	}
	for (; next_line(&rest, &line); at++) {
		if (!split(line, t->format, &name, &value))
			continue;
		for (size_t i = 0; i < t->n; i++) {
			if (t->keys[i].line >= 0 || !span_eq(name, t->keys[i].name))
				continue;
			t->keys[i].line = at;
			values[i] = number(value, t->format);
			if (values[i] == VALUE_ABSENT)
				r = -EINVAL;
		}
	}
	t->lines = at;
	return r;
}

/* Offsets of the lines; start[n] is behind the last. Returns how many, -E2BIG for more than
 * KV_LINES. */
static int line_starts(const char *text, size_t len, uint32_t start[KV_LINES + 1])
{
	const char *p = text, *end = text + len;
	int n = 0;

	while (p < end) {
		const char *nl;

		if (n == KV_LINES || p - text > UINT32_MAX / 2)
			return -E2BIG;
		start[n++] = (uint32_t)(p - text);
		nl = memchr(p, '\n', (size_t)(end - p));
		p = nl ? nl + 1 : end + 1;
	}
	start[n] = (uint32_t)(p - text);
	return n;
}

int kv_read(struct kv_table *t, const char *text, size_t len, int64_t *values)
{
	uint32_t start[KV_LINES + 1];
	int r = 0, lines = len ? line_starts(text, len, start) : 0;

	if (lines <= 0 || lines != t->lines)
		return look_again(t, text, len, values);
	for (size_t i = 0; i < t->n; i++) {
		int at = t->keys[i].line;
		const char *behind;
		struct span line;

		values[i] = VALUE_ABSENT;
		if (at < 0)
			continue;
		if (at >= lines)
			return look_again(t, text, len, values);
		line = span_of(text + start[at], start[at + 1] - start[at] - 1);
		behind = match(&t->keys[i], line, t->format);
		if (!behind)
			return look_again(t, text, len, values);
		line = span_from(line, (size_t)(behind - line.p));
		values[i] = number(line, t->format);
		if (values[i] == VALUE_ABSENT)
			r = -EINVAL;
	}
	return r;
}

int64_t kv_get(const char *text, size_t len, enum kv_format f, const char *key)
{
	struct span rest = span_of(text, len), line, name, value;

	while (next_line(&rest, &line))
		if (split(line, f, &name, &value) && span_eq(name, key))
			return number(value, f);
	return VALUE_ABSENT;
}

int64_t kv_load(int dirfd, const char *path, enum kv_format f, const char *key)
{
	char text[16384];
	ssize_t n = file_read(dirfd, path, text, sizeof(text));

	return n < 0 ? VALUE_ABSENT : kv_get(text, (size_t)n, f, key);
}

bool kv_key_is_count(const char *meminfo_key)
{
	/* mm/hugetlb.c:hugetlb_report_meminfo() prints the pools without kB; Hugepagesize has it.
	 */
	return !strncmp(meminfo_key, "HugePages_", strlen("HugePages_"));
}
