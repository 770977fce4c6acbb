/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The machine's counters against the groups': it holds, it fails, and it says nothing when others
 * are loud. */
#include "test_judge_fixture.h"

#define ANON "meminfo.AnonPages moved as its groups did"

static struct fixture f;

/* The trial's groups gain 64 MiB, the drain group gives back 1 MiB, others gain `others`. */
static void gains(int64_t machine, int64_t others)
{
	fixture_init(&f);
	fixture_set(&f, "hog/memory.stat.anon", PAGE, PAGE + 48 * MIB, PAGE);
	fixture_set(&f, "neighbour/memory.stat.anon", 0, 16 * MIB, 0);
	fixture_set(&f, "hog/inner/memory.stat.anon", 0, 8 * MIB, 0);
	fixture_set(&f, "drain/memory.stat.anon", MIB, 0, MIB);
	fixture_set(&f, "others.anon", GIB, GIB + others, GIB);
	fixture_set(&f, "others.anon.moved", 0, 0, 0);
	fixture_set(&f, "meminfo.AnonPages", 2 * GIB, 2 * GIB + machine, 2 * GIB);
}

static const struct check_verdict *verdict_of_fill(void)
{
	judge_record(&f.r);
	for (size_t i = 0; i < f.r.n_verdicts; i++)
		if (!strcmp(f.r.verdicts[i].name, ANON) && f.r.verdicts[i].phase == 0)
			return &f.r.verdicts[i];
	return NULL;
}

Test(judge_machine, exact_on_a_quiet_machine)
{
	gains(63 * MIB, 0);
	cr_assert_eq(verdict_of_fill()->verdict, V_PASS);
	cr_expect_eq(verdict_of_fill()->tolerance, 0);
	record_free(&f.r);
	gains(63 * MIB + PAGE, 0);
	cr_expect_eq(verdict_of_fill()->verdict, V_FAIL);
	cr_expect(strstr(verdict_of_fill()->why, "+63.004M, the trial's groups by +63M"), "%s",
		  verdict_of_fill()->why);
	cr_expect_eq(f.r.verdict, V_FAIL);
	record_free(&f.r);
	gains(63 * MIB - PAGE, 0);
	cr_expect_eq(verdict_of_fill()->verdict, V_FAIL);
	record_free(&f.r);
}

Test(judge_machine, what_others_gained_is_taken_out)
{
	gains(68 * MIB, 5 * MIB);
	cr_expect_eq(verdict_of_fill()->verdict, V_PASS);
	cr_expect_eq(verdict_of_fill()->others, 5 * MIB);
	record_free(&f.r);
	/* Others at work refill the per-CPU counters of both, by so much and no more. */
	gains(68 * MIB + (36 + 64) * CPUS * PAGE, 5 * MIB);
	cr_expect_eq(verdict_of_fill()->verdict, V_PASS);
	record_free(&f.r);
	gains(68 * MIB + ((36 + 64) * CPUS + 1) * PAGE, 5 * MIB);
	cr_expect_eq(verdict_of_fill()->verdict, V_FAIL);
	record_free(&f.r);
}

Test(judge_machine, loud_others_decide_nothing)
{
	gains(63 * MIB, 100 * MIB);
	cr_expect_eq(verdict_of_fill()->verdict, V_SKIP);
	cr_expect_eq(f.r.verdict, V_PASS);
	record_free(&f.r);
	gains(0, 0);
	f.readings[FILL].settled &= ~(unsigned)SETTLED_CALM;
	cr_expect_null(verdict_of_fill());
	record_free(&f.r);
}

Test(judge_machine, without_the_numbers_there_is_no_check)
{
	gains(0, 0);
	f.values[FILL][record_column(&f.r, "others.anon")] = VALUE_ABSENT;
	cr_expect_null(verdict_of_fill());
	record_free(&f.r);
}

/* A global change that fails while others kept moving is no word against the kernel. */
Test(judge_machine, a_miss_in_a_restless_reading_is_broken)
{
	gains(63 * MIB, 0);
	fixture_check(&f, 0, "meminfo.AnonPages", C_EQUAL, true, 70 * MIB);
	expect_verdict(&f, "meminfo.AnonPages", V_FAIL);
	f.readings[FILL].settled &= ~(unsigned)SETTLED_CALM;
	expect_verdict(&f, "meminfo.AnonPages", V_BROKEN);
	record_free(&f.r);
}

/* A page on a list of a CPU is free, but not in MemFree. */
Test(judge_machine, lists_of_the_cpus_are_free_memory)
{
	fixture_init(&f);
	fixture_set(&f, "meminfo.MemTotal", GIB, GIB, GIB);
	fixture_set(&f, "meminfo.MemFree", 900 * MIB, 896 * MIB, 0);
	fixture_set(&f, "meminfo.MemAvailable", 800 * MIB, 796 * MIB, 0);
	fixture_set(&f, "vmstat.nr_free_pages", 900 * MIB / PAGE, 896 * MIB / PAGE, 0);
	fixture_set(&f, "zoneinfo.pcp", 100, 100 + 3 * MIB / PAGE, 0);
	fixture_check(&f, 0, "meminfo.MemFree", C_EQUAL, true, -MIB);
	fixture_check(&f, 0, "vmstat.nr_free_pages", C_EQUAL, true, -MIB / PAGE);
	fixture_check(&f, 0, "free.used", C_EQUAL, true, MIB);
	expect_verdict(&f, "meminfo.MemFree", V_PASS);
	expect_verdict(&f, "vmstat.nr_free_pages", V_PASS);
	expect_verdict(&f, "free.used", V_PASS);
	cr_expect_eq(f.r.verdicts[0].lists, -3 * MIB);
	cr_expect_eq(f.r.verdicts[1].lists, -3 * MIB / PAGE);
	cr_expect_eq(f.r.verdicts[2].lists, 3 * MIB);
	cr_expect_eq(f.r.verdicts[2].tolerance, 0);
	/* As much gone without being on a list. */
	f.values[FILL][record_column(&f.r, "zoneinfo.pcp")] = 100;
	expect_verdict(&f, "meminfo.MemFree", V_FAIL);
	expect_verdict(&f, "free.used", V_FAIL);
	f.values[FILL][record_column(&f.r, "zoneinfo.pcp")] = 100 + MIB / PAGE;
	fixture_set(&f, "others.anon", 0, MIB / 2, 0);
	expect_verdict(&f, "free.used", V_FAIL);
	cr_expect(strstr(f.r.verdicts[2].why,
			 "rose by 2.5M (others' +512K, +1M of the CPUs' free lists taken out)"),
		  "%s", f.r.verdicts[2].why);
	record_free(&f.r);
}

/* DAMON takes cold cache away without a trace: too little of it is no word against the kernel. */
Test(judge_machine, damon_explains_cache_that_is_gone)
{
	gains(63 * MIB, 0);
	fixture_set(&f, "hog/memory.stat.file", 0, 31 * MIB, 0);
	fixture_check(&f, 0, "hog/memory.stat.file", C_EQUAL, true, 32 * MIB);
	expect_verdict(&f, "hog/memory.stat.file", V_FAIL);
	f.r.n_facts = 1;
	f.facts[0] = (struct fact){"damon", "none"};
	expect_verdict(&f, "hog/memory.stat.file", V_FAIL);
	f.facts[0] = (struct fact){"damon", "kdamond 0: pageout"};
	expect_verdict(&f, "hog/memory.stat.file", V_SKIP);
	fixture_set(&f, "hog/memory.stat.file", 0, 32 * MIB + 20 * PAGE, 0); /* others' came back */
	expect_verdict(&f, "hog/memory.stat.file", V_SKIP);
	fixture_set(&f, "hog/memory.stat.file", 0, 33 * MIB + PAGE, 0);
	expect_verdict(&f, "hog/memory.stat.file", V_FAIL);
	fixture_set(&f, "hog/memory.stat.file", 0, 23 * MIB, 0);
	expect_verdict(&f, "hog/memory.stat.file", V_FAIL);
	fixture_set(&f, "hog/memory.stat.file", 0, 0, 0);
	expect_verdict(&f, "hog/memory.stat.file", V_FAIL);
	record_free(&f.r);
}

Test(judge_machine, two_files_of_one_counter)
{
	static const char name[] = "meminfo agrees with vmstat";
	int64_t most = 2 * 36 * CPUS + 32; /* pages */

	gains(0, 0);
	fixture_set(&f, "meminfo.Shmem", GIB, GIB, GIB);
	fixture_set(&f, "vmstat.nr_shmem", GIB / PAGE, GIB / PAGE + most, GIB / PAGE);
	expect_verdict(&f, name, V_PASS);
	fixture_set(&f, "vmstat.nr_shmem", GIB / PAGE + most + 1, GIB / PAGE, GIB / PAGE);
	expect_verdict(&f, name, V_FAIL);
	expect_why(&f, name, "meminfo.Shmem is 1G");
	record_free(&f.r);
}
