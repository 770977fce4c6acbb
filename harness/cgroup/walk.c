/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cgroup/walk.h"

#include <dirent.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "base/cleanup.h"
#include "base/io.h"

#define MAX_DEPTH 64

struct walk {
	walk_fn fn;
	void *data;
	char path[PATH_MAX];
};

static bool is_child(const struct dirent *e)
{
	return e->d_type == DT_DIR && strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0;
}

/* A directory of cgroupfs counts its subdirectories in its links (fs/kernfs/inode.c), so 2 is a
 * leaf. */
static bool is_leaf(int fd)
{
	struct stat st;

	return fstat(fd, &st) == 0 && st.st_nlink == 2;
}

/* A second descriptor for the stream: fd stays open for the callback. */
static DIR *open_stream(int fd)
{
	int copy = dir_open(fd, ".");
	DIR *dir;

	if (copy < 0)
		return NULL;
	dir = fdopendir(copy);
	if (!dir)
		close(copy);
	return dir;
}

static int walk_dir(struct walk *w, int fd, size_t len, int depth);

static int walk_child(struct walk *w, int fd, size_t len, const char *name, int depth)
{
	_cleanup_close_ int child = dir_open(fd, name);
	int n;

	if (child < 0)
		return child == -ENOENT ? 0 : child;
	n = snprintf(w->path + len, sizeof(w->path) - len, "%s%s", len ? "/" : "", name);
	if (n < 0 || (size_t)n >= sizeof(w->path) - len)
		return -ENAMETOOLONG;
	return walk_dir(w, child, len + (size_t)n, depth + 1);
}

static int walk_dir(struct walk *w, int fd, size_t len, int depth)
{
	_cleanup_closedir_ DIR *dir = NULL;
	const struct dirent *e;
	int r = 0;

	if (depth > MAX_DEPTH)
		return -ELOOP;
	if (!is_leaf(fd)) {
		dir = open_stream(fd);
		if (!dir)
			return -errno;
		while (r == 0 && (e = readdir(dir)))
			if (is_child(e))
				r = walk_child(w, fd, len, e->d_name, depth);
	}
	w->path[len] = '\0';
	return r ? r : w->fn(fd, w->path, w->data);
}

int walk_groups(int mount_fd, const char *path, walk_fn fn, void *data)
{
	_cleanup_close_ int fd = dir_open(mount_fd, *path ? path : ".");
	struct walk w = {.fn = fn, .data = data};

	if (fd < 0)
		return fd;
	if (snprintf(w.path, sizeof(w.path), "%s", path) >= (int)sizeof(w.path))
		return -ENAMETOOLONG;
	return walk_dir(&w, fd, strlen(w.path), 0);
}

int walk_children(int mount_fd, const char *path, walk_fn fn, void *data)
{
	_cleanup_close_ int fd = dir_open(mount_fd, *path ? path : ".");
	_cleanup_closedir_ DIR *dir = NULL;
	const struct dirent *e;
	int r = 0;

	if (fd < 0)
		return fd;
	dir = open_stream(fd);
	if (!dir)
		return -errno;
	while (r == 0 && (e = readdir(dir))) {
		_cleanup_close_ int child = -1;

		if (!is_child(e))
			continue;
		child = dir_open(fd, e->d_name);
		if (child >= 0)
			r = fn(child, e->d_name, data);
	}
	return r;
}

#define FIRST_NAP (200 * NSEC_PER_USEC)
#define LAST_NAP  (20 * NSEC_PER_MSEC)

struct backoff backoff_start(dur_t limit)
{
	return (struct backoff){.deadline_ns = mono_now().ns + limit.ns, .nap_ns = FIRST_NAP};
}

bool backoff_nap(struct backoff *b)
{
	struct timespec ts = {.tv_nsec = b->nap_ns};

	if (mono_now().ns >= b->deadline_ns)
		return false;
	clock_nanosleep(CLOCK_MONOTONIC, 0, &ts, NULL);
	b->nap_ns = MIN(b->nap_ns * 2, LAST_NAP);
	return true;
}
