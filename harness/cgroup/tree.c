/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cgroup/tree.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/io.h"
#include "cgroup/alive.h"
#include "cgroup/end.h"

#define SUBTREE "cgroup.subtree_control"

static const char *join(struct arena *a, const char *dir, const char *name)
{
	return *dir ? arena_printf(a, "%s/%s", dir, name) : arena_strdup(a, name);
}

/* The sentence of a refused change below base: SKIP where it is a matter of permission. */
static int refused(const struct cg_tree *t, int code, const char *what, struct err *err)
{
	bool denied = code == -EACCES || code == -EPERM || code == -EROFS;

	if (denied)
		return err_set_class(
			err, ERR_SKIP, code,
			"cannot %s below %s: %s; run as root or give a delegated group "
			"with --in",
			what, t->where, strerror(-code));
	return err_errno(err, code, "cannot %s below %s", what, t->where);
}

/* cgroup v2: the controller on the way down */

static bool has_word(const char *words, const char *want)
{
	size_t n = strlen(want);

	for (const char *s = words; (s = strstr(s, want)); s += n)
		if ((s == words || s[-1] == ' ') && (s[n] == '\0' || s[n] == ' ' || s[n] == '\n'))
			return true;
	return false;
}

static bool file_has_memory(int fd, const char *file)
{
	char text[1024];

	return file_read(fd, file, text, sizeof(text)) > 0 && has_word(text, "memory");
}

static int enable_memory(int fd)
{
	return file_has_memory(fd, SUBTREE) ? 0 : file_write(fd, SUBTREE, "+memory");
}

/*
 * A delegated group that holds us cannot give its children a controller (no internal processes):
 * move into a leaf beside the trial first.
 */
static int move_aside(struct cg_tree *t, int base_fd, struct err *err)
{
	const char *name = arena_printf(&t->arena, SUPERVISOR_GROUP "%d", (int)getpid());
	const char *path = join(&t->arena, t->base, name);
	_cleanup_close_ int fd = -1;
	int r = t->backend->create(&t->at, path);

	if (r < 0 && r != -EEXIST)
		return refused(t, r, "make a group", err);
	t->supervisor = path;
	fd = dir_open(base_fd, name);
	r = fd < 0 ? fd : tree_enter(fd, CG_V2);
	return r < 0 ? refused(t, r, "move memtrial into a group", err) : 0;
}

static int prepare_base(struct cg_tree *t, bool own, struct err *err)
{
	_cleanup_close_ int fd = dir_open(t->at.mount_fd, *t->base ? t->base : ".");
	int r;

	if (fd < 0)
		return err_errno(err, fd, "cannot open group %s", t->where);
	if (t->at.version == CG_V1)
		return 0;
	if (!file_has_memory(fd, "cgroup.controllers"))
		return err_set_class(err, ERR_SKIP, -EOPNOTSUPP,
				     "group %s has no memory controller: it is not delegated to it",
				     t->where);
	if (file_has_memory(fd, SUBTREE))
		return 0;
	r = own ? move_aside(t, fd, err) : 0;
	if (r < 0)
		return r;
	r = enable_memory(fd);
	t->enabled_base = r == 0;
	if (r == -EBUSY)
		return err_set_class(err, ERR_SKIP, r,
				     "group %s holds other processes, so its children can have no "
				     "memory controller: start memtrial as the only process of a "
				     "delegated group",
				     t->where);
	return r < 0 ? refused(t, r, "enable the memory controller", err) : 0;
}

/* Give a delegated base back as it was found. */
static void restore_base(struct cg_tree *t)
{
	_cleanup_close_ int fd = dir_open(t->at.mount_fd, *t->base ? t->base : ".");

	if (fd < 0)
		return;
	/* The kernel refuses it while another trial below base has the controller enabled. */
	if (t->enabled_base)
		file_write(fd, SUBTREE, "-memory");
	if (!t->supervisor)
		return;
	tree_enter(fd, CG_V2);
	t->backend->remove(&t->at, t->supervisor);
}

/* Making */

static int make_group(struct cg_tree *t, struct cg_group *g, struct err *err)
{
	int r = t->backend->create(&t->at, g->path);

	if (r == -EEXIST)
		return err_set(err, r, "group %s/%s is there already: memtrial clean removes it",
			       t->at.mount, g->path);
	if (r < 0)
		return refused(t, r, "make a group", err);
	g->fd = dir_open(t->at.mount_fd, g->path);
	return g->fd < 0 ? err_errno(err, g->fd, "cannot open group %s/%s", t->at.mount, g->path)
			 : 0;
}

/* Hierarchical since 5.11 whatever is written; before, a v1 group had to ask for it while empty. */
static void make_hierarchical(int fd)
{
	int64_t on;

	if (file_read_i64(fd, "memory.use_hierarchy", &on) == 0 && on == 0)
		file_write(fd, "memory.use_hierarchy", "1");
}

static int make_root(struct cg_tree *t, const struct tree_config *cfg, struct err *err)
{
	int r;

	t->root.path = join(&t->arena, t->base, cfg->name);
	r = make_group(t, &t->root, err);
	if (r < 0)
		return r;
	t->alive_fd = alive_mark(t->root.fd, t->at.version);
	if (t->at.version == CG_V1)
		make_hierarchical(t->root.fd);
	r = knob_write(t->root.fd, t->at.version, knob_find("memory.max"), cfg->fuse, NULL, err);
	if (r < 0)
		return err_prefix(err, "the fuse of the trial");
	if (t->at.version == CG_V2)
		r = enable_memory(t->root.fd);
	return r < 0 ? refused(t, r, "enable the memory controller", err) : 0;
}

static struct cg_group *group_by_path(struct cg_tree *t, const char *path, size_t len)
{
	for (size_t i = 0; i < t->n_groups; i++) {
		const char *p = t->groups[i].path;

		if (p && strncmp(p, path, len) == 0 && p[len] == '\0')
			return &t->groups[i];
	}
	return NULL;
}

static int make_child(struct cg_tree *t, size_t i, const char *path, struct err *err)
{
	const char *full = join(&t->arena, t->root.path, path);
	struct cg_group *parent = NULL;
	int r = 0;

	if (t->at.version == CG_V2 && strchr(path, '/'))
		parent = group_by_path(t, full, (size_t)(strrchr(full, '/') - full));
	if (parent)
		r = enable_memory(parent->fd);
	if (r < 0)
		return refused(t, r, "enable the memory controller", err);
	t->groups[i].path = full;
	return make_group(t, &t->groups[i], err);
}

static int make_all(struct cg_tree *t, const struct tree_config *cfg, struct err *err)
{
	int r = t->backend->init(&t->at, err);

	if (r == 0)
		r = prepare_base(t, cfg->base_is_own, err);
	if (r == 0)
		r = make_root(t, cfg, err);
	if (r < 0)
		return r;
	t->drain.path = join(&t->arena, t->root.path, TREE_DRAIN);
	r = make_group(t, &t->drain, err);
	for (size_t i = 0; r == 0 && i < cfg->n_groups; i++)
		r = make_child(t, i, cfg->groups[i].path, err);
	return r;
}

int tree_create(struct cg_tree *t, const struct tree_config *cfg, struct err *err)
{
	struct err unused = {0};
	int r;

	*t = (struct cg_tree){
		.at = {cfg->version, cfg->mount_fd, NULL},
		.root.fd = -1,
		.drain.fd = -1,
		.alive_fd = -1,
		.deadline = cfg->deadline.ns ? cfg->deadline : nsec(END_DEADLINE),
	};
	r = tree_check(cfg, err);
	if (r < 0)
		return r;
	t->at.mount = arena_strdup(&t->arena, cfg->mount);
	t->base = arena_strdup(&t->arena, cfg->base);
	t->where = *t->base ? arena_printf(&t->arena, "%s/%s", cfg->mount, cfg->base) : t->at.mount;
	t->backend = cfg->backend ? cfg->backend : cg_backend_choose(&t->at);
	t->groups = arena_array(&t->arena, cfg->n_groups + 1, sizeof(*t->groups));
	t->n_groups = cfg->n_groups;
	for (size_t i = 0; i < t->n_groups; i++)
		t->groups[i].fd = -1;
	r = make_all(t, cfg, err);
	if (r < 0)
		tree_destroy(t, &unused);
	return r;
}

int tree_group_fd(const struct cg_tree *t, size_t index)
{
	return index < t->n_groups ? t->groups[index].fd : -1;
}

int tree_root_fd(const struct cg_tree *t)
{
	return t->root.fd;
}

int tree_drain_fd(const struct cg_tree *t)
{
	return t->drain.fd;
}

static int write_id(int groupfd, const char *file, const char *id)
{
	int fd = openat(groupfd, file, O_WRONLY | O_CLOEXEC), r;

	if (fd < 0)
		return -errno;
	r = write(fd, id, strlen(id)) < 0 ? -errno : 0;
	close(fd);
	return r;
}

/*
 * v1: "tasks" moves the one thread in 0.15 ms; "cgroup.procs" takes the lock of all thread groups
 * and with it an RCU sync, 5 to 30 ms (kernel/cgroup/cgroup.c: cgroup_attach_lock()).
 */
int tree_enter(int groupfd, enum cg_version v)
{
	return write_id(groupfd, v == CG_V1 ? "tasks" : "cgroup.procs", "0");
}

int tree_move(int groupfd, pid_t pid)
{
	char id[16];

	snprintf(id, sizeof(id), "%d", (int)pid);
	return write_id(groupfd, "cgroup.procs", id);
}

/* Ending */

int tree_kill(struct cg_tree *t, struct err *err)
{
	size_t killed;

	if (t->root.fd < 0 || !t->root.path)
		return 0;
	return end_processes(&t->at, t->root.path, t->deadline, &killed, err);
}

static void close_all(struct cg_tree *t)
{
	for (size_t i = 0; i < t->n_groups; i++)
		close_fd(&t->groups[i].fd);
	close_fd(&t->drain.fd);
	close_fd(&t->alive_fd);
	close_fd(&t->root.fd);
}

int tree_destroy(struct cg_tree *t, struct err *err)
{
	size_t removed;
	int r;

	if (!t->backend)
		return 0;
	r = tree_kill(t, err);
	if (r == 0 && t->root.fd >= 0)
		r = end_groups(&t->at, t->backend, t->root.path, t->deadline, &removed, err);
	restore_base(t);
	close_all(t);
	arena_free(&t->arena);
	*t = (struct cg_tree){.root.fd = -1, .drain.fd = -1, .alive_fd = -1};
	return r;
}
