/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <criterion/criterion.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/need.h"
#include "base/words.h"

Test(words, index)
{
	static const char *const table[] = {"seq", NULL, "stride"};

	cr_expect_eq(word_index(table, 3, "seq"), 0);
	cr_expect_eq(word_index(table, 3, "stride"), 2);
	cr_expect_eq(word_index(table, 2, "stride"), -1);
	cr_expect_eq(word_index(table, 3, "Seq"), -1);
	cr_expect_eq(word_index(table, 0, "seq"), -1);
}

Test(words, distance)
{
	static const struct {
		const char *a, *b;
		unsigned d;
	} rows[] = {
		{"", "", 0},
		{"", "abc", 3},
		{"abc", "", 3},
		{"anon", "anon", 0},
		{"ANON", "anon", 0},
		{"anon", "ano", 1},
		{"anon", "anonn", 1},
		{"anon", "amon", 1},
		{"anon", "naon", 1},
		{"kitten", "sitting", 3},
		{"ca", "abc", 3}, /* OSA; unrestricted Damerau would say 2 */
		{"memory.max", "memory.high", 4},
		{"abcd", "badc", 2},
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		cr_expect_eq(word_distance(rows[i].a, rows[i].b), rows[i].d, "%s %s: %u", rows[i].a,
			     rows[i].b, word_distance(rows[i].a, rows[i].b));
		cr_expect_eq(word_distance(rows[i].b, rows[i].a), rows[i].d);
	}
}

Test(words, distance_is_capped)
{
	char a[300], b[300];

	memset(a, 'a', sizeof(a) - 1);
	memset(b, 'b', sizeof(b) - 1);
	a[sizeof(a) - 1] = b[sizeof(b) - 1] = '\0';
	cr_expect_eq(word_distance(a, b), 64);
	memset(b, 'a', 64);
	cr_expect_eq(word_distance(a, b), 0);
}

static const char *nearest(const char *want, const char *const *candidates)
{
	struct nearest n = {.want = want};

	for (; *candidates; candidates++)
		nearest_offer(&n, *candidates);
	return n.best;
}

#define NEAREST(want, ...) nearest((want), (const char *const[]){__VA_ARGS__, NULL})

Test(words, nearest)
{
	cr_expect_str_eq(NEAREST("randm", "seq", "random", "stride"), "random");
	cr_expect_str_eq(NEAREST("memory.mx", "memory.max", "memory.min"), "memory.max");
	cr_expect_str_eq(NEAREST("MemFree", "memfree", "MemTree"), "memfree");
	cr_expect_null(NEAREST("zebra", "seq", "random", "stride"));
	cr_expect_null(NEAREST("x", "y"), "one letter has nothing in common with another");
	cr_expect_null(NEAREST("seq", "eqs3"));
	/* Nine letters may have three wrong, six only two. */
	cr_expect_str_eq(NEAREST("pagecache", "pagexxxhe"), "pagexxxhe");
	cr_expect_null(NEAREST("stride", "strxxx"));
	/* The first of two that are equally near. */
	cr_expect_str_eq(NEAREST("anon", "anob", "anoc"), "anob");
}

Test(words, nearest_by_beginning)
{
	cr_expect_str_eq(NEAREST("memory.curr", "memory.current"), "memory.current");
	cr_expect_str_eq(NEAREST("anonymous", "slab", "anon"), "anon");
	cr_expect_null(NEAREST("mem", "memory.current"), "three letters are too few");
	/* A beginning gives way to what is nearer. */
	cr_expect_str_eq(NEAREST("file", "file_mapped", "fille"), "fille");
	cr_expect_str_eq(NEAREST("file", "file_writeback", "file_mapped"), "file_mapped");
}

Test(words, nearest_of_nothing)
{
	struct nearest n = {0};

	nearest_offer(&n, "x");
	cr_expect_null(n.best);
	n.want = "anon";
	nearest_offer(&n, NULL);
	cr_expect_null(n.best);
}

Test(words, strings)
{
	cr_expect(str_starts("memory.max", "memory."));
	cr_expect(str_starts("x", ""));
	cr_expect_not(str_starts("mem", "memory"));
	cr_expect(str_eq("a", "a"));
	cr_expect_not(str_eq("a", "b"));
}

Test(need, words)
{
	for (unsigned i = 0; i < NEED_COUNT; i++) {
		cr_expect_eq(need_find(need_word(i)), (int)i);
		cr_expect_gt(strlen(need_help(i)), 5u);
	}
	cr_expect_str_eq(need_word(NEED_INDEX_SWAP), "swap");
	cr_expect_eq(NEED_SWAP, 1 << need_find("swap"));
	cr_expect_eq(need_find("swop"), -1);
	cr_expect_eq(need_find(""), -1);
}
