/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/words.h"
#include "cli/load.h"
#include "cli/output.h"
#include "cli/own_command.h"
#include "cli/signals.h"
#include "cli/where.h"
#include "portrait/portrait.h"

#define RUNS_DEFAULT 10
/* Of the fuse beside the command: plan/groups.c. */
#define OVERHEAD (64 * MIB)
/* A chance that is more than this is no test, and one of less nobody can wait for. */
#define MISS_LEAST   1
#define MISS_MOST    20000
#define MISS_DEFAULT 100

#define usage(err, ...) err_set_class(err, ERR_USAGE, -EINVAL, __VA_ARGS__)

struct recorder {
	struct cli *cli;
	struct machine machine;
	struct plan_config plan;
	struct leftovers_where where;
	struct portrait portrait;
	char dir[PATH_MAX];
};

static void told(void *data, const struct sitting *s, int done)
{
	const struct recorder *r = data;
	char peak[QUANTITY_MAX], took[QUANTITY_MAX];
	int64_t used = s->values[trait_index("box/run/memory.peak")];

	if (r->cli->quiet)
		return;
	fprintf(stderr, "[%d/%d] finished in %s, peak %s\n", done, r->portrait.config.runs,
		quantity_format(took, s->runtime_ns / NSEC_PER_MSEC * NSEC_PER_MSEC, UNIT_DUR),
		quantity_format(peak, used, UNIT_BYTES));
}

static int take_command(struct recorder *r, struct err *err)
{
	struct portrait_config *c = &r->portrait.config;
	const struct cli *cli = r->cli;
	struct own_command own;
	const char *slash;
	int ret;

	if (!cli->n_args)
		return usage(err, "record wants -- COMMAND...");
	ret = own_command_take(&r->portrait.arena, cli->args, cli->n_args, &own, err);
	if (ret < 0)
		return ret;
	c->command = own.command;
	c->title = own.title;
	slash = strrchr(cli->args[0], '/');
	c->name = cli->name ? cli->name : slash ? slash + 1 : cli->args[0];
	if (!c->name[0] || strlen(c->name) > 80)
		return usage(err, "--name: a line of up to 80 letters");
	return 0;
}

static int take_numbers(struct recorder *r, struct err *err)
{
	struct portrait_config *c = &r->portrait.config;
	const struct cli *cli = r->cli;
	int64_t runs = RUNS_DEFAULT, miss = MISS_DEFAULT;
	enum unit unit;

	if (cli->runs && cli_quantity("runs", cli->runs, UNIT_COUNT, &runs, err) < 0)
		return -EINVAL;
	if (runs < PORTRAIT_RUNS_LEAST || runs > PORTRAIT_RUNS_MOST)
		return usage(err, "--runs: %s is not within %d .. %d", cli->runs,
			     PORTRAIT_RUNS_LEAST, PORTRAIT_RUNS_MOST);
	if (cli->false_alarms &&
	    (quantity_parse(cli->false_alarms, strlen(cli->false_alarms), &miss, &unit) < 0 ||
	     unit != UNIT_PERCENT || miss < MISS_LEAST || miss > MISS_MOST))
		return usage(err, "--false-alarms: \"%s\" is no percentage from 0.001%% to 20%%",
			     cli->false_alarms);
	c->runs = (int)runs;
	c->miss = (double)miss / 100000;
	c->limit = VALUE_MAX;
	if (cli->limit && cli_quantity("limit", cli->limit, UNIT_BYTES, &c->limit, err) < 0)
		return -EINVAL;
	if (cli->limit && c->limit < MIB)
		return usage(err, "--limit: %s is below the least of 1M", cli->limit);
	if (cli->timeout &&
	    cli_quantity("timeout", cli->timeout, UNIT_DUR, &c->timeout.ns, err) < 0)
		return -EINVAL;
	if (cli->timeout && c->timeout.ns < NSEC_PER_SEC)
		return usage(err, "--timeout: %s is below the least of 1s", cli->timeout);
	return 0;
}

static int make_room(struct recorder *r, struct err *err)
{
	const struct machine *m = &r->machine;
	struct portrait_config *c = &r->portrait.config;
	int64_t reserve = r->plan.reserve ? r->plan.reserve : plan_default_reserve(m);
	int64_t room = MIN(m->mem_total - reserve, m->mem_available);

	if (m->base_limit != VALUE_MAX)
		room = MIN(room, m->base_limit - MIN(reserve, m->base_limit / 4));
	c->room = (room - OVERHEAD) / MIB * MIB;
	if (c->room < 16 * MIB || (c->limit != VALUE_MAX && c->limit > c->room / 2))
		return err_set_class(
			err, ERR_SKIP, -E2BIG,
			"%lldM can be given without touching the reserve: too little%s",
			(long long)(MAX(c->room, 0) / MIB),
			c->limit != VALUE_MAX ? " for twice the --limit" : "");
	return 0;
}

static int prepare(struct recorder *r, struct err *err)
{
	struct portrait_config *c = &r->portrait.config;
	struct cli *cli = r->cli;
	int ret;

	if ((ret = take_command(r, err)) < 0 || (ret = take_numbers(r, err)) < 0 ||
	    (ret = probe_machine(&cli->roots, &r->machine, err)) < 0 ||
	    (ret = where_find(cli, &r->machine, &r->where, err)) < 0 ||
	    (ret = plan_options(cli, &r->machine, &r->plan, err)) < 0 ||
	    (ret = cli_seed(cli, &c->trial.seed, err)) < 0 ||
	    (cli->output && (ret = where_save(cli->output, err)) < 0))
		return ret;
	if (!(r->machine.has & NEED_MEMCG))
		return err_set_class(err, ERR_SKIP, -ENODEV, "no groups can be made here: %s",
				     r->machine.why_not[NEED_INDEX_MEMCG]);
	if ((ret = make_room(r, err)) < 0)
		return ret;
	if (cli->roots.fake)
		return usage(err, "nothing can run on a captured machine (--sysroot)");
	c->dir = getcwd(r->dir, sizeof(r->dir)) ? r->dir : "?";
	c->tool = "memtrial " MT_VERSION;
	c->plan = &r->plan;
	c->show_stderr = cli->verbose;
	c->told = told;
	c->data = r;
	where_trial(&r->where, &c->trial);
	c->trial.profile_path = "record";
	return 0;
}

/* A cache that took all it was given says nothing of the command. */
static void warn_full(const struct recorder *r)
{
	const struct portrait *p = &r->portrait;
	int peak = trait_index("box/memory.peak");
	char room[QUANTITY_MAX];

	for (size_t i = 0; i < p->n && p->config.limit == VALUE_MAX; i++) {
		if (p->sittings[i].values[peak] < p->config.room / 20 * 19)
			continue;
		fprintf(stderr,
			"memtrial: it filled all that it was given, %s, perhaps with page cache: "
			"another machine gives more or less; record it within a --limit\n",
			quantity_format(room, p->config.room, UNIT_BYTES));
		return;
	}
}

static int write_profile(struct recorder *r, struct err *err)
{
	struct output out = {0};
	struct cli *cli = r->cli;
	int held, ret = output_open(&out, cli, err);

	if (ret < 0)
		return ret;
	fputs(portrait_text(&r->portrait, &r->portrait.arena, &held), out.file);
	ret = output_close(&out, err);
	if (ret < 0 || cli->quiet)
		return ret;
	warn_full(r);
	fprintf(stderr, "memtrial: %d ranges from %d runs%s%s\n", held, r->portrait.config.runs,
		out.path ? "; try it: memtrial run " : "",
		out.path ? cli_quoted(&r->portrait.arena, out.path) : "");
	return 0;
}

static int execute(struct recorder *r)
{
	struct err err = {0};
	int ret;

	if (prepare(r, &err) < 0)
		return cli_error(&err);
	cli_listen();
	ret = portrait_take(&r->portrait, &err);
	if (ret == 0)
		ret = write_profile(r, &err);
	if (ret < 0)
		return cli_error(&err);
	if (ret > 0)
		fputs("memtrial: interrupted: nothing was written\n", stderr);
	return ret > 0 ? EXIT_SIGNAL + ret : EXIT_PASS;
}

static int run(struct cli *cli)
{
	struct recorder *r = calloc(1, sizeof(*r));
	int code;

	r->cli = cli;
	code = execute(r);
	portrait_free(&r->portrait);
	free(r);
	return code;
}

static const struct cli_option options[] = {
	{"output", 'o', CLI_VALUE, offsetof(struct cli, output), "FILE", "file",
	 "write the profile to FILE instead of stdout"},
	{"runs", 'n', CLI_VALUE, offsetof(struct cli, runs), "N", NULL,
	 "how often it runs: 3 to 100 (default: 10)"},
	{"name", 0, CLI_VALUE, offsetof(struct cli, name), "TEXT", NULL,
	 "of what is recorded, for the summary (default: the command's first word)"},
	{"false-alarms", 0, CLI_VALUE, offsetof(struct cli, false_alarms), "PERCENT", NULL,
	 "of all runs of the profile that may fail by chance (default: 0.1%)"},
	{"limit", 0, CLI_VALUE, offsetof(struct cli, limit), "SIZE", NULL,
	 "memory.max of the command's group, here and in the profile (default: none)"},
	{"timeout", 0, CLI_VALUE, offsetof(struct cli, timeout), "TIME", NULL,
	 "of one run (default: 1h; in the profile ten times the longest, at least 10s)"},
	{"in", 0, CLI_VALUE, offsetof(struct cli, in), "GROUP", "dir",
	 "make the groups in this cgroup directory, for instance a delegated one"},
	OPTION_RESERVE,
	{"seed", 0, CLI_VALUE, offsetof(struct cli, seed), "N", NULL,
	 "of random orders (default: the time)"},
	{"verbose", 'v', CLI_FLAG, offsetof(struct cli, verbose), NULL, NULL,
	 "the command's standard error too"},
	{"quiet", 'q', CLI_FLAG, offsetof(struct cli, quiet), NULL, NULL, "no line for each run"},
	{0},
};

const struct command command_record = {
	.name = "record",
	.args = "-- COMMAND...",
	.summary = "write a profile that holds a command to the memory it uses now",
	.description =
		"Runs a command several times in a group of its own, and writes a profile that "
		"expects what\nit saw: the peak, its parts, page faults, reclaim, and exit code 0. "
		"The ranges come from\nhow much the runs differ; how is said in the profile.",
	.options = options,
	.run = run,
};
