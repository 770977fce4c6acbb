/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Inside plan/ only: the state shared by the steps that build a plan. */
#ifndef MT_PLAN_BUILD_H
#define MT_PLAN_BUILD_H

#include "cgroup/names.h"
#include "plan/plan.h"

struct build {
	struct plan *plan;
	const struct profile *profile;
	const struct plan_config *config;
	struct expr_env env;
	struct diags *diags;
	bool failed; /* at least one diagnostic */
};

/* Evaluate at a position: a failure becomes a diagnostic there and returns 0. */
int64_t build_eval(struct build *b, const struct expr *e, enum unit unit, struct pos pos);
/* The first reason to skip stands. */
void build_skip(struct build *b, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* Skip for the first need in needs that this machine lacks; who says whose need it is. */
void build_need(struct build *b, needs_t needs, const char *who);

/* Skip when this machine has no such knob and the value asks for something. */
void build_knob(struct build *b, const struct knob *k, int64_t value);

void build_groups(struct build *b);
void build_stressors(struct build *b);
void build_phases(struct build *b);
/* After the phases, as they may raise limits: spec.fuse and the sums. Returns 0 or -E2BIG. */
int build_fuse(struct build *b, struct err *err);

/* "0-1,3" as a set. Returns the number of CPUs in it, or -EINVAL. */
int cpulist_parse(const char *text, unsigned char *ret_set, size_t max);

#endif
