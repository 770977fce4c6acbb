/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Words and near misses: tables of words, edit distance, "did you mean".
 * Owns: which word is near enough to be meant. Does not own: the words, nor the sentence about
 * them.
 */
#ifndef MT_BASE_WORDS_H
#define MT_BASE_WORDS_H

#include <stdbool.h>
#include <stddef.h>

/* Index of word in a table, -1 when it is not there. */
int word_index(const char *const *table, size_t n, const char *word);
/* Edit distance with transpositions, letters compared without case; capped at 64 letters. */
unsigned word_distance(const char *a, const char *b);

/*
 * Collects the nearest of the candidates that are offered; best is NULL when none is near enough to
 * be meant: a third of its letters wrong, 1 to 3, or one word is the beginning of the other, from 4
 * letters on. Of two that are equally near the first one stays.
 */
struct nearest {
	const char *want; /* set by the caller, the rest zeroed */
	const char *best;
	unsigned distance;
};
void nearest_offer(struct nearest *n, const char *candidate);

bool str_starts(const char *s, const char *prefix);
bool str_eq(const char *a, const char *b);

#endif
