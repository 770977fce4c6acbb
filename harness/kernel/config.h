/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The kernel's build configuration: asking a text for an option, and finding that text. Reading
 * /proc/config.gz takes zlib (compile with HAVE_ZLIB); without it /boot/config-RELEASE is all there
 * is.
 */
#ifndef MT_KERNEL_CONFIG_H
#define MT_KERNEL_CONFIG_H

#include <stdbool.h>
#include <stddef.h>

#include "kernel/roots.h"

/*
 * The value of an option ("CONFIG_MEMCG"): "y", "m", a number, or a string without its quotes; "n"
 * for one that is not set. Options that do not apply are not in the text at all: -ENOENT, which
 * means n too. Returns 0, -ENOENT or -E2BIG.
 */
int config_get(const char *text, size_t len, const char *option, char *buf, size_t size);
/* True when the option is y or m. */
bool config_is_on(const char *text, size_t len, const char *option);

/*
 * The text of the running kernel, in memory that the caller frees, and where it was found
 * ("/proc/config.gz"). Returns 0, -ENOENT when there is none, or another negative errno.
 */
int config_load(const struct roots *roots, const char *release, char **ret_text, size_t *ret_len,
		char *source, size_t size);

#endif
