/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <stdio.h>

#include "base/cleanup.h"
#include "base/io.h"
#include "base/units.h"
#include "kernel/kv.h"
#include "kernel/lines.h"
#include "kernel/mountinfo.h"
#include "kernel/probe_parts.h"

/*
 * This process's group in the hierarchy of a v1 controller, or of v2 (controller NULL), from lines
 * "4:memory:/path" and "0::/path". Returns false when there is no such line.
 */
static bool own_group(struct span rest, const char *controller, char *buf, size_t size)
{
	struct span line;

	while (next_line(&rest, &line)) {
		const char *a = memchr(line.p, ':', line.n), *b;
		struct span names;

		if (!a)
			continue;
		names = span_from(line, (size_t)(a - line.p) + 1);
		b = names.n ? memchr(names.p, ':', names.n) : NULL;
		if (!b)
			continue;
		line = span_from(names, (size_t)(b - names.p) + 1);
		names.n = (size_t)(b - names.p);
		/* Controllers that are mounted together stand in one list. */
		if (controller ? span_list_has(names, controller) : !names.n)
			return span_copy(line, buf, size);
	}
	return false;
}

/*
 * The own path is from the root of the cgroup namespace, the mount may show a part of the hierarchy
 * only: what the mount's root and the path share is left out. A path outside of the mount counts as
 * the mount itself.
 */
static void below_mount(const char *mount_root, char *path, size_t size)
{
	size_t n = strlen(mount_root);

	if (!strcmp(mount_root, "/"))
		n = 0;
	if (!strncmp(path, "/..", 3) || (n && strncmp(path, mount_root, n)) ||
	    (n && path[n] && path[n] != '/'))
		snprintf(path, size, "/");
	else if (n)
		memmove(path, path + n, strlen(path + n) + 1);
	if (!path[0])
		snprintf(path, size, "/");
}

static void read_own(const struct probe *p, struct machine *m, const struct mount *mount)
{
	_cleanup_free_ char *text = NULL;
	size_t len;

	snprintf(m->memcg_own, sizeof(m->memcg_own), "/");
	if (file_read_alloc(p->roots->proc, "self/cgroup", &text, &len))
		return;
	if (own_group(span_of(text, len), m->memcg_version == 1 ? "memory" : NULL, m->memcg_own,
		      sizeof(m->memcg_own)))
		below_mount(mount->root, m->memcg_own, sizeof(m->memcg_own));
	else
		snprintf(m->memcg_own, sizeof(m->memcg_own), "/");
}

/* The directory of a group by its path below the memory mount. */
static int group_dir(const struct probe *p, const struct machine *m, const char *group)
{
	char path[1024];

	snprintf(path, sizeof(path), "%s%s", m->memcg_mount, group);
	return roots_dir(p->roots, path);
}

static void take_limit(int dir, const char *file, int64_t *limit)
{
	int64_t v;

	if (!file_read_i64(dir, file, &v) && v < *limit)
		*limit = v;
}

/* On v2 the limit of each group on the way up counts. */
static void limits_v2(const struct roots *roots, struct machine *m)
{
	char path[sizeof(m->memcg_base)];
	size_t mount = strlen(m->memcg_mount);

	snprintf(path, sizeof(path), "%s", m->memcg_base);
	while (strlen(path) >= mount && path[0]) {
		_cleanup_close_ int dir = roots_dir(roots, path);

		if (dir >= 0) {
			take_limit(dir, "memory.max", &m->base_limit);
			take_limit(dir, "memory.swap.max", &m->base_swap_limit);
		}
		*strrchr(path, '/') = '\0';
	}
}

/* On v1 memory.stat has the least of all. "No limit" is LONG_MAX in pages: as good as 8 EiB. */
static void limits_v1(const struct roots *roots, struct machine *m)
{
	_cleanup_close_ int dir = roots_dir(roots, m->memcg_base);
	int64_t v = dir < 0 ? VALUE_ABSENT
			    : kv_load(dir, "memory.stat", KV_PLAIN, "hierarchical_memory_limit");

	if (v >= 0 && v < INT64_MAX / 2)
		m->base_limit = v;
}

void probe_base_limits(const struct roots *roots, struct machine *m)
{
	m->base_limit = m->base_swap_limit = VALUE_MAX;
	if (!m->memcg_base[0])
		return;
	if (m->memcg_version == 1)
		limits_v1(roots, m);
	else
		limits_v2(roots, m);
}

static bool has_word(const char *text, const char *word)
{
	struct span rest = span_of(text, strlen(text)), one;

	while (next_word(&rest, &one))
		if (span_eq(one, word))
			return true;
	return false;
}

/* Groups can be made below the mount, or else below the own group (delegation). */
static void find_base(const struct probe *p, struct machine *m, const struct mount *mount)
{
	const char *const groups[] = {"/", m->memcg_own};

	if (mount->read_only)
		return;
	for (size_t i = 0; i < ARRAY_SIZE(groups); i++) {
		_cleanup_close_ int dir = group_dir(p, m, groups[i]);

		if (dir < 0 || probe_writable(p, m, dir, "cgroup.procs") ||
		    probe_writable(p, m, dir, "."))
			continue;
		if (m->memcg_version == 2)
			probe_line(dir, "cgroup.controllers", m->controllers,
				   sizeof(m->controllers));
		if (m->memcg_version == 2 && !has_word(m->controllers, "memory"))
			continue;
		snprintf(m->memcg_base, sizeof(m->memcg_base), "%s%s", m->memcg_mount,
			 strcmp(groups[i], "/") ? groups[i] : "");
		return;
	}
}

/* The names of the v1 hierarchies' controllers, from the options of their mounts. */
static void v1_controllers(const struct probe *p, struct machine *m)
{
	static const char *const names[] = {"cpu",     "cpuacct", "cpuset",  "memory",	"blkio",
					    "devices", "pids",	  "freezer", "hugetlb", "net_cls"};
	struct mount mount;

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		size_t n = strlen(m->controllers);

		if (!mountinfo_find(p->mountinfo, p->mountinfo_len, "cgroup", names[i], &mount))
			snprintf(m->controllers + n, sizeof(m->controllers) - n, "%s%s",
				 n ? " " : "", names[i]);
	}
}

/* Which hierarchy has the memory controller. A v2 root lists it where it is not bound to v1. */
static int memcg_version(const struct probe *p, struct mount *ret)
{
	char controllers[256] = "";
	int dir;

	if (!mountinfo_find(p->mountinfo, p->mountinfo_len, "cgroup", "memory", ret))
		return 1;
	if (mountinfo_find(p->mountinfo, p->mountinfo_len, "cgroup2", NULL, ret))
		return 0;
	dir = roots_dir(p->roots, ret->point);
	if (dir < 0)
		return 0;
	probe_line(dir, "cgroup.controllers", controllers, sizeof(controllers));
	close_fd(&dir);
	return has_word(controllers, "memory") ? 2 : 0;
}

void probe_cgroups(const struct probe *p, struct machine *m)
{
	struct mount v1, v2, freezer, memory;
	bool has_v1 = !mountinfo_find(p->mountinfo, p->mountinfo_len, "cgroup", NULL, &v1);
	bool has_v2 = !mountinfo_find(p->mountinfo, p->mountinfo_len, "cgroup2", NULL, &v2);

	m->cgroup = has_v1 ? (has_v2 ? CGROUP_MODE_HYBRID : CGROUP_MODE_V1)
			   : (has_v2 ? CGROUP_MODE_V2 : CGROUP_MODE_NONE);
	if (has_v2) {
		m->recursive_protection = mount_has_option(&v2, "memory_recursiveprot");
		span_copy(span_of(v2.point, strlen(v2.point)), m->cgroup2_mount,
			  sizeof(m->cgroup2_mount));
	}
	if (!mountinfo_find(p->mountinfo, p->mountinfo_len, "cgroup", "freezer", &freezer))
		span_copy(span_of(freezer.point, strlen(freezer.point)), m->freezer_mount,
			  sizeof(m->freezer_mount));
	m->memcg_version = memcg_version(p, &memory);
	if (!m->memcg_version)
		return;
	span_copy(span_of(memory.point, strlen(memory.point)), m->memcg_mount,
		  sizeof(m->memcg_mount));
	read_own(p, m, &memory);
	if (m->memcg_version == 1)
		v1_controllers(p, m);
	find_base(p, m, &memory);
	probe_base_limits(p->roots, m);
}
