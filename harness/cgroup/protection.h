/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Effective protection: what memory.min or memory.low of each group is worth in a tree, by the
 * kernel's own formula. Pure arithmetic; does not own reading the numbers, nor what reclaim then
 * makes of them.
 */
#ifndef MT_CGROUP_PROTECTION_H
#define MT_CGROUP_PROTECTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct protect_group {
	int parent;	 /* index, before its children; -1: the top of its tree */
	int64_t usage;	 /* bytes; VALUE_ABSENT: not known */
	int64_t setting; /* bytes; VALUE_MAX: all of it */
};

/*
 * Bytes that each group may keep while the top of its tree is reclaimed because of its own limit
 * or memory.reclaim. VALUE_ABSENT for a top (its own setting is not asked) and where a number on
 * the way is missing. recursive: cgroup2 is mounted with memory_recursiveprot.
 */
void protect_effective(const struct protect_group *groups, size_t n, bool recursive,
		       int64_t page_size, int64_t *ret);

#endif
