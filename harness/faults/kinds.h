/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Only for faults/: the option structs and the functions behind the rows of the table. */
#ifndef MT_FAULTS_KINDS_H
#define MT_FAULTS_KINDS_H

#include "faults/fault.h"

/* The kernel's fault injection (lib/fault-inject.c): one struct for all of its kinds. */
struct inject_opts {
	int64_t probability, times, interval, space;
	int64_t min_order;    /* fail_page_alloc */
	int64_t cache_filter; /* failslab */
};
int inject_arm(struct fault *f, struct fault_host *h, struct err *err);
int inject_disarm(struct fault *f, struct fault_host *h, struct err *err);
int64_t inject_so_far(const struct fault *f, struct fault_host *h);
int inject_disk_arm(struct fault *f, struct fault_host *h, struct err *err);
int inject_pages_check(const void *opts, struct err *err);

int nth_arm(struct fault *f, struct fault_host *h, struct err *err);
int nth_disarm(struct fault *f, struct fault_host *h, struct err *err);
int64_t nth_so_far(const struct fault *f, struct fault_host *h);

struct drop_opts {
	int64_t what;
};
int drop_caches_arm(struct fault *f, struct fault_host *h, struct err *err);

struct compact_opts {
	int64_t times;
};
int compact_arm(struct fault *f, struct fault_host *h, struct err *err);

struct swapoff_opts {
	int64_t areas;
};
int swapoff_arm(struct fault *f, struct fault_host *h, struct err *err);

struct squeeze_opts {
	int64_t to;
};
int squeeze_arm(struct fault *f, struct fault_host *h, struct err *err);
int squeeze_disarm(struct fault *f, struct fault_host *h, struct err *err);

struct reclaim_opts {
	int64_t size, times, every;
};
int reclaim_arm(struct fault *f, struct fault_host *h, struct err *err);
int64_t reclaim_takes(const void *opts);

int freeze_arm(struct fault *f, struct fault_host *h, struct err *err);
int freeze_disarm(struct fault *f, struct fault_host *h, struct err *err);

int kill_arm(struct fault *f, struct fault_host *h, struct err *err);

#endif
