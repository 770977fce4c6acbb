/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/disk.h"

/* /proc lies on no disk, and a descriptor that is none on nothing. */
Test(disk, none)
{
	_cleanup_close_ int fd = open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	char path[DISK_PATH_SIZE];

	cr_assert_eq(disk_path(fd, path), -ENOTBLK);
	cr_assert_eq(disk_path(-1, path), -EBADF);
}

/* Wherever the root has a disk, its name is one that the kernel knows. */
Test(disk, of_the_root)
{
	_cleanup_close_ int fd = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	char path[DISK_PATH_SIZE], sys[DISK_PATH_SIZE + 32];
	int r = disk_path(fd, path);

	if (r < 0) {
		cr_assert_eq(r, -ENOTBLK);
		return;
	}
	snprintf(sys, sizeof(sys), "/sys/class/block/%s", strrchr(path, '/') + 1);
	cr_assert_eq(access(sys, F_OK), 0, "%s", sys);
}
