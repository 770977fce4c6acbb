/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a machine must have: named bits. A stressor, a metric or a profile says what it needs; the
 * probe (kernel/probe.h) says what this machine has, and why not.
 */
#ifndef MT_BASE_NEED_H
#define MT_BASE_NEED_H

#include <stdint.h>

/* X(bit name, word in profiles, what it means) */
#define NEED_TABLE(X)                                                                              \
	X(ROOT, "root", "run as root")                                                             \
	X(OOM_EXEMPT, "oom-exempt", "the right to lower oom_score_adj (CAP_SYS_RESOURCE)")         \
	X(MEMCG, "memcg", "a memory controller, v1 or v2, in which groups can be made")            \
	X(CGROUP_V1, "cgroup-v1", "the memory controller on cgroup v1")                            \
	X(CGROUP_V2, "cgroup-v2", "the memory controller on cgroup v2")                            \
	X(LIMITED, "limited", "a memory.max above the trial's groups (--in GROUP)")                \
	X(FREEZER, "freezer", "a cgroup freezer")                                                  \
	X(SWAP, "swap", "swap space")                                                              \
	X(NO_SWAP, "no-swap", "no swap space")                                                     \
	X(ZSWAP, "zswap", "zswap switched on")                                                     \
	X(NUMA2, "numa2", "two or more NUMA nodes with memory")                                    \
	X(ONE_NODE, "one-node", "no more than one NUMA node with memory")                          \
	X(ONE_ZONE, "one-zone", "one zone that has nearly all memory")                             \
	X(CPUS2, "cpus2", "two or more online CPUs")                                               \
	X(THP, "thp", "transparent huge pages (always or madvise)")                                \
	X(ZERO_PAGE, "zero-page", "reads of untouched memory that map the shared zero page")       \
	X(MGLRU, "mglru", "the multi-generational LRU switched on")                                \
	X(CLASSIC_LRU, "classic-lru", "the classic two-list LRU (no MGLRU)")                       \
	X(PSI, "psi", "pressure stall information switched on")                                    \
	X(GROUP_PSI, "group-psi", "pressure stall information per cgroup")                         \
	X(IO_URING, "io-uring", "io_uring compiled in and not disabled by sysctl")                 \
	X(TRACEFS, "tracefs", "tracefs mounted or mountable")                                      \
	X(KMSG, "kmsg", "a readable kernel log")                                                   \
	X(SLABINFO, "slabinfo", "a readable /proc/slabinfo")                                       \
	X(STAT_REFRESH, "stat-refresh", "a writable /proc/sys/vm/stat_refresh")                    \
	X(DROP_CACHES, "drop-caches", "a writable /proc/sys/vm/drop_caches")                       \
	X(FAILSLAB, "failslab", "fault injection into slab allocations")                           \
	X(FAIL_PAGE_ALLOC, "fail-page-alloc", "fault injection into page allocations")             \
	X(FAIL_USERCOPY, "fail-usercopy", "fault injection into copies from and to user memory")   \
	X(FAIL_FUTEX, "fail-futex", "fault injection into futex calls")                            \
	X(FAIL_MAKE_REQUEST, "fail-make-request", "fault injection into block requests")           \
	X(FAIL_NTH, "fail-nth", "a writable /proc/self/fail-nth")                                  \
	X(MEMORY_FAILURE, "memory-failure", "memory pages that can be poisoned or taken out")      \
	X(VMAP_STACK, "vmap-stack", "kernel stacks in vmalloc memory (CONFIG_VMAP_STACK)")         \
	X(DISK, "disk", "files on a block device that may be read (not tmpfs, overlay, btrfs)")    \
	X(SLOW_DISK, "slow-disk", "a disk for files of at most 8M/s")                              \
	X(MEMORY_RECLAIM, "memory.reclaim", "the memory.reclaim file (v2, 5.19 and later)")        \
	X(RECURSIVE_PROTECTION, "recursive-protection",                                            \
	  "cgroup2 mounted with memory_recursiveprot (5.7 and later)")                             \
	X(PEAK_RESET, "peak-reset", "a memory.peak that one descriptor can reset (v2, 6.12)")      \
	X(WHOLE_MACHINE, "whole-machine", "leave to change or exhaust the whole machine")

enum need_index {
#define X(id, word, help) NEED_INDEX_##id,
	NEED_TABLE(X)
#undef X
		NEED_COUNT
};

enum need {
#define X(id, word, help) NEED_##id = 1ull << NEED_INDEX_##id,
	NEED_TABLE(X)
#undef X
};

typedef uint64_t needs_t;
#define NEED_BIT(index) ((needs_t)1 << (index))

/* The word of a need and what it means; index below NEED_COUNT. */
const char *need_word(unsigned index);
const char *need_help(unsigned index);
/* Index of a word, -1 when there is no such need. */
int need_find(const char *word);

#endif
