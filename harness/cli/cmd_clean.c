/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "cgroup/tree.h"
#include "cli/cli.h"
#include "kernel/probe.h"
#include "trial/scratch.h"
#include "trial/undo.h"

static int clean_groups(struct cli *cli, const struct machine *m, const char *base,
			struct tree_cleaned *done, struct err *err)
{
	_cleanup_close_ int mount = -1;
	struct tree_search search = {.base = base, .proc_fd = cli->roots.proc};

	if (!m->memcg_version)
		return 0;
	mount = roots_dir(&cli->roots, m->memcg_mount);
	if (mount < 0)
		return err_errno(err, mount, "cannot open %s", m->memcg_mount);
	search.at = (struct cg_place){.version = m->memcg_version == 1 ? CG_V1 : CG_V2,
				      .mount_fd = mount,
				      .mount = m->memcg_mount};
	return tree_clean(&search, cli->all, done, err);
}

static int run(struct cli *cli)
{
	struct tree_cleaned done = {0};
	struct machine m;
	struct err err = {0}, undo_err = {0};
	int knobs, dirs, code = EXIT_PASS;

	if (probe_machine(&cli->roots, &m, &err) < 0)
		return cli_error(&err);
	if (clean_groups(cli, &m, "", &done, &err) < 0)
		code = cli_error(&err);
	knobs = undo_leftovers(cli->roots.proc, "/run/memtrial", &undo_err);
	if (knobs < 0)
		code = cli_error(&undo_err);
	dirs = scratch_leftovers(cli->scratch ? cli->scratch : "/var/tmp");
	printf("removed %zu groups, killed %zu processes, restored %d knobs, removed %d "
	       "directories",
	       done.groups, done.processes, MAX(knobs, 0), dirs);
	if (done.alive)
		printf("; %zu running trial%s left alone", done.alive, done.alive == 1 ? "" : "s");
	putchar('\n');
	return code;
}

static const struct cli_option options[] = {
	{"all", 'a', CLI_FLAG, offsetof(struct cli, all), NULL, NULL,
	 "running trials too: they are killed"},
	{"scratch", 0, CLI_VALUE, offsetof(struct cli, scratch), "DIR", "dir",
	 "where to look for files (default: /var/tmp)"},
	{0},
};

const struct command command_clean = {
	.name = "clean",
	.args = "",
	.summary = "remove what a killed trial left: processes, groups, changed knobs, files",
	.description = "Only what memtrial made is touched: groups memtrial-<pid>-<n> whose "
		       "process is gone, and\n"
		       "sysctls written down in /run/memtrial. Running trials are left alone.",
	.options = options,
	.run = run,
};
