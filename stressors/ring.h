/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One io_uring of a worker: opened with the fastest flags the kernel takes, primed so that steps
 * find its requests and its kernel worker already allocated, closed without leaving pinned pages.
 * Owns the ring and the count of requests in flight. Does not own the buffers, nor what a request
 * means.
 */
#ifndef MT_STRESSORS_RING_H
#define MT_STRESSORS_RING_H

#include <liburing.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

struct ring {
	struct io_uring io;
	bool open;
	unsigned depth;	    /* most requests in flight */
	unsigned in_flight; /* submitted or queued, not yet reaped */
};

/*
 * Open a ring of depth entries (1 .. 4096) and prime it. The calling thread is the only one that
 * may use it. Returns 0 or a negative errno with the sentence in err; where io_uring is switched
 * off, missing or forbidden the class is ERR_SKIP.
 */
int ring_open(struct ring *r, unsigned depth, struct err *err);

/*
 * Pin one buffer region (it becomes buffer 0) and one file (it becomes file 0). Pinned pages cannot
 * be reclaimed or swapped, and count against RLIMIT_MEMLOCK without CAP_IPC_LOCK.
 */
int ring_register(struct ring *r, void *buffers, size_t size, int fd, struct err *err);

/* Next free entry; never NULL while in_flight < depth. Counts it as in flight. */
struct io_uring_sqe *ring_get(struct ring *r);

/*
 * Submit what is queued and wait for one completion or more. Returns 0 or a negative errno (-EINTR
 * is swallowed: nothing may have completed then).
 */
int ring_submit(struct ring *r);

/* A completion, or false when there is none left; ret_data is the request's user data. */
bool ring_reap(struct ring *r, uint64_t *ret_data, int *ret_res);

/* Wait until nothing is in flight; results are thrown away. */
void ring_drain(struct ring *r);

/* Drain, unpin, close. Takes a ring that was never opened. */
void ring_close(struct ring *r);

#endif
