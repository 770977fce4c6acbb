/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Objects inside an io_uring: poll requests that never complete. Many are made by one system call,
 * so this is the kind that the slab allocator itself is the limit of.
 */
#include <errno.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "slab.h"

/*
 * Requests of one submission; they share their user data, and one request cancels all of them. They
 * lie at the head of their hash bucket when the last ones are cancelled first
 * (io_uring/poll.c:io_poll_add_hash), so that nothing is searched for.
 */
#define CHUNK 1024

/* Chunk 0 is 1: 0 is what ring_open() has used. */
static uint64_t chunk_of(int64_t i)
{
	return (uint64_t)(i / CHUNK) + 1;
}

static int poll_setup(struct worker *w)
{
	struct slab *s = w->state;

	s->file = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (s->file < 0)
		return err_errno(&w->err, -errno, "cannot make an eventfd");
	return ring_open(&s->ring, CHUNK, &w->err);
}

/* What is queued; nothing of it completes. */
static int poll_flush(struct worker *w)
{
	struct slab *s = w->state;
	int n = 0;

	/* Where memory is short the kernel takes a part, and the rest stays for the next try. */
	while (io_uring_sq_ready(&s->ring.io) && (n >= 0 || n == -EINTR)) {
		n = io_uring_submit(&s->ring.io);
		if (n == 0)
			return -EAGAIN;
	}
	return MIN(n, 0);
}

static int poll_make(struct worker *w, int64_t i)
{
	struct slab *s = w->state;
	struct io_uring_sqe *sqe = io_uring_get_sqe(&s->ring.io);

	if (!sqe) {
		int code = poll_flush(w);

		if (code < 0)
			return code;
		sqe = io_uring_get_sqe(&s->ring.io);
	}
	if (!sqe)
		return -EAGAIN;
	io_uring_prep_poll_add(sqe, s->file, POLLIN);
	io_uring_sqe_set_data64(sqe, chunk_of(i));
	return 0;
}

/* Cancel a chunk of n requests: each of them completes, and the cancelling too. */
static int poll_cancel(struct worker *w, uint64_t chunk, int64_t n)
{
	struct slab *s = w->state;
	struct io_uring_sqe *sqe;
	int64_t seen = 0;
	int code = poll_flush(w);

	if (code < 0)
		return code;
	sqe = io_uring_get_sqe(&s->ring.io);
	if (!sqe)
		return -EAGAIN;
	io_uring_prep_cancel64(sqe, chunk, IORING_ASYNC_CANCEL_ALL);
	io_uring_sqe_set_data64(sqe, UINT64_MAX);
	while (seen < n + 1) {
		struct io_uring_cqe *cqe;

		code = io_uring_submit_and_wait(&s->ring.io, 1);
		if (code < 0 && code != -EINTR && code != -EAGAIN)
			return code;
		while (io_uring_peek_cqe(&s->ring.io, &cqe) == 0) {
			code = cqe->user_data == UINT64_MAX ? MIN(cqe->res, 0) : 0;
			io_uring_cqe_seen(&s->ring.io, cqe);
			if (code < 0 && code != -ENOENT)
				return code;
			seen++;
		}
	}
	return 0;
}

static int64_t poll_trim(struct worker *w, int64_t held)
{
	int64_t first = (held - 1) / CHUNK * CHUNK;
	int code = poll_cancel(w, chunk_of(first), held - first);

	return code < 0 ? code : first;
}

/* slab.c:slab_check() lets nobody ask for it. */
static int poll_thin(struct worker *w, int64_t i)
{
	(void)w;
	(void)i;
	return -EOPNOTSUPP;
}

/* Cancelled by name first: what closing a ring cancels goes in a work queue, some time later. */
static void poll_release(struct worker *w)
{
	struct slab *s = w->state;

	for (int64_t left = s->made; s->ring.open && left > 0;)
		if ((left = poll_trim(w, left)) < 0)
			break;
	ring_close(&s->ring);
	close_fd(&s->file);
}

static int64_t poll_fixed(int64_t count)
{
	(void)count;
	return 512 * KIB; /* rings, and the requests that ring_open() primes */
}

const struct slab_kind slab_poll = {
	.name = "poll",
	.help = "a poll request waiting in an io_uring, which keeps what is freed for itself",
	.cache = {"io_kiocb"},
	.charged = 256,
	.batch = 4 * CHUNK,
	.whole = true,
	.needs = NEED_IO_URING,
	.fixed = poll_fixed,
	.setup = poll_setup,
	.make = poll_make,
	.flush = poll_flush,
	.trim = poll_trim,
	.thin = poll_thin,
	.release = poll_release,
};
