/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Inside cli/: suites by their names, and what they demand of a kernel. */
#ifndef MT_CLI_SUITES_H
#define MT_CLI_SUITES_H

#include "cli/cli.h"

#define SUITE_DIR    "suites" /* below the profiles directory */
#define SUITE_SUFFIX ".suite"

/* A file, or a name below the profiles directory. Returns 0 or a usage error. */
int suite_path(struct cli *cli, const char *name, struct arena *a, const char **ret,
	       struct err *err);
/* Load it into ret; its mistakes are printed, and err says so. Returns 0 or a negative errno. */
int suite_open(struct cli *cli, const char *name, struct suite *ret, struct err *err);
/* Those of its params that a profile has; ret holds SUITE_PARAMS_MAX. Returns their number. */
size_t suite_params_for(const struct suite *s, const char *path, struct profile_override *ret);
/* A param that no profile of sel has is a mistake of the suite. Returns 0 or a usage error. */
int suite_params_known(const struct suite *s, const struct selection *sel, struct err *err);
/*
 * Does a config have what the suite demands? source: where it is from. Returns 0, or -ENOTSUP with
 * the lines that are missing.
 */
int suite_demand(const struct suite *s, const char *config, size_t len, const char *source,
		 struct err *err);
/* The same of the running kernel; -ENOENT when its config is nowhere. */
int suite_demand_here(struct cli *cli, const struct suite *s, const char *release, struct err *err);

bool is_suite_file(const char *path);

#endif
