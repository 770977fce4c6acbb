/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the kernel says when something is wrong. Patterns are from the source of 6.12 (the file is
 * named at the row) and stand in order: the first that fits decides.
 */
#include "kernel/kmsg.h"

#include <string.h>

#include "base/cleanup.h"

static const struct {
	const char *word, *help;
	bool fails;
} kinds[] = {
#define X(id, w, f, h) [KMSG_##id] = {.word = w, .help = h, .fails = f},
	KMSG_KIND_TABLE(X)
#undef X
};

enum where {
	AT_START, /* the text begins so */
	ANYWHERE,
	BOTH_PARTS, /* begins with the pattern and holds the second one later on */
};

struct pattern {
	enum kmsg_kind kind;
	enum where where;
	const char *text, *then;
};

static const struct pattern patterns[] = {
	/* Not faults, though they begin like some. */
	{KMSG_OTHER, AT_START, "INFO: lockdep is turned off", NULL},
	{KMSG_OTHER, AT_START, "INFO: NMI handler", NULL},

	/* mm/oom_kill.c, mm/memcontrol.c */
	{KMSG_OOM, ANYWHERE, " invoked oom-killer: gfp_mask=", NULL},
	{KMSG_OOM, AT_START, "oom-kill:constraint=", NULL},
	{KMSG_OOM, AT_START, "Memory cgroup out of memory", NULL},
	{KMSG_OOM, AT_START, "Out of memory", NULL},
	{KMSG_OOM, AT_START, "oom_reaper: ", NULL},
	{KMSG_OOM, BOTH_PARTS, "Tasks in ", " are going to be killed due to memory.oom.group set"},

	/* lib/fault-inject.c:fail_dump */
	{KMSG_FAULT_INJECTION, AT_START, "FAULT_INJECTION: ", NULL},

	/* mm/page_alloc.c:warn_alloc, mm/vmalloc.c, mm/slub.c:slab_out_of_memory, mm/percpu.c */
	{KMSG_ALLOC_FAILURE, ANYWHERE, "page allocation failure: order:", NULL},
	{KMSG_ALLOC_FAILURE, ANYWHERE, "vmalloc error: size ", NULL},
	{KMSG_ALLOC_FAILURE, AT_START, "SLUB: Unable to allocate memory", NULL},
	{KMSG_ALLOC_FAILURE, AT_START, "percpu: allocation failed", NULL},

	/* mm/vmstat.c:vmstat_refresh; mm/page_counter.c:page_counter_cancel */
	{KMSG_NEGATIVE_COUNTER, BOTH_PARTS, "vmstat_refresh: ", " -"},
	{KMSG_NEGATIVE_COUNTER, AT_START, "page_counter underflow: ", NULL},

	/* mm/kasan/report.c, mm/kfence/report.c, mm/kmsan/report.c, kernel/kcsan/report.c,
	   lib/ubsan.c */
	{KMSG_SANITIZER, AT_START, "BUG: KASAN: ", NULL},
	{KMSG_SANITIZER, AT_START, "KASAN: ", NULL},
	{KMSG_SANITIZER, AT_START, "BUG: KFENCE: ", NULL},
	{KMSG_SANITIZER, AT_START, "BUG: KMSAN: ", NULL},
	{KMSG_SANITIZER, AT_START, "BUG: KCSAN: ", NULL},
	{KMSG_SANITIZER, AT_START, "UBSAN: ", NULL},
	{KMSG_LEAK, BOTH_PARTS, "kmemleak: ", "new suspected memory leaks"},

	/* mm/page_alloc.c:bad_page, mm/memory.c:print_bad_pte, kernel/fork.c:check_mm,
	   mm/swapfile.c */
	{KMSG_BAD_PAGE, AT_START, "BUG: Bad page", NULL},
	{KMSG_BAD_PAGE, AT_START, "BUG: Bad rss-counter state", NULL},
	{KMSG_BAD_PAGE, AT_START, "BUG: non-zero pgtables_bytes on freeing mm", NULL},
	{KMSG_BAD_PAGE, ANYWHERE, "Bad pagetable: ", NULL},
	{KMSG_BAD_PAGE, ANYWHERE, "Bad swap file entry ", NULL},
	{KMSG_BAD_PAGE, ANYWHERE, "Bad swap offset entry ", NULL},

	/* mm/slub.c:__slab_bug "BUG cache (Not tainted): ..."; lib/list_debug.c */
	{KMSG_SLAB_CORRUPTION, BOTH_PARTS, "BUG ", "ainted"},
	{KMSG_SLAB_CORRUPTION, AT_START, "BUG: mempool element poison mismatch", NULL},
	{KMSG_SLAB_CORRUPTION, AT_START, "list_add corruption", NULL},
	{KMSG_SLAB_CORRUPTION, AT_START, "list_del corruption", NULL},

	/* kernel/watchdog.c, kernel/workqueue.c, kernel/rcu/tree_stall.h, kernel/hung_task.c */
	{KMSG_LOCKUP, ANYWHERE, "BUG: soft lockup - CPU#", NULL},
	{KMSG_LOCKUP, ANYWHERE, "Watchdog detected hard LOCKUP", NULL},
	{KMSG_LOCKUP, ANYWHERE, "BUG: workqueue lockup - pool", NULL},
	{KMSG_LOCKUP, BOTH_PARTS, "rcu: INFO: ", "detected "},
	{KMSG_LOCKUP, BOTH_PARTS, "INFO: rcu_", "detected "},
	{KMSG_HUNG, BOTH_PARTS, "INFO: task ", " blocked for more than "},
	{KMSG_HUNG, BOTH_PARTS, "INFO: task ", " blocked on "},

	/* kernel/panic.c:__warn, before and after 6.18; a path in it may hold any word */
	{KMSG_WARNING, AT_START, "WARNING: CPU: ", NULL},
	{KMSG_WARNING, BOTH_PARTS, "WARNING: ", ", CPU#"},

	/* kernel/locking/lockdep.c */
	{KMSG_LOCKDEP, BOTH_PARTS, "WARNING: ", "lock"},
	{KMSG_LOCKDEP, AT_START, "WARNING: suspicious RCU usage", NULL},
	{KMSG_LOCKDEP, AT_START, "WARNING: bad contention detected", NULL},
	{KMSG_LOCKDEP, AT_START, "INFO: trying to register non-static key", NULL},
	{KMSG_LOCKDEP, AT_START, "INFO: possible ", NULL},

	/* kernel/panic.c, arch/x86/kernel/{dumpstack,traps}.c, arch/arm64/mm/fault.c */
	{KMSG_OOPS, AT_START, "Oops", NULL},
	{KMSG_OOPS, AT_START, "Internal error: ", NULL},
	{KMSG_OOPS, AT_START, "general protection fault", NULL},
	{KMSG_OOPS, AT_START, "Unable to handle kernel ", NULL},
	{KMSG_OOPS, AT_START, "kernel tried to execute ", NULL},
	{KMSG_OOPS, AT_START, "stack segment: ", NULL},
	{KMSG_OOPS, AT_START, "divide error: ", NULL},
	{KMSG_OOPS, AT_START, "invalid opcode: ", NULL},
	{KMSG_OOPS, AT_START, "traps: PANIC: ", NULL},
	{KMSG_OOPS, AT_START, "PANIC: ", NULL},
	{KMSG_OOPS, AT_START, "Kernel panic - not syncing", NULL},
	{KMSG_OOPS, AT_START, "BUG: unable to handle page fault", NULL},
	{KMSG_OOPS, AT_START, "BUG: kernel NULL pointer dereference", NULL},

	/* lib/bug.c, kernel/sched/core.c and all else that says so */
	{KMSG_BUG, AT_START, "kernel BUG at ", NULL},
	{KMSG_BUG, AT_START, "BUG: ", NULL},

	/* All other warnings; the text of a WARN() follows in a record of its own. */
	{KMSG_WARNING, AT_START, "WARNING: ", NULL},
	{KMSG_WARNING, AT_START, "refcount_t: ", NULL},

	/* arch/x86/kernel/cpu/mce, drivers/edac; mm/memory-failure.c */
	{KMSG_HARDWARE, ANYWHERE, "[Hardware Error]", NULL},
	{KMSG_HARDWARE, BOTH_PARTS, "EDAC MC", " UE "},
	{KMSG_HARDWARE, BOTH_PARTS, "EDAC MC", " CE "},
	{KMSG_MEMORY_FAILURE, AT_START, "Memory failure: 0x", NULL},
	{KMSG_MEMORY_FAILURE, AT_START, "Soft offline: 0x", NULL},

	/* block/blk-core.c, fs/buffer.c, fs/ext4/super.c */
	{KMSG_IO_ERROR, ANYWHERE, "I/O error, dev ", NULL},
	{KMSG_IO_ERROR, AT_START, "Buffer I/O error on dev ", NULL},
	{KMSG_IO_ERROR, AT_START, "EXT4-fs error ", NULL},
	{KMSG_IO_ERROR, BOTH_PARTS, "XFS (", "metadata I/O error"},
};

static bool fits(const struct pattern *p, const char *text)
{
	const char *at = strstr(text, p->text);

	if (!at || (p->where != ANYWHERE && at != text))
		return false;
	return p->where != BOTH_PARTS || strstr(text + strlen(p->text), p->then);
}

enum kmsg_kind kmsg_classify(const char *text)
{
	for (size_t i = 0; i < ARRAY_SIZE(patterns); i++)
		if (fits(&patterns[i], text))
			return patterns[i].kind;
	return KMSG_OTHER;
}

enum kmsg_kind kmsg_record_kind(const struct kmsg_record *r)
{
	return r->facility || r->continuation ? KMSG_OTHER : kmsg_classify(r->text);
}

const char *kmsg_kind_word(enum kmsg_kind kind)
{
	return kinds[kind].word;
}

const char *kmsg_kind_help(enum kmsg_kind kind)
{
	return kinds[kind].help;
}

bool kmsg_kind_fails(enum kmsg_kind kind)
{
	return kinds[kind].fails;
}
