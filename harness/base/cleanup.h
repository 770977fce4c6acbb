/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Scope frees: what is owned by a scope is released at its end, on every path. */
#ifndef MT_BASE_CLEANUP_H
#define MT_BASE_CLEANUP_H

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define _cleanup_(f) __attribute__((cleanup(f)))

static inline void close_fd(int *fd)
{
	if (*fd >= 0) {
		int saved = errno;

		close(*fd);
		errno = saved;
	}
	*fd = -1;
}

static inline void free_ptr(void *p)
{
	free(*(void **)p);
}

static inline void fclose_ptr(FILE **f)
{
	if (*f)
		fclose(*f);
}

static inline void closedir_ptr(DIR **d)
{
	if (*d)
		closedir(*d);
}

#define _cleanup_close_	   _cleanup_(close_fd)
#define _cleanup_free_	   _cleanup_(free_ptr)
#define _cleanup_fclose_   _cleanup_(fclose_ptr)
#define _cleanup_closedir_ _cleanup_(closedir_ptr)

static inline int take_fd(int *fd)
{
	int r = *fd;

	*fd = -1;
	return r;
}

#define take_ptr(p)                                                                                \
	({                                                                                         \
		__typeof__(p) _r = (p);                                                            \
		(p) = NULL;                                                                        \
		_r;                                                                                \
	})

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))
#define MIN(a, b)     ((a) < (b) ? (a) : (b))
#define MAX(a, b)     ((a) > (b) ? (a) : (b))

#endif
