/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Writes an initramfs: a "newc" cpio archive, as Documentation/driver-api/early-userspace/
 * buffer-format.rst. Needs no right: owners and device numbers are mere text in the archive. Makes
 * missing parent directories by itself. Does not own: what goes into the guest (image.h).
 */
#ifndef MT_GATE_CPIO_H
#define MT_GATE_CPIO_H

#include <stdint.h>
#include <stdio.h>

#include "base/arena.h"
#include "base/err.h"

struct cpio {
	FILE *out; /* the caller's */
	struct arena *arena;
	uint32_t entries;   /* inode numbers, all different: none is a hard link */
	const char **paths; /* what is in there, so that nothing is written twice */
	size_t n_paths;
	int failed; /* the first error, negative errno */
};

void cpio_begin(struct cpio *c, FILE *out, struct arena *arena);
/*
 * Paths are taken from the archive's root, with or without a "/" in front. A path that is in there
 * already is left as it is. Errors are kept for cpio_end().
 */
void cpio_dir(struct cpio *c, const char *path);
/* mode: permission bits only. */
void cpio_file(struct cpio *c, const char *path, unsigned mode, const void *data, size_t len);
void cpio_symlink(struct cpio *c, const char *path, const char *target);
void cpio_char_device(struct cpio *c, const char *path, unsigned mode, unsigned major,
		      unsigned minor);
/* Returns 0 or a negative errno: the archive is not complete. */
int cpio_end(struct cpio *c, struct err *err);

#endif
