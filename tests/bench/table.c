/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The lines of the table, their targets, and the table itself. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/table.h"
#include "bench.h"

/* A line has a target (at most, at least never: all are costs) or is there to explain another. */
static const struct line {
	const char *heading; /* of the lines from here on; NULL: the same */
	const char *text, *unit;
	double target; /* at most; negative: none */
	int digits;
} lines[VAL_COUNT] = {
	[VAL_SAMPLE] = {"sampling, CPU time",
			"a sample of the trial: all of below, the row, the extremes", "us", 30, 1},
	[VAL_MACHINE] = {NULL, "meminfo and vmstat alone", "us", 10, 1},
	[VAL_MACHINE_READ] = {NULL, "  the same reads alone", "us", -1, 1},
	[VAL_MEMINFO] = {NULL, "  meminfo", "us", -1, 2},
	[VAL_VMSTAT] = {NULL, "  vmstat", "us", -1, 2},
	[VAL_GROUP] = {NULL, "  one group's files", "us", -1, 2},
	[VAL_PSI] = {NULL, "  PSI of the machine", "us", -1, 2},
	[VAL_SHARE] = {NULL, "the event loop sampling at 100 Hz", "% CPU", 1, 2},
	[VAL_SHARE_WAKE] = {NULL, "  waking up at 100 Hz and doing nothing", "% CPU", -1, 2},
	[VAL_SHARE_READ] = {NULL, "  waking up and the same reads alone", "% CPU", -1, 2},
	[VAL_SHARE_WORK] = {NULL, "  100 samples in a row each second", "% CPU", -1, 2},
	[VAL_READING] = {NULL, "a reading of all columns, workers included", "us", -1, 0},
	[VAL_GROUP_1] = {"groups through libcgroup, wall time",
			 "1 group in a trial that is there, fork, attach", "ms", 0.4, 2},
	[VAL_TREE_1] = {NULL, "  a trial of 1 group: three groups, its fuse, fork, attach", "ms",
			-1, 2},
	[VAL_GROUP_100] = {NULL, "100 groups, fork, attach", "ms", 20, 1},
	[VAL_BARE_100] = {NULL, "  mkdir, fork, write to tasks: the calls alone", "ms", -1, 1},
	[VAL_GROUPS_1000] = {NULL, "1000 groups up, one process each, killed, removed", "s", 0.8,
			     3},
	[VAL_CREATE_EACH] = {NULL, "  create, each", "us", -1, 0},
	[VAL_FORK_EACH] = {NULL, "  fork and attach, each", "us", -1, 0},
	[VAL_END_EACH] = {NULL, "  kill, reap, remove, each", "us", -1, 0},
	[VAL_EACH_100] = {NULL, "each of 100, up and down", "us", -1, 0},
	[VAL_EACH_300] = {NULL, "each of 300, up and down", "us", -1, 0},
	[VAL_EACH_1000] = {NULL, "each of 1000, up and down", "us", -1, 0},
	[VAL_LINEAR] = {NULL, "cost of one of 1000 over one of 100", "x", 1.25, 2},
	[VAL_WORKERS_1000] = {NULL, "1000 groups with a real worker each, up and down", "s", 1, 3},
	[VAL_STEP] = {"worker", "a step of the loop, null stressor", "ns", -1, 1},
	[VAL_STEP_CLOCK] = {NULL, "  one look at the clock", "ns", -1, 1},
	[VAL_PEAK] = {"memtrial run", "peak resident set in one trial", "MiB", 16, 2},
	[VAL_GROWTH] = {NULL, "it grows during the trial by", "KiB", 16, 0},
	[VAL_SUITE_PEAK] = {NULL, "peak resident set in a run of ten trials", "MiB", 16, 2},
	[VAL_SUITE_GROWTH] = {NULL, "  its second half over its first half", "KiB", -1, 0},
	[VAL_FIRST_STEP] = {NULL, "exec to first step, less the control interval", "ms", 100, 1},
	[VAL_FIRST_STEP_ALL] = {NULL, "exec to first step", "ms", -1, 1},
};

static const struct table_column columns[] = {
	{.title = ""},
	{.title = "median", .align = ALIGN_RIGHT},
	{.title = "least", .align = ALIGN_RIGHT},
	{.title = "most", .align = ALIGN_RIGHT},
	{.title = "unit"},
	{.title = "target", .align = ALIGN_RIGHT},
	{.title = ""},
};

static int by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

double bench_median(const double *x, int n)
{
	double sorted[ROUNDS_MAX];

	n = MIN(n, ROUNDS_MAX);
	memcpy(sorted, x, (size_t)n * sizeof(*sorted));
	qsort(sorted, (size_t)n, sizeof(*sorted), by_size);
	return n % 2 ? sorted[n / 2] : (sorted[n / 2 - 1] + sorted[n / 2]) / 2;
}

/* Returns whether the line's target was missed. */
static bool print_line(struct table *t, const struct line *l, const double *x, int n)
{
	double median = bench_median(x, n), least = x[0], most = x[0];
	bool missed = l->target >= 0 && median > l->target;

	for (int i = 1; i < n; i++) {
		least = MIN(least, x[i]);
		most = MAX(most, x[i]);
	}
	if (l->heading)
		table_line(t, STYLE_BOLD, "%s", l->heading);
	table_row(t);
	table_cell(t, STYLE_PLAIN, "%s", l->text);
	table_cell(t, STYLE_BOLD, "%.*f", l->digits, median);
	table_cell(t, STYLE_DIM, "%.*f", l->digits, least);
	table_cell(t, STYLE_DIM, "%.*f", l->digits, most);
	table_cell(t, STYLE_PLAIN, "%s", l->unit);
	if (l->target < 0)
		return false;
	table_cell(t, STYLE_PLAIN, "%g", l->target);
	table_cell(t, missed ? STYLE_BOLD_RED : STYLE_GREEN, missed ? "MISSED" : "met");
	return missed;
}

int bench_print(const struct bench *b)
{
	struct table_look look = {.colour = term_colour(STDOUT_FILENO, COLOUR_AUTO)};
	struct arena arena = {0};
	struct table t;
	int missed = 0;

	table_init(&t, &arena, columns, ARRAY_SIZE(columns));
	for (int v = 0; v < VAL_COUNT; v++)
		if (b->n[v])
			missed += print_line(&t, &lines[v], b->values[v], b->n[v]);
	if (t.n_rows)
		table_write(&t, stdout, &look);
	arena_free(&arena);
	return missed;
}
