/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How objects of a cache lie in its slab pages, out of /proc/slabinfo. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#include "base/cleanup.h"
#include "base/io.h"
#include "base/units.h"
#include "slab.h"

#define SLABINFO_SIZE (1 * MIB)

const char *slab_size_class(int64_t bytes)
{
	static const struct {
		int64_t bytes;
		const char *word;
	} classes[] = {
		{8, "8"},	 {16, "16"},	  {32, "32"},	   {64, "64"},	 {96, "96"},
		{128, "128"},	 {192, "192"},	  {256, "256"},	   {512, "512"}, {KIB, "1k"},
		{2 * KIB, "2k"}, {4 * KIB, "4k"}, {8 * KIB, "8k"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(classes); i++)
		if (classes[i].bytes == bytes)
			return classes[i].word;
	return NULL;
}

int slab_info_find(const char *slabinfo, const char *cache, struct slab_info *ret)
{
	size_t len = strlen(cache);
	const char *line = slabinfo;

	/* name <active_objs> <num_objs> <objsize> <objperslab> ...; mm/slab_common.c:cache_show */
	while (line) {
		struct slab_info i;

		if (!strncmp(line, cache, len) && line[len] == ' ' &&
		    sscanf(line + len, "%*d %*d %" SCNd64 " %" SCNd64, &i.size, &i.per_slab) == 2 &&
		    i.size > 0 && i.per_slab > 0) {
			*ret = i;
			return 0;
		}
		line = strchr(line, '\n');
		line += line ? 1 : 0;
	}
	return -ENOENT;
}

/* The name of the i-th cache that a kind may have; class is its %s. */
static void cache_name(char *name, size_t size, const char *pattern, const char *class)
{
	const char *percent = strchr(pattern, '%');

	snprintf(name, size, "%.*s%s", percent ? (int)(percent - pattern) : (int)strlen(pattern),
		 pattern, percent && class ? class : "");
}

struct slab_info slab_info_of(const struct worker *w, const struct slab_kind *k)
{
	const char *class = slab_size_class(slab_opts(w)->object);
	int64_t object = k->sized ? slab_opts(w)->object : k->charged;
	struct slab_info ret = {.size = object, .per_slab = MAX(w->page_size / object, 2)};
	char *text = mmap(NULL, SLABINFO_SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
			  -1, 0);

	if (text != MAP_FAILED && file_read(AT_FDCWD, "/proc/slabinfo", text, SLABINFO_SIZE) > 0)
		for (size_t i = 0; i < ARRAY_SIZE(k->cache) && k->cache[i]; i++) {
			char cache[64];

			cache_name(cache, sizeof(cache), k->cache[i], class);
			if (slab_info_find(text, cache, &ret) == 0)
				break;
		}
	if (text != MAP_FAILED)
		munmap(text, SLABINFO_SIZE);
	return ret;
}
