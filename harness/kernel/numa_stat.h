/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * memory.numa_stat of a v2 group: lines "anon N0=4096 N1=0", in bytes. A pure parser; which keys
 * are sizes is the matter of metric/keys.h.
 */
#ifndef MT_KERNEL_NUMA_STAT_H
#define MT_KERNEL_NUMA_STAT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define NUMA_STAT_NODES 64

struct numa_line {
	int64_t sum;		       /* of all nodes in the line */
	int64_t node[NUMA_STAT_NODES]; /* VALUE_ABSENT: not in the line */
};

/* The line of a key. False when there is none, or it is malformed. */
bool numa_stat_find(const char *text, size_t len, const char *key, struct numa_line *ret);

#endif
