/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cgroup/alive.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/io.h"

/* A group's file that nobody opens otherwise: closing it would give up the lock. */
static const char *lock_file(enum cg_version v)
{
	return v == CG_V1 ? "cgroup.clone_children" : "cgroup.max.depth";
}

/*
 * A POSIX lock belongs to the process alone: children do not inherit it, the kernel drops it
 * however the process ends, and it is seen from other pid namespaces, where a pid says nothing.
 */
int alive_mark(int groupfd, enum cg_version v)
{
	struct flock lock = {.l_type = F_RDLCK, .l_whence = SEEK_SET};
	_cleanup_close_ int fd = file_open(groupfd, lock_file(v));

	if (fd < 0 || fcntl(fd, F_SETLK, &lock) < 0)
		return -1;
	return take_fd(&fd);
}

static bool is_marked(int groupfd, enum cg_version v)
{
	struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
	_cleanup_close_ int fd = file_open(groupfd, lock_file(v));

	return fd >= 0 && fcntl(fd, F_GETLK, &lock) == 0 && lock.l_type != F_UNLCK;
}

/* A zombie is dead, whoever forgot to wait for it. */
static bool is_memtrial(int proc_fd, pid_t pid)
{
	char path[32], stat[512];
	const char *state;

	snprintf(path, sizeof(path), "%d/stat", (int)pid);
	if (file_read(proc_fd, path, stat, sizeof(stat)) <= 0)
		return false;
	state = strrchr(stat, ')');
	return state && strstr(stat, "(memtrial)") && state[1] == ' ' && state[2] != 'Z' &&
	       state[2] != 'X';
}

bool alive_check(int groupfd, enum cg_version v, int proc_fd, pid_t pid)
{
	/* Opening our own lock file here would drop our lock: ask for the pid first. */
	return pid == getpid() || is_memtrial(proc_fd, pid) || is_marked(groupfd, v);
}
