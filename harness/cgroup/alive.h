/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Whether the supervisor that made a trial's groups still lives. Private to this room.
 */
#ifndef MT_CGROUP_ALIVE_H
#define MT_CGROUP_ALIVE_H

#include <stdbool.h>
#include <sys/types.h>

#include "cgroup/names.h"

/* With its pid behind: the leaf into which a supervisor moves out of its own delegated group. */
#define SUPERVISOR_GROUP "memtrial-supervisor-"

/*
 * Mark the trial's group as ours for as long as this process lives. Returns a descriptor to keep
 * open, -1 when it cannot be marked (then only the pid tells).
 */
int alive_mark(int groupfd, enum cg_version v);
/*
 * Whether another process has it marked, or pid is a process named memtrial, or pid is this
 * process. proc_fd is the directory of /proc.
 */
bool alive_check(int groupfd, enum cg_version v, int proc_fd, pid_t pid);

#endif
