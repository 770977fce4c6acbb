/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Mates: processes that a worker forks to share memory with (area.h). */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "area.h"
#include "base/cleanup.h"

/*
 * A mate inherits the worker's signal handlers, which would set flags that nobody looks at: it is
 * killed, never asked. The parent may have died before PR_SET_PDEATHSIG was set: hence the second
 * look.
 */
static void __attribute__((noreturn))
mate_main(int fd, pid_t parent, void (*serve)(int fd, void *arg), void *arg)
{
	if (!prctl(PR_SET_PDEATHSIG, SIGKILL) && getppid() == parent)
		serve(fd, arg);
	_exit(0);
}

int mate_start(struct mate *m, void (*serve)(int fd, void *arg), void *arg, struct err *err)
{
	_cleanup_close_ int ours = -1, theirs = -1;
	pid_t parent = getpid(), pid;
	int pair[2];

	/* Packets: a note arrives whole or not at all, and the end of the mate is the end of file.
	 */
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair))
		return err_errno(err, -errno, "making a socket pair to talk to a child");
	ours = pair[0];
	theirs = pair[1];
	pid = fork();
	if (pid < 0)
		return err_errno(err, -errno, "forking a child (look at pids.max and ulimit -u)");
	if (!pid) {
		close(ours);
		mate_main(theirs, parent, serve, arg);
	}
	*m = (struct mate){.pid = pid, .fd = take_fd(&ours)};
	return 0;
}

int mate_send(struct mate *m, const struct mate_note *note, struct err *err)
{
	if (send(m->fd, note, sizeof(*note), MSG_NOSIGNAL) == (ssize_t)sizeof(*note))
		return 0;
	return err_errno(err, -errno, "talking to child %d", (int)m->pid);
}

/* It has ended by itself, and is reaped. */
static void mate_gone(struct mate *m, int status)
{
	close(m->fd);
	*m = (struct mate){.signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0};
}

/* Say how the mate ended; it is reaped by this. */
static int mate_died(struct mate *m, struct err *err)
{
	pid_t pid = m->pid;
	int status = 0;

	waitpid(pid, &status, 0);
	mate_gone(m, status);
	if (m->signal)
		return err_set(err, -ECHILD, "child %d was killed by SIG%s", (int)pid,
			       sigabbrev_np(m->signal) ?: "?");
	return err_set(err, -ECHILD, "child %d exited too early", (int)pid);
}

int mate_receive(struct mate *m, struct mate_note *ret, int wait_ms, struct err *err)
{
	struct pollfd p = {.fd = m->fd, .events = POLLIN};
	int r = poll(&p, 1, wait_ms);
	ssize_t n;

	if (r < 0 && errno != EINTR)
		return err_errno(err, -errno, "waiting for child %d", (int)m->pid);
	if (r <= 0)
		return 0;
	n = recv(m->fd, ret, sizeof(*ret), 0);
	/* A call that failed lost the note (net/unix/af_unix.c); the mate lives on. */
	if (n < 0)
		return err_errno(err, -errno, "listening to child %d", (int)m->pid);
	return n == (ssize_t)sizeof(*ret) ? 1 : mate_died(m, err);
}

bool mate_end(struct mate *m)
{
	int status = 0;

	if (m->pid <= 0)
		return true;
	if (waitpid(m->pid, &status, WNOHANG) == m->pid) {
		mate_gone(m, status);
		return false;
	}
	kill(m->pid, SIGKILL);
	while (waitpid(m->pid, NULL, 0) < 0 && errno == EINTR)
		;
	mate_gone(m, 0);
	return true;
}

int mate_take(int fd, struct mate_note *ret)
{
	ssize_t n;

	do
		n = recv(fd, ret, sizeof(*ret), 0);
	while (n < 0 && errno == EINTR);
	return n == (ssize_t)sizeof(*ret);
}

int mate_answer(int fd, const struct mate_note *note)
{
	return send(fd, note, sizeof(*note), MSG_NOSIGNAL) == (ssize_t)sizeof(*note);
}
