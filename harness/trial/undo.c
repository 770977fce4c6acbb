/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/swap.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/io.h"
#include "cgroup/tree.h"
#include "trial/leftovers.h"
#include "trial/undo.h"

/* How a root is told in a journal. Lines without a prefix are of /proc/sys, as they always were. */
static const struct {
	const char *prefix, *shown;
} kinds[CHANGE_COUNT] = {
	[CHANGE_SYSCTL] = {"", "/proc/sys/"},
	[CHANGE_SYS] = {"sys:", "/sys/"},
	[CHANGE_DEBUGFS] = {"debugfs:", "debugfs "},
	[CHANGE_SWAP] = {"swap:", "swap on "},
};

void undo_roots_open(struct undo_roots *r, const struct roots *roots, const char *debugfs)
{
	*r = (struct undo_roots){.fd = {[CHANGE_SWAP] = -1}};
	r->fd[CHANGE_SYSCTL] = dir_open(roots->proc, "sys");
	r->fd[CHANGE_SYS] = roots->sys < 0 ? -1 : dir_open(roots->sys, ".");
	r->fd[CHANGE_DEBUGFS] = debugfs[0] ? roots_dir(roots, debugfs) : -1;
}

void undo_roots_close(struct undo_roots *r)
{
	for (int i = 0; i < CHANGE_COUNT; i++)
		close_fd(&r->fd[i]);
}

int undo_open(struct undo *u, const struct roots *roots, const char *debugfs, const char *dir,
	      const char *id, struct err *err)
{
	*u = (struct undo){.journal_fd = -1};
	undo_roots_open(&u->roots, roots, debugfs);
	if (!dir)
		return 0;
	if (mkdir(dir, 0755) < 0 && errno != EEXIST)
		return 0; /* undo_change() will say so, should anybody need the journal */
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
	char line[sizeof(e->path) + sizeof(e->old) + 16];
	int n = snprintf(line, sizeof(line), "%s%s\t%s\n", kinds[e->root].prefix, e->path, e->old),
	    r;

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

static bool known(const struct undo *u, enum change_root root, const char *path)
{
	for (int i = 0; i < u->n; i++)
		if (u->entries[i].root == root && !strcmp(u->entries[i].path, path))
			return true;
	return false;
}

/*
 * Files that do something when they are written and hold no state that could be put back: mode 0200
 * (mm/compaction.c:vm_compaction[], kernel/sysctl.c:vm_table[]).
 */
static const char *const triggers[] = {"vm/compact_memory", "vm/drop_caches"};

static bool is_trigger(const char *path)
{
	for (size_t i = 0; i < ARRAY_SIZE(triggers); i++)
		if (!strcmp(triggers[i], path))
			return true;
	return false;
}

/* A new entry for what is about to change; NULL with a sentence when there is no room. */
static struct undo_entry *new_entry(struct undo *u, enum change_root root, const char *path,
				    struct err *err)
{
	struct undo_entry *e = &u->entries[u->n];

	if (u->n == UNDO_MAX) {
		err_set(err, -ENOSPC, "more than %d changes of the machine in one trial", UNDO_MAX);
		return NULL;
	}
	*e = (struct undo_entry){.root = root, .owner = u->owner};
	snprintf(e->path, sizeof(e->path), "%s", path);
	return e;
}

static int note_old(struct undo *u, enum change_root root, const char *path, struct err *err)
{
	struct undo_entry *e = new_entry(u, root, path, err);
	ssize_t len;
	int r;

	if (!e)
		return -ENOSPC;
	len = file_read(u->roots.fd[root], path, e->old, sizeof(e->old));
	if (len < 0)
		return err_errno(err, (int)len, "cannot read %s%s", kinds[root].shown, path);
	e->old[strcspn(e->old, "\n")] = '\0';
	r = write_down(u, e, err);
	u->n += r == 0;
	return r;
}

int undo_change(struct undo *u, enum change_root root, const char *path, const char *value,
		struct err *err)
{
	bool noted = known(u, root, path) || (root == CHANGE_SYSCTL && is_trigger(path));
	int r = noted ? 0 : note_old(u, root, path, err);

	if (r < 0)
		return r;
	r = file_write(u->roots.fd[root], path, value);
	return r < 0 ? err_errno(err, r, "cannot write %s to %s%s", value, kinds[root].shown, path)
		     : 0;
}

int undo_sysctl(struct undo *u, const char *path, const char *value, struct err *err)
{
	return undo_change(u, CHANGE_SYSCTL, path, value, err);
}

int undo_swapoff(struct undo *u, const char *area, int priority, struct err *err)
{
	struct undo_entry *e = new_entry(u, CHANGE_SWAP, area, err);
	int r;

	if (!e)
		return -ENOSPC;
	snprintf(e->old, sizeof(e->old), "%d", priority);
	r = write_down(u, e, err);
	if (r < 0)
		return r;
	u->n++;
	return swapoff(area) < 0 ? err_errno(err, -errno, "cannot switch %s off", area) : 0;
}

/* A negative priority is one that the kernel chose, and chooses again (mm/swapfile.c). */
static int swap_on(const char *area, int priority)
{
	int flags = priority < 0 ? 0 : SWAP_FLAG_PREFER | (priority & SWAP_FLAG_PRIO_MASK);

	return swapon(area, flags) < 0 && errno != EBUSY ? -errno : 0;
}

static int put_back(const struct undo_roots *roots, enum change_root root, const char *path,
		    const char *old)
{
	return root == CHANGE_SWAP ? swap_on(path, atoi(old))
				   : file_write(roots->fd[root], path, old);
}

/* Take back entry i and forget it. */
static int take_back(struct undo *u, int i, struct err *err)
{
	const struct undo_entry *e = &u->entries[i];
	int r = put_back(&u->roots, e->root, e->path, e->old);

	if (r < 0)
		err_errno(err, r, "cannot put %s%s back to %s", kinds[e->root].shown, e->path,
			  e->old);
	memmove(&u->entries[i], &u->entries[i + 1], (size_t)(u->n - i - 1) * sizeof(u->entries[0]));
	u->n--;
	return r;
}

int undo_of(struct undo *u, int owner, struct err *err)
{
	int first = 0;

	for (int i = u->n; i-- > 0;)
		if (u->entries[i].owner == owner) {
			int r = take_back(u, i, err);

			first = first ? first : MIN(r, 0);
		}
	return first;
}

int undo_all(struct undo *u, struct err *err)
{
	int first = 0;

	while (u->n > 0) {
		int r = take_back(u, u->n - 1, err);

		first = first ? first : MIN(r, 0);
	}
	if (u->journal_fd >= 0) {
		close_fd(&u->journal_fd);
		if (!first)
			unlink(u->journal);
	}
	undo_roots_close(&u->roots);
	return first;
}

/* Which root a line is of, and where its path begins. */
static enum change_root root_of(const char **path)
{
	for (int i = 1; i < CHANGE_COUNT; i++) {
		size_t len = strlen(kinds[i].prefix);

		if (strncmp(*path, kinds[i].prefix, len))
			continue;
		*path += len;
		return (enum change_root)i;
	}
	return CHANGE_SYSCTL;
}

/* Oldest value of each path is the machine's own: put lines back from last to first. */
static int restore_text(const struct undo_roots *roots, char *text, struct err *err)
{
	int restored = 0, first = 0;

	for (char *line; (line = strrchr(text, '\n'));) {
		const char *path;
		char *start, *tab;
		enum change_root root;

		*line = '\0';
		start = strrchr(text, '\n');
		start = start ? start + 1 : text;
		tab = strchr(start, '\t');
		if (!tab || strstr(start, ".."))
			continue;
		*tab = '\0';
		path = start;
		root = root_of(&path);
		int r = put_back(roots, root, path, tab + 1);

		if (r < 0 && !first)
			first = err_errno(err, r, "cannot put %s%s back", kinds[root].shown, path);
		restored += r == 0;
	}
	return first ? first : restored;
}

/* One journal: what it says, then it goes. Returns how many values were restored. */
static int restore_journal(int dir_fd, const char *name, const struct undo_roots *roots,
			   struct err *err)
{
	_cleanup_free_ char *text = NULL;
	size_t len;
	int r = file_read_alloc(dir_fd, name, &text, &len);

	if (r < 0)
		return err_errno(err, r, "cannot read the undo journal %s", name);
	r = restore_text(roots, text, err);
	if (r >= 0)
		unlinkat(dir_fd, name, 0);
	return r < 0 ? err_prefix(err, "%s", name) : r;
}

int undo_by_journal(struct undo *u, struct err *err)
{
	int r = 0;

	if (u->journal[0] && access(u->journal, F_OK) == 0)
		r = restore_journal(AT_FDCWD, u->journal, &u->roots, err);
	undo_roots_close(&u->roots);
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

int undo_leftovers(const struct roots *roots, const char *debugfs, const char *dir, struct err *err)
{
	_cleanup_closedir_ DIR *d = opendir(dir);
	struct undo_roots to;
	int total = 0, first = 0;
	pid_t pid;

	if (!d)
		return errno == ENOENT ? 0 : err_errno(err, -errno, "cannot look into %s", dir);
	undo_roots_open(&to, roots, debugfs);
	for (struct dirent *e; (e = readdir(d));) {
		_cleanup_close_ int lock = -1;
		int r;

		if (!is_journal(e->d_name, &pid))
			continue;
		lock = lock_of_the_dead(roots->proc, pid, dirfd(d), e->d_name);
		if (lock < 0)
			continue;
		r = restore_journal(dirfd(d), e->d_name, &to, err);
		first = first ? first : MIN(r, 0);
		total += MAX(r, 0);
	}
	undo_roots_close(&to);
	return first ? first : total;
}
