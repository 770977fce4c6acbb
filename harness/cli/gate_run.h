/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Inside cli/: one guest, from the options to its exit code. */
#ifndef MT_CLI_GATE_RUN_H
#define MT_CLI_GATE_RUN_H

#include "cli/gate_guest.h"
#include "cli/gate_result.h"

/*
 * Boot what the options say, run sel in it, report. Returns the exit code; res holds the results
 * until the caller frees it, in all cases.
 */
int gate_run(struct cli *cli, const struct selection *sel, struct gate_result *res);

/*
 * Boot the guest and watch it to its end; what it sends goes into res. Returns 0, also when it
 * lacks what the suite demands, or a negative errno: there was no guest.
 */
int gate_boot(struct gate_guest *g, struct gate_result *res, struct guest *guest, struct err *err);

#endif
