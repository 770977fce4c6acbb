/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whether the disk that the files of a trial lie on may be read by itself. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/disk.h"
#include "kernel/probe_parts.h"

static bool has_disk(const char *dir, why_t *why)
{
	_cleanup_close_ int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	char path[DISK_PATH_SIZE] = "";
	_cleanup_close_ int disk = fd < 0 ? -errno : disk_open(fd, path);

	return disk >= 0 || probe_no(why, "the disk below %.60s cannot be read (%s%s%s)", dir, path,
				     path[0] ? ": " : "", strerror(-disk));
}

/* Of the directory for files without --scratch; see probe_scratch(). */
bool need_disk(const struct probe *p, const struct machine *m, why_t *why)
{
	(void)m;
	if (p->roots->fake)
		return probe_no(why, "a captured machine does not say what its files lie on");
	return has_disk(SCRATCH_DEFAULT, why);
}

void probe_scratch(struct machine *m, const char *dir)
{
	why_t *why = &m->why_not[NEED_INDEX_DISK];

	*why[0] = 0;
	m->has &= ~NEED_DISK;
	if (has_disk(dir, why))
		m->has |= NEED_DISK;
}
