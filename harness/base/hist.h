/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A log-linear histogram of durations: 16 steps per power of two, so a bucket is at most 6.25 %
 * wide. Fixed size, no allocation, one writer; readers may look at any time.
 */
#ifndef MT_BASE_HIST_H
#define MT_BASE_HIST_H

#include <stdint.h>

#define HIST_SUB_BITS 4
#define HIST_BUCKETS  ((64 - HIST_SUB_BITS + 1) << HIST_SUB_BITS)

struct hist {
	uint64_t count;
	uint64_t max_ns;
	uint32_t bucket[HIST_BUCKETS];
};

void hist_add(struct hist *h, uint64_t ns);
/* Add all of src to dst. */
void hist_merge(struct hist *dst, const struct hist *src);
/*
 * The duration below which the given share of samples lies, share in thousandths of one per cent
 * (99 % is 99000). Upper edge of the bucket, at most max_ns; 0 when empty.
 */
uint64_t hist_quantile(const struct hist *h, int64_t share);

#endif
