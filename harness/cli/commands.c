/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The one place that names every command, and the options that all of them take. */
#include <errno.h>
#include <string.h>

#include "cli/cli.h"

#define COMMANDS(X)                                                                                \
	X(run)                                                                                     \
	X(check)                                                                                   \
	X(plan)                                                                                    \
	X(list)                                                                                    \
	X(show)                                                                                    \
	X(probe)                                                                                   \
	X(judge)                                                                                   \
	X(report)                                                                                  \
	X(clean) X(doc) X(gate) X(compare) X(history) X(capacity) X(record) X(watch) X(bench)

#define X(name) extern const struct command command_##name;
COMMANDS(X)
#undef X

const struct command *const commands[] = {
#define X(name) &command_##name,
	COMMANDS(X)
#undef X
		NULL,
};

const struct cli_option global_options[] = {
	{"help", 'h', CLI_FLAG, offsetof(struct cli, help), NULL, NULL,
	 "what a command does and its options"},
	{"color", 0, CLI_VALUE, offsetof(struct cli, color), "WHEN", "auto always never",
	 "colours: auto (on a terminal), always or never; NO_COLOR is honoured"},
	{"sysroot", 0, CLI_VALUE, offsetof(struct cli, sysroot), "DIR", "dir",
	 "read /proc, /sys and the cgroup mounts of a captured machine below DIR; nothing can run "
	 "there"},
	{"profiles", 0, CLI_VALUE, offsetof(struct cli, profiles), "DIR", "dir",
	 "where the profiles are (default: $MEMTRIAL_PROFILES, ./profiles, the installed ones)"},
	{0},
};

const struct command *command_find(const char *name)
{
	for (const struct command *const *c = commands; *c; c++)
		if (!strcmp((*c)->name, name))
			return *c;
	return NULL;
}

int cli_error(const struct err *err)
{
	fflush(stdout);
	fputs("memtrial: ", stderr);
	/* One line, whatever the file or the argument had in it. */
	text_put(stderr, err->text, SIZE_MAX);
	fputc('\n', stderr);
	switch (err->class) {
	case ERR_USAGE:
		return EXIT_USAGE;
	case ERR_SKIP:
		return EXIT_SKIP;
	case ERR_FAIL:
		return EXIT_FAIL;
	default:
		return EXIT_BROKEN;
	}
}
