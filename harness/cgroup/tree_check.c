/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What groups a plan may ask for. */
#include "cgroup/tree.h"

#include <errno.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/words.h"

static bool bad_name(const char *path)
{
	static const char *const reserved[] = {"cgroup.", "memory.", "cpu.", "io.", "pids."};

	for (const char *s = path;; s++) {
		size_t len = strcspn(s, "/");

		if (len == 0 || len > NAME_MAX || s[0] == '.')
			return true;
		/* They would be names of the kernel's own files. */
		for (size_t i = 0; i < ARRAY_SIZE(reserved); i++)
			if (str_starts(s, reserved[i]))
				return true;
		s += len;
		if (!*s)
			return strlen(path) > PATH_MAX / 2;
	}
}

/* The group that path lies directly in, among the n before it. NULL: none. */
static const struct tree_group *parent_of(const struct tree_config *cfg, size_t n, const char *path)
{
	size_t len = (size_t)(strrchr(path, '/') - path);

	for (size_t i = 0; i < n; i++) {
		const char *p = cfg->groups[i].path;

		if (strncmp(p, path, len) == 0 && p[len] == '\0')
			return &cfg->groups[i];
	}
	return NULL;
}

static int check_group(const struct tree_config *cfg, size_t i, struct err *err)
{
	const char *path = cfg->groups[i].path;
	const struct tree_group *parent;

	if (bad_name(path))
		return err_set_class(err, ERR_USAGE, -EINVAL, "'%s' cannot be the name of a group",
				     path);
	if (strcmp(path, TREE_DRAIN) == 0)
		return err_set_class(err, ERR_USAGE, -EINVAL,
				     "a group cannot be named '%s': each trial has one of its own",
				     path);
	if (!strchr(path, '/'))
		return 0;
	parent = parent_of(cfg, i, path);
	if (!parent)
		return err_set_class(err, ERR_USAGE, -EINVAL,
				     "group '%s' needs its parent group before it", path);
	/* The no-internal-process rule, Documentation/admin-guide/cgroup-v2.rst. */
	if (cfg->version == CG_V2 && parent->has_workers)
		return err_set_class(
			err, ERR_USAGE, -EINVAL,
			"group '%s' has workers and the child group '%s'; on cgroup v2 "
			"only groups without children can have processes: put the workers "
			"in a child group too",
			parent->path, path);
	return 0;
}

int tree_check(const struct tree_config *cfg, struct err *err)
{
	if (cfg->version == CG_NONE)
		return err_set_class(err, ERR_SKIP, -ENODEV, "no memory controller is mounted");
	if (!tree_name_parse(cfg->name, NULL))
		return err_set(err, -EINVAL, "'%s' is no name of a trial's group", cfg->name);
	for (size_t i = 0; i < cfg->n_groups; i++) {
		int r = check_group(cfg, i, err);

		if (r < 0)
			return r;
	}
	return 0;
}
