/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The metrics that are no lines of a file: zones, slab caches, pressure, workers, OOM kills,
 * others. */
#include "metric/keys.h"

#include "base/words.h"

#define B   UNIT_BYTES
#define N   UNIT_COUNT
#define T   UNIT_TEXT
#define RCU MF_SLAB_RCU

/* kernel/zoneinfo.h, summed over all zones. */
const struct metric_key keys_zone[] = {
	{"pcp", UNIT_PAGES, 0, NULL, 0, 0},
	{"free", UNIT_PAGES, MF_PCP | MF_PERCPU, NULL, 0, 0},
	{"managed", UNIT_PAGES, 0, NULL, 0, 0},
	{"present", UNIT_PAGES, 0, NULL, 0, 0},
	{"min", UNIT_PAGES, 0, NULL, 0, 0},
	{"low", UNIT_PAGES, 0, NULL, 0, 0},
	{"high", UNIT_PAGES, 0, NULL, 0, 0},
	{"over_high", UNIT_PAGES, MF_PERCPU | MF_SIGNED, NULL, 0, 0},
	{0},
};

/* slab.<cache>.<field>: the columns of slabinfo and, under size and utilisation, those of slabtop.
 */
const struct metric_key keys_slab[] = {
	{"active_objs", N, RCU, NULL, 0, 0},
	{"num_objs", N, RCU, NULL, 0, 0},
	{"objsize", B, 0, NULL, 0, 0},
	{"objperslab", N, 0, NULL, 0, 0},
	{"pagesperslab", N, 0, NULL, 0, 0},
	{"active_slabs", N, RCU, NULL, 0, 0},
	{"slabs", N, RCU, NULL, 0, 0},
	{"size", B, RCU, NULL, 0, 0},
	{"utilisation", UNIT_PERCENT, RCU, NULL, 0, 0},
	{0},
};

/*
 * Summed over the stressor's workers; percentiles are of all their steps together. Resident memory
 * is read from smaps_rollup, which walks the page tables and is exact; the rest of RSS are
 * counters.
 */
const struct metric_key keys_worker[] = {
	{"rss", B, 0, NULL, 0, 0},
	{"rss_anon", B, 0, NULL, 0, 0},
	{"rss_file", B, MF_RSS, NULL, 0, 0},
	{"rss_shmem", B, MF_RSS, NULL, 0, 0},
	{"vsz", B, 0, NULL, 0, 0},
	{"swap", B, 0, NULL, 0, 0},
	{"locked", B, 0, NULL, 0, 0},
	{"pagetables", B, 0, NULL, 0, 0},
	{"minflt", N, MF_COUNTER, NULL, 0, 0},
	{"majflt", N, MF_COUNTER, NULL, 0, 0},
	{"bytes", B, 0, NULL, 0, 0},
	{"ops", N, MF_COUNTER, NULL, 0, 0},
	{"errors", N, MF_COUNTER, NULL, 0, 0},
	{"rate", UNIT_BPS, 0, NULL, 0, 0},
	{"ops_rate", UNIT_PER_SEC, 0, NULL, 0, 0},
	{"cpu", UNIT_DUR, MF_COUNTER, NULL, 0, 0},
	{"cpu_rate", UNIT_BPS, 0, NULL, 0, 0},
	{"ops_cpu_rate", UNIT_PER_SEC, 0, NULL, 0, 0},
	{"ops_yard_rate", UNIT_PER_SEC, 0, NULL, 0, 0},
	{"p50", UNIT_DUR, 0, NULL, 0, 0},
	{"p99", UNIT_DUR, 0, NULL, 0, 0},
	{"p999", UNIT_DUR, 0, NULL, 0, 0},
	{"max", UNIT_DUR, 0, NULL, 0, 0},
	{"corrupt", N, 0, NULL, 0, 0},
	{"outcome", T, 0, NULL, 0, 0},
	{"running", N, 0, NULL, 0, 0},
	{"exited", N, 0, NULL, 0, 0},
	{"workers", N, 0, NULL, 0, 0},
	{0},
};

/* Of the OOM kills of workers of this trial; the last one where there are several. */
const struct metric_key keys_oom[] = {
	{"kills", N, MF_COUNTER, NULL, 0, 0}, {"victim", T, 0, NULL, 0, 0},
	{"constraint", T, 0, NULL, 0, 0},     {"memcg", T, 0, NULL, 0, 0},
	{"task_memcg", T, 0, NULL, 0, 0},     {"total_vm", B, 0, NULL, 0, 0},
	{"anon_rss", B, 0, NULL, 0, 0},	      {"file_rss", B, 0, NULL, 0, 0},
	{"shmem_rss", B, 0, NULL, 0, 0},      {"pgtables", B, 0, NULL, 0, 0},
	{"score_adj", N, 0, NULL, 0, 0},      {"reaped", N, 0, NULL, 0, 0},
	{"order", N, 0, NULL, 0, 0},	      {0},
};

/* Of one kind of fault, over the whole trial. */
const struct metric_key keys_fault[] = {
	{"injected", N, MF_COUNTER, NULL, 0, 0},
	{"armed", N, MF_COUNTER, NULL, 0, 0},
	{"idle", N, MF_COUNTER, NULL, 0, 0},
	{0},
};

/* Page tables and kernel stacks are lines of v2 only. */
const struct others_key keys_others[] = {
	{"anon", "anon"},
	{"file", "file"},
	{"shmem", "shmem"},
	{"mapped", "file_mapped"},
	{"dirty", "file_dirty"},
	{"writeback", "file_writeback"},
	{"pagetables", "pagetables"},
	{"kernel_stack", "kernel_stack"},
	{"inactive_anon", "inactive_anon"},
	{"active_anon", "active_anon"},
	{"inactive_file", "inactive_file"},
	{"active_file", "active_file"},
	{"unevictable", "unevictable"},
	{NULL, NULL},
};

const char *const keys_psi_file[] = {"memory", "io", "cpu", "irq", NULL};

const struct psi_key keys_psi[] = {
	{"some", "some.total", UNIT_DUR, MF_COUNTER},
	{"some.total", "some.total", UNIT_DUR, MF_COUNTER},
	{"some.avg10", "some.avg10", UNIT_PERCENT, 0},
	{"some.avg60", "some.avg60", UNIT_PERCENT, 0},
	{"some.avg300", "some.avg300", UNIT_PERCENT, 0},
	{"full", "full.total", UNIT_DUR, MF_COUNTER},
	{"full.total", "full.total", UNIT_DUR, MF_COUNTER},
	{"full.avg10", "full.avg10", UNIT_PERCENT, 0},
	{"full.avg60", "full.avg60", UNIT_PERCENT, 0},
	{"full.avg300", "full.avg300", UNIT_PERCENT, 0},
	{NULL, NULL, 0, 0},
};

const struct metric_key *key_find(const struct metric_key *table, const char *name)
{
	for (; table->name; table++)
		if (str_eq(table->name, name))
			return table;
	return NULL;
}
