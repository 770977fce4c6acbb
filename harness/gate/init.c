/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "gate/init.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/reboot.h>
#include <sys/utsname.h>
#include <sys/wait.h>

#include "base/cleanup.h"
#include "base/io.h"

/* The port's number in the child; memtrial run is told of it. */
#define CHILD_PORT 3

bool gate_is_init(void)
{
	return getpid() == 1 && access(GATE_CONF, R_OK) == 0;
}

static _Noreturn void power_off(void)
{
	sync();
	reboot(RB_POWER_OFF);
	/* No way to switch it off: whoever watches ends it. */
	for (;;)
		pause();
}

/* On the port, where there is one, and on the console for who reads that. */
static _Noreturn void give_up(struct init *in, const struct err *err)
{
	stream_say(&in->stream, STREAM_FAIL, "%s", err->text);
	dprintf(STDERR_FILENO, "memtrial: the guest cannot carry it out: %s\n", err->text);
	power_off();
}

static int read_conf(struct init *in, struct err *err)
{
	char *text;
	size_t len;
	int r = file_read_alloc(AT_FDCWD, GATE_CONF, &text, &len);

	return r < 0 ? err_errno(err, r, "cannot read %s", GATE_CONF)
		     : conf_parse(text, &in->conf, &in->arena, err);
}

static void hello(struct init *in)
{
	struct utsname u;

	uname(&u);
	stream_say(&in->stream, STREAM_HELLO, "%d %s", STREAM_VERSION, u.release);
}

static _Noreturn void child(struct init *in)
{
	const char *argv[GATE_ARGS_MAX + 2] = {"memtrial"};
	size_t n = MIN(in->conf.n_args, GATE_ARGS_MAX);

	memcpy(argv + 1, in->conf.args, n * sizeof(*argv));
	argv[n + 1] = NULL;
	setsid();
	setenv("PATH", "/usr/sbin:/usr/bin:/sbin:/bin", 1);
	setenv("HOME", "/root", 1);
	dup2(open("/dev/null", O_RDONLY | O_CLOEXEC), STDIN_FILENO);
	if (chdir(GATE_TRIALS) < 0 || dup2(in->stream.fd, CHILD_PORT) < 0)
		_exit(126);
	/* When both were the same the flag is still there. */
	fcntl(CHILD_PORT, F_SETFD, 0);
	execv("/proc/self/exe", (char *const *)argv);
	_exit(127);
}

/* As first process we also inherit what trials leave behind: reaped until the run itself ends. */
static int run_suite(struct init *in, struct err *err)
{
	pid_t pid = fork(), ended;
	int status;

	if (pid < 0)
		return err_errno(err, -errno, "cannot start memtrial");
	if (pid == 0)
		child(in);
	do {
		ended = waitpid(-1, &status, 0);
		if (ended < 0 && errno != EINTR)
			return err_errno(err, -errno, "cannot wait for memtrial");
	} while (ended != pid);
	stream_say(&in->stream, STREAM_EXIT, "%d",
		   WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status));
	return 0;
}

static int set_up(struct init *in, struct err *err)
{
	struct err why = {0};
	int r;

	if ((r = init_mount_basics(err)) < 0 || (r = read_conf(in, err)) < 0 ||
	    (r = init_load_modules(in, err)) < 0)
		return r;
	in->stream.fd = init_open_port(err);
	if (in->stream.fd < 0)
		return in->stream.fd;
	hello(in);
	init_mount_extras(in);
	init_loopback(in);
	if ((r = init_mount_cgroup(in->conf.cgroup, err)) < 0 || (r = init_swap(in, err)) < 0)
		return r;
	if (init_scratch(in, &why) < 0)
		stream_say(&in->stream, STREAM_NOTE,
			   "no disk for files: %s; what needs one runs on a tmpfs or not at all",
			   why.text);
	return 0;
}

_Noreturn void gate_init(void)
{
	struct init in = {.stream = {.fd = -1}};
	struct err err = {0};

	if (set_up(&in, &err) < 0 || run_suite(&in, &err) < 0)
		give_up(&in, &err);
	power_off();
}
