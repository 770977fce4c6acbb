/* SPDX-License-Identifier: GPL-2.0-or-later */
/* history: what `--history` kept, as a list of trials or as one number over time. */
#include <errno.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/table.h"
#include "cli/cli.h"
#include "history/history.h"

#define PLOT_HEIGHT 8

static const char *when(struct arena *a, int64_t t_ns)
{
	time_t t = (time_t)(t_ns / NSEC_PER_SEC);
	struct tm tm;
	char text[32];

	gmtime_r(&t, &tm);
	strftime(text, sizeof(text), "%Y-%m-%d %H:%M", &tm);
	return arena_strdup(a, text);
}

static int put(const struct table *t, const struct cli *cli)
{
	const struct table_look look = {.max_width = term_width(STDOUT_FILENO),
					.colour = term_colour(STDOUT_FILENO, cli->colour)};

	return table_write(t, stdout, &look);
}

static void put_trial(const struct history_trial *trial, struct table *t, struct arena *a)
{
	static const enum verdict order[] = {V_PASS, V_FAIL, V_BROKEN, V_SKIP};

	table_row(t);
	table_cell(t, STYLE_BOLD, "%s", trial->name);
	table_cell(t, STYLE_PLAIN, "%lld", (long long)trial->runs);
	for (size_t v = 0; v < ARRAY_SIZE(order); v++)
		table_cell(t,
			   order[v] == V_FAIL && trial->verdicts[V_FAIL] ? STYLE_RED : STYLE_PLAIN,
			   "%lld", (long long)trial->verdicts[order[v]]);
	table_cell(t, STYLE_PLAIN, "%s", when(a, trial->last_ns));
	table_cell(t, STYLE_PLAIN, "%s", trial->label ? trial->label : "");
	table_cell(t, STYLE_DIM, "%s", trial->kernel ? trial->kernel : "");
}

static int list(struct cli *cli, struct history *h, struct arena *a, struct err *err)
{
	static const struct table_column columns[] = {
		{.title = "trial"},
		{.title = "runs", .align = ALIGN_RIGHT},
		{.title = "pass", .align = ALIGN_RIGHT},
		{.title = "fail", .align = ALIGN_RIGHT},
		{.title = "broken", .align = ALIGN_RIGHT},
		{.title = "skip", .align = ALIGN_RIGHT},
		{.title = "last (UTC)"},
		{.title = "label"},
		{.title = "kernel", .shrink_to = 12},
	};
	struct history_trial *trials;
	struct table t;
	size_t n;
	int r = history_trials(h, a, &trials, &n, err);

	if (r < 0)
		return r;
	if (!n)
		return err_set_class(err, ERR_USAGE, -ENOENT,
				     "history %s is empty: `memtrial run --history` fills it",
				     cli->args[0]);
	table_init(&t, a, columns, ARRAY_SIZE(columns));
	for (size_t i = 0; i < n; i++)
		put_trial(&trials[i], &t, a);
	return put(&t, cli);
}

static const char *accepted(struct arena *a, const struct history_point *p, enum unit unit)
{
	char low[QUANTITY_MAX], high[QUANTITY_MAX];

	if (p->check == V_MAX)
		return "";
	if (p->low == VALUE_ABSENT)
		return arena_printf(a, "up to %s", quantity_format(high, p->high, unit));
	if (p->high == VALUE_MAX)
		return arena_printf(a, "from %s", quantity_format(low, p->low, unit));
	return arena_printf(a, "%s .. %s", quantity_format(low, p->low, unit),
			    quantity_format(high, p->high, unit));
}

static void put_points(const struct history_line *l, struct table *t, struct arena *a)
{
	char n[QUANTITY_MAX];

	for (size_t i = 0; i < l->n; i++) {
		const struct history_point *p = &l->points[i];
		enum verdict v = p->check == V_MAX ? p->trial : p->check;

		table_row(t);
		table_cell(t, STYLE_PLAIN, "%s", when(a, p->t_ns));
		table_cell(t, STYLE_PLAIN, "%s", p->label ? p->label : "");
		table_cell(t, STYLE_BOLD, "%s",
			   number_short(n, (double)p->value, l->unit, l->form == FORM_CHANGE));
		table_cell(t, STYLE_PLAIN, "%s", accepted(a, p, l->unit));
		table_cell(t, v == V_PASS ? STYLE_GREEN : STYLE_RED, "%s",
			   v == V_MAX ? "" : verdict_words[v]);
		table_cell(t, STYLE_DIM, "%s", p->kernel ? p->kernel : "");
	}
}

static int put_line(struct cli *cli, const struct history_line *l, struct arena *a)
{
	static const struct table_column columns[] = {
		{.title = "run (UTC)"},
		{.title = "label"},
		{.title = "value", .align = ALIGN_RIGHT},
		{.title = "accepted"},
		{.title = "verdict"},
		{.title = "kernel", .shrink_to = 12},
	};
	struct table t;
	int r;

	printf("%s: %s in %s%s%s\n", l->trial, l->metric, l->phase,
	       l->form == FORM_LEVEL ? "" : ", ", l->form == FORM_LEVEL ? "" : form_words[l->form]);
	table_init(&t, a, columns, ARRAY_SIZE(columns));
	put_points(l, &t, a);
	r = put(&t, cli);
	history_plot(l, stdout, term_width(STDOUT_FILENO), PLOT_HEIGHT,
		     term_colour(STDOUT_FILENO, cli->colour));
	return r;
}

static int lines(struct cli *cli, struct history *h, struct arena *a, struct err *err)
{
	struct history_line *found = NULL;
	int64_t last = 0;
	size_t n = 0;
	int r = cli->last ? cli_quantity("last", cli->last, UNIT_COUNT, &last, err) : 0;

	if (r == 0)
		r = history_lines(h, a, cli->args[1], cli->args[2], cli->phase, last, &found, &n,
				  err);
	for (size_t i = 0; r == 0 && i < n; i++) {
		if (i)
			putchar('\n');
		r = put_line(cli, &found[i], a);
	}
	return r;
}

static int run(struct cli *cli)
{
	struct history *h = NULL;
	struct arena a = {0};
	struct err err = {0};
	int r;

	if (cli->n_args != 1 && cli->n_args != 3)
		r = err_set_class(&err, ERR_USAGE, -EINVAL,
				  "history wants FILE, or FILE TRIAL METRIC");
	else
		r = history_open(&h, cli->args[0], false, &err);
	if (r == 0)
		r = cli->n_args == 1 ? list(cli, h, &a, &err) : lines(cli, h, &a, &err);
	history_close(h);
	arena_free(&a);
	return r < 0 ? cli_error(&err) : EXIT_PASS;
}

static const struct cli_option options[] = {
	{"phase", 0, CLI_VALUE, offsetof(struct cli, phase), "PHASE", NULL,
	 "only this phase (\"always\" for the extremes over all samples)"},
	{"last", 0, CLI_VALUE, offsetof(struct cli, last), "N", NULL, "only the last N runs"},
	{0},
};

const struct command command_history = {
	.name = "history",
	.args = "FILE [TRIAL METRIC]",
	.summary = "what `run --history FILE` kept: its trials, or one number over time",
	.description =
		"With FILE alone lists the trials. With a trial and a metric prints its value "
		"in each run, and\n"
		"draws it. The file is an SQLite database, tables run, trial, number, metric, "
		"plan, fact.",
	.options = options,
	.run = run,
};
