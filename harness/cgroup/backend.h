/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Who makes and removes the directories of groups: libcgroup, or plain mkdirat and unlinkat where
 * libcgroup cannot go (a fake root in tests, a mount that it does not know). Does not own: the
 * files in a group, which are read and written by directory descriptor (libcgroup cuts values at
 * 4096 bytes and translates v1 to v2 wrongly), entering groups (its attach takes 6 ms), and the
 * order.
 */
#ifndef MT_CGROUP_BACKEND_H
#define MT_CGROUP_BACKEND_H

#include "base/err.h"
#include "cgroup/names.h"

/* The mounted hierarchy that has the memory controller. */
struct cg_place {
	enum cg_version version;
	int mount_fd;	   /* directory of the mount */
	const char *mount; /* its path, for sentences */
};

struct cg_backend {
	const char *name;
	/* Whether this backend can work there. Returns 0 or a negative errno with its sentence. */
	int (*init)(const struct cg_place *at, struct err *err);
	/* Make one group; its parent exists. path is below the mount. -EEXIST when it is there. */
	int (*create)(const struct cg_place *at, const char *path);
	/* Remove one group. 0 also when there is none; -EBUSY: it has processes or children. */
	int (*remove)(const struct cg_place *at, const char *path);
};

extern const struct cg_backend cg_backend_libcgroup;
extern const struct cg_backend cg_backend_dir;

/* libcgroup where it can work, else plain directories. */
const struct cg_backend *cg_backend_choose(const struct cg_place *at);

#endif
