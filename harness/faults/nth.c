/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a fail-nth sweep needs of the machine, and how the kernel counts it. fail-nth goes before
 * probability, interval, times and the task filter (lib/fault-inject.c:should_fail_ex()), but not
 * before what each kind looks at first (mm/failslab.c:should_failslab(), mm/fail_page_alloc.c,
 * kernel/futex/core.c): as they come, no allocation that may sleep, no single page and no private
 * futex is counted. As probability stays 0, only who writes to fail-nth is hit.
 *
 * Pages for users stay out (ignore-gfp-highmem): a page fault that gets none is taken again, and no
 * call gives an error for it.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "faults/kinds.h"

/* should_fail_ex() counts times down also for fail-nth, and stops at 0: more than any sweep has. */
#define NTH_TIMES      1000000000
#define NTH_TIMES_TEXT "1000000000"

static const char *const knobs[] = {"failslab", "fail_page_alloc", "fail_usercopy", "fail_futex"};

static const struct {
	const char *knob; /* NULL: of every one */
	const char *file, *value;
} attributes[] = {
	{NULL, "verbose", "0"}, /* a stack in the log for each */
	{"failslab", "ignore-gfp-wait", "N"},
	{"failslab", "cache-filter", "N"},
	{"fail_page_alloc", "ignore-gfp-wait", "N"},
	{"fail_page_alloc", "ignore-gfp-highmem", "Y"},
	{"fail_page_alloc", "min-order", "0"},
	{"fail_futex", "ignore-private", "N"},
	{NULL, "times", NTH_TIMES_TEXT},
};

static int64_t look(struct fault_host *h, const char *knob, const char *file)
{
	char path[64];

	snprintf(path, sizeof(path), "%s/%s", knob, file);
	return h->look(h, CHANGE_DEBUGFS, path);
}

static int set_knob(struct fault_host *h, const char *knob, struct err *err)
{
	int64_t probability = look(h, knob, "probability");
	char path[64];
	int r = 0;

	/* The need asks for failslab; a kernel may have been built without the others. */
	if (probability == VALUE_ABSENT)
		return 0;
	if (probability)
		return err_set(err, -EBUSY,
			       "it is in use by somebody else: %s/probability is %" PRId64, knob,
			       probability);
	for (size_t i = 0; i < ARRAY_SIZE(attributes) && r >= 0; i++) {
		if (attributes[i].knob && strcmp(attributes[i].knob, knob) != 0)
			continue;
		snprintf(path, sizeof(path), "%s/%s", knob, attributes[i].file);
		r = h->change(h, CHANGE_DEBUGFS, path, attributes[i].value, err);
	}
	return r;
}

int nth_arm(struct fault *f, struct fault_host *h, struct err *err)
{
	for (size_t i = 0; i < ARRAY_SIZE(knobs); i++) {
		int r = set_knob(h, knobs[i], err);

		if (r < 0)
			return r;
	}
	f->before = NTH_TIMES;
	return 0;
}

int64_t nth_so_far(const struct fault *f, struct fault_host *h)
{
	int64_t n = 0;

	for (size_t i = 0; i < ARRAY_SIZE(knobs) && f->before; i++) {
		int64_t left = look(h, knobs[i], "times");

		n += left == VALUE_ABSENT ? 0 : f->before - left;
	}
	return n;
}

/* The undo journal has the rest. */
int nth_disarm(struct fault *f, struct fault_host *h, struct err *err)
{
	(void)err;
	f->injected = nth_so_far(f, h);
	return 0;
}
