/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cgroup/names.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/io.h"

#define V1_LIMIT "memory.limit_in_bytes"
#define V1_MEMSW "memory.memsw.limit_in_bytes"
#define V1_USAGE "memory.usage_in_bytes"
#define V1_BOTH	 "memory.memsw.usage_in_bytes"
#define DOC_V2	 "Documentation/admin-guide/cgroup-v2.rst, "
#define DOC_V1	 "Documentation/admin-guide/cgroup-v1/memory.rst, "

#define SIZE_KNOB   .type = KNOB_SIZE, .unit = UNIT_BYTES, .max = INT64_MAX - 1
#define BOOL_KNOB   .type = KNOB_BOOL, .unit = UNIT_COUNT, .max = 1
#define READ_WRITE  .readable = true, .writable = true
#define IS_SWAP_MAX "memory.swap.max"

const struct knob knob_table[] = {
	{
		.name = "memory.max",
		.v1 = V1_LIMIT,
		SIZE_KNOB,
		READ_WRITE,
		.order = 0,
		.help = "hard limit of memory; what cannot be reclaimed below it is OOM-killed",
		.source = DOC_V2 "memory.max",
	},
	{
		.name = IS_SWAP_MAX,
		SIZE_KNOB,
		READ_WRITE,
		.order = 1,
		.help = "hard limit of swap; on v1 set as memory plus swap",
		.source = DOC_V2 "memory.swap.max",
	},
	{
		.name = "memory.high",
		SIZE_KNOB,
		READ_WRITE,
		.order = 2,
		.why_no_v1 = "cgroup v1 has no throttling limit (its soft limit is another thing)",
		.help = "throttling limit: above it the group reclaims and is slowed down",
		.source = DOC_V2 "memory.high",
	},
	{
		.name = "memory.low",
		SIZE_KNOB,
		READ_WRITE,
		.order = 2,
		.why_no_v1 = "cgroup v1 has no protection of memory",
		.help = "best-effort protection from reclaim",
		.source = DOC_V2 "memory.low",
	},
	{
		.name = "memory.min",
		SIZE_KNOB,
		READ_WRITE,
		.order = 2,
		.why_no_v1 = "cgroup v1 has no protection of memory",
		.help = "hard protection from reclaim",
		.source = DOC_V2 "memory.min",
	},
	{
		.name = "memory.swap.high",
		SIZE_KNOB,
		READ_WRITE,
		.order = 2,
		.why_no_v1 = "cgroup v1 has no throttling by swap",
		.help = "throttling limit of swap",
		.source = DOC_V2 "memory.swap.high",
	},
	{
		.name = "memory.zswap.max",
		SIZE_KNOB,
		READ_WRITE,
		.order = 2,
		.why_no_v1 = "cgroup v1 has no limit of zswap",
		.help = "hard limit of compressed bytes in zswap",
		.source = DOC_V2 "memory.zswap.max",
	},
	{
		.name = "memory.zswap.writeback",
		BOOL_KNOB,
		READ_WRITE,
		.order = 2,
		.why_no_v1 = "cgroup v1 has no switch of zswap",
		.help = "whether pages may go on from zswap to the swap device",
		.source = DOC_V2 "memory.zswap.writeback",
	},
	{
		.name = "memory.oom.group",
		BOOL_KNOB,
		READ_WRITE,
		.order = 2,
		.why_no_v1 = "cgroup v1 kills single processes only",
		.help = "whether an OOM kill takes the whole group",
		.source = DOC_V2 "memory.oom.group",
	},
	{
		.name = "memory.swappiness",
		.v1 = "memory.swappiness",
		.type = KNOB_COUNT,
		.unit = UNIT_COUNT,
		.max = 200, /* MAX_SWAPPINESS, include/linux/swap.h */
		READ_WRITE,
		.order = 2,
		.why_no_v2 = "cgroup v2 has no swappiness of a group",
		.help = "how much reclaim prefers anonymous memory, 0 to 200",
		.source = DOC_V1 "swappiness",
	},
	{
		.name = "memory.reclaim",
		SIZE_KNOB,
		.writable = true,
		.order = 2,
		.why_no_v1 =
			"cgroup v1 can only empty a group (memory.force_empty), not reclaim an "
			"amount",
		.help = "reclaim this many bytes now; the kernel may take more or fall short",
		.source = DOC_V2 "memory.reclaim",
	},
	{
		.name = "cgroup.freeze",
		BOOL_KNOB,
		READ_WRITE,
		.order = 3,
		.why_no_v1 =
			"on cgroup v1 freezing is a hierarchy of its own, in which a trial has "
			"no groups",
		.help = "stop (1) or go on (0) with all processes of the group",
		.source = DOC_V2 "cgroup.freeze",
	},
	{
		.name = "cgroup.kill",
		.type = KNOB_BOOL,
		.unit = UNIT_COUNT,
		.min = 1,
		.max = 1,
		.writable = true,
		.order = 3,
		.why_no_v1 = "cgroup v1 has no cgroup.kill",
		.help = "1: SIGKILL to all processes of the group and below, at once",
		.source = DOC_V2 "cgroup.kill",
	},
	{
		.name = "memory.peak.reset",
		.type = KNOB_BOOL,
		.unit = UNIT_COUNT,
		.min = 1,
		.max = 1,
		.writable = true,
		.held = true,
		.order = 3,
		.why_no_v1 = "cgroup v1 resets the peak for everybody (memory.max_usage_in_bytes)",
		.help = "1: begin anew with the peak that one descriptor shows (6.12)",
		.source = DOC_V2 "memory.peak",
	},
	{
		.name = "memory.pressure.trigger",
		.type = KNOB_DURATION,
		.unit = UNIT_DUR,
		.min = NSEC_PER_MSEC,
		.max = 2 * NSEC_PER_SEC,
		.writable = true,
		.held = true,
		.order = 3,
		.why_no_v1 = "cgroup v1 has no pressure of a group",
		.help = "arm a trigger: so much time stalled (some) within a window of 2 s",
		.source = "Documentation/accounting/psi.rst, Monitoring for pressure thresholds",
	},
	{.name = NULL},
};

const struct knob *knob_find(const char *v2name)
{
	for (const struct knob *k = knob_table; k->name; k++)
		if (strcmp(k->name, v2name) == 0)
			return k;
	return NULL;
}

const char *knob_why_none(enum cg_version v, const struct knob *k)
{
	if (v == CG_NONE)
		return "no memory controller is mounted";
	return v == CG_V1 ? k->why_no_v1 : k->why_no_v2;
}

static bool is_swap_max(const struct knob *k)
{
	return strcmp(k->name, IS_SWAP_MAX) == 0;
}

static const char *size_text(char buf[QUANTITY_MAX], const struct knob *k, int64_t value)
{
	return quantity_format(buf, value, k->unit);
}

/* "-1" is unlimited on v1, "max" on v2 (mm/page_counter.c: page_counter_memparse()). */
static int write_value(int fd, enum cg_version v, const char *file, int64_t value)
{
	char text[24];

	if (value == VALUE_MAX)
		return file_write(fd, file, v == CG_V1 ? "-1" : "max");
	snprintf(text, sizeof(text), "%" PRId64, value);
	return file_write(fd, file, text);
}

/* v1's is PAGE_COUNTER_MAX (include/linux/page_counter.h): within the largest page of INT64_MAX. */
int cg_read_value(int fd, const char *file, int64_t *ret)
{
	int r = file_read_i64(fd, file, ret);

	if (r == 0 && *ret > INT64_MAX - MIB)
		*ret = VALUE_MAX;
	return r;
}

static int refused(const struct knob *k, const char *why, struct err *err)
{
	return err_set_class(err, ERR_SKIP, -EOPNOTSUPP, "%s: %s", k->name, why);
}

static int out_of_range(const struct knob *k, int64_t value, struct err *err)
{
	char got[QUANTITY_MAX], low[QUANTITY_MAX], high[QUANTITY_MAX];

	if (k->type == KNOB_SIZE)
		return err_set_class(err, ERR_USAGE, -EINVAL, "%s cannot be %s", k->name,
				     size_text(got, k, value));
	return err_set_class(err, ERR_USAGE, -EINVAL, "%s cannot be %s: it goes from %s to %s",
			     k->name, size_text(got, k, value), size_text(low, k, k->min),
			     size_text(high, k, k->max));
}

/* The sentence of a write that failed. usage is the v1 file that tells what is in use. */
static int write_failed(int fd, enum cg_version v, const struct knob *k, int64_t value, int code,
			const char *usage, struct err *err)
{
	char want[QUANTITY_MAX], used[QUANTITY_MAX];
	int64_t now = VALUE_ABSENT;

	size_text(want, k, value);
	if (code == -ENOENT)
		return refused(k, "this kernel has no such file", err);
	if (code == -EBUSY && v == CG_V1 && usage) {
		file_read_i64(fd, usage, &now);
		return err_set(
			err, code,
			"cannot lower %s to %s: %s is in use and cannot be reclaimed (cgroup v1 "
			"refuses a limit below the usage; v2 would OOM-kill)",
			k->name, want, size_text(used, k, now));
	}
	if (code == -EAGAIN)
		return err_set(err, code, "%s: the kernel reclaimed less than %s", k->name, want);
	return err_errno(err, code, "cannot write %s to %s", want, k->name);
}

static int64_t add_sizes(int64_t a, int64_t b)
{
	int64_t sum;

	return __builtin_add_overflow(a, b, &sum) ? VALUE_MAX : sum;
}

/*
 * memory.max on v1 with swap accounting: memory+swap moves along, so that memory.swap.max stays
 * what it was. The kernel wants limit <= memsw at all times (mm/memcontrol-v1.c:
 * mem_cgroup_resize_max()), so what grows is written first from the outside, what shrinks from the
 * inside.
 */
static int v1_write_max(int fd, const struct knob *k, int64_t value, struct err *err)
{
	int64_t limit, memsw = VALUE_MAX, target;
	bool grow;
	int r = cg_read_value(fd, V1_LIMIT, &limit);

	if (r == 0)
		r = cg_read_value(fd, V1_MEMSW, &memsw);
	if (r < 0 || memsw == VALUE_MAX) {
		r = write_value(fd, CG_V1, V1_LIMIT, value);
		return r < 0 ? write_failed(fd, CG_V1, k, value, r, V1_USAGE, err) : 0;
	}
	if (value == VALUE_MAX)
		return refused(k,
			       "on cgroup v1 it cannot become max while memory.swap.max is set, as "
			       "there is only a limit of both together: set memory.swap.max to max "
			       "first",
			       err);
	target = add_sizes(value, memsw - limit);
	grow = target >= memsw;
	r = write_value(fd, CG_V1, grow ? V1_MEMSW : V1_LIMIT, grow ? target : value);
	if (r < 0)
		return write_failed(fd, CG_V1, k, value, r, V1_USAGE, err);
	r = write_value(fd, CG_V1, grow ? V1_LIMIT : V1_MEMSW, grow ? value : target);
	if (r == 0)
		return 0;
	write_failed(fd, CG_V1, k, value, r, grow ? V1_USAGE : V1_BOTH, err);
	write_value(fd, CG_V1, grow ? V1_MEMSW : V1_LIMIT, grow ? memsw : limit);
	return r;
}

/* Without the file nothing can be limited: fine where there is nothing to limit. */
static int no_swap_file(const struct knob *k, int64_t value, const struct knob_context *ctx,
			struct err *err)
{
	if (value == VALUE_MAX || (value == 0 && !(ctx && ctx->has_swap)))
		return 0;
	return refused(k, "this kernel does not account swap", err);
}

static int v1_write_swap_max(int fd, const struct knob *k, int64_t value,
			     const struct knob_context *ctx, struct err *err)
{
	int64_t limit, memsw;
	int r = cg_read_value(fd, V1_MEMSW, &memsw);

	if (r == -ENOENT)
		return no_swap_file(k, value, ctx, err);
	if (r == 0)
		r = cg_read_value(fd, V1_LIMIT, &limit);
	if (r < 0)
		return err_errno(err, r, "cannot read what %s is now", k->name);
	if (limit == VALUE_MAX && value != VALUE_MAX) {
		if (value == 0 && !(ctx && ctx->has_swap))
			return 0;
		return refused(
			k,
			"on cgroup v1 there is only a limit of memory plus swap: give the group a "
			"memory.max too",
			err);
	}
	r = write_value(fd, CG_V1, V1_MEMSW, add_sizes(limit, value));
	return r < 0 ? write_failed(fd, CG_V1, k, value, r, V1_BOTH, err) : 0;
}

static int v1_read_swap_max(int fd, const struct knob *k, int64_t *ret, struct err *err)
{
	int64_t limit, memsw;
	int r = cg_read_value(fd, V1_MEMSW, &memsw);

	if (r == 0)
		r = cg_read_value(fd, V1_LIMIT, &limit);
	if (r == -ENOENT)
		return refused(k, "this kernel does not account swap", err);
	if (r < 0)
		return err_errno(err, r, "cannot read %s", k->name);
	*ret = memsw == VALUE_MAX ? VALUE_MAX : memsw - limit;
	return 0;
}

int knob_write(int groupfd, enum cg_version v, const struct knob *k, int64_t value,
	       const struct knob_context *ctx, struct err *err)
{
	const char *why = knob_why_none(v, k);
	int r;

	if (why)
		return refused(k, why, err);
	if ((value < k->min || value > k->max) && !(k->type == KNOB_SIZE && value == VALUE_MAX))
		return out_of_range(k, value, err);
	if (k->held)
		return refused(k, "it is written through a descriptor that stays open", err);
	if (v == CG_V1 && is_swap_max(k))
		return v1_write_swap_max(groupfd, k, value, ctx, err);
	if (v == CG_V1 && k->v1 && strcmp(k->v1, V1_LIMIT) == 0)
		return v1_write_max(groupfd, k, value, err);
	r = write_value(groupfd, v, v == CG_V1 ? k->v1 : k->name, value);
	if (r == -ENOENT && is_swap_max(k))
		return no_swap_file(k, value, ctx, err);
	return r < 0 ? write_failed(groupfd, v, k, value, r, NULL, err) : 0;
}

int knob_read(int groupfd, enum cg_version v, const struct knob *k, int64_t *ret, struct err *err)
{
	const char *why = knob_why_none(v, k);
	int r;

	if (!why && !k->readable)
		why = "it can only be written";
	if (why)
		return refused(k, why, err);
	if (v == CG_V1 && is_swap_max(k))
		return v1_read_swap_max(groupfd, k, ret, err);
	r = cg_read_value(groupfd, v == CG_V1 ? k->v1 : k->name, ret);
	if (r == -ENOENT)
		return refused(k, "this kernel has no such file", err);
	return r < 0 ? err_errno(err, r, "cannot read %s", k->name) : 0;
}
