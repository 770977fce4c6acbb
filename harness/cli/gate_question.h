/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Inside cli/: the words of `gate --capacity 'limit --range 64M..1G -- COMMAND'`: taken apart as a
 * shell does, understood by the tables of `capacity`, and made into what memtrial is told in the
 * guest, with the files that it needs there.
 */
#ifndef MT_CLI_GATE_QUESTION_H
#define MT_CLI_GATE_QUESTION_H

#include "cli/capacity_take.h"
#include "cli/gate_guest.h"

struct gate_question {
	struct arena arena;
	struct cli inner; /* as if its words were those of `memtrial capacity` */
	struct capacity capacity;
};

/* Returns 0, or an exit code after a message. Free it in all cases. */
int gate_question_take(struct gate_question *q, const struct cli *cli);
/* Arguments, programs and files of the guest. Returns 0 or a usage error. */
int gate_question_pack(struct gate_question *q, struct gate_guest *g, struct err *err);
void gate_question_free(struct gate_question *q);

/* The words of a text, quotes and backslashes as in a shell; in the arena. -1: a quote is open. */
int shell_words(struct arena *a, const char *text, const char ***ret);

#endif
