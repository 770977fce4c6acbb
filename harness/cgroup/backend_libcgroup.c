/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The only file that knows libcgroup (2.0.2). */
#include "cgroup/backend.h"

#include <errno.h>
#include <fcntl.h>
#include <libcgroup.h>
#include <limits.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"

#define CONTROLLER "memory"

static void free_group(struct cgroup **g)
{
	if (*g)
		cgroup_free(g);
}

/* libcgroup talks to stderr by default; what went wrong is in its return values. */
static void no_log(void *data, int level, const char *fmt, va_list ap)
{
	(void)data;
	(void)level;
	(void)fmt;
	(void)ap;
}

static bool same_dir(int fd, const char *path)
{
	struct stat ours, theirs;

	return fstat(fd, &ours) == 0 && stat(path, &theirs) == 0 && ours.st_dev == theirs.st_dev &&
	       ours.st_ino == theirs.st_ino;
}

static int lib_init(const struct cg_place *at, struct err *err)
{
	_cleanup_free_ char *mount = NULL;
	int r;

	cgroup_set_logger(no_log, CGROUP_LOG_ERROR, NULL);
	r = cgroup_init();
	if (r == 0)
		r = cgroup_get_subsys_mount_point(CONTROLLER, &mount);
	if (r != 0)
		return err_set(err, -ENODEV, "libcgroup finds no memory controller: %s",
			       cgroup_strerror(r));
	if (!same_dir(at->mount_fd, mount))
		return err_set(err, -EXDEV, "libcgroup uses the memory controller at %s, not at %s",
			       mount, at->mount);
	return 0;
}

static bool exists(const struct cg_place *at, const char *path)
{
	return faccessat(at->mount_fd, path, F_OK, 0) == 0;
}

static struct cgroup *group_of(const char *path)
{
	_cleanup_(free_group) struct cgroup *g = NULL;
	char name[PATH_MAX];

	if (snprintf(name, sizeof(name), "/%s", path) >= (int)sizeof(name))
		return NULL;
	g = cgroup_new_cgroup(name);
	if (!g || !cgroup_add_controller(g, CONTROLLER))
		return NULL;
	return take_ptr(g);
}

/*
 * libcgroup makes no difference between a group that it made and one that was there, and its codes
 * lose the errno. On v2 it writes cgroup.subtree_control in every group from the mount down
 * (cgroupv2_subtree_control_recursive() in its api.c), which a user may not do above a delegated
 * group, and without a controller it makes nothing and reports success. So what it refuses is tried
 * as a plain directory, which has the last word and the true errno.
 */
static int lib_create(const struct cg_place *at, const char *path)
{
	_cleanup_(free_group) struct cgroup *g = NULL;

	if (exists(at, path))
		return -EEXIST;
	g = group_of(path);
	if (!g)
		return -ENOMEM;
	if (cgroup_create_cgroup(g, 1) == 0 && exists(at, path))
		return 0;
	return cg_backend_dir.create(at, path);
}

/*
 * EMPTY_ONLY is one rmdir; without it libcgroup first moves each process to the parent group, out
 * of the fuse. With it a busy group is reported as removed (cgroup_delete_cgroup_ext() drops
 * ECGNONEMPTY): look, and ask again for the errno.
 */
static int lib_remove(const struct cg_place *at, const char *path)
{
	_cleanup_(free_group) struct cgroup *g = group_of(path);

	if (!g)
		return -ENOMEM;
	cgroup_delete_cgroup_ext(g, CGFLAG_DELETE_EMPTY_ONLY);
	return exists(at, path) ? cg_backend_dir.remove(at, path) : 0;
}

const struct cg_backend cg_backend_libcgroup = {
	.name = "libcgroup",
	.init = lib_init,
	.create = lib_create,
	.remove = lib_remove,
};
