/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The drain: makes the memcg counters of all groups of a trial exact without touching those groups.
 *
 * A helper process in the group "drain" goes from CPU to CPU and touches fresh pages. That puts the
 * drain group into every CPU's charge stock. Then one write to the drain group's own files makes
 * the kernel empty the stocks of all CPUs that hold it (mm/memcontrol.c drain_all_stock(); up
 * to 6.15 a CPU's stock has one slot, so the groups under test are displaced by the touch itself;
 * later ones empty all slots of the CPU, drain_stock_fully()). Its page updates also push the
 * trial's own group over the flush threshold of 64 updates a CPU, so that reading that group's
 * memory.stat flushes the whole tree (memcg_vmstats_needs_flush(), do_flush_stats()).
 */
#ifndef MT_TRIAL_DRAIN_H
#define MT_TRIAL_DRAIN_H

#include <sys/types.h>

#include "cgroup/names.h"
#include "record/record.h"

struct drain_page; /* shared with the helper */

struct drain {
	pid_t pid; /* of the helper, 0: none */
	struct drain_page *page;
	enum cg_version version;
	int group_fd, root_fd, mount_fd; /* the drain group, the trial's own group, the mount */
	int knob; /* memory.high or v1's memory.force_empty of the drain group, kept open */
};

/* Fork the helper into its group. Returns 0 or a negative errno. */
int drain_start(struct drain *d, enum cg_version v, int group_fd, int root_fd, int mount_fd,
		int cpus, struct err *err);
/*
 * One pass. Returns which of SETTLED_STOCK, SETTLED_RSTAT, SETTLED_LRU were reached; takes 1 to 3
 * ms on two CPUs. buf is room for reading files.
 */
unsigned drain_pass(struct drain *d, char *buf, size_t size);
void drain_stop(struct drain *d);

#endif
