/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/io.h"
#include "fixture.h"
#include "kernel/kv.h"
#include "load.h"

double since(int64_t from_ns)
{
	return (double)(mono_now().ns - from_ns) / 1e9;
}

double self_cpu(void)
{
	return (double)cpu_now() / 1e9;
}

void sleep_ms(int64_t ms)
{
	struct timespec t = {ms / 1000, ms % 1000 * NSEC_PER_MSEC};

	clock_nanosleep(CLOCK_MONOTONIC, 0, &t, NULL);
}

static int open_scratch(struct run_of *run, struct err *err)
{
	snprintf(run->scratch_path, sizeof(run->scratch_path), "%s/load-XXXXXX",
		 run->way->tmpfs ? "/dev/shm" : run->b->dir);
	if (!mkdtemp(run->scratch_path))
		return err_errno(err, -errno, "cannot make %s", run->scratch_path);
	run->scratch = open(run->scratch_path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return run->scratch < 0 ? err_errno(err, -errno, "cannot open %s", run->scratch_path) : 0;
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

int cell_open(struct run_of *run, struct err *err)
{
	static const struct tree_group groups[] = {{.path = "cell", .has_workers = true},
						   {.path = "second", .has_workers = true}};
	char name[TREE_NAME_SIZE];
	struct tree_config cfg = {
		.version = run->b->machine.memcg_version == 1 ? CG_V1 : CG_V2,
		.mount = run->b->machine.memcg_mount,
		.base = run->b->base,
		.name = tree_name(name, getpid(), (*run->b->trees)++),
		.fuse = run->limit,
		.groups = groups,
		.n_groups = run->way->apart ? 2 : 1,
	};
	int r;

	run->scratch = -1;
	cfg.mount_fd = run->mount = roots_dir(&run->b->roots, run->b->machine.memcg_mount);
	r = tree_create(&run->tree, &cfg, err);
	if (r < 0)
		return r;
	run->group = tree_group_fd(&run->tree, 0);
	run->second = run->way->apart ? tree_group_fd(&run->tree, 1) : run->group;
	return open_scratch(run, err);
}

int cell_close(struct run_of *run, struct err *err)
{
	int r = tree_destroy(&run->tree, err);

	close_fd(&run->mount);
	if (run->scratch >= 0)
		nftw(run->scratch_path, remove_one, 16, FTW_DEPTH | FTW_PHYS);
	close_fd(&run->scratch);
	return r;
}

typedef double number_of(const struct run_of *run, int pid);

static double sum_in(const struct run_of *run, int group, number_of *fn)
{
	char text[4096], *at = text, *end;
	ssize_t n = 0;
	_cleanup_close_ int fd = file_open(group, "cgroup.procs");
	double total = 0;

	if (fd >= 0)
		n = fd_read_all(fd, text, sizeof(text) - 1);
	text[n > 0 ? n : 0] = 0;
	for (long pid; (pid = strtol(at, &end, 10)) > 0; at = end)
		total += fn(run, (int)pid);
	return total;
}

/* The sum of fn over the processes in its groups. */
static double sum(const struct run_of *run, number_of *fn)
{
	double total = sum_in(run, run->group, fn);

	return run->second == run->group ? total : total + sum_in(run, run->second, fn);
}

/* Its threads included, those that the kernel runs for its io_uring too. */
static double cpu_of(const struct run_of *run, int pid)
{
	struct timespec ts = {0};
	clockid_t clock;

	(void)run;
	if (clock_getcpuclockid(pid, &clock) || clock_gettime(clock, &ts))
		return 0;
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

static double minflt_of(const struct run_of *run, int pid)
{
	char path[64], text[1024];
	_cleanup_close_ int fd = -1;
	unsigned long long n = 0;
	const char *after;
	ssize_t len;

	snprintf(path, sizeof(path), "%d/stat", pid);
	fd = file_open(run->b->roots.proc, path);
	len = fd < 0 ? -1 : fd_read_all(fd, text, sizeof(text) - 1);
	if (len <= 0)
		return 0;
	text[len] = 0;
	after = strrchr(text, ')'); /* Documentation/filesystems/proc.rst: the tenth field */
	if (!after || sscanf(after + 2, "%*c %*d %*d %*d %*d %*d %*u %llu", &n) != 1)
		return 0;
	return (double)n;
}

double cell_cpu(const struct run_of *run)
{
	return sum(run, cpu_of);
}

void cell_let_run(const struct run_of *run, int64_t cpu_ms)
{
	int64_t deadline = mono_now().ns + 20 * cpu_ms * NSEC_PER_MSEC;
	double until;

	if (run->b->quick)
		cpu_ms = 10;
	until = cell_cpu(run) + (double)cpu_ms / 1000;
	while (mono_now().ns < deadline) {
		double left = until - cell_cpu(run);

		if (left <= 0)
			return;
		sleep_ms(MAX((int64_t)(left * 900), 1));
	}
}

/* v1 does not tell these of a group: the machine's, which others must not disturb. */
static double counted(const struct run_of *run, const char *of_group, const char *of_machine)
{
	int64_t n = VALUE_ABSENT;

	if (run->b->machine.memcg_version == 2)
		n = kv_load(run->group, "memory.stat", KV_PLAIN, of_group);
	if (n == VALUE_ABSENT)
		n = kv_load(run->b->roots.proc, "vmstat", KV_PLAIN, of_machine);
	return n == VALUE_ABSENT ? 0 : (double)n;
}

double cell_work(const struct run_of *run)
{
	switch (run->way->work) {
	case WORK_MINFLT:
		return sum(run, minflt_of);
	case WORK_HUGE:
		return counted(run, "thp_fault_alloc", "thp_fault_alloc");
	case WORK_STEAL:
		return counted(run, "pgsteal", "pgsteal_file");
	default:
		return 0;
	}
}
