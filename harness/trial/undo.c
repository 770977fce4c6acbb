/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/io.h"
#include "cgroup/tree.h"
#include "trial/leftovers.h"
#include "trial/undo.h"

int undo_open(struct undo *u, int proc_fd, const char *dir, const char *id, struct err *err)
{
	*u = (struct undo){.sysctl_fd = -1, .journal_fd = -1};
	u->sysctl_fd = dir_open(proc_fd, "sys");
	if (!dir)
		return 0;
	if (mkdir(dir, 0755) < 0 && errno != EEXIST)
		return 0; /* undo_sysctl() will say so, should anybody need the journal */
	if (snprintf(u->journal, sizeof(u->journal), "%s/%s" UNDO_SUFFIX, dir, id) >=
	    (int)sizeof(u->journal))
		return err_set(err, -ENAMETOOLONG, "%s: path too long", dir);
	return 0;
}

/*
 * Made and locked under another name first, so that undo_leftovers() never sees one of a living
 * supervisor without its lock. A leftover of the same name is not written over.
 */
static int make_journal(const char *path)
{
	_cleanup_close_ int fd = -1;
	char fresh[300];

	snprintf(fresh, sizeof(fresh), "%s.new", path);
	unlink(fresh);
	fd = open(fresh, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0)
		return -errno;
	if (flock(fd, LOCK_EX | LOCK_NB) < 0 ||
	    renameat2(AT_FDCWD, fresh, AT_FDCWD, path, RENAME_NOREPLACE) < 0) {
		int r = -errno;

		unlink(fresh);
		return r;
	}
	return take_fd(&fd);
}

/* "path\told\n", on disk before the change is made. */
static int write_down(struct undo *u, const struct undo_entry *e, struct err *err)
{
	char line[sizeof(e->path) + sizeof(e->old) + 4];
	int n = snprintf(line, sizeof(line), "%s\t%s\n", e->path, e->old), r;

	if (u->journal_fd < 0 && u->journal[0])
		u->journal_fd = make_journal(u->journal);
	if (u->journal_fd < 0)
		return err_set(err, -EROFS, "%s is not changed: no undo journal could be made (%s)",
			       e->path, u->journal[0] ? u->journal : "no state directory");
	r = write_all(u->journal_fd, line, (size_t)n);
	if (r == 0 && fsync(u->journal_fd) < 0 && errno != EINVAL)
		r = -errno;
	return r < 0 ? err_errno(err, r, "cannot write %s", u->journal) : 0;
}

static bool known(const struct undo *u, const char *path)
{
	for (int i = 0; i < u->n; i++)
		if (!strcmp(u->entries[i].path, path))
			return true;
	return false;
}

int undo_sysctl(struct undo *u, const char *path, const char *value, struct err *err)
{
	struct undo_entry *e = &u->entries[u->n];
	ssize_t len;
	int r;

	if (!known(u, path)) {
		if (u->n == UNDO_MAX)
			return err_set(err, -ENOSPC, "more than %d sysctls in one trial", UNDO_MAX);
		snprintf(e->path, sizeof(e->path), "%s", path);
		len = file_read(u->sysctl_fd, path, e->old, sizeof(e->old));
		if (len < 0)
			return err_errno(err, (int)len, "cannot read /proc/sys/%s", path);
		e->old[strcspn(e->old, "\n")] = '\0';
		r = write_down(u, e, err);
		if (r < 0)
			return r;
		u->n++;
	}
	r = file_write(u->sysctl_fd, path, value);
	return r < 0 ? err_errno(err, r, "cannot write %s to /proc/sys/%s", value, path) : 0;
}

int undo_all(struct undo *u, struct err *err)
{
	int first = 0;

	while (u->n > 0) {
		const struct undo_entry *e = &u->entries[--u->n];
		int r = file_write(u->sysctl_fd, e->path, e->old);

		if (r < 0 && !first)
			first = err_errno(err, r, "cannot put /proc/sys/%s back to %s", e->path,
					  e->old);
	}
	if (u->journal_fd >= 0) {
		close_fd(&u->journal_fd);
		if (!first)
			unlink(u->journal);
	}
	close_fd(&u->sysctl_fd);
	return first;
}

/* Oldest value of each path is the machine's own: put lines back from last to first. */
static int restore_text(int sysctl_fd, char *text, struct err *err)
{
	int restored = 0, first = 0;

	for (char *line; (line = strrchr(text, '\n'));) {
		char *start, *tab;

		*line = '\0';
		start = strrchr(text, '\n');
		start = start ? start + 1 : text;
		tab = strchr(start, '\t');
		if (!tab || strstr(start, ".."))
			continue;
		*tab = '\0';
		int r = file_write(sysctl_fd, start, tab + 1);

		if (r < 0 && !first)
			first = err_errno(err, r, "cannot put /proc/sys/%s back", start);
		restored += r == 0;
	}
	return first ? first : restored;
}

/* One journal: what it says, then it goes. Returns how many values were restored. */
static int restore_journal(int dir_fd, const char *name, int sysctl_fd, struct err *err)
{
	_cleanup_free_ char *text = NULL;
	size_t len;
	int r = file_read_alloc(dir_fd, name, &text, &len);

	if (r < 0)
		return err_errno(err, r, "cannot read the undo journal %s", name);
	r = restore_text(sysctl_fd, text, err);
	if (r >= 0)
		unlinkat(dir_fd, name, 0);
	return r < 0 ? err_prefix(err, "%s", name) : r;
}

int undo_by_journal(struct undo *u, struct err *err)
{
	int r = 0;

	if (u->journal[0] && access(u->journal, F_OK) == 0)
		r = restore_journal(AT_FDCWD, u->journal, u->sysctl_fd, err);
	close_fd(&u->sysctl_fd);
	return r;
}

static bool is_journal(const char *name, pid_t *ret_pid)
{
	size_t len = strlen(name), end = strlen(UNDO_SUFFIX);
	char id[64];

	if (len <= end || len - end >= sizeof(id) || strcmp(name + len - end, UNDO_SUFFIX))
		return false;
	snprintf(id, sizeof(id), "%.*s", (int)(len - end), name);
	return tree_name_parse(id, ret_pid);
}

int undo_leftovers(int proc_fd, const char *dir, struct err *err)
{
	_cleanup_closedir_ DIR *d = opendir(dir);
	_cleanup_close_ int sysctl_fd = dir_open(proc_fd, "sys");
	int total = 0, first = 0;
	pid_t pid;

	if (!d)
		return errno == ENOENT ? 0 : err_errno(err, -errno, "cannot look into %s", dir);
	for (struct dirent *e; (e = readdir(d));) {
		_cleanup_close_ int lock = -1;
		int r;

		if (!is_journal(e->d_name, &pid))
			continue;
		lock = lock_of_the_dead(proc_fd, pid, dirfd(d), e->d_name);
		if (lock < 0)
			continue;
		r = restore_journal(dirfd(d), e->d_name, sysctl_fd, err);
		first = first ? first : MIN(r, 0);
		total += MAX(r, 0);
	}
	return first ? first : total;
}
