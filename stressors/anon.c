/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * anon: private anonymous memory. The mapping is made before the barrier and costs address space
 * only; steps touch it, so that each page is one minor fault and one charge.
 */
#include <errno.h>
#include <sys/mman.h>

#include "area.h"
#include "base/cleanup.h"
#include "pattern.h"

enum then { THEN_HOLD, THEN_RETOUCH, THEN_CHURN, THEN_EXIT, THEN_HOLES };
static const char *const then_words[] = {"hold", "retouch", "churn", "exit", "holes", NULL};

enum advice { ADVICE_NONE, ADVICE_FREE, ADVICE_PAGEOUT, ADVICE_COLD };
static const char *const advice_words[] = {"none", "free", "pageout", "cold", NULL};

/* What madvise(2) calls the words above; all since 5.4 or earlier. */
static const struct advice_row {
	int number;
	const char *name;
} advices[] = {
	[ADVICE_FREE] = {MADV_FREE, "MADV_FREE"},
	[ADVICE_PAGEOUT] = {MADV_PAGEOUT, "MADV_PAGEOUT"},
	[ADVICE_COLD] = {MADV_COLD, "MADV_COLD"},
};

struct anon_opts {
	int64_t size, target, step;
	int64_t pattern, stride;
	int64_t then, thp, technique;
	int64_t verify, fill, advice, map;
};

enum map { MAP_EARLY, MAP_LATE };
static const char *const map_words[] = {"early", "late", NULL};

#define OPT(field) .name = #field, .offset = offsetof(struct anon_opts, field)

static const struct opt options[] = {
	{OPT(size), .type = OPT_SIZE, .min = 1, .max = AREA_SIZE_MAX, .flags = OPT_REQUIRED,
	 .help = "bytes to map, and to touch unless `target` says less"},
	{OPT(target), .type = OPT_SIZE, .def = AREA_TARGET_ALL, .flags = OPT_LIVE,
	 .help = "bytes to hold now, at most `size`; whole (huge) pages, given back from the end"},
	{OPT(step), .type = OPT_SIZE, .min = 1, .max = GIB, .def = "1M",
	 .help = "bytes touched in one step: the worker can be stopped between steps"},
	{OPT(pattern), .type = OPT_ENUM, .words = area_order_words, .def = "seq",
	 .help = "the order in which pages are touched, and given back from its end"},
	{OPT(stride), .type = OPT_SIZE, .min = 1, .max = AREA_SIZE_MAX, .def = "64K",
	 .help = "distance from one touch to the next with `pattern: stride`"},
	{OPT(then), .type = OPT_ENUM, .words = then_words, .def = "hold",
	 .help = "at the target: sleep, write every page again and again, free and touch again "
		 "for ever, end, or give one page of each two back and sleep (holes: what is free "
		 "is in pieces then)"},
	{OPT(thp), .type = OPT_ENUM, .words = area_thp_words, .def = "off",
	 .help = "transparent huge pages: never, aligned and advised, or as the system does it"},
	{OPT(technique), .type = OPT_ENUM, .words = area_technique_words, .def = "auto",
	 .help = "a fault for each page; MADV_POPULATE_WRITE of a step; or a huge page that is "
		 "split "
		 "into small ones at once (split: three times as fast, but one fault for all of "
		 "them); auto populates where it can (seq, no verify, 5.14 and later)"},
	{OPT(verify), .type = OPT_BOOL, .def = "no",
	 .help = "fresh pages must be zero, and whole pages keep what was written, until released"},
	{OPT(fill), .type = OPT_ENUM, .words = area_fill_words, .def = "byte",
	 .help = "write 8 bytes of each page, its first half, or all of it, with data that does "
		 "not compress (verify makes byte full)"},
	{OPT(advice), .type = OPT_ENUM, .words = advice_words, .def = "none",
	 .help = "madvise given for all of it each time the target is reached (pageout needs "
		 "swap)"},
	{OPT(map), .type = OPT_ENUM, .words = map_words, .def = "early",
	 .help = "early: mapped before the baseline; late: in the first step"},
	OPT_END,
};

enum { TOUCHED, FREED, PASSES, MAPPED };
static const struct stressor_counter counters[] = {
	[TOUCHED] = {"touched", UNIT_PAGES, false, "pages touched, each time anew"},
	[FREED] = {"freed", UNIT_PAGES, false, "pages given back while it ran"},
	[PASSES] = {"passes", UNIT_COUNT, false, "times that retouch or churn went through"},
	[MAPPED] = {"mapped", UNIT_BYTES, true, "bytes of address space mapped"},
	{.name = NULL},
};

struct anon_state {
	struct area area;
	int64_t advised; /* bytes advised since the target was reached */
	int64_t punched; /* holes: of each pair of units below this one (even) one is given back */
	bool emptying;	 /* churn: on the way down */
};

static int anon_check(const void *opts, struct err *err)
{
	const struct anon_opts *o = opts;

	if (o->verify && o->advice == ADVICE_FREE)
		return err_set_class(err, ERR_USAGE, -EINVAL,
				     "verify: yes and advice: free do not go together: MADV_FREE "
				     "lets the kernel drop what was written");
	if (o->technique == TECHNIQUE_SPLIT && (o->thp != THP_OFF || o->pattern != ORDER_SEQ))
		return err_set_class(err, ERR_USAGE, -EINVAL,
				     "technique: split makes small pages in order: it wants thp: "
				     "off and pattern: seq");
	if (o->then == THEN_HOLES && o->pattern != ORDER_SEQ)
		return err_set_class(err, ERR_USAGE, -EINVAL,
				     "then: holes wants pattern: seq, so that neighbours in memory "
				     "are neighbours in the mapping");
	return 0;
}

static needs_t anon_needs(const void *opts)
{
	return ((const struct anon_opts *)opts)->thp == THP_ON ? NEED_THP : 0;
}

static void anon_footprint(const void *opts, struct footprint *ret)
{
	const struct anon_opts *o = opts;
	/* A neighbouring mapping may merge with ours, and a huge page then reach over its ends. */
	int64_t over = o->thp == THP_OFF ? page_size() : 2 * area_huge_page(page_size());

	*ret = (struct footprint){.memory = o->size + over + area_tables(o->size)};
}

static bool anon_endless(const void *opts)
{
	const struct anon_opts *o = opts;

	return o->then == THEN_RETOUCH || o->then == THEN_CHURN;
}

static int map_area(struct worker *w)
{
	const struct anon_opts *o = w->opts;
	struct anon_state *s = w->state;
	struct area_spec spec = {
		.size = o->size,
		.page = w->page_size,
		.seed = w->seed,
		.order = (enum area_order)o->pattern,
		.stride = o->stride,
		.thp = (enum area_thp)o->thp,
		.technique = (enum area_technique)o->technique,
		.fill = (enum area_fill)o->fill,
		.verify = o->verify,
	};
	int r = area_map(&s->area, &spec, &w->err);

	if (!r)
		worker_put(&w->page->counter[MAPPED], (int64_t)s->area.mapping_len);
	return r;
}

static int anon_setup(struct worker *w)
{
	return ((const struct anon_opts *)w->opts)->map == MAP_LATE ? 0 : map_area(w);
}

static void count_touches(struct worker *w, int64_t pages)
{
	worker_add(&w->page->ops, pages);
	worker_add(&w->page->counter[TOUCHED], pages);
}

/* Bytes of the next step. */
static int64_t step_of(const struct worker *w)
{
	const struct anon_opts *o = w->opts;

	return worker_most(w, MAX(o->step / w->page_size, 1)) * w->page_size;
}

/* One step towards a number of units in memory. */
static int move(struct worker *w, int64_t target)
{
	const struct anon_opts *o = w->opts;
	struct anon_state *s = w->state;
	int64_t pages, holes = s->punched / 2;

	s->advised = 0;
	if (s->area.held < target) {
		count_touches(w, area_grow(&s->area, target, step_of(w)));
		return STEP_MORE;
	}
	pages = area_shrink(&s->area, target, o->step, &w->err);
	if (pages < 0)
		return (int)pages;
	s->punched = MIN(s->punched, s->area.held);
	/* The holes were given back before. */
	pages -= (holes - s->punched / 2) * (s->area.unit / s->area.page);
	worker_add(&w->page->counter[FREED], pages);
	return STEP_MORE;
}

static int advise(struct worker *w)
{
	const struct anon_opts *o = w->opts;
	struct anon_state *s = w->state;
	int64_t len = MIN(MAX(o->step / s->area.unit, 1) * s->area.unit, s->area.size - s->advised);
	const struct advice_row *row = &advices[o->advice];

	if (madvise(s->area.base + s->advised, (size_t)len, row->number))
		return err_errno(&w->err, -errno, "madvise %s of %lld bytes", row->name,
				 (long long)len);
	s->advised += len;
	return STEP_MORE;
}

static int retouch(struct worker *w)
{
	struct anon_state *s = w->state;

	count_touches(w, area_rewrite(&s->area, step_of(w)));
	if (s->area.cursor >= s->area.held)
		worker_add(&w->page->counter[PASSES], 1);
	return STEP_MORE;
}

/*
 * Which of a pair of units, the first one given, is the hole: by chance. Were it always the odd
 * one, compaction would often not see holes at all, as it looks at every 2nd, 4th ... page after a
 * block without a free one (mm/compaction.c:isolate_freepages, stride).
 */
static int64_t hole_of(const struct anon_state *s, int64_t first)
{
	return first + (int64_t)(pattern_random(s->area.seed, (uint64_t)first) & 1);
}

/* Give one of each of the next pairs of units back. */
static int punch(struct worker *w)
{
	const struct anon_opts *o = w->opts;
	struct anon_state *s = w->state;
	int64_t unit = s->area.unit;
	int64_t end = MIN(s->punched + MAX(o->step / unit, 2), s->area.held);

	for (; s->punched + 1 < end; s->punched += 2) {
		if (madvise(s->area.base + hole_of(s, s->punched) * unit, (size_t)unit,
			    MADV_DONTNEED))
			return err_errno(&w->err, -errno, "madvise MADV_DONTNEED of %lld bytes",
					 (long long)unit);
		worker_add(&w->page->counter[FREED], unit / s->area.page);
	}
	return STEP_MORE;
}

/* The target is reached. */
static int settle(struct worker *w)
{
	const struct anon_opts *o = w->opts;
	struct anon_state *s = w->state;

	if (o->advice && s->advised < s->area.size)
		return advise(w);
	if (o->then == THEN_EXIT)
		return STEP_DONE;
	if (o->then == THEN_HOLES && s->punched + 1 < s->area.held)
		return punch(w);
	if (o->then == THEN_HOLD || o->then == THEN_HOLES || !s->area.held)
		return STEP_HOLD;
	if (o->then == THEN_RETOUCH)
		return retouch(w);
	s->emptying = true;
	return STEP_MORE;
}

static int anon_step(struct worker *w)
{
	const struct anon_opts *o = w->opts;
	struct anon_state *s = w->state;
	int64_t target;
	int r = s->area.base ? 0 : map_area(w);

	if (r)
		return r;
	target = area_units(&s->area, o->target);
	if (s->emptying && !s->area.held) {
		s->emptying = false;
		worker_add(&w->page->counter[PASSES], 1);
	}
	if (s->emptying)
		target = 0;
	/* Pairs of units come and go together. */
	if (o->then == THEN_HOLES)
		target = MIN(target + (target & 1), s->area.units);
	r = s->area.held == target ? settle(w) : move(w, target);
	worker_put(&w->page->bytes, s->area.bytes - s->punched / 2 * s->area.unit);
	area_report(w, &s->area.fault);
	return r;
}

static void anon_release(struct worker *w)
{
	struct anon_state *s = w->state;

	if (s->area.verify) {
		for (int64_t i = 0; i < s->punched; i += 2) {
			int64_t kept = i + (hole_of(s, i) == i);

			area_check(&s->area, kept, kept + 1);
		}
		area_check(&s->area, s->punched, s->area.held);
		area_report(w, &s->area.fault);
	}
	area_unmap(&s->area);
	worker_put(&w->page->bytes, 0);
	worker_put(&w->page->counter[MAPPED], 0);
}

const struct stressor stressor_anon = {
	.name = "anon",
	.summary = "anonymous memory: fill, hold, write again, churn",
	.bytes_help = "bytes in memory now, as touched",
	.options = options,
	.options_size = sizeof(struct anon_opts),
	.counters = counters,
	.state_size = sizeof(struct anon_state),
	.check = anon_check,
	.needs_of = anon_needs,
	.footprint = anon_footprint,
	.endless = anon_endless,
	.setup = anon_setup,
	.step = anon_step,
	.release = anon_release,
};
