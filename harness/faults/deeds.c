/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is done to the machine or to a group of the trial while stressors run. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

#include "base/cleanup.h"
#include "faults/kinds.h"

int drop_caches_arm(struct fault *f, struct fault_host *h, struct err *err)
{
	const struct drop_opts *o = f->opts;
	char value[24];
	int r;

	snprintf(value, sizeof(value), "%" PRId64, o->what);
	r = h->trigger(h, CHANGE_SYSCTL, "vm/drop_caches", value, err);
	f->injected += r == 0;
	return r;
}

int compact_arm(struct fault *f, struct fault_host *h, struct err *err)
{
	const struct compact_opts *o = f->opts;

	for (int64_t i = 0; i < o->times; i++) {
		int r = h->trigger(h, CHANGE_SYSCTL, "vm/compact_memory", "1", err);

		if (r == -ENOENT && err)
			err->class = ERR_SKIP; /* CONFIG_COMPACTION */
		if (r < 0)
			return r;
		f->injected++;
	}
	return 0;
}

int swapoff_arm(struct fault *f, struct fault_host *h, struct err *err)
{
	int r = h->swapoff(h, err);

	f->injected += MAX(r, 0);
	return MIN(r, 0);
}

/*
 * cgroup v1 refuses a limit below what cannot be reclaimed; v2 takes it, and may OOM-kill. A
 * refusal is an answer: it counts as nothing injected, and is no error of ours.
 */
static int refusal(int r, struct err *err)
{
	if (r != -EBUSY && r != -EAGAIN)
		return r;
	err_clear(err);
	return 0;
}

int squeeze_arm(struct fault *f, struct fault_host *h, struct err *err)
{
	const struct squeeze_opts *o = f->opts;
	int r = h->knob_read(h, f->group, "memory.max", &f->before, err);

	if (r < 0)
		return r;
	if (f->before <= o->to)
		return err_set(err, -EINVAL, "memory.max is not above what it shall be lowered to");
	r = h->knob_write(h, f->group, "memory.max", o->to, err);
	f->injected += r == 0;
	return refusal(r, err);
}

int squeeze_disarm(struct fault *f, struct fault_host *h, struct err *err)
{
	return f->injected ? h->knob_write(h, f->group, "memory.max", f->before, err) : 0;
}

int reclaim_arm(struct fault *f, struct fault_host *h, struct err *err)
{
	const struct reclaim_opts *o = f->opts;

	for (int64_t i = 0; i < o->times; i++) {
		int r = h->knob_write(h, f->group, "memory.reclaim", o->size, err);

		f->injected += r == 0;
		r = refusal(r, err);
		if (r == 0)
			r = h->pass(h, o->every);
		if (r < 0)
			return r;
	}
	return 0;
}

/* Each call takes its time too: reclaim under TCG moves some 100 MiB a second. */
int64_t reclaim_takes(const void *opts)
{
	const struct reclaim_opts *o = opts;

	return o->times * (o->every + NSEC_PER_SEC);
}

/* The group reports itself when all of its tasks stand still (kernel/cgroup/freezer.c). */
int freeze_arm(struct fault *f, struct fault_host *h, struct err *err)
{
	int r = h->knob_write(h, f->group, "cgroup.freeze", 1, err);

	f->injected += r == 0;
	return r;
}

int freeze_disarm(struct fault *f, struct fault_host *h, struct err *err)
{
	return h->knob_write(h, f->group, "cgroup.freeze", 0, err);
}

int kill_arm(struct fault *f, struct fault_host *h, struct err *err)
{
	int r = h->kill(h, f, err);

	f->injected += MAX(r, 0);
	return MIN(r, 0);
}
