/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/load.h"

static int run(struct cli *cli)
{
	struct selection sel;
	struct err err = {0};
	int code = EXIT_PASS;

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
	arena_free(&sel.arena);
	return code;
}

static const struct cli_option options[] = {
	OPTION_SET,
	OPTION_TAG,
	{"quiet", 'q', CLI_FLAG, offsetof(struct cli, quiet), NULL, NULL,
	 "say nothing of good ones"},
	{0},
};

const struct command command_check = {
	.name = "check",
	.args = "[PROFILE|DIRECTORY|NAME]...",
	.summary = "find every mistake in profiles; nothing is run",
	.description =
		"Reads profiles (all of them without arguments) and reports every mistake with "
		"its\n"
		"place. Needs no privilege and no machine: what a machine lacks is no mistake.",
	.options = options,
	.run = run,
};
