/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cgroup/alive.h"
#include "cgroup/tree.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/io.h"
#include "base/words.h"
#include "cgroup/end.h"
#include "cgroup/walk.h"

#define PREFIX "memtrial-"

char *tree_name(char buf[TREE_NAME_SIZE], pid_t pid, unsigned n)
{
	snprintf(buf, TREE_NAME_SIZE, PREFIX "%d-%u", (int)pid, n);
	return buf;
}

/* "<pid>" up to end; the pid, or 0 for anything else. */
static pid_t parse_pid(const char *s, const char *end)
{
	int64_t pid = 0;
	const char *stop = parse_i64(s, end, &pid);

	return stop == end && s < end && *s >= '1' && *s <= '9' && pid <= INT32_MAX ? (pid_t)pid
										    : 0;
}

bool tree_name_parse(const char *name, pid_t *ret_pid)
{
	const char *s = name + strlen(PREFIX), *dash;
	pid_t pid;

	if (!str_starts(name, PREFIX))
		return false;
	dash = strchr(s, '-');
	if (!dash || !dash[1] || strspn(dash + 1, "0123456789") != strlen(dash + 1))
		return false;
	pid = parse_pid(s, dash);
	if (ret_pid)
		*ret_pid = pid;
	return pid > 0;
}

/* "memtrial-supervisor-<pid>": the leaf that a supervisor in a delegated group moves into. */
static bool supervisor_parse(const char *name, pid_t *ret_pid)
{
	const char *s = name + strlen(SUPERVISOR_GROUP);

	if (!str_starts(name, SUPERVISOR_GROUP))
		return false;
	*ret_pid = parse_pid(s, s + strlen(s));
	return *ret_pid > 0;
}

struct listing {
	const struct tree_search *s;
	tree_leftover_fn fn;
	void *data;
};

static int list_one(int fd, const char *name, void *data)
{
	const struct listing *l = data;
	struct tree_leftover found;
	char path[PATH_MAX];
	pid_t pid;

	if (!tree_name_parse(name, &pid) && !supervisor_parse(name, &pid))
		return 0;
	if (snprintf(path, sizeof(path), "%s%s%s", l->s->base, *l->s->base ? "/" : "", name) >=
	    (int)sizeof(path))
		return -ENAMETOOLONG;
	found = (struct tree_leftover){
		.path = path,
		.pid = pid,
		.alive = alive_check(fd, l->s->at.version, l->s->proc_fd, pid),
	};
	return l->fn(&found, l->data);
}

int tree_list_leftovers(const struct tree_search *s, tree_leftover_fn fn, void *data,
			struct err *err)
{
	struct listing l = {.s = s, .fn = fn, .data = data};
	int r = walk_children(s->at.mount_fd, s->base, list_one, &l);

	if (r < 0)
		err_errno(err, r, "cannot look for groups in %s/%s", s->at.mount, s->base);
	return r;
}

struct cleaning {
	const struct tree_search *s;
	const struct cg_backend *backend;
	dur_t deadline;
	bool also_alive;
	struct tree_cleaned *count;
	int first;
	struct err *err;
};

static int clean_one(const struct tree_leftover *l, void *data)
{
	struct cleaning *c = data;
	size_t killed = 0, removed = 0;
	int r;

	if (l->alive && !c->also_alive) {
		c->count->alive++;
		return 0;
	}
	r = end_processes(&c->s->at, l->path, c->deadline, &killed, c->err);
	if (r == 0)
		r = end_groups(&c->s->at, c->backend, l->path, c->deadline, &removed, c->err);
	c->count->processes += killed;
	c->count->groups += removed;
	if (c->first == 0)
		c->first = r;
	return 0;
}

int tree_clean(const struct tree_search *s, bool also_alive, struct tree_cleaned *ret,
	       struct err *err)
{
	struct cleaning c = {
		.s = s,
		.backend = s->backend ? s->backend : cg_backend_choose(&s->at),
		.deadline = s->deadline.ns ? s->deadline : nsec(END_DEADLINE),
		.also_alive = also_alive,
		.count = ret,
		.err = err,
	};
	int r;

	*ret = (struct tree_cleaned){0};
	r = tree_list_leftovers(s, clean_one, &c, err);
	return r < 0 ? r : c.first;
}
