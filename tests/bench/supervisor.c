/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The supervisor from outside: real runs of the program. Its memory is what /proc says of it while
 * it runs; its first step is the moment at which a command that it runs as a worker stamps the
 * time.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/io.h"
#include "bench.h"
#include "kernel/kv.h"
#include "record/record.h"

#define TRIALS	  10
#define RUN_LIMIT (60 * NSEC_PER_SEC)

static const char stamp_profile[] = "summary: a command that says when it began\n"
				    "source: tests/bench\n"
				    "groups:\n"
				    "  one: { memory.max: 64M }\n"
				    "stressors:\n"
				    "  first: { use: exec, in: one, memory: 32M, output: "
				    "inherit-stderr,\n"
				    "           command: \"exec %s --stamp %s/stamp\" }\n"
				    "phases:\n"
				    "  - phase: run\n"
				    "    start: first\n"
				    "    wait: 1s\n"
				    "    expect:\n"
				    "      first.outcome: done\n";

static const char small_profile[] = "summary: a small trial\n"
				    "source: tests/bench\n"
				    "groups:\n"
				    "  one: { memory.max: 64M }\n"
				    "stressors:\n"
				    "  load: { use: anon, in: one, size: %dM }\n"
				    "phases:\n"
				    "  - phase: hold\n"
				    "    start: load\n"
				    "    wait: 100ms\n"
				    "    expect:\n"
				    "      one/memory.stat.anon: at least %dM\n";

/* What was seen of one run. */
struct seen {
	int64_t start_ns;    /* CLOCK_MONOTONIC right before exec */
	int64_t peak;	     /* VmHWM, bytes */
	int64_t first, most; /* VmRSS since it is locked in memory */
	int64_t half[2];     /* the most in the first half of that time, and in the second */
	int samples;
};

struct rss {
	int64_t t_ns, rss;
};

static int write_file(const char *path, const char *text)
{
	_cleanup_fclose_ FILE *f = fopen(path, "we");

	return !f || fputs(text, f) < 0 || fflush(f) ? -errno : 0;
}

static pid_t start(const char *const *argv)
{
	pid_t pid;

	fflush(NULL);
	pid = fork();
	if (pid == 0) {
		int null = open("/dev/null", O_RDWR);
		sigset_t none;

		/* The sampler's event loop has blocked signals here; they outlive exec. */
		sigemptyset(&none);
		sigprocmask(SIG_SETMASK, &none, NULL);
		prctl(PR_SET_PDEATHSIG, SIGTERM);

		dup2(null, 0);
		dup2(null, 1);
		execv(argv[0], (char *const *)argv);
		_exit(127);
	}
	return pid;
}

/*
 * Before the supervisor is locked in memory it is still setting up, and its pages come one by one;
 * from then on all that it ever maps is resident at once.
 */
static bool look(int status, struct rss *now, int64_t *peak)
{
	char text[8192];
	ssize_t n = fd_read_all(status, text, sizeof(text));
	int64_t locked;

	if (n <= 0)
		return false;
	now->t_ns = mono_now().ns;
	now->rss = kv_get(text, (size_t)n, KV_MEMINFO, "VmRSS");
	locked = kv_get(text, (size_t)n, KV_MEMINFO, "VmLck");
	if (now->rss == VALUE_ABSENT)
		return false;
	*peak = kv_get(text, (size_t)n, KV_MEMINFO, "VmHWM");
	return locked > 0;
}

/* Look every 10 ms until it has ended. Returns its exit status as waitpid gives it, or -errno. */
static int watch(struct bench *b, pid_t pid, struct seen *s)
{
	struct timespec nap = {.tv_nsec = 10 * NSEC_PER_MSEC};
	static struct rss log[8192];
	_cleanup_close_ int status_fd = -1;
	char path[32];
	int status, n = 0;

	snprintf(path, sizeof(path), "%d/status", (int)pid);
	status_fd = file_open(b->roots.proc, path);
	while (waitpid(pid, &status, WNOHANG) == 0) {
		if (mono_now().ns - s->start_ns > RUN_LIMIT) {
			kill(pid, SIGTERM);
			waitpid(pid, &status, 0);
			return -ETIMEDOUT;
		}
		if (n < (int)ARRAY_SIZE(log) && look(status_fd, &log[n], &s->peak))
			n++;
		clock_nanosleep(CLOCK_MONOTONIC, 0, &nap, NULL);
	}
	s->samples = n;
	/*
	 * The first look may have come while mlockall() was still filling pages. At its end a trial
	 * gives back what only a running one needs: a fall is none of its growth.
	 */
	s->first = n > 1 ? log[1].rss : 0;
	s->most = s->first;
	for (int i = 1; i < n; i++) {
		int64_t *half = &s->half[i >= n / 2];

		s->most = MAX(s->most, log[i].rss);
		*half = MAX(*half, log[i].rss);
	}
	return status;
}

static int run(struct bench *b, const char *const *argv, struct seen *s, struct err *err)
{
	int status;
	pid_t pid;

	*s = (struct seen){.start_ns = mono_now().ns};
	pid = start(argv);
	if (pid < 0)
		return err_errno(err, -errno, "cannot fork");
	status = watch(b, pid, s);
	if (status < 0)
		return err_set(err, status, "%s did not end in time", argv[0]);
	/* 1 is a verdict, which is not for us to judge: others are at work on this machine. */
	if (!WIFEXITED(status) || WEXITSTATUS(status) > 1)
		return err_set(err, -EIO, "%s run ended with %d", argv[0],
			       WIFEXITED(status) ? WEXITSTATUS(status) : status);
	if (WEXITSTATUS(status))
		fprintf(stderr, "a trial of this round failed; what it cost counts\n");
	if (s->samples < 3)
		return err_set(err, -EIO, "%s was seen %d times only", argv[0], s->samples);
	return 0;
}

/* The time of the stamp, and how long the control interval took. */
static int read_times(struct bench *b, int64_t *ret_stamp, int64_t *ret_control, struct err *err)
{
	char path[256];
	struct run saved;
	int r;

	snprintf(path, sizeof(path), "%s/stamp", b->dir);
	r = file_read_i64(AT_FDCWD, path, ret_stamp);
	if (r < 0)
		return err_errno(err, r, "the stamp in %s", path);
	snprintf(path, sizeof(path), "%s/result.json", b->dir);
	r = run_load(&saved, path, err);
	if (r < 0)
		return r;
	*ret_control = saved.n_trials ? saved.trials[0]->control_ns : 0;
	run_free(&saved);
	return 0;
}

static int supervisor_open(struct bench *b, void **ret_state, struct err *err)
{
	char path[256], text[2048];
	int r;

	*ret_state = NULL;
	snprintf(path, sizeof(path), "%s/stamp.yaml", b->dir);
	snprintf(text, sizeof(text), stamp_profile, b->self, b->dir);
	r = write_file(path, text);
	return r < 0 ? err_errno(err, r, "cannot write %s", path) : 0;
}

static int supervisor_round(struct bench *b, void *state, struct err *err)
{
	char profile[256], result[256];
	const char *argv[] = {b->memtrial, "run", profile, "--save", result, NULL};
	int64_t stamp = 0, control = 0;
	struct seen s;
	int r;

	(void)state;
	snprintf(profile, sizeof(profile), "%s/stamp.yaml", b->dir);
	snprintf(result, sizeof(result), "%s/result.json", b->dir);
	if ((r = run(b, argv, &s, err)) < 0 || (r = read_times(b, &stamp, &control, err)) < 0)
		return r;
	bench_put(b, VAL_PEAK, (double)s.peak / MIB);
	bench_put(b, VAL_GROWTH, (double)(s.most - s.first) / KIB);
	bench_put(b, VAL_FIRST_STEP, (double)(stamp - s.start_ns - control) / 1e6);
	bench_put(b, VAL_FIRST_STEP_ALL, (double)(stamp - s.start_ns) / 1e6);
	return 0;
}

static int suite_open(struct bench *b, void **ret_state, struct err *err)
{
	char path[256], text[1024];
	int r = 0;

	*ret_state = NULL;
	for (int i = 0; i < TRIALS && r == 0; i++) {
		snprintf(path, sizeof(path), "%s/small%d.yaml", b->dir, i);
		snprintf(text, sizeof(text), small_profile, i + 1, i + 1);
		r = write_file(path, text);
	}
	return r < 0 ? err_errno(err, r, "cannot write %s", path) : 0;
}

/* Several trials in one run: what each of them leaves behind in the supervisor. */
static int suite_round(struct bench *b, void *state, struct err *err)
{
	char path[TRIALS][256];
	const char *argv[TRIALS + 6] = {b->memtrial, "run", "--control", "50ms", "--quiet"};
	int n = b->quick ? 2 : TRIALS, r;
	struct seen s;

	(void)state;
	for (int i = 0; i < n; i++) {
		snprintf(path[i], sizeof(path[i]), "%s/small%d.yaml", b->dir, i);
		argv[5 + i] = path[i];
	}
	r = run(b, argv, &s, err);
	if (r < 0)
		return r;
	bench_put(b, VAL_SUITE_PEAK, (double)s.peak / MIB);
	bench_put(b, VAL_SUITE_GROWTH, (double)(s.half[1] - s.half[0]) / KIB);
	return 0;
}

const struct measure measure_supervisor = {
	.name = "supervisor",
	.open = supervisor_open,
	.round = supervisor_round,
};

const struct measure measure_suite = {
	.name = "suite",
	.open = suite_open,
	.round = suite_round,
};
