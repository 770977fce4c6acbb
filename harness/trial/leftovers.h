/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What trials of dead supervisors left on the machine: groups and what runs in them, changed knobs,
 * files. Finds and removes; knows who lives. Does not own: what a single trial undoes itself.
 */
#ifndef MT_TRIAL_LEFTOVERS_H
#define MT_TRIAL_LEFTOVERS_H

#include <sys/types.h>

#include "cgroup/tree.h"
#include "kernel/probe.h"
#include "kernel/roots.h"

struct leftovers_where {
	const struct machine *machine;
	const struct roots *roots;
	const char *base;      /* group below the memory controller's mount */
	const char *scratch;   /* directory for files */
	const char *state_dir; /* of the undo journals; NULL: none */
};

struct leftovers {
	struct tree_cleaned groups;
	int knobs, dirs;
};

/*
 * Remove them; also_alive takes the groups of running trials too. Goes on after an error and
 * returns the first one; *ret counts in any case.
 */
int leftovers_clean(const struct leftovers_where *w, bool also_alive, struct leftovers *ret,
		    struct err *err);

/*
 * A lock (flock) on a file or directory that a trial of supervisor pid made: only to be had when
 * the trial is dead. Returns the descriptor that holds it, -EWOULDBLOCK when the trial lives, or
 * another negative errno.
 */
int lock_of_the_dead(int proc_fd, pid_t pid, int dirfd, const char *name);

#endif
