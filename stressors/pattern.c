/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A word is that of its place in a block of 4 KiB, the same in all blocks, and a key of its block.
 * Both are splitmix64 (Steele, Lea, Flood: Fast splittable pseudorandom number generators, OOPSLA
 * 2014) used as a hash of a counter. A word costs a load and an exclusive or then: making and
 * comparing data goes at the speed of the memory, which a multiplication for each word does not.
 */
#include "pattern.h"

/*
 * The loops below are worth vector registers: 2 to 3 times the speed of -O2, which GCC 12 does not
 * vectorise when the length is unknown. The clones are chosen by an ifunc, which runs before a
 * sanitizer has set itself up: not there.
 */
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) &&                             \
	!defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
#define VECTORISED                                                                                 \
	__attribute__((optimize("tree-vectorize", "vect-cost-model=dynamic"),                      \
		       target_clones("avx2", "default")))
#else
#define VECTORISED
#endif

#define WORD  sizeof(uint64_t)
#define BLOCK 512		    /* words */
#define GAMMA 0x9e3779b97f4a7c15ULL /* 2^64 divided by the golden ratio, odd */

static _Alignas(64) uint64_t place[BLOCK];

static inline uint64_t mix(uint64_t z)
{
	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
	return z ^ (z >> 31);
}

__attribute__((constructor)) static void make_places(void)
{
	for (uint64_t i = 0; i < BLOCK; i++)
		place[i] = mix(i * GAMMA);
}

/* The seed is mixed: seeds that are near must not overlap. */
uint64_t pattern_random(uint64_t seed, uint64_t n)
{
	return mix(mix(seed + GAMMA) + n * GAMMA);
}

static inline uint64_t block_key(uint64_t seed, uint64_t word)
{
	return pattern_random(seed, word / BLOCK);
}

uint64_t pattern_word(uint64_t seed, uint64_t offset)
{
	uint64_t word = offset / WORD;

	return block_key(seed, word) ^ place[word % BLOCK];
}

uint64_t pattern_seed(uint64_t seed, uint64_t n)
{
	return mix(seed ^ mix(n + GAMMA));
}

/* How many of n words from `word` on lie in its block. */
static inline size_t in_block(uint64_t word, size_t n)
{
	size_t left = BLOCK - word % BLOCK;

	return n < left ? n : left;
}

VECTORISED void pattern_fill(void *dst, size_t len, uint64_t seed, uint64_t offset)
{
	uint64_t *to = dst, word = offset / WORD;

	for (size_t left = len / WORD, n; left; left -= n, to += n, word += n) {
		const uint64_t *from = place + word % BLOCK;
		uint64_t key = block_key(seed, word);

		n = in_block(word, left);
		for (size_t i = 0; i < n; i++)
			to[i] = from[i] ^ key;
	}
}

/* All differences in one word: no branch inside the loop, the first one is looked for later. */
VECTORISED static uint64_t differs(const uint64_t *got, size_t left, uint64_t seed, uint64_t word)
{
	uint64_t all = 0;

	for (size_t n; left; left -= n, got += n, word += n) {
		const uint64_t *want = place + word % BLOCK;
		uint64_t key = block_key(seed, word);

		n = in_block(word, left);
		for (size_t i = 0; i < n; i++)
			all |= got[i] ^ want[i] ^ key;
	}
	return all;
}

bool pattern_check(const void *src, size_t len, uint64_t seed, uint64_t offset, uint64_t *ret_bad,
		   uint64_t *ret_want, uint64_t *ret_got)
{
	size_t n = len / WORD;

	if (!differs(src, n, seed, offset / WORD))
		return true;
	for (size_t i = 0; i < n; i++) {
		/* Read once: the value reported is the value that was compared. */
		uint64_t got = ((const volatile uint64_t *)src)[i];
		uint64_t want = pattern_word(seed, offset + i * WORD);

		if (got == want)
			continue;
		*ret_bad = offset + i * WORD;
		*ret_want = want;
		*ret_got = got;
		return false;
	}
	/* The second look found it right: the first one is a fact all the same. */
	*ret_bad = offset;
	*ret_want = *ret_got = pattern_word(seed, offset);
	return false;
}

VECTORISED static uint64_t run_any(const uint64_t *from, size_t n)
{
	uint64_t any = 0;

	for (size_t i = 0; i < n; i++)
		any |= from[i];
	return any;
}

bool pattern_zero(const void *src, size_t len, size_t *ret_bad, uint64_t *ret_got)
{
	const uint64_t *from = src;
	size_t n = len / WORD;
	uint64_t any = run_any(from, n);

	if (!any)
		return true;
	for (size_t i = 0; i < n; i++) {
		if (!from[i])
			continue;
		*ret_bad = i * WORD;
		*ret_got = from[i];
		return false;
	}
	*ret_bad = 0;
	*ret_got = any;
	return false;
}
