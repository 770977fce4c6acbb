/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The kernel's own fault injection, always filtered by task. Its defaults fail next to nothing:
 * failslab and fail_page_alloc leave out what may sleep, the latter also single pages and highmem
 * (mm/failslab.c, mm/fail_page_alloc.c), so every attribute is set. What was injected is `times`
 * before less after: should_fail_ex() counts it down with every failure (lib/fault-inject.c).
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "faults/kinds.h"

/* One file of a knob's directory: a fixed text, or the number at an offset of the options. */
struct attribute {
	const char *kind; /* NULL: of every kind */
	const char *file;
	const char *fixed;
	size_t offset;
};

#define OF(field) .offset = offsetof(struct inject_opts, field)

/*
 * In this order, and taken back in the reverse one: nothing fails before the filter stands nor
 * after it fell, as probability is 0 at both ends.
 */
static const struct attribute attributes[] = {
	{NULL, "task-filter", "Y", 0},
	{NULL, "verbose", "0", 0},
	{"failslab", "ignore-gfp-wait", "N", 0},
	{"fail_page_alloc", "ignore-gfp-wait", "N", 0},
	{"fail_page_alloc", "ignore-gfp-highmem", "N", 0},
	{"fail_futex", "ignore-private", "N", 0},
	{"failslab", "cache-filter", NULL, OF(cache_filter)},
	{"fail_page_alloc", "min-order", NULL, OF(min_order)},
	{NULL, "interval", NULL, OF(interval)},
	{NULL, "space", NULL, OF(space)},
	{NULL, "times", NULL, OF(times)},
	{NULL, "probability", NULL, OF(probability)},
};

static char *path_of(char buf[64], const struct fault *f, const char *file)
{
	snprintf(buf, 64, "%s/%s", f->kind->name, file);
	return buf;
}

static int set(struct fault *f, struct fault_host *h, const struct attribute *a, struct err *err)
{
	char path[64], value[24];

	if (!a->fixed)
		snprintf(value, sizeof(value), "%" PRId64,
			 *(const int64_t *)((const char *)f->opts + a->offset));
	return h->change(h, CHANGE_DEBUGFS, path_of(path, f, a->file), a->fixed ? a->fixed : value,
			 err);
}

int inject_arm(struct fault *f, struct fault_host *h, struct err *err)
{
	const struct inject_opts *o = f->opts;
	char path[64];
	int64_t probability = h->look(h, CHANGE_DEBUGFS, path_of(path, f, "probability"));
	int r;

	f->before = 0;
	if (probability)
		return err_set(err, -EBUSY, "it is in use by somebody else: %s is %" PRId64, path,
			       probability);
	if (!h->mark(h, f, true))
		return err_set(err, -ESRCH, "none of its stressors' tasks could be marked");
	for (size_t i = 0; i < ARRAY_SIZE(attributes); i++) {
		const struct attribute *a = &attributes[i];

		if (a->kind && strcmp(a->kind, f->kind->name) != 0)
			continue;
		r = set(f, h, a, err);
		if (r < 0)
			return r;
	}
	f->before = o->times;
	return 0;
}

int inject_disk_arm(struct fault *f, struct fault_host *h, struct err *err)
{
	char disk[64], path[96];
	int r = h->disk(h, disk, sizeof(disk), err);

	if (r < 0)
		return r;
	/* block/genhd.c:part_fail_store(): only devices that ask for it have requests that fail. */
	snprintf(path, sizeof(path), "%s/make-it-fail", disk);
	r = h->change(h, CHANGE_SYS, path, "1", err);
	return r < 0 ? r : inject_arm(f, h, err);
}

int64_t inject_so_far(const struct fault *f, struct fault_host *h)
{
	char path[64];
	int64_t left = h->look(h, CHANGE_DEBUGFS, path_of(path, f, "times"));

	return left == VALUE_ABSENT || left > f->before ? f->injected : f->before - left;
}

/* First nothing fails any more, then it is counted; the undo journal has the rest. */
int inject_disarm(struct fault *f, struct fault_host *h, struct err *err)
{
	char path[64];
	int r = 0;

	if (f->before) {
		r = h->change(h, CHANGE_DEBUGFS, path_of(path, f, "probability"), "0", err);
		f->injected = inject_so_far(f, h);
	}
	h->mark(h, f, false);
	return r;
}

/*
 * A page that cannot be had in a page fault is VM_FAULT_OOM, upon which the fault is taken again
 * (mm/oom_kill.c:pagefault_out_of_memory), for ever if each try fails.
 */
int inject_pages_check(const void *opts, struct err *err)
{
	const struct inject_opts *o = opts;

	if (o->probability < 100)
		return 0;
	return err_set_class(err, ERR_USAGE, -EINVAL,
			     "probability: 100 would hang its tasks: a page fault that finds no "
			     "page is taken again and again (VM_FAULT_OOM), so some tries must "
			     "succeed; at most 99");
}
