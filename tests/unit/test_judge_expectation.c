/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Each kind of check passes, and fails by one unit beyond what it tolerates. */
#include "test_judge_fixture.h"

#define ANON "meminfo.AnonPages"
#define CUR  "hog/memory.current"

static struct fixture f;

/* Verdict of a change of AnonPages by `change`, all settled: no tolerance but the declared one. */
static enum verdict anon_changes(int64_t change, enum constraint_kind kind, int64_t a, int64_t b,
				 int64_t slack)
{
	struct check *c;
	enum verdict v;

	fixture_init(&f);
	fixture_set(&f, ANON, 100 * MIB, 100 * MIB + change, 100 * MIB);
	c = fixture_check(&f, 0, ANON, kind, true, a);
	c->b = b;
	c->slack = slack;
	v = fixture_verdict(&f, ANON)->verdict;
	cr_expect_eq(f.r.verdict, v);
	record_free(&f.r);
	return v;
}

Test(judge_expectation, kinds_and_one_beyond)
{
	static const struct {
		enum constraint_kind kind;
		int64_t a, b, slack, good_low, good_high;
		bool low_open, high_open;
	} rows[] = {
		{C_EQUAL, 64 * MIB, 0, 0, 64 * MIB, 64 * MIB, false, false},
		{C_EQUAL, 64 * MIB, 0, MIB, 63 * MIB, 65 * MIB, false, false},
		{C_EQUAL, -64 * MIB, 0, MIB, -65 * MIB, -63 * MIB, false, false},
		{C_AT_MOST, 64 * MIB, 0, MIB, -GIB, 65 * MIB, true, false},
		{C_AT_LEAST, 64 * MIB, 0, MIB, 63 * MIB, GIB, false, true},
		{C_RANGE, 10 * MIB, 20 * MIB, MIB, 9 * MIB, 21 * MIB, false, false},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		cr_expect_eq(anon_changes(rows[i].good_low, rows[i].kind, rows[i].a, rows[i].b,
					  rows[i].slack),
			     V_PASS, "row %zu low", i);
		cr_expect_eq(anon_changes(rows[i].good_high, rows[i].kind, rows[i].a, rows[i].b,
					  rows[i].slack),
			     V_PASS, "row %zu high", i);
		if (!rows[i].low_open)
			cr_expect_eq(anon_changes(rows[i].good_low - 1, rows[i].kind, rows[i].a,
						  rows[i].b, rows[i].slack),
				     V_FAIL, "row %zu below", i);
		if (!rows[i].high_open)
			cr_expect_eq(anon_changes(rows[i].good_high + 1, rows[i].kind, rows[i].a,
						  rows[i].b, rows[i].slack),
				     V_FAIL, "row %zu above", i);
	}
}

Test(judge_expectation, not )
{
	cr_expect_eq(anon_changes(0, C_NOT, 0, 0, 0), V_FAIL);
	cr_expect_eq(anon_changes(1, C_NOT, 0, 0, 0), V_PASS);
	cr_expect_eq(anon_changes(-1, C_NOT, 0, 0, 0), V_PASS);
	cr_expect_eq(anon_changes(100, C_NOT, 0, 0, 100), V_FAIL);
	cr_expect_eq(anon_changes(101, C_NOT, 0, 0, 100), V_PASS);
}

Test(judge_expectation, since_another_phase)
{
	struct check *c;

	fixture_init(&f);
	fixture_set(&f, ANON, 0, 64 * MIB, 10 * MIB);
	c = fixture_check(&f, 1, ANON, C_EQUAL, true, -54 * MIB);
	c->since = 0;
	expect_verdict(&f, ANON, V_PASS);
	c->since = SINCE_BASELINE;
	expect_verdict(&f, ANON, V_FAIL);
	record_free(&f.r);
}

Test(judge_expectation, no_limit_is_a_value)
{
	fixture_init(&f);
	fixture_set(&f, "hog/memory.max", VALUE_MAX, VALUE_MAX, GIB);
	fixture_check(&f, 0, "hog/memory.max", C_EQUAL, false, VALUE_MAX);
	expect_verdict(&f, "hog/memory.max", V_PASS);
	f.checks[0].phase = 1;
	expect_verdict(&f, "hog/memory.max", V_FAIL);
	record_free(&f.r);
}

Test(judge_expectation, sentence_of_a_miss)
{
	fixture_init(&f);
	f.r.spec.why = "The kernel lost pages.";
	fixture_set(&f, ANON, 0, 12 * MIB, 0);
	fixture_check(&f, 0, ANON, C_EQUAL, true, 64 * MIB)->slack = 400 * KIB;
	expect_verdict(&f, ANON, V_FAIL);
	cr_expect_str_eq(f.r.verdicts[0].why,
			 "meminfo.AnonPages rose by 12M, expected +64M ± 400K: 52M of it missing, "
			 "400K tolerated. The kernel lost pages.");
	cr_expect_str_eq(f.r.verdicts[0].expected, "+64M ± 400K");
	cr_expect_str_eq(f.r.verdict_why, f.r.verdicts[0].why);
	cr_expect_eq(f.r.verdicts[0].base, 0);
	cr_expect_eq(f.r.verdicts[0].value, 12 * MIB);
	cr_expect_eq(f.r.verdicts[0].tolerance, 400 * KIB);
	cr_expect_str_eq(f.r.verdicts[0].terms[0].what, "declared");
	record_free(&f.r);
}

/* Others that moved are taken out of a change of the whole machine, in pages too. */
Test(judge_expectation, others_are_taken_out)
{
	fixture_init(&f);
	fixture_set(&f, ANON, 100 * MIB, 166 * MIB, 0);
	fixture_set(&f, "vmstat.nr_anon_pages", 25600, 42496, 0);
	fixture_set(&f, "meminfo.MemAvailable", GIB, GIB - 66 * MIB, 0);
	fixture_set(&f, "others.anon", 10 * MIB, 12 * MIB, 0);
	fixture_check(&f, 0, ANON, C_EQUAL, true, 64 * MIB);
	fixture_check(&f, 0, "vmstat.nr_anon_pages", C_EQUAL, true, 16384);
	fixture_check(&f, 0, "meminfo.MemAvailable", C_EQUAL, true, -64 * MIB);
	expect_verdict(&f, ANON, V_PASS);
	expect_verdict(&f, "vmstat.nr_anon_pages", V_PASS);
	expect_verdict(&f, "meminfo.MemAvailable", V_PASS);
	cr_expect_eq(f.r.verdicts[0].others, 2 * MIB);
	cr_expect_eq(f.r.verdicts[1].others, 512);
	cr_expect_eq(f.r.verdicts[2].others, -2 * MIB);
	f.values[FILL][record_column(&f.r, "others.anon")] = 10 * MIB;
	expect_verdict(&f, ANON, V_FAIL);
	expect_verdict(&f, "vmstat.nr_anon_pages", V_FAIL);
	record_free(&f.r);
}

/* Stacks and page tables of a worker are there in the baseline and go with it. */
Test(judge_expectation, what_workers_had_of_their_own)
{
	fixture_init(&f);
	fixture_set(&f, "others.anon", 0, 0, 0);
	fixture_set(&f, ANON, 100 * MIB, 164 * MIB, 99 * MIB);
	fixture_set(&f, "hog/memory.stat.anon", MIB, 65 * MIB, 0);
	fixture_check(&f, 1, ANON, C_EQUAL, true, 0);
	expect_verdict(&f, ANON, V_PASS);
	cr_expect_eq(f.r.verdicts[0].gone, MIB);
	cr_expect_eq(f.r.verdicts[0].compared, 0);
	f.values[RELEASE][record_column(&f.r, ANON)] = 101 * MIB;
	expect_verdict(&f, ANON, V_FAIL);
	cr_expect_eq(f.r.verdicts[0].compared, 2 * MIB);
	cr_expect(strstr(f.r.verdicts[0].why, "(-1M of workers that ended taken out)"), "%s",
		  f.r.verdicts[0].why);
	/* It lives on: what is missing is missing. */
	f.values[RELEASE][record_column(&f.r, ANON)] = 99 * MIB;
	f.workers[0].exited_ns = -1;
	expect_verdict(&f, ANON, V_FAIL);
	cr_expect_eq(f.r.verdicts[0].gone, 0);
	/* Of a fall since a phase with load only its own part is put back. */
	f.workers[0].exited_ns = 15 * NSEC_PER_SEC;
	f.checks[0].since = 0;
	f.checks[0].a = -64 * MIB;
	expect_verdict(&f, ANON, V_PASS);
	cr_expect_eq(f.r.verdicts[0].gone, MIB);
	record_free(&f.r);
}

/* Which node others took their memory from is not known: either may be the right number. */
Test(judge_expectation, others_on_some_node)
{
	fixture_init(&f);
	fixture_set(&f, "node1.AnonPages", 0, 64 * MIB + 2 * PAGE, 0);
	fixture_check(&f, 0, "node1.AnonPages", C_EQUAL, true, 64 * MIB);
	fixture_set(&f, "others.anon", 0, 0, 0);
	expect_verdict(&f, "node1.AnonPages", V_FAIL);
	f.values[FILL][record_column(&f.r, "others.anon")] = 2 * PAGE;
	expect_verdict(&f, "node1.AnonPages", V_PASS);
	f.values[FILL][record_column(&f.r, "node1.AnonPages")] = 64 * MIB;
	expect_verdict(&f, "node1.AnonPages", V_PASS);
	cr_expect_eq(f.r.verdicts[0].others, 0, "nothing is taken out");
	f.values[FILL][record_column(&f.r, "node1.AnonPages")] = 60 * MIB;
	expect_verdict(&f, "node1.AnonPages", V_FAIL);
	f.values[FILL][record_column(&f.r, "others.anon")] = 64 * MIB;
	expect_verdict(&f, "node1.AnonPages", V_BROKEN); /* blind */
	record_free(&f.r);
}

/* An absolute number of the whole machine is not corrected. */
Test(judge_expectation, absolute_is_not_corrected)
{
	fixture_init(&f);
	fixture_set(&f, ANON, 0, 64 * MIB, 0);
	fixture_set(&f, "others.anon", 0, 2 * MIB, 0);
	fixture_check(&f, 0, ANON, C_EQUAL, false, 64 * MIB);
	expect_verdict(&f, ANON, V_PASS);
	record_free(&f.r);
}

/* A FAIL while others moved a lot proves nothing; one that holds in spite of them does. */
Test(judge_expectation, others_moved_too_much)
{
	fixture_init(&f);
	fixture_set(&f, ANON, 0, 100 * MIB, 0);
	fixture_set(&f, "others.anon", 0, 16 * MIB + PAGE, 0);
	fixture_check(&f, 0, ANON, C_EQUAL, true, 64 * MIB);
	expect_verdict(&f, ANON, V_BROKEN);
	cr_expect_eq(f.r.verdict, V_BROKEN);
	f.values[FILL][record_column(&f.r, "others.anon")] = 16 * MIB; /* 25 % of 64M */
	expect_verdict(&f, ANON, V_FAIL);
	fixture_set(&f, "others.anon.moved", 0, 17 * MIB, 0);
	expect_verdict(&f, ANON, V_BROKEN);
	f.values[FILL][record_column(&f.r, ANON)] = 80 * MIB;
	expect_verdict(&f, ANON, V_PASS);
	record_free(&f.r);
}

/* Others only ever add to a count of events: what is missing is missing, whatever they did. */
Test(judge_expectation, others_excuse_no_missing_events)
{
	fixture_init(&f);
	fixture_set(&f, "vmstat.pgmigrate_success", 0, 10, 0);
	fixture_check(&f, 0, "vmstat.pgmigrate_success", C_AT_LEAST, true, 11);
	f.readings[FILL].settled &= ~(uint32_t)SETTLED_CALM;
	expect_verdict(&f, "vmstat.pgmigrate_success", V_FAIL);
	f.values[FILL][record_column(&f.r, "vmstat.pgmigrate_success")] = 11;
	expect_verdict(&f, "vmstat.pgmigrate_success", V_PASS);
	f.r.spec.checks[0].kind = C_AT_MOST;
	f.r.spec.checks[0].a = 10;
	expect_verdict(&f, "vmstat.pgmigrate_success", V_BROKEN);
	expect_why(&f, "vmstat.pgmigrate_success", "moved 0 meanwhile and never came to rest");
	record_free(&f.r);
}

Test(judge_expectation, absent_is_skipped_with_its_reason)
{
	fixture_init(&f);
	f.r.cgroup_version = 1;
	fixture_column(&f, "meminfo.Zswap");
	fixture_check(&f, 0, "meminfo.Zswap", C_EQUAL, false, 0);
	fixture_check(&f, 0, "hog/memory.stat.slab", C_EQUAL, false, 0);
	expect_verdict(&f, "meminfo.Zswap", V_SKIP);
	expect_why(&f, "meminfo.Zswap", "this kernel's /proc/meminfo has no Zswap line");
	expect_why(&f, "hog/memory.stat.slab", "cgroup v1 of this kernel has no memory.stat.slab");
	cr_expect_eq(f.r.verdict, V_SKIP, "nothing that the profile asks could be judged");
	fixture_set(&f, ANON, 0, 0, 0);
	fixture_check(&f, 0, ANON, C_EQUAL, true, 0);
	judge_record(&f.r);
	cr_expect_eq(f.r.verdict, V_PASS);
	record_free(&f.r);
}

Test(judge_expectation, absent_oom_and_worker)
{
	fixture_init(&f);
	fixture_set(&f, "oom.kills", 0, 0, 0);
	fixture_column(&f, "oom.anon_rss");
	fixture_check(&f, 0, "oom.anon_rss", C_AT_LEAST, false, MIB);
	fixture_check(&f, 0, "eater.rss", C_AT_LEAST, false, MIB);
	expect_verdict(&f, "oom.anon_rss", V_FAIL);
	expect_verdict(&f, "eater.rss", V_BROKEN);
	record_free(&f.r);
}

Test(judge_expectation, not_reached)
{
	fixture_init(&f);
	fixture_set(&f, ANON, 0, 0, 0);
	fixture_check(&f, 1, ANON, C_EQUAL, true, 0);
	f.readings[RELEASE].done = false;
	expect_verdict(&f, ANON, V_BROKEN);
	f.untils[0] = (struct until_result){.phase = 0,
					    .text = "eater exits within 10s",
					    .took_ns = 1,
					    .within_ns = 1};
	f.r.n_untils = 1;
	expect_verdict(&f, ANON, V_SKIP);
	expect_why(&f, ANON, "not reached: phase fill: \"eater exits within 10s\" was missed");
	cr_expect_eq(f.r.verdict, V_FAIL);
	f.r.n_untils = 0;
	f.r.fate = V_BROKEN;
	snprintf(f.r.reason, sizeof(f.r.reason), "the disk is full");
	expect_verdict(&f, ANON, V_SKIP);
	cr_expect_eq(f.r.verdict, V_BROKEN);
	cr_expect_str_eq(f.r.verdict_why, "the disk is full");
	f.r.fate = V_SKIP;
	judge_record(&f.r);
	cr_expect_eq(f.r.verdict, V_SKIP);
	record_free(&f.r);
}

Test(judge_expectation, words)
{
	int64_t waiting, running, killed;
	struct check *c;

	fixture_init(&f);
	waiting = fixture_word(&f, "waiting");
	running = fixture_word(&f, "running");
	killed = fixture_word(&f, "oom-killed");
	fixture_set(&f, "eater.outcome", waiting, running, killed);
	c = fixture_check(&f, 0, "eater.outcome", C_WORD, false, 0);
	c->word = "running";
	expect_verdict(&f, "eater.outcome", V_PASS);
	cr_expect_str_eq(f.r.verdicts[0].word, "running");
	c->phase = 1;
	snprintf(f.workers[0].error_text, sizeof(f.workers[0].error_text), "mmap failed");
	expect_verdict(&f, "eater.outcome", V_FAIL);
	expect_why(&f, "eater.outcome",
		   "eater.outcome is oom-killed, expected running: mmap failed");
	c->kind = C_NOT_WORD;
	expect_verdict(&f, "eater.outcome", V_PASS);
	c->phase = 0;
	expect_verdict(&f, "eater.outcome", V_FAIL);
	expect_why(&f, "eater.outcome", "expected not running");
	record_free(&f.r);
}

/* What it found, and not an error from before that was allowed. */
Test(judge_expectation, why_data_is_corrupt)
{
	int64_t running, corrupt;
	struct check *c;

	fixture_init(&f);
	running = fixture_word(&f, "running");
	corrupt = fixture_word(&f, "corrupt");
	fixture_set(&f, "eater.outcome", running, running, corrupt);
	c = fixture_check(&f, 1, "eater.outcome", C_WORD, false, 0);
	c->word = "running";
	snprintf(f.workers[0].error_text, sizeof(f.workers[0].error_text), "fork failed once");
	f.workers[0].corrupt = 3;
	f.workers[0].corrupt_offset = 4096;
	f.workers[0].corrupt_want = 0xab;
	expect_verdict(&f, "eater.outcome", V_FAIL);
	expect_why(&f, "eater.outcome",
		   "eater.outcome is corrupt, expected running: wrong content in 3 places, the "
		   "first at address 0x0, offset 4096: wanted 0x00000000000000ab, got "
		   "0x0000000000000000");
	record_free(&f.r);
}

/* Samples are not settled, so usage may show the charge stock, upwards only. */
Test(judge_expectation, always)
{
	struct check *c;

	fixture_init(&f);
	fixture_set(&f, CUR, 0, 0, 0);
	c = fixture_check(&f, CHECK_ALWAYS, CUR, C_AT_MOST, false, 256 * MIB);
	f.extremes[0] = (struct extreme){.check = 0,
					 .min = 0,
					 .max = 256 * MIB + 2 * STOCK,
					 .max_ns = 3200 * NSEC_PER_MSEC,
					 .n = 40};
	f.r.n_extremes = 1;
	expect_verdict(&f, CUR, V_PASS); /* hog and hog/inner have a stock each */
	f.extremes[0].max++;
	expect_verdict(&f, CUR, V_FAIL);
	expect_why(&f, CUR, "at 3.2s, expected at most 256M");
	c->kind = C_AT_LEAST;
	c->a = 1;
	expect_verdict(&f, CUR, V_FAIL);
	c->kind = C_EQUAL;
	f.extremes[0].min = f.extremes[0].max = c->a;
	expect_verdict(&f, CUR, V_PASS);
	f.extremes[0].min = 0;
	expect_verdict(&f, CUR, V_FAIL);
	c->kind = C_NOT;
	c->a = 0;
	expect_verdict(&f, CUR, V_FAIL);
	f.extremes[0].n = 0;
	expect_verdict(&f, CUR, V_SKIP);
	record_free(&f.r);
}

Test(judge_expectation, always_word)
{
	int64_t waiting, running, error;
	struct check *c;

	fixture_init(&f);
	waiting = fixture_word(&f, "waiting");
	running = fixture_word(&f, "running");
	error = fixture_word(&f, "error");
	fixture_set(&f, "quiet.outcome", waiting, running, running);
	c = fixture_check(&f, CHECK_ALWAYS, "quiet.outcome", C_WORD, false, 0);
	c->word = "running";
	f.extremes[0] = (struct extreme){.min = running, .max = running, .n = 4};
	f.r.n_extremes = 1;
	expect_verdict(&f, "quiet.outcome", V_PASS);
	f.extremes[0].min = waiting;
	expect_verdict(&f, "quiet.outcome", V_FAIL);
	f.extremes[0] = (struct extreme){.min = running, .max = error, .n = 4};
	expect_verdict(&f, "quiet.outcome", V_FAIL);
	record_free(&f.r);
}

Test(judge_expectation, derived)
{
	fixture_init(&f);
	fixture_set(&f, "meminfo.MemTotal", GIB, GIB, GIB);
	fixture_set(&f, "meminfo.MemAvailable", 900 * MIB, 800 * MIB, 0);
	fixture_set(&f, "vmstat.pgsteal_anon", 10, 10, 10);
	fixture_set(&f, "vmstat.pgsteal_file", 0, 75, 75);
	fixture_set(&f, "vmstat.pgscan_anon", 5, 5, 5);
	fixture_set(&f, "vmstat.pgscan_file", 100, 200, 200);
	fixture_check(&f, 0, "free.used", C_EQUAL, true, 100 * MIB);
	fixture_check(&f, 0, "sar.vmeff", C_EQUAL, false, 75000);
	expect_verdict(&f, "free.used", V_PASS);
	expect_verdict(&f, "sar.vmeff", V_PASS);
	f.checks[1].a = 75001;
	expect_verdict(&f, "sar.vmeff", V_FAIL);
	f.checks[0].a++;
	expect_verdict(&f, "free.used", V_FAIL);
	f.checks[0].delta = false;
	f.checks[0].a = GIB - 800 * MIB;
	expect_verdict(&f, "free.used", V_PASS);
	f.checks[1].phase = 1;
	f.checks[1].since = 0;
	f.checks[1].a = 0; /* nothing scanned: as sar says */
	expect_verdict(&f, "sar.vmeff", V_PASS);
	record_free(&f.r);
}

Test(judge_expectation, trial_check_uses_the_last_reading)
{
	fixture_init(&f);
	fixture_set(&f, ANON, 0, 5, 7);
	fixture_check(&f, CHECK_TRIAL, ANON, C_EQUAL, true, 7);
	expect_verdict(&f, ANON, V_PASS);
	f.readings[RELEASE].done = false;
	expect_verdict(&f, ANON, V_FAIL);
	record_free(&f.r);
}

/* A FAIL of a group stands beside a BROKEN of one global number, and falls to a failed worker. */
Test(judge_expectation, ranks)
{
	fixture_init(&f);
	fixture_set(&f, ANON, 0, 100 * MIB, 0);
	fixture_set(&f, "others.anon", 0, 50 * MIB, 0);
	fixture_set(&f, "hog/memory.events.oom_kill", 0, 1, 1);
	fixture_check(&f, 0, ANON, C_EQUAL, true, 0);
	fixture_check(&f, 0, "hog/memory.events.oom_kill", C_EQUAL, false, 2);
	judge_record(&f.r);
	cr_expect_eq(f.r.verdict, V_FAIL);
	cr_expect(strstr(f.r.verdict_why, "oom_kill is 1, expected 2"), "%s", f.r.verdict_why);
	f.workers[0].outcome = OUTCOME_ERROR;
	judge_record(&f.r);
	cr_expect_eq(f.r.verdict, V_BROKEN);
	f.workers[1].corrupt = 1;
	judge_record(&f.r);
	cr_expect_eq(f.r.verdict, V_FAIL);
	record_free(&f.r);
}

/* A tolerance in which the whole change would vanish makes a check that cannot fail. */
Test(judge_expectation, too_noisy_to_tell)
{
	struct check *c;

	fixture_init(&f);
	fixture_set(&f, "meminfo.Slab", 0, 4 * MIB, 0);
	c = fixture_check(&f, 0, "meminfo.Slab", C_EQUAL, true, 4 * MIB);
	f.columns[record_column(&f.r, "meminfo.Slab")].noise = 4 * MIB - 1;
	expect_verdict(&f, "meminfo.Slab", V_PASS);
	f.columns[record_column(&f.r, "meminfo.Slab")].noise = 4 * MIB;
	expect_verdict(&f, "meminfo.Slab", V_BROKEN);
	cr_expect_eq(f.r.verdict, V_BROKEN);
	c->kind = C_AT_LEAST;
	expect_verdict(&f, "meminfo.Slab", V_BROKEN);
	c->kind = C_AT_MOST; /* no change at all is what it allows */
	expect_verdict(&f, "meminfo.Slab", V_PASS);
	c->kind = C_EQUAL;
	c->slack = 4 * MIB; /* the profile itself says so */
	expect_verdict(&f, "meminfo.Slab", V_PASS);
	c->slack = 0;
	c->a = 0;
	fixture_set(&f, "meminfo.Slab", 0, 0, 0);
	expect_verdict(&f, "meminfo.Slab", V_PASS);
	record_free(&f.r);
}
