/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Drives one stressor inside the test's own process: options from text, set-up, steps, release. It
 * is the harness's loop without its processes, groups and clocks. Every state of a stressor that
 * holds memory begins with its struct area (area.h), which tests may look at.
 */
#ifndef MT_TEST_STRESSOR_DRIVER_H
#define MT_TEST_STRESSOR_DRIVER_H

#include <stdlib.h>

#include <criterion/criterion.h>

#include "base/units.h"
#include "stressor.h"

struct driver {
	const struct stressor *kind;
	void *opts;
	struct worker_page page;
	struct worker w;
};

/* Options as alternating names and values, ended by NULL. Returns 0 or the code of the first
 * refusal. */
static inline int driver_options(const struct stressor *kind, void *opts, const char *const *pairs,
				 struct err *err)
{
	int r = opt_defaults(kind->options, opts, err);

	for (; !r && *pairs; pairs += 2) {
		const struct opt *o = opt_find(kind->options, pairs[0]);

		cr_assert_not_null(o, "%s has no option %s", kind->name, pairs[0]);
		r = opt_set_text(o, opts, pairs[1], err);
	}
	return !r && kind->check ? kind->check(opts, err) : r;
}

static inline struct driver *driver_open(const char *name, const char *const *pairs)
{
	struct driver *d = calloc(1, sizeof(*d));

	cr_assert_not_null(d);
	d->kind = stressor_find(name);
	cr_assert_not_null(d->kind, "no stressor %s", name);
	d->opts = calloc(1, d->kind->options_size);
	d->w = (struct worker){
		.kind = d->kind,
		.opts = d->opts,
		.state = calloc(1, d->kind->state_size + 1),
		.page = &d->page,
		.count = 1,
		.seed = 0x5eed,
		.scratch = -1,
		.page_size = page_size(),
	};
	cr_assert_eq(driver_options(d->kind, d->opts, pairs, &d->w.err), 0, "%s", d->w.err.text);
	if (d->kind->setup)
		cr_assert_eq(d->kind->setup(&d->w), 0, "%s", d->w.err.text);
	return d;
}

/* Step until it says something else than STEP_MORE, at most so often. Returns what it said last. */
static inline int driver_run(struct driver *d, int steps)
{
	int r = STEP_MORE;

	while (r == STEP_MORE && steps-- > 0)
		r = d->kind->step(&d->w);
	return r;
}

/* What a phase's `set` does: between steps only. */
static inline void driver_set(struct driver *d, const char *name, const char *value)
{
	const struct opt *o = opt_find(d->kind->options, name);

	cr_assert(o && o->flags & OPT_LIVE, "%s is not live", name);
	cr_assert_eq(opt_set_text(o, d->opts, value, &d->w.err), 0, "%s", d->w.err.text);
}

static inline int64_t driver_counter(const struct driver *d, const char *name)
{
	for (int i = 0; d->kind->counters[i].name; i++)
		if (!strcmp(d->kind->counters[i].name, name))
			return atomic_load(&d->page.counter[i]);
	cr_assert_fail("%s has no counter %s", d->kind->name, name);
	return -1;
}

static inline void driver_release(struct driver *d)
{
	if (d->kind->release)
		d->kind->release(&d->w);
}

static inline void driver_free(struct driver *d)
{
	free(d->w.state);
	free(d->opts);
	free(d);
}

#define OPTIONS(...) ((const char *const[]){__VA_ARGS__, NULL})

#endif
