/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The undo journal: every change of the machine (a sysctl, a file of /sys or of debugfs, swap that
 * is switched off) is written down before it is made, in memory and in a file that outlives a
 * kill -9, and taken back in reverse order. Knobs of the trial's own groups need none: the groups
 * go.
 */
#ifndef MT_TRIAL_UNDO_H
#define MT_TRIAL_UNDO_H

#include <stdint.h>
#include <sys/types.h>

#include "base/err.h"
#include "faults/fault.h"
#include "kernel/roots.h"

#define UNDO_MAX    64
#define UNDO_SUFFIX ".undo"

/* Where what is put back stands; -1 where this machine has none. */
struct undo_roots {
	int fd[CHANGE_COUNT];
};

struct undo_entry {
	enum change_root root;
	int owner;	/* as undo.owner was */
	char path[128]; /* below its root; CHANGE_SWAP: the swap area */
	char old[64];	/* what stood there; CHANGE_SWAP: its priority */
};

struct undo {
	struct undo_roots roots;
	int journal_fd; /* -1: no journal could be made */
	char journal[256];
	struct undo_entry entries[UNDO_MAX];
	int n;
	int owner; /* on whose behalf changes are made now: 0, or one that undo_of() takes back */
};

/* The roots of this machine; debugfs is its mount as the probe found it, "" for none. */
void undo_roots_open(struct undo_roots *r, const struct roots *roots, const char *debugfs);
void undo_roots_close(struct undo_roots *r);

/* dir NULL or not writable: no journal, which only changes of the machine need. id names the trial
 * and its process. */
int undo_open(struct undo *u, const struct roots *roots, const char *debugfs, const char *dir,
	      const char *id, struct err *err);
/* Note the old value (once a path), then write the new one. A sysctl that only triggers something
 * (vm/drop_caches, vm/compact_memory) has no old value and needs no journal. */
int undo_change(struct undo *u, enum change_root root, const char *path, const char *value,
		struct err *err);
int undo_sysctl(struct undo *u, const char *path, const char *value, struct err *err);
/* Switch a swap area off; taking that back switches it on with its priority. */
int undo_swapoff(struct undo *u, const char *area, int priority, struct err *err);
/* Take back one owner's changes, newest first; goes on after an error and returns the first. */
int undo_of(struct undo *u, int owner, struct err *err);
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
int undo_leftovers(const struct roots *roots, const char *debugfs, const char *dir,
		   struct err *err);

#endif
