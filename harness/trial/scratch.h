/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The trial's directory for files, on a real file system:
 * <scratch>/memtrial-<pid>-<n>/<stressor>.<worker>/. Made before the workers, removed with all that
 * is in it.
 */
#ifndef MT_TRIAL_SCRATCH_H
#define MT_TRIAL_SCRATCH_H

#include "base/err.h"

struct trial;

/* Make it, when the plan's stressors want files. Returns 0 or a negative errno. */
int scratch_make(struct trial *t, struct err *err);
/* A worker's own directory. Returns a descriptor or a negative errno. */
int scratch_worker(struct trial *t, const char *stressor, int index, struct err *err);
void scratch_remove(struct trial *t);
/*
 * Directories of dead trials below dir: remove them. A directory is locked (flock) while anybody of
 * its trial has it open. Returns how many were removed.
 */
int scratch_leftovers(int proc_fd, const char *dir);

#endif
