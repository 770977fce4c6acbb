/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Kernel files that are lines of "key value": meminfo, vmstat, memory.stat, memory.events,
 * memory.oom_control, cpu.stat, cgroup.stat. Owns: looking once at which keys there are, then
 * reading all values of a table fast and without allocation. Does not own: what a key means, its
 * unit for a profile, or the descriptor.
 */
#ifndef MT_KERNEL_KV_H
#define MT_KERNEL_KV_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/units.h"

enum kv_format {
	KV_PLAIN,	 /* "key N" */
	KV_MEMINFO,	 /* "Key:   N kB", in bytes; lines without kB are plain counts */
	KV_NODE_MEMINFO, /* "Node 0 Key:  N kB", likewise */
};

struct kv_key {
	char name[48];
	int line; /* where it was last seen, from 0; -1: not in the text */
};

struct kv_table {
	enum kv_format format;
	size_t n;
	struct kv_key *keys; /* the caller's, in any order */
	int lines;	     /* of the text when it was last looked at; 0: not yet */
};

/*
 * The keys of a text in their order; of a key that comes twice the first counts. Fills up to max
 * keys and returns how many there are, which may be more than max, or -EINVAL when a line is no
 * such line or its name is longer than kv_key holds. max 0 only counts lines, doubles included.
 */
int kv_scan(const char *text, size_t len, enum kv_format f, struct kv_key *keys, size_t max);

/*
 * The values of all keys in table order; VALUE_ABSENT where the text has no such key. Looks at the
 * line where each key was last, and searches the whole text only when lines have moved. A counter
 * above INT64_MAX comes back negative, which is what it is. Returns 0, or -EINVAL when a key's line
 * has no number (its value is VALUE_ABSENT, all others are good).
 */
int kv_read(struct kv_table *t, const char *text, size_t len, int64_t *values);

/* The value of one key, VALUE_ABSENT when there is none. */
int64_t kv_get(const char *text, size_t len, enum kv_format f, const char *key);

/* One key of a file below dirfd (files up to 16 KiB). VALUE_ABSENT also when it cannot be read. */
int64_t kv_load(int dirfd, const char *path, enum kv_format f, const char *key);

/* True for keys of meminfo that count pages or pools and are not sizes (HugePages_Total ...). */
bool kv_key_is_count(const char *meminfo_key);

#endif
