/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The groups of one trial: <base>/memtrial-<pid>-<n>, which carries the fuse, in it the group
 * "drain" and the groups of the profile. Makes them, lets processes enter, kills, removes, and
 * finds what an earlier trial left. Does not own: knobs of the single groups (cgroup/names.h),
 * workers, waiting for them, and emptying groups of page cache.
 */
#ifndef MT_CGROUP_TREE_H
#define MT_CGROUP_TREE_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/units.h"
#include "cgroup/backend.h"
#include "cgroup/names.h"

#define TREE_DRAIN     "drain"
#define TREE_NAME_SIZE 48

/* "memtrial-<pid>-<n>". Returns buf. */
char *tree_name(char buf[TREE_NAME_SIZE], pid_t pid, unsigned n);
/* The reverse; false for any other name. ret_pid may be NULL. */
bool tree_name_parse(const char *name, pid_t *ret_pid);

/* A group that a plan asks for. */
struct tree_group {
	const char *path; /* relative to the trial: "hog", "parent/child" */
	bool has_workers; /* processes enter it; on v2 such a group has no child groups */
};

struct tree_config {
	enum cg_version version;
	int mount_fd;	   /* directory of the mount that has the memory controller; stays open */
	const char *mount; /* its path, for sentences */
	const char *base;  /* group below the mount to work in; "" is the mount itself */
	bool base_is_own;  /* v2: this process is in base, which is delegated to it */
	const char *name;  /* tree_name() */
	int64_t fuse;	   /* bytes, memory.max of the whole trial; VALUE_MAX: none */
	const struct tree_group *groups; /* each parent before its children */
	size_t n_groups;
	const struct cg_backend *backend; /* NULL: cg_backend_choose() */
	dur_t deadline;			  /* of killing and of removing; 0: 5 s each */
};

/* path is below the mount. */
struct cg_group {
	const char *path;
	int fd; /* its directory */
};

struct cg_tree {
	struct cg_place at;
	const struct cg_backend *backend;
	const char *base, *where; /* below the mount, and with it for sentences */
	struct cg_group root, drain;
	struct cg_group *groups; /* in the order of the config */
	size_t n_groups;
	dur_t deadline;
	int alive_fd;		/* holds the lock that says that the supervisor lives */
	const char *supervisor; /* the leaf that this process moved into; NULL: none */
	bool enabled_base;	/* we enabled the controller in base */
	struct arena arena;
};

/*
 * Whether such groups can be, without touching anything; tree_create() does it too. Returns 0 or
 * -EINVAL with class ERR_USAGE and the sentence, -ENODEV with class ERR_SKIP without a controller.
 */
int tree_check(const struct tree_config *cfg, struct err *err);

/*
 * Make the groups; *t is filled by it and to be given to tree_destroy() after success. One
 * descriptor a group stays open. On failure all is removed again. Errors: class ERR_USAGE for
 * groups that cannot be (the sentence says which), ERR_SKIP where this process may not make groups.
 */
int tree_create(struct cg_tree *t, const struct tree_config *cfg, struct err *err);

/* Directory descriptors, owned by the tree. index is that of the config. */
int tree_group_fd(const struct cg_tree *t, size_t index);
int tree_root_fd(const struct cg_tree *t);
int tree_drain_fd(const struct cg_tree *t);

/*
 * The calling process, which has one thread, enters the group. Async-signal-safe, for the child
 * after fork. Returns 0 or a negative errno.
 */
int tree_enter(int groupfd, enum cg_version v);
/* Move a process with all its threads; what it has charged stays where it is. 0 or a negative
 * errno. */
int tree_move(int groupfd, pid_t pid);

/*
 * Kill every process in the trial's groups, those that a user's command made included, and wait
 * until all groups are empty. Errors: -ETIMEDOUT at the deadline, -EPERM, -EDEADLK when this
 * process is itself in one of the groups.
 */
int tree_kill(struct cg_tree *t, struct err *err);
/*
 * Kill, remove all groups, close the descriptors, free *t. Safe on a zeroed or half-made tree. On
 * error
 * (-EBUSY, -ETIMEDOUT, ...) groups are left for tree_clean(); *t is freed anyway.
 */
int tree_destroy(struct cg_tree *t, struct err *err);

/* Where to look for what earlier trials left. */
struct tree_search {
	struct cg_place at;
	const char *base;		  /* below the mount */
	const struct cg_backend *backend; /* NULL: cg_backend_choose() */
	int proc_fd;			  /* directory of /proc */
	dur_t deadline;			  /* 0: 5 s each for killing and removing */
};

struct tree_leftover {
	const char *path; /* below the mount */
	pid_t pid;	  /* the supervisor that made it */
	bool alive;	  /* it still runs: not a leftover, left alone */
};

/* Returns 0 to go on; another value ends the list and is returned. */
typedef int (*tree_leftover_fn)(const struct tree_leftover *l, void *data);
/*
 * Every trial's group directly in base. A supervisor is alive while it holds a lock on its group,
 * or while its pid is a process named memtrial. Returns 0, what fn returned, or a negative errno.
 */
int tree_list_leftovers(const struct tree_search *s, tree_leftover_fn fn, void *data,
			struct err *err);

struct tree_cleaned {
	size_t groups;	  /* groups removed, subgroups counted */
	size_t processes; /* processes killed */
	size_t alive;	  /* trials that still run and were left alone */
};
/*
 * Kill what is inside and remove. also_alive takes trials with a living supervisor too. Goes on
 * after an error and returns the first one; *ret counts in any case.
 */
int tree_clean(const struct tree_search *s, bool also_alive, struct tree_cleaned *ret,
	       struct err *err);

#endif
