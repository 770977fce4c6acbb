/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The end of groups: killing what is in them, removing them. Private to this room. */
#ifndef MT_CGROUP_END_H
#define MT_CGROUP_END_H

#include "base/err.h"
#include "base/units.h"
#include "cgroup/backend.h"

#define END_DEADLINE (5 * NSEC_PER_SEC)

/*
 * Kill all processes in path and below, and wait until the groups are empty. *ret_killed is what
 * was there at the start. Returns 0 (also when path is gone) or a negative errno.
 */
int end_processes(const struct cg_place *at, const char *path, dur_t deadline, size_t *ret_killed,
		  struct err *err);
/* Remove path and all groups below it, which must be empty of processes; the same results. */
int end_groups(const struct cg_place *at, const struct cg_backend *backend, const char *path,
	       dur_t deadline, size_t *ret_removed, struct err *err);

#endif
