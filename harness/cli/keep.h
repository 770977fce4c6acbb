/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Inside cli/: run, gate and judge keep runs in a history and hold them against those before. */
#ifndef MT_CLI_KEEP_H
#define MT_CLI_KEEP_H

#include "cli/cli.h"
#include "compare/compare.h"

/* What of a comparison is exit code 1. */
enum fail_on { FAIL_ON_NONE, FAIL_ON_REGRESSION, FAIL_ON_ANY, FAIL_ON_COUNT };
/* --fail-on, or `otherwise`. Returns 0 or a usage error. */
int fail_on_parse(const struct cli *cli, enum fail_on otherwise, enum fail_on *ret,
		  struct err *err);
/* EXIT_FAIL or EXIT_PASS. */
int fail_on_code(enum fail_on what, const struct comparison *c);

/* Before anything is run: the options go together, the history can be used, the baseline is there.
 */
int keep_prepare(const struct cli *cli, struct err *err);
/* After the run: compare it with the baseline, keep it. Returns the exit code, which was `code`. */
int keep_conclude(const struct cli *cli, const struct run *run, int code);

#endif
