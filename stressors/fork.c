/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * fork: copy-on-write. The worker fills memory and forks; each child writes a share of the pages,
 * and every page written is copied for that child alone.
 */
#include <errno.h>

#include "area.h"
#include "base/cleanup.h"

enum then { THEN_HOLD, THEN_CHURN, THEN_EXIT };
static const char *const then_words[] = {"hold", "churn", "exit", NULL};

struct fork_opts {
	int64_t size, step, children, share, then, verify;
};

#define OPT(field) .name = #field, .offset = offsetof(struct fork_opts, field)
#define ALL	   100000 /* of an OPT_PERCENT */

static const struct opt options[] = {
	{OPT(size), .type = OPT_SIZE, .min = 1, .max = AREA_SIZE_MAX, .flags = OPT_REQUIRED,
	 .help = "bytes that the worker fills before it forks"},
	{OPT(step), .type = OPT_SIZE, .min = 1, .max = GIB, .def = "1M",
	 .help = "bytes filled in one step: the worker can be stopped between steps"},
	{OPT(children), .type = OPT_COUNT, .min = 1, .max = MATE_MAX, .def = "1",
	 .help = "children alive at the same time"},
	{OPT(share), .type = OPT_PERCENT, .min = 0, .max = ALL, .def = "100%",
	 .help = "share of the pages that each child writes, from the beginning; rounded down"},
	{OPT(then), .type = OPT_ENUM, .words = then_words, .def = "hold",
	 .help = "with all pages written: keep the children, end them and fork again for ever, or "
		 "end"},
	{OPT(verify), .type = OPT_BOOL, .def = "no",
	 .help = "children must see the worker's data and keep their own, the worker must keep "
		 "its own"},
	OPT_END,
};

enum { BROKEN, FORKS, CRASHED };
static const struct stressor_counter counters[] = {
	[BROKEN] = {"broken", UNIT_PAGES, false, "pages that children wrote, hence copied"},
	[FORKS] = {"forks", UNIT_COUNT, false, "children forked"},
	[CRASHED] = {"crashed", UNIT_COUNT, false,
		     "children that were ended by a signal, an OOM kill too"},
	{.name = NULL},
};

struct fork_state {
	struct area area;
	struct mate mates[MATE_MAX];
	int mates_n, waiting; /* children there are; the first `waiting` have not answered yet */
	int told_n;	      /* of them were told to write */
};

static int64_t share_of(const struct area *a, const struct fork_opts *o)
{
	return (int64_t)((__int128)a->units * o->share / ALL);
}

static void fork_footprint(const void *opts, struct footprint *ret)
{
	const struct fork_opts *o = opts;
	int64_t each = o->size + page_size() + area_tables(o->size);
	int64_t copied = (int64_t)((__int128)o->size * o->share / ALL) + page_size();
	int64_t child = copied + area_tables(o->size) + MATE_FOOTPRINT;

	*ret = (struct footprint){.memory = each + o->children * child};
}

static bool fork_endless(const void *opts)
{
	return ((const struct fork_opts *)opts)->then == THEN_CHURN;
}

/* The child writes positions 0 .. to-1 of its copy of the memory, once. */
static void mate_serve(int fd, void *arg)
{
	struct area *a = arg;
	struct mate_note note;

	/* Its own salt: what one child writes must not be seen by another. */
	a->salt = (uint64_t)getpid();
	while (mate_take(fd, &note)) {
		if (a->verify)
			area_check(a, 0, a->held);
		while (a->cursor < note.to)
			note.pages += area_rewrite(a, (note.to - a->cursor) * a->unit);
		if (a->verify)
			area_check(a, 0, a->held);
		note.fault = a->fault;
		a->fault = (struct area_fault){0};
		if (!mate_answer(fd, &note))
			break;
	}
}

static int fork_setup(struct worker *w)
{
	const struct fork_opts *o = w->opts;
	struct fork_state *s = w->state;
	struct area_spec spec = {
		.size = o->size,
		.page = w->page_size,
		.seed = w->seed,
		.verify = o->verify,
	};

	return area_map(&s->area, &spec, &w->err);
}

/* One more child a step; once all are there, they are told to write, so that they do it together.
 */
static int start_child(struct worker *w)
{
	struct fork_state *s = w->state;
	int r = mate_start(&s->mates[s->mates_n], mate_serve, &s->area, &w->err);

	if (r)
		return r;
	s->mates_n++;
	worker_add(&w->page->ops, 1);
	worker_add(&w->page->counter[FORKS], 1);
	return STEP_MORE;
}

static int tell(struct worker *w)
{
	struct fork_state *s = w->state;
	struct mate_note note = {.to = share_of(&s->area, w->opts)};

	/* Where it failed it goes on: nobody is told twice. */
	for (; s->told_n < s->mates_n; s->told_n++) {
		int r = mate_send(&s->mates[s->told_n], &note, &w->err);

		if (r)
			return r;
	}
	s->waiting = s->mates_n;
	return STEP_MORE;
}

static int await(struct worker *w)
{
	struct fork_state *s = w->state;
	struct mate_note note;
	int r = mate_receive(&s->mates[s->waiting - 1], &note, 50, &w->err);

	if (!r)
		return STEP_MORE;
	s->waiting--; /* also after an error: its answer is lost, or it is gone */
	if (r < 0)
		return r;
	worker_add(&w->page->counter[BROKEN], note.pages);
	worker_add(&w->page->bytes, note.pages * s->area.page);
	area_report(w, &note.fault);
	if (!s->waiting && s->area.verify)
		area_check(&s->area, 0, s->area.held);
	return STEP_MORE;
}

static void end_children(struct worker *w)
{
	struct fork_state *s = w->state;

	for (int i = 0; i < s->mates_n; i++) {
		if (!mate_end(&s->mates[i]))
			worker_add(&w->page->errors, 1);
		worker_add(&w->page->counter[CRASHED], s->mates[i].signal != 0);
	}
	s->mates_n = s->waiting = 0;
	s->told_n = 0;
	worker_put(&w->page->bytes, s->area.bytes);
}

static int settle(struct worker *w)
{
	const struct fork_opts *o = w->opts;

	if (o->then == THEN_HOLD)
		return STEP_HOLD;
	if (o->then == THEN_EXIT)
		return STEP_DONE;
	end_children(w);
	return STEP_MORE;
}

static int advance(struct worker *w)
{
	const struct fork_opts *o = w->opts;
	struct fork_state *s = w->state;

	if (s->area.held < s->area.units) {
		area_grow(&s->area, s->area.units, o->step);
		worker_put(&w->page->bytes, s->area.bytes);
		return STEP_MORE;
	}
	if (s->mates_n < o->children)
		return start_child(w);
	if (s->told_n < s->mates_n)
		return tell(w);
	return s->waiting ? await(w) : settle(w);
}

static int fork_step(struct worker *w)
{
	struct fork_state *s = w->state;
	int r = advance(w);

	area_report(w, &s->area.fault);
	return r;
}

static void fork_release(struct worker *w)
{
	struct fork_state *s = w->state;

	end_children(w);
	if (s->area.verify) {
		area_check(&s->area, 0, s->area.held);
		area_report(w, &s->area.fault);
	}
	area_unmap(&s->area);
	worker_put(&w->page->bytes, 0);
}

const struct stressor stressor_fork = {
	.name = "fork",
	.summary = "copy-on-write: children write what they share with the worker",
	.bytes_help = "bytes in memory now: the worker's, and the children's own copies",
	.options = options,
	.options_size = sizeof(struct fork_opts),
	.counters = counters,
	.state_size = sizeof(struct fork_state),
	.footprint = fork_footprint,
	.endless = fork_endless,
	.setup = fork_setup,
	.step = fork_step,
	.release = fork_release,
};
