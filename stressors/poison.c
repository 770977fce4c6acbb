/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * poison: memory that goes bad. A page of the worker's is poisoned: it must get SIGBUS for exactly
 * the address it touches, drop the page, and go on with a new one (hard); or the page is taken out
 * while it works, and no byte of it may change (soft). The machine has a page less for good.
 */
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>

#include "area.h"
#include "base/cleanup.h"

#ifndef MADV_HWPOISON
#define MADV_HWPOISON 100 /* include/uapi/asm-generic/mman-common.h */
#endif
#ifndef MADV_SOFT_OFFLINE
#define MADV_SOFT_OFFLINE 101
#endif

enum how { HOW_HARD, HOW_SOFT };
static const char *const how_words[] = {"hard", "soft", NULL};

struct poison_opts {
	int64_t size, step, how, pages;
};

#define OPT(field) .name = #field, .offset = offsetof(struct poison_opts, field)

static const struct opt options[] = {
	{OPT(size), .type = OPT_SIZE, .min = 1, .max = AREA_SIZE_MAX, .flags = OPT_REQUIRED,
	 .help = "bytes to fill, and to verify when pages are gone and until released"},
	{OPT(step), .type = OPT_SIZE, .min = 1, .max = GIB, .def = "1M",
	 .help = "bytes filled in one step: the worker can be stopped between steps"},
	{OPT(how), .type = OPT_ENUM, .words = how_words, .def = "hard",
	 .help = "MADV_HWPOISON, which loses the page's content and signals; MADV_SOFT_OFFLINE, "
		 "which moves it"},
	{OPT(pages), .type = OPT_COUNT, .min = 1, .max = 4096, .def = "1",
	 .help = "pages of the machine to take out, one after the other"},
	OPT_END,
};

enum { POISONED, SIGNALLED, MISPLACED, SILENT };
static const struct stressor_counter counters[] = {
	[POISONED] = {"poisoned", UNIT_PAGES, false, "pages of the machine taken out"},
	[SIGNALLED] = {"sigbus", UNIT_COUNT, false, "signals for touching a poisoned page"},
	[MISPLACED] = {"misplaced", UNIT_COUNT, false,
		       "signals with another code or address than the poisoned page's"},
	[SILENT] = {"silent", UNIT_COUNT, false, "poisoned pages that could be touched"},
	{.name = NULL},
};

/* What the handler says, and where it jumps to. */
struct bus_error {
	sigjmp_buf back;
	volatile int code;
	void *volatile addr;
};

struct poison_state {
	struct area area;
	struct bus_error bus;
	bool handling;
	struct sigaction before;
};

/* A handler has no other way to its worker: a process has one, and one thread. */
static struct bus_error *volatile handled;

static void bus_error(int sig, siginfo_t *info, void *context)
{
	struct bus_error *bus = handled;

	(void)sig;
	(void)context;
	bus->code = info->si_code;
	bus->addr = info->si_addr;
	siglongjmp(bus->back, 1);
}

static void poison_footprint(const void *opts, struct footprint *ret)
{
	const struct poison_opts *o = opts;
	int64_t lost = o->pages * page_size();

	*ret = (struct footprint){.memory = o->size + page_size() + area_tables(o->size) + lost};
}

static int poison_setup(struct worker *w)
{
	const struct poison_opts *o = w->opts;
	struct poison_state *s = w->state;
	struct sigaction sa = {.sa_sigaction = bus_error, .sa_flags = SA_SIGINFO};
	struct area_spec spec = {
		.size = o->size,
		.page = w->page_size,
		.seed = w->seed,
		.verify = true,
	};

	if (sigaction(SIGBUS, &sa, &s->before))
		return err_errno(&w->err, -errno, "handling SIGBUS");
	s->handling = true;
	handled = &s->bus;
	return area_map(&s->area, &spec, &w->err);
}

static bool is_memory_error(int code)
{
	return code == BUS_MCEERR_AR || code == BUS_MCEERR_AO;
}

/*
 * Poisoning signals at once where the kernel takes it for an access of ours (MF_ACTION_REQUIRED in
 * mm/madvise.c), with the address of the page; so the call may end by a jump.
 */
static int poison_page(struct worker *w, unsigned char *page, int advice)
{
	struct poison_state *s = w->state;

	if (sigsetjmp(s->bus.back, 1)) {
		if (!is_memory_error(s->bus.code) || s->bus.addr != page)
			worker_add(&w->page->counter[MISPLACED], 1);
		return 0;
	}
	return madvise(page, (size_t)w->page_size, advice) ? -errno : 0;
}

/* Not at the page's first byte, so that the address is known to be that of the access. */
static void touch_poisoned(struct worker *w, unsigned char *page)
{
	volatile unsigned char *at = page + w->page_size / 2 + 1;
	struct poison_state *s = w->state;

	if (sigsetjmp(s->bus.back, 1)) {
		worker_add(&w->page->counter[SIGNALLED], 1);
		if (s->bus.code != BUS_MCEERR_AR || s->bus.addr != (void *)at)
			worker_add(&w->page->counter[MISPLACED], 1);
		return;
	}
	(void)*at;
	worker_add(&w->page->counter[SILENT], 1);
}

/* As a program does that can make the lost data anew: drop the page, take another, write it. */
static int replace(struct worker *w)
{
	struct poison_state *s = w->state;
	int64_t freed = area_shrink(&s->area, s->area.units - 1, 1, &w->err);

	if (freed < 0)
		return (int)freed;
	area_grow(&s->area, s->area.units, 1);
	return 0;
}

/* It is always the last page of the mapping, each time another one of the machine. */
static int take_one_out(struct worker *w)
{
	const struct poison_opts *o = w->opts;
	struct poison_state *s = w->state;
	unsigned char *last = s->area.base + s->area.size - w->page_size;
	bool hard = o->how == HOW_HARD;
	int r = poison_page(w, last, hard ? MADV_HWPOISON : MADV_SOFT_OFFLINE);

	if (r)
		return err_errno(&w->err, r, "madvise %s of a page",
				 hard ? "MADV_HWPOISON" : "MADV_SOFT_OFFLINE");
	worker_add(&w->page->counter[POISONED], 1);
	worker_add(&w->page->ops, 1);
	if (hard) {
		touch_poisoned(w, last);
		r = replace(w);
	}
	area_check(&s->area, 0, s->area.held);
	return r ? r : STEP_MORE;
}

static int poison_step(struct worker *w)
{
	const struct poison_opts *o = w->opts;
	struct poison_state *s = w->state;
	int r = STEP_MORE;

	if (s->area.held < s->area.units)
		area_grow(&s->area, s->area.units, o->step);
	else if (atomic_load(&w->page->counter[POISONED]) < o->pages)
		r = take_one_out(w);
	else
		r = STEP_HOLD;
	worker_put(&w->page->bytes, s->area.bytes);
	area_report(w, &s->area.fault);
	return r;
}

static void poison_release(struct worker *w)
{
	struct poison_state *s = w->state;

	area_check(&s->area, 0, s->area.held);
	area_report(w, &s->area.fault);
	area_unmap(&s->area);
	if (s->handling)
		sigaction(SIGBUS, &s->before, NULL);
	worker_put(&w->page->bytes, 0);
}

const struct stressor stressor_poison = {
	.name = "poison",
	.summary = "memory that goes bad: poisoned pages, and pages taken out in time",
	.bytes_help = "bytes in memory now",
	.needs = NEED_ROOT | NEED_MEMORY_FAILURE | NEED_WHOLE_MACHINE,
	.options = options,
	.options_size = sizeof(struct poison_opts),
	.counters = counters,
	.state_size = sizeof(struct poison_state),
	.footprint = poison_footprint,
	.setup = poison_setup,
	.step = poison_step,
	.release = poison_release,
};
