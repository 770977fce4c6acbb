/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/where.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/words.h"

/* The part of dir below the mount, without its slash; NULL when it is not below it. */
static const char *below(const char *mount, const char *dir)
{
	size_t n = strlen(mount);

	if (!n || !str_starts(dir, mount) || (dir[n] && dir[n] != '/'))
		return NULL;
	return dir + n + strspn(dir + n, "/");
}

/* A delegated group: the probe looked at the mount and at our own group only. */
static int take_in(struct cli *cli, struct machine *m, struct err *err)
{
	const needs_t needs =
		NEED_MEMCG | (m->memcg_version == 1 ? NEED_CGROUP_V1 : NEED_CGROUP_V2);
	char real[PATH_MAX];

	if (!realpath(cli->in, real))
		return err_set_class(err, ERR_USAGE, -errno, "--in: no group %s: %s", cli->in,
				     strerror(errno));
	if (!below(m->memcg_mount, real))
		return err_set_class(err, ERR_USAGE, -EINVAL,
				     "--in: %s is not below %s, where this machine's memory "
				     "controller is",
				     cli->in, m->memcg_mount[0] ? m->memcg_mount : "(nothing)");
	if (strlen(real) >= sizeof(m->memcg_base))
		return err_set_class(err, ERR_USAGE, -ENAMETOOLONG, "--in: %s: path too long",
				     cli->in);
	strcpy(m->memcg_base, real);
	probe_base_limits(&cli->roots, m);
	if (m->base_limit < m->mem_total)
		m->has |= NEED_LIMITED;
	else
		m->has &= ~NEED_LIMITED;
	if (faccessat(AT_FDCWD, real, W_OK | X_OK, AT_EACCESS) == 0) {
		m->has |= needs;
		return 0;
	}
	m->has &= ~needs;
	snprintf(m->why_not[NEED_INDEX_MEMCG], WHY_MAX, "no groups can be made in --in %.60s: %s",
		 cli->in, strerror(errno));
	return 0;
}

static const char *state_dir(struct cli *cli)
{
	const char *own = getenv("XDG_RUNTIME_DIR");

	if (geteuid() == 0)
		return "/run/memtrial";
	if (!own || !own[0] ||
	    snprintf(cli->state, sizeof(cli->state), "%s/memtrial", own) >= (int)sizeof(cli->state))
		return NULL;
	return cli->state;
}

static int check_scratch(const char *dir, struct err *err)
{
	struct stat st;

	if (stat(dir, &st) == 0 && !S_ISDIR(st.st_mode))
		errno = ENOTDIR;
	else if (faccessat(AT_FDCWD, dir, W_OK | X_OK, AT_EACCESS) == 0)
		return 0;
	return err_set_class(err, ERR_USAGE, -errno, "--scratch: no files can be made in %s: %s",
			     dir, strerror(errno));
}

const char *where_scratch(const struct cli *cli)
{
	return cli->scratch ? cli->scratch : SCRATCH_DEFAULT;
}

int where_find(struct cli *cli, struct machine *m, struct leftovers_where *ret, struct err *err)
{
	const char *base;
	int r = cli->in ? take_in(cli, m, err) : 0;

	if (r == 0 && cli->scratch)
		r = check_scratch(cli->scratch, err);
	if (r < 0)
		return r;
	base = below(m->memcg_mount, m->memcg_base);
	*ret = (struct leftovers_where){
		.machine = m,
		.roots = &cli->roots,
		.base = base ? base : "",
		.scratch = where_scratch(cli),
		.state_dir = state_dir(cli),
	};
	return 0;
}

int where_save(const char *path, struct err *err)
{
	char dir[PATH_MAX];
	struct stat st;
	int r;

	if (str_eq(path, "-"))
		return 0;
	if (snprintf(dir, sizeof(dir), "%s", path) >= (int)sizeof(dir))
		return err_set_class(err, ERR_USAGE, -ENAMETOOLONG, "%s: path too long", path);
	r = stat(path, &st);
	if (r == 0 && S_ISDIR(st.st_mode))
		errno = EISDIR;
	else if (r == 0 && !S_ISREG(st.st_mode) && faccessat(AT_FDCWD, path, W_OK, AT_EACCESS) == 0)
		return 0;
	/* A file is replaced as a whole: its directory must take a new one. */
	else if ((r == 0 ? S_ISREG(st.st_mode) : errno == ENOENT) &&
		 faccessat(AT_FDCWD, dirname(dir), W_OK | X_OK, AT_EACCESS) == 0)
		return 0;
	return err_set_class(err, ERR_USAGE, -errno, "cannot write %s: %s", path, strerror(errno));
}

void where_trial(const struct leftovers_where *where, struct trial_config *ret)
{
	ret->machine = where->machine;
	ret->roots = where->roots;
	ret->base = where->base;
	ret->scratch = where->scratch;
	ret->state_dir = where->state_dir;
}
