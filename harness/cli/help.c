/* SPDX-License-Identifier: GPL-2.0-or-later */
/* --help, from the tables. */
#include "cli/cli.h"

static void print_options(const struct cli_option *o, FILE *out)
{
	for (; o && o->name; o++) {
		char left[64];

		snprintf(left, sizeof(left), "%s%c%s--%s%s%s", o->letter ? "-" : " ",
			 o->letter ? o->letter : ' ', o->letter ? ", " : "  ", o->name,
			 o->value ? " " : "", o->value ? o->value : "");
		fprintf(out, "  %-26s %s\n", left, o->help);
	}
}

static void program_help(FILE *out)
{
	fprintf(out,
		"usage: memtrial COMMAND [OPTION]... [ARGUMENT]...\n\n"
		"Puts this machine's kernel on trial: runs stressors in cgroups and holds the\n"
		"kernel's counters and its OOM killer against what a profile says.\n\n"
		"commands\n");
	for (const struct command *const *c = commands; *c; c++)
		fprintf(out, "  %-10s %s\n", (*c)->name, (*c)->summary);
	fprintf(out, "\noptions of every command\n");
	print_options(global_options, out);
	fprintf(out,
		"\nexit code: 0 all passed, 1 a check failed, 2 usage or profile error, 3 broken,\n"
		"4 nothing could run here, 128+n ended by signal n\n");
}

void cli_help(const struct command *command, FILE *out)
{
	if (!command) {
		program_help(out);
		return;
	}
	fprintf(out, "usage: memtrial %s [OPTION]...%s%s\n\n%s\n", command->name,
		command->args[0] ? " " : "", command->args, command->description);
	if (command->options && command->options->name) {
		fprintf(out, "\noptions\n");
		print_options(command->options, out);
	}
	fprintf(out, "\noptions of every command\n");
	print_options(global_options, out);
}
