/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A run made by hand, for the tests of record/ and report/: a trial that passed, one that failed
 * with OOM kills, one that was skipped, one that is broken. Every list has something in it.
 */
#ifndef RECORD_FIXTURE_H
#define RECORD_FIXTURE_H

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "record/record.h"

#define MS NSEC_PER_MSEC

static const struct spec_knob fx_hog_knobs[] = {
	{"memory.max", 256 * MIB, UNIT_BYTES},
	{"memory.swap.max", 0, UNIT_BYTES},
};
static const struct spec_knob fx_neighbour_knobs[] = {{"memory.max", VALUE_MAX, UNIT_BYTES}};
static const int fx_groups_hog[] = {0}, fx_groups_neighbour[] = {1};

static struct spec_group fx_groups[] = {
	{"hog", -1, fx_hog_knobs, 2},
	{"neighbour", -1, fx_neighbour_knobs, 1},
};
static struct spec_stressor fx_stressors[] = {
	{"eater", "null", "size=512M", fx_groups_hog, 1, 1, 512 * MIB, 0, true},
	{"quiet", "null", "size=64M", fx_groups_neighbour, 1, 1, 64 * MIB, 0, false},
};
static struct spec_phase fx_phases[] = {
	{"settle", "start quiet", SINCE_BASELINE},
	{"overrun", "start eater, until eater exits within 10s", SINCE_BASELINE},
	{"release", "stop all", SINCE_BASELINE},
};
static const char *fx_tags[] = {"limits", "oom", "ci"};

/* phase, metric, kind, delta, a, b, slack, word, text, line */
struct fx_check {
	int phase;
	const char *metric;
	enum constraint_kind kind;
	bool delta;
	int64_t a, b, slack;
	const char *word, *text;
};
static const struct fx_check fx_checks[] = {
	{CHECK_ALWAYS, "hog/memory.current", C_AT_MOST, false, 256 * MIB, 0, 0, NULL,
	 "at most $limit"},
	{0, "meminfo.AnonPages", C_EQUAL, true, 64 * MIB, 0, 0, NULL, "+64M"},
	{0, "neighbour/memory.current", C_EQUAL, false, 64 * MIB, 0, MIB, NULL, "64M ± 1M"},
	{1, "eater.outcome", C_WORD, false, 0, 0, 0, "oom-killed", "oom-killed"},
	{1, "hog/memory.events.oom_kill", C_EQUAL, false, 1, 0, 0, NULL, "1"},
	{1, "hog/memory.peak", C_EQUAL, false, 256 * MIB, 0, 0, NULL, "$limit ± 0"},
	{1, "psi.memory.some", C_AT_LEAST, true, 10 * MS, 0, 0, NULL, "at least +10ms"},
	{2, "meminfo.AnonPages", C_RANGE, true, -4 * MIB, 4 * MIB, 0, NULL, "-4M .. +4M"},
	{CHECK_TRIAL, "oom.victim", C_NOT_WORD, false, 0, 0, 0, "quiet", "not quiet"},
};

/* name, unit, flags, noise, and the values of four readings */
struct fx_column {
	const char *name;
	enum unit unit;
	unsigned flags;
	int64_t noise;
	bool sampled;
	int64_t v[4];
};
static const struct fx_column fx_columns[] = {
	{"meminfo.AnonPages",
	 UNIT_BYTES,
	 MF_PERCPU,
	 180 * KIB,
	 true,
	 {412 * MIB + 300 * KIB, 476 * MIB + 408 * KIB, 477 * MIB, 412 * MIB + 500 * KIB}},
	{"hog/memory.current", UNIT_BYTES, MF_CHARGE, 0, true, {4096, 4096, 8 * MIB, 4096}},
	{"neighbour/memory.current",
	 UNIT_BYTES,
	 MF_CHARGE,
	 0,
	 true,
	 {4096, 64 * MIB + 200 * KIB, 64 * MIB + 200 * KIB, 4096}},
	{"hog/memory.peak", UNIT_BYTES, 0, 0, false, {4096, 4096, 256 * MIB, 256 * MIB}},
	{"hog/memory.stat.anon", UNIT_BYTES, MF_RSTAT, 0, false, {0, 0, 7 * MIB + 512 * KIB, 0}},
	{"hog/memory.stat.pagetables", UNIT_BYTES, MF_RSTAT, 0, false, {0, 0, 560 * KIB, 0}},
	{"hog/memory.events.max", UNIT_COUNT, MF_COUNTER, 0, false, {0, 0, 37, 37}},
	{"hog/memory.events.oom_kill", UNIT_COUNT, MF_COUNTER, 0, false, {0, 0, 2, 2}},
	{"psi.memory.some", UNIT_DUR, MF_COUNTER, 0, false, {0, 0, 41 * MS, VALUE_ABSENT}},
	{"eater.outcome", UNIT_TEXT, 0, 0, false, {0, 0, 1, 1}},
};
#define FX_COLUMNS ARRAY_SIZE(fx_columns)

static inline void fx_spec(struct record *r, const char *name, const char *summary)
{
	static const char *const groups[] = {"hog", "neighbour"}, *const stressors[] = {"eater",
											"quiet"};
	const struct stressor *kinds[] = {stressor_find("null"), stressor_find("null")};
	const struct metric_names names = {groups, 2, stressors, kinds, 2};
	struct spec *s = &r->spec;

	*s = (struct spec){
		.profile = arena_printf(&r->arena, "profiles/%s.yaml", name),
		.name = name,
		.summary = summary,
		.source = "Documentation/admin-guide/cgroup-v2.rst, memory.max",
		.tags = fx_tags,
		.n_tags = ARRAY_SIZE(fx_tags),
		.groups = fx_groups,
		.n_groups = ARRAY_SIZE(fx_groups),
		.stressors = fx_stressors,
		.n_stressors = ARRAY_SIZE(fx_stressors),
		.phases = fx_phases,
		.n_phases = ARRAY_SIZE(fx_phases),
		.n_checks = ARRAY_SIZE(fx_checks),
		.fuse = 640 * MIB,
		.reserve = GIB,
		.sample_interval_ns = 50 * MS,
	};
	s->checks = arena_array(&r->arena, s->n_checks, sizeof(*s->checks));
	for (size_t i = 0; i < s->n_checks; i++) {
		const struct fx_check *from = &fx_checks[i];
		struct check *c = &s->checks[i];
		char nearest[METRIC_NAME_MAX];
		struct err err = {0};

		if (metric_parse(from->metric, &names, &c->metric, nearest, &err) < 0) {
			fprintf(stderr, "fixture: %s: %s\n", from->metric, err.text);
			abort();
		}
		c->phase = from->phase;
		c->kind = from->kind;
		c->delta = from->delta;
		c->since = SINCE_BASELINE;
		c->a = from->a;
		c->b = from->b;
		c->slack = from->slack;
		c->word = from->word;
		c->text = from->text;
		c->line = 20 + (int)i;
		c->col = 7;
	}
}

static inline void fx_machine(struct record *r, int number)
{
	static struct fact facts[] = {{"kernel", "6.12.117"},
				      {"machine", "x86_64"},
				      {"lru", "classic"},
				      {"quote", "\"\\\x01"}};

	r->facts = facts;
	r->n_facts = ARRAY_SIZE(facts);
	r->page_size = 4096;
	r->cpus = 2;
	r->percpu_threshold = 36;
	r->cgroup_version = 1;
	snprintf(r->id, sizeof(r->id), "memtrial-4711-%d", number);
	r->started_unix_ns = 1700000000000000000LL;
	r->control_ns = 500 * MS;
	r->seed = 0xfedcba9876543210ULL;
}

static inline void fx_measured(struct record *r)
{
	static const char *words[] = {"waiting", "oom-killed"};

	r->words = words;
	r->n_words = r->max_words = 2;
	r->n_columns = FX_COLUMNS;
	r->columns = arena_array(&r->arena, FX_COLUMNS, sizeof(*r->columns));
	r->n_readings = 4;
	r->readings = arena_array(&r->arena, 4, sizeof(*r->readings));
	for (int i = 0; i < 4; i++) {
		r->readings[i] = (struct reading){
			.phase = i - 1,
			.t_ns = i * 500 * MS,
			.settled = SETTLED_STOCK | SETTLED_RSTAT | SETTLED_PERCPU | SETTLED_LRU,
			.settle_ns = 3140 * NSEC_PER_USEC,
			.values = arena_array(&r->arena, FX_COLUMNS, sizeof(int64_t)),
			.done = true,
		};
	}
	for (size_t c = 0; c < FX_COLUMNS; c++) {
		const struct fx_column *from = &fx_columns[c];

		r->columns[c] =
			(struct column){from->name,
					from->unit,
					from->flags,
					from->noise,
					from->v[3] == VALUE_ABSENT ? VALUE_ABSENT
								   : from->v[3] - from->v[0],
					from->sampled};
		r->n_sampled += from->sampled;
		for (int i = 0; i < 4; i++)
			r->readings[i].values[c] = from->v[i];
	}
	r->n_samples = r->max_samples = 5;
	r->n_samples_taken = 10;
	r->samples_t = arena_array(&r->arena, 5, sizeof(int64_t));
	r->samples = arena_array(&r->arena, 5 * r->n_sampled, sizeof(int64_t));
	for (size_t i = 0; i < 5; i++) {
		r->samples_t[i] = (int64_t)i * 100 * MS;
		for (size_t k = 0; k < r->n_sampled; k++)
			r->samples[i * r->n_sampled + k] = (int64_t)(i * 10 + k) * 4096;
	}
	r->samples[4] = VALUE_ABSENT;
}

static inline struct check_verdict *fx_verdict(struct record *r, int check, enum verdict verdict,
					       int64_t base, int64_t value, int64_t tolerance)
{
	struct check_verdict *v = arena_push(&r->arena, r->verdicts, r->n_verdicts);
	const struct check *c = check >= 0 ? &r->spec.checks[check] : NULL;

	*v = (struct check_verdict){
		.check = check,
		.phase = c ? c->phase : CHECK_TRIAL,
		.verdict = verdict,
		.base = base,
		.value = value,
		.compared = value,
		.low = VALUE_ABSENT,
		.high = VALUE_MAX,
		.tolerance = tolerance,
	};
	if (!c)
		return v;
	snprintf(v->name, sizeof(v->name), "%s", c->metric.name);
	if (c->delta)
		v->compared = value - base;
	if (c->kind == C_EQUAL || c->kind == C_RANGE || c->kind == C_AT_LEAST)
		v->low = c->a - tolerance;
	if (c->kind == C_EQUAL || c->kind == C_AT_MOST)
		v->high = c->a + tolerance;
	if (c->kind == C_RANGE)
		v->high = c->b + tolerance;
	return v;
}

__attribute__((format(printf, 3, 4))) static inline void fx_term(struct check_verdict *v,
								 int64_t size, const char *fmt, ...)
{
	struct budget_term *t = &v->terms[v->n_terms++];
	va_list ap;

	t->size = size;
	va_start(ap, fmt);
	vsnprintf(t->what, sizeof(t->what), fmt, ap);
	va_end(ap);
}

static inline void fx_harness(struct record *r)
{
	static const char *const names[] = {"kernel log", "corruption",
					    "workers",	  "until",
					    "until",	  "unexpected OOM kills",
					    "fuse",	  "machine unchanged"};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		struct check_verdict *v = fx_verdict(r, -1, V_PASS, VALUE_ABSENT, VALUE_ABSENT, 0);

		snprintf(v->name, sizeof(v->name), "%s", names[i]);
	}
}

/* The checks of all phases; kills is what memory.events said. */
static inline void fx_checks_of(struct record *r, int64_t kills)
{
	const struct fx_column *anon = &fx_columns[0];
	bool fail = kills != 1;
	struct check_verdict *v;

	v = fx_verdict(r, 0, V_PASS, 4096, 256 * MIB, 512 * KIB);
	fx_term(v, 512 * KIB, "charge stock of 64 pages x 2 CPUs");
	snprintf(v->expected, sizeof(v->expected), "at most 256M");

	v = fx_verdict(r, 1, V_PASS, anon->v[0], anon->v[1], 416 * KIB);
	v->others = 236 * KIB;
	v->compared -= v->others;
	fx_term(v, 180 * KIB, "noise of the control interval");
	fx_term(v, 236 * KIB, "others moving");
	snprintf(v->expected, sizeof(v->expected), "+64M");

	v = fx_verdict(r, 2, V_PASS, 4096, fx_columns[2].v[1], MIB + 512 * KIB);
	fx_term(v, MIB, "declared");
	fx_term(v, 512 * KIB, "charge stock of 64 pages x 2 CPUs");
	snprintf(v->expected, sizeof(v->expected), "64M ± 1M");

	v = fx_verdict(r, 3, V_PASS, VALUE_ABSENT, 1, 0);
	v->word = "oom-killed";
	snprintf(v->expected, sizeof(v->expected), "oom-killed");

	v = fx_verdict(r, 4, fail ? V_FAIL : V_PASS, 0, kills, 0);
	snprintf(v->expected, sizeof(v->expected), "1");
	if (fail)
		snprintf(v->why, sizeof(v->why),
			 "hog/memory.events.oom_kill is %lld, 1 more than accepted: the OOM killer "
			 "took more victims in hog than the profile speaks of.",
			 (long long)kills);

	v = fx_verdict(r, 5, fail ? V_FAIL : V_PASS, 4096, fail ? 259 * MIB : 256 * MIB, 512 * KIB);
	fx_term(v, 512 * KIB, "charge stock of 64 pages x 2 CPUs");
	snprintf(v->expected, sizeof(v->expected), "256M ± 0");
	if (fail)
		snprintf(v->why, sizeof(v->why),
			 "hog/memory.peak is 259M, 2.5M above the accepted range.");

	v = fx_verdict(r, 6, V_SKIP, 0, VALUE_ABSENT, 0);
	snprintf(v->expected, sizeof(v->expected), "at least +10ms");
	snprintf(v->why, sizeof(v->why),
		 "this kernel keeps no pressure stall information (psi=1 is missing on its command "
		 "line).");

	v = fx_verdict(r, 7, V_PASS, anon->v[0], anon->v[3], 180 * KIB);
	fx_term(v, 180 * KIB, "noise of the control interval");
	snprintf(v->expected, sizeof(v->expected), "-4M .. +4M");

	v = fx_verdict(r, 8, V_PASS, VALUE_ABSENT, VALUE_ABSENT, 0);
	v->word = "eater";
	snprintf(v->expected, sizeof(v->expected), "not quiet");
	fx_harness(r);
}

static inline void fx_happened(struct record *r)
{
	char line[512];
	static const struct extreme extremes[] = {{0, 4096, 256 * MIB, 0, 730 * MS, 30}};
	static const struct until_result untils[] = {
		{1, "eater exits within 10s", true, 312 * MS, 10000 * MS, ""}};
	static const struct oom_record oom = {
		.event = 1,
		.constraint = "CONSTRAINT_MEMCG",
		.oom_memcg = "/memtrial-4711-2/hog",
		.task_memcg = "/memtrial-4711-2/hog",
		.task = "eater",
		.pid = 4242,
		.uid = 0,
		.total_vm = 530 * MIB,
		.anon_rss = 255 * MIB + 640 * KIB,
		.file_rss = MIB,
		.shmem_rss = 0,
		.pgtables = 560 * KIB,
		.oom_score_adj = 0,
		.memcg = true,
		.reaped = true,
		.reaped_anon_rss = 0,
		.reaped_file_rss = 0,
		.reaped_shmem_rss = 0,
		.invoker = "eater",
		.order = 0,
		.invoked_ts_us = 123456789,
		.killed_ts_us = 123456999,
		.reaped_ts_us = -1,
	};

	r->n_extremes = 1;
	r->extremes = memcpy(arena_alloc(&r->arena, sizeof(extremes)), extremes, sizeof(extremes));
	r->n_untils = r->max_untils = 1;
	r->untils = memcpy(arena_alloc(&r->arena, sizeof(untils)), untils, sizeof(untils));
	r->n_ooms = r->max_ooms = 2;
	r->ooms = arena_array(&r->arena, 2, sizeof(*r->ooms));
	r->ooms[0] = r->ooms[1] = oom;
	r->ooms[1].pid = 4243;
	r->ooms[1].group_kill = true;
	r->ooms[1].reaped = false;

	r->max_events = 8;
	r->events = arena_array(&r->arena, 8, sizeof(*r->events));
	record_event(r, EV_PHASE, 500 * MS, 1, "overrun");
	record_event(r, EV_START, 500 * MS, 1, "eater");
	record_event(r, EV_SET, 510 * MS, 1, "hog/memory.max = 256M");
	record_event(r, EV_OOM, 731 * MS, 1, "eater (pid 4242) in hog, CONSTRAINT_MEMCG");
	record_event(r, EV_OOM, 733 * MS, 1, "eater (pid 4243) in hog, CONSTRAINT_MEMCG");
	record_event(r, EV_EXIT, 740 * MS, 1, "eater 0 (pid 4242): oom-killed, SIGKILL");
	record_event(r, EV_KMSG, 741 * MS, 1,
		     "Memory cgroup out of memory: Killed process 4242 (eater) total-vm:542720kB, "
		     "anon-rss:261760kB, file-rss:1024kB, shmem-rss:0kB, UID:0 pgtables:560kB "
		     "oom_score_adj:0");
	record_event(r, EV_UNTIL, 812 * MS, 1, "eater exits: met after 312ms");
	record_event(r, EV_NOTE, 900 * MS, 1, "does not fit, is counted");

	r->max_log = 3;
	r->log = arena_array(&r->arena, 3, sizeof(*r->log));
	record_log(
		r, 730 * MS, 4,
		"eater invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), order=0, oom_score_adj=0");
	record_log(r, 730 * MS, 6, "memory: usage 262144kB, limit 262144kB, failcnt <42>");
	/* Its last character has no room. */
	snprintf(line, sizeof(line), "%-396s|\xe2\x82\xac",
		 "Memory cgroup out of memory: Killed process 4242 (eater) total-vm:542720kB, "
		 "anon-rss:261760kB, file-rss:1024kB, shmem-rss:0kB, UID:0 pgtables:560kB "
		 "oom_score_adj:0");
	record_log(r, 741 * MS, 3, line);
	record_log(r, 742 * MS, 6, "does not fit, is counted");
}

static inline void fx_workers(struct record *r)
{
	r->n_workers = 2;
	r->workers = arena_array(&r->arena, 2, sizeof(*r->workers));
	r->workers[0] = (struct worker_result){.stressor = 0,
					       .pid = 4242,
					       .outcome = OUTCOME_OOM_KILLED,
					       .wait_status = 9,
					       .exited_ns = 740 * MS};
	r->workers[1] = (struct worker_result){.stressor = 1,
					       .group = 1,
					       .pid = 4243,
					       .outcome = OUTCOME_CORRUPT,
					       .wait_status = 0,
					       .exited_ns = -1,
					       .error_code = -5,
					       .corrupt = 3,
					       .corrupt_addr = 0x7f1234567008,
					       .corrupt_want = 0xdeadbeefcafef00dULL,
					       .corrupt_got = 0xdeadbeefcafef00cULL,
					       .corrupt_offset = 28680};
	snprintf(r->workers[1].error_text, sizeof(r->workers[1].error_text), "wrong content");
}

static inline struct record *fx_record(struct run *run, int number, const char *name,
				       const char *summary)
{
	struct record *r = arena_alloc(&run->arena, sizeof(*r));

	run->trials[run->n_trials++] = r;
	fx_spec(r, name, summary);
	fx_machine(r, number);
	return r;
}

static inline void fx_trial(struct run *run, int number, const char *name, int64_t kills)
{
	struct record *r =
		fx_record(run, number, name,
			  "a hog that outgrows memory.max is OOM-killed, its neighbour is "
			  "untouched");

	fx_measured(r);
	fx_happened(r);
	if (kills != 1)
		fx_workers(r);
	fx_checks_of(r, kills);
	r->duration_ns = 1923456789;
	r->verdict = kills == 1 ? V_PASS : V_FAIL;
	if (kills != 1)
		snprintf(r->verdict_why, sizeof(r->verdict_why),
			 "hog/memory.events.oom_kill is 2, 1 more than accepted. The OOM killer "
			 "took more victims than the profile speaks of.");
}

static inline void fixture_run(struct run *run)
{
	struct record *r;

	memset(run, 0, sizeof(*run));
	snprintf(run->tool, sizeof(run->tool), "memtrial 0.1.0");
	run->command = "sudo memtrial run --seed 7 --set limit=256M profiles/limits";
	run->trials = arena_array(&run->arena, 4, sizeof(*run->trials));
	fx_trial(run, 1, "limits/oom", 1);
	fx_trial(run, 2, "limits/oom-twice", 2);
	run->trials[1]->spec.why =
		"A FAIL here means that a limit costs innocent tasks their life.";

	r = fx_record(run, 3, "swap/max", "memory.swap.max holds what it promises");
	r->fate = r->verdict = V_SKIP;
	snprintf(r->reason, sizeof(r->reason), "this machine has no swap space");
	snprintf(r->verdict_why, sizeof(r->verdict_why), "%s", r->reason);

	r = fx_record(run, 4, "reclaim/hot-set-survives-one-scan-of-a-large-file",
		      "a hot set survives one scan of a file that is larger than the group");
	fx_measured(r);
	r->readings[2].done = r->readings[3].done = false;
	fx_verdict(r, 1, V_PASS, fx_columns[0].v[0], fx_columns[0].v[1], 416 * KIB);
	fx_verdict(r, 4, V_BROKEN, VALUE_ABSENT, VALUE_ABSENT, 0);
	snprintf(r->verdicts[1].why, sizeof(r->verdicts[1].why), "phase overrun was not reached.");
	r->duration_ns = 845 * MS;
	r->fate = r->verdict = V_BROKEN;
	r->interrupted = true;
	r->max_events = 1;
	r->events = arena_array(&r->arena, 1, sizeof(*r->events));
	record_event(r, EV_INTERRUPT, 840 * MS, 1, "SIGINT");
	snprintf(r->reason, sizeof(r->reason),
		 "MemTotal changed from 15.6G to 14.6G during the trial: a balloon or memory "
		 "hotplug.");
	snprintf(r->verdict_why, sizeof(r->verdict_why), "%s", r->reason);
}

#endif
