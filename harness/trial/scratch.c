/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/io.h"
#include "cgroup/tree.h"
#include "trial/leftovers.h"
#include "trial/scratch.h"
#include "trial/trial_state.h"

int scratch_make(struct trial *t, struct err *err)
{
	_cleanup_close_ int parent = -1;

	t->scratch_fd = -1;
	if (!t->plan->uses_scratch)
		return 0;
	parent = dir_open(AT_FDCWD, t->config->scratch);
	if (parent < 0)
		return err_errno(err, parent, "cannot open the scratch directory %s",
				 t->config->scratch);
	snprintf(t->scratch_name, sizeof(t->scratch_name), "%s", t->rec->id);
	if (mkdirat(parent, t->scratch_name, 0700) < 0)
		return err_errno(err, -errno,
				 "cannot make %s/%s; name a writable directory with --scratch DIR",
				 t->config->scratch, t->scratch_name);
	t->scratch_fd = dir_open(parent, t->scratch_name);
	if (t->scratch_fd < 0)
		return err_errno(err, t->scratch_fd, "cannot open %s/%s", t->config->scratch,
				 t->scratch_name);
	/* A file system without locks leaves the pid alone to tell a leftover. */
	flock(t->scratch_fd, LOCK_EX | LOCK_NB);
	return 0;
}

int scratch_worker(struct trial *t, const char *stressor, int index, struct err *err)
{
	char name[96];
	int fd;

	snprintf(name, sizeof(name), "%s.%d", stressor, index);
	if (mkdirat(t->scratch_fd, name, 0700) < 0)
		return err_errno(err, -errno, "cannot make %s in the scratch directory", name);
	fd = dir_open(t->scratch_fd, name);
	return fd < 0 ? err_errno(err, fd, "cannot open %s in the scratch directory", name) : fd;
}

/* All below and including parent/name; what cannot be removed stays for `clean`. */
static void remove_tree(int parent, const char *name)
{
	int fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	_cleanup_closedir_ DIR *d = fd >= 0 ? fdopendir(fd) : NULL;

	for (struct dirent *e; d && (e = readdir(d));) {
		if (!strcmp(e->d_name, ".") || !strcmp(e->d_name, ".."))
			continue;
		if (unlinkat(fd, e->d_name, 0) < 0 && (errno == EISDIR || errno == EPERM))
			remove_tree(fd, e->d_name);
	}
	unlinkat(parent, name, AT_REMOVEDIR);
}

void scratch_remove(struct trial *t)
{
	_cleanup_close_ int parent = -1;

	if (!t->scratch_name[0])
		return;
	close_fd(&t->scratch_fd);
	parent = dir_open(AT_FDCWD, t->config->scratch);
	if (parent >= 0)
		remove_tree(parent, t->scratch_name);
	t->scratch_name[0] = '\0';
}

int scratch_leftovers(int proc_fd, const char *dir)
{
	_cleanup_closedir_ DIR *d = opendir(dir);
	int n = 0;
	pid_t pid;

	for (struct dirent *e; d && (e = readdir(d));) {
		_cleanup_close_ int lock = -1;

		if (!tree_name_parse(e->d_name, &pid))
			continue;
		lock = lock_of_the_dead(proc_fd, pid, dirfd(d), e->d_name);
		if (lock < 0)
			continue;
		remove_tree(dirfd(d), e->d_name);
		n += faccessat(dirfd(d), e->d_name, F_OK, AT_SYMLINK_NOFOLLOW) < 0;
	}
	return n;
}
