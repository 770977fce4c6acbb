/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The set-up calls of processes and servers, a row each. The errnos were read in the source
 * of 6.12; where one is not plain ENOMEM the row says where it comes from. EFAULT is what a fault
 * in a copy from or to user memory gives (lib/fault-inject-usercopy.c), which fail-nth counts like
 * the others.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/msg.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <linux/io_uring.h>

#include "base/cleanup.h"
#include "base/io.h"
#include "base/units.h"
#include "failnth.h"
#include "own_group.h"

#ifndef MADV_POPULATE_WRITE
#define MADV_POPULATE_WRITE 23 /* include/uapi/asm-generic/mman-common.h, 5.14 */
#endif

#define MAP_LEN ((size_t)(4 * MIB)) /* spans a page table whatever its alignment */

static int failed(void)
{
	return -errno;
}

static int map(struct nth_made *m, size_t len)
{
	void *p = mmap(NULL, len, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED)
		return failed();
	m->map = p;
	m->map_len = len;
	return 0;
}

/* A touch would be retried by the page fault until it works; MADV_POPULATE_WRITE says ENOMEM. */
static int make_mmap(const struct nth_place *place, struct nth_made *m)
{
	int r = map(m, MAP_LEN);

	(void)place;
	if (r)
		return r;
	return madvise(m->map + MAP_LEN / 2, 1, MADV_POPULATE_WRITE) ? failed() : 0;
}

/* Three mappings out of one: mm/vma.c:vma_modify() splits twice. */
static int make_mprotect(const struct nth_place *place, struct nth_made *m)
{
	size_t third = (size_t)page_size();
	int r = map(m, 3 * third);

	(void)place;
	if (r)
		return r;
	return mprotect(m->map + third, third, PROT_READ) ? failed() : 0;
}

static int make_mremap(const struct nth_place *place, struct nth_made *m)
{
	size_t page = (size_t)page_size();
	int r = map(m, 2 * page);
	void *p;

	(void)place;
	if (r)
		return r;
	if (madvise(m->map, 2 * page, MADV_POPULATE_WRITE))
		return failed();
	p = mremap(m->map, 2 * page, MAP_LEN, MREMAP_MAYMOVE);
	if (p == MAP_FAILED)
		return failed();
	m->map = p;
	m->map_len = MAP_LEN;
	return 0;
}

/* The system call itself: what libc does around it would be swept too. */
static int make_fork(const struct nth_place *place, struct nth_made *m)
{
	long pid = syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0);

	(void)place;
	if (pid < 0)
		return failed();
	if (!pid)
		_exit(0);
	m->pid = (pid_t)pid;
	return 0;
}

static int make_pipe(const struct nth_place *place, struct nth_made *m)
{
	(void)place;
	return pipe2(m->fd, O_CLOEXEC) ? failed() : 0;
}

static int make_socketpair(const struct nth_place *place, struct nth_made *m)
{
	(void)place;
	return socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, m->fd) ? failed() : 0;
}

static int make_epoll(const struct nth_place *place, struct nth_made *m)
{
	struct epoll_event e = {.events = EPOLLIN};

	(void)place;
	m->fd[0] = epoll_create1(EPOLL_CLOEXEC);
	if (m->fd[0] < 0)
		return failed();
	m->fd[1] = eventfd(0, EFD_CLOEXEC);
	if (m->fd[1] < 0)
		return failed();
	return epoll_ctl(m->fd[0], EPOLL_CTL_ADD, m->fd[1], &e) ? failed() : 0;
}

static int make_eventfd(const struct nth_place *place, struct nth_made *m)
{
	(void)place;
	m->fd[0] = eventfd(0, EFD_CLOEXEC);
	return m->fd[0] < 0 ? failed() : 0;
}

static int make_memfd(const struct nth_place *place, struct nth_made *m)
{
	(void)place;
	m->fd[0] = memfd_create("memtrial-failnth", MFD_CLOEXEC);
	if (m->fd[0] < 0)
		return failed();
	return fallocate(m->fd[0], 0, 0, page_size()) ? failed() : 0;
}

static int make_inotify(const struct nth_place *place, struct nth_made *m)
{
	(void)place;
	m->fd[0] = inotify_init1(IN_CLOEXEC);
	if (m->fd[0] < 0)
		return failed();
	return inotify_add_watch(m->fd[0], "/", IN_CREATE) < 0 ? failed() : 0;
}

static int make_io_uring(const struct nth_place *place, struct nth_made *m)
{
	struct io_uring_params p = {.flags = 0};

	(void)place;
	m->fd[0] = (int)syscall(SYS_io_uring_setup, 8, &p);
	return m->fd[0] < 0 ? failed() : 0;
}

static int make_msg(const struct nth_place *place, struct nth_made *m)
{
	struct {
		long type;
		char text[8];
	} note = {.type = 1};

	(void)place;
	m->msg = msgget(IPC_PRIVATE, 0600);
	if (m->msg < 0)
		return failed();
	return msgsnd(m->msg, &note, sizeof(note.text), IPC_NOWAIT) ? failed() : 0;
}

static int make_shm(const struct nth_place *place, struct nth_made *m)
{
	(void)place;
	m->shm = shmget(IPC_PRIVATE, (size_t)page_size(), 0600);
	return m->shm < 0 ? failed() : 0;
}

static int make_timer(const struct nth_place *place, struct nth_made *m)
{
	struct sigevent e = {.sigev_notify = SIGEV_NONE};

	(void)place;
	m->has_timer = !timer_create(CLOCK_MONOTONIC, &e, &m->timer);
	return m->has_timer ? 0 : failed();
}

static int open_files(struct nth_place *place)
{
	place->files = open("/dev/shm", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return place->files < 0 ? failed() : 0;
}

/* Without a name: nothing to delete, should we be killed. */
static int make_open(const struct nth_place *place, struct nth_made *m)
{
	m->fd[0] = openat(place->files, ".", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	return m->fd[0] < 0 ? failed() : 0;
}

/*
 * Beside its own: on v2 there is no memory control in a group below one with processes, and its
 * making would be none of the memory controller's.
 */
static int open_groups(struct nth_place *place)
{
	_cleanup_close_ int own = own_group_open();

	if (own < 0)
		return own;
	place->groups = dir_open(own, "..");
	snprintf(place->group, sizeof(place->group), "failnth-%d", (int)getpid());
	return place->groups < 0 ? place->groups : 0;
}

static int make_mkdir(const struct nth_place *place, struct nth_made *m)
{
	if (mkdirat(place->groups, place->group, 0755))
		return failed();
	m->dir = place->group;
	return 0;
}

/* clang-format off */
#define CALLS(X)                                                                                   \
	X("mmap", 0, NULL, make_mmap, ENOMEM)                                                      \
	X("mprotect", 0, NULL, make_mprotect, ENOMEM)                                              \
	X("mremap", 0, NULL, make_mremap, ENOMEM)                                                  \
	/* EAGAIN: kernel/fork.c:copy_process() says so where a count of the user's cannot rise */ \
	X("fork", 0, NULL, make_fork, ENOMEM, EAGAIN)                                              \
	/* ENFILE: fs/pipe.c:create_pipe_files(), net/socket.c:sock_create(): no inode */          \
	X("pipe", 0, NULL, make_pipe, ENOMEM, ENFILE, EFAULT)                                      \
	X("socketpair", 0, NULL, make_socketpair, ENOMEM, ENFILE, ENOBUFS, EFAULT)                 \
	X("epoll", 0, NULL, make_epoll, ENOMEM, EFAULT)                                            \
	X("eventfd", 0, NULL, make_eventfd, ENOMEM)                                                \
	/* ENOSPC: mm/shmem.c:__shmem_get_inode(): no inode; shmem_fallocate() */                  \
	X("memfd", 0, NULL, make_memfd, ENOMEM, ENOSPC, EFAULT)                                    \
	X("open", 0, open_files, make_open, ENOMEM, ENOSPC, EFAULT)                                \
	/* EMFILE, ENOSPC: fs/notify/inotify/inotify_user.c: kernel/ucount.c:inc_ucount() */       \
	X("inotify", 0, NULL, make_inotify, ENOMEM, EMFILE, ENOSPC, EFAULT)                        \
	X("io_uring", NEED_IO_URING, NULL, make_io_uring, ENOMEM, EFAULT)                          \
	/* ENOSPC: ipc/util.c:ipc_addid(), and mm/shmem.c as above */                              \
	X("msg", 0, NULL, make_msg, ENOMEM, ENOSPC, EFAULT)                                        \
	X("shm", 0, NULL, make_shm, ENOMEM, ENOSPC)                                                \
	/* EAGAIN: kernel/time/posix-timers.c:do_timer_create() */                                 \
	X("timer", 0, NULL, make_timer, ENOMEM, EAGAIN, EFAULT)                                    \
	X("mkdir", NEED_MEMCG, open_groups, make_mkdir, ENOMEM, EFAULT)

#define X(word, need, opener, maker, ...)                                                          \
	{.name = (word), .needs = (need), .open = (opener), .make = (maker), .errnos = {__VA_ARGS__}},
const struct nth_call nth_calls[] = {
	CALLS(X)
	{.name = NULL},
};
#undef X

#define X(word, ...) word,
const char *const nth_call_words[] = {CALLS(X) NULL};
#undef X
/* clang-format on */

void nth_nothing(struct nth_made *m)
{
	*m = (struct nth_made){.fd = {-1, -1}, .msg = -1, .shm = -1};
}

void nth_undo(const struct nth_place *place, struct nth_made *m)
{
	for (int i = 0; i < 2; i++)
		close_fd(&m->fd[i]);
	if (m->map)
		munmap(m->map, m->map_len);
	while (m->pid > 0 && waitpid(m->pid, NULL, 0) < 0 && errno == EINTR)
		;
	if (m->msg >= 0)
		msgctl(m->msg, IPC_RMID, NULL);
	if (m->shm >= 0)
		shmctl(m->shm, IPC_RMID, NULL);
	if (m->has_timer)
		timer_delete(m->timer);
	if (m->dir)
		unlinkat(place->groups, m->dir, AT_REMOVEDIR);
	nth_nothing(m);
}

void nth_close(struct nth_place *place)
{
	close_fd(&place->files);
	close_fd(&place->groups);
}
