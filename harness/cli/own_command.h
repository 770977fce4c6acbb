/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Inside cli/: the user's own command behind "--", as the stressor `exec` takes it. */
#ifndef MT_CLI_OWN_COMMAND_H
#define MT_CLI_OWN_COMMAND_H

#include "base/arena.h"
#include "base/err.h"

struct own_command {
	const char *command; /* for /bin/sh, which it replaces */
	const char *title;   /* the same for people, to be typed again */
};

/*
 * Found before anything is made, as a shell would say only in the group that it is not there.
 * Returns 0 or a usage error. In the arena.
 */
int own_command_take(struct arena *a, const char *const *words, size_t n, struct own_command *ret,
		     struct err *err);

#endif
