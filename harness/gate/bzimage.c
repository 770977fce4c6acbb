/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "gate/bzimage.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/io.h"

/* Offsets of the set-up header. */
#define MAGIC_AT      0x202 /* "HdrS" */
#define VERSION_AT    0x20e /* 16 bits: where the version string is, less 0x200 */
#define VERSION_SHIFT 0x200

int kernel_release(const void *head, size_t len, char *ret, size_t size)
{
	const unsigned char *p = head;
	size_t at;

	ret[0] = '\0';
	if (len >= 4 && !memcmp(p, "\177ELF", 4))
		return 0;
	if (len < VERSION_AT + 2 || memcmp(p + MAGIC_AT, "HdrS", 4) != 0)
		return -ENOEXEC;
	at = (size_t)(p[VERSION_AT] | p[VERSION_AT + 1] << 8) + VERSION_SHIFT;
	if (at == VERSION_SHIFT || at >= len || !memchr(p + at, '\0', len - at))
		return 0;
	snprintf(ret, size, "%.*s", (int)strcspn((const char *)p + at, " "), (const char *)p + at);
	return 0;
}

int kernel_file_release(const char *path, char *ret, size_t size, struct err *err)
{
	_cleanup_close_ int fd = file_open(AT_FDCWD, path);
	_cleanup_free_ char *head = malloc(KERNEL_HEAD);
	ssize_t n;

	if (fd < 0)
		return err_set_class(err, ERR_USAGE, fd, "cannot read the kernel %s: %s", path,
				     strerror(-fd));
	n = head ? pread(fd, head, KERNEL_HEAD, 0) : -1;
	if (n < 0)
		return err_errno(err, -errno, "cannot read the kernel %s", path);
	if (kernel_release(head, (size_t)n, ret, size) < 0)
		return err_set_class(err, ERR_USAGE, -ENOEXEC,
				     "%s is no kernel: neither a bzImage nor an ELF vmlinux", path);
	return 0;
}
