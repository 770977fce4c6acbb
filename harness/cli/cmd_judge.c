/* SPDX-License-Identifier: GPL-2.0-or-later */
/* judge and report: both work on saved results; judge forms the verdicts anew. */
#include <errno.h>

#include "cli/keep.h"
#include "cli/output.h"
#include "judge/judge.h"

static int work(struct cli *cli, bool again)
{
	struct output out = {0};
	struct run run = {0};
	struct err err = {0};
	int r, code;

	if (cli->n_args != 1) {
		err_set_class(&err, ERR_USAGE, -EINVAL,
			      "%s wants one result, as `memtrial run --save` wrote it",
			      cli->command->name);
		return cli_error(&err);
	}
	if ((again && keep_prepare(cli, &err) < 0) || run_load(&run, cli->args[0], &err) < 0 ||
	    output_open(&out, cli, &err) < 0) {
		run_free(&run);
		return cli_error(&err);
	}
	for (size_t i = 0; again && i < run.n_trials; i++)
		judge_record(run.trials[i]);
	r = output_begin(&out, &run, &err);
	for (size_t i = 0; i < run.n_trials && r == 0; i++)
		r = output_trial(&out, &run, i, &err);
	if (r == 0)
		r = output_end(&out, &run, &err);
	if (r == 0 && cli->save)
		r = run_save(&run, cli->save, &err);
	code = r < 0 ? cli_error(&err) : again ? exit_code_of_run(&run) : EXIT_PASS;
	if (output_close(&out, &err) < 0 && code == EXIT_PASS)
		code = cli_error(&err);
	if (again)
		code = keep_conclude(cli, &run, code);
	run_free(&run);
	return code;
}

static int run_judge(struct cli *cli)
{
	return work(cli, true);
}

static int run_report(struct cli *cli)
{
	return work(cli, false);
}

static const struct cli_option judge_options[] = {
	OPTION_FORMAT,
	OPTION_OUTPUT,
	{"save", 0, CLI_VALUE, offsetof(struct cli, save), "FILE", "file",
	 "keep the result with its new verdicts"},
	OPTION_HISTORY,
	OPTION_LABEL,
	OPTION_BASELINE,
	OPTION_FAIL_ON,
	OPTION_VERBOSE,
	OPTION_QUIET,
	{0},
};

static const struct cli_option report_options[] = {
	OPTION_FORMAT, OPTION_OUTPUT, OPTION_VERBOSE, OPTION_QUIET, {0},
};

const struct command command_judge = {
	.name = "judge",
	.args = "RESULT.json",
	.summary = "form the verdicts of a saved result anew; needs no privilege",
	.description = "Works from the readings in the file alone, on any machine. The exit code "
		       "is that of\n"
		       "the run.",
	.options = judge_options,
	.run = run_judge,
};

const struct command command_report = {
	.name = "report",
	.args = "RESULT.json",
	.summary = "a saved result in another format; needs no privilege",
	.description = "Prints the verdicts that are in the file; exit code 0 whatever they are.",
	.options = report_options,
	.run = run_report,
};
