/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * OOM kills as they happen: the group itself says so, long before the victim's memory is gone and
 * its parent is told (0.3 ms against 15 ms for 512 MiB of small pages). Owns the notification of
 * each group. It only wakes the loop: what came of a worker is decided by outcome.c, from all
 * sources.
 */
#include <errno.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/io.h"
#include "trial/trial_state.h"

/*
 * v1 tells of the OOM before it has chosen a victim: look until the count says that it has. v2
 * tells of the kill itself, but of every other event too, a hundred times a second
 * (cgroup_file_notify()).
 */
#define LOOK_FOR  (20 * NSEC_PER_MSEC)
#define LOOK_EACH (200 * NSEC_PER_USEC)

/* v1: an eventfd registered for memory.oom_control. */
static int listen_v1(int group)
{
	_cleanup_close_ int control = file_open(group, "memory.oom_control");
	_cleanup_close_ int event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	char text[32];
	int r;

	if (control < 0 || event < 0)
		return -errno;
	snprintf(text, sizeof(text), "%d %d", event, control);
	r = file_write(group, "cgroup.event_control", text);
	return r < 0 ? r : take_fd(&event);
}

static int listen_group(const struct trial *t, size_t i)
{
	int group = tree_group_fd(&t->tree, i);

	return t->version == CG_V1 ? listen_v1(group) : file_open(group, "memory.events");
}

static void hear(const struct trial *t, int fd)
{
	char text[512];

	/* v2 says so again until the file was read (fs/kernfs/file.c:kernfs_generic_poll). */
	if (t->version == CG_V1 ? read(fd, text, sizeof(uint64_t))
				: pread(fd, text, sizeof(text), 0))
		return;
}

/* Where a group cannot tell, the kernel log and the exit will: nothing of this is an error. */
void kills_open(struct trial *t)
{
	struct kills *k = &t->kills;

	k->n = t->tree.n_groups;
	k->fds = arena_array(&t->rec->arena, k->n + 1, sizeof(*k->fds));
	k->counted = arena_array(&t->rec->arena, k->n + 1, sizeof(*k->counted));
	for (size_t i = 0; i < k->n; i++) {
		struct epoll_event e = {.events = t->version == CG_V1 ? EPOLLIN : EPOLLPRI};

		k->fds[i] = listen_group(t, i);
		if (k->fds[i] < 0)
			continue;
		hear(t, k->fds[i]);
		k->counted[i] = MAX(group_oom_kills(t, (int)i), 0);
		e.data.u64 = KILLS_EVENT | i;
		epoll_ctl(t->epoll, EPOLL_CTL_ADD, k->fds[i], &e);
	}
}

void kills_close(struct trial *t)
{
	for (size_t i = 0; i < t->kills.n; i++)
		close_fd(&t->kills.fds[i]);
	t->kills.n = 0;
}

void kills_hear(struct trial *t, uint64_t data)
{
	size_t i = data & ~KILLS_EVENT;

	if (!(data & KILLS_EVENT) || i >= t->kills.n)
		return;
	hear(t, t->kills.fds[i]);
	t->kills.look_until = mono_now().ns + (t->version == CG_V1 ? LOOK_FOR : 0);
}

void kills_look(struct trial *t)
{
	struct kills *k = &t->kills;

	if (!k->look_until)
		return;
	if (mono_now().ns > k->look_until)
		k->look_until = 0;
	for (size_t i = 0; i < k->n; i++) {
		int64_t now = group_oom_kills(t, (int)i);

		if (now == VALUE_ABSENT || now <= k->counted[i])
			continue;
		k->counted[i] = now;
		k->seen_ns = mono_now().ns;
		k->look_until = 0;
		record_event(t->rec, EV_NOTE, trial_now(t), t->phase, "%s: OOM kill counted (%lld)",
			     t->plan->spec.groups[i].path, (long long)now);
	}
}

int64_t kills_wake(const struct trial *t, int64_t now, int64_t wake)
{
	return t->kills.look_until ? MIN(wake, now + LOOK_EACH) : wake;
}
