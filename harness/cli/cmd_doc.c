/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The man page and the shell completion, from the tables that the parser reads. */
#include <ctype.h>
#include <errno.h>
#include <string.h>

#include "base/words.h"
#include "cgroup/names.h"
#include "cli/cli.h"
#include "kernel/probe.h"

#ifndef MT_VERSION
#define MT_VERSION "unknown"
#endif

/* roff: a leading dot or quote begins a request, a backslash an escape, a plain "-" becomes a
 * hyphen. */
static void roff(const char *s)
{
	for (bool start = true; *s; s++) {
		if (start && (*s == '.' || *s == '\''))
			fputs("\\&", stdout);
		if (*s == '\\' || *s == '-')
			putchar('\\');
		putchar(*s);
		start = *s == '\n';
	}
}

static void man_options(const struct cli_option *o)
{
	for (; o && o->name; o++) {
		printf(".TP\n.B ");
		if (o->letter)
			printf("\\-%c, ", o->letter);
		printf("\\-\\-");
		roff(o->name);
		if (o->value)
			printf(" \\fI%s\\fR", o->value);
		putchar('\n');
		roff(o->help);
		putchar('\n');
	}
}

static void man_commands(void)
{
	printf(".SH COMMANDS\n");
	for (const struct command *const *c = commands; *c; c++) {
		printf(".SS memtrial %s ", (*c)->name);
		roff((*c)->args);
		putchar('\n');
		roff((*c)->description);
		putchar('\n');
		man_options((*c)->options);
	}
	printf(".SH OPTIONS OF EVERY COMMAND\n");
	man_options(global_options);
}

static void man_stressors(void)
{
	char type[256];

	printf(".SH STRESSORS\n");
	for (const struct stressor *const *s = stressor_registry; *s; s++) {
		printf(".SS %s\n", (*s)->name);
		roff((*s)->summary);
		printf(".\n");
		for (const struct opt *o = (*s)->options; o->name; o++) {
			printf(".TP\n.B %s\n", o->name);
			roff(o->help);
			printf(" (%s; ", opt_type_name(o, type, sizeof(type)));
			roff(o->flags & OPT_REQUIRED ? "required" : o->def[0] ? o->def : "empty");
			printf(")\n");
		}
	}
}

static void man_faults(void)
{
	char type[256];

	printf(".SH FAULTS\n");
	for (const struct fault_kind *k = fault_kinds; k->name; k++) {
		printf(".SS %s\n", k->name);
		roff(k->summary);
		printf(". It counts ");
		roff(k->counted);
		printf(".\n");
		for (const struct opt *o = k->options; o->name; o++) {
			printf(".TP\n.B ");
			roff(o->name);
			putchar('\n');
			roff(o->help);
			printf(" (%s; ", opt_type_name(o, type, sizeof(type)));
			roff(o->flags & OPT_REQUIRED ? "required" : o->def);
			printf(")\n");
		}
	}
}

static void man_rest(void)
{
	printf(".SH METRICS\n");
	for (const struct metric_help *m = metric_help_table; m->pattern; m++) {
		printf(".TP\n.B ");
		roff(m->pattern);
		putchar('\n');
		roff(m->help);
		putchar('\n');
	}
	printf(".SH KNOBS\n");
	for (const struct knob *k = knob_table; k->name; k++) {
		printf(".TP\n.B ");
		roff(k->name);
		putchar('\n');
		roff(k->help);
		putchar('\n');
	}
	printf(".SH NEEDS\n");
	for (unsigned i = 0; i < NEED_COUNT; i++) {
		printf(".TP\n.B ");
		roff(need_word(i));
		putchar('\n');
		roff(need_help(i));
		putchar('\n');
	}
	printf(".SH EXIT STATUS\n0 all passed, 1 a check failed, 2 usage or profile error, 3 "
	       "broken, 4 nothing "
	       "could run here (all skipped), 128+n ended by signal n.\n");
	printf(".SH ENVIRONMENT\n.TP\n.B MEMTRIAL_PROFILES\nwhere profiles are looked for\n.TP\n.B "
	       "NO_COLOR\n"
	       "no colours\n");
}

static void man(void)
{
	printf(".TH MEMTRIAL 8 \"November 22, 2026\" \"memtrial %s\" \"System Administration\"\n"
	       ".SH NAME\nmemtrial \\- put a Linux kernel's memory management on trial\n"
	       ".SH SYNOPSIS\n.B memtrial\n.I COMMAND\n[\\fIOPTION\\fR]... [\\fIARGUMENT\\fR]...\n"
	       ".SH DESCRIPTION\n"
	       "memtrial runs stressors in cgroups as a profile says, and checks the kernel's "
	       "counters, its "
	       "memory limits and its OOM killer against what the profile expects. Every check "
	       "prints what "
	       "was expected, what was measured and each term of its tolerance.\n",
	       MT_VERSION);
	man_commands();
	man_stressors();
	man_faults();
	man_rest();
}

static void words_of(const struct cli_option *o)
{
	for (; o && o->name; o++)
		printf(" --%s", o->name);
}

static void value_cases(const struct cli_option *o)
{
	for (; o && o->name; o++) {
		if (!o->words)
			continue;
		printf("\t--%s)\n", o->name);
		if (!strcmp(o->words, "file"))
			printf("\t\tCOMPREPLY=($(compgen -f -- \"$cur\")); return ;;\n");
		else if (!strcmp(o->words, "dir"))
			printf("\t\tCOMPREPLY=($(compgen -d -- \"$cur\")); return ;;\n");
		else
			printf("\t\tCOMPREPLY=($(compgen -W \"%s\" -- \"$cur\")); return ;;\n",
			       o->words);
	}
}

static void completion(void)
{
	printf("# bash completion for memtrial; made by `memtrial doc bash`\n_memtrial()\n{\n"
	       "\tlocal cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]} "
	       "command=${COMP_WORDS[1]}\n\tCOMPREPLY=()\n\tcase $prev in\n");
	value_cases(global_options);
	value_cases(command_find("run")->options);
	printf("\tesac\n\tif [ \"$COMP_CWORD\" -eq 1 ]; then\n\t\tCOMPREPLY=($(compgen -W \"");
	for (const struct command *const *c = commands; *c; c++)
		printf("%s%s", c == commands ? "" : " ", (*c)->name);
	printf("\" -- \"$cur\")); return\n\tfi\n\tcase $command in\n");
	for (const struct command *const *c = commands; *c; c++) {
		printf("\t%s) words=\"", (*c)->name);
		words_of(global_options);
		words_of((*c)->options);
		printf("\" ;;\n");
	}
	printf("\t*) words=\"\" ;;\n\tesac\n"
	       "\tcase $cur in\n\t-*) COMPREPLY=($(compgen -W \"$words\" -- \"$cur\")); return "
	       ";;\n\tesac\n"
	       "\tcase $command in\n\tshow) COMPREPLY=($(compgen -W \"");
	for (const struct stressor *const *s = stressor_registry; *s; s++)
		printf("%s ", (*s)->name);
	printf("\" -- \"$cur\")) ;;\n"
	       "\tlist) COMPREPLY=($(compgen -W \"profiles stressors metrics knobs faults\" -- "
	       "\"$cur\")) "
	       ";;\n"
	       "\t*) COMPREPLY=($(compgen -f -- \"$cur\")) ;;\n\tesac\n}\n"
	       "complete -o filenames -F _memtrial memtrial\n");
}

static int run(struct cli *cli)
{
	struct err err = {0};

	if (cli->n_args == 1 && str_eq(cli->args[0], "man"))
		man();
	else if (cli->n_args == 1 && str_eq(cli->args[0], "bash"))
		completion();
	else
		return err_set_class(&err, ERR_USAGE, -EINVAL, "doc wants \"man\" or \"bash\""),
		       cli_error(&err);
	return EXIT_PASS;
}

static const struct cli_option options[] = {{0}};

const struct command command_doc = {
	.name = "doc",
	.args = "man|bash",
	.summary = "the man page or the bash completion, from the same tables",
	.description = "Prints the man page (roff) or the bash completion.",
	.options = options,
	.run = run,
};
