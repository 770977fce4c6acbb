/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/table.h"
#include "base/words.h"
#include "cli/gate_matrix.h"
#include "report/parts.h"

static const struct record *find_trial(const struct gate_cell *cell, const char *name)
{
	const struct run *run = &cell->res.run;

	for (size_t i = 0; i < run->n_trials; i++)
		if (str_eq(run->trials[i]->spec.name, name))
			return run->trials[i];
	return NULL;
}

/* A check that did not hold; the harness's own word about a guest has no number. */
static const struct check_verdict *first_miss(const struct record *r)
{
	for (size_t i = 0; r && i < r->n_verdicts; i++)
		if (r->verdicts[i].verdict == V_FAIL || r->verdicts[i].verdict == V_BROKEN)
			return &r->verdicts[i];
	return NULL;
}

static const struct check_verdict *same_check(const struct record *r,
					      const struct check_verdict *like)
{
	for (size_t i = 0; r && i < r->n_verdicts; i++) {
		const struct check_verdict *v = &r->verdicts[i];

		if (v->phase == like->phase && str_eq(v->name, like->name) &&
		    str_eq(v->expected, like->expected))
			return v;
	}
	return NULL;
}

/* "what was found", as short as it goes: a number, a word, or the verdict. */
static void put_number(struct table *t, const struct record *r, const struct check_verdict *v)
{
	struct verdict_numbers n;

	if (!v) {
		table_cell(t, STYLE_DIM, "-");
		return;
	}
	verdict_numbers(&n, r, v);
	table_cell(t, verdict_style(v->verdict), "%.*s", (int)strcspn(n.actual, " "),
		   n.actual[0] ? n.actual : verdict_words[v->verdict]);
}

/* Under a trial that did not pass everywhere: the first check that did not hold, in every cell. */
static void put_difference(struct table *t, const struct gate_cell *cells, size_t n,
			   const char *name)
{
	const struct check_verdict *miss = NULL;
	const struct record *of = NULL;
	char where[200];

	for (size_t i = 0; i < n && !miss; i++) {
		of = find_trial(&cells[i], name);
		miss = first_miss(of);
	}
	if (!miss)
		return;
	table_row(t);
	table_cell(t, STYLE_DIM, "  %s%s%s%s", verdict_where(where, sizeof(where), of, miss),
		   miss->name, miss->expected[0] ? ", expected " : "", miss->expected);
	for (size_t i = 0; i < n; i++) {
		const struct record *r = find_trial(&cells[i], name);

		put_number(t, r, same_check(r, miss));
	}
}

static void put_trial(struct table *t, const struct gate_cell *cells, size_t n, const char *name)
{
	table_row(t);
	table_cell(t, STYLE_PLAIN, "%s", name);
	for (size_t i = 0; i < n; i++) {
		const struct record *r = find_trial(&cells[i], name);

		if (r)
			table_cell(t, verdict_style(r->verdict), "%s", verdict_words[r->verdict]);
		else
			table_cell(t, STYLE_DIM, "-");
	}
	put_difference(t, cells, n, name);
}

/* Trials in the order in which the cells have them, each once. */
static void put_cells(struct table *t, const struct gate_cell *cells, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const struct run *run = &cells[i].res.run;

		for (size_t j = 0; j < run->n_trials; j++) {
			const char *name = run->trials[j]->spec.name;
			bool seen = false;

			for (size_t k = 0; k < i && !seen; k++)
				seen = find_trial(&cells[k], name);
			if (!seen)
				put_trial(t, cells, n, name);
		}
	}
}

/* A SKIP is worth a line where another cell could do it. */
static bool tells(const struct gate_cell *cells, size_t n, const struct record *r)
{
	bool differs = r->verdict == V_FAIL || r->verdict == V_BROKEN;

	for (size_t i = 0; i < n && !differs && r->verdict == V_SKIP; i++) {
		const struct record *other = find_trial(&cells[i], r->spec.name);

		differs = other && other->verdict != V_SKIP;
	}
	return differs;
}

static void put_reasons(const struct gate_cell *cells, size_t n, FILE *out, struct arena *a)
{
	for (size_t i = 0; i < n; i++) {
		const struct run *run = &cells[i].res.run;

		if (cells[i].ran && cells[i].code != EXIT_PASS && cells[i].code != EXIT_SKIP)
			fprintf(out, "\n%s: %s\n", cells[i].part.name.s,
				cli_again(&cells[i].cli, a));
		for (size_t j = 0; j < run->n_trials; j++)
			if (tells(cells, n, run->trials[j]))
				fprintf(out, "%s: %s: %s: %s\n", cells[i].part.name.s,
					run->trials[j]->spec.name,
					verdict_words[run->trials[j]->verdict],
					record_why(run->trials[j]));
	}
}

int gate_table(const struct gate_cell *cells, size_t n, FILE *out, bool colour, struct arena *a)
{
	struct table_look look = {.colour = colour};
	struct table_column *columns = arena_array(a, n + 1, sizeof(*columns));
	struct table t;
	int r;

	columns[0] = (struct table_column){.title = "trial", .shrink_to = 30};
	for (size_t i = 0; i < n; i++)
		columns[i + 1] = (struct table_column){.title = cells[i].part.name.s};
	table_init(&t, a, columns, n + 1);
	put_cells(&t, cells, n);
	r = table_write(&t, out, &look);
	put_reasons(cells, n, out, a);
	return r < 0 || ferror(out) ? -EIO : 0;
}
