/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which module files a guest needs, in the order in which they load. Dependencies come from the
 * modules themselves ("depends=" in .modinfo): an unpacked package has no modules.dep yet, that is
 * made by depmod when it is installed. Reads the tree of the host, writes nothing.
 */
#ifndef MT_GATE_MODULES_H
#define MT_GATE_MODULES_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/err.h"

struct module_want {
	const char *name; /* with "_"; "-" in file names is the same */
	bool required;	  /* a tree that has it neither as a file nor built in is an error */
	const char *why;  /* "CONFIG_VIRTIO_CONSOLE, for the results" */
};

struct module_file {
	const char *name;
	const char *data; /* the uncompressed module */
	size_t len;
};

struct module_list {
	struct module_file *files; /* what others need comes first */
	size_t n;
	char version[80]; /* kernel that they were built for, "" when the list is empty */
};

/*
 * dir is a lib/modules/VERSION tree. What is built in (modules.builtin) is left out. Compressed
 * modules are unpacked by the host's xz, zstd or gzip. Everything lives in the arena.
 */
int modules_resolve(const char *dir, const struct module_want *want, size_t n, struct arena *arena,
		    struct module_list *ret, struct err *err);

#endif
