/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What `run` tells on stderr while it runs: a block on a terminal, one line a second on a narrow
 * one, and where there is none a line now and then of trials that take long, so that a log of CI
 * says where it is or where it hung, and short trials say nothing but their report.
 */
#ifndef MT_CLI_RUN_LIVE_H
#define MT_CLI_RUN_LIVE_H

#include "base/term.h"
#include "trial/trial.h"

struct run_live;

/* Allocated at once, as nothing is while a trial runs. NULL when there is no memory. */
struct run_live *run_live_new(int fd, enum colour_when colour);
void run_live_free(struct run_live *l);
void run_live_begin(struct run_live *l, size_t at, size_t total);
void run_live_show(struct run_live *l, const struct trial_progress *p);
/* Before the trial's report is written. */
void run_live_end(struct run_live *l);

#endif
