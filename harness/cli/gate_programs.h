/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Inside cli/: programs of this machine that a guest needs for the commands of its profiles. */
#ifndef MT_CLI_GATE_PROGRAMS_H
#define MT_CLI_GATE_PROGRAMS_H

#include "gate/image.h"
#include "profile/profile.h"

struct gate_programs {
	struct arena *arena;
	struct image_file *list; /* absolute paths, each once */
	size_t n;
};

/*
 * Add the programs that the profile's exec stressors name: every word of a command that is a
 * program in PATH or the path of one. A word too many does no harm; what only turns up at run time
 * is missing in the guest, and the command says so.
 */
void gate_programs_add(struct gate_programs *g, const struct profile *p);
/* A program by its name or path as a command has it; NULL: there is none. In the arena. */
const char *gate_programs_find(struct arena *a, const char *word);
/*
 * One program at its place in the guest, and the interpreter of a script. Returns 0, or -ENOEXEC:
 * there is none such.
 */
int gate_programs_add_path(struct gate_programs *g, const char *host, const char *guest);
/* Does the guest mount something else over where this absolute path is? */
bool gate_hides(const char *path);
/* The same of one command. */
void gate_programs_add_command(struct gate_programs *g, const char *command);

#endif
