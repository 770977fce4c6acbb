/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/disk.h"

/* /proc lies on no disk, and a descriptor that is none on nothing. */
Test(disk, none)
{
	_cleanup_close_ int fd = open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	char name[DISK_NAME_SIZE];

	cr_assert_eq(disk_name(fd, name), -ENOTBLK);
	cr_assert_eq(disk_name(-1, name), -EBADF);
}

/* Wherever the root has a disk, its name is one that the kernel knows. */
Test(disk, of_the_root)
{
	_cleanup_close_ int fd = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	char name[DISK_NAME_SIZE], path[DISK_NAME_SIZE + 32];
	int r = disk_name(fd, name);

	if (r < 0) {
		cr_assert_eq(r, -ENOTBLK);
		return;
	}
	snprintf(path, sizeof(path), "/sys/class/block/%s", name);
	cr_assert_eq(access(path, F_OK), 0, "%s", path);
}
