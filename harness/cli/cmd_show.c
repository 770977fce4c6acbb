/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <string.h>

#include "base/table.h"
#include "base/words.h"
#include "cli/cli.h"
#include "plan/plan.h"

static void option_rows(struct table *t, const struct opt *o)
{
	char type[256], low[QUANTITY_MAX], high[QUANTITY_MAX];

	for (; o->name; o++) {
		table_row(t);
		table_cell(t, STYLE_BOLD, "%s", o->name);
		table_cell(t, STYLE_PLAIN, "%s", opt_type_name(o, type, sizeof(type)));
		if (o->type == OPT_ENUM || o->type == OPT_BOOL || o->type == OPT_TEXT ||
		    o->max <= o->min)
			table_cell(t, STYLE_PLAIN, "%s", "");
		else if (o->max == INT64_MAX)
			table_cell(t, STYLE_PLAIN, "from %s",
				   quantity_format(low, o->min, opt_unit(o)));
		else
			table_cell(t, STYLE_PLAIN, "%s .. %s",
				   quantity_format(low, o->min, opt_unit(o)),
				   quantity_format(high, o->max, opt_unit(o)));
		table_cell(t, STYLE_PLAIN, "%s",
			   o->flags & OPT_REQUIRED ? "required"
			   : o->def[0]		   ? o->def
						   : "(empty)");
		table_cell(t, STYLE_PLAIN, "%s%s", o->help,
			   o->flags & OPT_LIVE ? " (a phase may set it)" : "");
	}
}

static void show_options(const char *title, const struct opt *table)
{
	static const struct table_column columns[] = {{"option", ALIGN_LEFT, 0},
						      {"type", ALIGN_LEFT, 0},
						      {"limits", ALIGN_LEFT, 0},
						      {"default", ALIGN_LEFT, 0},
						      {"what", ALIGN_LEFT, 0}};
	struct table_look look = {.indent = 2};
	struct arena arena = {0};
	struct table t;

	printf("\n%s\n", title);
	table_init(&t, &arena, columns, 5);
	option_rows(&t, table);
	table_write(&t, stdout, &look);
	arena_free(&arena);
}

static int show_stressor(const struct stressor *s)
{
	printf("%s: %s\n", s->name, s->summary);
	show_options("options", s->options);
	show_options("options of every stressor", stressor_common_options);
	printf("\nmetrics\n  <stressor>.bytes: %s\n", s->bytes_help);
	for (const struct stressor_counter *c = s->counters; c && c->name; c++)
		printf("  <stressor>.%s: %s\n", c->name, c->help);
	return EXIT_PASS;
}

static int show_file(const char *path)
{
	char buf[4096];
	FILE *f = fopen(path, "re");
	struct err err = {0};

	if (!f) {
		err_set_class(&err, ERR_USAGE, -errno, "cannot open %s: %s", path, strerror(errno));
		return cli_error(&err);
	}
	for (size_t n; (n = fread(buf, 1, sizeof(buf), f)) > 0;)
		fwrite(buf, 1, n, stdout);
	fclose(f);
	return EXIT_PASS;
}

static int show_word(struct cli *cli, const char *word)
{
	const struct stressor *s = stressor_find(word);
	struct nearest near = {.want = word};
	struct selection sel;
	struct err err = {0};
	const char *args[] = {word};
	int r = EXIT_PASS;

	if (s)
		return show_stressor(s);
	for (const struct stressor *const *k = stressor_registry; *k; k++)
		nearest_offer(&near, (*k)->name);
	struct cli one = *cli;

	one.args = args;
	one.n_args = 1;
	if (select_profiles(&one, &sel, &err) < 0) {
		if (near.best) {
			err_clear(&err);
			err_set_class(&err, ERR_USAGE, -ENOENT,
				      "%s is no stressor and no profile; did you mean \"%s\"?",
				      word, near.best);
		}
		return cli_error(&err);
	}
	for (size_t i = 0; i < sel.n && r == EXIT_PASS; i++)
		r = show_file(sel.paths[i]);
	selection_free(&sel);
	return r;
}

static int run(struct cli *cli)
{
	struct err err = {0};

	if (cli->n_args == 1)
		return show_word(cli, cli->args[0]);
	err_set_class(&err, ERR_USAGE, -EINVAL,
		      "show wants one stressor or profile; `memtrial list` names them");
	return cli_error(&err);
}

static const struct cli_option options[] = {{0}};

const struct command command_show = {
	.name = "show",
	.args = "STRESSOR|PROFILE",
	.summary = "a stressor's options and metrics, or a profile's text",
	.description = "A stressor is shown with its options: type, limits, default and meaning.",
	.options = options,
	.run = run,
};
