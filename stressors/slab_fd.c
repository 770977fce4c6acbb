/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Objects behind descriptors: pipes, eventfds, and what an epoll instance keeps for a file. */
#include <errno.h>
#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "slab.h"

/* Descriptors that a worker has from its supervisor (one a kernel file that it reads) and others.
 */
#define OTHER_FDS 1024
/* More files than this in one epoll instance only make its set-up longer. */
#define WATCHED_MAX 16384

static int raise_limit(struct worker *w, int64_t need)
{
	struct rlimit r, larger;

	if (getrlimit(RLIMIT_NOFILE, &r) < 0)
		return err_errno(&w->err, -errno, "cannot read RLIMIT_NOFILE");
	if (r.rlim_cur >= (rlim_t)need)
		return 0;
	larger = (struct rlimit){(rlim_t)need, MAX(r.rlim_max, (rlim_t)need)};
	if (setrlimit(RLIMIT_NOFILE, &larger) < 0)
		return err_set(&w->err, -EMFILE,
			       "kind %s needs %lld file descriptors and the limit is %llu: lower "
			       "count, raise `ulimit -Hn` or sysctl fs.nr_open",
			       ((struct slab *)w->state)->kind->name, (long long)need,
			       (unsigned long long)r.rlim_max);
	return 0;
}

/* The descriptor table doubles as it fills, charged to the group: let it have its full size now. */
static int grow_table(struct worker *w, int64_t need)
{
	_cleanup_close_ int low = eventfd(0, EFD_CLOEXEC);
	_cleanup_close_ int high = -1;

	if (low < 0)
		return err_errno(&w->err, -errno, "cannot make an eventfd");
	high = fcntl(low, F_DUPFD_CLOEXEC, (int)need - 1);
	if (high < 0)
		return err_errno(&w->err, -errno, "cannot use file descriptor %lld",
				 (long long)need - 1);
	return 0;
}

static int take_fds(struct worker *w, int64_t count)
{
	struct slab *s = w->state;
	int code = raise_limit(w, count + OTHER_FDS);
	void *map;

	if (code == 0)
		code = grow_table(w, count + OTHER_FDS);
	if (code < 0)
		return code;
	map = mmap(NULL, (size_t)count * sizeof(*s->fds), PROT_READ | PROT_WRITE,
		   MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
	if (map == MAP_FAILED)
		return err_errno(&w->err, -errno, "cannot map the table of descriptors");
	s->fds = map;
	s->fds_len = count;
	for (int64_t i = 0; i < count; i++)
		s->fds[i] = -1;
	return 0;
}

static void give_fds(struct worker *w)
{
	struct slab *s = w->state;

	if (!s->fds)
		return;
	for (int64_t i = 0; i < s->fds_len; i++)
		close_fd(&s->fds[i]);
	munmap(s->fds, (size_t)s->fds_len * sizeof(*s->fds));
	s->fds = NULL;
}

/* 4 bytes of ours, 8 of the kernel's table a descriptor; both tables are there while it is doubled.
 */
static int64_t fds_fixed(int64_t fds)
{
	return (fds + OTHER_FDS) * 32;
}

/* ---- eventfd ---- */

static int eventfd_setup(struct worker *w)
{
	return take_fds(w, slab_opts(w)->count);
}

static int eventfd_make(struct worker *w, int64_t i)
{
	struct slab *s = w->state;

	s->fds[i] = eventfd(0, EFD_CLOEXEC);
	return s->fds[i] < 0 ? -errno : 0;
}

static int eventfd_thin(struct worker *w, int64_t i)
{
	close_fd(&((struct slab *)w->state)->fds[i]);
	return 0;
}

static int64_t eventfd_trim(struct worker *w, int64_t held)
{
	eventfd_thin(w, held - 1);
	return held - 1;
}

const struct slab_kind slab_eventfd = {
	.name = "eventfd",
	.help = "an eventfd: a struct file, its dentry and its counter",
	.cache = {"filp"},
	.charged = 400,
	.batch = 1024,
	.fixed = fds_fixed,
	.setup = eventfd_setup,
	.make = eventfd_make,
	.trim = eventfd_trim,
	.thin = eventfd_thin,
	.release = give_fds,
};

/* ---- pipe ---- */

static int64_t pipe_fixed(int64_t count)
{
	return fds_fixed(2 * count);
}

static int pipe_setup(struct worker *w)
{
	return take_fds(w, 2 * slab_opts(w)->count);
}

static int pipe_make(struct worker *w, int64_t i)
{
	struct slab *s = w->state;
	int ends[2];

	if (pipe2(ends, O_CLOEXEC) < 0)
		return -errno;
	s->fds[2 * i] = ends[0];
	s->fds[2 * i + 1] = ends[1];
	return 0;
}

static int pipe_thin(struct worker *w, int64_t i)
{
	struct slab *s = w->state;

	close_fd(&s->fds[2 * i]);
	close_fd(&s->fds[2 * i + 1]);
	return 0;
}

static int64_t pipe_trim(struct worker *w, int64_t held)
{
	pipe_thin(w, held - 1);
	return held - 1;
}

/* 16 buffers of 40 bytes, fs/pipe.c:alloc_pipe_info; the largest of a pipe's objects. */
const struct slab_kind slab_pipe = {
	.name = "pipe",
	.help = "an empty pipe: buffers, inode, dentry and two struct files",
	.cache = {"kmalloc-cg-1k", "kmalloc-1k"},
	.charged = 2464,
	.batch = 256,
	.fixed = pipe_fixed,
	.setup = pipe_setup,
	.make = pipe_make,
	.trim = pipe_trim,
	.thin = pipe_thin,
	.release = give_fds,
};

/* ---- epoll ---- */

/*
 * Objects are the pairs (instance, file): some thousand eventfds, watched by as many instances as
 * are needed. The files come first in fds, then the instances. A file that is watched already makes
 * the kernel go through its watchers (fs/eventpoll.c:reverse_path_check), so they must be few.
 */
static int64_t watched_of(int64_t count)
{
	return MIN(count, WATCHED_MAX);
}

static int64_t instances_of(int64_t count)
{
	int64_t watched = watched_of(count);

	return (count + watched - 1) / watched;
}

static int64_t epoll_fixed(int64_t count)
{
	int64_t fds = watched_of(count) + instances_of(count);

	return fds_fixed(fds) + fds * 512;
}

static int epoll_setup(struct worker *w)
{
	struct slab *s = w->state;
	int64_t count = slab_opts(w)->count, files = watched_of(count);
	int code = take_fds(w, files + instances_of(count));

	if (code < 0)
		return code;
	s->watched = files;
	for (int64_t i = 0; i < s->fds_len; i++) {
		s->fds[i] = i < files ? eventfd(0, EFD_CLOEXEC) : epoll_create1(EPOLL_CLOEXEC);
		if (s->fds[i] < 0)
			return err_errno(&w->err, -errno, "cannot make an eventfd or an epoll");
	}
	return 0;
}

static int epoll_change(struct worker *w, int op, int64_t i)
{
	struct slab *s = w->state;
	struct epoll_event event = {.events = EPOLLIN};
	int instance = s->fds[s->watched + i / s->watched];

	return epoll_ctl(instance, op, s->fds[i % s->watched], &event) < 0 ? -errno : 0;
}

static int epoll_make(struct worker *w, int64_t i)
{
	int code = epoll_change(w, EPOLL_CTL_ADD, i);

	if (code == -ENOSPC)
		return err_set(
			&w->err, code,
			"no more epoll items after %lld: sysctl fs.epoll.max_user_watches is "
			"reached",
			(long long)i);
	return code;
}

static int epoll_thin(struct worker *w, int64_t i)
{
	return epoll_change(w, EPOLL_CTL_DEL, i);
}

static int64_t epoll_trim(struct worker *w, int64_t held)
{
	int code = epoll_change(w, EPOLL_CTL_DEL, held - 1);

	return code < 0 ? code : held - 1;
}

const struct slab_kind slab_epoll = {
	.name = "epoll",
	.help = "a file watched by an epoll instance: an epitem and its wait entry",
	.cache = {"eventpoll_epi"},
	.charged = 208,
	.batch = 1024,
	.fixed = epoll_fixed,
	.setup = epoll_setup,
	.make = epoll_make,
	.trim = epoll_trim,
	.thin = epoll_thin,
	.release = give_fds,
};
