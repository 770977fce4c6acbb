/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A technique runs in a child in the group and says itself what it did. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "load.h"
#include "perf.h"

struct answer {
	struct measured measured;
	struct err err;
	int code;
};

static _Noreturn void be_technique(struct run_of *run, struct answer *a, int go)
{
	char byte;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	/* Whoever looks on is there by now. */
	(void)!read(go, &byte, 1);
	a->code = tree_enter(run->group, run->tree.at.version);
	if (a->code == 0)
		a->code = run->way->technique(run, &a->measured, &a->err);
	_exit(0);
}

int technique_measure(struct run_of *run, struct measured *ret, struct err *err)
{
	struct answer *a = mmap(NULL, sizeof(*a), PROT_READ | PROT_WRITE,
				MAP_SHARED | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
	int status = 0, code, go[2];
	pid_t pid;

	if (a == MAP_FAILED || pipe2(go, O_CLOEXEC) < 0)
		return err_errno(err, -errno, "cannot map a page or make a pipe");
	a->code = -EIO;
	warm_memory(run);
	pid = fork();
	if (pid == 0) {
		close(go[1]);
		be_technique(run, a, go[0]);
	}
	if (pid > 0)
		perf_begin(run->b, run->way->text, &pid, 1);
	close(go[1]);
	close(go[0]);
	while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	perf_end(run->b);
	code = pid < 0 ? -errno : a->code;
	*ret = a->measured;
	if (code < 0 && a->err.code)
		*err = a->err;
	else if (code < 0)
		err_errno(err, code, "the technique ended with %d", status);
	munmap(a, sizeof(*a));
	return code;
}
