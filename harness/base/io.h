/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Small kernel files by directory descriptor: the roots /proc, /sys and the cgroup mounts are
 * opened once and passed down, so that tests can pass captured trees. Nothing here logs.
 */
#ifndef MT_BASE_IO_H
#define MT_BASE_IO_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* Open a directory below dirfd to read it, O_CLOEXEC. Returns a descriptor or a negative errno. */
int dir_open(int dirfd, const char *path);
/* Open a file to read. Returns a descriptor or a negative errno. */
int file_open(int dirfd, const char *path);
/*
 * Whole file into buf, NUL-terminated. Returns the length, -E2BIG when it does not fit (buf then
 * holds the beginning), or another negative errno.
 */
ssize_t file_read(int dirfd, const char *path, char *buf, size_t size);
/* The same by pread from offset 0 on a descriptor that is kept open; reads on until the end. */
ssize_t fd_read_all(int fd, char *buf, size_t size);
/* Whole file into memory that the caller frees (tools and tests; never while watching). */
int file_read_alloc(int dirfd, const char *path, char **ret_text, size_t *ret_len);
/*
 * One write(2) of text to a file that exists, which is neither created nor truncated. Returns 0 or
 * a negative errno; a short write is -EIO, and -EINTR is left to the caller.
 */
int file_write(int dirfd, const char *path, const char *text);
/* VALUE_MAX is written as "max" (v1 wants another word: the caller's), VALUE_ABSENT is -EINVAL. */
int file_write_i64(int dirfd, const char *path, int64_t value);
/* One number at the start of a file, "max" gives VALUE_MAX. Returns 0 or a negative errno. */
int file_read_i64(int dirfd, const char *path, int64_t *ret);
/* All of buf to fd, over short writes and EINTR. Returns 0 or a negative errno. */
int write_all(int fd, const void *buf, size_t len);
/*
 * A decimal number at s, with "-" perhaps; no blanks are skipped. It must be a whole token: what
 * follows may be a blank, ":", "-" and the like, but no letter, "_" or ".". Returns a pointer
 * behind it, NULL when there is none or it overflows (*ret is then untouched).
 */
const char *parse_i64(const char *s, const char *end, int64_t *ret);

#endif
