/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <criterion/criterion.h>
#include <stdint.h>
#include <string.h>

#include "base/arena.h"

static bool is_zero(const unsigned char *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (p[i])
			return false;
	return true;
}

/* Pieces are zeroed, aligned, and none overlaps another: each keeps its own byte. */
Test(arena, pieces)
{
	static const size_t sizes[] = {0, 1, 15, 16, 17, 100, 4000, 8192, 8193, 16384, 100000};
	struct arena a = {0};
	unsigned char *p[2000];
	size_t size[2000];

	for (size_t i = 0; i < 2000; i++) {
		size[i] = sizes[i % (i < 100 ? 11 : 7)];
		p[i] = arena_alloc(&a, size[i]);
		cr_assert_eq((uintptr_t)p[i] % _Alignof(max_align_t), 0);
		cr_assert(is_zero(p[i], size[i]));
		memset(p[i], (int)(i % 255 + 1), size[i]);
	}
	for (size_t i = 0; i < 2000; i++)
		for (size_t j = 0; j < size[i]; j++)
			cr_assert_eq(p[i][j], i % 255 + 1);
	arena_free(&a);
	cr_expect_null(a.blocks);
	arena_free(&a);
}

Test(arena, strings)
{
	struct arena a = {0};
	char *big;

	cr_expect_str_eq(arena_strdup(&a, "hog"), "hog");
	cr_expect_str_eq(arena_strdup(&a, ""), "");
	cr_expect_str_eq(arena_strndup(&a, "memory.max", 6), "memory");
	cr_expect_str_eq(arena_strndup(&a, "max", 100), "max");
	cr_expect_str_eq(arena_printf(&a, "%s/%d", "hog", 7), "hog/7");
	big = arena_printf(&a, "%050000d", 1);
	cr_expect_eq(strlen(big), 50000u);
	arena_free(&a);
}

struct item {
	int64_t value;
	char name[24];
};

Test(arena, push)
{
	struct arena a = {0};
	struct item *items = NULL;
	size_t n = 0;

	for (int i = 0; i < 1000; i++) {
		struct item *item = arena_push(&a, items, n);

		cr_assert_eq(item, &items[i]);
		cr_assert_eq(n, (size_t)i + 1);
		cr_assert(is_zero((unsigned char *)item, sizeof(*item)));
		item->value = i;
		memset(item->name, 'x', sizeof(item->name));
	}
	for (int i = 0; i < 1000; i++)
		cr_assert_eq(items[i].value, i);

	/* An element that was dropped leaves nothing to the one that takes its place. */
	n = 900;
	cr_expect_eq(arena_push(&a, items, n)->value, 0);
	cr_expect_eq(items[899].value, 899);
	n = 512;
	cr_expect_eq(arena_push(&a, items, n)->value, 0);
	cr_expect_eq(items[511].value, 511);
	arena_free(&a);
}

Test(arena, overflow_is_fatal, .exit_code = 3)
{
	struct arena a = {0};

	arena_array(&a, SIZE_MAX / 2, 3);
}

Test(arena, too_large_is_fatal, .exit_code = 3)
{
	struct arena a = {0};

	arena_alloc(&a, SIZE_MAX - 8);
}
