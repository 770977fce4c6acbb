/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <sys/uio.h>

#include "base/cleanup.h"
#include "ring.h"

/*
 * Completions run in our own task when we ask for them: no interrupts of it, no locks. Kernels
 * refuse flags they do not know with -EINVAL: SINGLE_ISSUER is 6.0, DEFER_TASKRUN 6.1,
 * COOP_TASKRUN 5.19.
 */
static const unsigned ring_flags[] = {
	IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN,
	IORING_SETUP_COOP_TASKRUN,
	0,
};

static int open_error(int code, struct err *err)
{
	switch (code) {
	case -EPERM:
		return err_set_class(
			err, ERR_SKIP, code,
			"io_uring is switched off (sysctl kernel.io_uring_disabled) or "
			"forbidden by a seccomp filter; engine: sync does without");
	case -ENOSYS:
		return err_set_class(err, ERR_SKIP, code,
				     "this kernel has no io_uring; engine: sync does without");
	case -ENOMEM:
		return err_set(
			err, code,
			"no memory for an io_uring: raise RLIMIT_MEMLOCK or the group's limit");
	default:
		return err_errno(err, code, "cannot open an io_uring");
	}
}

/*
 * Requests are allocated on their first use and then cached in the ring (io_uring/io_uring.c:
 * __io_alloc_req_refill), the kernel's worker thread with the first request that needs it; the last
 * worker stays (io_uring/io-wq.c:io_wq_worker). Both are charged to the group: have them before the
 * baseline.
 */
static int ring_prime(struct ring *r)
{
	unsigned one_bounded[2] = {1, 1};
	int code = 0;

	/* One worker: more of them only contend for the file's lock. Kernels before 5.15 cannot say
	 * so. */
	(void)io_uring_register_iowq_max_workers(&r->io, one_bounded);
	for (unsigned i = 0; i < r->depth; i++) {
		struct io_uring_sqe *sqe = ring_get(r);

		io_uring_prep_nop(sqe);
		if (i == 0)
			io_uring_sqe_set_flags(sqe, IOSQE_ASYNC);
	}
	while (r->in_flight && code == 0) {
		uint64_t data;
		int res;

		code = ring_submit(r);
		while (ring_reap(r, &data, &res))
			;
	}
	return code;
}

int ring_open(struct ring *r, unsigned depth, struct err *err)
{
	int code = -EINVAL;

	*r = (struct ring){.depth = depth};
	for (unsigned i = 0; i < ARRAY_SIZE(ring_flags) && code == -EINVAL; i++)
		code = io_uring_queue_init(depth, &r->io, ring_flags[i]);
	if (code < 0)
		return open_error(code, err);
	r->open = true;
	code = ring_prime(r);
	if (code < 0) {
		ring_close(r);
		return err_errno(err, code, "the io_uring takes no requests");
	}
	return 0;
}

int ring_register(struct ring *r, void *buffers, size_t size, int fd, struct err *err)
{
	struct iovec area = {.iov_base = buffers, .iov_len = size};
	int code = io_uring_register_buffers(&r->io, &area, 1);

	if (code < 0)
		return err_errno(err, code,
				 "cannot register %zu bytes of buffers with io_uring (pinned: "
				 "RLIMIT_MEMLOCK counts them)",
				 size);
	code = io_uring_register_files(&r->io, &fd, 1);
	if (code < 0)
		return err_errno(err, code, "cannot register a file with io_uring");
	return 0;
}

struct io_uring_sqe *ring_get(struct ring *r)
{
	struct io_uring_sqe *sqe = io_uring_get_sqe(&r->io);

	if (sqe)
		r->in_flight++;
	return sqe;
}

int ring_submit(struct ring *r)
{
	int code = io_uring_submit_and_wait(&r->io, 1);

	return code < 0 && code != -EINTR && code != -EAGAIN ? code : 0;
}

bool ring_reap(struct ring *r, uint64_t *ret_data, int *ret_res)
{
	struct io_uring_cqe *cqe;

	if (io_uring_peek_cqe(&r->io, &cqe) < 0)
		return false;
	*ret_data = io_uring_cqe_get_data64(cqe);
	*ret_res = cqe->res;
	io_uring_cqe_seen(&r->io, cqe);
	r->in_flight--;
	return true;
}

void ring_drain(struct ring *r)
{
	uint64_t data;
	int res;

	while (r->in_flight && ring_submit(r) == 0)
		while (ring_reap(r, &data, &res))
			;
}

/*
 * Closing tears the ring down in a work queue, some time later
 * (io_uring/io_uring.c:io_ring_exit_work): give the pinned pages and the file back by name, which
 * is done when the call returns.
 */
void ring_close(struct ring *r)
{
	if (!r->open)
		return;
	ring_drain(r);
	(void)io_uring_unregister_buffers(&r->io);
	(void)io_uring_unregister_files(&r->io);
	io_uring_queue_exit(&r->io);
	r->open = false;
}
