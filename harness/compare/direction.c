/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which way a number gets worse, where that can be said without knowing the profile. */
#include <fnmatch.h>

#include "base/cleanup.h"
#include "compare/cells.h"

/*
 * By the key of a metric, as fnmatch() patterns. Usage (memory.current, anon, file) has no
 * direction: more cache may be better or worse. What the kernel keeps for itself under the same
 * load has one, and so has work that reclaim or compaction had to do.
 */
static const struct {
	enum metric_origin origin;
	const char *key;
	enum worse worse;
} directions[] = {
	{MO_WORKER, "rate", WORSE_DOWN},
	{MO_WORKER, "ops_rate", WORSE_DOWN},
	{MO_WORKER, "cpu_rate", WORSE_DOWN},
	{MO_WORKER, "ops_cpu_rate", WORSE_DOWN},
	{MO_WORKER, "ops_yard_rate", WORSE_DOWN},
	{MO_WORKER, "p[0-9]*", WORSE_UP},
	{MO_WORKER, "max", WORSE_UP},
	{MO_WORKER, "majflt", WORSE_UP},
	{MO_WORKER, "errors", WORSE_UP},
	{MO_WORKER, "corrupt", WORSE_UP},
	{MO_WORKER, "pagetables", WORSE_UP},
	{MO_GROUP_EVENT, "memory.events.*oom*", WORSE_UP},
	{MO_GROUP_EVENT, "memory.events.*max", WORSE_UP},
	{MO_GROUP_EVENT, "memory.events.*high", WORSE_UP},
	{MO_GROUP_STAT, "kernel", WORSE_UP},
	{MO_GROUP_STAT, "pagetables", WORSE_UP},
	{MO_GROUP_STAT, "slab*", WORSE_UP},
	{MO_GROUP_STAT, "pgmajfault", WORSE_UP},
	{MO_GROUP_STAT, "workingset_refault_*", WORSE_UP},
	{MO_GROUP_STAT, "pgscan*", WORSE_UP},
	{MO_GROUP_PSI, "*", WORSE_UP},
	{MO_PSI, "*", WORSE_UP},
	{MO_MEMINFO, "SUnreclaim", WORSE_UP},
	{MO_MEMINFO, "KernelStack", WORSE_UP},
	{MO_MEMINFO, "PageTables", WORSE_UP},
	{MO_MEMINFO, "Percpu", WORSE_UP},
	{MO_VMSTAT, "pgmajfault", WORSE_UP},
	{MO_VMSTAT, "workingset_refault_*", WORSE_UP},
	{MO_VMSTAT, "allocstall_*", WORSE_UP},
	{MO_VMSTAT, "pgscan_direct", WORSE_UP},
	{MO_VMSTAT, "compact_stall", WORSE_UP},
	{MO_VMSTAT, "compact_fail", WORSE_UP},
	{MO_VMSTAT, "thp_fault_fallback", WORSE_UP},
	{MO_VMSTAT, "oom_kill", WORSE_UP},
	{MO_OOM, "kills", WORSE_UP},
	{MO_KMSG, "warning", WORSE_UP},
	{MO_KMSG, "bug", WORSE_UP},
	{MO_KMSG, "oops", WORSE_UP},
	{MO_KMSG, "alloc-failure", WORSE_UP},
};

enum worse metric_worse(const struct metric *m)
{
	for (size_t i = 0; i < ARRAY_SIZE(directions); i++)
		if (directions[i].origin == m->origin && fnmatch(directions[i].key, m->key, 0) == 0)
			return directions[i].worse;
	return WORSE_NONE;
}
