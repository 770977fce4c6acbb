/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * /proc/buddyinfo: free blocks by order, over all zones of all nodes or of one node. Pages on the
 * per-CPU lists are not in it (kernel/zoneinfo.h has them).
 */
#ifndef MT_KERNEL_BUDDYINFO_H
#define MT_KERNEL_BUDDYINFO_H

#include <stddef.h>
#include <stdint.h>

/* NR_PAGE_ORDERS is 11 where nobody changed it (include/linux/mmzone.h); arm64 with 64K pages
 * has 14. */
#define BUDDY_ORDERS 20

struct buddyinfo {
	int zones;
	int orders;		      /* of the zone with most of them */
	int64_t blocks[BUDDY_ORDERS]; /* free blocks of 2^order pages */
	int64_t pages_free;	      /* sum of blocks << order */
	int64_t pages_huge;	      /* of these in blocks that hold a huge page */
};

/* Node -1: all nodes. Returns 0, or -EINVAL when the text holds no such zone or a malformed line.
 */
int buddyinfo_parse(const char *text, size_t len, int node, struct buddyinfo *ret);
int buddyinfo_load(int procfd, int node, struct buddyinfo *ret);

#endif
