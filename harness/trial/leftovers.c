/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "trial/leftovers.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/io.h"
#include "trial/scratch.h"
#include "trial/undo.h"

/* A zombie is dead, whoever forgot to wait for it. */
static bool supervisor_lives(int proc_fd, pid_t pid)
{
	char path[32], text[512];
	const char *state;

	snprintf(path, sizeof(path), "%d/stat", (int)pid);
	if (file_read(proc_fd, path, text, sizeof(text)) <= 0)
		return false;
	state = strrchr(text, ')');
	return state && strstr(text, "(memtrial)") && state[1] == ' ' && state[2] != 'Z' &&
	       state[2] != 'X';
}

int lock_of_the_dead(int proc_fd, pid_t pid, int dirfd, const char *name)
{
	_cleanup_close_ int fd = -1;

	/*
	 * The pid covers the moment between making and locking; the lock, other pid namespaces.
	 * Our own pid is that of an earlier process: what is ours we never look for.
	 */
	if (pid != getpid() && supervisor_lives(proc_fd, pid))
		return -EWOULDBLOCK;
	fd = openat(dirfd, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	if (flock(fd, LOCK_EX | LOCK_NB) < 0 && errno == EWOULDBLOCK)
		return -EWOULDBLOCK;
	return take_fd(&fd);
}

static int clean_groups(const struct leftovers_where *w, bool also_alive, struct tree_cleaned *ret,
			struct err *err)
{
	const struct machine *m = w->machine;
	struct tree_search search = {.base = w->base, .proc_fd = w->roots->proc};
	_cleanup_close_ int mount = -1;

	if (!m->memcg_version)
		return 0;
	mount = roots_dir(w->roots, m->memcg_mount);
	if (mount < 0)
		return err_errno(err, mount, "cannot open %s", m->memcg_mount);
	search.at = (struct cg_place){.version = m->memcg_version == 1 ? CG_V1 : CG_V2,
				      .mount_fd = mount,
				      .mount = m->memcg_mount};
	return tree_clean(&search, also_alive, ret, err);
}

int leftovers_clean(const struct leftovers_where *w, bool also_alive, struct leftovers *ret,
		    struct err *err)
{
	int r, first;

	*ret = (struct leftovers){0};
	first = clean_groups(w, also_alive, &ret->groups, err);
	/* After the groups: no process is left that could write the knobs again. */
	r = w->state_dir ? undo_leftovers(w->roots, w->machine->debugfs_mount, w->state_dir, err)
			 : 0;
	ret->knobs = MAX(r, 0);
	first = first ? first : MIN(r, 0);
	ret->dirs = scratch_leftovers(w->roots->proc, w->scratch);
	return first;
}
