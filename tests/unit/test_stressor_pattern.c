/* SPDX-License-Identifier: GPL-2.0-or-later */
/* stressors/pattern.c: data made from a seed and an offset, and found out when it changes. */
#include <string.h>

#include <criterion/criterion.h>

#include "pattern.h"

enum { WORDS = 512, LEN = WORDS * 8 };
static uint64_t page[WORDS], bad, want, got;

Test(pattern, a_word_is_the_same_however_it_is_made)
{
	uint64_t half[WORDS / 2];

	pattern_fill(page, LEN, 7, 3 * LEN);
	for (uint64_t i = 0; i < WORDS; i++)
		cr_assert_eq(page[i], pattern_word(7, 3 * LEN + i * 8));
	pattern_fill(half, sizeof(half), 7, 3 * LEN + LEN / 2);
	cr_assert_arr_eq(half, page + WORDS / 2, sizeof(half));
}

Test(pattern, every_length_of_words_fills_and_checks)
{
	for (size_t n = 0; n < 70; n++) {
		memset(page, 0, LEN);
		pattern_fill(page, n * 8, 9, 8);
		cr_assert(pattern_check(page, n * 8, 9, 8, &bad, &want, &got));
		cr_assert_eq(page[n], 0, "wrote beyond %zu words", n);
		cr_assert(!pattern_check(page, (n + 1) * 8, 9, 8, &bad, &want, &got));
		cr_assert_eq(bad, 8 + n * 8);
	}
}

Test(pattern, one_flipped_bit_is_found_where_it_is)
{
	pattern_fill(page, LEN, 1, 1 << 20);
	for (size_t bit = 0; bit < LEN * 8; bit += 97) {
		uint64_t right = page[bit / 64];

		page[bit / 64] ^= 1ULL << bit % 64;
		cr_assert(!pattern_check(page, LEN, 1, 1 << 20, &bad, &want, &got));
		cr_assert_eq(bad, (1 << 20) + bit / 64 * 8);
		cr_assert_eq(want, right);
		cr_assert_eq(got, page[bit / 64]);
		page[bit / 64] = right;
	}
	cr_assert(pattern_check(page, LEN, 1, 1 << 20, &bad, &want, &got));
}

Test(pattern, another_seed_offset_or_generation_is_other_data)
{
	pattern_fill(page, LEN, 1, 0);
	cr_assert(!pattern_check(page, LEN, 2, 0, &bad, &want, &got));
	cr_assert(!pattern_check(page, LEN, 1, LEN, &bad, &want, &got));
	cr_assert(!pattern_check(page, LEN, pattern_seed(1, 0), 0, &bad, &want, &got));
	cr_assert_neq(pattern_seed(1, 1), pattern_seed(1, 2));
	cr_assert_neq(pattern_seed(1, 1), pattern_seed(2, 1));
}

/* A run over the border of a block of 4 KiB, and a word that belongs into another block. */
Test(pattern, blocks_have_keys_of_their_own)
{
	enum { FROM = LEN - 24 };

	pattern_fill(page, LEN, 5, FROM);
	for (uint64_t i = 0; i < WORDS; i++)
		cr_assert_eq(page[i], pattern_word(5, FROM + i * 8));
	for (size_t i = 0; i < WORDS; i += 7) {
		uint64_t right = page[i];

		page[i] = pattern_word(5, FROM + i * 8 + LEN);
		cr_assert(!pattern_check(page, LEN, 5, FROM, &bad, &want, &got));
		cr_assert_eq(bad, FROM + i * 8);
		cr_assert_eq(want, right);
		cr_assert_eq(got, page[i]);
		page[i] = right;
	}
	cr_assert(pattern_check(page, LEN, 5, FROM, &bad, &want, &got));
}

/* Near seeds must not give shifted copies of one another: a page of the wrong worker would pass. */
Test(pattern, seeds_do_not_overlap)
{
	for (uint64_t seed = 0; seed < 64; seed++)
		for (uint64_t i = 0; i < 64; i++)
			if (seed != 5)
				cr_assert_neq(pattern_word(seed, i * 8), pattern_word(5, 64));
}

/* What a compressor looks for: repeated words, and bytes that come more often than others. */
Test(pattern, does_not_compress)
{
	size_t count[256] = {0}, ones = 0;

	pattern_fill(page, LEN, 3, 0);
	for (size_t i = 0; i < WORDS; i++) {
		ones += (size_t)__builtin_popcountll(page[i]);
		for (size_t j = i + 1; j < WORDS; j++)
			cr_assert_neq(page[i], page[j]);
	}
	for (size_t i = 0; i < LEN; i++)
		count[((unsigned char *)page)[i]]++;
	for (size_t i = 0; i < 256; i++)
		cr_assert(count[i] > 0 && count[i] < 48, "byte %zu comes %zu times", i, count[i]);
	cr_assert(ones > LEN * 4 * 98 / 100 && ones < LEN * 4 * 102 / 100);
}

Test(pattern, zero_is_zero_and_one_bit_is_not)
{
	size_t at;

	memset(page, 0, LEN);
	cr_assert(pattern_zero(page, LEN, &at, &got));
	for (size_t i = 0; i < WORDS; i++) {
		page[i] = 1ULL << 63;
		cr_assert(!pattern_zero(page, LEN, &at, &got));
		cr_assert_eq(at, i * 8);
		cr_assert_eq(got, 1ULL << 63);
		page[i] = 0;
	}
}
