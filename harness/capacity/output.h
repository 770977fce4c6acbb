/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The number in a command's output: while it runs our standard output is a pipe, which a process
 * outside of every group reads line by line. Nothing of the output is charged to the group but
 * the pipe's buffer.
 */
#ifndef MT_CAPACITY_OUTPUT_H
#define MT_CAPACITY_OUTPUT_H

#include <sys/types.h>

#include "base/err.h"

#define OUTPUT_MATCH 64

struct output_reader {
	int saved;  /* the real standard output; -1: nothing is read */
	int result; /* where the reader tells the last match */
	pid_t pid;
};

/* Whether it is an extended regular expression. Returns 0 or a usage error. */
int output_check(const char *regex, struct err *err);
int output_begin_reading(struct output_reader *o, const char *regex, struct err *err);
/* The last match (its first group, if it has one), "" for none. Standard output is as before. */
void output_end_reading(struct output_reader *o, char match[OUTPUT_MATCH]);

#endif
