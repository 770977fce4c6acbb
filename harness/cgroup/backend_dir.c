/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cgroup/backend.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

static int dir_init(const struct cg_place *at, struct err *err)
{
	struct stat st;

	if (fstat(at->mount_fd, &st) < 0)
		return err_errno(err, -errno, "cannot use %s", at->mount);
	return 0;
}

static int dir_create(const struct cg_place *at, const char *path)
{
	return mkdirat(at->mount_fd, path, 0755) < 0 ? -errno : 0;
}

static int dir_remove(const struct cg_place *at, const char *path)
{
	if (unlinkat(at->mount_fd, path, AT_REMOVEDIR) == 0 || errno == ENOENT)
		return 0;
	return errno == ENOTEMPTY ? -EBUSY : -errno;
}

const struct cg_backend cg_backend_dir = {
	.name = "directories",
	.init = dir_init,
	.create = dir_create,
	.remove = dir_remove,
};

const struct cg_backend *cg_backend_choose(const struct cg_place *at)
{
	struct err unused = {0};

	if (cg_backend_libcgroup.init(at, &unused) == 0)
		return &cg_backend_libcgroup;
	return &cg_backend_dir;
}
