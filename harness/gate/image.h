/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The guest's initramfs: this very program, what it is linked to, a shell, the profiles, the
 * modules that the kernel wants, and what init is to do. Built in memory in a moment, without any
 * right.
 */
#ifndef MT_GATE_IMAGE_H
#define MT_GATE_IMAGE_H

#include "base/arena.h"
#include "base/err.h"
#include "gate/conf.h"
#include "gate/modules.h"

struct image_file {
	const char *host, *guest; /* paths; a host file that is missing is an error */
};

struct image_config {
	const char *modules_dir;   /* lib/modules/VERSION; NULL: all is built in */
	const char *kernel_config; /* the kernel's .config, NULL: not known */
	const char *release;	   /* "6.12.117+deb12-cloud-amd64", "" when not known */
	const struct image_file *files;
	size_t n_files;
	const struct image_file *programs; /* with what they are linked to */
	size_t n_programs;
	bool zram;
};

/*
 * Build it; conf->modules is filled in. Returns a descriptor of an unnamed file in memory, closed
 * at exec, or a negative errno.
 */
int image_build(const struct image_config *config, struct guest_conf *conf, struct arena *arena,
		struct err *err);

#endif
