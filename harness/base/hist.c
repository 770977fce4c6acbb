/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/hist.h"

#define SUB  (1U << HIST_SUB_BITS)
#define FULL 100000 /* 100 % in thousandths of one per cent */

/* Below SUB every value has its own bucket; above, the four bits behind the leading one choose it.
 */
static unsigned bucket_of(uint64_t ns)
{
	unsigned shift;

	if (ns < SUB)
		return (unsigned)ns;
	shift = 63 - HIST_SUB_BITS - (unsigned)__builtin_clzll(ns);
	return ((shift + 1) << HIST_SUB_BITS) + (unsigned)((ns >> shift) & (SUB - 1));
}

/* The largest value that falls into the bucket. The last one's is 2^64 - 1, by unsigned arithmetic.
 */
static uint64_t bucket_last(unsigned i)
{
	unsigned shift;

	if (i < SUB)
		return i;
	shift = (i >> HIST_SUB_BITS) - 1;
	return ((uint64_t)(SUB + (i & (SUB - 1)) + 1) << shift) - 1;
}

static uint32_t load(const uint32_t *p)
{
	return __atomic_load_n(p, __ATOMIC_RELAXED);
}

/* A full bucket stays full: a wrapped one would move every quantile. */
static void bucket_add(uint32_t *bucket, uint32_t n)
{
	uint32_t sum;

	if (__builtin_add_overflow(load(bucket), n, &sum))
		sum = UINT32_MAX;
	__atomic_store_n(bucket, sum, __ATOMIC_RELAXED);
}

/* One writer: plain additions, but no torn or invented stores for those who look on. */
static void totals_add(struct hist *h, uint64_t count, uint64_t max_ns)
{
	if (max_ns > __atomic_load_n(&h->max_ns, __ATOMIC_RELAXED))
		__atomic_store_n(&h->max_ns, max_ns, __ATOMIC_RELAXED);
	__atomic_store_n(&h->count, h->count + count, __ATOMIC_RELAXED);
}

void hist_add(struct hist *h, uint64_t ns)
{
	totals_add(h, 1, ns);
	bucket_add(&h->bucket[bucket_of(ns)], 1);
}

void hist_merge(struct hist *dst, const struct hist *src)
{
	totals_add(dst, __atomic_load_n(&src->count, __ATOMIC_RELAXED),
		   __atomic_load_n(&src->max_ns, __ATOMIC_RELAXED));
	for (unsigned i = 0; i < HIST_BUCKETS; i++)
		bucket_add(&dst->bucket[i], load(&src->bucket[i]));
}

/* Ranks among the buckets, not by count: a writer may be between its two additions. */
uint64_t hist_quantile(const struct hist *h, int64_t share)
{
	uint64_t total = 0, rank, seen = 0, max_ns = __atomic_load_n(&h->max_ns, __ATOMIC_RELAXED);

	for (unsigned i = 0; i < HIST_BUCKETS; i++)
		total += load(&h->bucket[i]);
	share = share < 0 ? 0 : share > FULL ? FULL : share;
	rank = (uint64_t)(((unsigned __int128)total * (uint64_t)share + FULL - 1) / FULL);
	if (rank == 0)
		rank = 1;
	for (unsigned i = 0; i < HIST_BUCKETS && total; i++) {
		seen += load(&h->bucket[i]);
		if (seen >= rank)
			return bucket_last(i) < max_ns ? bucket_last(i) : max_ns;
	}
	return total ? max_ns : 0;
}
