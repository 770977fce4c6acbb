/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The one place that names every stressor. */
#include <string.h>

#include "stressor.h"

#define STRESSORS(X)                                                                               \
	X(null)                                                                                    \
	X(anon)                                                                                    \
	X(blockdev)                                                                                \
	X(exec)                                                                                    \
	X(failnth)                                                                                 \
	X(fork)                                                                                    \
	X(groups)                                                                                  \
	X(mlock)                                                                                   \
	X(pagecache)                                                                               \
	X(pagetable)                                                                               \
	X(poison)                                                                                  \
	X(shmem)                                                                                   \
	X(slab)                                                                                    \
	X(sockbuf)

#define X(name) extern const struct stressor stressor_##name;
STRESSORS(X)
#undef X

const struct stressor *const stressor_registry[] = {
#define X(name) &stressor_##name,
	STRESSORS(X)
#undef X
		NULL,
};

const struct stressor *stressor_find(const char *name)
{
	for (const struct stressor *const *s = stressor_registry; *s; s++)
		if (!strcmp((*s)->name, name))
			return *s;
	return NULL;
}
