/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "gate/disk.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "gate/tool.h"

int disk_make(int64_t size, struct err *err)
{
	const char *dir = getenv("TMPDIR");
	_cleanup_close_ int fd = -1;
	char path[4096];

	dir = dir && dir[0] ? dir : "/var/tmp";
	fd = open(dir, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	if (fd < 0) {
		snprintf(path, sizeof(path), "%s/memtrial-disk-XXXXXX", dir);
		fd = mkostemp(path, O_CLOEXEC);
		if (fd >= 0)
			unlink(path);
	}
	if (fd < 0)
		return err_errno(err, -errno, "cannot make a disk file in %s", dir);
	if (ftruncate(fd, size) < 0)
		return err_errno(err, -errno, "cannot make a disk of %lld bytes in %s",
				 (long long)size, dir);
	return take_fd(&fd);
}

int disk_ext4(int fd, struct err *err)
{
	char path[64];

	/* By the supervisor's number: the tool does not inherit the descriptor. */
	snprintf(path, sizeof(path), "/proc/%d/fd/%d", (int)getpid(), fd);
	return tool_run((const char *const[]){"mke2fs", "-q", "-F", "-t", "ext4", "-m", "0", "-E",
					      "lazy_itable_init=1,lazy_journal_init=1,nodiscard",
					      path, NULL},
			msec(60000), NULL, NULL, err);
}

int disk_swap_header(int fd, int64_t size, int64_t page, struct err *err)
{
	/* At 1024: version, last_page, nr_badpages, a UUID and a label, which may be empty. */
	uint32_t info[3] = {1, (uint32_t)(size / page - 1), 0};

	if (size < SWAP_MIN || size / page > UINT32_MAX)
		return err_set(err, -ERANGE, "swap space of %lld bytes cannot be made",
			       (long long)size);
	if (pwrite(fd, info, sizeof(info), 1024) != sizeof(info) ||
	    pwrite(fd, "SWAPSPACE2", 10, page - 10) != 10)
		return err_errno(err, errno ? -errno : -EIO, "cannot write the swap header");
	return 0;
}
