/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Finding the group that a user means. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/io.h"
#include "base/words.h"
#include "cgroup/walk.h"
#include "live/watch.h"

/* The part below the mount; what begins with another "/" is as /proc/<pid>/cgroup says it. */
static const char *below_mount(const struct machine *m, const char *group)
{
	size_t n = strlen(m->memcg_mount);

	if (str_starts(group, m->memcg_mount) && (group[n] == '/' || !group[n]))
		group += n;
	return group + strspn(group, "/");
}

/* ".." would lead out of the hierarchy. */
static bool leads_out(const char *path)
{
	for (const char *p = path; (p = strstr(p, "..")); p += 2)
		if ((p == path || p[-1] == '/') && (!p[2] || p[2] == '/'))
			return true;
	return false;
}

struct nearest_name {
	struct nearest near;
	char best[256];
};

/* The entry's name lasts until the next one only. */
static int offer_child(int fd, const char *name, void *data)
{
	struct nearest_name *n = data;

	(void)fd;
	nearest_offer(&n->near, name);
	if (n->near.best == name) {
		snprintf(n->best, sizeof(n->best), "%s", name);
		n->near.best = n->best;
	}
	return 0;
}

/* The first part of the path that is not there, and what it may have been. */
static int no_group(const struct watched *w, const struct machine *m, struct err *err)
{
	char part[300];
	_cleanup_close_ int dir = dir_open(w->group, ".");

	for (const char *p = w->path; *p; p += strspn(p, "/")) {
		size_t len = strcspn(p, "/");
		int next;

		snprintf(part, sizeof(part), "%.*s", (int)len, p);
		next = dir_open(dir, part);
		if (next < 0) {
			struct nearest_name n = {.near = {.want = part}};
			const char *hint = n.best;

			walk_children(dir, "", offer_child, &n);
			return err_set_class(err, ERR_USAGE, -ENOENT,
					     "no group %s below %s%s%.*s%s%s", w->path,
					     m->memcg_mount, hint[0] ? "; did you mean \"" : "",
					     hint[0] ? (int)(p - w->path) : 0, w->path, hint,
					     hint[0] ? "\"?" : "");
		}
		close_fd(&dir);
		dir = next;
		p += len;
	}
	return err_set_class(err, ERR_USAGE, -ENOENT, "no group %s below %s", w->path,
			     m->memcg_mount);
}

static bool has_numbers(const struct watched *w)
{
	return faccessat(w->group, cg_file_name(w->version, "memory.current"), R_OK, 0) == 0;
}

static int enter(struct watched *w, const struct machine *m, struct err *err)
{
	int fd = leads_out(w->path) ? -ENOENT : dir_open(w->group, w->path);

	if (fd == -EACCES)
		return err_set_class(err, ERR_SKIP, fd, "cannot read group %s: %s", w->path,
				     strerror(-fd));
	if (fd < 0)
		return no_group(w, m, err);
	close_fd(&w->group);
	w->group = fd;
	if (!has_numbers(w))
		return err_set_class(err, ERR_USAGE, -ENODEV,
				     "group %s has no numbers of memory: its parent does not give "
				     "it the memory controller",
				     w->path);
	return 0;
}

int watch_open(struct watched *w, const struct roots *roots, const struct machine *m,
	       const char *group, struct err *err)
{
	const char *path = group ? below_mount(m, group) : "";

	w->group = -1;
	w->proc = roots->proc;
	w->path[0] = '\0';
	w->version = m->memcg_version == 1 ? CG_V1 : m->memcg_version == 2 ? CG_V2 : CG_NONE;
	w->mem_total = m->mem_total;
	w->page_size = m->page_size;
	w->pressure_of_machine = w->version == CG_V1;
	if (strlen(path) >= sizeof(w->path))
		return err_set_class(err, ERR_USAGE, -ENAMETOOLONG, "%s: path too long", group);
	if (w->version != CG_NONE)
		w->group = roots_dir(roots, m->memcg_mount);
	/* The hierarchy's root has numbers on v1, and where it is a container's own group. */
	if (!*path) {
		if (group && w->group >= 0 && has_numbers(w))
			strcpy(w->path, "/");
		return 0;
	}
	if (w->group < 0)
		return err_set_class(err, ERR_SKIP, -ENODEV,
				     "this machine has no memory controller, and no groups");
	strcpy(w->path, path);
	for (size_t n = strlen(w->path); n && w->path[n - 1] == '/'; n--)
		w->path[n - 1] = '\0';
	return enter(w, m, err);
}
