/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From a profile and a captured machine to absolute numbers: sums, the fuse, phases, reasons. */
#include <criterion/criterion.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/units.h"
#include "plan_fixture.h"

#define OVERHEAD (32 * MIB) /* of a trial */
#define PER_WORK (1 * MIB)  /* of a worker */

static int64_t anon_footprint(int64_t size)
{
	struct planned p;
	char text[512];
	int64_t use;

	probe(&p, V1);
	snprintf(text, sizeof(text),
		 HEAD "groups: { g: {} }\nstressors:\n  w: { use: anon, in: g, size: %lldM "
		      "}\n" NULL_PHASE,
		 (long long)(size / MIB));
	build(&p, text);
	cr_assert_eq(p.r, 0, "%s", p.err.text);
	use = p.plan.spec.stressors[0].memory;
	cr_assert_geq(use, size);
	cr_assert_leq(use, size + size / 16 + MIB, "page tables and little else");
	drop(&p);
	return use;
}

Test(plan, sums_of_workers_and_the_fuse)
{
	int64_t one = anon_footprint(16 * MIB);
	struct planned p;

	probe(&p, V1);
	build(&p, HEAD "groups: { a: {}, b: {} }\nstressors:\n"
		       "  w: { use: anon, in: [a, b], size: 16M, workers: 3 }\n" NULL_PHASE);
	cr_assert_eq(p.r, 0, "%s", p.err.text);
	cr_assert_null(p.plan.skip);
	cr_assert_eq(p.plan.n_workers, 6);
	cr_assert_eq(p.plan.spec.stressors[0].workers, 6);
	cr_assert_eq(p.plan.spec.stressors[0].memory, 6 * one);
	cr_assert_eq(p.plan.memory_sum, 6 * (one + PER_WORK));
	cr_assert_eq(p.plan.spec.fuse, p.plan.memory_sum + OVERHEAD);
	cr_assert_eq(p.plan.disk_sum, 0);
	cr_assert_not(p.plan.uses_scratch);
	drop(&p);
}

Test(plan, a_limit_caps_what_its_group_can_use)
{
	int64_t one = anon_footprint(64 * MIB);
	struct planned p;

	probe(&p, V1);
	build(&p, HEAD "groups: { top: { memory.max: 40M }, top/a: { memory.max: 32M }, top/b: {},"
		       " free: {} }\n"
		       "stressors:\n"
		       "  w: { use: anon, in: top/a, size: 64M }\n"
		       "  x: { use: anon, in: top/b, size: 64M }\n"
		       "  y: { use: anon, in: free, size: 64M }\n"
		       "phases:\n  - phase: run\n    start: [w, x, y]\n"
		       "    expect: { w.outcome: running }\n");
	cr_assert_eq(p.r, 0, "%s", p.err.text);
	/* a holds 32M at most, b has no limit, but both are below top. */
	cr_assert_eq(p.plan.memory_sum, 40 * MIB + one + PER_WORK);
	drop(&p);
}

Test(plan, a_limit_raised_later_counts)
{
	static const char text[] = HEAD "groups: { g: { memory.max: 16M } }\nstressors:\n"
					"  w: { use: anon, in: g, size: 256M }\n"
					"phases:\n  - phase: run\n    start: w\n    wait: 1s\n"
					"    expect: { w.outcome: running }\n"
					"  - phase: more\n    set: { g/memory.max: %s }\n"
					"    expect: { w.outcome: running }\n";
	static const struct {
		const char *value;
		int64_t sum;
	} cases[] = {{"8M", 16 * MIB}, {"128M", 128 * MIB}};

	for (size_t i = 0; i < 2; i++) {
		struct planned p;
		char buf[sizeof(text) + 16];

		probe(&p, V1);
		snprintf(buf, sizeof(buf), text, cases[i].value);
		build(&p, buf);
		cr_assert_eq(p.r, 0, "%s", p.err.text);
		cr_assert_eq(p.plan.memory_sum, cases[i].sum, "set to %s", cases[i].value);
		drop(&p);
	}
}

static const char large[] = HEAD "groups: { g: {} }\nstressors:\n"
				 "  w: { use: anon, in: g, size: 1T }\n" NULL_PHASE;

static const char large_on_purpose[] =
	HEAD "needs: [whole-machine]\ngroups: { g: {} }\nstressors:\n"
	     "  w: { use: anon, in: g, size: 1T }\n" NULL_PHASE;

Test(plan, does_not_fit)
{
	struct planned p;

	probe(&p, V1);
	build(&p, large);
	cr_assert_eq(p.r, -E2BIG);
	cr_assert_eq(p.err.class, ERR_SKIP);
	cr_assert_not_null(strstr(p.err.text, "may use 1.00"), "%s", p.err.text);
	cr_assert_not_null(strstr(p.err.text, "23.541G"), "%s", p.err.text);
	cr_assert_not_null(strstr(p.err.text, "reserve of 2.94"), "%s", p.err.text);
	drop(&p);
}

Test(plan, a_sysctl_is_a_path)
{
	struct planned p;

	probe(&p, V1);
	p.config.whole_machine = true;
	build(&p, HEAD "groups: { g: {} }\nstressors:\n  w: { use: anon, in: g, size: 1M }\n"
		       "phases:\n  - phase: run\n    set: { sysctl.vm.swappiness: 7 }\n"
		       "    start: w\n    expect: { w.outcome: running }\n");
	cr_assert_eq(p.r, 0, "%s", p.err.text);
	cr_assert_str_eq(p.plan.phases[0].actions[0].set.knob, "vm/swappiness");
	cr_assert_eq(p.plan.phases[0].actions[0].set.value, 7);
	drop(&p);
}

Test(plan, who_moves_may_use_its_memory_in_each_group)
{
	static const char profile[] =
		HEAD "groups: { g: {}, h: {} }\nstressors:\n  w: { use: anon, in: g, size: 64M }\n"
		     "phases:\n  - phase: run\n    start: w\n    set: { w.in: %s }\n"
		     "    expect: { w.outcome: running }\n";
	struct planned p;
	char text[1024];
	int64_t stays;

	probe(&p, V1);
	snprintf(text, sizeof(text), profile, "g");
	build(&p, text);
	cr_assert_eq(p.r, 0, "%s", p.err.text);
	cr_assert_eq(p.plan.spec.stressors[0].n_groups, 1);
	stays = p.plan.spec.fuse;
	drop(&p);
	probe(&p, V1);
	snprintf(text, sizeof(text), profile, "h");
	build(&p, text);
	cr_assert_eq(p.r, 0, "%s", p.err.text);
	cr_assert_eq(p.plan.phases[0].actions[1].set.group, 1);
	cr_assert_eq(p.plan.phases[0].actions[1].set.stressor, 0);
	cr_assert_eq(p.plan.spec.stressors[0].n_groups, 2);
	cr_assert_eq(p.plan.spec.stressors[0].groups[1], 1);
	cr_assert_eq(p.plan.stressors[0].n_workers, 1);
	cr_assert_geq(p.plan.spec.fuse, stays + 64 * MIB);
	drop(&p);
}

Test(plan, whole_machine_has_its_fuse_all_the_same)
{
	struct planned p;

	probe(&p, V1);
	p.config.whole_machine = true;
	build(&p, large);
	cr_assert_eq(p.r, -E2BIG,
		     "what does not exhaust the machine on purpose must fit, in a guest too");
	drop(&p);
	probe(&p, V1);
	p.config.whole_machine = true;
	build(&p, large_on_purpose);
	cr_assert_eq(p.r, 0, "%s", p.err.text);
	cr_assert_gt(p.plan.spec.fuse, 1024 * GIB);
	cr_assert_lt(p.plan.spec.fuse, (1024 + 64) * GIB);
	drop(&p);
}

/* The room is the least of: total less reserve, available, the limit above less its share. */
static int fits(struct planned *p, int64_t mib)
{
	char text[512];
	int r;

	snprintf(text, sizeof(text),
		 HEAD "groups: { g: { memory.max: %lldM } }\nstressors:\n"
		      "  w: { use: anon, in: g, size: 2T }\n" NULL_PHASE,
		 (long long)(mib - 32));
	build(p, text);
	r = p->r;
	drop(p);
	p->err = (struct err){0};
	return r;
}

Test(plan, room)
{
	struct planned p;

	probe(&p, V1);
	p.machine.mem_total = 4096 * MIB;
	p.machine.mem_available = 4000 * MIB;
	p.config.reserve = 1024 * MIB;
	cr_assert_eq(fits(&p, 3072), 0);
	cr_assert_eq(fits(&p, 3073), -E2BIG);
	p.machine.mem_available = 1000 * MIB;
	cr_assert_eq(fits(&p, 1000), 0);
	cr_assert_eq(fits(&p, 1001), -E2BIG);
	/* A reserve larger than a quarter of the limit above is cut to it. */
	p.machine.base_limit = 800 * MIB;
	cr_assert_eq(fits(&p, 600), 0);
	cr_assert_eq(fits(&p, 601), -E2BIG);
}

Test(plan, default_reserve)
{
	struct machine m = {.mem_total = 64 * GIB};

	cr_assert_eq(plan_default_reserve(&m), 8 * GIB);
	m.mem_total = 2 * GIB;
	cr_assert_eq(plan_default_reserve(&m), 512 * MIB);
	m.mem_total = 600 * MIB;
	cr_assert_eq(plan_default_reserve(&m), 300 * MIB);
}

Test(plan, disk)
{
	static const char text[] =
		HEAD "groups: { g: {} }\nstressors:\n"
		     "  w: { use: pagecache, in: g, size: 64M, file: data }\n" NULL_PHASE;
	struct planned p;
	int64_t need;

	probe(&p, V1);
	build(&p, text);
	need = p.plan.disk_sum;
	cr_assert(p.plan.uses_scratch);
	cr_assert_geq(need, 64 * MIB);
	drop(&p);
	/* An eighth stays free. */
	p.config.disk_free = need + need / 7 + 8;
	build(&p, text);
	cr_assert_eq(p.r, 0, "%s", p.err.text);
	drop(&p);
	p.config.disk_free = need + need / 7 - 8;
	build(&p, text);
	cr_assert_eq(p.r, -ENOSPC);
	cr_assert_not_null(strstr(p.err.text, "--scratch"), "%s", p.err.text);
	drop(&p);
}

Test(plan, repeats_are_written_out)
{
	struct planned p;

	probe(&p, V1);
	build(&p, HEAD "params: { rounds: 3 }\ngroups: { g: {} }\nstressors:\n"
		       "  w: { use: anon, in: g, size: 8M }\n"
		       "phases:\n"
		       "  - phase: first\n    start: w\n    expect: { w.outcome: running }\n"
		       "  - phase: churn\n    repeat: $rounds\n    set: { w.target: 4M }\n"
		       "    wait: 10ms\n    expect: { g/memory.stat.anon: 4M ± 1M }\n"
		       "  - phase: after\n    since: churn\n    stop: w\n"
		       "    expect: { g/memory.stat.anon: -4M ± 1M }\n");
	cr_assert_eq(p.r, 0, "%s", p.err.text);
	const struct spec *s = &p.plan.spec;

	cr_assert_eq(s->n_phases, 5);
	cr_assert_str_eq(s->phases[0].name, "first");
	cr_assert_str_eq(s->phases[1].name, "churn 1/3");
	cr_assert_str_eq(s->phases[3].name, "churn 3/3");
	cr_assert_eq(s->phases[4].since, 3, "the last round");
	cr_assert_eq(s->n_checks, 5);
	for (int i = 1; i <= 3; i++) {
		cr_assert_eq(s->checks[i].phase, i);
		cr_assert_eq(s->checks[i].a, 4 * MIB);
		cr_assert_eq(s->checks[i].slack, MIB);
		cr_assert_not(s->checks[i].delta);
	}
	cr_assert(s->checks[4].delta);
	cr_assert_eq(s->checks[4].a, -4 * MIB);
	cr_assert_eq(s->checks[4].since, 3);
	drop(&p);
}

Test(plan, repeat_out_of_range_on_this_machine)
{
	struct planned p;

	probe(&p, V1);
	build(&p, HEAD "params: { rounds: 60 x cpus }\ngroups: { g: {} }\nstressors:\n"
		       "  w: { use: anon, in: g, size: 8M }\n"
		       "phases:\n  - phase: a\n    start: w\n    expect: { w.outcome: running }\n"
		       "  - phase: b\n    repeat: $rounds\n    wait: 1s\n"
		       "    expect: { w.outcome: running }\n");
	cr_assert_eq(p.r, -EINVAL);
	cr_assert_eq(p.diags.n, 1);
	drop(&p);
}

Test(plan, slack)
{
	struct planned p;

	probe(&p, V1);
	build(&p, HEAD "groups: { g: {} }\nstressors:\n  w: { use: anon, in: g, size: 64M }\n"
		       "phases:\n  - phase: run\n    start: w\n    expect:\n"
		       "      g/memory.stat.anon: 64M ± 5% of expected\n"
		       "      meminfo.AnonPages: -100M ± 2.5% of expected\n"
		       "      g/memory.current: 10M .. 200M ± 1% of expected\n"
		       "      meminfo.Slab: +0 ± 2M\n"
		       "      g/memory.peak: 25% of MemTotal ± 1M\n");
	cr_assert_eq(p.r, 0, "%s", p.err.text);
	const struct check *c = p.plan.spec.checks;

	cr_assert_eq(c[0].slack, 64 * MIB / 20);
	cr_assert_eq(c[1].a, -100 * MIB);
	cr_assert_eq(c[1].slack, 100 * MIB / 40, "of the magnitude");
	cr_assert_eq(c[2].slack, 2 * MIB, "of the larger end");
	cr_assert_eq(c[3].slack, 2 * MIB);
	cr_assert_eq(c[4].a, p.machine.mem_total / 4);
	drop(&p);
}

Test(plan, empty_range_on_this_machine)
{
	struct planned p;

	probe(&p, V1);
	build(&p, HEAD "groups: { g: {} }\nstressors:\n  w: { use: anon, in: g, size: 8M }\n"
		       "phases:\n  - phase: run\n    start: w\n"
		       "    expect: { g/memory.current: 50% of MemTotal .. 1G }\n");
	cr_assert_eq(p.r, -EINVAL);
	cr_assert_eq(p.diags.n, 1);
	drop(&p);
}

/* Whether a knob with this value makes the plan a SKIP, and for what. */
static void knob(const char *sysroot, const char *knob, const char *why)
{
	struct planned p;
	char text[512];

	probe(&p, sysroot);
	snprintf(text, sizeof(text),
		 HEAD "groups: { g: { %s } }\nstressors:\n  w: { use: anon, in: g, size: 8M "
		      "}\n" NULL_PHASE,
		 knob);
	build(&p, text);
	cr_assert_eq(p.r, 0, "%s: %s", knob, p.err.text);
	if (why)
		cr_assert(p.plan.skip && strstr(p.plan.skip, why), "%s: %s", knob,
			  p.plan.skip ? p.plan.skip : "no skip");
	else
		cr_assert_null(p.plan.skip, "%s: %s", knob, p.plan.skip);
	drop(&p);
}

Test(plan, knobs_by_version)
{
	knob(V1, "memory.max: 64M", NULL);
	knob(V1, "memory.high: 64M", "memory.high");
	knob(V1, "memory.high: max", NULL);
	knob(V1, "memory.min: 4M", "memory.min");
	knob(V1, "memory.min: 0", NULL);
	knob(V1, "memory.oom.group: 1", "memory.oom.group");
	knob(V1, "memory.oom.group: 0", NULL);
	knob(V2, "memory.high: 64M", NULL);
	knob(V2, "memory.min: 4M", NULL);
	knob(V2, "memory.oom.group: 1", NULL);
}

/* On v1 it is v1's knobs that count, also where we may make no groups. */
Test(plan, knobs_without_leave)
{
	struct planned p;

	probe(&p, V1);
	p.machine.has &= ~(needs_t)(NEED_MEMCG | NEED_CGROUP_V1);
	build(&p, HEAD "groups: { g: { memory.high: 64M } }\nstressors:\n"
		       "  w: { use: anon, in: g, size: 8M }\n" NULL_PHASE);
	cr_assert_not_null(p.plan.skip);
	cr_assert_not_null(strstr(p.plan.skip, "memcg"), "the first reason stands: %s",
			   p.plan.skip);
	drop(&p);
}

Test(plan, deadline_and_names)
{
	struct planned p;

	probe(&p, V1);
	p.config.sample_interval = nsec(20 * NSEC_PER_MSEC);
	build(&p, HEAD "groups: { g: {} }\nstressors:\n  w: { use: anon, in: g, size: 8M }\n"
		       "phases:\n  - phase: run\n    start: w\n    wait: 100s\n"
		       "    until: w holds within 1000s\n    expect: { w.outcome: running }\n"
		       "  - phase: more\n    since: run\n    until: w.ops at least +1 within 1s\n"
		       "    expect: { w.ops: at least +1 }\n");
	cr_assert_eq(p.r, 0, "%s", p.err.text);
	cr_assert_geq(p.plan.deadline.ns, 1100 * NSEC_PER_SEC);
	cr_assert_leq(p.plan.deadline.ns, 1500 * NSEC_PER_SEC);
	cr_assert_eq(p.plan.phases[1].actions[0].when.since, 0, "a sign refers to \"since\"");
	cr_assert_str_eq(p.plan.spec.name, "test/plan");
	cr_assert_eq(p.plan.spec.sample_interval_ns, 20 * NSEC_PER_MSEC);
	cr_assert_str_eq(p.plan.spec.phases[0].action_text,
			 "start w, wait 100s, until w holds within 1000s");
	drop(&p);
}
