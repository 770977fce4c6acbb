/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Inside cli/: where a report goes and in which format; the exit code that a run earned. */
#ifndef MT_CLI_OUTPUT_H
#define MT_CLI_OUTPUT_H

#include <limits.h>

#include "cli/cli.h"
#include "report/report.h"

struct output {
	const struct report_format *format;
	struct report_options options;
	FILE *file;	       /* stdout, or a file beside the one asked for until it is complete */
	const char *path;      /* NULL: stdout */
	char target[PATH_MAX]; /* what path leads to, through symbolic links */
	char temporary[PATH_MAX]; /* "": written to in place */
};

int output_open(struct output *o, struct cli *cli, struct err *err);
int output_begin(struct output *o, const struct run *run, struct err *err);
int output_trial(struct output *o, const struct run *run, size_t trial, struct err *err);
int output_end(struct output *o, const struct run *run, struct err *err);
/* Give the file its name. Returns 0 or a negative errno: it was not all written. */
int output_close(struct output *o, struct err *err);

/* FAIL before BROKEN before PASS; 4 when all were skipped. */
int exit_code_of_run(const struct run *run);

#endif
