/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <fcntl.h>
#include <numaif.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/rseq.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/io.h"
#include "cgroup/tree.h"
#include "plan/build.h"
#include "trial/worker.h"

static void put_state(const struct worker_start *s, enum worker_state state)
{
	uint64_t one = 1;

	atomic_store(&s->page->state, state);
	if (write(s->notify, &one, sizeof(one)) < 0)
		return; /* the counter is full: the supervisor is awake already */
}

static void say_why(const struct worker_start *s, struct worker *w, int code, const char *what)
{
	s->page->error_code = code;
	if (w->err.code)
		snprintf(s->page->error_text, sizeof(s->page->error_text), "%s: %s", what,
			 w->err.text);
	else
		snprintf(s->page->error_text, sizeof(s->page->error_text), "%s: %s", what,
			 strerror(-code));
}

static _Noreturn void fail(const struct worker_start *s, struct worker *w, int code,
			   const char *what)
{
	say_why(s, w, code, what);
	put_state(s, WORKER_FAILED);
	_exit(1);
}

/*
 * The kernel writes the CPU's number into a registered struct rseq whenever it has moved the thread
 * (kernel/rseq.c:__rseq_handle_notify_resume), and sends SIGSEGV where that page cannot be had: it
 * is shared after each fork, and under injected page failures there is none to copy it to.
 */
static void forget_rseq(void)
{
	/* Since glibc 2.40 the size is that of what is in use; registered are at least 32 bytes. */
	if (__rseq_size)
		syscall(SYS_rseq, (char *)__builtin_thread_pointer() + __rseq_offset,
			MAX(__rseq_size, 32U), RSEQ_FLAG_UNREGISTER, RSEQ_SIG);
}

/* Signals, name, death with the supervisor, OOM score: what every worker needs before anything
 * else. */
static int become_worker(const struct worker_start *s, struct err *err)
{
	char name[16], adj[16];
	sigset_t none;

	/* A group of its own: Ctrl-C on the terminal is the supervisor's to handle. */
	setpgid(0, 0);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	for (int sig = 1; sig < 32; sig++)
		signal(sig, SIG_DFL);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != s->supervisor)
		_exit(1);
	forget_rseq();
	snprintf(name, sizeof(name), "mt:%s", s->name);
	prctl(PR_SET_NAME, name);
	/* The supervisor's own -1000 was inherited. Lowering needs privilege, raising does not. */
	snprintf(adj, sizeof(adj), "%lld", (long long)s->stressor->common.oom_score_adj);
	int r = file_write(AT_FDCWD, "/proc/self/oom_score_adj", adj);

	if (r < 0 && s->stressor->common.oom_score_adj < 0)
		return err_errno(err, r, "cannot set oom_score_adj to %s", adj);
	return 0;
}

static int pin_cpus(const struct worker_start *s, struct err *err)
{
	const char *text = s->stressor->common.cpus;
	unsigned char list[CPU_SETSIZE];
	cpu_set_t set;

	if (!text[0])
		return 0;
	CPU_ZERO(&set);
	if (!strcmp(text, "spread")) {
		CPU_SET(s->index % (uint32_t)sysconf(_SC_NPROCESSORS_ONLN), &set);
	} else {
		if (cpulist_parse(text, list, sizeof(list)) < 0)
			return err_set(err, -EINVAL, "bad CPU list \"%s\"", text);
		for (int i = 0; i < CPU_SETSIZE; i++)
			if (list[i])
				CPU_SET(i, &set);
	}
	if (sched_setaffinity(0, sizeof(set), &set) < 0)
		return err_errno(err, -errno, "cannot run on CPUs %s", text);
	return 0;
}

static int place_memory(const struct worker_start *s, struct err *err)
{
	static const int modes[] = {MPOL_DEFAULT, MPOL_BIND, MPOL_INTERLEAVE, MPOL_PREFERRED};
	unsigned char list[64];
	unsigned long mask = 0;

	if (!s->stressor->common.policy)
		return 0;
	if (cpulist_parse(s->stressor->common.nodes[0] ? s->stressor->common.nodes : "0", list,
			  sizeof(list)) < 0)
		return err_set(err, -EINVAL, "bad node list \"%s\"", s->stressor->common.nodes);
	for (unsigned i = 0; i < sizeof(list); i++)
		if (list[i])
			mask |= 1UL << i;
	if (set_mempolicy(modes[s->stressor->common.policy], &mask, sizeof(list) + 1) < 0)
		return err_errno(err, -errno, "cannot set the memory policy");
	return 0;
}

/* Values of live options that the supervisor changed; between steps only. */
static void take_live(struct worker *w, void *opts)
{
	int slot = 0;

	for (const struct opt *o = w->kind->options; o->name; o++)
		if (o->flags & OPT_LIVE) {
			struct err err = {0};

			opt_set_i64(o, opts, atomic_load(&w->page->live[slot++]), &err);
		}
}

/* When the next step may begin, so that bytes and operations stay at or below their rates. */
static int64_t due_ns(const struct worker *w, const struct stressor_common *c, int64_t begin,
		      int64_t bytes0)
{
	int64_t due = 0;

	if (c->rate > 0) {
		int64_t moved = atomic_load(&w->page->bytes) - bytes0;

		due = begin + (int64_t)((__int128)moved * NSEC_PER_SEC / c->rate);
	}
	if (c->ops_rate > 0) {
		int64_t ops = atomic_load(&w->page->ops);

		due = MAX(due,
			  begin + (int64_t)((__int128)ops * NSEC_PER_SEC * 1000 / c->ops_rate));
	}
	return due;
}

static void wait_until(struct worker_page *page, int64_t due)
{
	while (mono_now().ns < due) {
		uint32_t seen = atomic_load(&page->command);

		if (seen & COMMAND_STOP)
			return;
		futex_wait(&page->command, seen, nsec(due));
	}
}

/* Asleep with all that is held, until the command word changes. */
static void hold(const struct worker_start *s, uint32_t seen)
{
	put_state(s, WORKER_HOLDING);
	while (atomic_load(&s->page->command) == seen)
		futex_wait(&s->page->command, seen, nsec(0));
	if (!(atomic_load(&s->page->command) & COMMAND_STOP))
		put_state(s, WORKER_RUNNING);
}

/* A step that failed ends the worker, or is counted; a while later the next one is tried. */
static int forgive(const struct worker_start *s, struct worker *w, int code)
{
	if (s->stressor->common.tolerate != TOLERATE_ERRORS)
		fail(s, w, code, "step");
	/* The first one is kept for whoever asks what they were. */
	if (!atomic_load(&w->page->errors))
		say_why(s, w, code, "first of its errors");
	worker_add(&w->page->errors, 1);
	err_clear(&w->err);
	wait_until(w->page, mono_now().ns + NSEC_PER_MSEC);
	return STEP_MORE;
}

static void step_loop(const struct worker_start *s, struct worker *w, void *opts, uint32_t seen,
		      struct yardstick *yard)
{
	const struct stressor_common *c = &s->stressor->common;
	int64_t begin = mono_now().ns, before = begin, after;
	int64_t bytes0 = atomic_load(&w->page->bytes);

	atomic_store(&w->page->begin_ns, begin);
	if (yard->page)
		yard_begin(yard, begin, atomic_load(&w->page->ops));
	take_live(w, opts); /* a phase may have set one before this worker was started */
	for (;;) {
		uint32_t command = atomic_load_explicit(&w->page->command, memory_order_acquire);

		if (command & COMMAND_STOP)
			return;
		if (command != seen)
			take_live(w, opts);
		seen = command;
		int r = w->kind->step(w);

		after = mono_now().ns;
		hist_add(&w->page->step_ns, (uint64_t)(after - before));
		atomic_store_explicit(&w->page->end_ns, after, memory_order_relaxed);
		if (r < 0)
			r = forgive(s, w, r);
		if (r == STEP_DONE)
			return;
		/* A step begins where the last one ended: the clock is half of what the loop costs.
		 */
		before = after;
		if (yard->page && yard_step(yard, after, atomic_load(&w->page->ops)))
			before = mono_now().ns;
		if (r == STEP_HOLD)
			hold(s, seen);
		else if (c->rate > 0 || c->ops_rate > 0)
			wait_until(w->page, due_ns(w, c, begin, bytes0));
		else
			continue;
		before = mono_now().ns;
	}
}

static uint32_t barrier(const struct worker_start *s)
{
	put_state(s, WORKER_READY);
	for (;;) {
		uint32_t seen = atomic_load(&s->page->command);

		if (seen & (COMMAND_RUN | COMMAND_STOP))
			return seen;
		futex_wait(&s->page->command, seen, nsec(0));
	}
}

static int into_group(const struct worker_start *s, int fd, const char *what, struct err *err)
{
	int r = fd < 0 ? 0 : tree_enter(fd, s->version);

	return r < 0 ? err_errno(err, r, "cannot enter the %s group", what) : 0;
}

/*
 * All that the loop writes to, made present before the baseline: a page that is copied on its first
 * write after the barrier would be charged to the group as if it were the stressor's.
 */
static void *make_room(const struct worker_start *s, struct worker *w)
{
	const struct stressor *kind = s->stressor->kind;
	size_t opts = (kind->options_size + 63) & ~(size_t)63;
	volatile char stack[64 * 1024];
	char *room = mmap(NULL, opts + kind->state_size + 64, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);

	if (room == MAP_FAILED)
		return NULL;
	for (size_t i = 0; i < sizeof(stack); i += 1024)
		stack[i] = 0;
	memcpy(room, s->stressor->opts, kind->options_size);
	w->opts = room;
	w->state = room + opts;
	return room;
}

/* Its memory is there before the baseline, too, and the shared page, empty yet, is mapped. */
static int make_yardstick(const struct worker_start *s, struct yardstick *y)
{
	volatile char *page = (volatile char *)s->yard;

	if (!y->page)
		return 0;
	y->memory = mmap(NULL, YARD_MEMORY, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
	if (y->memory == MAP_FAILED)
		return -ENOMEM;
	for (size_t i = 0; i < sizeof(*s->yard); i += 1024)
		page[i] = 0;
	return 0;
}

/* A hundredth of a second's: a rate that is looked at for a second is 1 % off at most. */
static int64_t most_ops(const struct stressor_common *c)
{
	return c->ops_rate > 0 ? MAX(c->ops_rate / 1000 / 100, 1) : 0;
}

_Noreturn void worker_main(const struct worker_start *s)
{
	struct worker w = {
		.kind = s->stressor->kind,
		.page = s->page,
		.index = s->index,
		.count = (uint32_t)s->stressor->n_workers,
		.seed = s->seed,
		.scratch = s->scratch,
		.page_size = s->page_size,
		.most_ops = most_ops(&s->stressor->common),
	};
	struct yardstick yard = {.page = s->yard, .every = 1};
	uint32_t seen;
	void *opts;
	int r;

	put_state(s, WORKER_PREPARE);
	if ((r = become_worker(s, &w.err)) < 0 || (r = pin_cpus(s, &w.err)) < 0 ||
	    (r = place_memory(s, &w.err)) < 0)
		fail(s, &w, r, "start");
	opts = make_room(s, &w);
	if (!opts || make_yardstick(s, &yard) < 0)
		fail(s, &w, -ENOMEM, "start");
	if (w.kind->prepare) {
		if ((r = into_group(s, s->drain_fd, "drain", &w.err)) < 0 ||
		    (r = w.kind->prepare(&w)) < 0)
			fail(s, &w, r, "prepare");
	}
	if ((r = into_group(s, s->group_fd, "stressor's", &w.err)) < 0)
		fail(s, &w, r, "start");
	if (w.kind->setup && (r = w.kind->setup(&w)) < 0) {
		if (w.kind->release)
			w.kind->release(&w);
		fail(s, &w, r, "set-up");
	}
	seen = barrier(s);
	if (!(seen & COMMAND_STOP)) {
		put_state(s, WORKER_RUNNING);
		wait_until(s->page, mono_now().ns + s->stressor->common.start_delay);
		step_loop(s, &w, opts, seen, &yard);
	}
	if (w.kind->release)
		w.kind->release(&w);
	put_state(s, WORKER_DONE);
	_exit(0);
}

void worker_corrupt(struct worker *w, const void *addr, int64_t offset, uint64_t want, uint64_t got)
{
	struct worker_page *p = w->page;

	if (atomic_fetch_add(&p->corrupt, 1) > 0)
		return;
	p->corrupt_addr = (uint64_t)(uintptr_t)addr;
	p->corrupt_offset = offset;
	p->corrupt_want = want;
	p->corrupt_got = got;
}
