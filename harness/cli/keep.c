/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/keep.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/words.h"
#include "history/history.h"

int fail_on_parse(const struct cli *cli, enum fail_on otherwise, enum fail_on *ret, struct err *err)
{
	static const char *const words[] = {"none", "regression", "any"};
	int i;

	*ret = otherwise;
	if (!cli->fail_on)
		return 0;
	i = word_index(words, FAIL_ON_COUNT, cli->fail_on);
	if (i < 0)
		return err_set_class(err, ERR_USAGE, -EINVAL,
				     "--fail-on: \"%s\" is not one of none, regression, any",
				     cli->fail_on);
	*ret = (enum fail_on)i;
	return 0;
}

int fail_on_code(enum fail_on what, const struct comparison *c)
{
	bool fail = (what == FAIL_ON_REGRESSION && (c->verdicts_worse || c->worse)) ||
		    (what == FAIL_ON_ANY && (c->verdicts_changed || c->moved));

	return fail ? EXIT_FAIL : EXIT_PASS;
}

static int check_options(const struct cli *cli, struct err *err)
{
	if (!cli->history && (cli->label || cli->baseline))
		return err_set_class(err, ERR_USAGE, -EINVAL, "--%s wants --history FILE",
				     cli->label ? "label" : "baseline");
	if (!cli->baseline && cli->fail_on)
		return err_set_class(err, ERR_USAGE, -EINVAL, "--fail-on wants --baseline");
	if (cli->label && (!cli->label[0] || strpbrk(cli->label, " \t\n")))
		return err_set_class(err, ERR_USAGE, -EINVAL, "--label: \"%s\" is not one word",
				     cli->label);
	return 0;
}

int keep_prepare(const struct cli *cli, struct err *err)
{
	struct history *h = NULL;
	struct baseline b;
	enum fail_on what;
	int r = check_options(cli, err);

	if (r < 0 || !cli->history)
		return r;
	r = fail_on_parse(cli, FAIL_ON_REGRESSION, &what, err);
	if (r == 0 && cli->baseline)
		r = baseline_parse(cli->baseline, &b, err);
	if (r == 0)
		r = history_open(&h, cli->history, !cli->baseline, err);
	if (r == 0 && cli->baseline)
		r = baseline_check(h, &b, err);
	history_close(h);
	return r;
}

/* The report of the run has stdout to itself where a program reads it. */
static FILE *where_told(const struct cli *cli)
{
	bool text = !cli->format || str_eq(cli->format, "text");

	return text && !cli->output ? stdout : stderr;
}

static int against(const struct cli *cli, struct history *h, const struct run *run, int *code,
		   struct err *err)
{
	struct comparison c = {0};
	FILE *out = where_told(cli);
	enum fail_on what;
	struct baseline b;
	int r, now;

	if ((r = baseline_parse(cli->baseline, &b, err)) < 0 ||
	    (r = fail_on_parse(cli, FAIL_ON_REGRESSION, &what, err)) < 0)
		return r;
	compare_side(&c, cli->baseline, NULL);
	now = compare_side(&c, "this run", NULL);
	r = baseline_add(h, &b, &c, 0, run, false, err);
	if (r == 0) {
		compare_add_run(&c, (size_t)now, run);
		compare_run(&c, NULL);
		fprintf(out, "\nagainst the baseline\n");
		r = compare_text(&c, out, term_colour(fileno(out), cli->colour),
				 term_width(fileno(out)), false, err);
		if (*code == EXIT_PASS && fail_on_code(what, &c) == EXIT_FAIL)
			*code = EXIT_FAIL;
	}
	compare_free(&c);
	return r;
}

int keep_conclude(const struct cli *cli, const struct run *run, int code)
{
	struct history *h = NULL;
	struct err err = {0};
	int r;

	if (!cli->history || !run->n_trials)
		return code;
	r = history_open(&h, cli->history, true, &err);
	if (r == 0 && cli->baseline)
		r = against(cli, h, run, &code, &err);
	if (r == 0)
		r = history_add(h, run, cli->label, &err);
	history_close(h);
	if (r < 0) {
		cli_error(&err);
		/* As with --save: FAIL stays FAIL, what could not be kept is no success. */
		code = code == EXIT_FAIL ? code : EXIT_BROKEN;
	}
	return code;
}
