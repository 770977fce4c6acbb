/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/words.h"
#include "judge/value.h"
#include "judge/verdict.h"

static char *number(char buf[QUANTITY_MAX], const struct check *c, int64_t v)
{
	return c->delta ? quantity_format_signed(buf, v, c->metric.unit)
			: quantity_format(buf, v, c->metric.unit);
}

char *explain_expected(char *buf, size_t size, const struct check *c)
{
	static const char *const heads[] = {
		[C_EQUAL] = "",	      [C_AT_MOST] = "at most ", [C_AT_LEAST] = "at least ",
		[C_RANGE] = "",	      [C_NOT] = "not ",		[C_WORD] = "",
		[C_NOT_WORD] = "not "};
	char a[QUANTITY_MAX], b[QUANTITY_MAX], slack[QUANTITY_MAX];

	if (c->kind == C_WORD || c->kind == C_NOT_WORD) {
		snprintf(buf, size, "%s%s", heads[c->kind], c->word);
		return buf;
	}
	snprintf(buf, size, "%s%s%s%s%s%s", heads[c->kind], number(a, c, c->a),
		 c->kind == C_RANGE ? " .. " : "", c->kind == C_RANGE ? number(b, c, c->b) : "",
		 c->slack ? " ± " : "",
		 c->slack ? quantity_format(slack, c->slack, c->metric.unit) : "");
	return buf;
}

/* What it means that a number is not there, by where it comes from. %s is its key. */
static const char *const absent_texts[] = {
	[MO_MEMINFO] = "this kernel's /proc/meminfo has no %s line",
	[MO_VMSTAT] = "this kernel's /proc/vmstat has no %s line",
	[MO_NODE] = "this node's meminfo has no %s line",
	[MO_ZONE] = "/proc/zoneinfo gave no number for %s",
	[MO_BUDDY] = "this kernel's /proc/buddyinfo has no %s",
	[MO_SLAB] = "/proc/slabinfo has no cache %s, or cannot be read",
	[MO_PSI] = "this kernel keeps no pressure of %s (boot with psi=1)",
	[MO_WORKER] = "no worker told its %s",
	[MO_OOM] = "no OOM kill of the trial is in the kernel log, so there is no %s",
	[MO_KMSG] = "the kernel log could not be read for %s",
	[MO_FAULT] = "no phase of the trial injects %s",
	[MO_OTHERS] = "the root cgroup's memory.stat has no %s",
	[MO_DERIVED] = "a line that %s is made of is missing on this kernel",
};

char *explain_absent(char *buf, size_t size, const struct record *r, const struct metric *m)
{
	const char *text = (size_t)m->origin < sizeof(absent_texts) / sizeof(absent_texts[0])
				   ? absent_texts[m->origin]
				   : NULL;
	const char *slash = strrchr(m->name, '/');

	if (text) {
		const char *hole = strstr(text, "%s");

		snprintf(buf, size, "%.*s%s%s", (int)(hole - text), text, m->key, hole + 2);
	} else {
		snprintf(buf, size, "cgroup v%d of this kernel has no %s", r->cgroup_version,
			 slash ? slash + 1 : m->name);
	}
	return buf;
}

char *explain_not_reached(char *buf, size_t size, const struct record *r, int phase)
{
	const char *name = phase_name(r, phase);

	for (size_t i = 0; i < r->n_untils; i++)
		if (!r->untils[i].met && (phase < 0 || r->untils[i].phase <= phase)) {
			snprintf(buf, size, "not reached: phase %s: \"%s\" was missed",
				 phase_name(r, r->untils[i].phase), r->untils[i].text);
			return buf;
		}
	if (r->reason[0])
		snprintf(buf, size, "not reached: %s: %s", name, r->reason);
	else
		snprintf(buf, size, "not reached: %s%s", name,
			 r->interrupted ? ": the trial was interrupted" : " was never read");
	return buf;
}

/* How the miss of a change reads, relative to what was expected. */
static const char *miss_words(const struct check *c, int64_t miss)
{
	if (c->metric.unit == UNIT_PERCENT || c->metric.origin == MO_BUDDY)
		return miss > 0 ? "too much" : "too little";
	if (!c->delta)
		return miss > 0 ? "too much" : "missing";
	if (c->a == 0 && c->kind != C_RANGE)
		return miss > 0 ? "more than before" : "less than before";
	if (c->a < 0 && c->b <= 0)
		return miss > 0 ? "of it did not go" : "more than that went";
	return miss > 0 ? "too much" : "of it missing";
}

/* The nearest number that was asked for, before any tolerance. */
static int64_t wanted(const struct check *c, int64_t compared)
{
	if (c->kind == C_RANGE && compared > c->b)
		return c->b;
	return c->a;
}

/* "rose by 12M", "is 12M", with what others did to it. */
static void put_found(char *buf, size_t size, const struct check *c, const struct check_verdict *v)
{
	struct {
		int64_t by;
		const char *before, *behind;
	} out[] = {{v->others, "others' ", ""},
		   {-v->gone, "", " of workers that ended"},
		   {v->lists, "", " of the CPUs' free lists"}};
	char n[QUANTITY_MAX];
	bool any = false;
	int used;

	if (!c->delta || value_is_ratio(&c->metric)) {
		snprintf(buf, size, "is %s", quantity_format(n, v->compared, c->metric.unit));
		return;
	}
	if (v->compared == 0)
		used = snprintf(buf, size, "did not change");
	else
		used = snprintf(buf, size, "%s by %s", v->compared > 0 ? "rose" : "fell",
				quantity_format(n, llabs(v->compared), c->metric.unit));
	for (size_t i = 0; i < ARRAY_SIZE(out) && used >= 0 && (size_t)used < size; i++) {
		if (!out[i].by)
			continue;
		used += snprintf(buf + used, size - (size_t)used, "%s%s%s%s", any ? ", " : " (",
				 out[i].before,
				 quantity_format_signed(n, out[i].by, c->metric.unit),
				 out[i].behind);
		any = true;
	}
	if (any && used >= 0 && (size_t)used < size)
		snprintf(buf + used, size - (size_t)used, " taken out)");
}

char *explain_miss(char *buf, size_t size, const struct check *c, const struct check_verdict *v,
		   const char *when)
{
	char found[240], off[QUANTITY_MAX], tolerated[QUANTITY_MAX];
	int64_t miss = value_minus(v->compared, wanted(c, v->compared));

	put_found(found, sizeof(found), c, v);
	if (c->kind == C_NOT || miss == VALUE_ABSENT || miss == 0) {
		snprintf(buf, size, "%s %s%s, expected %s", c->metric.name, found, when,
			 v->expected);
		return buf;
	}
	snprintf(buf, size, "%s %s%s, expected %s: %s %s, %s tolerated", c->metric.name, found,
		 when, v->expected, quantity_format(off, llabs(miss), c->metric.unit),
		 miss_words(c, miss), quantity_format(tolerated, v->tolerance, c->metric.unit));
	return buf;
}

char *explain_corruption(char *buf, size_t size, const struct worker_result *w)
{
	snprintf(buf, size,
		 "wrong content in %" PRId64 " places, the first at address 0x%" PRIx64
		 ", offset %" PRId64 ": wanted 0x%016" PRIx64 ", got 0x%016" PRIx64,
		 w->corrupt, w->corrupt_addr, w->corrupt_offset, w->corrupt_want, w->corrupt_got);
	return buf;
}
