/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Data that does not compress and that can be checked from anywhere: each 8-byte word is a pure
 * function of a seed and of its own offset, so a page needs no neighbour and no memory of when it
 * was written. Owns: making and comparing such data. Does not own: where it lies (area.h, files) or
 * who is told of a mismatch (worker_corrupt()).
 */
#ifndef MT_STRESSOR_PATTERN_H
#define MT_STRESSOR_PATTERN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The word at offset (bytes, a multiple of 8). */
uint64_t pattern_word(uint64_t seed, uint64_t offset);

/* The n-th number of a sequence: all bits are by chance, n may be any. */
uint64_t pattern_random(uint64_t seed, uint64_t n);

/*
 * Another seed for the n-th rewriting of the same place, so that a stale copy of an earlier one is
 * found out. n = 0 gives a seed different from the one put in.
 */
uint64_t pattern_seed(uint64_t seed, uint64_t n);

/*
 * Write len bytes (a multiple of 8; dst aligned to 8) as they belong at offset (a multiple of 8) of
 * their area or file.
 */
void pattern_fill(void *dst, size_t len, uint64_t seed, uint64_t offset);

/*
 * Compare len bytes with what pattern_fill() writes. Returns true when they are the same; if not,
 * ret_bad is the offset of the first wrong word in the area or file (offset included), ret_want and
 * ret_got are its expected and its found value.
 */
bool pattern_check(const void *src, size_t len, uint64_t seed, uint64_t offset, uint64_t *ret_bad,
		   uint64_t *ret_want, uint64_t *ret_got);

/* True when len bytes (a multiple of 8; src aligned to 8) are zero; if not, where the first is not.
 */
bool pattern_zero(const void *src, size_t len, size_t *ret_bad, uint64_t *ret_got);

#endif
