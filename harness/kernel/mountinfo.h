/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * /proc/self/mountinfo (Documentation/filesystems/proc.rst 3.5): what is mounted where. Owns the
 * parser only; nothing is mounted or opened here.
 */
#ifndef MT_KERNEL_MOUNTINFO_H
#define MT_KERNEL_MOUNTINFO_H

#include <stdbool.h>
#include <stddef.h>

#include "kernel/lines.h"

struct mount {
	char root[256];	   /* which directory of the file system is seen there; "/" for the whole */
	char point[256];   /* where, from the root directory */
	char type[32];	   /* "cgroup2" */
	char options[512]; /* of the file system: "rw,memory" */
	bool read_only;	   /* this mount, or the whole file system */
};

/*
 * The next mount, for loops: rest starts as the whole text. Returns 1, 0 at the end, -EINVAL for a
 * malformed line (rest is behind it), -ENAMETOOLONG for one whose paths do not fit (likewise).
 * Options are cut without a word: overlay mounts have thousands of characters.
 */
int mountinfo_next(struct span *rest, struct mount *ret);

/*
 * The first mount of a type, of those whose file system has an option (NULL: any), for instance
 * "cgroup" with "memory". Malformed lines are passed over. Returns 0 or -ENOENT.
 */
int mountinfo_find(const char *text, size_t len, const char *type, const char *option,
		   struct mount *ret);

/*
 * The mount that an absolute path lies on: the one with the longest point, the latest of those.
 * Returns 0 or -ENOENT.
 */
int mountinfo_covering(const char *text, size_t len, const char *path, struct mount *ret);

bool mount_has_option(const struct mount *m, const char *option);

#endif
