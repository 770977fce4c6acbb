/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * splitmix64 (Steele, Lea, Flood: Fast splittable pseudorandom number generators, OOPSLA 2014) used
 * as a hash of the offset instead of as a stream: its state is a plain counter, so any word can be
 * computed by itself, and the words of a loop do not wait for one another.
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
#define GAMMA 0x9e3779b97f4a7c15ULL /* 2^64 divided by the golden ratio, odd */

static inline uint64_t mix(uint64_t z)
{
	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
	return z ^ (z >> 31);
}

/* The counter that belongs to an offset. The seed is mixed: seeds that are near must not overlap.
 */
static inline uint64_t counter_at(uint64_t seed, uint64_t offset)
{
	return mix(seed + GAMMA) + offset / WORD * GAMMA;
}

uint64_t pattern_word(uint64_t seed, uint64_t offset)
{
	return mix(counter_at(seed, offset));
}

uint64_t pattern_seed(uint64_t seed, uint64_t n)
{
	return mix(seed ^ mix(n + GAMMA));
}

VECTORISED void pattern_fill(void *dst, size_t len, uint64_t seed, uint64_t offset)
{
	uint64_t *to = dst, z = counter_at(seed, offset);
	size_t n = len / WORD;

	for (size_t i = 0; i < n; i++, z += GAMMA)
		to[i] = mix(z);
}

/* All differences of a run in one word: no branch inside the loop, the first one is looked for
 * later. */
VECTORISED static uint64_t run_differs(const uint64_t *from, size_t n, uint64_t z)
{
	uint64_t differs = 0;

	for (size_t i = 0; i < n; i++, z += GAMMA)
		differs |= from[i] ^ mix(z);
	return differs;
}

bool pattern_check(const void *src, size_t len, uint64_t seed, uint64_t offset, uint64_t *ret_bad,
		   uint64_t *ret_want, uint64_t *ret_got)
{
	const uint64_t *from = src;
	uint64_t z = counter_at(seed, offset);
	size_t n = len / WORD;

	if (!run_differs(from, n, z))
		return true;
	for (size_t i = 0; i < n; i++, z += GAMMA) {
		/* Read once: the value reported is the value that was compared. */
		uint64_t got = ((const volatile uint64_t *)from)[i];

		if (got == mix(z))
			continue;
		*ret_bad = offset + i * WORD;
		*ret_want = mix(z);
		*ret_got = got;
		return false;
	}
	/* The second look found it right: the first one is a fact all the same. */
	*ret_bad = offset;
	*ret_want = *ret_got = mix(counter_at(seed, offset));
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
