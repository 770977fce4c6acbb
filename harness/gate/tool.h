/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Runs a small program of the host (xz, mke2fs, the dynamic loader) with a deadline and takes its
 * output. Does not own: the virtual machine, which lives longer (vm.h).
 */
#ifndef MT_GATE_TOOL_H
#define MT_GATE_TOOL_H

#include <stddef.h>

#include "base/err.h"
#include "base/units.h"

/*
 * argv[0] is looked up in PATH and the sbin directories.. Standard
 * output comes back NUL-terminated for the caller to free (ret NULL: it is dropped). Returns 0,
 * -ENOENT when there is no such program, -ETIMEDOUT, or -EIO when it failed; err then has the last
 * line that it wrote to standard error.
 */
int tool_run(const char *const argv[], dur_t limit, char **ret, size_t *ret_len, struct err *err);

#endif
