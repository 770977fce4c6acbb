/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Inside cli/: a matrix of gates, one after the other, and its table. */
#ifndef MT_CLI_GATE_MATRIX_H
#define MT_CLI_GATE_MATRIX_H

#include "cli/gate_run.h"
#include "profile/matrix.h"

struct gate_cell {
	struct matrix_part part; /* its name, and patterns in it replaced by files */
	struct cli cli;		 /* the options that it makes of the command line's */
	struct gate_result res;
	struct capacity_answer answer; /* with --capacity, in place of res */
	int code;
	bool ran;
};

/* Runs --matrix. Returns the exit code: of the worst cell. */
int gate_matrix(struct cli *cli);

/*
 * gate_table.c: rows trials, columns cells; for what failed its first number in every cell. Then
 * the reasons, and how each cell with one is run again. Returns 0 or -EIO.
 */
int gate_table(const struct gate_cell *cells, size_t n, FILE *out, bool colour, struct arena *a);

#endif
