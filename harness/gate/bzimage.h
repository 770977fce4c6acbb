/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which kernel a file holds: Documentation/arch/x86/boot.rst. Reads the file's head only. */
#ifndef MT_GATE_BZIMAGE_H
#define MT_GATE_BZIMAGE_H

#include <stddef.h>

#include "base/err.h"

#define KERNEL_HEAD 65536 /* the set-up code with its version string is at most 32 KiB */

/*
 * The release in the head of a kernel file ("6.12.117+deb12-cloud-amd64"), "" for an ELF vmlinux,
 * which does not tell it there. Returns 0, or -ENOEXEC when this is no kernel.
 */
int kernel_release(const void *head, size_t len, char *ret, size_t size);
/* The same of a file. A usage error says that it is not there or no kernel. */
int kernel_file_release(const char *path, char *ret, size_t size, struct err *err);

#endif
