/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "kernel/slabinfo.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>

#include "base/cleanup.h"
#include "base/io.h"

#define TUNABLES " : tunables "
#define SLABDATA " : slabdata "

/* n numbers between blanks. */
static bool numbers(struct span rest, int64_t *const *to, size_t n)
{
	struct span word;

	for (size_t i = 0; i < n; i++)
		if (!next_word(&rest, &word) || span_number(word, to[i]) != word.n || *to[i] < 0)
			return false;
	return true;
}

/*
 * "name  active num size perslab pages : tunables .. : slabdata active num shared": the name ends
 * at the fifth word from the first colon, as a name may have blanks in it on old kernels.
 */
static bool split_name(struct span head, struct span *name, struct span *counts)
{
	size_t n = head.n;

	for (int words = 0; words < 5; words++) {
		while (n && head.p[n - 1] == ' ')
			n--;
		while (n && head.p[n - 1] != ' ')
			n--;
	}
	*counts = span_from(head, n);
	*name = span_trim(span_of(head.p, n));
	return name->n > 0;
}

static bool parse_line(struct span line, struct slabcache *ret)
{
	int64_t *const head_to[] = {&ret->active_objs, &ret->num_objs, &ret->objsize,
				    &ret->objperslab, &ret->pagesperslab};
	int64_t *const data_to[] = {&ret->active_slabs, &ret->num_slabs};
	const char *tunables = span_find(line, TUNABLES), *data = span_find(line, SLABDATA);
	struct span name, counts;

	if (!tunables || !data || data < tunables)
		return false;
	if (!split_name(span_of(line.p, (size_t)(tunables - line.p)), &name, &counts))
		return false;
	if (!span_copy(name, ret->name, sizeof(ret->name)))
		return false;
	line = span_from(line, (size_t)(data - line.p) + strlen(SLABDATA));
	return numbers(counts, head_to, 5) && numbers(line, data_to, 2);
}

static bool is_header(struct span line)
{
	return !line.n || *line.p == '#' || span_starts(line, "slabinfo - version");
}

int slabinfo_next(struct span *rest, struct slabcache *ret)
{
	struct span line;

	while (next_line(rest, &line))
		if (!is_header(line))
			return parse_line(line, ret) ? 1 : -EINVAL;
	return 0;
}

int slabinfo_find(const char *text, size_t len, const char *cache, struct slabcache *ret)
{
	struct span rest = span_of(text, len), line;
	size_t n = strlen(cache);

	if (!n)
		return -ENOENT;
	while (next_line(&rest, &line)) {
		if (is_header(line) || line.n <= n || line.p[n] != ' ' || memcmp(line.p, cache, n))
			continue;
		if (!parse_line(line, ret))
			return -EINVAL;
		/* A name with blanks begins like a shorter one. */
		if (!strcmp(ret->name, cache))
			return 0;
	}
	return -ENOENT;
}

int64_t slabcache_bytes(const struct slabcache *c, int64_t page_size)
{
	int64_t bytes;

	if (__builtin_mul_overflow(c->num_slabs, c->pagesperslab, &bytes) ||
	    __builtin_mul_overflow(bytes, page_size, &bytes))
		return INT64_MAX;
	return bytes;
}

int64_t slabcache_utilisation(const struct slabcache *c, int64_t page_size)
{
	int64_t whole = slabcache_bytes(c, page_size);
	__int128 used = (__int128)c->active_objs * c->objsize * 100000;

	if (whole <= 0)
		return 100000;
	used /= whole;
	return used > INT64_MAX ? INT64_MAX : (int64_t)used;
}

/* Where an alias points to; a cache that was merged with none is its own directory. */
static bool alias_target(int slabfd, const char *name, char *buf, size_t size)
{
	ssize_t n = readlinkat(slabfd, name, buf, size - 1);

	if (n < 0)
		return false;
	buf[n] = '\0';
	return true;
}

/* Among the other names of the same directory, the one that slabinfo lists. */
static int find_listed(int slabfd, const char *target, const char *text, size_t len,
		       char buf[SLAB_NAME_MAX])
{
	_cleanup_closedir_ DIR *dir = NULL;
	_cleanup_close_ int fd = dir_open(slabfd, ".");
	struct slabcache cache;
	struct dirent *d;
	char other[256];

	dir = fd < 0 ? NULL : fdopendir(fd);
	if (!dir)
		return -ENOENT;
	take_fd(&fd);
	while ((d = readdir(dir))) {
		if (!alias_target(slabfd, d->d_name, other, sizeof(other)) ||
		    strcmp(other, target) || slabinfo_find(text, len, d->d_name, &cache))
			continue;
		memcpy(buf, cache.name, SLAB_NAME_MAX);
		return 0;
	}
	return -ENOENT;
}

int slab_resolve(int sysfd, const char *text, size_t len, const char *cache,
		 char buf[SLAB_NAME_MAX])
{
	_cleanup_close_ int slabfd = -1;
	struct slabcache found;
	char target[256];

	if (!slabinfo_find(text, len, cache, &found)) {
		memcpy(buf, found.name, SLAB_NAME_MAX);
		return 0;
	}
	if (sysfd < 0 || strchr(cache, '/'))
		return -ENOENT;
	slabfd = dir_open(sysfd, "kernel/slab");
	if (slabfd < 0 || !alias_target(slabfd, cache, target, sizeof(target)))
		return -ENOENT;
	return find_listed(slabfd, target, text, len, buf);
}
