/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Kernel objects: made and held, beside the bare system call; and the cycle of making and freeing.
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/msg.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/io.h"
#include "base/units.h"
#include "load.h"
#include "ring.h"

/* Objects of a run; also in a quick one, as they are few milliseconds. */
#define COUNT	   200000
#define COUNT_TEXT "200000"
/* Descriptors are few where sysctl fs.nr_open says so. */
#define FILES	   16000
#define FILES_TEXT "16000"

/* A technique: made and held COUNT times, in a loop with nothing else in it. */
struct bare {
	int (*open)(struct run_of *run, struct err *err);
	int (*make)(int64_t i); /* 0 or a negative errno */
	int64_t count;
};

static int fds[2];
static struct ring ring;

static int bare_poll_open(struct run_of *run, struct err *err)
{
	(void)run;
	fds[0] = eventfd(0, EFD_CLOEXEC);
	return ring_open(&ring, 1024, err);
}

static int bare_poll(int64_t i)
{
	struct io_uring_sqe *sqe = io_uring_get_sqe(&ring.io);

	io_uring_prep_poll_add(sqe, fds[0], EPOLLIN);
	return i % 1024 == 1023 || i == COUNT - 1 ? MIN(io_uring_submit(&ring.io), 0) : 0;
}

static int bare_socket_open(struct run_of *run, struct err *err)
{
	int room = COUNT * 1024;

	(void)run;
	if (socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, fds) < 0 ||
	    setsockopt(fds[0], SOL_SOCKET, SO_SNDBUFFORCE, &room, sizeof(room)) < 0)
		return err_errno(err, -errno, "cannot make sockets");
	return 0;
}

static int bare_socket(int64_t i)
{
	(void)i;
	return send(fds[0], "x", 1, 0) < 0 ? -errno : 0;
}

static int bare_msg_open(struct run_of *run, struct err *err)
{
	(void)run;
	if (unshare(CLONE_NEWIPC) < 0 ||
	    file_write_i64(AT_FDCWD, "/proc/sys/kernel/msgmnb", COUNT * 64) < 0)
		return err_errno(err, -errno, "cannot make an IPC namespace");
	fds[0] = msgget(IPC_PRIVATE, IPC_CREAT | 0600);
	return 0;
}

static int bare_msg(int64_t i)
{
	static const struct {
		long type;
		char text[16];
	} m = {.type = 1};

	(void)i;
	return msgsnd(fds[0], &m, sizeof(m.text), IPC_NOWAIT) < 0 ? -errno : 0;
}

static int bare_fd_open(struct run_of *run, struct err *err)
{
	struct rlimit r = {FILES + 64, FILES + 64};
	int low = eventfd(0, EFD_CLOEXEC);

	(void)run;
	if (setrlimit(RLIMIT_NOFILE, &r) < 0 || fcntl(low, F_DUPFD, FILES + 60) < 0)
		return err_errno(err, -errno, "cannot use so many descriptors");
	return 0;
}

static int bare_eventfd(int64_t i)
{
	(void)i;
	return eventfd(0, EFD_CLOEXEC) < 0 ? -errno : 0;
}

static int bare_dentry_open(struct run_of *run, struct err *err)
{
	(void)err;
	fds[0] = run->scratch;
	return 0;
}

/* Digits from the left, so that no name is made anew. */
static const char *next_name(void)
{
	static char name[8] = "aaaaaaa";

	for (int k = 0; k < 7 && ++name[k] > 'z'; k++)
		name[k] = 'a';
	return name;
}

static int bare_dentry(int64_t i)
{
	(void)i;
	return unlinkat(fds[0], next_name(), 0) < 0 && errno != ENOENT ? -errno : 0;
}

static int bare_tmpfs(int64_t i)
{
	(void)i;
	return mknodat(fds[0], next_name(), S_IFREG | 0600, 0) < 0 ? -errno : 0;
}

static int bare(struct run_of *run, struct measured *ret, struct err *err)
{
	const struct bare *b = run->way->arg;
	int64_t begin;
	double cpu;
	int r = b->open(run, err);

	if (r < 0)
		return r;
	begin = mono_now().ns;
	cpu = self_cpu();
	for (int64_t i = 0; i < b->count && r == 0; i++)
		r = b->make(i);
	*ret = (struct measured){.work = (double)b->count,
				 .cpu_s = self_cpu() - cpu,
				 .wall_s = since(begin)};
	return r < 0 ? err_errno(err, r, "the technique failed") : 0;
}

static const struct bare poll_call = {bare_poll_open, bare_poll, COUNT};
static const struct bare socket_call = {bare_socket_open, bare_socket, COUNT};
static const struct bare msg_call = {bare_msg_open, bare_msg, COUNT};
static const struct bare eventfd_call = {bare_fd_open, bare_eventfd, FILES};
static const struct bare dentry_call = {bare_dentry_open, bare_dentry, COUNT};
static const struct bare tmpfs_call = {bare_dentry_open, bare_tmpfs, COUNT};

#define M_OBJECTS .unit = "M objects/CPU-s", .scale = 1e-6, .digits = 2
#define OURS_AT(kind, count, least)                                                                \
	{                                                                                          \
		.text = "slab, kind: " kind, M_OBJECTS, .work = WORK_OPS, .span = SPAN_FILL,       \
		.target = least, .stressor = "use: slab, count: " count ", kind: " kind            \
	}
#define OURS(kind, count) OURS_AT(kind, count, 0)
#define BARE(text_, call, tmpfs_)                                                                  \
	{                                                                                          \
		.text = "  " text_, M_OBJECTS, .technique = bare, .arg = &(call), .tmpfs = tmpfs_  \
	}

enum {
	POLL,
	POLL_B,
	SOCKET,
	SOCKET_B,
	MSG,
	MSG_B,
	EPOLL,
	EVENTFD,
	EVENTFD_B,
	NEGATIVE,
	NEGATIVE_B,
	TMPFS,
	TMPFS_B,
	XATTR,
	PIPE
};
static const struct way made_ways[] = {
	[POLL] = OURS_AT("poll", COUNT_TEXT, 5),
	[POLL_B] = BARE("io_uring POLL_ADD", poll_call, false),
	[SOCKET] = OURS("socket", COUNT_TEXT),
	[SOCKET_B] = BARE("send", socket_call, false),
	[MSG] = OURS("msg", COUNT_TEXT),
	[MSG_B] = BARE("msgsnd", msg_call, false),
	[EPOLL] = OURS("epoll", COUNT_TEXT),
	[EVENTFD] = OURS("eventfd", FILES_TEXT),
	[EVENTFD_B] = BARE("eventfd", eventfd_call, false),
	[NEGATIVE] = OURS("dentry-negative", COUNT_TEXT),
	[NEGATIVE_B] = BARE("unlinkat", dentry_call, false),
	[TMPFS] = OURS("tmpfs-inode", COUNT_TEXT),
	[TMPFS_B] = BARE("mknodat", tmpfs_call, true),
	[XATTR] = OURS("xattr", COUNT_TEXT),
	[PIPE] = OURS("pipe", "8000"),
};
static const struct ratio made_ratios[] = {
	{"poll over its technique", POLL, 1 << POLL_B, 0.95, OF_RATE},
	{"socket over its technique", SOCKET, 1 << SOCKET_B, 0.95, OF_RATE},
	{"msg over its technique", MSG, 1 << MSG_B, 0.95, OF_RATE},
	{"eventfd over its technique", EVENTFD, 1 << EVENTFD_B, 0.95, OF_RATE},
	{"dentry-negative over its technique", NEGATIVE, 1 << NEGATIVE_B, 0.95, OF_RATE},
	{"tmpfs-inode over its technique", TMPFS, 1 << TMPFS_B, 0.95, OF_RATE},
};

const struct load load_slab = {
	.name = "slab",
	.heading = "kernel objects made and held (" COUNT_TEXT "; descriptors " FILES_TEXT ")",
	.limit = 2 * GIB,
	.ways = made_ways,
	.n_ways = ARRAY_SIZE(made_ways),
	.ratios = made_ratios,
	.n_ratios = ARRAY_SIZE(made_ratios),
};

/* Made and freed again, for ever. stress-ng counts an operation when an object is made. */
#define CYCLE(kind, count)                                                                         \
	{                                                                                          \
		.text = "slab, kind: " kind ", then: churn", M_OBJECTS, .work = WORK_OPS,          \
		.stressor = "use: slab, count: " count ", then: churn, kind: " kind                \
	}
#define STRESS(text_, tmpfs_, ...)                                                                 \
	{                                                                                          \
		.text = "stress-ng " text_, M_OBJECTS, .work = WORK_REPORTED, .span = SPAN_LIFE,   \
		.tmpfs = tmpfs_, .argv = (const char *const[])                                     \
		{                                                                                  \
			"stress-ng", __VA_ARGS__, "--temp-path", "%s", "-t", "1", "--metrics",     \
				NULL                                                               \
		}                                                                                  \
	}

enum { C_TMPFS, C_NEGATIVE, C_MSG, C_SOCKET, C_DENTRY, C_DIRMANY, C_MSG_PEER };
static const struct way cycle_ways[] = {
	[C_TMPFS] = CYCLE("tmpfs-inode", "5000"),
	[C_NEGATIVE] = CYCLE("dentry-negative", "20000"),
	[C_MSG] = CYCLE("msg", "5000"),
	[C_SOCKET] = CYCLE("socket", "5000"),
	[C_DENTRY] = STRESS("--dentry (tmpfs)", true, "--dentry", "1"),
	[C_DIRMANY] = STRESS("--dirmany (tmpfs)", true, "--dirmany", "1"),
	[C_MSG_PEER] = STRESS("--msg", true, "--msg", "1"),
};
static const struct ratio cycle_ratios[] = {
	{"tmpfs-inode over --dentry", C_TMPFS, 1 << C_DENTRY, 3, OF_RATE},
	{"tmpfs-inode over --dirmany", C_TMPFS, 1 << C_DIRMANY, 1.5, OF_RATE},
	{"msg over --msg", C_MSG, 1 << C_MSG_PEER, 3, OF_RATE},
};

const struct load load_slab_cycle = {
	.name = "slab-cycle",
	.heading = "kernel objects made and freed again",
	.limit = 1 * GIB,
	.ways = cycle_ways,
	.n_ways = ARRAY_SIZE(cycle_ways),
	.ratios = cycle_ratios,
	.n_ratios = ARRAY_SIZE(cycle_ratios),
};
