/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "trial/guard.h"
#include "trial/scratch.h"
#include "trial/trial_state.h"

#define BYE 'b'

/* The supervisor died: what it would have undone is undone here. Nobody is left to tell. */
static void clean_up(struct trial *t)
{
	struct err err = {0};

	undo_by_journal(&t->undo, &err);
	tree_destroy(&t->tree, &err);
	scratch_remove(t);
}

static _Noreturn void guard_main(struct trial *t, int end)
{
	char byte = 0;
	ssize_t n;

	setsid();
	for (int sig = 1; sig < 32; sig++)
		signal(sig, SIG_IGN);
	signal(SIGCHLD, SIG_DFL);
	prctl(PR_SET_NAME, "memtrial-guard");
	close_fd(&t->tree.alive_fd);
	/* Whoever reads our output through a pipe must not wait for us. */
	for (int fd = 0; fd < 3; fd++) {
		int null = open("/dev/null", O_RDWR);

		if (null >= 0)
			dup2(null, fd);
		if (null > 2)
			close(null);
	}
	do {
		n = read(end, &byte, 1);
	} while (n < 0 && errno == EINTR);
	if (n != 1 || byte != BYE)
		clean_up(t);
	_exit(0);
}

int guard_start(struct trial *t, struct err *err)
{
	int ends[2];

	t->guard = (struct guard){.pipe = -1};
	if (pipe2(ends, O_CLOEXEC) < 0)
		return err_errno(err, -errno, "cannot make the guard's pipe");
	t->guard.pid = fork();
	if (t->guard.pid < 0) {
		close(ends[0]);
		close(ends[1]);
		return err_errno(err, -errno, "cannot fork the guard");
	}
	if (t->guard.pid == 0) {
		close(ends[1]);
		guard_main(t, ends[0]);
	}
	close(ends[0]);
	t->guard.pipe = ends[1];
	return 0;
}

void guard_release(struct guard *g)
{
	char byte = BYE;

	if (g->pid <= 0)
		return;
	if (write(g->pipe, &byte, 1) < 0)
		kill(g->pid, SIGKILL);
	close_fd(&g->pipe);
	waitpid(g->pid, NULL, 0);
	g->pid = 0;
}

void guard_forget(struct guard *g)
{
	close_fd(&g->pipe);
	g->pid = 0;
}
