/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The command line: one table of commands, one table of options for each. The parser, --help, the
 * man page and the completion read the same rows. Only this room prints.
 */
#ifndef MT_CLI_CLI_H
#define MT_CLI_CLI_H

#include <stdbool.h>
#include <stdio.h>

#include "base/err.h"
#include "base/term.h"
#include "kernel/roots.h"
#include "profile/suite.h"

enum exit_code {
	EXIT_PASS = 0,	 /* all passed */
	EXIT_FAIL = 1,	 /* a check failed */
	EXIT_USAGE = 2,	 /* usage or profile error */
	EXIT_BROKEN = 3, /* could not be carried out */
	EXIT_SKIP = 4,	 /* nothing could run here */
	EXIT_SIGNAL = 128,
};

/* Values of all options of all commands; each command's table says which it takes. */
struct cli {
	const struct command *command;
	const char **args; /* what is no option */
	size_t n_args;

	struct profile_override set[64];
	size_t n_set;
	const char *tags[16];
	size_t n_tags;
	const char *format, *output, *save, *in, *scratch, *sysroot, *profiles, *reserve, *seed,
		*sample, *control, *color;
	/* gate */
	const char *kernel, *modules, *memory, *cpus, *numa, *swap, *disk, *disk_rate, *append,
		*cgroup, *console, *timeout, *silence, *accel, *qemu, *stream, *capacity;
	/* compare, history */
	const char *history, *label, *baseline, *fail_on, *metric, *phase, *last;
	const char *interval, *count;	   /* watch */
	const char *against, *only, *json; /* bench */
	bool perf;
	bool force;
	const char *suite, *matrix;
	const char *rounds, *during; /* a suite that goes round */
	/* capacity */
	const char *slo[16];
	size_t n_slo;
	const char *within, *low, *min;
	const char *range, *resolution, *repeat, *profile, *param, *state_file;
	bool knee, high;
	const char *runs, *name, *false_alarms, *limit; /* record */
	const char *cell;				/* of the matrix, while that is run; NULL */
	const struct suite *chosen; /* of --suite, once select_profiles() has read it */
	char seed_text[24];
	bool verbose, quiet, whole_machine, keep_going, all, help;

	struct roots roots;
	enum colour_when colour;
	char state[256]; /* directory of undo journals of a user that is not root */
};

enum cli_option_kind { CLI_FLAG, CLI_VALUE, CLI_LIST };

struct cli_option {
	const char *name; /* without the dashes; NULL ends a table */
	char letter;	  /* 0: none */
	enum cli_option_kind kind;
	size_t offset;	   /* of a bool or a const char * in struct cli; CLI_LIST: see parse.c */
	const char *value; /* word for the value: "FILE" */
	const char *
		words; /* words to complete, separated by blanks; "file" and "dir" complete paths */
	const char *help;
};

/* Rows that several commands have. */
#define OPTION_SET                                                                                 \
	{                                                                                          \
		"set", 's', CLI_LIST, offsetof(struct cli, set), "NAME=VALUE", NULL,               \
			"another value for a param"                                                \
	}
#define OPTION_TAG                                                                                 \
	{                                                                                          \
		"tag", 't', CLI_LIST, offsetof(struct cli, tags), "TAG", NULL,                     \
			"only profiles with this tag"                                              \
	}
#define OPTION_SUITE                                                                               \
	{                                                                                          \
		"suite", 0, CLI_VALUE, offsetof(struct cli, suite), "NAME", NULL,                  \
			"the profiles of a suite, a name or a file; those named beside it instead" \
	}
#define OPTION_ROUNDS                                                                              \
	{                                                                                          \
		"rounds", 0, CLI_VALUE, offsetof(struct cli, rounds), "N", NULL,                   \
			"run all of it so many times, and say what drifts"                         \
	}
#define OPTION_FORMAT                                                                              \
	{                                                                                          \
		"format", 'f', CLI_VALUE, offsetof(struct cli, format), "FORMAT",                  \
			"text json ktap junit html perfetto openmetrics",                          \
			"text (default), json, ktap, junit, html, perfetto or openmetrics"         \
	}
#define OPTION_OUTPUT                                                                              \
	{                                                                                          \
		"output", 'o', CLI_VALUE, offsetof(struct cli, output), "FILE", "file",            \
			"write the report to FILE instead of stdout"                               \
	}
#define OPTION_VERBOSE                                                                             \
	{                                                                                          \
		"verbose", 'v', CLI_FLAG, offsetof(struct cli, verbose), NULL, NULL,               \
			"every term of every tolerance"                                            \
	}
#define OPTION_QUIET                                                                               \
	{                                                                                          \
		"quiet", 'q', CLI_FLAG, offsetof(struct cli, quiet), NULL, NULL,                   \
			"only the table of verdicts"                                               \
	}
#define OPTION_RESERVE                                                                             \
	{                                                                                          \
		"reserve", 0, CLI_VALUE, offsetof(struct cli, reserve), "SIZE", NULL,              \
			"memory that no plan may touch (default: an eighth, at least 512M)"        \
	}

/* How a guest's memtrial tells its gate. */
#define OPTION_STREAM                                                                              \
	{                                                                                          \
		"stream", 0, CLI_VALUE, offsetof(struct cli, stream), "FD", NULL,                  \
			"tell an open descriptor what is going on, and each result at once (as "   \
			"the gate does)"                                                           \
	}

/* Every run is kept, and held against those before. */
#define OPTION_HISTORY                                                                             \
	{                                                                                          \
		"history", 0, CLI_VALUE, offsetof(struct cli, history), "FILE", "file",            \
			"keep the run in this history (SQLite), see `memtrial history`"            \
	}
#define OPTION_LABEL                                                                               \
	{                                                                                          \
		"label", 0, CLI_VALUE, offsetof(struct cli, label), "WORD", NULL,                  \
			"with --history: what the run belongs to, for instance a branch"           \
	}
#define OPTION_BASELINE                                                                            \
	{                                                                                          \
		"baseline", 0, CLI_VALUE, offsetof(struct cli, baseline), "RUNS", NULL,            \
			"hold it against these runs of the history: 'last 20 on main'"             \
	}
#define OPTION_FAIL_ON                                                                             \
	{                                                                                          \
		"fail-on", 0, CLI_VALUE, offsetof(struct cli, fail_on), "WHAT",                    \
			"none regression any",                                                     \
			"what of a comparison is exit code 1: none, regression or any"             \
	}

struct command {
	const char *name;
	const char *args; /* "[PROFILE|DIRECTORY|TRIAL]..." */
	const char *summary;
	const char *description;
	const struct cli_option *options;
	int (*run)(struct cli *cli); /* returns the exit code */
	bool separators;	     /* "--" is an argument that parts others; options may follow */
};

extern const struct command *const commands[]; /* NULL-terminated */
extern const struct cli_option global_options[];
const struct command *command_find(const char *name);

/* Fill cli from argv. Returns 0, or EXIT_USAGE after one line on stderr. */
int cli_parse(struct cli *cli, int argc, char **argv);
void cli_free(struct cli *cli);
/* --help of a command; NULL: of the program. */
void cli_help(const struct command *command, FILE *out);

/* "memtrial: text" on stderr, once; the exit code for the error's class. */
int cli_error(const struct err *err);

/* Profiles to work on, from the arguments: files, directories, names below the profiles directory,
 * tags. */
struct selection {
	struct arena arena;
	const char **paths;
	size_t n;
	struct suite suite; /* of --suite; cli->chosen points here */
};
void selection_free(struct selection *sel);
/* Without arguments, tags and suite: those tagged "default". Returns 0 or a negative errno. */
int select_profiles(struct cli *cli, struct selection *sel, struct err *err);
/* Where profiles are: --profiles, $MEMTRIAL_PROFILES, ./profiles, the installed ones. */
const char *profiles_dir(const struct cli *cli);
/* The name of a trial by its file: "limits/oom". */
const char *profile_title(const struct cli *cli, const char *path);

/* A word as a shell wants to see it. */
const char *cli_quoted(struct arena *a, const char *word);
/* The command with its options, for a shell: what does the same again. */
const char *cli_again(const struct cli *cli, struct arena *a);

/* --seed, or one by the time, which cli->seed then says. Returns 0 or a usage error. */
int cli_seed(struct cli *cli, uint64_t *ret, struct err *err);

/* A size, a duration ... given as an option's value. Returns 0 or a usage error. */
int cli_quantity(const char *option, const char *text, enum unit unit, int64_t *ret,
		 struct err *err);

#endif
