/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reading one group, or the whole machine, again and again: numbers under v2 names on v1 too, and
 * its largest child groups. Reads files only, needs no root, changes nothing. Does not own: how it
 * looks (watch_view.h), when it is read.
 */
#ifndef MT_LIVE_WATCH_H
#define MT_LIVE_WATCH_H

#include "cgroup/names.h"
#include "kernel/probe.h"
#include "kernel/roots.h"

enum watch_number {
	WN_CURRENT,
	WN_PEAK,
	WN_MAX,
	WN_HIGH,
	WN_SWAP,
	WN_SWAP_MAX,
	WN_ANON,
	WN_FILE, /* with shmem */
	WN_SHMEM,
	WN_KERNEL, /* with slab */
	WN_SLAB,
	WN_SCAN,
	WN_STEAL,
	WN_REFAULT_ANON,
	WN_REFAULT_FILE,
	WN_MAJFLT,
	WN_E_LOW,
	WN_E_HIGH,
	WN_E_MAX,
	WN_E_OOM,
	WN_E_OOM_KILL,
	WN_SOME, /* ns stalled */
	WN_FULL,
	WN_COUNT
};
#define WN_EVENT_FIRST WN_E_LOW
#define WN_EVENT_LAST  WN_E_OOM_KILL

/* "memory.current" ...: the v2 name of each. */
extern const char *const watch_names[WN_COUNT];

#define WATCH_CHILDREN 8

struct watch_child {
	char name[64];
	int64_t current;
};

struct watch_reading {
	int64_t values[WN_COUNT]; /* VALUE_ABSENT: not here; VALUE_MAX: no limit */
	struct watch_child children[WATCH_CHILDREN]; /* the largest ones, largest first */
	size_t n_children, children_more;
};

struct watched {
	enum cg_version version;
	char path[300]; /* below the mount; "" is the whole machine */
	int group;	/* its directory; for the machine that of the mount, or -1 */
	int proc;
	bool pressure_of_machine; /* v1 has none of a group */
	int64_t mem_total, page_size;
	char text[32768];
};

/*
 * group: an absolute path below the memory controller's mount, a path in the hierarchy ("a/b",
 * "/a/b" as in /proc/<pid>/cgroup), or NULL for the whole machine, as is "/" where the root of the
 * hierarchy has no numbers. Errors are of class ERR_USAGE
 * (no such group, with the nearest name) or ERR_SKIP (no controller here). watch_close() it in any
 * case.
 */
int watch_open(struct watched *w, const struct roots *roots, const struct machine *m,
	       const char *group, struct err *err);
/* Returns 0, or -ENODEV when the group is gone. */
int watch_read(struct watched *w, struct watch_reading *ret);
void watch_close(struct watched *w);

#endif
