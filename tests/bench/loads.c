/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The one place that names every load. */
#include "load.h"

#define LOADS(X)                                                                                   \
	X(anon_thp)                                                                                \
	X(anon_4k)                                                                                 \
	X(workers)                                                                                 \
	X(share)                                                                                   \
	X(oom)                                                                                     \
	X(notice)                                                                                  \
	X(pagecache)                                                                               \
	X(disk)                                                                                    \
	X(slab)                                                                                    \
	X(slab_cycle)                                                                              \
	X(fragment)                                                                                \
	X(holes)                                                                                   \
	X(sadc)                                                                                    \
	X(verify)                                                                                  \
	X(rates)                                                                                   \
	X(others)

#define X(name) extern const struct load load_##name;
LOADS(X)
#undef X

const struct load *const loads[] = {
#define X(name) &load_##name,
	LOADS(X)
#undef X
		NULL,
};
