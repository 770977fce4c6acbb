/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * exec: the user's own command, in the worker's group, as the load. It runs in a process group of
 * its own, which is ended with the worker; what leaves that process group is left to the trial's
 * group.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "base/cleanup.h"
#include "stressor.h"

enum output { OUTPUT_STDERR, OUTPUT_ALL, OUTPUT_NULL };
static const char *const output_words[] = {"inherit-stderr", "inherit", "null", NULL};
enum runs { RUNS_ONCE, RUNS_FOREVER };
static const char *const runs_words[] = {"once", "forever", NULL};

struct exec_opts {
	char command[OPT_TEXT_MAX];
	int64_t memory, output, runs, ignore_status, grace;
};

#define OPT(field) .name = #field, .offset = offsetof(struct exec_opts, field)

static const struct opt options[] = {
	{OPT(command), .type = OPT_TEXT, .flags = OPT_REQUIRED,
	 .help = "run as /bin/sh -c COMMAND, standard input empty"},
	{OPT(memory), .type = OPT_SIZE, .min = 1, .max = INT64_MAX / 2, .flags = OPT_REQUIRED,
	 .help = "the most that the command may use: the fuse is planned with it"},
	{OPT(output), .type = OPT_ENUM, .words = output_words, .def = "inherit-stderr",
	 .help = "where its output goes: inherit-stderr drops standard output only"},
	{OPT(runs), .type = OPT_ENUM, .words = runs_words, .def = "once",
	 .help = "once: the worker is done when the command ends; forever: it must run until "
		 "stopped"},
	{OPT(ignore_status), .type = OPT_BOOL, .def = "no",
	 .help = "the worker is done however the command ended; otherwise it must exit with 0"},
	{OPT(grace), .type = OPT_DUR, .max = 3600 * NSEC_PER_SEC, .def = "2s",
	 .help = "from SIGTERM to SIGKILL when it is stopped"},
	OPT_END,
};

enum { EXIT_CODE, KILLED, MAX_RSS };
static const struct stressor_counter counters[] = {
	[EXIT_CODE] = {"exit_code", UNIT_COUNT, true,
		       "exit code of the command; 128 + signal when a signal ended it"},
	[KILLED] = {"killed", UNIT_COUNT, false,
		    "1 when SIGKILL ended the command before it was stopped"},
	[MAX_RSS] = {"max_rss", UNIT_BYTES, true,
		     "largest resident set of any process of the command that was waited for"},
	{.name = NULL},
};

struct exec_state {
	pid_t pid; /* 0: not started, or reaped */
	int pidfd;
};

static void exec_footprint(const void *opts, struct footprint *ret)
{
	*ret = (struct footprint){.memory = ((const struct exec_opts *)opts)->memory};
}

static bool exec_endless(const void *opts)
{
	return ((const struct exec_opts *)opts)->runs == RUNS_FOREVER;
}

/* The command starts like one of a shell's: no handlers, nothing blocked, no descriptors of ours.
 */
static void plain_process(const struct exec_opts *o)
{
	struct sigaction deflt = {.sa_handler = SIG_DFL};
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	sigset_t none;

	for (int sig = 1; sig < NSIG; sig++)
		sigaction(sig, &deflt, NULL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	dup2(null, STDIN_FILENO);
	if (o->output != OUTPUT_ALL)
		dup2(null, STDOUT_FILENO);
	if (o->output == OUTPUT_NULL)
		dup2(null, STDERR_FILENO);
	/* Not there before 5.11: then O_CLOEXEC of each opener has to do. */
	syscall(SYS_close_range, STDERR_FILENO + 1, UINT_MAX, 4 /* CLOSE_RANGE_CLOEXEC */);
}

/* In the child. A failure is told through the pipe, which a successful exec closes. */
static void __attribute__((noreturn))
run_command(const struct exec_opts *o, pid_t parent, int failure)
{
	int code;

	setpgid(0, 0);
	plain_process(o);
	/* Kept over execve (fs/exec.c) unless /bin/sh is set-uid. */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(127);
	execl("/bin/sh", "sh", "-c", o->command, (char *)NULL);
	code = errno;
	if (write(failure, &code, sizeof(code)) < 0)
		_exit(126);
	_exit(127);
}

static int start(struct worker *w)
{
	struct exec_state *s = w->state;
	_cleanup_close_ int in = -1, out = -1;
	pid_t parent = getpid(), pid;
	int ends[2], code;

	if (pipe2(ends, O_CLOEXEC))
		return err_errno(&w->err, -errno, "making a pipe");
	in = ends[0];
	out = ends[1];
	pid = fork();
	if (pid < 0)
		return err_errno(&w->err, -errno,
				 "forking for the command (look at pids.max and ulimit -u)");
	if (!pid)
		run_command(w->opts, parent, out);
	/* Both sides set it: whoever comes first, a signal to the group never misses it. */
	setpgid(pid, pid);
	s->pid = pid;
	s->pidfd = -1;
	close_fd(&out);
	if (read(in, &code, sizeof(code)) == (ssize_t)sizeof(code))
		return err_errno(&w->err, -code, "executing /bin/sh");
	s->pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
	if (s->pidfd < 0)
		return err_errno(&w->err, -errno, "pidfd_open of the command");
	return STEP_MORE;
}

/* Reap it. What it left in its process group goes first: the zombie keeps the group's number ours.
 */
static int reap(struct worker *w)
{
	struct exec_state *s = w->state;
	struct rusage use = {0};
	int status = 0, code;

	kill(-s->pid, SIGKILL);
	while (wait4(s->pid, &status, 0, &use) < 0 && errno == EINTR)
		;
	s->pid = 0;
	close_fd(&s->pidfd);
	code = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
	worker_put(&w->page->counter[EXIT_CODE], code);
	worker_put(&w->page->counter[MAX_RSS], use.ru_maxrss * KIB);
	worker_add(&w->page->ops, 1);
	return status;
}

static const char *signal_name(int sig)
{
	const char *name = sigabbrev_np(sig);

	return name ? name : "?";
}

static int ended(struct worker *w)
{
	const struct exec_opts *o = w->opts;
	int status = reap(w), code = WEXITSTATUS(status);

	/* A shell that outlives its killed child says so by the same number. */
	if (WIFSIGNALED(status) ? WTERMSIG(status) == SIGKILL : code == 128 + SIGKILL)
		worker_add(&w->page->counter[KILLED], 1);
	if (o->ignore_status)
		return STEP_DONE;
	if (WIFSIGNALED(status))
		return err_set(&w->err, -ECHILD, "the command was killed by SIG%s",
			       signal_name(WTERMSIG(status)));
	if (code > 128 && sigabbrev_np(code - 128))
		return err_set(&w->err, -ECHILD,
			       "the command exited with %d, as a shell does after SIG%s", code,
			       signal_name(code - 128));
	if (code)
		return err_set(&w->err, -ECHILD, "the command exited with %d", code);
	if (o->runs == RUNS_FOREVER)
		return err_set(&w->err, -ECHILD,
			       "the command ended by itself, and `runs: forever` says it must not");
	return STEP_DONE;
}

/* True when it has ended; waits at most so long. It stays a zombie. */
static bool wait_end(const struct exec_state *s, int wait_ms)
{
	struct pollfd p = {.fd = s->pidfd, .events = POLLIN};

	return poll(&p, 1, wait_ms) > 0;
}

#define WAIT_MS 50

static int exec_step(struct worker *w)
{
	struct exec_state *s = w->state;

	if (!s->pid)
		return start(w);
	return wait_end(s, WAIT_MS) ? ended(w) : STEP_MORE;
}

static void exec_release(struct worker *w)
{
	const struct exec_opts *o = w->opts;
	struct exec_state *s = w->state;
	int64_t deadline = mono_now().ns + o->grace;

	if (!s->pid)
		return;
	kill(-s->pid, SIGTERM);
	while (s->pidfd >= 0 && mono_now().ns < deadline && !wait_end(s, WAIT_MS))
		;
	reap(w);
}

const struct stressor stressor_exec = {
	.name = "exec",
	.summary = "a command of your own as the load",
	.bytes_help = "always 0: ask the group what the command uses",
	.options = options,
	.options_size = sizeof(struct exec_opts),
	.counters = counters,
	.state_size = sizeof(struct exec_state),
	.footprint = exec_footprint,
	.sockets = true,
	.endless = exec_endless,
	.step = exec_step,
	.release = exec_release,
};
