/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdio.h>
#include <string.h>

#include "faults/kinds.h"

#define INJECT(n, f) .name = n, .offset = offsetof(struct inject_opts, f)

/* Bounded on purpose: with -1 the kernel never stops failing, and nobody can count. */
#define INJECT_OPTIONS                                                                             \
	{INJECT("probability", probability),                                                       \
	 .type = OPT_COUNT,                                                                        \
	 .min = 1,                                                                                 \
	 .max = 100,                                                                               \
	 .def = "10",                                                                              \
	 .help = "how many calls in a hundred fail"},                                              \
		{INJECT("times", times), .type = OPT_COUNT, .min = 1,                              \
		 .max = 1000000,	 .def = "100",	    .help = "how many fail at most"},      \
		{INJECT("interval", interval),                                                     \
		 .type = OPT_COUNT,                                                                \
		 .min = 1,                                                                         \
		 .max = 1000000,                                                                   \
		 .def = "1",                                                                       \
		 .help = "only every so many-th call is a candidate"},                             \
	{                                                                                          \
		INJECT("space", space),                                                            \
			.type = OPT_COUNT, .min = 0, .max = 1000000000, .def = "0",                \
			.help = "let so much pass first, in bytes of the kind (calls "             \
				"where it has none)"                                               \
	}

static const struct opt slab_options[] = {
	INJECT_OPTIONS,
	{INJECT("cache-filter", cache_filter), .type = OPT_BOOL, .def = "no",
	 .help = "only caches that have failslab set in /sys/kernel/slab"},
	OPT_END,
};

static const struct opt page_options[] = {
	INJECT_OPTIONS,
	/* MAX_PAGE_ORDER is 10 at least */
	{INJECT("min-order", min_order), .type = OPT_COUNT, .min = 0, .max = 10, .def = "0",
	 .help = "only blocks of 2^min-order pages and larger"},
	OPT_END,
};

static const struct opt inject_options[] = {INJECT_OPTIONS, OPT_END};

static const struct opt drop_options[] = {
	{.name = "what",
	 .offset = offsetof(struct drop_opts, what),
	 .type = OPT_COUNT,
	 .min = 1,
	 .max = 3,
	 .flags = OPT_REQUIRED,
	 .help = "1: clean cache, 2: dentries and inodes, 3: both"},
	OPT_END,
};

static const struct opt compact_options[] = {
	{.name = "times",
	 .offset = offsetof(struct compact_opts, times),
	 .type = OPT_COUNT,
	 .min = 1,
	 .max = 1000,
	 .flags = OPT_REQUIRED,
	 .help = "how often all zones are compacted"},
	OPT_END,
};

static const char *const area_words[] = {"all", NULL};

static const struct opt swapoff_options[] = {
	{.name = "areas",
	 .offset = offsetof(struct swapoff_opts, areas),
	 .type = OPT_ENUM,
	 .words = area_words,
	 .flags = OPT_REQUIRED,
	 .help = "which swap areas are switched off"},
	OPT_END,
};

static const struct opt squeeze_options[] = {
	{.name = "to",
	 .offset = offsetof(struct squeeze_opts, to),
	 .type = OPT_SIZE,
	 .min = 4096,
	 .max = VALUE_MAX - 1,
	 .flags = OPT_REQUIRED,
	 .help = "memory.max for as long as it lasts"},
	OPT_END,
};

static const struct opt reclaim_options[] = {
	{.name = "size",
	 .offset = offsetof(struct reclaim_opts, size),
	 .type = OPT_SIZE,
	 .min = 4096,
	 .max = VALUE_MAX - 1,
	 .flags = OPT_REQUIRED,
	 .help = "how much is reclaimed at a time"},
	{.name = "times",
	 .offset = offsetof(struct reclaim_opts, times),
	 .type = OPT_COUNT,
	 .min = 1,
	 .max = 10000,
	 .def = "1",
	 .help = "how often"},
	{.name = "every",
	 .offset = offsetof(struct reclaim_opts, every),
	 .type = OPT_DUR,
	 .min = 0,
	 .max = 60 * NSEC_PER_SEC,
	 .def = "0",
	 .help = "time between two of them"},
	OPT_END,
};

static const struct opt no_options[] = {OPT_END};

#define IS_INJECTED                                                                                \
	.target = FAULT_STRESSORS, .options_size = sizeof(struct inject_opts), .injected = true,   \
	.disarm = inject_disarm, .so_far = inject_so_far

const struct fault_kind fault_kinds[] = {
	{.name = "failslab",
	 .summary = "slab allocations of the stressors' tasks fail",
	 .counted = "allocations that failed",
	 IS_INJECTED,
	 .options = slab_options,
	 .needs = NEED_ROOT | NEED_FAILSLAB,
	 .arm = inject_arm},
	{.name = "fail_page_alloc",
	 .summary = "page allocations of the stressors' tasks fail",
	 .counted = "allocations that failed",
	 IS_INJECTED,
	 .options = page_options,
	 .needs = NEED_ROOT | NEED_FAIL_PAGE_ALLOC,
	 .check = inject_pages_check,
	 .arm = inject_arm},
	{.name = "fail_usercopy",
	 .summary = "copies between the kernel and the memory of the stressors' tasks fail",
	 .counted = "copies that failed",
	 IS_INJECTED,
	 .options = inject_options,
	 .needs = NEED_ROOT | NEED_FAIL_USERCOPY,
	 .arm = inject_arm},
	{.name = "fail_futex",
	 .summary = "futex calls of the stressors' tasks fail",
	 .counted = "calls that failed",
	 IS_INJECTED,
	 .options = inject_options,
	 .needs = NEED_ROOT | NEED_FAIL_FUTEX,
	 .arm = inject_arm},
	{.name = "fail_make_request",
	 .summary = "requests of the stressors' tasks to the disk of the scratch files fail",
	 .counted = "requests that failed",
	 IS_INJECTED,
	 .options = inject_options,
	 .needs = NEED_ROOT | NEED_WHOLE_MACHINE | NEED_FAIL_MAKE_REQUEST,
	 .arm = inject_disk_arm},
	{.name = "fail_nth",
	 .summary = "sleeping allocations and single pages count for failnth's sweeps",
	 .counted = "calls that the kernel failed, whoever swept",
	 .target = FAULT_STRESSORS,
	 .counts = true,
	 .options = no_options,
	 .needs = NEED_ROOT | NEED_FAIL_NTH | NEED_FAILSLAB,
	 .arm = nth_arm,
	 .disarm = nth_disarm,
	 .so_far = nth_so_far},
	{.name = "drop_caches",
	 .summary = "vm.drop_caches: clean cache, dentries and inodes go",
	 .counted = "drops",
	 .target = FAULT_MACHINE,
	 .options = drop_options,
	 .options_size = sizeof(struct drop_opts),
	 .needs = NEED_DROP_CACHES | NEED_WHOLE_MACHINE,
	 .arm = drop_caches_arm},
	{.name = "compact",
	 .summary = "vm.compact_memory: all zones are compacted",
	 .counted = "compactions",
	 .target = FAULT_MACHINE,
	 .options = compact_options,
	 .options_size = sizeof(struct compact_opts),
	 .needs = NEED_ROOT | NEED_WHOLE_MACHINE,
	 .arm = compact_arm},
	{.name = "swapoff",
	 .summary = "swap is switched off for the rest of the phase's actions",
	 .counted = "swap areas switched off",
	 .target = FAULT_MACHINE,
	 .options = swapoff_options,
	 .options_size = sizeof(struct swapoff_opts),
	 .needs = NEED_ROOT | NEED_SWAP | NEED_WHOLE_MACHINE,
	 .arm = swapoff_arm},
	{.name = "squeeze",
	 .summary = "a group's memory.max is lowered, and raised again",
	 .counted = "limits that were lowered",
	 .target = FAULT_GROUP,
	 .options = squeeze_options,
	 .options_size = sizeof(struct squeeze_opts),
	 .needs = NEED_MEMCG,
	 .arm = squeeze_arm,
	 .disarm = squeeze_disarm},
	{.name = "reclaim",
	 .summary = "memory.reclaim of a group, again and again",
	 .counted = "calls that reclaimed what they were asked for",
	 .target = FAULT_GROUP,
	 .options = reclaim_options,
	 .options_size = sizeof(struct reclaim_opts),
	 .needs = NEED_MEMORY_RECLAIM,
	 .takes_ns = reclaim_takes,
	 .arm = reclaim_arm},
	{.name = "freeze",
	 .summary = "a group is frozen, and thawed again",
	 .counted = "times it was frozen",
	 .target = FAULT_GROUP,
	 .options = no_options,
	 .needs = NEED_CGROUP_V2 | NEED_FREEZER,
	 .arm = freeze_arm,
	 .disarm = freeze_disarm},
	{.name = "kill",
	 .summary = "the stressors' workers are killed, wherever they stand",
	 .counted = "workers that were killed",
	 .target = FAULT_STRESSORS,
	 .options = no_options,
	 .kills = true,
	 .arm = kill_arm},
	{.name = NULL},
};

_Static_assert(sizeof(fault_kinds) / sizeof(fault_kinds[0]) - 1 <= FAULT_KINDS_MAX,
	       "a trial counts by kind");

int fault_kind_find(const char *name)
{
	for (int i = 0; fault_kinds[i].name; i++)
		if (strcmp(fault_kinds[i].name, name) == 0)
			return i;
	return -1;
}

int fault_arm(struct fault *f, struct fault_host *h, struct err *err)
{
	int r;

	f->armed = true;
	r = f->kind->arm(f, h, err);
	return r < 0 && err ? err_prefix(err, "%s", f->kind->name) : r;
}

int fault_disarm(struct fault *f, struct fault_host *h, struct err *err)
{
	bool was = f->armed;

	f->armed = false;
	return was && f->kind->disarm ? f->kind->disarm(f, h, err) : 0;
}

int64_t fault_so_far(const struct fault *f, struct fault_host *h)
{
	return f->armed && f->kind->so_far ? f->kind->so_far(f, h) : f->injected;
}
