/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where CPU time goes: `perf record -e cpu-clock` on processes of ours while they do what is
 * measured, and what the samples hit. One table after the others. Owns: perf's start and end, the
 * counting of symbols. Does not own: which processes, and when.
 */
#ifndef MT_BENCH_PERF_H
#define MT_BENCH_PERF_H

#include <sys/types.h>

#include "bench.h"

struct perf;

/*
 * In room of perf_size bytes that children share. Returns NULL with err, ERR_SKIP where there is no
 * perf.
 */
struct perf *perf_open(const struct bench *b, void *room, struct err *err);
extern const size_t perf_size;
/*
 * From here on the processes (and those that they fork) are sampled. The two are no-ops without
 * perf_open(). An error is told in the table.
 */
void perf_begin(struct bench *b, const char *what, const pid_t *pids, int n);
void perf_end(struct bench *b);
void perf_print(const struct bench *b);

#endif
