/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the worker's loop costs a step: the null stressor, which does nothing in it. */
#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "fixture.h"

#define STEPS "1000000"

static const char profile[] = "summary: empty steps\n"
			      "source: tests/bench\n"
			      "groups:\n"
			      "  one: { memory.max: 64M }\n"
			      "stressors:\n"
			      "  idle: { use: null, in: one, steps: " STEPS ", end: done }\n"
			      "phases:\n"
			      "  - phase: run\n"
			      "    start: idle\n"
			      "    until: idle exits within 60s\n"
			      "    expect:\n"
			      "      idle.outcome: done\n";

static int steps_open(struct bench *b, void **ret_state, struct err *err)
{
	struct fixture *f = calloc(1, sizeof(*f));

	*ret_state = f;
	return fixture_plan(f, b, profile, err);
}

static void steps_close(struct bench *b, void *state)
{
	(void)b;
	fixture_free(state);
}

/* A worker of the plan, in no group, told to run before it is born. */
static int run_worker(const struct plan_stressor *ps, struct worker_page *page, struct err *err)
{
	struct worker_start start = {.stressor = ps,
				     .name = "idle",
				     .page = page,
				     .drain_fd = -1,
				     .group_fd = -1,
				     .scratch = -1,
				     .notify = -1,
				     .supervisor = getpid(),
				     .page_size = page_size()};
	int status = 0;
	pid_t pid;

	atomic_store(&page->command, COMMAND_RUN);
	fflush(NULL);
	pid = fork();
	if (pid < 0)
		return err_errno(err, -errno, "cannot fork a worker");
	if (pid == 0)
		worker_main(&start);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	if (status != 0)
		return err_set(err, -EIO, "the worker ended with %d: %s", status, page->error_text);
	return 0;
}

static double clock_cost(void)
{
	int64_t begin = mono_now().ns, now = begin;

	for (int i = 0; i < 100000; i++)
		now = mono_now().ns;
	return (double)(now - begin) / 100000;
}

static int steps_round(struct bench *b, void *state, struct err *err)
{
	struct fixture *f = state;
	struct worker_page *page = mmap(NULL, sizeof(*page), PROT_READ | PROT_WRITE,
					MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	int64_t span;
	int r;

	if (page == MAP_FAILED)
		return err_errno(err, -errno, "cannot map a worker's page");
	r = run_worker(&f->plan.stressors[0], page, err);
	span = atomic_load(&page->end_ns) - atomic_load(&page->begin_ns);
	if (r == 0)
		bench_put(b, VAL_STEP, (double)span / (double)atomic_load(&page->ops));
	bench_put(b, VAL_STEP_CLOCK, clock_cost());
	munmap(page, sizeof(*page));
	return r;
}

const struct measure measure_steps = {
	.name = "steps",
	.open = steps_open,
	.round = steps_round,
	.close = steps_close,
};
