/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "metric/derived.h"

#include <stddef.h>

#include "base/words.h"

#define PROCPS "procps-ng 4.0.2, library/meminfo.c and src/free.c"
#define SAR_R  "sysstat 12.6, pr_stats.c:stub_print_memory_stats"
#define SAR_B  "sysstat 12.6, pr_stats.c:print_paging_stats"

#define MEM(s, n, m)                                                                               \
	{                                                                                          \
		s, "meminfo." n, m                                                                 \
	}
#define VM(s, n, m)                                                                                \
	{                                                                                          \
		s, "vmstat." n, m                                                                  \
	}

/* One line of meminfo under the name that a tool gives it. */
#define ALIAS(tool_name, line, text, src)                                                          \
	{                                                                                          \
		.name = tool_name, .unit = UNIT_BYTES, .num = {MEM(1, line, true)}, .help = text,  \
		.source = src                                                                      \
	}
/* A counter of vmstat likewise; sar prints it per second. */
#define EVENT(tool_name, line, text)                                                               \
	{                                                                                          \
		.name = tool_name, .unit = UNIT_COUNT, .num = {VM(1, line, true)}, .help = text,   \
		.source = SAR_B                                                                    \
	}

const struct derived derived_table[] = {
	ALIAS("free.total", "MemTotal", "memory of the machine", PROCPS),
	{.name = "free.used",
	 .unit = UNIT_BYTES,
	 .num = {MEM(1, "MemTotal", true), MEM(-1, "MemAvailable", true)},
	 .others = "others.anon",
	 .help = "total - available (procps before 4.0 had total - free - buff/cache)",
	 .source = PROCPS},
	ALIAS("free.free", "MemFree", "memory that nobody uses", PROCPS),
	ALIAS("free.shared", "Shmem", "tmpfs and shared anonymous memory", PROCPS),
	{.name = "free.buff_cache",
	 .unit = UNIT_BYTES,
	 .num = {MEM(1, "Buffers", true), MEM(1, "Cached", true), MEM(1, "SReclaimable", false)},
	 .others = "others.file",
	 .help = "buffers + page cache + reclaimable slab",
	 .source = PROCPS},
	ALIAS("free.available", "MemAvailable", "the kernel's estimate of what can be had", PROCPS),
	ALIAS("free.swap_total", "SwapTotal", "swap space", PROCPS),
	{.name = "free.swap_used",
	 .unit = UNIT_BYTES,
	 .num = {MEM(1, "SwapTotal", true), MEM(-1, "SwapFree", true)},
	 .help = "swap space in use",
	 .source = PROCPS},
	ALIAS("free.swap_free", "SwapFree", "swap space not in use", PROCPS),

	/*
	 * Pages on lists of the CPUs are not in MemFree: they are a term of its tolerance. Stacks
	 * are in VmallocUsed where they are mapped (CONFIG_VMAP_STACK). Pages of the swap cache
	 * that are mapped would be taken out twice, so SwapCached stays in.
	 */
	{.name = "free.unaccounted",
	 .unit = UNIT_BYTES,
	 .num = {MEM(1, "MemTotal", true), MEM(-1, "MemFree", true), MEM(-1, "AnonPages", true),
		 MEM(-1, "Cached", true), MEM(-1, "Buffers", true), MEM(-1, "Slab", true),
		 MEM(-1, "PageTables", true), MEM(-1, "SecPageTables", false),
		 MEM(-1, "Percpu", false), MEM(-1, "VmallocUsed", true), MEM(-1, "Hugetlb", false),
		 MEM(-1, "Zswap", false)},
	 .help = "memory that is neither free nor in a line of meminfo that says what it is used "
		 "for",
	 .source = "fs/proc/meminfo.c"},

	ALIAS("sar.kbmemfree", "MemFree", "sar -r kbmemfree", SAR_R),
	ALIAS("sar.kbavail", "MemAvailable", "sar -r kbavail", SAR_R),
	{.name = "sar.kbmemused",
	 .unit = UNIT_BYTES,
	 .num = {MEM(1, "MemTotal", true), MEM(-1, "MemFree", true), MEM(-1, "Buffers", true),
		 MEM(-1, "Cached", true), MEM(-1, "Slab", true)},
	 .others = "others.anon",
	 .help = "sar -r kbmemused: total - free - buffers - cached - slab",
	 .source = SAR_R},
	ALIAS("sar.kbbuffers", "Buffers", "sar -r kbbuffers", SAR_R),
	ALIAS("sar.kbcached", "Cached", "sar -r kbcached", SAR_R),
	ALIAS("sar.kbcommit", "Committed_AS", "sar -r kbcommit", SAR_R),
	ALIAS("sar.kbactive", "Active", "sar -r kbactive", SAR_R),
	ALIAS("sar.kbinact", "Inactive", "sar -r kbinact", SAR_R),
	ALIAS("sar.kbdirty", "Dirty", "sar -r kbdirty", SAR_R),
	ALIAS("sar.kbanonpg", "AnonPages", "sar -r ALL kbanonpg", SAR_R),
	ALIAS("sar.kbslab", "Slab", "sar -r ALL kbslab", SAR_R),
	ALIAS("sar.kbkstack", "KernelStack", "sar -r ALL kbkstack", SAR_R),
	ALIAS("sar.kbpgtbl", "PageTables", "sar -r ALL kbpgtbl", SAR_R),
	ALIAS("sar.kbvmused", "VmallocUsed", "sar -r ALL kbvmused", SAR_R),

	EVENT("sar.pgpgin", "pgpgin", "sar -B pgpgin: KiB read from disks"),
	EVENT("sar.pgpgout", "pgpgout", "sar -B pgpgout: KiB written to disks"),
	EVENT("sar.fault", "pgfault", "sar -B fault: page faults"),
	EVENT("sar.majflt", "pgmajfault", "sar -B majflt: page faults that waited for a disk"),
	EVENT("sar.pgfree", "pgfree", "sar -B pgfree: pages freed"),
	EVENT("sar.pgscank", "pgscan_kswapd", "sar -B pgscank: pages that kswapd scanned"),
	EVENT("sar.pgscand", "pgscan_direct", "sar -B pgscand: pages scanned directly"),
	/*
	 * sar itself sums pgsteal_kswapd and pgsteal_direct, in which reclaim of a group's own
	 * limit is not counted: shrink_inactive_list() counts those only for the whole machine
	 * (mm/vmscan.c, cgroup_reclaim()), the _anon and _file events always.
	 */
	{.name = "sar.pgsteal",
	 .unit = UNIT_COUNT,
	 .num = {VM(1, "pgsteal_anon", true), VM(1, "pgsteal_file", true)},
	 .help = "sar -B pgsteal: pages reclaimed, those of group limits included",
	 .source = SAR_B ", over pgsteal_anon and pgsteal_file"},
	{.name = "sar.vmeff",
	 .unit = UNIT_PERCENT,
	 .ratio = true,
	 .num = {VM(1, "pgsteal_anon", true), VM(1, "pgsteal_file", true)},
	 .den = {VM(1, "pgscan_anon", true), VM(1, "pgscan_file", true)},
	 .help = "sar -B %vmeff: pages reclaimed of pages scanned, group limits included",
	 .source = SAR_B ", over pgsteal and pgscan _anon and _file"},
	{.name = NULL},
};

int derived_find(const char *name)
{
	for (int i = 0; derived_table[i].name; i++)
		if (str_eq(derived_table[i].name, name))
			return i;
	return -1;
}

int64_t derived_sum(const struct derived_term *terms, derived_get *get, void *arg)
{
	int64_t sum = 0;
	bool any = false;

	for (; terms->sign; terms++) {
		int64_t v = get(arg, terms->name);

		if (v == VALUE_ABSENT && terms->must)
			return VALUE_ABSENT;
		if (v == VALUE_ABSENT)
			continue;
		any = true;
		sum += terms->sign * v;
	}
	return any ? sum : VALUE_ABSENT;
}

int64_t derived_value(const struct derived *d, derived_get *get, void *arg)
{
	int64_t num = derived_sum(d->num, get, arg), den;

	if (!d->ratio || num == VALUE_ABSENT)
		return num;
	den = derived_sum(d->den, get, arg);
	if (den == VALUE_ABSENT)
		return VALUE_ABSENT;
	return den ? (int64_t)((__int128)num * 100000 / den) : 0;
}

int64_t derived_hidden(derived_get *get, void *arg, int64_t page_size)
{
	const struct derived *d = &derived_table[derived_find("free.unaccounted")];
	int64_t unaccounted = derived_sum(d->num, get, arg), lists = get(arg, "zoneinfo.pcp");

	if (unaccounted == VALUE_ABSENT || lists == VALUE_ABSENT)
		return VALUE_ABSENT;
	return unaccounted - lists * page_size;
}
