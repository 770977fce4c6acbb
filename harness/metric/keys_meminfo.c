/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * /proc/meminfo (fs/proc/meminfo.c:meminfo_proc_show, mm/hugetlb.c:hugetlb_report_meminfo,
 * arch/x86/mm/pat/set_memory.c:arch_report_meminfo) and a node's meminfo
 * (drivers/base/node.c:node_read_meminfo). What global_node_page_state() and
 * global_zone_page_state() give is a per-CPU counter; nr_blockdev_pages(), pcpu_nr_pages(), the
 * atomics, and vm_memory_committed(), which sums all CPUs, are exact. THP counters move by 512
 * pages, more than any threshold, so they are never hidden in a per-CPU delta.
 */
#include "metric/keys.h"

#define B     UNIT_BYTES
#define N     UNIT_COUNT
#define PC    MF_PERCPU
#define LRU   (MF_PERCPU | MF_LRU)
#define SLAB  (MF_PERCPU | MF_SLAB_RCU)
#define STACK (MF_PERCPU | MF_KIB)
#define FREE  (MF_PERCPU | MF_PCP)
/* mm/show_mem.c:si_mem_available: free, two file lists, reclaimable slab and other kernel memory.
 */
#define AVAIL	(MF_PERCPU | MF_PCP | MF_ESTIMATE)
#define AVAIL_N 5

const struct metric_key keys_meminfo[] = {
	{"MemTotal", B, 0, NULL, 0, 0},
	{"MemFree", B, FREE, NULL, 0, 0},
	{"MemAvailable", B, AVAIL, "others.anon", AVAIL_N, -1},
	{"Buffers", B, 0, NULL, 0, 0},
	{"Cached", B, PC, "others.file", 2, 0}, /* NR_FILE_PAGES less NR_SWAPCACHE, less Buffers */
	{"SwapCached", B, PC, NULL, 0, 0},
	{"Active", B, LRU, NULL, 2, 0},
	{"Inactive", B, LRU, NULL, 2, 0},
	{"Active(anon)", B, LRU, "others.active_anon", 0, 0},
	{"Inactive(anon)", B, LRU, "others.inactive_anon", 0, 0},
	{"Active(file)", B, LRU, "others.active_file", 0, 0},
	{"Inactive(file)", B, LRU, "others.inactive_file", 0, 0},
	{"Unevictable", B, LRU, "others.unevictable", 0, 0},
	/* munlock waits in a batch: mm/mlock.c:munlock_folio. memcg counts locked pages as
	   unevictable. */
	{"Mlocked", B, LRU, "others.unevictable", 0, 0},
	{"HighTotal", B, 0, NULL, 0, 0},
	{"HighFree", B, FREE, NULL, 0, 0},
	{"LowTotal", B, 0, NULL, 0, 0},
	{"LowFree", B, FREE, NULL, 0, 0},
	{"MmapCopy", B, 0, NULL, 0, 0},
	{"SwapTotal", B, 0, NULL, 0, 0},
	{"SwapFree", B, 0, NULL, 0, 0},
	{"Zswap", B, 0, NULL, 0, 0},
	{"Zswapped", B, 0, NULL, 0, 0},
	{"Dirty", B, PC, "others.dirty", 0, 0},
	{"Writeback", B, PC, "others.writeback", 0, 0},
	{"AnonPages", B, PC, "others.anon", 0, 0},
	{"Mapped", B, PC, "others.mapped", 0, 0},
	{"Shmem", B, PC, "others.shmem", 0, 0},
	{"KReclaimable", B, SLAB, NULL, 2, 0},
	{"Slab", B, SLAB, NULL, 2, 0},
	{"SReclaimable", B, SLAB, NULL, 0, 0},
	{"SUnreclaim", B, SLAB, NULL, 0, 0},
	{"KernelStack", B, STACK, "others.kernel_stack", 0, 0},
	{"ShadowCallStack", B, STACK, NULL, 0, 0},
	{"PageTables", B, PC, "others.pagetables", 0, 0},
	{"SecPageTables", B, PC, NULL, 0, 0},
	{"NFS_Unstable", B, 0, NULL, 0, 0},
	{"Bounce", B, PC, NULL, 0, 0},
	{"WritebackTmp", B, PC, NULL, 0, 0},
	{"CommitLimit", B, 0, NULL, 0, 0},
	{"Committed_AS", B, 0, NULL, 0, 0},
	{"VmallocTotal", B, 0, NULL, 0, 0},
	{"VmallocUsed", B, 0, NULL, 0, 0},
	{"VmallocChunk", B, 0, NULL, 0, 0},
	{"Percpu", B, 0, NULL, 0, 0},
	{"EarlyMemtestBad", B, 0, NULL, 0, 0},
	{"HardwareCorrupted", B, 0, NULL, 0, 0},
	{"AnonHugePages", B, 0, NULL, 0, 0},
	{"ShmemHugePages", B, 0, NULL, 0, 0},
	{"ShmemPmdMapped", B, 0, NULL, 0, 0},
	{"FileHugePages", B, 0, NULL, 0, 0},
	{"FilePmdMapped", B, 0, NULL, 0, 0},
	{"CmaTotal", B, 0, NULL, 0, 0},
	{"CmaFree", B, PC, NULL, 0, 0},
	{"Unaccepted", B, PC, NULL, 0, 0},
	{"Balloon", B, PC, NULL, 0, 0},
	{"HugePages_Total", N, 0, NULL, 0, 0},
	{"HugePages_Free", N, 0, NULL, 0, 0},
	{"HugePages_Rsvd", N, 0, NULL, 0, 0},
	{"HugePages_Surp", N, 0, NULL, 0, 0},
	{"Hugepagesize", B, 0, NULL, 0, 0},
	{"Hugetlb", B, 0, NULL, 0, 0},
	{"DirectMap4k", B, 0, NULL, 0, 0},
	{"DirectMap2M", B, 0, NULL, 0, 0},
	{"DirectMap4M", B, 0, NULL, 0, 0},
	{"DirectMap1G", B, 0, NULL, 0, 0},
	{0},
};

const struct metric_key keys_node[] = {
	{"MemTotal", B, 0, NULL, 0, 0},
	{"MemFree", B, FREE, NULL, 0, 0},
	{"MemUsed", B, FREE, NULL, 0, 0},
	{"SwapCached", B, PC, NULL, 0, 0},
	{"Active", B, LRU, NULL, 2, 0},
	{"Inactive", B, LRU, NULL, 2, 0},
	{"Active(anon)", B, LRU, "others.active_anon", 0, 0},
	{"Inactive(anon)", B, LRU, "others.inactive_anon", 0, 0},
	{"Active(file)", B, LRU, "others.active_file", 0, 0},
	{"Inactive(file)", B, LRU, "others.inactive_file", 0, 0},
	{"Unevictable", B, LRU, "others.unevictable", 0, 0},
	{"Mlocked", B, LRU, "others.unevictable", 0, 0},
	{"HighTotal", B, 0, NULL, 0, 0},
	{"HighFree", B, FREE, NULL, 0, 0},
	{"LowTotal", B, 0, NULL, 0, 0},
	{"LowFree", B, FREE, NULL, 0, 0},
	{"Dirty", B, PC, "others.dirty", 0, 0},
	{"Writeback", B, PC, "others.writeback", 0, 0},
	{"FilePages", B, PC, "others.file", 0, 0},
	{"Mapped", B, PC, "others.mapped", 0, 0},
	{"AnonPages", B, PC, "others.anon", 0, 0},
	{"Shmem", B, PC, "others.shmem", 0, 0},
	{"KernelStack", B, STACK, "others.kernel_stack", 0, 0},
	{"ShadowCallStack", B, STACK, NULL, 0, 0},
	{"PageTables", B, PC, "others.pagetables", 0, 0},
	{"SecPageTables", B, PC, NULL, 0, 0},
	{"NFS_Unstable", B, 0, NULL, 0, 0},
	{"Bounce", B, PC, NULL, 0, 0},
	{"WritebackTmp", B, PC, NULL, 0, 0},
	{"KReclaimable", B, SLAB, NULL, 2, 0},
	{"Slab", B, SLAB, NULL, 2, 0},
	{"SReclaimable", B, SLAB, NULL, 0, 0},
	{"SUnreclaim", B, SLAB, NULL, 0, 0},
	{"AnonHugePages", B, 0, NULL, 0, 0},
	{"ShmemHugePages", B, 0, NULL, 0, 0},
	{"ShmemPmdMapped", B, 0, NULL, 0, 0},
	{"FileHugePages", B, 0, NULL, 0, 0},
	{"FilePmdMapped", B, 0, NULL, 0, 0},
	{"Unaccepted", B, PC, NULL, 0, 0},
	{"Balloon", B, PC, NULL, 0, 0},
	{"HugePages_Total", N, 0, NULL, 0, 0},
	{"HugePages_Free", N, 0, NULL, 0, 0},
	{"HugePages_Surp", N, 0, NULL, 0, 0},
	{0},
};
