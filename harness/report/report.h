/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reports of judged records. A format is one row of formats.c: for people, for programs, for CI
 * systems. Nothing is measured or judged here.
 */
#ifndef MT_REPORT_REPORT_H
#define MT_REPORT_REPORT_H

#include <stdbool.h>
#include <stdio.h>

#include "base/err.h"
#include "record/record.h"

struct report_options {
	bool colour;
	bool verbose; /* text: also the terms of passed checks' tolerances on lines of their own */
	bool quiet;   /* text: the final table only */
	int width;    /* columns of the terminal */
};

/*
 * begin: before the first trial; trial: after each one (so that a long suite is read as it runs);
 * end: after the last one, with the totals. Each may be NULL. They return 0 or a negative errno (a
 * closed or full output).
 */
struct report_format {
	const char *name;
	const char *help;
	int (*begin)(const struct run *run, FILE *out, const struct report_options *o,
		     struct err *err);
	int (*trial)(const struct run *run, size_t trial, FILE *out, const struct report_options *o,
		     struct err *err);
	int (*end)(const struct run *run, FILE *out, const struct report_options *o,
		   struct err *err);
};

extern const struct report_format *const report_formats[]; /* NULL-terminated */
const struct report_format *report_find(const char *name);

#endif
