/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Inside cli/: where trials make their groups, files and journals, by the options and the machine.
 */
#ifndef MT_CLI_WHERE_H
#define MT_CLI_WHERE_H

#include "cli/cli.h"
#include "trial/leftovers.h"
#include "trial/trial.h"

/*
 * Fill *ret. --in becomes the machine's base, and meets the need of a memory controller when groups
 * can be made there. Returns 0 or a usage error.
 */
int where_find(struct cli *cli, struct machine *machine, struct leftovers_where *ret,
	       struct err *err);

/* What a trial is told of it. */
void where_trial(const struct leftovers_where *where, struct trial_config *ret);

/* --scratch, or where files are made without it. */
const char *where_scratch(const struct cli *cli);

/* Whether a result can be written to path later on, without touching it. Returns 0 or a usage
 * error. */
int where_save(const char *path, struct err *err);

#endif
