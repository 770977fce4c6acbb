/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "kernel/mountinfo.h"

#include <errno.h>

static bool is_octal(char c)
{
	return c >= '0' && c <= '7';
}

/* Blanks, newlines and backslashes of a path come as three octal digits: "\040"
 * (fs/seq_file.c:mangle_path). */
static bool unmangle(struct span s, char *buf, size_t size)
{
	size_t n = 0;

	while (s.n) {
		size_t taken = 1;
		char c = *s.p;

		if (c == '\\' && s.n >= 4 && s.p[1] <= '3' && is_octal(s.p[1]) &&
		    is_octal(s.p[2]) && is_octal(s.p[3])) {
			c = (char)((s.p[1] - '0') << 6 | (s.p[2] - '0') << 3 | (s.p[3] - '0'));
			taken = 4;
		}
		if (n + 1 >= size)
			return false;
		buf[n++] = c;
		s = span_from(s, taken);
	}
	buf[n] = '\0';
	return true;
}

/* "36 35 98:0 /root /point rw,noatime master:1 - type source rw,options" */
static int parse_line(struct span line, struct mount *ret)
{
	struct span f[6], word, type, source, options;

	for (int i = 0; i < 6; i++)
		if (!next_word(&line, &f[i]))
			return -EINVAL;
	/* Any number of optional fields up to the hyphen. */
	do {
		if (!next_word(&line, &word))
			return -EINVAL;
	} while (!span_eq(word, "-"));
	/* The source may be empty: then two blanks stand together, and it is the options that
	 * follow. */
	if (!next_word(&line, &type) || !next_word(&line, &source))
		return -EINVAL;
	if (!next_word(&line, &options))
		options = source;
	if (!unmangle(f[3], ret->root, sizeof(ret->root)) ||
	    !unmangle(f[4], ret->point, sizeof(ret->point)) ||
	    !span_copy(type, ret->type, sizeof(ret->type)))
		return -ENAMETOOLONG;
	span_copy(options, ret->options, sizeof(ret->options));
	ret->read_only = span_list_has(f[5], "ro") || span_list_has(options, "ro");
	return 1;
}

int mountinfo_next(struct span *rest, struct mount *ret)
{
	struct span line;

	while (next_line(rest, &line))
		if (line.n)
			return parse_line(line, ret);
	return 0;
}

bool mount_has_option(const struct mount *m, const char *option)
{
	return span_list_has(span_of(m->options, strlen(m->options)), option);
}

int mountinfo_find(const char *text, size_t len, const char *type, const char *option,
		   struct mount *ret)
{
	struct span rest = span_of(text, len);
	struct mount m;
	int r;

	while ((r = mountinfo_next(&rest, &m))) {
		if (r < 0 || strcmp(m.type, type) || (option && !mount_has_option(&m, option)))
			continue;
		*ret = m;
		return 0;
	}
	return -ENOENT;
}

static bool covers(const char *point, const char *path)
{
	size_t n = strlen(point);

	if (n && point[n - 1] == '/')
		n--;
	return !strncmp(path, point, n) && (!path[n] || path[n] == '/');
}

int mountinfo_covering(const char *text, size_t len, const char *path, struct mount *ret)
{
	struct span rest = span_of(text, len);
	bool found = false;
	struct mount m;
	int r;

	while ((r = mountinfo_next(&rest, &m))) {
		if (r < 0 || !covers(m.point, path) ||
		    (found && strlen(m.point) < strlen(ret->point)))
			continue;
		*ret = m;
		found = true;
	}
	return found ? 0 : -ENOENT;
}
