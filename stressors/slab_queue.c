/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Objects in queues: System V messages of a chosen size class and datagrams nobody receives. A
 * queue gives its objects back in order only, so those that fragment keeps have a queue of their
 * own.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/io.h"
#include "slab.h"

/*
 * What could not be copied to us has left its queue all the same: ipc/msg.c:do_msgrcv(),
 * net/unix/af_unix.c:__unix_dgram_recvmsg().
 */
static int taken(ssize_t n)
{
	return n < 0 && errno != EFAULT ? -errno : 0;
}

/* ---- System V messages ---- */

/* ipc/msgutil.c: struct msg_msg, then text; a message of one object is at most a page. */
#define MSG_HEADER  48
#define MSG_LARGEST 4096

struct message {
	long type;
	char text[MSG_LARGEST];
};

static const struct message message = {.type = 1};

/*
 * Room for all messages in each queue. The namespace's own limit may be raised by whoever made the
 * namespace, a queue's own only with CAP_SYS_RESOURCE (ipc/msg.c:msgctl_down), which containers
 * lack.
 */
static int make_room(struct worker *w, int queue)
{
	int64_t need = slab_opts(w)->count * slab_opts(w)->object;
	struct msqid_ds ds;

	if (msgctl(queue, IPC_STAT, &ds) < 0)
		return err_errno(&w->err, -errno, "cannot look at a System V queue");
	if (ds.msg_qbytes >= (msglen_t)need)
		return 0;
	ds.msg_qbytes = (msglen_t)need;
	if (msgctl(queue, IPC_SET, &ds) < 0)
		return err_errno(
			&w->err, -errno,
			"cannot let a queue hold %lld bytes: sysctl kernel.msgmnb of a new "
			"IPC namespace is not writable, and CAP_SYS_RESOURCE is missing",
			(long long)need);
	return 0;
}

static int make_queues(struct worker *w)
{
	struct slab *s = w->state;
	int code = 0;

	for (int bin = 0; bin < BIN_COUNT && code == 0; bin++) {
		s->queue[bin] = msgget(IPC_PRIVATE, IPC_CREAT | 0600);
		if (s->queue[bin] < 0)
			return err_errno(&w->err, -errno, "cannot make a System V queue");
		code = make_room(w, s->queue[bin]);
	}
	return code;
}

/* A queue outlives its process, even a killed one; one in a namespace of our own ends with us. */
static int msg_setup(struct worker *w)
{
	int64_t need = slab_opts(w)->count * slab_opts(w)->object;

	if (unshare(CLONE_NEWIPC) < 0)
		return err_errno(&w->err, -errno, "cannot make an IPC namespace for the queues");
	(void)file_write_i64(AT_FDCWD, "/proc/sys/kernel/msgmnb", MIN(need, (int64_t)INT_MAX));
	return make_queues(w);
}

static int msg_make(struct worker *w, int64_t i)
{
	struct slab *s = w->state;
	size_t text = (size_t)(slab_opts(w)->object - MSG_HEADER);

	return msgsnd(s->queue[slab_bin(s, i)], &message, text, IPC_NOWAIT) < 0 ? -errno : 0;
}

static int msg_thin(struct worker *w, int64_t i)
{
	struct slab *s = w->state;
	struct message got;

	return taken(msgrcv(s->queue[slab_bin(s, i)], &got, sizeof(got.text), 0, IPC_NOWAIT));
}

static int64_t msg_trim(struct worker *w, int64_t held)
{
	int code = msg_thin(w, held - 1);

	return code < 0 ? code : held - 1;
}

static void msg_release(struct worker *w)
{
	struct slab *s = w->state;

	for (int bin = 0; bin < BIN_COUNT; bin++) {
		if (s->queue[bin] >= 0)
			msgctl(s->queue[bin], IPC_RMID, NULL);
		s->queue[bin] = -1;
	}
}

/* With its queue the kernel frees all messages in one call (ipc/msg.c:freeque). */
static int msg_empty(struct worker *w)
{
	msg_release(w);
	return make_queues(w);
}

const struct slab_kind slab_msg = {
	.name = "msg",
	.help = "a System V message of size class `object`, in a namespace of its own",
	.cache = {"msg_msg-%s", "kmalloc-cg-%s", "kmalloc-%s"},
	.charged = 8,
	.sized = true,
	.header = MSG_HEADER,
	.largest = MSG_LARGEST,
	.batch = 1024,
	.needs = NEED_ROOT,
	.setup = msg_setup,
	.make = msg_make,
	.trim = msg_trim,
	.empty = msg_empty,
	.thin = msg_thin,
	.release = msg_release,
};

/* ---- datagrams ---- */

/* A queued datagram's truesize is below this: a head of 256 bytes and 512 for small data. */
#define DATAGRAM_TRUESIZE 1024
/* Linux keeps twice what is asked for, in an int (net/core/sock.c:__sock_set_sndbuf). */
#define SNDBUF_MAX (INT_MAX / 2)

static int set_buffer(struct worker *w, int fd)
{
	int64_t need = slab_opts(w)->count * DATAGRAM_TRUESIZE;
	int want = (int)MIN(need, (int64_t)SNDBUF_MAX), got = 0;
	socklen_t len = sizeof(got);

	if (setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &want, sizeof(want)) < 0)
		(void)setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &want, sizeof(want));
	if (getsockopt(fd, SOL_SOCKET, SO_SNDBUF, &got, &len) < 0)
		return err_errno(&w->err, -errno, "cannot read a socket's buffer size");
	if (got < need)
		return err_set(
			&w->err, -ENOBUFS,
			"%lld datagrams need a socket buffer of %lld bytes and it is %d: lower "
			"count, raise sysctl net.core.wmem_max, or run with CAP_NET_ADMIN",
			(long long)slab_opts(w)->count, (long long)need, got);
	return 0;
}

static int socket_setup(struct worker *w)
{
	struct slab *s = w->state;
	int code = 0;

	for (int bin = 0; bin < BIN_COUNT && code == 0; bin++) {
		/* Connected to each other: net.unix.max_dgram_qlen does not count then (af_unix.c).
		 */
		if (socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0,
			       s->pair[bin]) < 0)
			return err_errno(&w->err, -errno, "cannot make a pair of sockets");
		code = set_buffer(w, s->pair[bin][0]);
	}
	return code;
}

static int socket_make(struct worker *w, int64_t i)
{
	struct slab *s = w->state;

	return send(s->pair[slab_bin(s, i)][0], "x", 1, 0) < 0 ? -errno : 0;
}

static int socket_thin(struct worker *w, int64_t i)
{
	struct slab *s = w->state;
	char got;

	return taken(recv(s->pair[slab_bin(s, i)][1], &got, 1, 0));
}

static int64_t socket_trim(struct worker *w, int64_t held)
{
	int code = socket_thin(w, held - 1);

	return code < 0 ? code : held - 1;
}

static void socket_release(struct worker *w)
{
	struct slab *s = w->state;

	for (int bin = 0; bin < BIN_COUNT; bin++)
		for (int end = 0; end < 2; end++)
			close_fd(&s->pair[bin][end]);
}

const struct slab_kind slab_socket = {
	.name = "socket",
	.help = "a datagram queued in a pair of unix sockets: its head and its data",
	/* Accounted data is not taken from skbuff_small_head (net/core/skbuff.c:kmalloc_reserve).
	 */
	.cache = {"kmalloc-cg-512", "kmalloc-512"},
	.charged = 784,
	.batch = 1024,
	.setup = socket_setup,
	.make = socket_make,
	.trim = socket_trim,
	.thin = socket_thin,
	.release = socket_release,
};
