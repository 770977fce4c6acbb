/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * failnth: a set-up call whose first allocation fails, then its second, its third ... until it gets
 * through (Documentation/fault-injection/fault-injection.rst, /proc/<pid>/fail-nth); and that again
 * and again, so that an object leaked by a failure shows in the group's kernel memory. What counts
 * as an allocation is the machine's to set: the fault fail_nth does, and counts with the kernel.
 */
#include <errno.h>
#include <fcntl.h>
#include <sys/prctl.h>

#include "base/cleanup.h"
#include "base/io.h"
#include "failnth.h"
#include "stressor.h"

#define DEPTH_MAX 5000 /* no call allocates as often */

struct failnth_opts {
	int64_t call, rounds;
};

#define OPT(field) .name = #field, .offset = offsetof(struct failnth_opts, field)

static const struct opt options[] = {
	{OPT(call), .type = OPT_ENUM, .words = nth_call_words, .flags = OPT_REQUIRED,
	 .help = "the call that fails"},
	{OPT(rounds), .type = OPT_COUNT, .min = 1, .max = 1000000, .def = "20",
	 .help = "sweeps, each until the call gets through"},
	OPT_END,
};

enum { DEPTH, INJECTED, WRONG, LEAKED, SURVIVED, ROUNDS };
static const struct stressor_counter counters[] = {
	[DEPTH] = {"depth", UNIT_COUNT, true, "the n at which the call got through, last time"},
	[INJECTED] = {"injected", UNIT_COUNT, false, "faults injected"},
	[WRONG] = {"wrong", UNIT_COUNT, false, "errors that the call may not give"},
	[LEAKED] = {"leaked", UNIT_COUNT, false, "descriptors and mappings left behind"},
	[SURVIVED] = {"survived", UNIT_COUNT, false, "faults in spite of which the call succeeded"},
	[ROUNDS] = {"rounds", UNIT_COUNT, false, "sweeps done"},
	{.name = NULL},
};

struct failnth_state {
	struct nth_sweep sweep;
	bool opened;
};

static needs_t failnth_needs(const void *opts)
{
	return nth_calls[((const struct failnth_opts *)opts)->call].needs;
}

static void failnth_footprint(const void *opts, struct footprint *ret)
{
	(void)opts;
	/* The largest is a child process; what a call leaks is for the checks, not for the fuse. */
	*ret = (struct footprint){.memory = 4 * MIB};
}

static void begin(struct failnth_state *s)
{
	*s = (struct failnth_state){
		.sweep = {.place = {-1, -1}, .nth = -1, .fds = -1, .maps = -1, .n = 1},
		.opened = true,
	};
}

static int open_sweep(struct nth_sweep *s, struct err *err)
{
	int r = s->call->open ? s->call->open(&s->place) : 0;

	if (r < 0)
		return err_errno(err, r, "%s: no place for what it makes", s->call->name);
	s->nth = open("/proc/thread-self/fail-nth", O_RDWR | O_CLOEXEC);
	s->fds = dir_open(AT_FDCWD, "/proc/self/fd");
	s->maps = file_open(AT_FDCWD, "/proc/self/maps");
	if (s->nth < 0 || s->fds < 0 || s->maps < 0)
		return err_set(err, -ENOENT, "cannot open fail-nth, fd and maps of this process");
	return nth_count(s, &s->had_fds, &s->had_maps, err);
}

/* The first call may leave something for good: before the baseline, and with no fault. */
static int failnth_setup(struct worker *w)
{
	const struct failnth_opts *o = w->opts;
	struct failnth_state *s = w->state;
	struct nth_result first;
	int r;

	begin(s);
	s->sweep.call = &nth_calls[o->call];
	/* One huge page less to try for would be another number of allocations. */
	prctl(PR_SET_THP_DISABLE, 1, 0, 0, 0);
	r = open_sweep(&s->sweep, &w->err);
	if (!r)
		r = nth_try(&s->sweep, 0, &first, &w->err);
	if (!r && (first.code || first.leaked_fds || first.leaked_maps))
		r = nth_blame(&s->sweep, 0, &first, &w->err);
	return r;
}

static int judge(struct worker *w, const struct nth_result *r)
{
	const struct failnth_state *s = w->state;

	worker_add(&w->page->ops, 1);
	worker_add(&w->page->errors, r->code != 0);
	worker_add(&w->page->counter[INJECTED], r->injected);
	worker_add(&w->page->counter[SURVIVED], r->injected && !r->code);
	worker_add(&w->page->counter[WRONG], r->wrong);
	worker_add(&w->page->counter[LEAKED], r->leaked_fds + r->leaked_maps);
	if (r->wrong || r->leaked_fds || r->leaked_maps)
		return nth_blame(&s->sweep, s->sweep.n, r, &w->err);
	return 0;
}

static int failnth_step(struct worker *w)
{
	const struct failnth_opts *o = w->opts;
	struct failnth_state *s = w->state;
	struct nth_result result;
	int r;

	if (atomic_load(&w->page->counter[ROUNDS]) >= o->rounds)
		return STEP_HOLD;
	r = nth_try(&s->sweep, s->sweep.n, &result, &w->err);
	if (!r)
		r = judge(w, &result);
	if (r)
		return r;
	if (result.injected) {
		if (s->sweep.n++ < DEPTH_MAX)
			return STEP_MORE;
		return err_set(&w->err, -ELOOP,
			       "%s does not get through: %d faults one after the other",
			       s->sweep.call->name, DEPTH_MAX);
	}
	/* Every call here allocates something that may sleep. */
	if (s->sweep.n == 1)
		return err_set(&w->err, -ENODATA,
			       "%s got through with no fault at all: its sweep needs "
			       "\"faults: { fail_nth: ... }\" in the phase",
			       s->sweep.call->name);
	worker_put(&w->page->counter[DEPTH], s->sweep.n);
	worker_add(&w->page->counter[ROUNDS], 1);
	s->sweep.n = 1;
	return STEP_MORE;
}

static void failnth_release(struct worker *w)
{
	struct failnth_state *s = w->state;

	if (!s->opened)
		return;
	nth_close(&s->sweep.place);
	close_fd(&s->sweep.nth);
	close_fd(&s->sweep.fds);
	close_fd(&s->sweep.maps);
}

const struct stressor stressor_failnth = {
	.name = "failnth",
	.summary = "a call that fails at its first, second, third ... allocation",
	.bytes_help = "always 0",
	.needs = NEED_ROOT | NEED_FAIL_NTH,
	.options = options,
	.options_size = sizeof(struct failnth_opts),
	.counters = counters,
	.state_size = sizeof(struct failnth_state),
	.needs_of = failnth_needs,
	.footprint = failnth_footprint,
	.setup = failnth_setup,
	.step = failnth_step,
	.release = failnth_release,
};
