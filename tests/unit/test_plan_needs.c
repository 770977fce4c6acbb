/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a profile wants and a machine lacks: the reason of the skip names it. */
#include <criterion/criterion.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "plan_fixture.h"

Test(plan_needs, needs)
{
	struct planned p;

	probe(&p, V1);
	build(&p, HEAD "needs: [swap, numa2]\ngroups: { g: {} }\nstressors:\n"
		       "  w: { use: anon, in: g, size: 8M }\n" NULL_PHASE);
	cr_assert_eq(p.r, 0);
	cr_assert_not_null(strstr(p.plan.skip, "the profile needs swap: there is no swap space"),
			   "%s", p.plan.skip);
	drop(&p);
	probe(&p, V2);
	build(&p, HEAD "needs: [swap, numa2]\ngroups: { g: {} }\nstressors:\n"
		       "  w: { use: anon, in: g, size: 8M }\n" NULL_PHASE);
	cr_assert_null(p.plan.skip, "%s", p.plan.skip);
	drop(&p);
	probe(&p, CONTAINER);
	build(&p, HEAD "groups: { g: {} }\nstressors:\n"
		       "  w: { use: pagecache, in: g, size: 8M, engine: io_uring }\n" NULL_PHASE);
	cr_assert_not_null(strstr(p.plan.skip, "stressor w (pagecache) needs io-uring"), "%s",
			   p.plan.skip);
	drop(&p);
}

Test(plan_needs, cpus_and_nodes)
{
	static const struct {
		const char *machine, *options, *skip;
	} cases[] = {
		{V1, "cpus: 0-1", NULL},
		{V1, "cpus: '0,2'", "wants CPU 2; this machine has 2"},
		{V2, "cpus: 0-7", NULL},
		{V2, "nodes: '1', policy: bind", NULL},
		{V1, "nodes: '1', policy: bind", "wants NUMA node 1; this machine has 1"},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct planned p;
		char text[512];

		probe(&p, cases[i].machine);
		snprintf(text, sizeof(text),
			 HEAD "groups: { g: {} }\nstressors:\n"
			      "  w: { use: anon, in: g, size: 8M, %s }\n" NULL_PHASE,
			 cases[i].options);
		build(&p, text);
		cr_assert_eq(p.r, 0, "%s: %s", cases[i].options, p.err.text);
		if (cases[i].skip)
			cr_assert(p.plan.skip && strstr(p.plan.skip, cases[i].skip), "%s: %s",
				  cases[i].options, p.plan.skip);
		else
			cr_assert_null(p.plan.skip, "%s", p.plan.skip);
		drop(&p);
	}
}

static int cpus(const char *text, unsigned char *set)
{
	return cpulist_parse(text, set, 8);
}

Test(plan_needs, cpulist)
{
	unsigned char set[8];

	cr_assert_eq(cpus("0", set), 1);
	cr_assert(set[0] && !set[1]);
	cr_assert_eq(cpus("0-2,5", set), 4);
	cr_assert(set[0] && set[1] && set[2] && !set[3] && !set[4] && set[5]);
	cr_assert_eq(cpus("7", set), 1);
	cr_assert_eq(cpus("1,1", set), 1, "a set");
	for (const char *const *bad =
		     (const char *const[]){"", "8", "0-8", "2-1", "a", "1,", ",1", "1-", "-1",
					   "1 2", "99999999999999999999", "0x1", NULL};
	     *bad; bad++)
		cr_assert_eq(cpus(*bad, set), -EINVAL, "\"%s\"", *bad);
}
