/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which profiles a command works on. */
#include <dirent.h>
#include <errno.h>
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/words.h"
#include "cli/suites.h"

#ifndef MT_PROFILES_DIR
#define MT_PROFILES_DIR "/usr/share/memtrial/profiles"
#endif

const char *profiles_dir(const struct cli *cli)
{
	const char *env = getenv("MEMTRIAL_PROFILES");

	if (cli->profiles)
		return cli->profiles;
	if (env && env[0])
		return env;
	return access("profiles", R_OK) == 0 ? "profiles" : MT_PROFILES_DIR;
}

const char *profile_title(const struct cli *cli, const char *path)
{
	const char *dir = profiles_dir(cli);
	size_t len = strlen(dir);

	return str_starts(path, dir) && path[len] == '/' ? path + len + 1 : path;
}

static bool is_profile(const char *name)
{
	size_t len = strlen(name);

	return len > 5 && !strcmp(name + len - 5, ".yaml") && name[0] != '.';
}

static bool is_dir(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

/* All profiles below a directory, in the order of their names. */
static int add_dir(struct selection *sel, const char *path, int depth, struct err *err)
{
	struct dirent **list;
	int n = scandir(path, &list, NULL, alphasort), r = 0;

	if (n < 0)
		return err_set_class(err, ERR_USAGE, -errno, "cannot look into %s: %s", path,
				     strerror(errno));
	for (int i = 0; i < n; i++) {
		const char *full = arena_printf(&sel->arena, "%s/%s", path, list[i]->d_name);

		if (list[i]->d_name[0] != '.' && is_dir(full) && depth < 4 && !r)
			r = add_dir(sel, full, depth + 1, err);
		else if (is_profile(list[i]->d_name))
			*arena_push(&sel->arena, sel->paths, sel->n) = full;
		free(list[i]);
	}
	free(list);
	return r;
}

/* "limits/oom" or a pattern "limits/\*" below the profiles directory. */
static int add_named(struct cli *cli, struct selection *sel, const char *word, struct err *err)
{
	struct selection all = {0};
	struct nearest near = {.want = word};
	size_t before = sel->n;
	int r = add_dir(&all, profiles_dir(cli), 0, err);

	for (size_t i = 0; i < all.n && r == 0; i++) {
		char *title = arena_strdup(&all.arena, profile_title(cli, all.paths[i]));
		size_t len = strlen(title);

		title[len - 5] = '\0';
		nearest_offer(&near, title);
		if (fnmatch(word, title, 0) == 0 ||
		    (str_starts(title, word) && title[strlen(word)] == '/'))
			*arena_push(&sel->arena, sel->paths, sel->n) =
				arena_strdup(&sel->arena, all.paths[i]);
	}
	if (r == 0 && sel->n == before)
		r = err_set_class(err, ERR_USAGE, -ENOENT, "no profile %s (looked in %s)%s%s%s",
				  word, profiles_dir(cli), near.best ? "; did you mean \"" : "",
				  near.best ? near.best : "", near.best ? "\"?" : "");
	arena_free(&all.arena);
	return r;
}

static bool has_tag(const struct profile *p, const char *tag)
{
	for (size_t i = 0; i < p->n_tags; i++)
		if (str_eq(p->tags[i].s, tag))
			return true;
	return false;
}

/* A profile with mistakes is kept: whoever works on it reports them. */
static bool file_has_tag(const char *path, const char *const *tags, size_t n)
{
	struct profile p = {0};
	struct diags d = {0};
	struct err err = {0};
	bool keep = false;
	int r = profile_load(&p, path, NULL, 0, &d, &err);

	for (size_t i = 0; i < n && !keep; i++)
		keep = has_tag(&p, tags[i]);
	keep |= r < 0;
	profile_free(&p);
	diags_free(&d);
	return keep;
}

static void keep_tagged(struct selection *sel, const char *const *tags, size_t n)
{
	size_t kept = 0;

	for (size_t i = 0; i < sel->n; i++)
		if (file_has_tag(sel->paths[i], tags, n))
			sel->paths[kept++] = sel->paths[i];
	sel->n = kept;
}

static int add_word(struct cli *cli, struct selection *sel, const char *word, struct err *err)
{
	if (is_dir(word)) {
		size_t len = strlen(word);

		while (len > 1 && word[len - 1] == '/')
			len--;
		return add_dir(sel, arena_strndup(&sel->arena, word, len), 0, err);
	}
	if (access(word, F_OK) == 0 || is_profile(word)) {
		*arena_push(&sel->arena, sel->paths, sel->n) = arena_strdup(&sel->arena, word);
		return 0;
	}
	return add_named(cli, sel, word, err);
}

/* What a suite names, and of that what has one of its tags. */
static int add_suite(struct cli *cli, struct selection *sel, struct err *err)
{
	const struct suite *s = &sel->suite;
	const char **tags = arena_array(&sel->arena, s->n_tags + 1, sizeof(*tags));
	int r = s->n_profiles ? 0 : add_dir(sel, profiles_dir(cli), 0, err);

	for (size_t i = 0; i < s->n_profiles && r == 0; i++)
		r = add_named(cli, sel, s->profiles[i].s, err);
	for (size_t i = 0; i < s->n_tags; i++)
		tags[i] = s->tags[i].s;
	if (r == 0 && s->n_tags)
		keep_tagged(sel, tags, s->n_tags);
	if (r == 0 && !sel->n)
		r = err_set_class(err, ERR_USAGE, -ENOENT,
				  "none of its profiles in %s has one of its tags",
				  profiles_dir(cli));
	return r < 0 ? err_prefix(err, "suite %s", s->path) : 0;
}

static int no_tagged(struct cli *cli, const char *tag, struct err *err)
{
	return err_set_class(err, ERR_USAGE, -ENOENT, "no profile %s%s has the tag \"%s\"%s",
			     cli->n_args ? "that was named" : "in ",
			     cli->n_args ? "" : profiles_dir(cli), tag,
			     cli->n_tags > 1 ? " or another one given" : "");
}

static int select_all(struct cli *cli, struct selection *sel, struct err *err)
{
	static const char *const by_default[] = {"default"};
	int r = 0;

	for (size_t i = 0; i < cli->n_args && r == 0; i++)
		r = add_word(cli, sel, cli->args[i], err);
	if (r == 0 && !cli->n_args && cli->suite)
		r = add_suite(cli, sel, err);
	else if (r == 0 && !cli->n_args)
		r = add_dir(sel, profiles_dir(cli), 0, err);
	if (r < 0)
		return r;
	if (cli->n_tags)
		keep_tagged(sel, cli->tags, cli->n_tags);
	else if (!cli->n_args && !cli->all && !cli->suite)
		keep_tagged(sel, by_default, 1);
	if (!cli->n_args && cli->suite && (r = suite_params_known(&sel->suite, sel, err)) < 0)
		return r;
	return sel->n ? 0 : no_tagged(cli, cli->n_tags ? cli->tags[0] : by_default[0], err);
}

int select_profiles(struct cli *cli, struct selection *sel, struct err *err)
{
	int r;

	*sel = (struct selection){0};
	r = cli->suite ? suite_open(cli, cli->suite, &sel->suite, err) : 0;
	if (r == 0)
		r = select_all(cli, sel, err);
	if (r < 0)
		selection_free(sel);
	else
		cli->chosen = cli->suite ? &sel->suite : NULL;
	return r;
}

void selection_free(struct selection *sel)
{
	suite_free(&sel->suite);
	arena_free(&sel->arena);
	*sel = (struct selection){0};
}
