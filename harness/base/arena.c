/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/arena.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define BLOCK_MIN (16UL << 10)
#define BLOCK_MAX (1UL << 20)
#define ALIGN	  _Alignof(max_align_t)

struct arena_block {
	struct arena_block *next;
	size_t size, used;
	_Alignas(max_align_t) unsigned char data[];
};

/* No stdio: it may allocate, and there is nothing left to allocate from. */
static _Noreturn void out_of_memory(void)
{
	static const char text[] = "memtrial: out of memory; free some and run again\n";
	ssize_t n = write(STDERR_FILENO, text, sizeof(text) - 1);

	(void)n;
	_exit(3);
}

static struct arena_block *block_new(size_t size)
{
	struct arena_block *b;

	if (size > SIZE_MAX - sizeof(*b))
		out_of_memory();
	b = calloc(1, sizeof(*b) + size);
	if (!b)
		out_of_memory();
	/* cppcheck-suppress nullPointerRedundantCheck ; out_of_memory() does not return */
	b->size = size;
	return b;
}

/* A block for one large piece goes behind the first, which keeps its room for small ones. */
static void *alloc_large(struct arena *a, size_t size)
{
	struct arena_block *b = block_new(size);

	b->used = size;
	/* The first one is always of small pieces: blocks for them double from its size. */
	if (!a->blocks)
		a->blocks = block_new(BLOCK_MIN);
	b->next = a->blocks->next;
	a->blocks->next = b;
	return b->data;
}

static struct arena_block *block_with_room(struct arena *a, size_t size)
{
	struct arena_block *b = a->blocks;
	size_t want = BLOCK_MIN;

	if (b && b->size - b->used >= size)
		return b;
	if (b && b->size >= BLOCK_MIN)
		want = b->size < BLOCK_MAX / 2 ? b->size * 2 : BLOCK_MAX;
	b = block_new(want);
	b->next = a->blocks;
	a->blocks = b;
	return b;
}

void *arena_alloc(struct arena *a, size_t size)
{
	struct arena_block *b;
	void *p;

	if (size > SIZE_MAX - ALIGN)
		out_of_memory();
	size = size ? (size + ALIGN - 1) & ~(ALIGN - 1) : ALIGN;
	if (size > BLOCK_MIN / 2)
		return alloc_large(a, size);
	b = block_with_room(a, size);
	p = b->data + b->used;
	b->used += size;
	return p;
}

void *arena_array(struct arena *a, size_t n, size_t size)
{
	size_t total;

	if (__builtin_mul_overflow(n, size, &total))
		out_of_memory();
	return arena_alloc(a, total);
}

static char *copy(struct arena *a, const char *s, size_t len)
{
	return memcpy(arena_alloc(a, len + 1), s, len);
}

char *arena_strdup(struct arena *a, const char *s)
{
	return copy(a, s, strlen(s));
}

char *arena_strndup(struct arena *a, const char *s, size_t len)
{
	return copy(a, s, strnlen(s, len));
}

char *arena_printf(struct arena *a, const char *fmt, ...)
{
	va_list ap;
	char *p;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	if (n < 0)
		out_of_memory();
	p = arena_alloc(a, (size_t)n + 1);
	va_start(ap, fmt);
	vsnprintf(p, (size_t)n + 1, fmt, ap);
	va_end(ap);
	return p;
}

void arena_free(struct arena *a)
{
	struct arena_block *b = a->blocks;

	while (b) {
		struct arena_block *next = b->next;

		free(b);
		b = next;
	}
	a->blocks = NULL;
}

void *arena_push_raw(struct arena *a, void **array, size_t *n, size_t size)
{
	unsigned char *p;

	/* By memcpy: *array is a pointer of another type in the caller's eyes. */
	memcpy(&p, array, sizeof(p));
	if ((*n & (*n - 1)) == 0) {
		unsigned char *grown;

		if (*n > SIZE_MAX / 2)
			out_of_memory();
		grown = arena_array(a, *n ? *n * 2 : 1, size);
		if (*n)
			memcpy(grown, p, *n * size);
		p = grown;
		memcpy(array, &p, sizeof(p));
	}
	p += *n * size;
	memset(p, 0, size); /* the place of an element that was dropped */
	(*n)++;
	return p;
}
