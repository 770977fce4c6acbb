/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Inside cli/: a profile and its plan on this machine, loaded together, with diagnostics on stderr.
 */
#ifndef MT_CLI_LOAD_H
#define MT_CLI_LOAD_H

#include "cli/cli.h"
#include "plan/plan.h"

struct loaded {
	struct profile profile;
	struct plan plan;
	struct diags diags;
};

/* Options of the plan that the command line gave. */
int plan_options(struct cli *cli, struct machine *machine, struct plan_config *ret,
		 struct err *err);
/*
 * Load and plan. Returns 0; EXIT_USAGE after printing diagnostics; another exit code with err
 * filled. A plan that does not fit this machine comes out with plan.skip set.
 */
int load_profile(struct cli *cli, const char *path, const struct plan_config *config,
		 struct loaded *ret, struct err *err);
void loaded_free(struct loaded *l);

#endif
