/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a group can be asked, in v2 words: mm/memcontrol.c:memory_stats[] and memcg_stat_format(),
 * __memory_events_show(), swap_events_show(), kernel/cgroup/cgroup.c:cgroup_stat_show(). How v1
 * says it is the matter of cgroup/names.h.
 */
#include "metric/keys.h"

#define B    UNIT_BYTES
#define N    UNIT_COUNT
#define ST   MF_RSTAT
#define LRU  (MF_RSTAT | MF_LRU)
#define SLAB (MF_RSTAT | MF_SLAB_RCU)
#define EV   (MF_RSTAT | MF_COUNTER)

const struct metric_key keys_memory_stat[] = {
	{"anon", B, ST, NULL, 0, 0},
	{"file", B, ST, NULL, 0, 0},
	{"kernel", B, SLAB, NULL, 0, 0},
	{"kernel_stack", B, ST, NULL, 0, 0},
	{"pagetables", B, ST, NULL, 0, 0},
	{"sec_pagetables", B, ST, NULL, 0, 0},
	{"percpu", B, ST, NULL, 0, 0},
	{"sock", B, ST, NULL, 0, 0},
	{"vmalloc", B, ST, NULL, 0, 0},
	{"shmem", B, ST, NULL, 0, 0},
	{"zswap", B, ST, NULL, 0, 0},
	{"zswapped", B, ST, NULL, 0, 0},
	{"zswap_incomp", B, ST, NULL, 0, 0},
	{"file_mapped", B, ST, NULL, 0, 0},
	{"file_dirty", B, ST, NULL, 0, 0},
	{"file_writeback", B, ST, NULL, 0, 0},
	{"swapcached", B, ST, NULL, 0, 0},
	{"anon_thp", B, ST, NULL, 0, 0},
	{"file_thp", B, ST, NULL, 0, 0},
	{"shmem_thp", B, ST, NULL, 0, 0},
	{"inactive_anon", B, LRU, NULL, 0, 0},
	{"active_anon", B, LRU, NULL, 0, 0},
	{"inactive_file", B, LRU, NULL, 0, 0},
	{"active_file", B, LRU, NULL, 0, 0},
	{"unevictable", B, LRU, NULL, 0, 0},
	{"slab_reclaimable", B, SLAB, NULL, 0, 0},
	{"slab_unreclaimable", B, SLAB, NULL, 0, 0},
	{"slab", B, SLAB, NULL, 0, 0},
	{"hugetlb", B, ST, NULL, 0, 0},
	{"workingset_refault_anon", N, EV, NULL, 0, 0},
	{"workingset_refault_file", N, EV, NULL, 0, 0},
	{"workingset_activate_anon", N, EV, NULL, 0, 0},
	{"workingset_activate_file", N, EV, NULL, 0, 0},
	{"workingset_restore_anon", N, EV, NULL, 0, 0},
	{"workingset_restore_file", N, EV, NULL, 0, 0},
	{"workingset_nodereclaim", N, EV, NULL, 0, 0},
	{"pgdemote_kswapd", N, EV, NULL, 0, 0},
	{"pgdemote_direct", N, EV, NULL, 0, 0},
	{"pgdemote_khugepaged", N, EV, NULL, 0, 0},
	{"pgdemote_proactive", N, EV, NULL, 0, 0},
	{"pgpromote_success", N, EV, NULL, 0, 0},
	{"pgscan", N, EV, NULL, 0, 0},
	{"pgsteal", N, EV, NULL, 0, 0},
	{"pswpin", N, EV, NULL, 0, 0},
	{"pswpout", N, EV, NULL, 0, 0},
	{"pgscan_kswapd", N, EV, NULL, 0, 0},
	{"pgscan_direct", N, EV, NULL, 0, 0},
	{"pgscan_khugepaged", N, EV, NULL, 0, 0},
	{"pgscan_proactive", N, EV, NULL, 0, 0},
	{"pgsteal_kswapd", N, EV, NULL, 0, 0},
	{"pgsteal_direct", N, EV, NULL, 0, 0},
	{"pgsteal_khugepaged", N, EV, NULL, 0, 0},
	{"pgsteal_proactive", N, EV, NULL, 0, 0},
	{"pgfault", N, EV, NULL, 0, 0},
	{"pgmajfault", N, EV, NULL, 0, 0},
	{"pgrefill", N, EV, NULL, 0, 0},
	{"pgactivate", N, EV, NULL, 0, 0},
	{"pgdeactivate", N, EV, NULL, 0, 0},
	{"pglazyfree", N, EV, NULL, 0, 0},
	{"pglazyfreed", N, EV, NULL, 0, 0},
	{"swpin_zero", N, EV, NULL, 0, 0},
	{"swpout_zero", N, EV, NULL, 0, 0},
	{"zswpin", N, EV, NULL, 0, 0},
	{"zswpout", N, EV, NULL, 0, 0},
	{"zswpwb", N, EV, NULL, 0, 0},
	{"thp_fault_alloc", N, EV, NULL, 0, 0},
	{"thp_collapse_alloc", N, EV, NULL, 0, 0},
	{"thp_swpout", N, EV, NULL, 0, 0},
	{"thp_swpout_fallback", N, EV, NULL, 0, 0},
	{"numa_pages_migrated", N, EV, NULL, 0, 0},
	{"numa_pte_updates", N, EV, NULL, 0, 0},
	{"numa_hint_faults", N, EV, NULL, 0, 0},
	{0},
};

/* Plain atomics: events are exact at once (include/linux/memcontrol.h:memcg_memory_event). */
const struct metric_key keys_group_event[] = {
	{"memory.events.low", N, MF_COUNTER, NULL, 0, 0},
	{"memory.events.high", N, MF_COUNTER, NULL, 0, 0},
	{"memory.events.max", N, MF_COUNTER, NULL, 0, 0},
	{"memory.events.oom", N, MF_COUNTER, NULL, 0, 0},
	{"memory.events.oom_kill", N, MF_COUNTER, NULL, 0, 0},
	{"memory.events.oom_group_kill", N, MF_COUNTER, NULL, 0, 0},
	{"memory.events.sock_throttled", N, MF_COUNTER, NULL, 0, 0},
	{"memory.events.local.low", N, MF_COUNTER, NULL, 0, 0},
	{"memory.events.local.high", N, MF_COUNTER, NULL, 0, 0},
	{"memory.events.local.max", N, MF_COUNTER, NULL, 0, 0},
	{"memory.events.local.oom", N, MF_COUNTER, NULL, 0, 0},
	{"memory.events.local.oom_kill", N, MF_COUNTER, NULL, 0, 0},
	{"memory.events.local.oom_group_kill", N, MF_COUNTER, NULL, 0, 0},
	{"memory.events.local.sock_throttled", N, MF_COUNTER, NULL, 0, 0},
	{"memory.swap.events.high", N, MF_COUNTER, NULL, 0, 0},
	{"memory.swap.events.max", N, MF_COUNTER, NULL, 0, 0},
	{"memory.swap.events.fail", N, MF_COUNTER, NULL, 0, 0},
	{"cgroup.events.populated", N, 0, NULL, 0, 0},
	{"cgroup.events.frozen", N, 0, NULL, 0, 0},
	{"cgroup.stat.nr_descendants", N, 0, NULL, 0, 0},
	{"cgroup.stat.nr_dying_descendants", N, 0, NULL, 0, 0},
	{0},
};

/*
 * The stock is charged to the page counter (mm/memcontrol.c:try_charge_memcg, refill_stock), so it
 * is in usage and in the watermark; swap is charged without one (__mem_cgroup_try_charge_swap).
 */
const struct metric_key keys_group_file[] = {
	{"memory.current", B, MF_CHARGE, NULL, 0, 0},
	{"memory.peak", B, MF_CHARGE, NULL, 0, 0},
	{"memory.min", B, 0, NULL, 0, 0},
	{"memory.low", B, 0, NULL, 0, 0},
	{"memory.high", B, 0, NULL, 0, 0},
	{"memory.max", B, 0, NULL, 0, 0},
	{"memory.oom.group", N, 0, NULL, 0, 0},
	{"memory.swap.current", B, MF_RSTAT, NULL, 0, 0}, /* v1: a line of memory.stat */
	{"memory.swap.peak", B, 0, NULL, 0, 0},
	{"memory.swap.high", B, 0, NULL, 0, 0},
	{"memory.swap.max", B, 0, NULL, 0, 0},
	{"memory.zswap.current", B, MF_RSTAT, NULL, 0,
	 0}, /* zswap_current_read() flushes as stat does */
	{"memory.zswap.max", B, 0, NULL, 0, 0},
	{"memory.zswap.writeback", N, 0, NULL, 0, 0},
	{"cgroup.freeze", N, 0, NULL, 0, 0},
	{0},
};

/*
 * No lines of a kernel file, but made of several or through a descriptor of our own
 * (trial/sources_own.c). What is protected is computed from usages, which have the stock in them.
 */
const struct metric_key keys_group_own[] = {
	{"memory.min.effective", B, MF_CHARGE, NULL, 0, 0},
	{"memory.low.effective", B, MF_CHARGE, NULL, 0, 0},
	{"memory.min.beyond", B, MF_CHARGE, NULL, 0, 0},
	{"memory.low.beyond", B, MF_CHARGE, NULL, 0, 0},
	{"memory.peak.reset", B, MF_CHARGE, NULL, 0, 0},
	{"memory.pressure.triggered", N, MF_COUNTER, NULL, 0, 0},
	{0},
};

/*
 * The lines of memory.numa_stat that are sizes (mm/memcontrol.c:memory_numa_stat_show): the same
 * counters as in memory.stat, so unit and flags stand there.
 */
const char *const keys_numa_stat[] = {
	"anon",
	"file",
	"shmem",
	"file_mapped",
	"file_dirty",
	"kernel_stack",
	"pagetables",
	"inactive_anon",
	"active_anon",
	"inactive_file",
	"active_file",
	"unevictable",
	"slab_reclaimable",
	"slab_unreclaimable",
	NULL,
};

const struct v1_name keys_v1[] = {
	{"memory.usage_in_bytes", "memory.current"},
	{"memory.limit_in_bytes", "memory.max"},
	{"memory.max_usage_in_bytes", "memory.peak"},
	{"memory.soft_limit_in_bytes", "memory.low"},
	{"memory.memsw.limit_in_bytes", "memory.swap.max"},
	{"memory.memsw.usage_in_bytes", "memory.swap.current"},
	{"memory.kmem.usage_in_bytes", "memory.stat.kernel"},
	{"memory.failcnt", "memory.events.max"},
	{"memory.oom_control.oom_kill", "memory.events.oom_kill"},
	{"memory.stat.rss", "memory.stat.anon"},
	{"memory.stat.cache", "memory.stat.file"},
	{"memory.stat.mapped_file", "memory.stat.file_mapped"},
	{"memory.stat.dirty", "memory.stat.file_dirty"},
	{"memory.stat.writeback", "memory.stat.file_writeback"},
	{"memory.stat.rss_huge", "memory.stat.anon_thp"},
	{"memory.stat.swap", "memory.swap.current"},
	{NULL, NULL},
};
