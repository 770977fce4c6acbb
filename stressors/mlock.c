/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * mlock: memory that reclaim must not touch. At every moment the kernel's VmLck is `bytes`: a piece
 * is locked in the step that fills it, and unlocked in the step that gives it back.
 */
#include <errno.h>
#include <sys/mman.h>
#include <sys/prctl.h>

#include "area.h"
#include "base/cleanup.h"

#ifndef MLOCK_ONFAULT
#define MLOCK_ONFAULT 1 /* include/uapi/asm-generic/mman-common.h, 4.4 */
#endif

struct mlock_opts {
	int64_t size, target, step, how;
};

struct mlock_state {
	struct area area;
};

static int lock_range(void *addr, size_t len)
{
	return mlock(addr, len) ? -errno : 0;
}

static int lock_onfault(void *addr, size_t len)
{
	return mlock2(addr, len, MLOCK_ONFAULT) ? -errno : 0;
}

/* mlockall(MCL_FUTURE) locks what is mapped from then on: so the piece is mapped again. */
static int lock_future(void *addr, size_t len)
{
	void *p = mmap(addr, len, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED,
		       -1, 0);

	return p == MAP_FAILED ? -errno : 0;
}

enum how { HOW_MLOCK, HOW_ONFAULT, HOW_ALL };
static const char *const how_words[] = {"mlock", "onfault", "all", NULL};
static const struct how_row {
	const char *call;
	int (*lock)(void *addr, size_t len);
} hows[] = {
	[HOW_MLOCK] = {"mlock", lock_range},
	[HOW_ONFAULT] = {"mlock2 MLOCK_ONFAULT", lock_onfault},
	[HOW_ALL] = {"mmap under mlockall MCL_FUTURE", lock_future},
};

#define OPT(field) .name = #field, .offset = offsetof(struct mlock_opts, field)

static const struct opt options[] = {
	{OPT(size), .type = OPT_SIZE, .min = 1, .max = AREA_SIZE_MAX, .flags = OPT_REQUIRED,
	 .help = "bytes to map, and to lock unless `target` says less"},
	{OPT(target), .type = OPT_SIZE, .def = AREA_TARGET_ALL, .flags = OPT_LIVE,
	 .help = "bytes to hold locked now, at most `size`; whole pages"},
	{OPT(step), .type = OPT_SIZE, .min = 1, .max = GIB, .def = "1M",
	 .help = "bytes locked in one step: the worker can be stopped between steps"},
	{OPT(how), .type = OPT_ENUM, .words = how_words, .def = "mlock",
	 .help = "mlock fills at once; onfault locks what is touched then; all maps under "
		 "mlockall(MCL_FUTURE)"},
	OPT_END,
};

static void mlock_footprint(const void *opts, struct footprint *ret)
{
	const struct mlock_opts *o = opts;

	*ret = (struct footprint){.memory = o->size + page_size() + area_tables(o->size)};
}

/* mm/mlock.c:do_mlock: EPERM with a limit of 0, ENOMEM over it; mmap says EAGAIN (mm/mmap.c). */
static int refused(struct worker *w, int code, const char *call, int64_t len)
{
	if (code == -EPERM || code == -ENOMEM || code == -EAGAIN)
		return err_errno(&w->err, code,
				 "%s of %lld bytes (raise RLIMIT_MEMLOCK: ulimit -l, or systemd's "
				 "LimitMEMLOCK=; or run with CAP_IPC_LOCK)",
				 call, (long long)len);
	return err_errno(&w->err, code, "%s of %lld bytes", call, (long long)len);
}

/* May we lock that much? MLOCK_ONFAULT counts the range against the limit and takes no memory. */
static int try_limit(struct worker *w, struct area *a)
{
	int r = lock_onfault(a->base, (size_t)a->size);

	if (r)
		return refused(w, r, "mlock2", a->size);
	munlock(a->base, (size_t)a->size);
	return 0;
}

static int mlock_setup(struct worker *w)
{
	const struct mlock_opts *o = w->opts;
	struct mlock_state *s = w->state;
	struct area_spec spec = {
		.size = o->size,
		.page = w->page_size,
		.seed = w->seed,
		.technique = TECHNIQUE_TOUCH, /* the lock has populated it already */
	};
	int r = area_map(&s->area, &spec, &w->err);

	if (!r)
		r = try_limit(w, &s->area);
	if (r || o->how != HOW_ALL)
		return r;
	/* Pieces mapped later have no MADV_NOHUGEPAGE, and are populated before we could say it. */
	prctl(PR_SET_THP_DISABLE, 1, 0, 0, 0);
	if (mlockall(MCL_FUTURE))
		return refused(w, -errno, "mlockall", s->area.size);
	return 0;
}

static int mlock_step(struct worker *w)
{
	const struct mlock_opts *o = w->opts;
	struct mlock_state *s = w->state;
	struct area *a = &s->area;
	int64_t target = area_units(a, o->target), most = MAX(o->step / a->page, 1), pages;

	if (a->held < target) {
		int64_t len = MIN(target - a->held, most) * a->page;
		int r = hows[o->how].lock(a->base + a->bytes, (size_t)len);

		if (r)
			return refused(w, r, hows[o->how].call, len);
		pages = area_grow(a, target, o->step);
	} else if (a->held > target) {
		int64_t len = MIN(a->held - target, most) * a->page;

		/* MADV_DONTNEED refuses locked pages. */
		munlock(a->base + a->bytes - len, (size_t)len);
		pages = area_shrink(a, target, o->step, &w->err);
		if (pages < 0)
			return (int)pages;
	} else {
		return STEP_HOLD;
	}
	worker_add(&w->page->ops, pages);
	worker_put(&w->page->bytes, a->bytes);
	return STEP_MORE;
}

static void mlock_release(struct worker *w)
{
	const struct mlock_opts *o = w->opts;
	struct mlock_state *s = w->state;

	if (o->how == HOW_ALL) {
		munlockall();
		prctl(PR_SET_THP_DISABLE, 0, 0, 0, 0);
	}
	area_unmap(&s->area);
	worker_put(&w->page->bytes, 0);
}

const struct stressor stressor_mlock = {
	.name = "mlock",
	.summary = "memory locked in RAM, which reclaim and swap must leave alone",
	.bytes_help = "bytes locked now: what the kernel calls VmLck",
	.options = options,
	.options_size = sizeof(struct mlock_opts),
	.state_size = sizeof(struct mlock_state),
	.footprint = mlock_footprint,
	.setup = mlock_setup,
	.step = mlock_step,
	.release = mlock_release,
};
