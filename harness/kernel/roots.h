/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The directories through which a machine is read: /proc, /sys, /dev and the root itself, of this
 * machine or of a captured one (--sysroot). Opened once and passed down; owns the descriptors.
 */
#ifndef MT_KERNEL_ROOTS_H
#define MT_KERNEL_ROOTS_H

#include <stdbool.h>

#include "base/err.h"

struct roots {
	int proc, sys, dev; /* -1: not there; reading below it finds nothing */
	int fs;		    /* "/" or the captured tree */
	bool fake;	    /* a captured tree: ask no system call about this machine */
};

/*
 * sysroot NULL: this machine, where /proc, /sys and /dev must exist. Of a captured tree only the
 * top directory must. Returns 0 or a negative errno with a sentence.
 */
int roots_open(const char *sysroot, struct roots *ret, struct err *err);
void roots_close(struct roots *roots);

/* A directory by its absolute path, below the captured root if it is one. A descriptor or -errno.
 */
int roots_dir(const struct roots *roots, const char *path);

#endif
