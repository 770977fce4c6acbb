/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * /proc/zoneinfo, summed over zones: what the per-CPU page lists hold (free, but not in MemFree),
 * the watermarks, and the per-CPU error of the vmstat counters. Format:
 * mm/vmstat.c:zoneinfo_show_print().
 */
#ifndef MT_KERNEL_ZONEINFO_H
#define MT_KERNEL_ZONEINFO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "kernel/lines.h"

struct zoneinfo {
	int nodes; /* with at least one zone that has pages */
	int zones; /* that have pages */
	int64_t free_pages, managed_pages, present_pages;
	int64_t min_wmark_pages, low_wmark_pages, high_wmark_pages;
	/*
	 * How far the zone that is best off lies above its high watermark and what it keeps for
	 * allocations that only lower zones can serve; of the node where that is least. kswapd
	 * works until this is not negative (mm/vmscan.c:pgdat_balanced).
	 */
	int64_t over_high_pages;
	int64_t pcp_pages;	/* sum of all pagesets' count: */
	int64_t pcp_high_pages; /* sum of all pagesets' high: */
	/* Largest "vm stats threshold" of a zone: each CPU hides so many pages of each counter. */
	int64_t stat_threshold_pages;
};

/* Node -1: all nodes. Returns 0, or -EINVAL when there is no such node in it or a number is
 * missing. */
int zoneinfo_parse(const char *text, size_t len, struct zoneinfo *ret);
int zoneinfo_parse_node(const char *text, size_t len, int node, struct zoneinfo *ret);
/* Reads the file into memory that it frees: not while watching. */
int zoneinfo_load(int procfd, int node, struct zoneinfo *ret);

/* Zones that have more than a 16th of all memory: where one is full another one helps out. */
int zoneinfo_large_zones(const char *text, size_t len);

/*
 * "Node 0, zone   Normal" at the start of a line: its node and name; line is left behind it. False
 * when the line does not begin so.
 */
bool zone_header(struct span *line, int *ret_node, struct span *ret_name);

#endif
