/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A profile planned for a captured machine. */
#ifndef MT_TEST_PLAN_FIXTURE_H
#define MT_TEST_PLAN_FIXTURE_H

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "plan/build.h"
#include "plan/plan.h"

#define V1	  TEST_DATA "/machines/v1-2cpu"
#define V2	  TEST_DATA "/machines/v2-2node-swap"
#define CONTAINER TEST_DATA "/machines/v2-mglru-container"

struct planned {
	struct machine machine;
	struct plan_config config;
	struct profile profile;
	struct plan plan;
	struct diags diags;
	struct err err;
	int r;
};

static void probe(struct planned *p, const char *sysroot)
{
	struct roots roots;
	struct err err = {0};

	*p = (struct planned){0};
	cr_assert_eq(roots_open(sysroot, &roots, &err), 0, "%s", err.text);
	cr_assert_eq(probe_machine(&roots, &p->machine, &err), 0, "%s", err.text);
	roots_close(&roots);
	p->config = (struct plan_config){.machine = &p->machine, .disk_free = -1};
}

static void build(struct planned *p, const char *text)
{
	int r = profile_parse(&p->profile, "profiles/test/plan.yaml", text, strlen(text), NULL, 0,
			      &p->diags);

	if (r < 0)
		diags_print(&p->diags, stderr, false);
	cr_assert_eq(r, 0, "the profile itself is good");
	p->r = plan_build(&p->plan, &p->profile, &p->config, &p->diags, &p->err);
}

static void drop(struct planned *p)
{
	plan_free(&p->plan);
	profile_free(&p->profile);
	diags_free(&p->diags);
}

/* The head that every profile has, then groups and so on. */
#define HEAD	   "summary: a test\nsource: none\n"
#define NULL_PHASE "phases:\n  - phase: run\n    start: w\n    expect: { w.outcome: running }\n"

#endif
