/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/disk.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "base/cleanup.h"
#include "base/io.h"

int disk_path(int fd, char ret[DISK_PATH_SIZE])
{
	static const char key[] = "DEVNAME=";
	char path[64], text[512], *name, *end;
	struct stat st;
	ssize_t n;

	ret[0] = 0;
	if (fstat(fd, &st) < 0)
		return -errno;
	if (major(st.st_dev) == 0) /* fs/super.c:get_anon_bdev() */
		return -ENOTBLK;
	snprintf(path, sizeof(path), "/sys/dev/block/%u:%u/uevent", major(st.st_dev),
		 minor(st.st_dev));
	n = file_read(AT_FDCWD, path, text, sizeof(text));
	if (n < 0)
		return (int)n;
	name = strstr(text, key);
	if (!name)
		return -ENODEV;
	name += strlen(key);
	end = strchrnul(name, '\n');
	*end = 0;
	if (snprintf(ret, DISK_PATH_SIZE, "/dev/%s", name) >= DISK_PATH_SIZE)
		return -ENAMETOOLONG;
	return 0;
}

int disk_open(int fd, char ret[DISK_PATH_SIZE])
{
	int r = disk_path(fd, ret), disk;

	if (r < 0)
		return r;
	disk = open(ret, O_RDONLY | O_CLOEXEC);
	return disk < 0 ? -errno : disk;
}
