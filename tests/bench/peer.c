/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Programs of others, in the same group with the same limit. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/io.h"
#include "fixture.h"
#include "load.h"

#define ARGS_MAX  32
#define RUN_LIMIT (60 * NSEC_PER_SEC)

static const char *const places[] = {"/usr/bin", "/bin",	   "/usr/sbin",
				     "/sbin",	 "/usr/local/bin", "/usr/lib/sysstat",
				     NULL};

static const char *find(const char *program, char *path, size_t size)
{
	for (int i = 0; places[i]; i++) {
		snprintf(path, size, "%s/%s", places[i], program);
		if (access(path, X_OK) == 0)
			return path;
	}
	return NULL;
}

bool peer_there(const char *program)
{
	char path[256];

	return find(program, path, sizeof(path));
}

static _Noreturn void be_peer(struct run_of *run, const char *const *argv, int out)
{
	static char with_path[ARGS_MAX][512];
	const char *args[ARGS_MAX + 1] = {0};
	char path[256];
	sigset_t none;
	int null = open("/dev/null", O_RDWR);

	for (int i = 0; argv[i] && i < ARGS_MAX; i++) {
		const char *hole = strstr(argv[i], "%s");

		args[i] = argv[i];
		if (!hole)
			continue;
		snprintf(with_path[i], sizeof(with_path[i]), "%.*s%s%s", (int)(hole - argv[i]),
			 argv[i], run->scratch_path, hole + 2);
		args[i] = with_path[i];
	}
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	dup2(null, 0);
	dup2(out < 0 ? null : out, 1);
	dup2(out < 0 ? null : out, 2);
	if (tree_enter(run->group, run->tree.at.version) < 0 || chdir(run->scratch_path) < 0 ||
	    !find(argv[0], path, sizeof(path)))
		_exit(126);
	execv(path, (char *const *)args);
	_exit(127);
}

pid_t peer_start(struct run_of *run, const char *const *argv, int *ret_out, struct err *err)
{
	int out = -1;
	pid_t pid;

	if (ret_out) {
		out = open(run->scratch_path, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
		if (out < 0)
			return err_errno(err, -errno, "cannot make a file for the output");
		*ret_out = out;
	}
	fflush(NULL);
	pid = fork();
	if (pid == 0)
		be_peer(run, argv, out);
	return pid < 0 ? err_errno(err, -errno, "cannot fork") : pid;
}

/* "stress-ng: metrc: [pid] dentry 123 1.00 0.05 0.94 ...": operations, clock, user, system. */
static int reported(int out, const char *const *argv, struct measured *ret, struct err *err)
{
	char text[16384];
	ssize_t n = pread(out, text, sizeof(text) - 1, 0);
	double user, sys;

	text[n > 0 ? n : 0] = 0;
	for (char *line = text; line; line = strchr(line, '\n')) {
		char name[64];

		line += *line == '\n';
		if (sscanf(line, "stress-ng: metrc: [%*d] %63s %lf %lf %lf %lf", name, &ret->work,
			   &ret->wall_s, &user, &sys) == 5) {
			ret->cpu_s = user + sys;
			return 0;
		}
	}
	return err_set(err, -EPROTO, "%s reported no numbers: %.100s", argv[0], text);
}

/* Until it exits. Its CPU time and faults, and those of its children, are the kernel's count. */
static int wait_exit(pid_t pid, struct rusage *use, int *status, struct err *err)
{
	int64_t deadline = mono_now().ns + RUN_LIMIT;

	while (wait4(pid, status, WNOHANG, use) == 0) {
		if (mono_now().ns > deadline) {
			kill(pid, SIGKILL);
			wait4(pid, status, 0, use);
			return err_set(err, -ETIMEDOUT, "it did not end within a minute");
		}
		sleep_ms(1);
	}
	return 0;
}

static int measure_life(struct run_of *run, struct measured *ret, struct err *err)
{
	const struct way *w = run->way;
	_cleanup_close_ int out = -1;
	int64_t begin = mono_now().ns;
	double before = cell_work(run);
	struct rusage use = {0};
	int status = 0, r;
	pid_t pid = peer_start(run, w->argv, &out, err);

	if (pid < 0)
		return pid;
	r = wait_exit(pid, &use, &status, err);
	if (r < 0)
		return r;
	ret->wall_s = since(begin);
	ret->cpu_s = (double)(use.ru_utime.tv_sec + use.ru_stime.tv_sec) +
		     (double)(use.ru_utime.tv_usec + use.ru_stime.tv_usec) / 1e6;
	ret->work = w->work == WORK_MINFLT ? (double)use.ru_minflt : cell_work(run) - before;
	if (w->work == WORK_REPORTED)
		return reported(out, w->argv, ret, err);
	if (!WIFEXITED(status) || WEXITSTATUS(status))
		return err_set(err, -EIO, "%s ended with %d", w->argv[0], status);
	return 0;
}

static void look(const struct run_of *run, struct measured *ret)
{
	ret->work = cell_work(run);
	ret->cpu_s = cell_cpu(run);
	ret->wall_s = (double)mono_now().ns / 1e9;
}

static int measure_window(struct run_of *run, struct measured *ret, struct err *err)
{
	struct measured begin, end;
	struct err end_err = {0};
	pid_t pid = peer_start(run, run->way->argv, NULL, err);

	if (pid < 0)
		return pid;
	if (run->b->quick)
		sleep_ms(100);
	cell_let_run(run, run->way->warm_ms ?: 400);
	look(run, &begin);
	cell_let_run(run, run->way->window_ms ?: 700);
	look(run, &end);
	*ret = (struct measured){.work = end.work - begin.work,
				 .cpu_s = end.cpu_s - begin.cpu_s,
				 .wall_s = end.wall_s - begin.wall_s};
	/* It and all that it has started. */
	(void)tree_kill(&run->tree, &end_err);
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
	if (ret->cpu_s <= 0)
		return err_set(err, -EIO, "%s did not run", run->way->argv[0]);
	return 0;
}

/* What was read by it is charged to it: nothing of the file may be in the cache before. */
static int put_data(int fd, int64_t size)
{
	static uint64_t block[MIB / sizeof(uint64_t)];

	for (int64_t at = 0; at < size; at += (int64_t)sizeof(block)) {
		for (size_t i = 0; i < ARRAY_SIZE(block); i++)
			block[i] = (uint64_t)at + i;
		if (pwrite(fd, block, sizeof(block), at) != (ssize_t)sizeof(block))
			return errno ? -errno : -ENOSPC;
	}
	if (fsync(fd) < 0)
		return -errno;
	return -posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
}

static int make_file(struct run_of *run, struct err *err)
{
	int64_t size = run->b->quick ? MIN(run->way->data, 16 * MIB) : run->way->data;
	_cleanup_close_ int fd = -1;
	int r;

	if (!run->way->sparse && !size)
		return 0;
	fd = openat(run->scratch, "file", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (fd < 0 || ftruncate(fd, run->way->sparse) < 0)
		return err_errno(err, -errno, "cannot make a file of holes");
	r = put_data(fd, size);
	return r < 0 ? err_errno(err, r, "cannot fill a file of %lld bytes", (long long)size) : 0;
}

int peer_measure(struct run_of *run, struct measured *ret, struct err *err)
{
	int r;

	r = make_file(run, err);
	if (r < 0)
		return r;
	warm_memory(run);
	return run->way->span == SPAN_LIFE ? measure_life(run, ret, err)
					   : measure_window(run, ret, err);
}
