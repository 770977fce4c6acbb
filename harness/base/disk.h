/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The block device that a file lies on. Asks this machine's /sys; no state. */
#ifndef MT_BASE_DISK_H
#define MT_BASE_DISK_H

#define DISK_NAME_SIZE 64

/*
 * Its name below /dev, such as "vda1", of the file system that an open file or directory is in.
 * Returns 0, -ENOTBLK where the file system has no device of its own (tmpfs, overlay, btrfs, nfs),
 * or another negative errno.
 */
int disk_name(int fd, char ret[DISK_NAME_SIZE]);

#endif
