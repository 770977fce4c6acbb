/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Workers side by side, verified data, page tables, copies, socket buffers, rate limits. */
#include <math.h>

#include "base/cleanup.h"
#include "base/units.h"
#include "load.h"
#include "stressor.h"

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

#define N_CLEAR(n)                                                                                 \
	{                                                                                          \
		.text = "clearing mapped huge pages, processes: " #n, .unit = "GiB/s",             \
		.scale = GIB_OF_BYTES, .of = OF_CLOCK, .digits = 2, .technique = clear_by_many,    \
		.arg = &(const int)                                                                \
		{                                                                                  \
			n                                                                          \
		}                                                                                  \
	}

enum { C1, C2, A1, A2, A4, S1, S2, S4 };
static const struct way worker_ways[] = {
	[C1] = N_CLEAR(1),
	[C2] = N_CLEAR(2),
	[A1] = N_ANON("1", OF_CLOCK),
	[A2] = N_ANON("2", OF_CLOCK),
	[A4] = N_ANON("4", OF_CLOCK),
	[S1] = N_SHMEM("1", OF_CLOCK),
	[S2] = N_SHMEM("2", OF_CLOCK),
	[S4] = N_SHMEM("4", OF_CLOCK),
};
static const struct ratio worker_ratios[] = {
	{"clearing, 2 processes over 1", C2, 1 << C1, 0, OF_CLOCK},
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

/* ---- rate limits: how far a second of work is from what was asked for ---- */

struct limited {
	const char *stressor;
	enum work work;
	double rate; /* per second */
};

static double done_by(const struct ours *o, enum work work)
{
	const struct worker_page *p = &o->pages[0];

	return (double)atomic_load(work == WORK_BYTES ? &p->bytes : &p->ops);
}

static int off_the_rate(struct run_of *run, struct measured *ret, struct err *err)
{
	const struct limited *l = run->way->arg;
	int64_t window_ms = run->b->quick ? 50 : 1000;
	struct ours o;
	int r = ours_open(&o, run, l->stressor, err);

	if (r == 0) {
		int64_t begin;
		double work;

		ours_start(&o);
		sleep_ms(window_ms / 4);
		begin = mono_now().ns;
		work = done_by(&o, l->work);
		sleep_ms(window_ms);
		ret->wall_s = since(begin);
		work = done_by(&o, l->work) - work;
		ret->work = fabs(work / ret->wall_s / l->rate - 1) * 100;
		r = ours_stop(&o, err);
	}
	ours_close(&o);
	return r;
}

#define LIMITED(text_, stressor_, work_, rate_)                                                    \
	{                                                                                          \
		.text = text_, .unit = "% off", .scale = 1, .of = OF_WORK, .digits = 2,            \
		.special = off_the_rate, .arg = &(const struct limited){stressor_, work_, rate_},  \
		.target = 2, .at_most = true                                                       \
	}
static const struct way rate_ways[] = {
	LIMITED("anon, rate: 200M/s", "use: anon, size: 512M, rate: 200M/s", WORK_BYTES,
		200.0 * (double)MIB),
	LIMITED("pagecache, rate: 100M/s", "use: pagecache, size: 64G, file: sparse, rate: 100M/s",
		WORK_BYTES, 100.0 * (double)MIB),
	LIMITED("null, ops_rate: 1000/s", "use: null, end: never, ops_rate: 1000/s", WORK_OPS,
		1000),
	LIMITED("slab, kind: dentry-negative, ops_rate: 10000/s",
		"use: slab, kind: dentry-negative, count: 100000, ops_rate: 10000/s", WORK_OPS,
		10000),
};

const struct load load_rates = {
	.name = "rates",
	.heading = "rate limits, over a second",
	.limit = 1 * GIB,
	.ways = rate_ways,
	.n_ways = ARRAY_SIZE(rate_ways),
};
