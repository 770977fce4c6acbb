/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A record built by hand for the judge: two groups, two stressors, a baseline and two phases. */
#ifndef MT_TEST_JUDGE_FIXTURE_H
#define MT_TEST_JUDGE_FIXTURE_H

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "judge/judge.h"

#define PAGE	    4096LL
#define CPUS	    2
#define STOCK	    (64 * CPUS * PAGE)
#define COLUMNS_MAX 64
#define ALL_SETTLED                                                                                \
	(SETTLED_STOCK | SETTLED_RSTAT | SETTLED_PERCPU | SETTLED_LRU | SETTLED_SLAB |             \
	 SETTLED_STILL | SETTLED_CALM)

enum { BASE, FILL, RELEASE, READINGS }; /* readings; phases are one less */

struct fixture {
	struct record r;
	struct column columns[COLUMNS_MAX];
	int64_t values[READINGS][COLUMNS_MAX];
	struct reading readings[READINGS];
	struct check checks[16];
	struct event events[8];
	struct oom_record ooms[4];
	struct until_result untils[4];
	struct worker_result workers[2];
	struct extreme extremes[4];
	const char *words[8];
	struct fact facts[4];
};

static const char *const fixture_groups[] = {"hog", "neighbour", "hog/inner", "drain"};
static const char *const fixture_stressors[] = {"eater", "quiet"};
static const struct stressor *const fixture_kinds[] = {NULL, NULL};
static const struct metric_names fixture_names = {fixture_groups, 4, fixture_stressors,
						  fixture_kinds, 2};
static const int in_hog[] = {0}, in_neighbour[] = {1};
static struct spec_group fixture_spec_groups[] = {
	{.path = "hog", .parent = -1},
	{.path = "neighbour", .parent = -1},
	{.path = "hog/inner", .parent = 0},
};

static inline int fixture_column(struct fixture *f, const char *name)
{
	int i = record_column(&f->r, name);
	char nearest[METRIC_NAME_MAX];
	struct metric m;

	if (i >= 0)
		return i;
	cr_assert(f->r.n_columns < COLUMNS_MAX);
	cr_assert_eq(metric_parse(name, &fixture_names, &m, nearest, NULL), 0, "%s", name);
	i = (int)f->r.n_columns++;
	f->columns[i].name = arena_strdup(&f->r.arena, name);
	f->columns[i].unit = m.unit;
	f->columns[i].flags = m.flags;
	for (int rd = 0; rd < READINGS; rd++)
		f->values[rd][i] = VALUE_ABSENT;
	return i;
}

static inline void fixture_set(struct fixture *f, const char *name, int64_t base, int64_t fill,
			       int64_t release)
{
	int i = fixture_column(f, name);

	f->values[BASE][i] = base;
	f->values[FILL][i] = fill;
	f->values[RELEASE][i] = release;
}

static inline int64_t fixture_word(struct fixture *f, const char *word)
{
	for (size_t i = 0; i < f->r.n_words; i++)
		if (!strcmp(f->words[i], word))
			return (int64_t)i;
	cr_assert(f->r.n_words < 8);
	f->words[f->r.n_words] = word;
	return (int64_t)f->r.n_words++;
}

/* A quiet trial in which nothing is wrong and nothing was asked. */
static inline void fixture_init(struct fixture *f)
{
	struct spec *s = &f->r.spec;

	memset(f, 0, sizeof(*f));
	snprintf(f->r.id, sizeof(f->r.id), "memtrial-7-1");
	f->r.page_size = PAGE;
	f->r.cpus = CPUS;
	f->r.percpu_threshold = 36;
	f->r.cgroup_version = 2;
	f->r.control_ns = NSEC_PER_SEC;
	f->r.duration_ns = 30 * NSEC_PER_SEC;
	f->r.columns = f->columns;
	f->r.readings = f->readings;
	f->r.n_readings = READINGS;
	f->r.words = f->words;
	f->r.max_words = 8;
	f->r.events = f->events;
	f->r.max_events = 8;
	f->r.ooms = f->ooms;
	f->r.untils = f->untils;
	f->r.workers = f->workers;
	f->r.extremes = f->extremes;
	f->r.facts = f->facts;
	for (int i = 0; i < READINGS; i++)
		f->readings[i] = (struct reading){.phase = i - 1,
						  .t_ns = (1 + 10 * i) * NSEC_PER_SEC,
						  .settled = ALL_SETTLED,
						  .values = f->values[i],
						  .done = true};
	s->groups = fixture_spec_groups;
	s->n_groups = 3;
	s->stressors = arena_array(&f->r.arena, 2, sizeof(*s->stressors));
	s->n_stressors = 2;
	s->stressors[0] = (struct spec_stressor){
		.name = "eater", .kind = "anon", .groups = in_hog, .n_groups = 1, .workers = 1};
	s->stressors[1] = (struct spec_stressor){.name = "quiet",
						 .kind = "anon",
						 .groups = in_neighbour,
						 .n_groups = 1,
						 .workers = 1};
	s->phases = arena_array(&f->r.arena, 2, sizeof(*s->phases));
	s->n_phases = 2;
	s->phases[0] =
		(struct spec_phase){.name = "fill", .action_text = "start eater", .since = -1};
	s->phases[1] =
		(struct spec_phase){.name = "release", .action_text = "stop all", .since = -1};
	s->checks = f->checks;
	s->fuse = GIB;
	f->r.n_workers = 2;
	for (int i = 0; i < 2; i++)
		f->workers[i] = (struct worker_result){.stressor = i,
						       .group = i,
						       .pid = 100 + i,
						       .outcome = OUTCOME_DONE,
						       .wait_status = 0,
						       .exited_ns = 15 * NSEC_PER_SEC};
	fixture_set(f, "kmsg.lines", 0, 0, 0);
	fixture_set(f, "kmsg.lost", 0, 0, 0);
}

static inline struct check *fixture_check(struct fixture *f, int phase, const char *name,
					  enum constraint_kind kind, bool delta, int64_t a)
{
	struct check *c = &f->checks[f->r.spec.n_checks++];
	char nearest[METRIC_NAME_MAX];

	*c = (struct check){.phase = phase, .kind = kind, .delta = delta, .a = a, .since = -1};
	c->text = "as written";
	cr_assert_eq(metric_parse(name, &fixture_names, &c->metric, nearest, NULL), 0, "%s", name);
	return c;
}

static inline const struct check_verdict *fixture_verdict(struct fixture *f, const char *name)
{
	judge_record(&f->r);
	for (size_t i = 0; i < f->r.n_verdicts; i++)
		if (!strcmp(f->r.verdicts[i].name, name))
			return &f->r.verdicts[i];
	cr_assert_fail("no verdict on %s", name);
	return NULL;
}

#define expect_verdict(f, name, want)                                                              \
	do {                                                                                       \
		const struct check_verdict *v_ = fixture_verdict(f, name);                         \
		cr_expect_eq(v_->verdict, want, "%s: %s, not %s: %s", name,                        \
			     verdict_words[v_->verdict], verdict_words[want], v_->why);            \
	} while (0)
#define expect_why(f, name, part)                                                                  \
	do {                                                                                       \
		const struct check_verdict *v_ = fixture_verdict(f, name);                         \
		cr_expect(strstr(v_->why, part), "\"%s\" is not in \"%s\"", part, v_->why);        \
	} while (0)

#endif
