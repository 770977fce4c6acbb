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

int disk_name(int fd, char ret[DISK_NAME_SIZE])
{
	static const char key[] = "DEVNAME=";
	char path[64], text[512], *name, *end;
	struct stat st;
	ssize_t n;

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
	if (end - name >= DISK_NAME_SIZE)
		return -ENAMETOOLONG;
	*(char *)mempcpy(ret, name, (size_t)(end - name)) = 0;
	return 0;
}
