/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/suites.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/words.h"
#include "kernel/config.h"

bool is_suite_file(const char *path)
{
	size_t len = strlen(path), n = strlen(SUITE_SUFFIX);

	return len > n && str_eq(path + len - n, SUITE_SUFFIX);
}

static int no_suite(const char *name, const char *dir, struct err *err)
{
	struct nearest near = {.want = name};
	struct arena a = {0};
	DIR *d = opendir(dir);
	int r;

	for (struct dirent *e; d && (e = readdir(d));)
		if (is_suite_file(e->d_name))
			nearest_offer(&near,
				      arena_strndup(&a, e->d_name,
						    strlen(e->d_name) - strlen(SUITE_SUFFIX)));
	if (d)
		closedir(d);
	r = err_set_class(err, ERR_USAGE, -ENOENT, "no suite %s (looked in %s)%s%s%s", name, dir,
			  near.best ? "; did you mean \"" : "", near.best ? near.best : "",
			  near.best ? "\"?" : "");
	arena_free(&a);
	return r;
}

int suite_path(struct cli *cli, const char *name, struct arena *a, const char **ret,
	       struct err *err)
{
	const char *dir = arena_printf(a, "%s/" SUITE_DIR, profiles_dir(cli));

	*ret = is_suite_file(name) ? name : arena_printf(a, "%s/%s" SUITE_SUFFIX, dir, name);
	return *ret == name || access(*ret, R_OK) == 0 ? 0 : no_suite(name, dir, err);
}

int suite_open(struct cli *cli, const char *name, struct suite *ret, struct err *err)
{
	struct diags d = {0};
	struct arena a = {0};
	const char *path;
	int r = suite_path(cli, name, &a, &path, err);

	*ret = (struct suite){0};
	if (r == 0)
		r = suite_load(ret, path, &d, err);
	if (d.n) {
		fflush(stdout);
		diags_print(&d, stderr, term_colour(STDERR_FILENO, cli->colour));
		err_set(err, r, "the suite %s cannot be used", path);
	}
	if (r < 0)
		err->class = ERR_USAGE;
	diags_free(&d);
	arena_free(&a);
	return r;
}

size_t suite_params_for(const struct suite *s, const char *path, struct profile_override *ret)
{
	struct profile p = {0};
	struct diags d = {0};
	struct err err = {0};
	size_t n = 0;

	if (s->n_params)
		profile_load(&p, path, NULL, 0, &d, &err);
	for (size_t i = 0; i < s->n_params; i++)
		for (size_t j = 0; j < p.n_params; j++)
			if (str_eq(p.params[j].name, s->params[i].name))
				ret[n++] = s->params[i];
	profile_free(&p);
	diags_free(&d);
	return n;
}

int suite_params_known(const struct suite *s, const struct selection *sel, struct err *err)
{
	struct profile_override found[SUITE_PARAMS_MAX];
	bool known[SUITE_PARAMS_MAX] = {false};

	for (size_t i = 0; i < sel->n; i++)
		for (size_t n = suite_params_for(s, sel->paths[i], found); n > 0; n--)
			for (size_t j = 0; j < s->n_params; j++)
				known[j] |= s->params[j].name == found[n - 1].name;
	for (size_t j = 0; j < s->n_params; j++)
		if (!known[j])
			return err_set_class(err, ERR_USAGE, -EINVAL,
					     "suite %s: none of its profiles has a param \"%s\"",
					     s->path, s->params[j].name);
	return 0;
}

int suite_demand(const struct suite *s, const char *config, size_t len, const char *source,
		 struct err *err)
{
	char lines[400];
	size_t n = suite_lacks(s, config, len, lines, sizeof(lines));

	if (!n)
		return 0;
	return err_set_class(err, ERR_FAIL, -ENOTSUP, "%s lacks what the suite %s demands: %s",
			     source, s->path, lines);
}

int suite_demand_here(struct cli *cli, const struct suite *s, const char *release, struct err *err)
{
	_cleanup_free_ char *text = NULL;
	char source[256];
	size_t len;
	int r;

	if (!s->n_configs)
		return 0;
	r = config_load(&cli->roots, release, &text, &len, source, sizeof(source));
	if (r < 0)
		return err_set(err, -ENOENT,
			       "the suite %s demands %s ..., and this kernel's config is nowhere: "
			       "/proc/config.gz (CONFIG_IKCONFIG_PROC), /boot/config-%s",
			       s->path, s->configs[0].s, release);
	return suite_demand(s, text, len, source, err);
}
