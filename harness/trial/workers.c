/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The workers as the supervisor sees them: fork, start, stop, kill, reap. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/io.h"
#include "trial/scratch.h"
#include "trial/trial_state.h"

/* Preparing may write and fsync files of gigabytes. */
#define READY_LIMIT (120 * NSEC_PER_SEC)
#define STOP_LIMIT  (60 * NSEC_PER_SEC)

static void *map_shared(size_t size)
{
	void *p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED)
		return NULL;
	/* Touched here, so that they are charged to us and not to the groups under test. */
	memset(p, 0, size);
	return p;
}

static int map_pages(struct trial *t, struct err *err)
{
	size_t n = (size_t)MAX(t->n_slots, 1);
	bool yards = false;

	for (size_t i = 0; i < t->plan->spec.n_stressors; i++)
		yards |= t->plan->stressors[i].common.yardstick;
	t->pages = map_shared(n * sizeof(*t->pages));
	if (t->pages && yards)
		t->yards = map_shared(n * sizeof(*t->yards));
	return t->pages && (t->yards || !yards)
		       ? 0
		       : err_errno(err, -errno, "cannot map the workers' pages");
}

static void raise_nofile(struct trial *t)
{
	struct rlimit lim;

	if (getrlimit(RLIMIT_NOFILE, &lim) == 0 &&
	    lim.rlim_cur < (rlim_t)(t->n_slots * 4 + 256 + (int)t->sources.n)) {
		lim.rlim_cur = lim.rlim_max;
		setrlimit(RLIMIT_NOFILE, &lim);
	}
}

static void init_live(const struct plan_stressor *ps, struct worker_page *page)
{
	int slot = 0;

	for (const struct opt *o = ps->kind->options; o->name && slot < WORKER_LIVE_MAX; o++)
		if (o->flags & OPT_LIVE)
			atomic_store(&page->live[slot++], opt_get_i64(o, ps->opts));
}

static int open_proc(struct trial *t, struct slot *s)
{
	char path[64];

	snprintf(path, sizeof(path), "%d/stat", s->pid);
	s->stat_fd = file_open(t->config->roots->proc, path);
	snprintf(path, sizeof(path), "%d/status", s->pid);
	s->status_fd = file_open(t->config->roots->proc, path);
	snprintf(path, sizeof(path), "%d/smaps_rollup", s->pid);
	s->rollup_fd = file_open(t->config->roots->proc, path);
	return s->status_fd;
}

static int fork_one(struct trial *t, int index, int stressor, int nth, struct err *err)
{
	const struct plan_stressor *ps = &t->plan->stressors[stressor];
	struct slot *s = &t->slots[index];
	struct worker_start start = {
		.stressor = ps,
		.name = t->plan->spec.stressors[stressor].name,
		.page = &t->pages[index],
		.yard = ps->common.yardstick ? &t->yards[index] : NULL,
		.index = (uint32_t)nth,
		.seed = (t->config->seed + (uint64_t)index + 1) * 0x9e3779b97f4a7c15ull,
		.version = t->version,
		.drain_fd = tree_drain_fd(&t->tree),
		.scratch = -1,
		.notify = t->notify,
		.supervisor = getpid(),
		.page_size = t->rec->page_size,
	};

	*s = (struct slot){.stressor = stressor,
			   .group = ps->groups[nth % (int)ps->n_groups],
			   .page = start.page,
			   .yard = start.yard,
			   .stat_fd = -1,
			   .status_fd = -1,
			   .rollup_fd = -1,
			   .scratch = -1,
			   .wait_status = -1,
			   .exited_ns = -1};
	start.group_fd = tree_group_fd(&t->tree, (size_t)s->group);
	if (ps->kind->uses_scratch) {
		start.scratch = s->scratch = scratch_worker(t, start.name, nth, err);
		if (s->scratch < 0)
			return s->scratch;
	}
	init_live(ps, s->page);
	s->pid = fork();
	if (s->pid < 0) {
		s->pid = 0;
		return err_errno(err, -errno, "cannot fork a worker of %s", start.name);
	}
	if (s->pid == 0) {
		guard_forget(&t->guard);
		close_fd(&t->tree.alive_fd);
		worker_main(&start);
	}
	open_proc(t, s);
	return 0;
}

static bool all_ready(struct trial *t, const void *arg)
{
	(void)arg;
	for (int i = 0; i < t->n_slots; i++)
		if (!t->slots[i].exited && atomic_load(&t->slots[i].page->state) < WORKER_READY)
			return false;
	return true;
}

/* A worker that never came to the barrier: the trial cannot begin. */
static int check_ready(struct trial *t, struct err *err)
{
	for (int i = 0; i < t->n_slots; i++) {
		const struct slot *s = &t->slots[i];
		const char *name = t->plan->spec.stressors[s->stressor].name;

		if (atomic_load(&s->page->state) == WORKER_READY && !s->exited)
			continue;
		if (atomic_load(&s->page->state) == WORKER_FAILED)
			return err_set(err, s->page->error_code, "%s could not be set up: %s", name,
				       s->page->error_text);
		if (s->exited)
			return err_set(err, -ECHILD, "a worker of %s died before it was ready",
				       name);
		return err_set(err, -ETIMEDOUT, "a worker of %s was not ready within %lld s", name,
			       READY_LIMIT / NSEC_PER_SEC);
	}
	return 0;
}

int workers_fork(struct trial *t, struct err *err)
{
	int index = 0, r = map_pages(t, err);

	if (r < 0)
		return r;
	raise_nofile(t);
	fflush(NULL);
	for (size_t i = 0; i < t->plan->spec.n_stressors; i++)
		for (int n = 0; n < t->plan->stressors[i].n_workers; n++) {
			r = fork_one(t, index++, (int)i, n, err);
			if (r < 0)
				return r;
		}
	r = loop_until(t, mono_now().ns + READY_LIMIT, all_ready, NULL);
	return r < 0 ? r : check_ready(t, err);
}

static bool in_list(const struct slot *s, const int *stressors, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (s->stressor == stressors[i])
			return true;
	return false;
}

static void command(struct slot *s, uint32_t bits, uint32_t add)
{
	uint32_t old = atomic_load(&s->page->command);

	atomic_store(&s->page->command, (old | bits) + add);
	futex_wake_all(&s->page->command);
}

int64_t worker_cpu_ns(const struct slot *s)
{
	struct timespec ts;
	clockid_t clock;

	if (s->exited)
		return s->cpu_ns;
	if (clock_getcpuclockid(s->pid, &clock) || clock_gettime(clock, &ts))
		return 0;
	return ts.tv_sec * NSEC_PER_SEC + ts.tv_nsec;
}

int workers_start(struct trial *t, const int *stressors, size_t n)
{
	for (int i = 0; i < t->n_slots; i++) {
		struct slot *s = &t->slots[i];

		if (!in_list(s, stressors, n) || s->started)
			continue;
		s->oom_kills_before = group_oom_kills(t, s->group);
		s->cpu_begin_ns = worker_cpu_ns(s);
		s->started = true;
	}
	/* All words first, then the wakes: they leave the barrier together. */
	for (int i = 0; i < t->n_slots; i++)
		if (in_list(&t->slots[i], stressors, n))
			atomic_fetch_or(&t->slots[i].page->command, COMMAND_RUN);
	for (int i = 0; i < t->n_slots; i++)
		if (in_list(&t->slots[i], stressors, n))
			futex_wake_all(&t->slots[i].page->command);
	return 0;
}

int workers_stop(struct trial *t, const int *stressors, size_t n, struct err *err)
{
	struct stressor_list list = {stressors, n};
	int r;

	for (int i = 0; i < t->n_slots; i++)
		if (in_list(&t->slots[i], stressors, n) && !t->slots[i].exited) {
			t->slots[i].stopped = true;
			command(&t->slots[i], COMMAND_STOP, 0);
		}
	r = loop_until(t, mono_now().ns + STOP_LIMIT, workers_all_exited, &list);
	return r ? MIN(r, 0)
		 : err_set(err, -ETIMEDOUT, "workers did not stop within %lld s",
			   STOP_LIMIT / NSEC_PER_SEC);
}

void workers_kill(struct trial *t, const int *stressors, size_t n)
{
	for (int i = 0; i < t->n_slots; i++) {
		struct slot *s = &t->slots[i];

		if (in_list(s, stressors, n) && s->pid > 0 && !s->exited) {
			s->killed_by_us = true;
			kill(s->pid, SIGKILL);
		}
	}
}

void workers_mark_killed(struct trial *t, int group)
{
	const struct spec *spec = &t->plan->spec;

	for (int i = 0; i < t->n_slots; i++)
		for (int g = t->slots[i].group; g >= 0; g = spec->groups[g].parent)
			if (g == group && !t->slots[i].exited)
				t->slots[i].killed_by_us = true;
}

int workers_move(struct trial *t, int stressor, int group, struct err *err)
{
	int fd = tree_group_fd(&t->tree, (size_t)group), r = 0;

	for (int i = 0; i < t->n_slots && r == 0; i++) {
		struct slot *s = &t->slots[i];

		/* To move process 0 would be to move ourselves. */
		if (s->stressor != stressor || s->exited || s->pid <= 0)
			continue;
		r = tree_move(fd, s->pid);
		if (r == -ESRCH) { /* it ended just now */
			r = 0;
			continue;
		}
		s->group = group;
		s->oom_kills_before = group_oom_kills(t, group);
	}
	return r ? err_errno(err, r, "cannot move %s to group %s",
			     t->plan->spec.stressors[stressor].name,
			     t->plan->spec.groups[group].path)
		 : 0;
}

void workers_set(struct trial *t, int stressor, int live, int64_t value)
{
	for (int i = 0; i < t->n_slots; i++)
		if (t->slots[i].stressor == stressor && !t->slots[i].exited) {
			/* Not at rest any more until the worker says so itself. */
			uint32_t holding = WORKER_HOLDING;

			atomic_store(&t->slots[i].page->live[live], value);
			atomic_compare_exchange_strong(&t->slots[i].page->state, &holding,
						       WORKER_RUNNING);
			command(&t->slots[i], 0, 1u << COMMAND_LIVE_SHIFT);
		}
}

static struct slot *slot_of(struct trial *t, pid_t pid)
{
	for (int i = 0; i < t->n_slots; i++)
		if (t->slots[i].pid == pid && !t->slots[i].exited)
			return &t->slots[i];
	return NULL;
}

static int64_t timeval_ns(struct timeval t)
{
	return t.tv_sec * NSEC_PER_SEC + t.tv_usec * NSEC_PER_USEC;
}

void workers_reap(struct trial *t)
{
	struct rusage use;
	int status;
	pid_t pid;

	while ((pid = wait4(-1, &status, WNOHANG, &use)) > 0) {
		struct slot *s = slot_of(t, pid);

		if (pid == t->drain.pid)
			t->drain.pid = 0;
		if (pid == t->guard.pid)
			t->guard.pid = 0;
		if (!s)
			continue;
		s->exited = true;
		s->wait_status = status;
		s->exited_ns = trial_now(t);
		s->minflt = use.ru_minflt;
		s->majflt = use.ru_majflt;
		s->cpu_ns = timeval_ns(use.ru_utime) + timeval_ns(use.ru_stime);
		close_fd(&s->stat_fd);
		close_fd(&s->status_fd);
		close_fd(&s->rollup_fd);
		record_event(t->rec, EV_EXIT, s->exited_ns, t->phase, "%s (%d) %s %d",
			     t->plan->spec.stressors[s->stressor].name, pid,
			     WIFSIGNALED(status) ? "ended by signal" : "exited with",
			     WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status));
	}
}

bool workers_all_exited(struct trial *t, const void *arg)
{
	const struct stressor_list *list = arg;

	for (int i = 0; i < t->n_slots; i++)
		if (in_list(&t->slots[i], list->stressors, list->n) && !t->slots[i].exited)
			return false;
	return true;
}

/* Each of them holds what it was asked to hold, or has ended. */
bool workers_all_settled(struct trial *t, const void *arg)
{
	const struct stressor_list *list = arg;

	for (int i = 0; i < t->n_slots; i++) {
		struct slot *s = &t->slots[i];

		if (in_list(s, list->stressors, list->n) && !s->exited &&
		    atomic_load(&s->page->state) != WORKER_HOLDING)
			return false;
	}
	return true;
}

bool workers_any_running(const struct trial *t)
{
	for (int i = 0; i < t->n_slots; i++) {
		const struct slot *s = &t->slots[i];

		if (s->started && !s->exited && atomic_load(&s->page->state) == WORKER_RUNNING)
			return true;
	}
	return false;
}

/* At the end, on every path: nothing of ours runs any more. */
void workers_finish(struct trial *t)
{
	/* All first, so that they exit at the same time. */
	for (int i = 0; i < t->n_slots; i++)
		if (t->slots[i].pid > 0 && !t->slots[i].exited) {
			t->slots[i].killed_by_us = true;
			kill(t->slots[i].pid, SIGKILL);
		}
	for (int i = 0; i < t->n_slots; i++) {
		struct slot *s = &t->slots[i];
		int status;

		if (s->pid > 0 && !s->exited) {
			while (waitpid(s->pid, &status, 0) < 0 && errno == EINTR)
				;
			s->exited = true;
			s->wait_status = status;
			s->exited_ns = trial_now(t);
		}
		close_fd(&s->stat_fd);
		close_fd(&s->status_fd);
		close_fd(&s->rollup_fd);
		close_fd(&s->scratch);
	}
}
