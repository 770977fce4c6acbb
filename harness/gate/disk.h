/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Disks of a guest: sparse files without a name, which are gone with their last descriptor, however
 * the gate ends. Owns: making them, the swap header.
 */
#ifndef MT_GATE_DISK_H
#define MT_GATE_DISK_H

#include <stdint.h>

#include "base/err.h"

/* Least size of swap space: below it the header and one page do not make sense. */
#define SWAP_MIN (64 * 1024)

/*
 * An unnamed sparse file of size bytes, in $TMPDIR or /var/tmp. Returns a descriptor that is closed
 * at exec, or a negative errno.
 */
int disk_make(int64_t size, struct err *err);
/* Put an empty ext4 file system on it with the host's mke2fs. -ENOENT: there is no mke2fs. */
int disk_ext4(int fd, struct err *err);
/*
 * Write the header of swap space of size bytes (include/linux/swap.h union swap_header), as mkswap
 * does, to a file or a block device. Returns 0 or a negative errno.
 */
int disk_swap_header(int fd, int64_t size, int64_t page, struct err *err);

#endif
