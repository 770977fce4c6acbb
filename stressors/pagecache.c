/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * pagecache: fills the page cache from a file of its own, by io_uring. This half decides what comes
 * next: passes, write-back, drop, hold.
 */
#include "pagecache.h"

enum { COUNTER_RESIDENT, COUNTER_HOT, COUNTER_SCAN, COUNTER_PASSES };
static const struct stressor_counter counters[] = {
	[COUNTER_RESIDENT] = {"resident", UNIT_BYTES, true,
			      "bytes of the file in the page cache, counted after each pass, "
			      "write-back and drop"},
	[COUNTER_HOT] = {"hot_resident", UNIT_BYTES, true, "of these, in the hot set"},
	[COUNTER_SCAN] = {"scan_resident", UNIT_BYTES, true, "of these, behind the hot set"},
	[COUNTER_PASSES] = {"passes", UNIT_COUNT, false, "passes finished"},
	{.name = NULL},
};

static int pagecache_setup(struct worker *w)
{
	struct pagecache *s = w->state;
	const int64_t page = w->page_size;
	int code;

	s->size = (pc_opts(w)->size + page - 1) / page * page;
	s->hot = (pc_opts(w)->hot + page - 1) / page * page;
	code = pc_open(w);
	return code < 0 ? code : pc_io_setup(w);
}

static int measure(struct worker *w)
{
	struct pagecache *s = w->state;
	int64_t hot = 0, rest = 0;
	int code = pc_resident(w, 0, s->hot, &hot);

	if (code == 0)
		code = pc_resident(w, s->hot, s->size, &rest);
	if (code < 0)
		return code;
	worker_put(&w->page->counter[COUNTER_RESIDENT], hot + rest);
	worker_put(&w->page->counter[COUNTER_HOT], hot);
	worker_put(&w->page->counter[COUNTER_SCAN], rest);
	return 0;
}

static int begin(struct pagecache *s, enum pc_doing doing)
{
	s->doing = doing;
	s->at = 0;
	s->segment = 0;
	return STEP_MORE;
}

/* Nothing is under way: what is there to do? */
static int choose(struct worker *w)
{
	const struct pagecache_opts *o = pc_opts(w);
	struct pagecache *s = w->state;
	struct pc_plan plan;

	if (s->passes < o->passes ||
	    (o->passes == 0 && s->syncs >= o->sync && s->drops >= o->drop)) {
		pc_plan(o, s->size, s->hot, &plan);
		pc_segment_begin(w, &plan.segment[0]);
		return begin(s, DOING_PASS);
	}
	if (s->syncs < o->sync) {
		s->syncs++;
		return begin(s, DOING_SYNC);
	}
	if (s->drops < o->drop) {
		s->drops++;
		return begin(s, DOING_DROP);
	}
	if (o->then == THEN_AGAIN) {
		s->passes = 0;
		return begin(s, DOING_DROP);
	}
	return o->then == THEN_EXIT ? STEP_DONE : STEP_HOLD;
}

static int pass_step(struct worker *w)
{
	struct pagecache *s = w->state;
	struct pc_plan plan;
	int code;

	pc_plan(pc_opts(w), s->size, s->hot, &plan);
	code = pc_segment_step(w, &plan.segment[s->segment]);
	if (code <= 0)
		return code;
	if (++s->segment < plan.count) {
		pc_segment_begin(w, &plan.segment[s->segment]);
		return 0;
	}
	s->passes++;
	worker_add(&w->page->counter[COUNTER_PASSES], 1);
	if (pc_opts(w)->fsync == FSYNC_NONE)
		return 1;
	begin(s, DOING_SYNC);
	return 0;
}

static int pagecache_step(struct worker *w)
{
	static int (*const doing[])(struct worker *) = {
		[DOING_PASS] = pass_step,
		[DOING_SYNC] = pc_sync_step,
		[DOING_DROP] = pc_drop_step,
	};
	struct pagecache *s = w->state;
	int code;

	if (s->doing == DOING_NOTHING)
		return choose(w);
	code = doing[s->doing](w);
	if (code > 0) {
		s->doing = DOING_NOTHING;
		code = measure(w);
	}
	return code < 0 ? code : STEP_MORE;
}

static void pagecache_release(struct worker *w)
{
	pc_io_release(w);
	pc_close(w);
	for (int i = COUNTER_RESIDENT; pc_opts(w)->delete &&i <= COUNTER_SCAN; i++)
		worker_put(&w->page->counter[i], 0);
}

const struct stressor stressor_pagecache = {
	.name = "pagecache",
	.summary = "page cache of a file: reads, writes, hot sets, dirty pages, through io_uring",
	.bytes_help = "bytes read, written or touched in all",
	.uses_scratch = true,
	.options = pc_options,
	.options_size = sizeof(struct pagecache_opts),
	.counters = counters,
	.state_size = sizeof(struct pagecache),
	.check = pc_check,
	.needs_of = pc_needs,
	.footprint = pc_footprint,
	.endless = pc_endless,
	.prepare = pc_prepare,
	.setup = pagecache_setup,
	.step = pagecache_step,
	.release = pagecache_release,
};
