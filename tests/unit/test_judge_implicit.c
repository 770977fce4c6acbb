/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What every trial must show: each of these checks passes on a quiet trial, and can fail. */
#include "test_judge_fixture.h"

#include <signal.h>

static struct fixture f;

static void quiet_trial(void)
{
	fixture_init(&f);
	fixture_set(&f, "meminfo.AnonPages", 0, 0, 0);
	fixture_check(&f, 0, "meminfo.AnonPages", C_EQUAL, true, 0);
}

static void add_event(const char *text)
{
	f.events[f.r.n_events] = (struct event){.kind = EV_KMSG, .bad = true, .t_ns = NSEC_PER_SEC};
	snprintf(f.events[f.r.n_events++].text, sizeof(f.events[0].text), "%s", text);
}

static void add_oom(int pid, const char *oom_memcg, const char *task_memcg)
{
	struct oom_record *o = &f.ooms[f.r.n_ooms++];

	*o = (struct oom_record){.pid = pid, .memcg = *oom_memcg, .anon_rss = MIB};
	snprintf(o->constraint, sizeof(o->constraint), "CONSTRAINT_MEMCG");
	snprintf(o->oom_memcg, sizeof(o->oom_memcg), "%s", oom_memcg);
	snprintf(o->task_memcg, sizeof(o->task_memcg), "%s", task_memcg);
	snprintf(o->task, sizeof(o->task), "worker");
}

Test(judge_implicit, all_pass_on_a_quiet_trial)
{
	static const char *const names[] = {"kernel log",	"corruption",
					    "workers' ends",	"fuse",
					    "OOM kills",	"OOM sources agree",
					    "machine unchanged"};

	quiet_trial();
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		expect_verdict(&f, names[i], V_PASS);
	cr_expect_eq(f.r.verdict, V_PASS);
	cr_expect_str_eq(f.r.verdict_why, "8 checks held");
	record_free(&f.r);
}

Test(judge_implicit, judging_twice_is_the_same)
{
	size_t n;

	quiet_trial();
	judge_record(&f.r);
	n = f.r.n_verdicts;
	judge_record(&f.r);
	cr_expect_eq(f.r.n_verdicts, n);
	record_free(&f.r);
}

Test(judge_implicit, kernel_log)
{
	quiet_trial();
	add_event("warning: WARNING: CPU: 1 PID: 5 at mm/page_counter.c:60");
	expect_verdict(&f, "kernel log", V_FAIL);
	expect_why(&f, "kernel log", "mm/page_counter.c:60");
	cr_expect_eq(f.r.verdict, V_FAIL);
	fixture_set(&f, "kmsg.bug", 0, 0, 0);
	fixture_check(&f, 1, "kmsg.bug", C_EQUAL, true, 0);
	expect_verdict(&f, "kernel log", V_FAIL);
	fixture_set(&f, "kmsg.warning", 0, 1, 1);
	fixture_check(&f, 1, "kmsg.warning", C_EQUAL, true, 1);
	expect_verdict(&f, "kernel log", V_PASS);
	cr_expect_eq(f.r.verdict, V_PASS);
	record_free(&f.r);
}

/* What the CPUs keep for themselves may bring a counter below zero, and no more than that. */
Test(judge_implicit, kernel_log_of_a_counter_below_zero)
{
	char line[100];

	quiet_trial();
	snprintf(line, sizeof(line), "negative-counter: vmstat_refresh: nr_zone_active_anon -%lld",
		 (long long)(4 * f.r.percpu_threshold * f.r.cpus));
	add_event(line);
	expect_verdict(&f, "kernel log", V_PASS);
	add_event("negative-counter: vmstat_refresh: nr_file_pages -100000");
	expect_verdict(&f, "kernel log", V_FAIL);
	expect_why(&f, "kernel log", "nr_file_pages -100000");
	record_free(&f.r);
}

Test(judge_implicit, kernel_log_without_room_or_reader)
{
	quiet_trial();
	fixture_set(&f, "kmsg.oops", 0, 0, 2);
	expect_verdict(&f, "kernel log", V_PASS); /* nothing was dropped: the events say it all */
	f.r.events_dropped = 9;
	expect_verdict(&f, "kernel log", V_FAIL);
	expect_why(&f, "kernel log", "2 lines");
	f.columns[record_column(&f.r, "kmsg.oops")].name = "x";
	f.columns[record_column(&f.r, "kmsg.lines")].name = "y";
	expect_verdict(&f, "kernel log", V_SKIP);
	record_free(&f.r);
}

Test(judge_implicit, corruption)
{
	quiet_trial();
	f.workers[1].corrupt = 3;
	f.workers[1].corrupt_addr = 0x7f00;
	f.workers[1].corrupt_offset = 4096;
	f.workers[1].corrupt_want = 0xab;
	expect_verdict(&f, "corruption", V_FAIL);
	expect_why(
		&f, "corruption",
		"worker 0 of quiet found wrong content in 3 places, the first at address 0x7f00, "
		"offset 4096: wanted 0x00000000000000ab, got 0x0000000000000000");
	fixture_set(&f, "quiet.corrupt", 0, 3, 3);
	fixture_check(&f, 0, "quiet.corrupt", C_EQUAL, false, 3);
	expect_verdict(&f, "corruption", V_PASS);
	record_free(&f.r);
}

Test(judge_implicit, ends)
{
	static const struct {
		int outcome, status;
		enum verdict verdict;
		const char *why;
	} rows[] = {
		{OUTCOME_OOM_KILLED, SIGKILL, V_FAIL, "killed by the OOM killer, unasked for"},
		{OUTCOME_KILLED, SIGTERM, V_BROKEN, "not by the OOM killer by signal 15"},
		{OUTCOME_CRASHED, SIGSEGV, V_BROKEN, "crashed by signal 11"},
		{OUTCOME_ERROR, 3 << 8, V_BROKEN, "failed with exit status 3: no room"},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		quiet_trial();
		f.workers[0].outcome = rows[i].outcome;
		f.workers[0].wait_status = rows[i].status;
		if (rows[i].outcome == OUTCOME_ERROR)
			strcpy(f.workers[0].error_text, "no room");
		expect_verdict(&f, "workers' ends", rows[i].verdict);
		expect_why(&f, "workers' ends", rows[i].why);
		cr_expect_eq(f.r.verdict, rows[i].verdict);
		f.r.spec.stressors[0].has_outcome_check = true;
		expect_verdict(&f, "workers' ends", V_PASS);
		record_free(&f.r);
	}
}

Test(judge_implicit, a_kill_that_the_plan_has)
{
	quiet_trial();
	f.workers[0].outcome = OUTCOME_KILLED;
	f.workers[0].wait_status = SIGKILL;
	f.r.spec.phases[0].action_text = "start quiet, kill quiet";
	expect_verdict(&f, "workers' ends", V_BROKEN);
	f.r.spec.phases[0].action_text = "kill eater";
	expect_verdict(&f, "workers' ends", V_PASS);
	record_free(&f.r);
}

Test(judge_implicit, each_stressor_tells_its_end)
{
	int n = 0;

	quiet_trial();
	f.workers[0].outcome = f.workers[1].outcome = OUTCOME_ERROR;
	judge_record(&f.r);
	for (size_t i = 0; i < f.r.n_verdicts; i++)
		n += f.r.verdicts[i].verdict == V_BROKEN;
	cr_expect_eq(n, 2);
	record_free(&f.r);
}

Test(judge_implicit, oom_kill_that_nobody_asked_for)
{
	quiet_trial();
	f.workers[0].wait_status = SIGKILL;
	add_oom(100, "/x/memtrial-7-1/hog", "/x/memtrial-7-1/hog");
	expect_verdict(&f, "OOM kills", V_FAIL);
	expect_why(&f, "OOM kills", "pid 100 (worker) was OOM-killed with 1M anonymous memory");
	expect_verdict(&f, "fuse", V_PASS);
	fixture_set(&f, "hog/memory.events.oom_kill", 0, 0, 1);
	fixture_check(&f, 1, "hog/memory.events.oom_kill", C_EQUAL, false, 1);
	expect_verdict(&f, "OOM kills", V_PASS);
	record_free(&f.r);
}

Test(judge_implicit, oom_kill_outside)
{
	quiet_trial();
	add_oom(4711, "/system.slice", "/system.slice");
	expect_verdict(&f, "OOM kills", V_PASS); /* another group's limit */
	f.r.n_ooms = 0;
	add_oom(4711, "", "/system.slice");
	expect_verdict(&f, "OOM kills", V_BROKEN);
	f.r.n_ooms = 0;
	add_oom(4711, "", "/x/memtrial-7-10/hog"); /* another trial's name begins like ours */
	expect_verdict(&f, "OOM kills", V_BROKEN);
	record_free(&f.r);
}

Test(judge_implicit, fuse)
{
	quiet_trial();
	f.workers[0].wait_status = SIGKILL;
	f.r.spec.stressors[0].has_outcome_check = true;
	add_oom(100, "/memtrial-7-1", "/memtrial-7-1/hog");
	expect_verdict(&f, "fuse", V_BROKEN);
	expect_why(&f, "fuse", "fuse of 1G");
	cr_expect_eq(f.r.verdict, V_BROKEN);
	record_free(&f.r);
}

/* SIGKILL, the group's count and the kernel log: each of the three can be the one that lies. */
Test(judge_implicit, oom_sources)
{
	quiet_trial();
	f.r.spec.stressors[0].has_outcome_check = true;
	f.workers[0].outcome = OUTCOME_OOM_KILLED;
	f.workers[0].wait_status = SIGKILL;
	fixture_set(&f, "hog/memory.events.oom_kill", 0, 0, 1);
	add_oom(100, "/memtrial-7-1/hog", "/memtrial-7-1/hog");
	expect_verdict(&f, "OOM sources agree", V_PASS);
	fixture_set(&f, "hog/memory.events.oom_kill", 0, 0, 0);
	expect_verdict(&f, "OOM sources agree", V_FAIL);
	expect_why(&f, "OOM sources agree", "oom_kill did not count it");
	/* It is that which the trial is about, though its worker ended in a way that is BROKEN. */
	f.r.spec.stressors[0].has_outcome_check = false;
	f.workers[0].outcome = OUTCOME_KILLED;
	expect_verdict(&f, "workers' ends", V_BROKEN);
	cr_expect_eq(f.r.verdict, V_FAIL);
	cr_expect(strstr(f.r.verdict_why, "did not count it"), "%s", f.r.verdict_why);
	f.r.spec.stressors[0].has_outcome_check = true;
	f.workers[0].outcome = OUTCOME_OOM_KILLED;
	f.workers[0].exited_ns = 25 * NSEC_PER_SEC; /* after the last reading: nothing is known */
	expect_verdict(&f, "OOM sources agree", V_PASS);
	f.workers[0].exited_ns = 15 * NSEC_PER_SEC;
	fixture_set(&f, "hog/memory.events.oom_kill", 0, 0, 1);
	f.workers[0].wait_status = 0;
	expect_verdict(&f, "OOM sources agree", V_FAIL);
	expect_why(&f, "OOM sources agree", "did not end by SIGKILL");
	f.workers[0].wait_status = SIGKILL;
	f.r.n_ooms = 0;
	expect_verdict(&f, "OOM sources agree", V_FAIL);
	expect_why(&f, "OOM sources agree", "the kernel log has no line and lost none");
	fixture_set(&f, "kmsg.lost", 2, 2, 3);
	expect_verdict(&f, "OOM sources agree", V_BROKEN);
	expect_why(&f, "OOM sources agree", "lines of the log were lost");
	cr_expect_eq(f.r.verdict, V_BROKEN);
	record_free(&f.r);
}

/* A kill that is counted, whoever died, is in the log; unless the log has a gap. */
Test(judge_implicit, oom_counted_and_not_logged)
{
	quiet_trial();
	fixture_set(&f, "hog/memory.events.oom_kill", 1, 1, 2);
	expect_verdict(&f, "OOM sources agree", V_FAIL);
	expect_why(&f, "OOM sources agree", "counted 1 OOM kills of which the kernel log has no");
	fixture_set(&f, "kmsg.lost", 0, 4, 4);
	expect_verdict(&f, "OOM sources agree", V_BROKEN);
	expect_why(&f, "OOM sources agree", "lines of the log were lost");
	fixture_set(&f, "kmsg.lost", 4, 4, 4);
	add_oom(555, "/memtrial-7-1/hog", "/memtrial-7-1/hog");
	f.r.spec.stressors[0].has_outcome_check = true;
	expect_verdict(&f, "OOM sources agree", V_PASS);
	fixture_set(&f, "hog/memory.events.oom_kill", 1, 1, 3);
	expect_verdict(&f, "OOM sources agree", V_FAIL);
	f.ooms[0].group_kill = true; /* met a second time when its group was gone through */
	expect_verdict(&f, "OOM sources agree", V_PASS);
	record_free(&f.r);
}

/* The highest limit that was in force counts, and only what may not fail goes beyond. */
Test(judge_implicit, never_above_max)
{
	const char *name = "hog: never above memory.max";

	quiet_trial();
	fixture_set(&f, "hog/memory.max", 64 * MIB, 64 * MIB, 32 * MIB);
	fixture_set(&f, "hog/memory.peak", MIB, 64 * MIB, 64 * MIB + STOCK);
	expect_verdict(&f, name, V_PASS);
	fixture_set(&f, "hog/memory.peak", MIB, 64 * MIB, 64 * MIB + STOCK + PAGE);
	expect_verdict(&f, name, V_FAIL);
	expect_why(&f, name, "used 64.504M at its peak, 516K of it beyond its memory.max of 64M");
	cr_expect_eq(f.r.verdict, V_FAIL);
	/* What lay in its sockets may have come in beyond. */
	fixture_set(&f, "hog/memory.stat.sock", 0, 4 * KIB, 0);
	expect_verdict(&f, name, V_PASS);
	fixture_set(&f, "hog/memory.stat.sock", 0, 0, 0);
	fixture_set(&f, "hog/memory.max", 64 * MIB, VALUE_MAX, 32 * MIB);
	judge_record(&f.r);
	cr_expect_eq(f.r.verdict, V_PASS);
	record_free(&f.r);
}

Test(judge_implicit, until)
{
	quiet_trial();
	f.untils[0] = (struct until_result){.phase = 0,
					    .text = "eater exits within 10s",
					    .met = true,
					    .took_ns = NSEC_PER_SEC,
					    .within_ns = 10 * NSEC_PER_SEC};
	f.r.n_untils = 1;
	expect_verdict(&f, "until", V_PASS);
	f.untils[0].met = false;
	f.untils[0].took_ns = 10 * NSEC_PER_SEC;
	expect_verdict(&f, "until", V_FAIL);
	expect_why(&f, "until", "phase fill waited 10s for \"eater exits within 10s\"");
	cr_expect_eq(f.r.verdict, V_FAIL);
	record_free(&f.r);
}

Test(judge_implicit, machine)
{
	quiet_trial();
	fixture_set(&f, "meminfo.MemTotal", GIB, GIB, GIB);
	fixture_set(&f, "meminfo.Balloon", 0, 0, 0);
	expect_verdict(&f, "machine unchanged", V_PASS);
	fixture_set(&f, "meminfo.Balloon", 0, 0, 64 * MIB);
	expect_verdict(&f, "machine unchanged", V_BROKEN);
	expect_why(&f, "machine unchanged",
		   "meminfo.Balloon changed from 0 to 64M by the end of phase release");
	cr_expect_eq(f.r.verdict, V_BROKEN);
	fixture_check(&f, 1, "meminfo.Balloon", C_EQUAL, true, 64 * MIB);
	expect_verdict(&f, "machine unchanged", V_PASS);
	record_free(&f.r);
}

Test(judge_implicit, interrupted)
{
	quiet_trial();
	f.r.interrupted = true;
	judge_record(&f.r);
	cr_expect_eq(f.r.verdict, V_BROKEN);
	add_event("bug: BUG: kernel NULL pointer dereference");
	judge_record(&f.r);
	cr_expect_eq(f.r.verdict, V_FAIL);
	record_free(&f.r);
}

static void group_adds_up(int version)
{
	quiet_trial();
	f.r.cgroup_version = version;
	fixture_set(&f, "hog/memory.current", 5 * PAGE, 64 * MIB + 10 * PAGE, 5 * PAGE);
	fixture_set(&f, "hog/memory.stat.anon", 0, 60 * MIB, 0);
	fixture_set(&f, "hog/memory.stat.file", 0, 4 * MIB, 0);
	fixture_set(&f, "hog/memory.stat.kernel", 5 * PAGE, 10 * PAGE, 5 * PAGE);
}

#define SUM "hog: usage is the sum of its parts"
#define RSS "hog: anon holds its workers' RSS"

/* The worst of the verdicts of that name, one a reading. */
static enum verdict cross_verdict(const char *name)
{
	enum verdict worst = V_MAX;

	judge_record(&f.r);
	for (size_t i = 0; i < f.r.n_verdicts; i++)
		if (!strcmp(f.r.verdicts[i].name, name) && worst != V_FAIL)
			worst = f.r.verdicts[i].verdict;
	return worst;
}

Test(judge_implicit, sum_of_parts)
{
	for (int version = 1; version <= 2; version++) {
		group_adds_up(version);
		cr_expect_eq(cross_verdict(SUM), V_PASS);
		f.values[FILL][record_column(&f.r, "hog/memory.current")] += CPUS * PAGE;
		cr_expect_eq(cross_verdict(SUM), V_PASS);
		f.values[FILL][record_column(&f.r, "hog/memory.current")] += 1;
		cr_expect_eq(cross_verdict(SUM), V_FAIL);
		cr_expect_eq(f.r.verdict, V_FAIL);
		f.readings[FILL].settled &= ~(unsigned)SETTLED_SLAB;
		cr_expect_eq(cross_verdict(SUM), V_PASS);
		f.readings[FILL].settled &= ~(unsigned)SETTLED_STILL;
		f.values[FILL][record_column(&f.r, "hog/memory.current")] += GIB;
		cr_expect_eq(cross_verdict(SUM), V_PASS, "a reading in motion is not added up");
		record_free(&f.r);
	}
}

Test(judge_implicit, sum_of_parts_below)
{
	group_adds_up(2);
	f.values[FILL][record_column(&f.r, "hog/memory.current")] -= CPUS * PAGE + 1;
	cr_expect_eq(cross_verdict(SUM), V_FAIL);
	/* Swap cache that is not mapped is charged and in no part: it explains more, never less. */
	fixture_set(&f, "hog/memory.stat.swapcached", 0, PAGE, 0);
	cr_expect_eq(cross_verdict(SUM), V_FAIL);
	f.values[FILL][record_column(&f.r, "hog/memory.current")] += 2 * CPUS * PAGE + 1 + PAGE;
	cr_expect_eq(cross_verdict(SUM), V_PASS);
	f.values[FILL][record_column(&f.r, "hog/memory.current")] += 1;
	cr_expect_eq(cross_verdict(SUM), V_FAIL);
	f.columns[record_column(&f.r, "hog/memory.stat.kernel")].name = "gone";
	cr_expect_eq(cross_verdict(SUM), V_MAX, "without all parts there is no sum");
	record_free(&f.r);
}

Test(judge_implicit, rss_within_anon)
{
	group_adds_up(2);
	fixture_set(&f, "eater.rss_anon", 2 * MIB, 62 * MIB, 0);
	cr_expect_eq(cross_verdict(RSS), V_PASS);
	f.values[FILL][record_column(&f.r, "eater.rss_anon")] += PAGE;
	cr_expect_eq(cross_verdict(RSS), V_FAIL);
	f.columns[record_column(&f.r, "hog/memory.stat.anon")].noise = PAGE;
	cr_expect_eq(cross_verdict(RSS), V_PASS);
	record_free(&f.r);
}

/* Armed in vain is BROKEN, and also where a check FAILs because of it. */
Test(judge_implicit, faults_injected)
{
	quiet_trial();
	fixture_set(&f, "faults.failslab.injected", 0, 7, 7);
	fixture_set(&f, "faults.failslab.armed", 0, 1, 1);
	fixture_set(&f, "faults.failslab.idle", 0, 0, 0);
	expect_verdict(&f, "faults injected", V_PASS);
	fixture_set(&f, "faults.failslab.injected", 0, 0, 0);
	fixture_set(&f, "faults.failslab.idle", 0, 1, 1);
	fixture_check(&f, 0, "faults.failslab.injected", C_AT_LEAST, false, 1);
	expect_verdict(&f, "faults injected", V_BROKEN);
	expect_why(&f, "faults injected", "failslab injected 0 faults");
	cr_expect_eq(f.r.verdict, V_BROKEN);
	record_free(&f.r);
}

Test(judge_implicit, faults_injected_each_time)
{
	quiet_trial();
	fixture_set(&f, "faults.freeze.injected", 0, 1, 1);
	fixture_set(&f, "faults.freeze.armed", 0, 1, 2);
	fixture_set(&f, "faults.freeze.idle", 0, 0, 1);
	expect_verdict(&f, "faults injected", V_BROKEN);
	expect_why(&f, "faults injected", "freeze injected 0 faults in 1 of the 2 times");
	record_free(&f.r);
}
