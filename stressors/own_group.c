/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "own_group.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "base/io.h"

/* "0::/path" on v2, "4:memory:/path" on v1, each at its usual mount. */
int own_group_open(void)
{
	char text[4096], path[4096 + 32], *line, *save = NULL;
	ssize_t n = file_read(AT_FDCWD, "/proc/self/cgroup", text, sizeof(text));
	int fd = -1;

	if (n < 0)
		return (int)n;
	for (line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		const char *v1 = strstr(line, ":memory:");

		if (v1)
			snprintf(path, sizeof(path), "/sys/fs/cgroup/memory%s", v1 + 8);
		else if (!strncmp(line, "0::", 3))
			snprintf(path, sizeof(path), "/sys/fs/cgroup%s", line + 3);
		else
			continue;
		fd = dir_open(AT_FDCWD, path);
		if (fd >= 0 || v1)
			break;
	}
	return fd < 0 ? -ENOENT : fd;
}
