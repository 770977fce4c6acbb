/* SPDX-License-Identifier: GPL-2.0-or-later */
/* null: no load at all. It tests the harness: outcomes, barriers, rates and budgets. */
#include <errno.h>
#include <signal.h>
#include <unistd.h>

#include "stressor.h"

enum null_end { END_HOLD, END_DONE, END_ERROR, END_CRASH, END_KILLED, END_NEVER };
static const char *const end_words[] = {"hold", "done", "error", "crash", "killed", "never", NULL};

struct null_opts {
	int64_t steps;
	int64_t end;
	int64_t pause;
};

static const struct opt options[] = {
	{.name = "steps",
	 .type = OPT_COUNT,
	 .offset = offsetof(struct null_opts, steps),
	 .min = 0,
	 .max = INT64_MAX,
	 .def = "1",
	 .help = "empty steps to do before the end"},
	{.name = "end",
	 .type = OPT_ENUM,
	 .offset = offsetof(struct null_opts, end),
	 .words = end_words,
	 .def = "hold",
	 .help = "what happens after the last step"},
	{.name = "pause",
	 .type = OPT_DUR,
	 .offset = offsetof(struct null_opts, pause),
	 .min = 0,
	 .max = 3600 * NSEC_PER_SEC,
	 .def = "0",
	 .help = "sleep in each step"},
	OPT_END,
};

static bool null_endless(const void *opts)
{
	return ((const struct null_opts *)opts)->end == END_NEVER;
}

static void null_footprint(const void *opts, struct footprint *ret)
{
	(void)opts;
	*ret = (struct footprint){0};
}

static int null_step(struct worker *w)
{
	const struct null_opts *o = w->opts;

	if (o->pause)
		usleep((useconds_t)(o->pause / NSEC_PER_USEC));
	if (o->end == END_NEVER || atomic_load(&w->page->ops) < o->steps) {
		worker_add(&w->page->ops, 1);
		return STEP_MORE;
	}
	switch (o->end) {
	case END_DONE:
		return STEP_DONE;
	case END_ERROR:
		return err_set(&w->err, -EIO, "null was told to fail");
	case END_CRASH:
		raise(SIGSEGV);
		break;
	case END_KILLED:
		raise(SIGKILL);
		break;
	default:
		break;
	}
	return STEP_HOLD;
}

const struct stressor stressor_null = {
	.name = "null",
	.summary = "no load: tests the harness itself",
	.bytes_help = "always 0",
	.options = options,
	.options_size = sizeof(struct null_opts),
	.footprint = null_footprint,
	.endless = null_endless,
	.step = null_step,
};
