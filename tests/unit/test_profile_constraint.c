/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Constraints through the front door: a profile around one expectation. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "profile/profile.h"

static const char frame[] = "summary: one expectation\n"
			    "source: none\n"
			    "params: { limit: 256M, none: 0 }\n"
			    "groups: { hog: }\n"
			    "stressors: { eater: { use: anon, in: hog, size: $limit } }\n"
			    "phases:\n"
			    "  - phase: fill\n"
			    "    start: eater\n"
			    "    expect:\n"
			    "      %s: %s\n";
#define EXPECT_LINE 10

struct parsed {
	char text[1024];
	struct profile p;
	struct diags d;
	int r;
};

static void parse(struct parsed *out, const char *metric, const char *constraint)
{
	*out = (struct parsed){0};
	snprintf(out->text, sizeof(out->text), frame, metric, constraint);
	out->r =
		profile_parse(&out->p, "test.yaml", out->text, strlen(out->text), NULL, 0, &out->d);
}

static void parsed_free(struct parsed *p)
{
	profile_free(&p->p);
	diags_free(&p->d);
}

/* NOTHING: there is no such expression. */
#define NOTHING INT64_MIN

static int64_t value(const struct profile *p, const struct expr *e)
{
	struct expr_env env = {.params = p->params,
			       .n_params = p->n_params,
			       .machine = {[MN_MEM_TOTAL] = 16 * GIB, [MN_CPUS] = 2}};
	struct err err = {0};
	int64_t v = NOTHING;

	if (e)
		cr_expect_eq(expr_eval(e, UNIT_NONE, &env, &v, &err), 0);
	return v;
}

static const struct good {
	const char *metric, *text;
	enum constraint_kind kind;
	bool delta;
	int64_t a, b, slack;
	bool percent;
} goods[] = {
	{"hog/memory.current", "64M", C_EQUAL, false, 64 * MIB, NOTHING, NOTHING, false},
	{"meminfo.Slab", "+64M", C_EQUAL, true, 64 * MIB, NOTHING, NOTHING, false},
	{"meminfo.Slab", "-64M", C_EQUAL, true, -64 * MIB, NOTHING, NOTHING, false},
	{"meminfo.Slab", "+0", C_EQUAL, true, 0, NOTHING, NOTHING, false},
	{"meminfo.Slab", "+0 ± 2M", C_EQUAL, true, 0, NOTHING, 2 * MIB, false},
	{"meminfo.Slab", "+0 +- 2M", C_EQUAL, true, 0, NOTHING, 2 * MIB, false},
	{"meminfo.Slab", "+4M±2M", C_EQUAL, true, 4 * MIB, NOTHING, 2 * MIB, false},
	{"hog/memory.current", "at most $limit", C_AT_MOST, false, 256 * MIB, NOTHING, NOTHING,
	 false},
	{"hog/memory.current", "at most +4M", C_AT_MOST, true, 4 * MIB, NOTHING, NOTHING, false},
	{"hog/memory.current", "at least 4M", C_AT_LEAST, false, 4 * MIB, NOTHING, NOTHING, false},
	{"meminfo.Slab", "at least -4M", C_AT_LEAST, true, -4 * MIB, NOTHING, NOTHING, false},
	{"hog/memory.current", "4M .. 8M", C_RANGE, false, 4 * MIB, 8 * MIB, NOTHING, false},
	{"hog/memory.current", "4M..8M ± 1M", C_RANGE, false, 4 * MIB, 8 * MIB, MIB, false},
	{"meminfo.Slab", "-4M .. +8M", C_RANGE, true, -4 * MIB, 8 * MIB, NOTHING, false},
	{"hog/memory.current", "0 .. 8M", C_RANGE, false, 0, 8 * MIB, NOTHING, false},
	{"hog/memory.events.oom_kill", "not 0", C_NOT, false, 0, NOTHING, NOTHING, false},
	{"vmstat.pgfault", "not +0", C_NOT, true, 0, NOTHING, NOTHING, false},
	{"hog/memory.peak", "$limit ± 0", C_EQUAL, false, 256 * MIB, NOTHING, 0, false},
	{"hog/memory.current", "64M ± 5% of expected", C_EQUAL, false, 64 * MIB, NOTHING, 5000,
	 true},
	{"hog/memory.current", "64M ± 2.5%  of  expected", C_EQUAL, false, 64 * MIB, NOTHING, 2500,
	 true},
	{"hog/memory.current", "64M ± 5% of $limit", C_EQUAL, false, 64 * MIB, NOTHING,
	 256 * MIB / 20, false},
	{"hog/memory.current", "25% of MemTotal", C_EQUAL, false, 4 * GIB, NOTHING, NOTHING, false},
	{"hog/memory.current", "\"2 x $limit - 4M\"", C_EQUAL, false, 508 * MIB, NOTHING, NOTHING,
	 false},
	{"hog/memory.events.oom_kill", "1", C_EQUAL, false, 1, NOTHING, NOTHING, false},
	{"hog/memory.events.oom_kill", "cpus", C_EQUAL, false, 2, NOTHING, NOTHING, false},
	{"hog/memory.max", "max", C_EQUAL, false, VALUE_MAX, NOTHING, NOTHING, false},
	{"hog/memory.max", "not max", C_NOT, false, VALUE_MAX, NOTHING, NOTHING, false},
	{"eater.touched", "at least 4M", C_AT_LEAST, false, 4 * MIB, NOTHING, NOTHING, false},
	{"eater.touched", "1024", C_EQUAL, false, 1024, NOTHING, NOTHING, false},
	{"psi.memory.some", "at most +3s", C_AT_MOST, true, 3 * NSEC_PER_SEC, NOTHING, NOTHING,
	 false},
};

Test(constraint, numbers)
{
	for (size_t i = 0; i < ARRAY_SIZE(goods); i++) {
		const struct good *g = &goods[i];
		const struct constraint *c;
		struct parsed out;

		parse(&out, g->metric, g->text);
		cr_assert_eq(out.r, 0, "%s: %s: %s", g->metric, g->text,
			     out.d.n ? out.d.list[0].text : "");
		cr_assert_eq(out.p.phases[0].n_expects, 1);
		c = &out.p.phases[0].expects[0].is;
		cr_expect_eq(c->kind, g->kind, "%s", g->text);
		cr_expect_eq(c->delta, g->delta, "%s", g->text);
		cr_expect_eq(value(&out.p, c->a), g->a, "%s", g->text);
		cr_expect_eq(value(&out.p, c->b), g->b, "%s", g->text);
		cr_expect_eq(value(&out.p, c->slack), g->slack, "%s", g->text);
		cr_expect_eq(c->slack_percent, g->percent, "%s", g->text);
		cr_expect_null(c->word);
		parsed_free(&out);
	}
}

static const struct {
	const char *metric, *text;
	enum constraint_kind kind;
	const char *word;
} words[] = {
	{"eater.outcome", "oom-killed", C_WORD, "oom-killed"},
	{"eater.outcome", "not crashed", C_NOT_WORD, "crashed"},
	{"oom.victim", "eater", C_WORD, "eater"},
	{"oom.constraint", "CONSTRAINT_MEMCG", C_WORD, "CONSTRAINT_MEMCG"},
};

Test(constraint, words)
{
	for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
		const struct constraint *c;
		struct parsed out;

		parse(&out, words[i].metric, words[i].text);
		cr_assert_eq(out.r, 0, "%s", words[i].text);
		c = &out.p.phases[0].expects[0].is;
		cr_expect_eq(c->kind, words[i].kind, "%s", words[i].text);
		cr_expect_str_eq(c->word, words[i].word);
		cr_expect_null(c->a);
		parsed_free(&out);
	}
}

static const struct {
	const char *metric, *text, *message;
	int col; /* in the constraint, from 1 */
} bads[] = {
	{"meminfo.Slab", "at least 0", "never fail", 1},
	{"meminfo.Slab", "at least $none", "never fail", 1},
	{"meminfo.Slab", "at least 4M ± 4M", "never fail", 1},
	{"meminfo.Slab", "at least 4M ± 100% of expected", "checks nothing", 15},
	{"meminfo.Slab", "0 .. max", "never fail", 6},
	{"meminfo.Slab", "at most max", "never fail", 9},
	{"meminfo.Slab", "4M ± 100% of expected", "checks nothing", 6},
	{"meminfo.Slab", "0 ± 5% of expected", "a percentage of 0", 5},
	{"meminfo.Slab", "4M ± 5%", "of what", 6},
	{"meminfo.Slab", "4M ± -1M", "below 0", 6},
	{"meminfo.Slab", "4M .. 3M", "range is empty", 1},
	{"meminfo.Slab", "+4M .. 5M", "have a sign", 8},
	{"meminfo.Slab", "4M .. +5M", "have a sign", 1},
	{"meminfo.Slab", "not 4M .. 5M", "stands alone", 5},
	{"meminfo.Slab", "64", "a size needs a unit", 1},
	{"meminfo.Slab", "+64", "a size needs a unit", 2},
	{"meminfo.Slab", "4M .. 64s", "wanted is a size", 7},
	{"meminfo.Slab", "atmost 4M", "no word of a constraint", 1},
	{"meminfo.Slab", "4M ± 1M ± 1M", "not understood", 9},
	{"meminfo.Slab", "± 1M", "missing", 1},
	{"vmstat.pgfault", "100", "counts since boot", 1},
	{"vmstat.pgfault", "at least +0", "never falls", 1},
	{"vmstat.pgfault", "at least -5", "never falls", 1},
	{"eater.outcome", "runing", "no word of this metric", 1},
	{"eater.outcome", "+running", "is a word", 1},
	{"eater.outcome", "at least running", "is a word", 1},
	{"eater.outcome", "running ± 3", "is a word", 1},
	{"hog/memory.max", "max ± 1M", "no ±", 7},
};

Test(constraint, mistakes)
{
	for (size_t i = 0; i < ARRAY_SIZE(bads); i++) {
		int col = (int)strlen("      : ") + (int)strlen(bads[i].metric) + bads[i].col;
		struct parsed out;

		parse(&out, bads[i].metric, bads[i].text);
		cr_expect_eq(out.r, -22, "%s", bads[i].text);
		cr_assert_eq(out.d.n, 1, "%s: %zu", bads[i].text, out.d.n);
		cr_expect(strstr(out.d.list[0].text, bads[i].message), "%s: %s", bads[i].text,
			  out.d.list[0].text);
		cr_expect_eq(out.d.list[0].pos.line, EXPECT_LINE);
		cr_expect_eq(out.d.list[0].pos.col, col, "%s: %d instead of %d", bads[i].text,
			     out.d.list[0].pos.col, col);
		parsed_free(&out);
	}
}
