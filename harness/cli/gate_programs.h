/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Inside cli/: programs of this machine that a guest needs for the commands of its profiles. */
#ifndef MT_CLI_GATE_PROGRAMS_H
#define MT_CLI_GATE_PROGRAMS_H

#include "base/arena.h"
#include "profile/profile.h"

struct gate_programs {
	struct arena *arena;
	const char **paths; /* absolute, each once */
	size_t n;
};

/*
 * Add the programs that the profile's exec stressors name: every word of a command that is a
 * program in PATH or the path of one. A word too many does no harm; what only turns up at run time
 * is missing in the guest, and the command says so.
 */
void gate_programs_add(struct gate_programs *g, const struct profile *p);

#endif
