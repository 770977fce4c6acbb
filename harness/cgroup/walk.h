/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * All groups below one, whoever made them, children first.
 */
#ifndef MT_CGROUP_WALK_H
#define MT_CGROUP_WALK_H

#include <limits.h>
#include <stdbool.h>

#include "base/units.h"

/* fd is the group's directory, path where it is below the mount. A result other than 0 ends the
 * walk. */
typedef int (*walk_fn)(int fd, const char *path, void *data);

/*
 * Call fn for every group below and including path (below the mount at mount_fd), children before
 * their parent. Groups that vanish meanwhile are skipped. Returns 0, what fn returned, or a
 * negative errno (-ENOENT when path itself is not there, -ELOOP below 64 levels, -ENAMETOOLONG).
 */
int walk_groups(int mount_fd, const char *path, walk_fn fn, void *data);
/* Call fn for the groups directly below path, without going deeper; path is then their name alone.
 */
int walk_children(int mount_fd, const char *path, walk_fn fn, void *data);

/* Back-off of a wait that has a deadline: 0.2 ms, doubled up to 20 ms. */
struct backoff {
	int64_t deadline_ns;
	int64_t nap_ns;
};
struct backoff backoff_start(dur_t limit);
/* Sleep a while. False once the deadline has passed. */
bool backoff_nap(struct backoff *b);

#endif
