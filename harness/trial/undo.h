/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The undo journal: every change of the machine (a sysctl) is written down before it is made, in
 * memory and in a file that outlives a kill -9, and taken back in reverse order. Knobs of the
 * trial's own groups need none: the groups go.
 */
#ifndef MT_TRIAL_UNDO_H
#define MT_TRIAL_UNDO_H

#include <stdint.h>
#include <sys/types.h>

#include "base/err.h"

#define UNDO_MAX    32
#define UNDO_SUFFIX ".undo"

struct undo_entry {
	char path[128]; /* below /proc/sys */
	char old[64];	/* what stood there */
};

struct undo {
	int sysctl_fd;	/* /proc/sys */
	int journal_fd; /* -1: no journal could be made */
	char journal[256];
	struct undo_entry entries[UNDO_MAX];
	int n;
};

/* dir NULL or not writable: no journal, which only sysctls need. id names the trial and its
 * process. */
int undo_open(struct undo *u, int proc_fd, const char *dir, const char *id, struct err *err);
/* Note the old value (once a path), then write the new one. */
int undo_sysctl(struct undo *u, const char *path, const char *value, struct err *err);
/* Take all back, newest first. Returns the first error; goes on after it. Removes the journal. */
int undo_all(struct undo *u, struct err *err);

/*
 * In the guard, after the supervisor's death: what this trial's journal says. The guard's own copy
 * of the entries is as old as its fork.
 */
int undo_by_journal(struct undo *u, struct err *err);

/*
 * What journals of dead supervisors in dir say: take it back and remove them. A journal is locked
 * (flock) as long as its supervisor lives. Goes on after an error and returns the first one, else
 * how many values were restored.
 */
int undo_leftovers(int proc_fd, const char *dir, struct err *err);

#endif
