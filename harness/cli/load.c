/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <string.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "cli/load.h"
#include "cli/suites.h"
#include "cli/where.h"

int plan_options(struct cli *cli, struct machine *machine, struct plan_config *ret, struct err *err)
{
	struct statvfs fs;
	int r = 0;

	*ret = (struct plan_config){.machine = machine,
				    .disk_free = -1,
				    .whole_machine = cli->whole_machine};
	if (cli->reserve)
		r = cli_quantity("reserve", cli->reserve, UNIT_BYTES, &ret->reserve, err);
	if (r == 0 && cli->sample)
		r = cli_quantity("sample", cli->sample, UNIT_DUR, &ret->sample_interval.ns, err);
	if (r == 0 && cli->sample && ret->sample_interval.ns < NSEC_PER_MSEC)
		r = err_set_class(err, ERR_USAGE, -EINVAL, "--sample: %s is below the least of 1ms",
				  cli->sample);
	if (!cli->roots.fake && cli->scratch)
		probe_scratch(machine, cli->scratch);
	if (!cli->roots.fake && statvfs(where_scratch(cli), &fs) == 0)
		ret->disk_free = (int64_t)fs.f_bavail * (int64_t)fs.f_frsize;
	return r;
}

static int print_diags(struct cli *cli, struct loaded *l)
{
	fflush(stdout);
	diags_print(&l->diags, stderr, term_colour(STDERR_FILENO, cli->colour));
	return EXIT_USAGE;
}

int load_profile(struct cli *cli, const char *path, const struct plan_config *config,
		 struct loaded *l, struct err *err)
{
	struct profile_override set[SUITE_PARAMS_MAX + ARRAY_SIZE(cli->set)];
	size_t n = cli->chosen ? suite_params_for(cli->chosen, path, set) : 0;
	int r;

	*l = (struct loaded){0};
	/* The last one holds: the command line's. */
	memcpy(set + n, cli->set, cli->n_set * sizeof(*set));
	r = profile_load(&l->profile, path, set, n + cli->n_set, &l->diags, err);
	if (l->diags.n)
		return print_diags(cli, l);
	if (r < 0)
		return EXIT_USAGE;
	if (!config)
		return 0;
	r = plan_build(&l->plan, &l->profile, config, &l->diags, err);
	if (l->diags.n)
		return print_diags(cli, l);
	if (r < 0 && err->class == ERR_SKIP) {
		l->plan.skip = arena_strdup(&l->plan.arena, err->text);
		err_clear(err);
		r = 0;
	}
	/* The file's text, kept to point at mistakes in: there are none. */
	diags_free(&l->diags);
	return r < 0 ? EXIT_BROKEN : 0;
}

void loaded_free(struct loaded *l)
{
	plan_free(&l->plan);
	profile_free(&l->profile);
	diags_free(&l->diags);
}
