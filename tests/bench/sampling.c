/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a sample costs: the trial's own sources and sampler, on a group with a worker in it. */
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <time.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "fixture.h"
#include "load.h"

static const char profile[] = "summary: one group with one worker that holds memory\n"
			      "source: tests/bench\n"
			      "groups:\n"
			      "  one: { memory.max: 64M }\n"
			      "stressors:\n"
			      "  load: { use: anon, in: one, size: 16M }\n"
			      "always:\n"
			      "  one/memory.current: at most 64M\n"
			      "  one/memory.stat.anon: at most 64M\n"
			      "  one/memory.stat.file: at most 64M\n"
			      "phases:\n"
			      "  - phase: hold\n"
			      "    start: load\n"
			      "    expect:\n"
			      "      one/memory.stat.anon: at least 16M\n";

static int sampling_open(struct bench *b, void **ret_state, struct err *err)
{
	struct fixture *f = calloc(1, sizeof(*f));
	struct trial *t = &f->trial;
	static const int load[] = {0};
	struct stressor_list list = {load, 1};
	int r;

	*ret_state = f;
	if ((r = fixture_plan(f, b, profile, err)) < 0 || (r = fixture_open(f, b, err)) < 0 ||
	    (r = sources_build(&t->sources, t, err)) < 0)
		return r;
	record_columns(t);
	if ((r = sampler_open(t, err)) < 0 || (r = workers_fork(t, err)) < 0 ||
	    (r = workers_start(t, load, 1)) < 0)
		return r;
	r = loop_until(t, mono_now().ns + 10 * NSEC_PER_SEC, workers_all_settled, &list);
	if (r == 0)
		return err_set(err, -1, "the worker did not hold its memory within 10 s");
	return MIN(r, 0);
}

static void close_state(struct bench *b, void *state)
{
	(void)b;
	fixture_free(state);
}

typedef bool (*pick_fn)(const struct trial *t, const struct source *s);

static const char *column_of(const struct trial *t, const struct source *s)
{
	return s->n ? t->rec->columns[s->first].name : "";
}

static bool is_meminfo(const struct trial *t, const struct source *s)
{
	return !strncmp(column_of(t, s), "meminfo.", 8);
}

static bool is_vmstat(const struct trial *t, const struct source *s)
{
	return !strncmp(column_of(t, s), "vmstat.", 7);
}

static bool is_machine(const struct trial *t, const struct source *s)
{
	return is_meminfo(t, s) || is_vmstat(t, s);
}

static bool is_group(const struct trial *t, const struct source *s)
{
	return !strncmp(column_of(t, s), "one/", 4);
}

static bool is_any(const struct trial *t, const struct source *s)
{
	(void)t;
	return s->fd >= 0;
}

static bool is_psi(const struct trial *t, const struct source *s)
{
	return !strncmp(column_of(t, s), "psi.", 4);
}

/* CPU time of reading the sampled sources that are picked, us. */
static double cost(struct trial *t, pick_fn pick, int times)
{
	int64_t begin = cpu_now();

	for (int n = 0; n < times; n++)
		for (size_t i = 0; i < t->sources.n; i++) {
			struct source *s = &t->sources.list[i];

			if (s->sampled && pick(t, s))
				s->read(&t->sources, s, t->sampler.now);
		}
	return (double)(cpu_now() - begin) / times / 1000;
}

/* As many bytes of each as a sample reads, and no more than that. */
static void read_bare(struct trial *t, pick_fn pick)
{
	for (size_t i = 0; i < t->sources.n; i++) {
		const struct source *s = &t->sources.list[i];

		if (s->sampled && pick(t, s))
			(void)!pread(s->fd, t->sources.buf, s->enough ?: t->sources.buf_size, 0);
	}
}

/* What the kernel alone takes for them: the rest is ours. */
static double read_cost(struct trial *t, pick_fn pick, int times)
{
	int64_t begin = cpu_now();

	for (int n = 0; n < times; n++)
		read_bare(t, pick);
	return (double)(cpu_now() - begin) / times / 1000;
}

/* A whole tick of the sampler: all files, the row, the extremes. us of CPU time. */
static double tick_cost(struct trial *t, int times)
{
	int64_t begin = cpu_now();

	for (int n = 0; n < times; n++) {
		t->sampler.next = 1;
		sampler_tick(t);
	}
	return (double)(cpu_now() - begin) / times / 1000;
}

/* The event loop at 100 Hz with nothing else to do: per cent of one CPU. */
static double share(struct trial *t, int64_t span)
{
	int64_t begin = mono_now().ns, used = cpu_now();

	t->sampler.interval = 10 * NSEC_PER_MSEC;
	t->sampler.next = begin;
	loop_until(t, begin + span, NULL, NULL);
	t->sampler.next = 0;
	return (double)(cpu_now() - used) * 100 / (double)(mono_now().ns - begin);
}

static bool is_none(const struct trial *t, const struct source *s)
{
	(void)t;
	(void)s;
	return false;
}

/* As many wake-ups, and then bare reads: what the timer, the way out of idle and the kernel cost.
 */
static double wake_share(struct trial *t, pick_fn pick, int64_t span)
{
	int64_t begin = mono_now().ns, used = cpu_now();
	struct timespec nap = {.tv_nsec = 10 * NSEC_PER_MSEC};
	struct epoll_event event;

	while (mono_now().ns - begin < span) {
		epoll_pwait2(t->epoll, &event, 1, &nap, NULL);
		read_bare(t, pick);
	}
	return (double)(cpu_now() - used) * 100 / (double)(mono_now().ns - begin);
}

static double reading_cost(struct trial *t, int times)
{
	int64_t begin = cpu_now();

	for (int n = 0; n < times; n++)
		sources_read(&t->sources, false, t->rec->readings[1].values);
	return (double)(cpu_now() - begin) / times / 1000;
}

static int sampling_round(struct bench *b, void *state, struct err *err)
{
	struct trial *t = &((struct fixture *)state)->trial;
	int64_t span = (b->quick ? 100 : 1000) * NSEC_PER_MSEC;
	int times = b->quick ? 100 : 2000;
	double sample = tick_cost(t, times);

	(void)err;
	bench_put(b, VAL_SAMPLE, sample);
	bench_put(b, VAL_SHARE_WORK, sample * 100 * 100 / 1e6);
	bench_put(b, VAL_MACHINE, cost(t, is_machine, times));
	bench_put(b, VAL_MACHINE_READ, read_cost(t, is_machine, times));
	bench_put(b, VAL_MEMINFO, cost(t, is_meminfo, times));
	bench_put(b, VAL_VMSTAT, cost(t, is_vmstat, times));
	bench_put(b, VAL_GROUP, cost(t, is_group, times));
	bench_put(b, VAL_PSI, cost(t, is_psi, times));
	bench_put(b, VAL_READING, reading_cost(t, times / 20));
	bench_put(b, VAL_SHARE, share(t, span));
	bench_put(b, VAL_SHARE_WAKE, wake_share(t, is_none, span));
	bench_put(b, VAL_SHARE_READ, wake_share(t, is_any, span));
	return 0;
}

int sampling_cost(struct bench *b, double *ret_us, struct err *err)
{
	void *state = NULL;
	int r = sampling_open(b, &state, err), times = b->quick ? 50 : 2000;

	if (r == 0) {
		struct trial *t = &((struct fixture *)state)->trial;

		/* From the first tick on they are read as samples read them. */
		tick_cost(t, 1);
		*ret_us = cost(t, is_machine, times);
	}
	close_state(b, state);
	return r;
}

const struct measure measure_sampling = {
	.name = "sampling",
	.open = sampling_open,
	.round = sampling_round,
	.close = close_state,
};
