/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/gate_capacity.h"

#include <errno.h>
#include <glob.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "base/words.h"
#include "cli/suites.h"

struct cells {
	struct cli *cli;
	struct arena arena;
	struct matrix matrix;
	struct selection sel;
	struct gate_cell *list;
	size_t n;
	const char *again; /* the line that runs all of it again */
};

/* What a matrix names is beside it, wherever it is used from. */
static const char *beside(struct cells *c, const char *path)
{
	const char *slash = strrchr(c->matrix.path, '/');

	return path[0] == '/' || !slash
		       ? path
		       : arena_printf(&c->arena, "%.*s/%s", (int)(slash - c->matrix.path),
				      c->matrix.path, path);
}

/* The newest of the files that a pattern matches. */
static void find_file(struct cells *c, struct text *t, struct diags *d)
{
	const char *pattern, *newest = NULL;
	glob_t found;

	if (!t->s)
		return;
	pattern = beside(c, t->s);
	if (glob(pattern, 0, NULL, &found) == 0)
		for (size_t i = 0; i < found.gl_pathc; i++)
			if (!newest || strverscmp(found.gl_pathv[i], newest) > 0)
				newest = found.gl_pathv[i];
	if (newest)
		t->s = arena_strdup(&c->arena, newest);
	else
		diag_add(d, t->pos,
			 "tests/gate/fetch-kernels and tests/gate/build-kernel get kernels",
			 "there is no %s", pattern);
	globfree(&found);
}

static void set_option(const char **option, struct text given)
{
	if (given.s)
		*option = given.s;
}

/* The options of one gate, from those of the command line and what the cell says. */
static void fill_cell(struct cells *c, struct gate_cell *cell)
{
	const struct matrix_part *p = &cell->part;
	const char *save = c->cli->save;
	struct cli *o = &cell->cli;

	*o = *c->cli;
	o->matrix = NULL;
	o->cell = p->name.s;
	o->output = "/dev/null";
	set_option(&o->kernel, p->kernel);
	set_option(&o->modules, p->modules);
	set_option(&o->append, p->append);
	set_option(&o->memory, p->memory);
	set_option(&o->cpus, p->cpus);
	set_option(&o->numa, p->numa);
	set_option(&o->swap, p->swap);
	set_option(&o->disk, p->disk);
	set_option(&o->disk_rate, p->disk_rate);
	set_option(&o->cgroup, p->cgroup);
	set_option(&o->reserve, p->reserve);
	if (!save)
		return;
	o->save = arena_printf(&c->arena, "%s/%s.json", save, p->name.s);
	o->console = arena_printf(&c->arena, "%s/%s.console", save, p->name.s);
}

static void make_cells(struct cells *c, struct diags *d)
{
	c->n = matrix_cells(&c->matrix);
	c->list = arena_array(&c->arena, c->n + 1, sizeof(*c->list));
	for (size_t i = 0; i < c->n; i++) {
		struct gate_cell *cell = &c->list[i];

		matrix_cell(&c->matrix, i, &c->arena, &cell->part);
		find_file(c, &cell->part.kernel, d);
		find_file(c, &cell->part.modules, d);
	}
}

/* What runs: the command line's word holds, else the matrix'. */
static int choose(struct cells *c, struct err *err)
{
	const struct matrix *m = &c->matrix;
	struct cli *cli = c->cli;
	const char **args;

	if (!cli->suite && m->suite.s)
		cli->suite = is_suite_file(m->suite.s) ? beside(c, m->suite.s) : m->suite.s;
	if (!cli->n_args && m->n_profiles) {
		args = arena_array(&c->arena, m->n_profiles, sizeof(*args));
		for (size_t i = 0; i < m->n_profiles; i++) {
			const char *s = m->profiles[i].s, *end = strstr(s, ".yaml");

			args[i] = end && !end[5] ? beside(c, s) : s;
		}
		cli->args = args;
		cli->n_args = m->n_profiles;
	}
	return select_profiles(cli, &c->sel, err);
}

static int open_matrix(struct cells *c, struct err *err)
{
	struct cli *cli = c->cli;
	struct diags d = {0};
	uint64_t seed;
	int r = matrix_load(&c->matrix, cli->matrix, &d, err);

	if (r == 0)
		make_cells(c, &d);
	if (d.n) {
		diags_print(&d, stderr, term_colour(STDERR_FILENO, cli->colour));
		err_set_class(err, ERR_USAGE, r = -EINVAL, "the matrix %s cannot be run",
			      cli->matrix);
	} else if (r < 0) {
		err->class = ERR_USAGE;
	}
	diags_free(&d);
	if (r < 0 || (r = cli_seed(cli, &seed, err)) < 0)
		return r;
	c->again = cli_again(cli, &c->arena);
	r = cli->capacity ? 0 : choose(c, err);
	if (r < 0)
		return r;
	if (cli->save && mkdir(cli->save, 0777) < 0 && errno != EEXIST)
		return err_set_class(err, ERR_USAGE, -errno, "cannot make %s: %s", cli->save,
				     strerror(errno));
	for (size_t i = 0; i < c->n; i++)
		fill_cell(c, &c->list[i]);
	return 0;
}

static void say_done(const struct cells *c, size_t i)
{
	static const char *const words[V_MAX] = {"passed", "failed", "broken", "skipped"};
	const struct gate_cell *cell = &c->list[i];
	const struct run *run = &cell->res.run;
	size_t n[V_MAX] = {0};

	if (c->cli->capacity) {
		fprintf(stderr, "memtrial: [%zu/%zu] %s: %s\n", i + 1, c->n, cell->part.name.s,
			cell->answer.says ? cell->answer.says : "no answer");
		return;
	}
	for (size_t j = 0; j < run->n_trials; j++)
		n[run->trials[j]->verdict]++;
	fprintf(stderr, "memtrial: [%zu/%zu] %s:", i + 1, c->n, cell->part.name.s);
	for (int v = 0; v < V_MAX; v++)
		if (n[v])
			fprintf(stderr, " %zu %s", n[v], words[v]);
	fprintf(stderr, "%s\n", run->n_trials ? "" : " nothing could be run");
}

/* A FAIL counts before what could not be carried out, that before a PASS, and SKIP is the least. */
static int worse(int a, int b)
{
	static const int order[] = {EXIT_SKIP, EXIT_PASS, EXIT_BROKEN, EXIT_USAGE, EXIT_FAIL};
	size_t i, j;

	for (i = 0; i < ARRAY_SIZE(order) && order[i] != a; i++)
		;
	for (j = 0; j < ARRAY_SIZE(order) && order[j] != b; j++)
		;
	return i > j ? a : b;
}

static int run_cells(struct cells *c)
{
	int code = EXIT_SKIP;

	for (size_t i = 0; i < c->n && code < EXIT_SIGNAL; i++) {
		struct gate_cell *cell = &c->list[i];

		if (!c->cli->quiet)
			fprintf(stderr, "memtrial: [%zu/%zu] %s: %s\n", i + 1, c->n,
				cell->part.name.s, cell->cli.kernel);
		cell->cli.chosen = c->cli->chosen;
		cell->code = c->cli->capacity ? gate_capacity_ask(&cell->cli, &cell->answer)
					      : gate_run(&cell->cli, &c->sel, &cell->res);
		cell->ran = true;
		say_done(c, i);
		code = worse(code, cell->code);
	}
	return code;
}

static int report(struct cells *c, int code)
{
	struct cli *cli = c->cli;
	struct output out = {0};
	struct err err = {0};

	if (output_open(&out, cli, &err) < 0)
		return cli_error(&err);
	if ((cli->capacity ? gate_capacity_table : gate_table)(c->list, c->n, out.file,
							       out.options.colour, &c->arena) < 0)
		err_set(&err, -EIO, "cannot write the table");
	fprintf(out.file, "\nrun again: %s\n", c->again);
	if (output_close(&out, &err) < 0 || err.code)
		return worse(code, cli_error(&err));
	return code;
}

int gate_matrix(struct cli *cli)
{
	const char **args = cli->args;
	struct cells c = {.cli = cli};
	struct err err = {0};
	int code;

	if (cli->kernel || (cli->format && !str_eq(cli->format, "text")))
		err_set_class(&err, ERR_USAGE, -EINVAL,
			      cli->kernel
				      ? "--matrix names the kernels: --kernel has no place "
					"beside it"
				      : "--matrix prints a table; --save DIR keeps the result of "
					"each cell, for report --format");
	code = !err.code && cli->capacity ? gate_capacity_check(cli) : 0;
	if (code) {
		;
	} else if (err.code || open_matrix(&c, &err) < 0) {
		code = cli_error(&err);
	} else {
		code = run_cells(&c);
		code = report(&c, code);
	}
	for (size_t i = 0; i < c.n; i++)
		if (c.list[i].ran && cli->capacity)
			capacity_answer_free(&c.list[i].answer);
		else if (c.list[i].ran)
			gate_result_free(&c.list[i].res);
	selection_free(&c.sel);
	matrix_free(&c.matrix);
	cli->args = args;
	arena_free(&c.arena);
	return code;
}
