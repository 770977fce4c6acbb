/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A bump allocator: a profile, a plan or a record is built in one arena and freed at once. Memory
 * is zeroed. Running out is fatal for the stage that builds, never for the watcher, which does not
 * allocate: arena_alloc() aborts the process with a sentence and exit code 3.
 */
#ifndef MT_BASE_ARENA_H
#define MT_BASE_ARENA_H

#include <stddef.h>

struct arena_block;
struct arena {
	struct arena_block *blocks;
};

void *arena_alloc(struct arena *a, size_t size);
void *arena_array(struct arena *a, size_t n, size_t size);
char *arena_strdup(struct arena *a, const char *s);
char *arena_strndup(struct arena *a, const char *s, size_t len);
char *arena_printf(struct arena *a, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void arena_free(struct arena *a);

/*
 * Append one zeroed element to a growing array that lives in the arena (the old copy is left to the
 * arena). ptr is the array, n its length, doubled at powers of two. Evaluates to the new element.
 */
void *arena_push_raw(struct arena *a, void **array, size_t *n, size_t size);
#define arena_push(a, ptr, n)                                                                      \
	(arena_push_raw((a), (void **)&(ptr), &(n), sizeof(*(ptr))), &(ptr)[(n)-1])

#endif
