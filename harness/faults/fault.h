/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The kinds of faults that a phase can inject: one table, from which the profile's parser, the
 * plan, the trial, `list faults` and the man page read. Owns how a kind is armed, disarmed and
 * counted. Does not own the trial: what a fault does to it goes through a host, and every change of
 * the machine through the host's undo journal. Knows base/ only.
 */
#ifndef MT_FAULTS_FAULT_H
#define MT_FAULTS_FAULT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/need.h"
#include "base/opt.h"

/* Where a change of the machine is made. */
enum change_root {
	CHANGE_SYSCTL,	/* below /proc/sys */
	CHANGE_SYS,	/* below /sys */
	CHANGE_DEBUGFS, /* below the mount of debugfs */
	CHANGE_SWAP,	/* a swap area that is on */
	CHANGE_COUNT
};

/* Whom a kind is for: what `in` names. */
enum fault_target { FAULT_MACHINE, FAULT_STRESSORS, FAULT_GROUP };

struct fault_host;
struct fault;

struct fault_kind {
	const char *name;
	const char *summary; /* one line */
	const char *counted; /* what `faults.<name>.injected` counts */
	enum fault_target target;
	needs_t needs;
	const struct opt *options; /* ends with OPT_END; a kind without a target takes its first
				      option as a plain value: drop_caches: 3 */
	size_t options_size;
	bool kills;    /* its stressors do not live on */
	bool injected; /* by the kernel's lib/fault-inject.c, with a probability */
	bool counts;   /* by it too, and every call that it asks about: alone in its phase */

	/* Options that cannot be. Returns 0 or -EINVAL with the sentence. May be NULL. */
	int (*check)(const void *opts, struct err *err);
	/* The longest that arming may wait, ns. NULL: it does not. */
	int64_t (*takes_ns)(const void *opts);
	/*
	 * Arm, and count what was injected at once. After an error disarm() is called all the same.
	 * disarm() undoes what the undo journal does not, and counts what was injected while it
	 * was armed; NULL for what is over when arm() returns.
	 */
	int (*arm)(struct fault *f, struct fault_host *h, struct err *err);
	int (*disarm)(struct fault *f, struct fault_host *h, struct err *err);
	/* What was injected so far, while it is armed. NULL: f->injected. */
	int64_t (*so_far)(const struct fault *f, struct fault_host *h);
};

/* The table and one row by its name: index, -1 when there is none. Ends with name NULL. */
extern const struct fault_kind fault_kinds[];
#define FAULT_KINDS_MAX 16
int fault_kind_find(const char *name);

/* One fault while it is armed. */
struct fault {
	const struct fault_kind *kind;
	const void *opts;
	const int *stressors; /* FAULT_STRESSORS */
	size_t n_stressors;
	int group;	  /* FAULT_GROUP; else -1 */
	int64_t injected; /* so far */
	int64_t before;	  /* the kind's own: what stood there before */
	bool armed;
};

/* What a fault may do to the trial and to the machine; filled by the trial. */
struct fault_host {
	/* Write a file and note in the undo journal what stood there. */
	int (*change)(struct fault_host *h, enum change_root root, const char *path,
		      const char *value, struct err *err);
	/* Read one back as a number; VALUE_ABSENT. */
	int64_t (*look)(struct fault_host *h, enum change_root root, const char *path);
	/* Write a file that does something and keeps nothing. */
	int (*trigger)(struct fault_host *h, enum change_root root, const char *path,
		       const char *value, struct err *err);
	/* Switch all swap off, journaled. Returns how many areas were. */
	int (*swapoff)(struct fault_host *h, struct err *err);
	/* Mark the tasks of stressors for task-filter, or no longer. Returns how many. */
	int (*mark)(struct fault_host *h, const struct fault *f, bool on);
	/* The scratch disk as a directory below /sys; -errno with a sentence when it is none. */
	int (*disk)(struct fault_host *h, char *ret, size_t size, struct err *err);
	int (*knob_read)(struct fault_host *h, int group, const char *knob, int64_t *ret,
			 struct err *err);
	/* -EBUSY and -EAGAIN: the kernel refused it, without an error of ours. */
	int (*knob_write)(struct fault_host *h, int group, const char *knob, int64_t value,
			  struct err *err);
	/* SIGKILL the running workers and see them gone. Returns how many, or a negative errno. */
	int (*kill)(struct fault_host *h, const struct fault *f, struct err *err);
	/* Let time pass. 0 or -EINTR. */
	int (*pass)(struct fault_host *h, int64_t ns);
};

/* The two for everybody else; both count. fault_disarm() may be called twice, and goes on. */
int fault_arm(struct fault *f, struct fault_host *h, struct err *err);
int fault_disarm(struct fault *f, struct fault_host *h, struct err *err);
int64_t fault_so_far(const struct fault *f, struct fault_host *h);

#endif
