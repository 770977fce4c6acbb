/* SPDX-License-Identifier: GPL-2.0-or-later */
/* compare: saved runs, or a baseline of a history, beside each other. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/words.h"
#include "cli/keep.h"
#include "cli/output.h"
#include "history/history.h"

struct comparing {
	struct cli *cli;
	struct comparison c;
	struct run *runs; /* one a file, in the order of the arguments */
	size_t n_runs;
	enum fail_on fail_on;
	bool json;
};

static bool is_separator(const char *word)
{
	return str_eq(word, "--");
}

/* With a "--" the files between two of them are a side; without, each file is one. */
static bool has_separator(const struct cli *cli)
{
	for (size_t i = 0; i < cli->n_args; i++)
		if (is_separator(cli->args[i]))
			return true;
	return false;
}

static const char *side_name(struct comparing *p, size_t from, size_t to)
{
	const char *first = p->cli->args[from], *last = p->cli->args[to - 1];

	if (to - from == 1)
		return first;
	return arena_printf(&p->c.arena, to - from == 2 ? "%s %s" : "%s .. %s", first, last);
}

static int add_side(struct comparing *p, size_t from, size_t to, struct err *err)
{
	int side;

	if (from == to)
		return err_set_class(err, ERR_USAGE, -EINVAL,
				     "a side without a file: nothing stands beside \"--\"");
	side = compare_side(&p->c, side_name(p, from, to), err);
	for (size_t i = from; side >= 0 && i < to; i++) {
		struct run *run = &p->runs[p->n_runs];
		int r = run_load(run, p->cli->args[i], err);

		if (r < 0)
			return r;
		p->n_runs++;
		compare_add_run(&p->c, (size_t)side, run);
	}
	return side < 0 ? side : 0;
}

/* Where the side that begins at `from` ends. */
static size_t end_of_side(const struct cli *cli, size_t from, bool parted)
{
	size_t to = from;

	if (!parted)
		return from + 1;
	while (to < cli->n_args && !is_separator(cli->args[to]))
		to++;
	return to;
}

static int add_files(struct comparing *p, struct err *err)
{
	const struct cli *cli = p->cli;
	bool parted = has_separator(cli);
	int r = 0;

	for (size_t from = 0, to; from < cli->n_args && r == 0; from = to + parted) {
		to = end_of_side(cli, from, parted);
		r = add_side(p, from, to, err);
		/* A "--" at the end begins a side too, which is empty. */
		if (r == 0 && parted && to + 1 == cli->n_args)
			r = add_side(p, to, to, err);
	}
	return r;
}

/* All runs that were given, as one: the baseline is wanted for their trials. */
static int add_baseline(struct comparing *p, struct err *err)
{
	struct history *h = NULL;
	struct run all = {0};
	struct baseline b;
	int r = baseline_parse(p->cli->baseline, &b, err);

	if (r == 0)
		r = history_open(&h, p->cli->history, false, err);
	for (size_t i = 0; i < p->n_runs; i++)
		for (size_t k = 0; k < p->runs[i].n_trials; k++)
			*arena_push(&all.arena, all.trials, all.n_trials) = p->runs[i].trials[k];
	if (r == 0)
		r = baseline_add(h, &b, &p->c, 0, &all, p->cli->force, err);
	arena_free(&all.arena);
	history_close(h);
	return r;
}

static int prepare(struct comparing *p, struct err *err)
{
	const struct cli *cli = p->cli;
	const char *format = cli->format ? cli->format : "text";
	int r;

	p->json = str_eq(format, "json");
	if (!p->json && !str_eq(format, "text"))
		return err_set_class(err, ERR_USAGE, -EINVAL,
				     "--format: \"%s\" is not one of text, json", format);
	if (!cli->history != !cli->baseline)
		return err_set_class(err, ERR_USAGE, -EINVAL,
				     "--history and --baseline go together");
	r = fail_on_parse(cli, FAIL_ON_NONE, &p->fail_on, err);
	p->runs = calloc(cli->n_args + 1, sizeof(*p->runs));
	if (r == 0 && cli->baseline)
		r = MIN(compare_side(&p->c, cli->baseline, err), 0);
	if (r == 0)
		r = add_files(p, err);
	if (r == 0 && cli->baseline && p->c.n_sides > 1)
		r = add_baseline(p, err);
	return r;
}

static int report(struct comparing *p, struct err *err)
{
	struct output out = {0};
	int r;

	p->cli->format = NULL; /* the formats of output.h are those of runs */
	r = output_open(&out, p->cli, err);
	if (r < 0)
		return r;
	r = p->json ? compare_json(&p->c, out.file, err)
		    : compare_text(&p->c, out.file, out.options.colour, (size_t)out.options.width,
				   p->cli->verbose, err);
	return output_close(&out, err) < 0 && r == 0 ? err->code : r;
}

static int work(struct comparing *p, struct err *err)
{
	int r = prepare(p, err);

	if (r == 0 && (!p->cli->force || p->c.n_sides < 2))
		r = compare_check(&p->c, err);
	if (r < 0)
		return r;
	compare_run(&p->c, p->cli->metric);
	if (p->cli->metric && !p->c.n_series)
		return err_set_class(err, ERR_USAGE, -ENOENT, "--metric: no metric matches \"%s\"",
				     p->cli->metric);
	return report(p, err);
}

static int run(struct cli *cli)
{
	struct comparing p = {.cli = cli};
	struct err err = {0};
	int code = work(&p, &err) < 0 ? cli_error(&err) : fail_on_code(p.fail_on, &p.c);

	compare_free(&p.c);
	for (size_t i = 0; i < p.n_runs; i++)
		run_free(&p.runs[i]);
	free(p.runs);
	return code;
}

static const struct cli_option options[] = {
	OPTION_FAIL_ON,
	{"metric", 0, CLI_VALUE, offsetof(struct cli, metric), "PATTERN", NULL,
	 "only these metrics, as a shell pattern: 'x.*' (fewer tests find smaller changes)"},
	{"history", 0, CLI_VALUE, offsetof(struct cli, history), "FILE", "file",
	 "with --baseline: where its runs are"},
	{"baseline", 0, CLI_VALUE, offsetof(struct cli, baseline), "RUNS", NULL,
	 "the first side is of the history: 'last 20 on main'"},
	{"force", 0, CLI_FLAG, offsetof(struct cli, force), NULL, NULL,
	 "also what was planned otherwise"},
	{"format", 'f', CLI_VALUE, offsetof(struct cli, format), "FORMAT", "text json",
	 "text (default) or json"},
	OPTION_OUTPUT,
	{"verbose", 'v', CLI_FLAG, offsetof(struct cli, verbose), NULL, NULL,
	 "also numbers that vary and did not move"},
	{0},
};

const struct command command_compare = {
	.name = "compare",
	.args = "A.json B.json... | A.json... -- B.json...",
	.summary = "saved results beside each other: which verdicts changed, which numbers moved",
	.description =
		"Each file is a side, or with \"--\" the files between two of them are one. Others "
		"are compared\n"
		"with the first. With runs enough on both sides numbers are held against each "
		"other "
		"by\n"
		"Mann-Whitney's test, Holm-corrected over all of them; few runs against the range "
		"of "
		"five or more;\n"
		"few against few by the computed errors of the readings. Exit code 0, or 1 by "
		"--fail-on.",
	.options = options,
	.run = run,
	.separators = true,
};
