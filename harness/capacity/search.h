/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where to probe next, and what is known by now: a bisection that survives outcomes which are wrong
 * now and then. The edge lies in one of many cells; each outcome moves belief from those on one
 * side of it to those on the other, by as much as it can be relied on; so it repeats where outcomes
 * disagree. Pure logic: runs nothing, knows no memory.
 */
#ifndef MT_CAPACITY_SEARCH_H
#define MT_CAPACITY_SEARCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SEARCH_CELLS 4096

/*
 * How likely a single outcome is held to be wrong: at least so much (another job on the machine, a
 * hiccup), and at most so much, as repeats near the edge must still say something.
 */
#define SEARCH_WRONG 0.02
#define SEARCH_DOUBT 0.25
/* How much the edge wanders from run to run is not known either: one of so many guesses. */
#define SEARCH_SOFTS 6

/*
 * at[0 .. n]: the values that may be probed, rising. Cell i, 0 < i <= n, says that the edge is
 * within (at[i - 1], at[i]]: at[i] is then the least value that is enough. Cell 0: at[0] is enough;
 * cell n + 1: at[n] is not.
 */
struct search {
	int64_t at[SEARCH_CELLS + 1];
	double belief[SEARCH_CELLS + 2]; /* sums to 1: over all guesses how much it wanders */
	double joint[SEARCH_SOFTS][SEARCH_CELLS + 2]; /* ... and with each of them */
	int n, softs;				      /* guesses that are in use */
	int span;				      /* so many cells side by side are an answer */
	int bisect; /* probes that a bisection with outcomes never wrong needs */
	int probes; /* outcomes so far */
	int limit;  /* no more probes than these; then the answer is as wide as it is */
};

/*
 * Sizes from low to high, whole pages; the answer is to be known to `resolution` of itself (0.01).
 * Returns 0, or -EINVAL when low >= high or the resolution leaves fewer than two or too many cells.
 */
int search_sizes(struct search *s, int64_t low, int64_t high, double resolution, int64_t page);
/* Whole numbers from low to high. */
int search_numbers(struct search *s, int64_t low, int64_t high);
/* Forget what came out; what may be probed stays. */
void search_forget(struct search *s);

/* The next value to probe; false when nothing is left to find out, or the limit is reached. */
bool search_next(const struct search *s, int64_t *ret);
/* What came out: enough, or too little. wrong: how likely the outcome is not the usual one. */
void search_add(struct search *s, int64_t value, bool enough, double wrong);

enum search_where { SEARCH_WITHIN, SEARCH_BELOW, SEARCH_ABOVE };
struct search_answer {
	enum search_where where;
	int64_t low,
		high; /* low is too little, high is enough; the end of the range if beyond it */
	int64_t best; /* the most likely value, low <= best <= high */
	double sure;  /* how likely the edge is there */
	bool done;    /* as narrow and as sure as was asked for */
};
void search_answer(const struct search *s, struct search_answer *ret);

#endif
