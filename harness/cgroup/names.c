/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cgroup/names.h"

#include <string.h>

#include "base/cleanup.h"

#define NO_V1(what) "cgroup v1 has no " what

/*
 * memory.stat: X(v2 key, line on v1 or NULL, unit). The order of the kernel's output; the keys of
 * mm/memcontrol.c: memory_stats[] and memcg_vm_event_stat[], 6.1 to 7.0. v1 prints only
 * mm/memcontrol-v1.c: memcg1_stats[] and memcg1_events[], each for the group alone and as total_
 * with its descendants; the numbers of v2 are with the descendants.
 */
#define STAT_TABLE(X)                                                                              \
	X(anon, "total_rss", BYTES)                                                                \
	X(file, "total_cache", BYTES)                                                              \
	X(kernel, NULL, BYTES) /* v1: memory.kmem.usage_in_bytes, see stat_rows */                 \
	X(kernel_stack, NULL, BYTES)                                                               \
	X(pagetables, NULL, BYTES)                                                                 \
	X(sec_pagetables, NULL, BYTES)                                                             \
	X(percpu, NULL, BYTES)                                                                     \
	X(sock, NULL, BYTES)                                                                       \
	X(vmalloc, NULL, BYTES)                                                                    \
	X(shmem, "total_shmem", BYTES)                                                             \
	X(zswap, NULL, BYTES)                                                                      \
	X(zswapped, NULL, BYTES)                                                                   \
	X(zswap_incomp, NULL, BYTES) /* 7.0 */                                                     \
	X(file_mapped, "total_mapped_file", BYTES)                                                 \
	X(file_dirty, "total_dirty", BYTES)                                                        \
	X(file_writeback, "total_writeback", BYTES)                                                \
	X(swapcached, "total_swapcached", BYTES)                                                   \
	X(anon_thp, "total_rss_huge", BYTES)                                                       \
	X(file_thp, NULL, BYTES)                                                                   \
	X(shmem_thp, NULL, BYTES)                                                                  \
	X(inactive_anon, "total_inactive_anon", BYTES)                                             \
	X(active_anon, "total_active_anon", BYTES)                                                 \
	X(inactive_file, "total_inactive_file", BYTES)                                             \
	X(active_file, "total_active_file", BYTES)                                                 \
	X(unevictable, "total_unevictable", BYTES)                                                 \
	X(slab_reclaimable, NULL, BYTES)                                                           \
	X(slab_unreclaimable, NULL, BYTES)                                                         \
	X(slab, NULL, BYTES)                                                                       \
	X(hugetlb, NULL, BYTES) /* 6.13, with memory_hugetlb_accounting */                         \
	X(workingset_refault_anon, "total_workingset_refault_anon", COUNT)                         \
	X(workingset_refault_file, "total_workingset_refault_file", COUNT)                         \
	X(workingset_activate_anon, NULL, COUNT)                                                   \
	X(workingset_activate_file, NULL, COUNT)                                                   \
	X(workingset_restore_anon, NULL, COUNT)                                                    \
	X(workingset_restore_file, NULL, COUNT)                                                    \
	X(workingset_nodereclaim, NULL, COUNT)                                                     \
	X(pgdemote_kswapd, NULL, COUNT)                                                            \
	X(pgdemote_direct, NULL, COUNT)                                                            \
	X(pgdemote_khugepaged, NULL, COUNT)                                                        \
	X(pgdemote_proactive, NULL, COUNT)                                                         \
	X(pgpromote_success, NULL, COUNT)                                                          \
	X(pgscan, NULL, COUNT)                                                                     \
	X(pgsteal, NULL, COUNT)                                                                    \
	X(pswpin, NULL, COUNT)                                                                     \
	X(pswpout, NULL, COUNT)                                                                    \
	X(pgscan_kswapd, NULL, COUNT)                                                              \
	X(pgscan_direct, NULL, COUNT)                                                              \
	X(pgscan_khugepaged, NULL, COUNT)                                                          \
	X(pgscan_proactive, NULL, COUNT)                                                           \
	X(pgsteal_kswapd, NULL, COUNT)                                                             \
	X(pgsteal_direct, NULL, COUNT)                                                             \
	X(pgsteal_khugepaged, NULL, COUNT)                                                         \
	X(pgsteal_proactive, NULL, COUNT)                                                          \
	X(pgfault, "total_pgfault", COUNT)                                                         \
	X(pgmajfault, "total_pgmajfault", COUNT)                                                   \
	X(pgrefill, NULL, COUNT)                                                                   \
	X(pgactivate, NULL, COUNT)                                                                 \
	X(pgdeactivate, NULL, COUNT)                                                               \
	X(pglazyfree, NULL, COUNT)                                                                 \
	X(pglazyfreed, NULL, COUNT)                                                                \
	X(swpin_zero, NULL, COUNT)                                                                 \
	X(swpout_zero, NULL, COUNT)                                                                \
	X(zswpin, NULL, COUNT)                                                                     \
	X(zswpout, NULL, COUNT)                                                                    \
	X(zswpwb, NULL, COUNT)                                                                     \
	X(thp_fault_alloc, NULL, COUNT)                                                            \
	X(thp_collapse_alloc, NULL, COUNT)                                                         \
	X(thp_swpout, NULL, COUNT)                                                                 \
	X(thp_swpout_fallback, NULL, COUNT)                                                        \
	X(numa_pages_migrated, NULL, COUNT)                                                        \
	X(numa_pte_updates, NULL, COUNT)                                                           \
	X(numa_hint_faults, NULL, COUNT)

const char *const cg_stat_keys[] = {
#define X(key, v1, unit) #key,
	STAT_TABLE(X)
#undef X
		NULL};

const char *const cg_event_keys[] = {
	"low", "high", "max", "oom", "oom_kill", "oom_group_kill", "sock_throttled", NULL};
const char *const cg_swap_event_keys[] = {"high", "max", "fail", NULL};

/* A line of a flat-keyed file: where v1 has it, and how it differs or why it is not there. */
struct key_row {
	const char *key;
	enum unit unit;
	const char *v1_file, *v1_key, *v1_plus;
	const char *note; /* with v1_file: the difference; without: the reason */
};

static const struct key_row stat_rows[] = {
	/* First match wins: the one key that v1 keeps in a file of its own. */
	{"kernel", UNIT_BYTES, "memory.kmem.usage_in_bytes", NULL, NULL, ""},
#define X(key, v1, unit)                                                                           \
	{#key, UNIT_##unit, "memory.stat", v1, NULL, NO_V1("line of memory.stat for " #key)},
	STAT_TABLE(X)
#undef X
		{NULL, UNIT_NONE, NULL, NULL, NULL, NULL},
};

/*
 * v1 counts kills where the killed task was (include/linux/memcontrol.h: memcg_memory_event() stops
 * at the first group when the controller is not on v2). failcnt rises at each charge that did not
 * fit, also when a smaller lot then did, and with memory.swap.max 0 it is the memory+swap counter
 * that is full first (mm/memcontrol.c: try_charge_memcg()).
 */
#define V1_KILLS    "memory.oom_control"
#define V1_FAILS    "memory.failcnt"
#define V1_SW_FAILS "memory.memsw.failcnt"
#define FAILS_NOTE                                                                                 \
	"cgroup v1 counts attempts that hit the limit (memory.failcnt), at least as many as the "  \
	"events of v2, and without those of child groups"

static const struct key_row event_rows[] = {
	{"low", UNIT_COUNT, NULL, NULL, NULL, NO_V1("protection by memory.low")},
	{"high", UNIT_COUNT, NULL, NULL, NULL, NO_V1("throttling by memory.high")},
	{"max", UNIT_COUNT, V1_FAILS, NULL, V1_SW_FAILS, FAILS_NOTE},
	{"oom", UNIT_COUNT, NULL, NULL, NULL, NO_V1("counter of OOM states, only of kills")},
	{"oom_kill", UNIT_COUNT, V1_KILLS, "oom_kill", NULL,
	 "cgroup v1 counts the kills in the group itself, without those in child groups"},
	{"oom_group_kill", UNIT_COUNT, NULL, NULL, NULL, NO_V1("memory.oom.group")},
	{"sock_throttled", UNIT_COUNT, NULL, NULL, NULL, NO_V1("counter of throttled sockets")},
	{NULL, UNIT_NONE, NULL, NULL, NULL, NULL},
};

static const struct key_row event_local_rows[] = {
	{"low", UNIT_COUNT, NULL, NULL, NULL, NO_V1("protection by memory.low")},
	{"high", UNIT_COUNT, NULL, NULL, NULL, NO_V1("throttling by memory.high")},
	{"max", UNIT_COUNT, V1_FAILS, NULL, V1_SW_FAILS, FAILS_NOTE},
	{"oom", UNIT_COUNT, NULL, NULL, NULL, NO_V1("counter of OOM states, only of kills")},
	{"oom_kill", UNIT_COUNT, V1_KILLS, "oom_kill", NULL, ""},
	{"oom_group_kill", UNIT_COUNT, NULL, NULL, NULL, NO_V1("memory.oom.group")},
	{"sock_throttled", UNIT_COUNT, NULL, NULL, NULL, NO_V1("counter of throttled sockets")},
	{NULL, UNIT_NONE, NULL, NULL, NULL, NULL},
};

static const struct key_row swap_event_rows[] = {
	{"high", UNIT_COUNT, NULL, NULL, NULL, NO_V1("memory.swap.high")},
	{"max", UNIT_COUNT, NULL, NULL, NULL, NO_V1("counter of swap alone")},
	{"fail", UNIT_COUNT, NULL, NULL, NULL, NO_V1("counter of swap alone")},
	{NULL, UNIT_NONE, NULL, NULL, NULL, NULL},
};

static const struct key_row cgroup_event_rows[] = {
	{"populated", UNIT_COUNT, NULL, NULL, NULL, NO_V1("cgroup.events")},
	{"frozen", UNIT_COUNT, NULL, NULL, NULL, NO_V1("cgroup.events")},
	{NULL, UNIT_NONE, NULL, NULL, NULL, NULL},
};

static const struct key_row cgroup_stat_rows[] = {
	{"nr_descendants", UNIT_COUNT, NULL, NULL, NULL, NO_V1("cgroup.stat")},
	{"nr_dying_descendants", UNIT_COUNT, NULL, NULL, NULL, NO_V1("cgroup.stat")},
	{NULL, UNIT_NONE, NULL, NULL, NULL, NULL},
};

struct file_row {
	const char *name;
	const char *v1;		    /* the file with the same content */
	enum unit unit;		    /* UNIT_NONE: not one number */
	const char *why;	    /* without v1: the reason, or what differs in v1_line */
	const char *v1_line;	    /* the line of v1's memory.stat that has the number */
	const struct key_row *keys; /* flat-keyed */
};

static const struct file_row file_rows[] = {
	{"memory.current", "memory.usage_in_bytes", UNIT_BYTES, NULL, NULL, NULL},
	{"memory.peak", "memory.max_usage_in_bytes", UNIT_BYTES, NULL, NULL, NULL},
	{"memory.max", "memory.limit_in_bytes", UNIT_BYTES, NULL, NULL, NULL},
	{"memory.high", NULL, UNIT_BYTES,
	 NO_V1("throttling limit (its soft limit is another thing)"), NULL, NULL},
	{"memory.low", NULL, UNIT_BYTES, NO_V1("protection of memory"), NULL, NULL},
	{"memory.min", NULL, UNIT_BYTES, NO_V1("protection of memory"), NULL, NULL},
	{"memory.oom.group", NULL, UNIT_COUNT, NO_V1("memory.oom.group"), NULL, NULL},
	{"memory.swap.current", NULL, UNIT_BYTES, "", "total_swap", NULL},
	{"memory.swap.max", NULL, UNIT_BYTES,
	 "cgroup v1 limits memory plus swap, which is not the value of one file", NULL, NULL},
	{"memory.swap.high", NULL, UNIT_BYTES, NO_V1("memory.swap.high"), NULL, NULL},
	{"memory.swap.peak", NULL, UNIT_BYTES, NO_V1("peak of swap alone"), NULL, NULL},
	{"memory.zswap.current", NULL, UNIT_BYTES, NO_V1("numbers of zswap"), NULL, NULL},
	{"memory.zswap.max", NULL, UNIT_BYTES, NO_V1("limit of zswap"), NULL, NULL},
	{"memory.zswap.writeback", NULL, UNIT_COUNT, NO_V1("switch of zswap"), NULL, NULL},
	{"memory.stat", "memory.stat", UNIT_NONE, NULL, NULL, stat_rows},
	{"memory.events", NULL, UNIT_NONE, NO_V1("memory.events"), NULL, event_rows},
	{"memory.events.local", NULL, UNIT_NONE, NO_V1("memory.events.local"), NULL,
	 event_local_rows},
	{"memory.swap.events", NULL, UNIT_NONE, NO_V1("memory.swap.events"), NULL, swap_event_rows},
	{"memory.numa_stat", NULL, UNIT_NONE,
	 "cgroup v1 has other keys and pages instead of bytes in memory.numa_stat", NULL, NULL},
	{"memory.pressure", NULL, UNIT_NONE, NO_V1("pressure of a group"), NULL, NULL},
	{"memory.reclaim", NULL, UNIT_NONE,
	 "cgroup v1 can only empty a group (memory.force_empty), not reclaim an amount", NULL,
	 NULL},
	{"cgroup.procs", "cgroup.procs", UNIT_NONE, NULL, NULL, NULL},
	{"cgroup.threads", "tasks", UNIT_NONE, NULL, NULL, NULL},
	{"cgroup.events", NULL, UNIT_NONE, NO_V1("cgroup.events"), NULL, cgroup_event_rows},
	{"cgroup.stat", NULL, UNIT_NONE, NO_V1("cgroup.stat"), NULL, cgroup_stat_rows},
	{"cgroup.freeze", NULL, UNIT_COUNT,
	 "on cgroup v1 freezing is a hierarchy of its own, in which a trial has no groups", NULL,
	 NULL},
	{"cgroup.kill", NULL, UNIT_NONE, NO_V1("cgroup.kill"), NULL, NULL},
	{"cgroup.controllers", NULL, UNIT_NONE, NO_V1("cgroup.controllers"), NULL, NULL},
	{"cgroup.subtree_control", NULL, UNIT_NONE, NO_V1("cgroup.subtree_control"), NULL, NULL},
};

const char *const cg_number_files[] = {"memory.current",   "memory.peak",
				       "memory.max",	   "memory.high",
				       "memory.low",	   "memory.min",
				       "memory.oom.group", "memory.swap.current",
				       "memory.swap.max",  "memory.swap.high",
				       "memory.swap.peak", "memory.zswap.current",
				       "memory.zswap.max", "memory.zswap.writeback",
				       "cgroup.freeze",	   NULL};

static const char no_controller[] = "no memory controller is mounted";

/* The row of the longest file name that name is or begins with; *ret_key is what follows, or NULL.
 */
static const struct file_row *find_file(const char *name, const char **ret_key)
{
	const struct file_row *best = NULL;
	size_t best_len = 0;

	for (size_t i = 0; i < ARRAY_SIZE(file_rows); i++) {
		size_t len = strlen(file_rows[i].name);

		if (len <= best_len || strncmp(name, file_rows[i].name, len) != 0)
			continue;
		if (name[len] != '\0' && name[len] != '.')
			continue;
		best = &file_rows[i];
		best_len = len;
	}
	if (best)
		*ret_key = name[best_len] ? name + best_len + 1 : NULL;
	return best;
}

static const struct key_row *find_key(const struct key_row *rows, const char *key)
{
	for (; rows && rows->key; rows++)
		if (strcmp(rows->key, key) == 0)
			return rows;
	return NULL;
}

/* A stat row without a line is one that v1 has not. */
static bool key_on_v1(const struct file_row *file, const struct key_row *row)
{
	if (file->keys == stat_rows && !row->v1_key)
		return strcmp(row->v1_file, "memory.stat") != 0;
	return row->v1_file;
}

struct found {
	const struct file_row *file;
	const struct key_row *key; /* NULL: the file itself */
};

/* False when nobody knows the name. */
static bool lookup(const char *name, struct found *ret)
{
	const char *key = NULL;

	*ret = (struct found){.file = find_file(name, &key)};
	if (!ret->file)
		return false;
	if (key)
		ret->key = find_key(ret->file->keys, key);
	return !key || ret->key;
}

static bool v1_source(const struct found *at, struct cg_source *ret)
{
	const struct key_row *k = at->key;

	if (k && !key_on_v1(at->file, k))
		return false;
	if (k) {
		/* The note of a stat row is its reason when v1 has no such line. */
		const char *note = at->file->keys == stat_rows ? "" : k->note;

		*ret = (struct cg_source){k->v1_file, k->v1_key, k->v1_plus, note};
		return true;
	}
	if (at->file->v1_line)
		*ret = (struct cg_source){"memory.stat", at->file->v1_line, NULL, at->file->why};
	else
		*ret = (struct cg_source){at->file->v1, NULL, NULL, ""};
	return ret->file;
}

bool cg_source(enum cg_version v, const char *v2name, struct cg_source *ret)
{
	struct found at;

	/* A flat-keyed file is no number by itself. */
	if (v == CG_NONE || !lookup(v2name, &at) || (at.file->keys && !at.key))
		return false;
	if (v == CG_V1)
		return v1_source(&at, ret);
	*ret = (struct cg_source){at.file->name, at.key ? at.key->key : NULL, NULL, ""};
	return true;
}

const char *cg_why_none(enum cg_version v, const char *v2name)
{
	struct found at;

	if (!lookup(v2name, &at) || v == CG_V2)
		return NULL;
	if (v == CG_NONE)
		return no_controller;
	if (at.key)
		return key_on_v1(at.file, at.key) ? NULL : at.key->note;
	return at.file->v1 || at.file->v1_line ? NULL : at.file->why;
}

bool cg_known(const char *v2name)
{
	struct found at;

	return lookup(v2name, &at);
}

enum unit cg_unit(const char *v2name)
{
	struct found at;

	if (!lookup(v2name, &at))
		return UNIT_NONE;
	return at.key ? at.key->unit : at.file->unit;
}

const char *cg_file_name(enum cg_version v, const char *v2name)
{
	struct found at;

	if (v == CG_NONE || !lookup(v2name, &at) || at.key)
		return NULL;
	return v == CG_V1 ? at.file->v1 : at.file->name;
}

const char *cg_stat_key(enum cg_version v, const char *v2key)
{
	const struct key_row *row = find_key(stat_rows, v2key);

	if (v == CG_NONE || !row)
		return NULL;
	return v == CG_V1 ? row->v1_key : row->key;
}

const char *cg_event_source(enum cg_version v, const char *key, const char **ret_file,
			    const char **ret_key)
{
	const struct key_row *row = find_key(event_rows, key);

	if (v == CG_NONE || !row || (v == CG_V1 && !row->v1_file))
		return NULL;
	if (ret_file)
		*ret_file = v == CG_V1 ? row->v1_file : "memory.events";
	if (ret_key)
		*ret_key = v == CG_V1 ? row->v1_key : row->key;
	return v == CG_V1 ? row->note : "";
}
