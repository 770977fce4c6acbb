/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Inside cli/: `gate --capacity`: a search of `memtrial capacity` in a guest, by the kernel there.
 */
#ifndef MT_CLI_GATE_CAPACITY_H
#define MT_CLI_GATE_CAPACITY_H

#include "cli/gate_matrix.h"

/* Runs --capacity with one kernel. Returns the exit code. */
int gate_capacity(struct cli *cli);

/*
 * One guest of it, without a report: of a cell of a matrix. answer->all is NULL where none came,
 * which was told then. Returns the exit code.
 */
int gate_capacity_ask(struct cli *cli, struct capacity_answer *answer);
/* Are the words of --capacity such as a guest can be asked? Returns 0, or an exit code after a
 * message. */
int gate_capacity_check(struct cli *cli);
/* Rows cells: what each kernel needs. Returns 0 or -EIO. */
int gate_capacity_table(const struct gate_cell *cells, size_t n, FILE *out, bool colour,
			struct arena *a);

#endif
