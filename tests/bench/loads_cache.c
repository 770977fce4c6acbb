/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Page-cache churn in a small group: pages that reclaim takes, per CPU-second. */
#include "base/cleanup.h"
#include "base/units.h"
#include "load.h"

#define M_OF_PAGES 1e-6

#define OURS(text_, stressor_)                                                                     \
	{                                                                                          \
		.text = text_, .unit = "M pages/CPU-s", .scale = M_OF_PAGES, .digits = 2,          \
		.stressor = stressor_, .work = WORK_STEAL, .warm_ms = 500                          \
	}
#define PEER(text_, ...)                                                                           \
	{                                                                                          \
		.text = text_, .unit = "M pages/CPU-s", .scale = M_OF_PAGES, .digits = 2,          \
		.argv = (const char *const[]){__VA_ARGS__, NULL}, .work = WORK_STEAL,              \
		.warm_ms = 500                                                                     \
	}
#define FIO_ON(name, size_, sparse_, data_, ...)                                                   \
	{                                                                                          \
		.text = name, .unit = "M pages/CPU-s", .scale = M_OF_PAGES, .digits = 2,           \
		.argv = (const char *const[]){"fio",                                               \
					      "--name=load",                                       \
					      "--filename=%s/file",                                \
					      "--size=" size_,                                     \
					      "--ioengine=io_uring",                               \
					      "--time_based",                                      \
					      "--runtime=60",                                      \
					      "--invalidate=0",                                    \
					      "--fixedbufs",                                       \
					      "--registerfiles",                                   \
					      __VA_ARGS__,                                         \
					      NULL},                                               \
		.work = WORK_STEAL, .warm_ms = 800, .sparse = sparse_, .data = data_               \
	}
#define FIO(name, ...) FIO_ON(name, "64g", 64 * GIB, 0, __VA_ARGS__)
#define SPARSE	       "use: pagecache, size: 64G, file: sparse, passes: 0, "

enum { POPULATE, POPULATE_SYNC, READS, AHEAD, RANDOM, FIO_128K, FIO_4K, FIO_RANDOM, SENDFILE };
static const struct way sparse_ways[] = {
	[POPULATE] = OURS("pagecache, mode: populate", SPARSE "mode: populate"),
	[POPULATE_SYNC] = OURS("pagecache, mode: populate, engine: sync",
			       SPARSE "mode: populate, engine: sync"),
	[READS] = OURS("pagecache, mode: read, registered", SPARSE "mode: read, registered: yes"),
	[AHEAD] = OURS("pagecache, mode: ahead", SPARSE "mode: ahead"),
	[RANDOM] = OURS("pagecache, order: random, block: 4K, registered",
			SPARSE "mode: read, order: random, block: 4K, registered: yes"),
	[FIO_128K] = FIO("fio read 128k, qd 16, fixed", "--rw=read", "--bs=128k", "--iodepth=16"),
	[FIO_4K] = FIO("fio read 4k, qd 64, fixed", "--rw=read", "--bs=4k", "--iodepth=64",
		       "--fixedbufs", "--registerfiles"),
	[FIO_RANDOM] = FIO("fio randread 4k, qd 64", "--rw=randread", "--bs=4k", "--iodepth=64",
			   "--norandommap"),
	[SENDFILE] = PEER("stress-ng --sendfile 1g", "stress-ng", "--sendfile", "1",
			  "--sendfile-size", "1g", "--temp-path", "%s"),
};
static const struct ratio sparse_ratios[] = {
	{"populate, over fio's best", POPULATE, 1 << FIO_128K | 1 << FIO_4K, 2.5, OF_RATE},
	{"populate, over stress-ng --sendfile", POPULATE, 1 << SENDFILE, 1.1, OF_RATE},
	{"populate by system calls, over stress-ng --sendfile", POPULATE_SYNC, 1 << SENDFILE, 1.1,
	 OF_RATE},
	{"reads, over fio's best", READS, 1 << FIO_128K | 1 << FIO_4K, 1.25, OF_RATE},
	{"4 KiB folios (ahead), over fio randread", AHEAD, 1 << FIO_RANDOM, 2.5, OF_RATE},
	{"random reads, over fio randread", RANDOM, 1 << FIO_RANDOM, 0, OF_RATE},
};

const struct load load_pagecache = {
	.name = "pagecache",
	.heading = "page cache reclaimed, sparse 64 GiB file in a group of 256 MiB",
	.limit = 256 * MIB,
	.ways = sparse_ways,
	.n_ways = ARRAY_SIZE(sparse_ways),
	.ratios = sparse_ratios,
	.n_ratios = ARRAY_SIZE(sparse_ratios),
};

#define DISK "use: pagecache, size: 1G, file: data, passes: 0, "

enum { DISK_READS, DISK_SYNC, DISK_POPULATE, DISK_FIO, DISK_FIO_4K };
static const struct way disk_ways[] = {
	[DISK_READS] =
		OURS("pagecache, mode: read, registered", DISK "mode: read, registered: yes"),
	[DISK_SYNC] = OURS("pagecache, mode: read, engine: sync", DISK "mode: read, engine: sync"),
	[DISK_POPULATE] = OURS("pagecache, mode: populate", DISK "mode: populate"),
	[DISK_FIO] = FIO_ON("fio read 128k, qd 16, fixed", "1g", 0, 1 * GIB, "--rw=read",
			    "--bs=128k", "--iodepth=16"),
	[DISK_FIO_4K] = FIO_ON("fio read 4k, qd 64, fixed", "1g", 0, 1 * GIB, "--rw=read",
			       "--bs=4k", "--iodepth=64"),
};
static const struct ratio disk_ratios[] = {
	{"reads, over fio's best", DISK_READS, 1 << DISK_FIO | 1 << DISK_FIO_4K, 1.5, OF_RATE},
	{"reads by system calls, over fio's best", DISK_SYNC, 1 << DISK_FIO | 1 << DISK_FIO_4K, 0,
	 OF_RATE},
};

const struct load load_disk = {
	.name = "disk",
	.heading = "page cache reclaimed, 1 GiB of data in --scratch, in a group of 256 MiB",
	.limit = 256 * MIB,
	.ways = disk_ways,
	.n_ways = ARRAY_SIZE(disk_ways),
	.ratios = disk_ratios,
	.n_ratios = ARRAY_SIZE(disk_ratios),
};
