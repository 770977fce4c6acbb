/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Our stressors as a trial runs them: planned from a profile, stepped by a worker, in its group. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "fixture.h"
#include "load.h"
#include "perf.h"

#define READY_LIMIT (60 * NSEC_PER_SEC)

/* The plan of a profile with this stressor alone. */
static int make_plan(struct ours *o, struct run_of *run, const char *stressor, struct err *err)
{
	char yaml[1024];

	snprintf(yaml, sizeof(yaml),
		 "summary: one load\nsource: tests/bench\ngroups:\n  cell: { memory.max: %lldB }\n"
		 "stressors:\n  load: { in: cell, %s }\nphases:\n  - phase: run\n    start: load\n "
		 "   wait: 1s\n"
		 "    expect: { load.outcome: running }\n",
		 (long long)run->limit, stressor);
	o->f = calloc(1, sizeof(*o->f));
	if (!o->f)
		return err_set(err, -ENOMEM, "no memory for a plan");
	return fixture_plan(o->f, run->b, yaml, err);
}

/* Each worker has a directory of its own, as in a trial; it goes with the run's. */
static int own_scratch(const struct run_of *run, int i, struct err *err)
{
	char name[32];
	int fd = -1;

	snprintf(name, sizeof(name), "worker-%d", i);
	if (mkdirat(run->scratch, name, 0700) == 0)
		fd = openat(run->scratch, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return fd < 0 ? err_errno(err, -errno, "cannot make a worker's directory") : fd;
}

static int fork_worker(struct ours *o, struct run_of *run, int i, struct err *err)
{
	_cleanup_close_ int scratch = own_scratch(run, i, err);
	struct worker_start start = {
		.stressor = o->stressor,
		.name = "load",
		.page = &o->pages[i],
		.index = (uint32_t)i,
		.seed = ((uint64_t)i + 1) * 0x9e3779b97f4a7c15ULL,
		.version = run->b->machine.memcg_version == 1 ? CG_V1 : CG_V2,
		.drain_fd = tree_drain_fd(&run->tree),
		.group_fd = i % 2 ? run->second : run->group,
		.scratch = scratch,
		.notify = o->notify,
		.supervisor = getpid(),
		.page_size = page_size(),
	};

	if (scratch < 0)
		return scratch;
	fflush(NULL);
	o->pid[i] = fork();
	if (o->pid[i] < 0)
		return err_errno(err, -errno, "cannot fork a worker");
	if (o->pid[i] == 0)
		worker_main(&start);
	return 0;
}

/* True when every worker has come to this state, or beyond it. */
static bool all_in(const struct ours *o, enum worker_state state)
{
	for (int i = 0; i < o->n; i++)
		if (atomic_load(&o->pages[i].state) < state)
			return false;
	return true;
}

static int wait_state(struct ours *o, enum worker_state state, struct err *err)
{
	int64_t deadline = mono_now().ns + READY_LIMIT;
	struct pollfd p = {.fd = o->notify, .events = POLLIN};
	uint64_t n;

	while (!all_in(o, state)) {
		if (mono_now().ns > deadline)
			return err_set(err, -ETIMEDOUT, "a worker did not get on within a minute");
		poll(&p, 1, 100);
		if (read(o->notify, &n, sizeof(n)) < 0)
			continue;
	}
	for (int i = 0; i < o->n; i++)
		if (atomic_load(&o->pages[i].state) == WORKER_FAILED)
			return err_set(err, o->pages[i].error_code ?: -EIO, "%s",
				       o->pages[i].error_text);
	return 0;
}

int ours_open(struct ours *o, struct run_of *run, const char *stressor, struct err *err)
{
	int r;

	*o = (struct ours){.notify = -1};
	r = make_plan(o, run, stressor, err);
	if (r < 0)
		return r;
	o->stressor = &o->f->plan.stressors[0];
	o->n = MIN(o->stressor->n_workers, OURS_MAX);
	o->notify = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	o->pages = mmap(NULL, sizeof(*o->pages) * OURS_MAX, PROT_READ | PROT_WRITE,
			MAP_SHARED | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
	if (o->pages == MAP_FAILED || o->notify < 0) {
		o->pages = NULL;
		return err_errno(err, -errno, "cannot make the workers' pages");
	}
	for (int i = 0; i < o->n; i++) {
		int slot = 0;

		for (const struct opt *opt = o->stressor->kind->options; opt->name; opt++)
			if (opt->flags & OPT_LIVE && slot < WORKER_LIVE_MAX)
				atomic_store(&o->pages[i].live[slot++],
					     opt_get_i64(opt, o->stressor->opts));
		r = fork_worker(o, run, i, err);
		if (r < 0)
			return r;
	}
	return wait_state(o, WORKER_READY, err);
}

void ours_start(struct ours *o)
{
	for (int i = 0; i < o->n; i++)
		atomic_fetch_or(&o->pages[i].command, COMMAND_RUN);
	for (int i = 0; i < o->n; i++)
		futex_wake_all(&o->pages[i].command);
}

int ours_wait_hold(struct ours *o, struct err *err)
{
	return wait_state(o, WORKER_HOLDING, err);
}

/* All that its processes have used; what the children of a worker used is in it. */
static int reap(struct ours *o, double *ret_cpu, struct err *err)
{
	int bad = 0;

	for (int i = 0; i < o->n; i++) {
		struct rusage use;
		int status = 0;

		if (o->pid[i] <= 0)
			continue;
		while (wait4(o->pid[i], &status, 0, &use) < 0 && errno == EINTR)
			;
		o->pid[i] = 0;
		bad = status && !bad ? status : bad;
		*ret_cpu += (double)(use.ru_utime.tv_sec + use.ru_stime.tv_sec) +
			    (double)(use.ru_utime.tv_usec + use.ru_stime.tv_usec) / 1e6;
	}
	if (bad)
		return err_set(err, -EIO, "a worker ended with %d: %s", bad,
			       o->pages[0].error_text);
	return 0;
}

int ours_stop(struct ours *o, struct err *err)
{
	double cpu = 0;

	for (int i = 0; i < o->n; i++) {
		atomic_fetch_or(&o->pages[i].command, COMMAND_STOP);
		futex_wake_all(&o->pages[i].command);
	}
	return reap(o, &cpu, err);
}

void ours_close(struct ours *o)
{
	struct err err = {0};
	double cpu = 0;

	for (int i = 0; i < o->n; i++)
		if (o->pid[i] > 0)
			kill(o->pid[i], SIGKILL);
	reap(o, &cpu, &err);
	if (o->pages)
		munmap(o->pages, sizeof(*o->pages) * OURS_MAX);
	close_fd(&o->notify);
	fixture_free(o->f);
}

static double work_of(const struct ours *o, const struct run_of *run)
{
	enum work work = run->way->work;
	double total = 0;

	if (work >= WORK_MINFLT)
		return cell_work(run);
	for (int i = 0; i < o->n; i++) {
		const struct worker_page *p = &o->pages[i];

		total += (double)atomic_load(work == WORK_BYTES ? &p->bytes
					     : work == WORK_OPS ? &p->ops
								: &p->counter[work - WORK_COUNTER]);
	}
	return total;
}

static void look(const struct ours *o, const struct run_of *run, struct measured *ret)
{
	*ret = (struct measured){.work = work_of(o, run),
				 .cpu_s = cell_cpu(run),
				 .wall_s = (double)mono_now().ns / 1e9};
}

static int measure_window(struct ours *o, struct run_of *run, struct measured *begin,
			  struct measured *end)
{
	ours_start(o);
	cell_let_run(run, run->way->warm_ms ?: 150);
	look(o, run, begin);
	cell_let_run(run, run->way->window_ms ?: 500);
	look(o, run, end);
	return 0;
}

static int measure_life(struct ours *o, struct run_of *run, struct measured *end, struct err *err)
{
	double cpu = 0;
	int r;

	ours_start(o);
	r = reap(o, &cpu, err);
	look(o, run, end);
	end->cpu_s = cpu;
	return r;
}

static int measure_fill(struct ours *o, struct run_of *run, struct measured *end, struct err *err)
{
	int r;

	ours_start(o);
	r = ours_wait_hold(o, err);
	look(o, run, end);
	return r;
}

int ours_measure(struct run_of *run, struct measured *ret, struct err *err)
{
	struct measured begin, end = {0};
	struct ours o;
	int r = ours_open(&o, run, run->way->stressor, err);

	if (r == 0) {
		warm_memory(run);
		perf_begin(run->b, run->way->text, o.pid, o.n);
		look(&o, run, &begin);
		if (run->way->span == SPAN_WINDOW)
			r = measure_window(&o, run, &begin, &end);
		else if (run->way->span == SPAN_LIFE)
			r = measure_life(&o, run, &end, err);
		else
			r = measure_fill(&o, run, &end, err);
		perf_end(run->b);
	}
	if (r == 0) {
		*ret = (struct measured){.work = end.work - begin.work,
					 .cpu_s = end.cpu_s - begin.cpu_s,
					 .wall_s = end.wall_s - begin.wall_s};
		r = ours_stop(&o, err);
	}
	ours_close(&o);
	return r;
}
