/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Groups with one process each: made through libcgroup, entered, killed, removed. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/io.h"
#include "fixture.h"

#define GROUPS 1000
#define BARE   100

struct names {
	char path[GROUPS][16];
	struct tree_group groups[GROUPS];
	pid_t pids[GROUPS + 1];
	size_t n_pids;
};

struct spans {
	int64_t create, fork, end; /* ns */
	int64_t more;		   /* what was made in the tree besides */
};

/* Makes more in a tree that is there; the tree's own end takes it away. */
typedef int (*more_t)(struct names *names, struct cg_tree *t, int64_t *ret_ns, struct err *err);

static void raise_nofile(void)
{
	struct rlimit lim;

	if (getrlimit(RLIMIT_NOFILE, &lim) < 0)
		return;
	lim.rlim_cur = lim.rlim_max;
	setrlimit(RLIMIT_NOFILE, &lim);
}

static int groups_open(struct bench *b, void **ret_state, struct err *err)
{
	struct names *n = calloc(1, sizeof(*n));

	(void)b;
	(void)err;
	raise_nofile();
	*ret_state = n;
	for (int i = 0; i < GROUPS; i++) {
		snprintf(n->path[i], sizeof(n->path[i]), "g%d", i);
		n->groups[i] = (struct tree_group){.path = n->path[i], .has_workers = true};
	}
	return 0;
}

static void groups_close(struct bench *b, void *state)
{
	(void)b;
	free(state);
}

/* The child: into its group, say so, wait for the end. */
static _Noreturn void enter(int fd, enum cg_version v, int ready, pid_t parent)
{
	char byte;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	byte = getppid() == parent && tree_enter(fd, v) == 0;
	if (write(ready, &byte, 1) != 1)
		_exit(1);
	for (;;)
		pause();
}

static int wait_ready(int fd, size_t n, struct err *err)
{
	char bytes[256];

	while (n) {
		ssize_t got = read(fd, bytes, MIN(n, sizeof(bytes)));

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return err_errno(err, got ? -errno : -ECHILD, "cannot hear the children");
		for (ssize_t i = 0; i < got; i++)
			if (!bytes[i])
				return err_set(err, -EIO, "a child could not enter its group");
		n -= (size_t)got;
	}
	return 0;
}

/* One process for each of n groups, and all of them in there. */
static int fork_into(struct names *names, const struct cg_group *groups, size_t n,
		     enum cg_version v, struct err *err)
{
	_cleanup_close_ int in = -1, out = -1;
	pid_t self = getpid();
	int ends[2];

	if (pipe2(ends, O_CLOEXEC) < 0)
		return err_errno(err, -errno, "cannot make a pipe");
	in = ends[0];
	out = ends[1];
	for (size_t i = 0; i < n; i++) {
		pid_t pid = fork();

		if (pid < 0)
			return err_errno(err, -errno, "cannot fork process %zu", i);
		if (pid == 0)
			enter(groups[i].fd, v, out, self);
		names->pids[names->n_pids++] = pid;
	}
	close_fd(&out);
	return wait_ready(in, n, err);
}

/* Killed by its group already; a process that never came into one is ended here. */
static void reap(pid_t pid)
{
	kill(pid, SIGKILL);
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
}

/* As the tree makes its groups. */
static int one_more(struct names *names, struct cg_tree *t, int64_t *ret_ns, struct err *err)
{
	int64_t begin = mono_now().ns;
	char path[PATH_MAX];
	struct cg_group g = {.path = path, .fd = -1};
	int r;

	snprintf(path, sizeof(path), "%s/extra", t->root.path);
	r = t->backend->create(&t->at, path);
	if (r == 0)
		g.fd = r = dir_open(t->at.mount_fd, path);
	if (r >= 0)
		r = fork_into(names, &g, 1, t->at.version, err);
	close_fd(&g.fd);
	*ret_ns = mono_now().ns - begin;
	return r < 0 ? err_errno(err, r, "cannot make one more group") : 0;
}

/* The same system calls, with neither libcgroup nor what the tree looks at and writes. */
static int bare(struct names *names, struct cg_tree *t, int64_t *ret_ns, struct err *err)
{
	struct cg_group groups[BARE];
	int64_t begin = mono_now().ns;
	size_t n = 0;
	int r = 0;

	for (; r >= 0 && n < BARE; n++) {
		char name[16];

		snprintf(name, sizeof(name), "bare%zu", n);
		r = mkdirat(t->root.fd, name, 0755) < 0 ? -errno : dir_open(t->root.fd, name);
		groups[n] = (struct cg_group){.fd = r};
	}
	r = r < 0 ? err_errno(err, r, "cannot make a bare group")
		  : fork_into(names, groups, n, t->at.version, err);
	*ret_ns = mono_now().ns - begin;
	while (n)
		close_fd(&groups[--n].fd);
	return r;
}

static int up_and_down(struct bench *b, struct names *names, size_t n, more_t more,
		       struct spans *ret, struct err *err)
{
	_cleanup_close_ int mount = roots_dir(&b->roots, b->machine.memcg_mount);
	char name[TREE_NAME_SIZE];
	struct tree_config cfg = {
		.version = b->machine.memcg_version == 1 ? CG_V1 : CG_V2,
		.mount_fd = mount,
		.mount = b->machine.memcg_mount,
		.base = b->base,
		.name = tree_name(name, getpid(), (*b->trees)++),
		.fuse = 256 * MIB,
		.groups = names->groups,
		.n_groups = n,
	};
	int64_t begin = mono_now().ns, made, forked, down_begin;
	struct err down = {0};
	struct cg_tree tree;
	int r, end;

	r = tree_create(&tree, &cfg, err);
	if (r < 0)
		return r;
	made = mono_now().ns;
	names->n_pids = 0;
	r = fork_into(names, tree.groups, n, cfg.version, err);
	forked = mono_now().ns;
	if (r == 0 && more)
		r = more(names, &tree, &ret->more, err);
	down_begin = mono_now().ns;
	end = tree_kill(&tree, &down);
	for (size_t i = 0; i < names->n_pids; i++)
		reap(names->pids[i]);
	if (end == 0)
		end = tree_destroy(&tree, &down);
	ret->create = made - begin;
	ret->fork = forked - made;
	ret->end = mono_now().ns - down_begin;
	return r < 0 ? r : end < 0 ? err_set(err, end, "%s", down.text) : 0;
}

/* The attach alone differs most from run to run: the middle of several. */
static int one_group(struct bench *b, struct names *names, struct err *err)
{
	double one[21], tree[21];
	int n = b->quick ? 3 : (int)ARRAY_SIZE(one);

	for (int i = 0; i < n; i++) {
		struct spans s;
		int r = up_and_down(b, names, 1, one_more, &s, err);

		if (r < 0)
			return r;
		tree[i] = (double)(s.create + s.fork) / 1e6;
		one[i] = (double)s.more / 1e6;
	}
	bench_put(b, VAL_GROUP_1, bench_median(one, n));
	bench_put(b, VAL_TREE_1, bench_median(tree, n));
	return 0;
}

static double each(const struct spans *s, size_t n)
{
	return (double)(s->create + s->fork + s->end) / 1000 / (double)n;
}

static int groups_round(struct bench *b, void *state, struct err *err)
{
	struct spans bare1, s100, s300, s;
	size_t most = b->quick ? 300 : GROUPS;
	int r;

	if ((r = one_group(b, state, err)) < 0 ||
	    (r = up_and_down(b, state, 1, bare, &bare1, err)) < 0 ||
	    (r = up_and_down(b, state, 100, NULL, &s100, err)) < 0 ||
	    (r = up_and_down(b, state, 300, NULL, &s300, err)) < 0 ||
	    (r = up_and_down(b, state, most, NULL, &s, err)) < 0)
		return r;
	bench_put(b, VAL_GROUP_100, (double)(s100.create + s100.fork) / 1e6);
	bench_put(b, VAL_BARE_100, (double)bare1.more / 1e6);
	bench_put(b, VAL_EACH_100, each(&s100, 100));
	bench_put(b, VAL_EACH_300, each(&s300, 300));
	if (b->quick)
		return 0;
	bench_put(b, VAL_GROUPS_1000, (double)(s.create + s.fork + s.end) / 1e9);
	bench_put(b, VAL_CREATE_EACH, (double)s.create / 1e3 / GROUPS);
	bench_put(b, VAL_FORK_EACH, (double)s.fork / 1e3 / GROUPS);
	bench_put(b, VAL_END_EACH, (double)s.end / 1e3 / GROUPS);
	bench_put(b, VAL_EACH_1000, each(&s, GROUPS));
	bench_put(b, VAL_LINEAR, each(&s, GROUPS) / each(&s100, 100));
	return 0;
}

const struct measure measure_groups = {
	.name = "groups",
	.open = groups_open,
	.round = groups_round,
	.close = groups_close,
};
