/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cgroup/end.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/io.h"
#include "cgroup/walk.h"

struct killing {
	pid_t self;
	size_t found;
	struct err *err;
};

static int kill_one(struct killing *k, const char *path, pid_t pid)
{
	/* 0 stands for a process that this pid namespace cannot name, and kill(0) is our own group.
	 */
	if (pid <= 1)
		return err_set(k->err, -EPERM,
			       "group %s has a process of another pid namespace, which cannot be "
			       "killed from here",
			       path);
	if (pid == k->self)
		return err_set(k->err, -EDEADLK, "group %s has memtrial itself in it", path);
	k->found++;
	if (kill(pid, SIGKILL) < 0 && errno != ESRCH)
		return err_errno(k->err, -errno, "cannot kill process %d in group %s", (int)pid,
				 path);
	return 0;
}

/* Read by pieces: a group may have more processes than any buffer holds, and nothing is allocated.
 */
static int kill_group(int fd, const char *path, void *data)
{
	_cleanup_close_ int procs = file_open(fd, "cgroup.procs");
	struct killing *k = data;
	char buf[4096];
	int64_t pid = -1;
	ssize_t n;

	if (procs < 0)
		return procs == -ENOENT || procs == -ENODEV
			       ? 0
			       : err_errno(k->err, procs, "cannot read the processes of group %s",
					   path);
	while ((n = read(procs, buf, sizeof(buf))) > 0) {
		for (ssize_t i = 0; i < n; i++) {
			int r = 0;

			if (buf[i] >= '0' && buf[i] <= '9')
				pid = (pid < 0 ? 0 : pid * 10) + (buf[i] - '0');
			else if (pid >= 0) {
				r = kill_one(k, path, (pid_t)pid);
				pid = -1;
			}
			if (r < 0)
				return r;
		}
	}
	/* A threaded group of v2 has no list; the group that it belongs to has. */
	if (n < 0 && errno != ENODEV && errno != EOPNOTSUPP)
		return err_errno(k->err, -errno, "cannot read the processes of group %s", path);
	return 0;
}

/* One pass over all groups. Returns how many processes were found, or a negative errno. */
static int kill_pass(const struct cg_place *at, const char *path, struct err *err)
{
	struct killing k = {.self = getpid(), .err = err};
	int r = walk_groups(at->mount_fd, path, kill_group, &k);

	if (r == -ENOENT)
		return 0;
	if (r < 0)
		return err_errno(err, r, "cannot walk through group %s", path);
	return (int)k.found;
}

/* v2 since 5.14: no process can fork its way out of it. Absent elsewhere, and then the passes do
 * it. */
static void kill_at_once(const struct cg_place *at, const char *path)
{
	char file[PATH_MAX];

	if (at->version != CG_V2)
		return;
	if (snprintf(file, sizeof(file), "%s/cgroup.kill", path) < (int)sizeof(file))
		file_write(at->mount_fd, file, "1");
}

int end_processes(const struct cg_place *at, const char *path, dur_t deadline, size_t *ret_killed,
		  struct err *err)
{
	struct backoff b = backoff_start(deadline);
	int found = kill_pass(at, path, err);

	*ret_killed = found > 0 ? (size_t)found : 0;
	if (found > 0)
		kill_at_once(at, path);
	while (found > 0) {
		if (!backoff_nap(&b))
			return err_set(err, -ETIMEDOUT,
				       "group %s still has processes after SIGKILL: %d of them",
				       path, found);
		found = kill_pass(at, path, err);
	}
	return found;
}

struct removal {
	const struct cg_place *at;
	const struct cg_backend *backend;
	struct backoff backoff;
	size_t removed;
	struct err *err;
};

/* A group is busy for a moment after its last process was reaped (an exit that is still under way).
 */
static int remove_group(int fd, const char *path, void *data)
{
	struct removal *rm = data;
	int r;

	(void)fd;
	while ((r = rm->backend->remove(rm->at, path)) == -EBUSY)
		if (!backoff_nap(&rm->backoff))
			break;
	if (r < 0)
		return err_errno(rm->err, r, "cannot remove group %s/%s", rm->at->mount, path);
	rm->removed++;
	return 0;
}

int end_groups(const struct cg_place *at, const struct cg_backend *backend, const char *path,
	       dur_t deadline, size_t *ret_removed, struct err *err)
{
	struct removal rm = {.at = at,
			     .backend = backend,
			     .backoff = backoff_start(deadline),
			     .err = err};
	int r = walk_groups(at->mount_fd, path, remove_group, &rm);

	*ret_removed = rm.removed;
	if (r == -ENOENT)
		return 0;
	return r < 0 ? err_errno(err, r, "cannot remove group %s/%s", at->mount, path) : 0;
}
