/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * /proc/slabinfo (version 2.1, mm/slab_common.c:cache_show) and the names of merged caches. Does
 * not own descriptors. Note what SLUB counts: objects on per-CPU slabs count as active, so
 * active_objs is an upper bound until a shrink (mm/slub.c:get_slabinfo).
 */
#ifndef MT_KERNEL_SLABINFO_H
#define MT_KERNEL_SLABINFO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "kernel/lines.h"

#define SLAB_NAME_MAX 64

struct slabcache {
	char name[SLAB_NAME_MAX];
	int64_t active_objs, num_objs;
	int64_t objsize; /* bytes that an object takes, with its padding */
	int64_t objperslab, pagesperslab;
	int64_t active_slabs, num_slabs;
};

/*
 * The next cache of a text, for loops: rest starts as the whole text. Returns 1, 0 at the end,
 * -EINVAL for a malformed line (rest is behind it).
 */
int slabinfo_next(struct span *rest, struct slabcache *ret);

/* One cache by its name in the file. Returns 0, -ENOENT, or -EINVAL for a malformed line of that
 * name. */
int slabinfo_find(const char *text, size_t len, const char *cache, struct slabcache *ret);

/*
 * How much of the cache's pages its active objects fill, in thousandths of one per cent; 100000 for
 * a cache without slabs (nothing is wasted).
 */
int64_t slabcache_utilisation(const struct slabcache *c, int64_t page_size);
/* Bytes of pages that the cache holds. */
int64_t slabcache_bytes(const struct slabcache *c, int64_t page_size);

/*
 * The name under which /proc/slabinfo lists a cache. SLUB merges caches of equal size and flags:
 * only the first one's name is listed, the others are symlinks to the same directory in
 * /sys/kernel/slab (mm/slub.c:sysfs_slab_alias). sysfd is /sys, -1 when there is none; text is
 * /proc/slabinfo. Returns 0 with the name in buf, or -ENOENT. Not while watching (it reads a
 * directory).
 */
int slab_resolve(int sysfd, const char *text, size_t len, const char *cache,
		 char buf[SLAB_NAME_MAX]);

#endif
