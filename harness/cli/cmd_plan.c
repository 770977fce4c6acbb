/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/load.h"

static int run(struct cli *cli)
{
	struct machine machine;
	struct plan_config config;
	struct selection sel;
	struct err err = {0};
	int code = EXIT_SKIP;

	if (probe_machine(&cli->roots, &machine, &err) < 0 ||
	    plan_options(cli, &machine, &config, &err) < 0 || select_profiles(cli, &sel, &err) < 0)
		return cli_error(&err);
	for (size_t i = 0; i < sel.n; i++) {
		struct loaded l;
		int r = load_profile(cli, sel.paths[i], &config, &l, &err);

		if (r) {
			if (err.code)
				cli_error(&err);
			code = r;
		} else {
			if (i)
				putchar('\n');
			plan_print(&l.plan, stdout);
			if (code == EXIT_SKIP && !l.plan.skip)
				code = EXIT_PASS;
		}
		loaded_free(&l);
		err_clear(&err);
	}
	selection_free(&sel);
	return code;
}

static const struct cli_option options[] = {
	OPTION_SET,
	OPTION_SUITE,
	OPTION_TAG,
	OPTION_RESERVE,
	{"scratch", 0, CLI_VALUE, offsetof(struct cli, scratch), "DIR", "dir",
	 "where files would be made"},
	{"whole-machine", 0, CLI_FLAG, offsetof(struct cli, whole_machine), NULL, NULL,
	 "plan for trials that change or exhaust the whole machine"},
	{0},
};

const struct command command_plan = {
	.name = "plan",
	.args = "[PROFILE|DIRECTORY|NAME]...",
	.summary = "a profile in this machine's absolute numbers; nothing is touched",
	.description = "Prints groups, limits, stressors, phases and checks in bytes, with the sum "
		       "of what\n"
		       "may be used. Exit code 4 when no plan could run here, with the reason.",
	.options = options,
	.run = run,
};
