/* SPDX-License-Identifier: GPL-2.0-or-later */
/* bench: hands over to memtrial-bench, a program of its own, so that trials do not carry it along.
 */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/words.h"
#include "cli/cli.h"

/* Where it is, from the directory of this program: built, beside it, installed. */
static const char *const places[] = {"tests/bench/memtrial-bench", "memtrial-bench",
				     "../libexec/memtrial/memtrial-bench"};

static int find(char *self, char *path, size_t size, struct err *err)
{
	ssize_t n = readlink("/proc/self/exe", self, PATH_MAX - 1);
	const char *slash;

	if (n < 0)
		return err_errno(err, -errno, "cannot tell where this program is");
	self[n] = 0;
	slash = strrchr(self, '/');
	for (size_t i = 0; slash && i < sizeof(places) / sizeof(places[0]); i++) {
		snprintf(path, size, "%.*s/%s", (int)(slash - self), self, places[i]);
		if (access(path, X_OK) == 0)
			return 0;
	}
	return err_set_class(err, ERR_SKIP, -ENOENT,
			     "memtrial-bench is not here: it is built with the tests "
			     "(cmake -D MT_TESTS=ON)");
}

static int run(struct cli *cli)
{
	const struct {
		const char *option, *value;
	} given[] = {{"--against", cli->against},
		     {"--rounds", cli->rounds},
		     {"--only", cli->only},
		     {"--json", cli->json}};
	static char self[PATH_MAX];
	char path[2 * PATH_MAX];
	const char *argv[16];
	struct err err = {0};
	int n = 0;

	if (cli->against && !str_eq(cli->against, "peers"))
		return err_set_class(&err, ERR_USAGE, -EINVAL, "--against: %s: bench knows peers",
				     cli->against),
		       cli_error(&err);
	if (find(self, path, sizeof(path), &err) < 0)
		return cli_error(&err);
	argv[n++] = path;
	argv[n++] = "--memtrial";
	argv[n++] = self;
	for (size_t i = 0; i < sizeof(given) / sizeof(given[0]); i++)
		if (given[i].value) {
			argv[n++] = given[i].option;
			argv[n++] = given[i].value;
		}
	if (cli->perf)
		argv[n++] = "--perf";
	argv[n] = NULL;
	fflush(NULL);
	execv(path, (char *const *)argv);
	err_errno(&err, -errno, "cannot run %s", path);
	return cli_error(&err);
}

static const struct cli_option options[] = {
	{"against", 0, CLI_VALUE, offsetof(struct cli, against), "peers", "peers",
	 "measure stress-ng, fio, memhog and sadc beside ours, where they are installed"},
	{"rounds", 0, CLI_VALUE, offsetof(struct cli, rounds), "N", NULL,
	 "rounds after a warm one that does not count (default: 7)"},
	{"only", 0, CLI_VALUE, offsetof(struct cli, only), "NAME", NULL,
	 "one measure or load: anon-thp, pagecache, slab, oom ... (a wrong one lists them)"},
	{"json", 0, CLI_VALUE, offsetof(struct cli, json), "FILE", "file",
	 "every round's numbers of the loads"},
	{"perf", 0, CLI_FLAG, offsetof(struct cli, perf), NULL, NULL,
	 "one round more under perf record: where the CPU time goes, in the kernel and here"},
	{0},
};

const struct command command_bench = {
	.name = "bench",
	.args = "",
	.summary = "how fast the stressors are on this machine, and what memtrial itself costs",
	.description =
		"Measures each load through its real stressor in a worker, the bare technique that "
		"bounds it and,\n"
		"with --against peers, the programs that others use for it: one after the other in "
		"every round,\n"
		"each alone in a group with the same limit. Prints medians, the spread, work per "
		"CPU-second and on\n"
		"the clock, and ratios with their targets. Needs root. On a machine that is busy "
		"the "
		"clock says little.",
	.options = options,
	.run = run,
};
