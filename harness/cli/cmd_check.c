/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/words.h"
#include "cli/load.h"
#include "cli/suites.h"
#include "profile/matrix.h"

static int check_suite(const char *path, struct diags *d, struct err *err)
{
	struct suite s;
	int r = suite_load(&s, path, d, err);

	suite_free(&s);
	return r;
}

static int check_matrix(const char *path, struct diags *d, struct err *err)
{
	struct matrix m;
	int r = matrix_load(&m, path, d, err);

	matrix_free(&m);
	return r;
}

/* Files that are no profiles, by what their names end in. */
static const struct {
	const char *suffix;
	int (*check)(const char *path, struct diags *d, struct err *err);
} others[] = {
	{SUITE_SUFFIX, check_suite},
	{".matrix", check_matrix},
};

static bool has_suffix(const char *path, const char *suffix)
{
	size_t n = strlen(path), m = strlen(suffix);

	return n > m && str_eq(path + n - m, suffix);
}

/* Checks such a file; false when it is none. */
static bool check_other(struct cli *cli, const char *path, int *code)
{
	struct diags d = {0};
	struct err err = {0};

	for (size_t i = 0; i < ARRAY_SIZE(others); i++) {
		if (!has_suffix(path, others[i].suffix))
			continue;
		if (others[i].check(path, &d, &err) == 0) {
			if (!cli->quiet)
				printf("%s: ok\n", path);
		} else {
			*code = EXIT_USAGE;
			fflush(stdout);
			if (d.n)
				diags_print(&d, stderr, term_colour(STDERR_FILENO, cli->colour));
			else
				cli_error(&err);
		}
		diags_free(&d);
		return true;
	}
	return false;
}

/* What is left are profiles, unless there were only such files. */
static bool check_others(struct cli *cli, int *code)
{
	size_t n = 0, had = cli->n_args;

	for (size_t i = 0; i < had; i++)
		if (!check_other(cli, cli->args[i], code))
			cli->args[n++] = cli->args[i];
	cli->n_args = n;
	return !had || n;
}

static int run(struct cli *cli)
{
	struct selection sel;
	struct err err = {0};
	int code = EXIT_PASS;

	if (!check_others(cli, &code) && !cli->suite)
		return code;
	if (!cli->n_args)
		cli->all = true;
	if (select_profiles(cli, &sel, &err) < 0)
		return cli_error(&err);
	for (size_t i = 0; i < sel.n; i++) {
		struct loaded l;
		int r;

		err_clear(&err);
		r = load_profile(cli, sel.paths[i], NULL, &l, &err);
		if (r && err.code)
			cli_error(&err);
		if (r)
			code = EXIT_USAGE;
		else if (!cli->quiet)
			printf("%s: ok\n", sel.paths[i]);
		loaded_free(&l);
	}
	selection_free(&sel);
	return code;
}

static const struct cli_option options[] = {
	OPTION_SET,
	OPTION_SUITE,
	OPTION_TAG,
	{"quiet", 'q', CLI_FLAG, offsetof(struct cli, quiet), NULL, NULL,
	 "say nothing of good ones"},
	{0},
};

const struct command command_check = {
	.name = "check",
	.args = "[PROFILE|DIRECTORY|NAME|SUITE|MATRIX]...",
	.summary = "find every mistake in profiles; nothing is run",
	.description =
		"Reads profiles (all of them without arguments) and files *.suite and *.matrix, "
		"and\nreports every mistake with its place. Needs no privilege and no machine: "
		"what a\n"
		"machine lacks is no mistake.",
	.options = options,
	.run = run,
};
