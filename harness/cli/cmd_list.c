/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/table.h"
#include "base/words.h"
#include "cgroup/names.h"
#include "cli/suites.h"
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
	selection_free(&sel);
	return EXIT_PASS;
}

/* "a, b; tags c": what it takes, as its file has it. */
static const char *suite_words(struct arena *a, const struct suite *s)
{
	const char *line = "";

	for (size_t i = 0; i < s->n_profiles; i++)
		line = arena_printf(a, "%s%s%s", line, i ? " " : "", s->profiles[i].s);
	for (size_t i = 0; i < s->n_tags; i++)
		line = arena_printf(a, "%s%s%s", line,
				    i		    ? " "
				    : s->n_profiles ? "; tagged "
						    : "tagged ",
				    s->tags[i].s);
	return line;
}

static int list_suites(struct cli *cli, struct table *t, struct arena *a)
{
	const char *dir = arena_printf(a, "%s/" SUITE_DIR, profiles_dir(cli));
	struct dirent **list;
	struct err err = {0};
	int n = scandir(dir, &list, NULL, alphasort);

	if (n < 0) {
		err_set_class(&err, ERR_USAGE, -errno, "cannot look into %s: %s", dir,
			      strerror(errno));
		return cli_error(&err);
	}
	for (int i = 0; i < n; i++) {
		const char *file = list[i]->d_name;
		struct diags d = {0};
		struct suite s;

		if (is_suite_file(file)) {
			suite_load(&s, arena_printf(a, "%s/%s", dir, file), &d, &err);
			table_row(t);
			table_cell(t, STYLE_BOLD, "%.*s",
				   (int)(strlen(file) - strlen(SUITE_SUFFIX)), file);
			table_cell(t, STYLE_PLAIN, "%s",
				   d.n ? "has mistakes: memtrial check" : s.summary.s);
			table_cell(t, STYLE_DIM, "%s", suite_words(a, &s));
			suite_free(&s);
			diags_free(&d);
		}
		free(list[i]);
	}
	free(list);
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
	{"profiles", list_profiles}, {"suites", list_suites}, {"stressors", list_stressors},
	{"metrics", list_metrics},   {"knobs", list_knobs},   {"faults", list_faults},
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
		      "cannot list \"%s\": profiles, suites, stressors, metrics, knobs or faults",
		      word);
	return cli_error(&err);
}

static const struct cli_option options[] = {
	OPTION_SUITE,
	OPTION_TAG,
	{0},
};

const struct command command_list = {
	.name = "list",
	.args = "[profiles|suites|stressors|metrics|knobs|faults]",
	.summary = "profiles, suites, stressors, metrics, knobs or faults that there are",
	.description = "Lists profiles (the default), suites, stressors, metrics, knobs or faults, "
		       "a line each.",
	.options = options,
	.run = run,
};
