/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Workers side by side, verified data, page tables, copies, socket buffers. */
#include "base/cleanup.h"
#include "base/units.h"
#include "load.h"

#define GIB_OF_PAGES (4096.0 / (double)GIB)
#define GIB_OF_BYTES (1.0 / (double)GIB)

#define WAY(text_, of_, unit_, scale_, work_, span_, stressor_)                                    \
	{                                                                                          \
		.text = text_, .unit = unit_, .scale = scale_, .of = of_, .digits = 2,             \
		.stressor = stressor_, .work = work_, .span = span_                                \
	}
#define N_ANON(n, of)                                                                              \
	WAY("anon, thp: on, workers: " n, of, of == OF_CLOCK ? "GiB/s" : "GiB/CPU-s",              \
	    GIB_OF_PAGES, WORK_COUNTER, SPAN_WINDOW,                                               \
	    "use: anon, size: 256M, thp: on, then: churn, workers: " n)
#define N_SHMEM(n, of)                                                                             \
	WAY("shmem, workers: " n, of, of == OF_CLOCK ? "GiB/s" : "GiB/CPU-s", GIB_OF_PAGES,        \
	    WORK_COUNTER, SPAN_WINDOW, "use: shmem, size: 256M, then: churn, workers: " n)

enum { A1, A2, A4, S1, S2, S4 };
static const struct way worker_ways[] = {
	[A1] = N_ANON("1", OF_CLOCK),  [A2] = N_ANON("2", OF_CLOCK),  [A4] = N_ANON("4", OF_CLOCK),
	[S1] = N_SHMEM("1", OF_CLOCK), [S2] = N_SHMEM("2", OF_CLOCK), [S4] = N_SHMEM("4", OF_CLOCK),
};
static const struct ratio worker_ratios[] = {
	{"anon, 2 workers over 1", A2, 1 << A1, 1.85, OF_CLOCK},
	{"shmem, 2 workers over 1", S2, 1 << S1, 1.85, OF_CLOCK},
	{"anon, 4 workers over 1", A4, 1 << A1, 0, OF_CLOCK},
	{"shmem, 4 workers over 1", S4, 1 << S1, 0, OF_CLOCK},
};

const struct load load_workers = {
	.name = "scaling",
	.heading = "workers, each with memory of its own, in one group; on the clock",
	.limit = 2 * GIB,
	.ways = worker_ways,
	.n_ways = ARRAY_SIZE(worker_ways),
	.ratios = worker_ratios,
	.n_ratios = ARRAY_SIZE(worker_ratios),
};

/* The same bytes written again and again; with verify each is compared before it is written. */
enum { V_FULL, V_VERIFY, V_READ, V_READ_VERIFY };
static const struct way verify_ways[] = {
	[V_FULL] =
		WAY("anon, fill: full, written again", OF_RATE, "GiB/CPU-s", GIB_OF_PAGES,
		    WORK_COUNTER, SPAN_WINDOW, "use: anon, size: 64M, fill: full, then: retouch"),
	[V_VERIFY] = WAY("anon, verify: yes, compared and written again", OF_RATE, "GiB/CPU-s",
			 GIB_OF_PAGES, WORK_COUNTER, SPAN_WINDOW,
			 "use: anon, size: 64M, verify: yes, then: retouch"),
	[V_READ] = WAY("pagecache, read again", OF_RATE, "GiB/CPU-s", GIB_OF_BYTES, WORK_BYTES,
		       SPAN_WINDOW, "use: pagecache, size: 64M, file: data, passes: 0"),
	[V_READ_VERIFY] = WAY("pagecache, verify: yes, read again", OF_RATE, "GiB/CPU-s",
			      GIB_OF_BYTES, WORK_BYTES, SPAN_WINDOW,
			      "use: pagecache, size: 64M, file: data, passes: 0, verify: yes"),
};
static const struct ratio verify_ratios[] = {
	{"memory: verified over not", V_VERIFY, 1 << V_FULL, 0.5, OF_RATE},
	{"page cache: verified over not", V_READ_VERIFY, 1 << V_READ, 0.5, OF_RATE},
};

const struct load load_verify = {
	.name = "verify",
	.heading = "data that is written, read back and compared",
	.limit = 1 * GIB,
	.ways = verify_ways,
	.n_ways = ARRAY_SIZE(verify_ways),
	.ratios = verify_ratios,
	.n_ratios = ARRAY_SIZE(verify_ratios),
};

static const struct way other_ways[] = {
	WAY("pagetable, tables made", OF_RATE, "M tables/CPU-s", 1e-6, WORK_COUNTER, SPAN_FILL,
	    "use: pagetable, span: 128G"),
	WAY("fork, pages copied", OF_RATE, "M pages/CPU-s", 1e-6, WORK_COUNTER, SPAN_FILL,
	    "use: fork, size: 128M, children: 4"),
	WAY("sockbuf, bytes charged", OF_RATE, "GiB/CPU-s", GIB_OF_BYTES, WORK_BYTES, SPAN_FILL,
	    "use: sockbuf, size: 128M"),
	WAY("mlock, bytes locked", OF_RATE, "GiB/CPU-s", GIB_OF_BYTES, WORK_BYTES, SPAN_FILL,
	    "use: mlock, size: 512M"),
};

const struct load load_others = {
	.name = "others",
	.heading = "other loads",
	.limit = 2 * GIB,
	.ways = other_ways,
	.n_ways = ARRAY_SIZE(other_ways),
};
