/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The block device that a file lies on. Asks this machine's /sys; no state. */
#ifndef MT_BASE_DISK_H
#define MT_BASE_DISK_H

#define DISK_PATH_SIZE 64

/*
 * Its path, such as "/dev/vda1", of the file system that an open file or directory is in; "" where
 * that is not known. Returns 0, -ENOTBLK where the file system has no device of its own (tmpfs,
 * overlay, btrfs, nfs), or another negative errno.
 */
int disk_path(int fd, char ret[DISK_PATH_SIZE]);
/* The same, opened for reading. Returns the descriptor or a negative errno. */
int disk_open(int fd, char ret[DISK_PATH_SIZE]);

#endif
