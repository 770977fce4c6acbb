/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The guard: a small process that outlives the supervisor. When the supervisor is gone without a
 * word (kill -9, the OOM killer, a crash) it kills what is in the trial's groups, takes back knobs,
 * and removes the groups and the scratch directory.
 */
#ifndef MT_TRIAL_GUARD_H
#define MT_TRIAL_GUARD_H

#include <sys/types.h>

#include "base/err.h"

struct trial;

struct guard {
	pid_t pid;
	int pipe; /* our end: closed without a byte means that we died */
};

int guard_start(struct trial *t, struct err *err);
/* All is undone: let the guard go. */
void guard_release(struct guard *g);
/* In a child: it must not hold the guard's pipe open. */
void guard_forget(struct guard *g);

#endif
