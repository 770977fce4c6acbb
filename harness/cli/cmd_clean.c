/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/cleanup.h"
#include "cli/where.h"

static int run(struct cli *cli)
{
	struct leftovers_where where;
	struct leftovers done;
	struct machine m;
	struct err err = {0};
	int r;

	if (probe_machine(&cli->roots, &m, &err) < 0 || where_find(cli, &m, &where, &err) < 0)
		return cli_error(&err);
	r = leftovers_clean(&where, cli->all, &done, &err);
	printf("removed %zu groups, killed %zu processes, restored %d knobs, removed %d "
	       "directories",
	       done.groups.groups, done.groups.processes, done.knobs, done.dirs);
	if (done.groups.alive)
		printf("; %zu running trial%s left alone", done.groups.alive,
		       done.groups.alive == 1 ? "" : "s");
	putchar('\n');
	return r < 0 ? cli_error(&err) : EXIT_PASS;
}

static const struct cli_option options[] = {
	{"all", 'a', CLI_FLAG, offsetof(struct cli, all), NULL, NULL,
	 "running trials too: they are killed"},
	{"in", 0, CLI_VALUE, offsetof(struct cli, in), "GROUP", "dir",
	 "look for groups in this cgroup directory"},
	{"scratch", 0, CLI_VALUE, offsetof(struct cli, scratch), "DIR", "dir",
	 "where to look for files (default: /var/tmp)"},
	{0},
};

const struct command command_clean = {
	.name = "clean",
	.args = "",
	.summary = "remove what a killed trial left: processes, groups, changed knobs, files",
	.description =
		"Only what memtrial made is touched: groups and directories memtrial-<pid>-<n> "
		"whose trial\n"
		"is dead, and sysctls written down in /run/memtrial. Running trials are left "
		"alone.",
	.options = options,
	.run = run,
};
