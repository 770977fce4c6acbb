/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * sockbuf: memory in socket buffers: datagrams over the loopback that nobody receives. `bytes` is
 * what the sockets themselves have reserved, which they charge to their group page by page
 * (net/core/sock.c:__sk_mem_raise_allocated()).
 */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "stressor.h"

#ifndef SO_MEMINFO
#define SO_MEMINFO 55 /* include/uapi/asm-generic/socket.h, 4.12 */
#endif

#define SOCKETS	   64
#define PAYLOAD	   3000 /* with its header less than a page */
#define PER_STEP   32
#define SILENT_MAX 10000 /* datagrams in a row that raise nothing: they are dropped */

struct sockbuf_opts {
	int64_t size;
};

#define OPT(field) .name = #field, .offset = offsetof(struct sockbuf_opts, field)

static const struct opt options[] = {
	{OPT(size), .type = OPT_SIZE, .min = 1, .max = GIB, .flags = OPT_REQUIRED,
	 .help = "bytes of buffers to fill, whole pages"},
	OPT_END,
};

struct sockbuf_state {
	int fd[SOCKETS];
	int n, silent;
	int64_t full; /* bytes of the sockets before the last one */
};

static void sockbuf_footprint(const void *opts, struct footprint *ret)
{
	const struct sockbuf_opts *o = opts;

	/* Charged once as buffers; the objects they lie in are not charged, but there. */
	*ret = (struct footprint){.memory = 2 * o->size + SOCKETS * 8 * KIB};
}

static int64_t share(const struct sockbuf_opts *o)
{
	return MAX(o->size / SOCKETS, 64 * KIB);
}

/* A socket that sends to itself, with room for its share and more. */
static int open_one(struct worker *w)
{
	struct sockbuf_state *s = w->state;
	struct sockaddr_in to = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int room = (int)MIN(4 * share(w->opts), (int64_t)INT32_MAX / 2);
	socklen_t len = sizeof(to);
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd < 0)
		return err_errno(&w->err, -errno, "cannot make a socket");
	s->fd[s->n++] = fd;
	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof(room)) ||
	    bind(fd, (struct sockaddr *)&to, len) ||
	    getsockname(fd, (struct sockaddr *)&to, &len) ||
	    connect(fd, (struct sockaddr *)&to, len))
		return err_errno(&w->err, -errno, "cannot set up a socket on the loopback");
	return 0;
}

/* What the last socket has reserved: its queue, and the rest of its last page. */
static int64_t reserved(struct worker *w)
{
	struct sockbuf_state *s = w->state;
	uint32_t info[SK_MEMINFO_VARS] = {0};
	socklen_t len = sizeof(info);

	if (getsockopt(s->fd[s->n - 1], SOL_SOCKET, SO_MEMINFO, info, &len))
		return err_errno(&w->err, -errno, "cannot ask a socket for its memory");
	return (int64_t)info[SK_MEMINFO_RMEM_ALLOC] + info[SK_MEMINFO_FWD_ALLOC];
}

static int sockbuf_step(struct worker *w)
{
	static const char payload[PAYLOAD];
	const struct sockbuf_opts *o = w->opts;
	struct sockbuf_state *s = w->state;
	int64_t have = s->n ? reserved(w) : 0, before = have;
	int r;

	if (have < 0)
		return (int)have;
	if (s->full + have >= o->size)
		return STEP_HOLD;
	if (!s->n || have >= share(o)) {
		if (s->n == SOCKETS)
			return STEP_HOLD;
		s->full += have;
		r = open_one(w);
		if (r)
			return r;
		before = 0;
	}
	for (int i = 0; i < PER_STEP && s->full + before < o->size; i++) {
		if (send(s->fd[s->n - 1], payload, PAYLOAD, 0) < 0 && errno != EAGAIN)
			return err_errno(&w->err, -errno, "cannot send a datagram");
		have = reserved(w);
		if (have < 0)
			return (int)have;
		s->silent = have > before ? 0 : s->silent + 1;
		before = have;
		worker_add(&w->page->ops, 1);
		worker_put(&w->page->bytes, s->full + have);
	}
	if (s->silent > SILENT_MAX)
		return err_set(&w->err, -ENOBUFS, "the kernel drops all datagrams");
	return STEP_MORE;
}

static void sockbuf_release(struct worker *w)
{
	struct sockbuf_state *s = w->state;

	for (int i = 0; i < s->n; i++)
		close_fd(&s->fd[i]);
	s->n = 0;
	worker_put(&w->page->bytes, 0);
}

const struct stressor stressor_sockbuf = {
	.name = "sockbuf",
	.summary = "socket buffers full of datagrams that nobody receives",
	.bytes_help = "bytes that the sockets have reserved for what lies in them",
	.needs = NEED_ROOT,
	.sockets = true,
	.options = options,
	.options_size = sizeof(struct sockbuf_opts),
	.state_size = sizeof(struct sockbuf_state),
	.footprint = sockbuf_footprint,
	.step = sockbuf_step,
	.release = sockbuf_release,
};
