/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/table.h"
#include "base/words.h"
#include "cgroup/names.h"
#include "cli/cli.h"
#include "metric/derived.h"

static int list_profiles(struct cli *cli, struct table *t, struct arena *a)
{
	struct selection sel;
	struct err err = {0};

	cli->n_args = 0;
	cli->all = !cli->n_tags;
	if (select_profiles(cli, &sel, &err) < 0)
		return cli_error(&err);
	for (size_t i = 0; i < sel.n; i++) {
		struct profile p = {0};
		struct diags d = {0};
		char *name = arena_strdup(a, profile_title(cli, sel.paths[i]));
		char tags[128] = "";

		name[strlen(name) - 5] = '\0';
		profile_load(&p, sel.paths[i], NULL, 0, &d, &err);
		err_clear(&err);
		for (size_t j = 0; j < p.n_tags; j++)
			snprintf(tags + strlen(tags), sizeof(tags) - strlen(tags), "%s%s",
				 j ? " " : "", p.tags[j].s);
		table_row(t);
		table_cell(t, STYLE_BOLD, "%s", name);
		table_cell(t, STYLE_PLAIN, "%s",
			   d.n ? "has mistakes: memtrial check" : p.summary.s);
		table_cell(t, STYLE_DIM, "%s", tags);
		profile_free(&p);
		diags_free(&d);
	}
	arena_free(&sel.arena);
	return EXIT_PASS;
}

static int list_stressors(struct cli *cli, struct table *t, struct arena *a)
{
	(void)cli;
	(void)a;
	for (const struct stressor *const *s = stressor_registry; *s; s++) {
		table_row(t);
		table_cell(t, STYLE_BOLD, "%s", (*s)->name);
		table_cell(t, STYLE_PLAIN, "%s", (*s)->summary);
	}
	return EXIT_PASS;
}

static int list_metrics(struct cli *cli, struct table *t, struct arena *a)
{
	(void)cli;
	(void)a;
	for (const struct metric_help *m = metric_help_table; m->pattern; m++) {
		table_row(t);
		table_cell(t, STYLE_BOLD, "%s", m->pattern);
		table_cell(t, STYLE_PLAIN, "%s", m->help);
		table_cell(t, STYLE_DIM, "%s", unit_name(m->unit));
	}
	return EXIT_PASS;
}

static int list_knobs(struct cli *cli, struct table *t, struct arena *a)
{
	(void)cli;
	(void)a;
	for (const struct knob *k = knob_table; k->name; k++) {
		table_row(t);
		table_cell(t, STYLE_BOLD, "%s", k->name);
		table_cell(t, STYLE_PLAIN, "%s", k->help);
		table_cell(t, STYLE_DIM, "%s",
			   knob_why_none(CG_V1, k)   ? "v2"
			   : knob_why_none(CG_V2, k) ? "v1"
						     : "v1 v2");
	}
	return EXIT_PASS;
}

/* A kind, and under it what can be said of it. */
static int list_faults(struct cli *cli, struct table *t, struct arena *a)
{
	char type[256];

	(void)cli;
	(void)a;
	for (const struct fault_kind *k = fault_kinds; k->name; k++) {
		static const char *const whom[] = {"machine", "stressors", "group"};

		table_row(t);
		table_cell(t, STYLE_BOLD, "%s", k->name);
		table_cell(t, STYLE_PLAIN, "%s", k->summary);
		table_cell(t, STYLE_DIM, "%s", whom[k->target]);
		for (const struct opt *o = k->options; o->name; o++) {
			table_row(t);
			table_cell(t, STYLE_PLAIN, "  %s", o->name);
			table_cell(t, STYLE_PLAIN, "%s", o->help);
			table_cell(t, STYLE_DIM, "%s; %s", opt_type_name(o, type, sizeof(type)),
				   o->flags & OPT_REQUIRED ? "required" : o->def);
		}
	}
	return EXIT_PASS;
}

static const struct list {
	const char *word;
	int (*fill)(struct cli *cli, struct table *t, struct arena *a);
} lists[] = {
	{"profiles", list_profiles}, {"stressors", list_stressors}, {"metrics", list_metrics},
	{"knobs", list_knobs},	     {"faults", list_faults},
};

static int run(struct cli *cli)
{
	static const struct table_column columns[] = {{NULL, ALIGN_LEFT, 0},
						      {NULL, ALIGN_LEFT, 30},
						      {NULL, ALIGN_LEFT, 0}};
	struct table_look look = {.colour = term_colour(STDOUT_FILENO, cli->colour)};
	const char *word = cli->n_args ? cli->args[0] : "profiles";
	struct arena arena = {0};
	struct err err = {0};

	if (term_is_tty(STDOUT_FILENO))
		look.max_width = term_width(STDOUT_FILENO);
	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
		struct table t;
		int code;

		if (!str_eq(lists[i].word, word))
			continue;
		table_init(&t, &arena, columns, 3);
		code = lists[i].fill(cli, &t, &arena);
		if (code == EXIT_PASS)
			table_write(&t, stdout, &look);
		arena_free(&arena);
		return code;
	}
	err_set_class(&err, ERR_USAGE, -EINVAL,
		      "cannot list \"%s\": profiles, stressors, metrics, knobs or faults", word);
	return cli_error(&err);
}

static const struct cli_option options[] = {
	OPTION_TAG,
	{0},
};

const struct command command_list = {
	.name = "list",
	.args = "[profiles|stressors|metrics|knobs|faults]",
	.summary = "profiles, stressors, metrics, knobs or faults that there are",
	.description = "Lists profiles (the default), stressors, metrics, knobs or faults, a line "
		       "each.",
	.options = options,
	.run = run,
};
