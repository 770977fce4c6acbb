/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What moved is found, what did not is not reported: on numbers made here, so by how often. */
#include <criterion/criterion.h>
#include <math.h>
#include <string.h>

#include "compare/inside.h"
#include "random.h"

#define NUMBERS 150

struct kind {
	double spread;	/* of its mean, from run to run */
	double planted; /* the second side's mean beside the first's */
	double drift;	/* of its mean, from the first run of all to the last */
	size_t n_a, n_b;
	size_t planted_at; /* which number; NUMBERS: none */
};

/* A comparison of two sides of so many numbers each, every third one with many ties. */
static void made(struct comparison *c, const struct kind *k)
{
	static char names[NUMBERS][16];
	const size_t n[] = {k->n_a, k->n_b};

	*c = (struct comparison){0};
	for (size_t side = 0; side < 2; side++) {
		compare_side(c, side ? "B" : "A", NULL);
		for (size_t run = 0; run < n[side]; run++)
			for (size_t i = 0; i < NUMBERS; i++) {
				double at =
					(double)(side * k->n_a + run) / (double)(k->n_a + k->n_b);
				double mean = i % 3 == 2 ? 20 : 1e9;
				struct cell cell = {.metric = names[i],
						    .phase_name = "fill",
						    .unit = UNIT_BPS,
						    .worse = WORSE_DOWN};

				snprintf(names[i], sizeof(names[i]), "w%zu.rate", i);
				mean *= 1 + k->drift * at;
				mean *= side && i == k->planted_at ? k->planted : 1;
				cell.value = (int64_t)(mean * (1 + k->spread * gauss()));
				compare_add_value(c, side, "made", &cell);
			}
	}
	compare_run(c, NULL);
}

static const struct finding *finding_of(const struct comparison *c, const char *metric)
{
	for (size_t i = 0; i < c->n_findings; i++)
		if (!strcmp(c->series[c->findings[i].series].metric, metric))
			return &c->findings[i];
	return NULL;
}

Test(compare_find, a_rate_that_fell_by_a_tenth_is_found)
{
	const struct kind k = {
		.spread = 0.03, .planted = 0.9, .n_a = 10, .n_b = 10, .planted_at = 3};
	int found = 0, right = 0;

	state = 1;
	for (int round = 0; round < 40; round++) {
		struct comparison c;
		const struct finding *f;

		made(&c, &k);
		f = finding_of(&c, "w3.rate");
		cr_assert(f && f->method == METHOD_RANK);
		found += f->moved && f->worse;
		right += fabs(f->percent + 10) < 4;
		compare_free(&c);
	}
	cr_expect(found >= 38, "found in %d of 40", found);
	cr_expect(right >= 38, "its size is right in %d of 40", right);
}

Test(compare_find, halves_of_the_same_runs_do_not_differ)
{
	const struct kind k = {
		.spread = 0.05, .planted = 1, .n_a = 20, .n_b = 20, .planted_at = NUMBERS};
	int wrong = 0;

	state = 2;
	for (int round = 0; round < 20; round++) {
		struct comparison c;

		made(&c, &k);
		cr_expect(c.n_tests > NUMBERS / 2);
		wrong += c.moved > 0;
		compare_free(&c);
	}
	/* The numbers are the same every time, so that this is no matter of luck. */
	cr_expect(wrong <= 1, "%d of 20", wrong);
}

Test(compare_find, a_machine_that_drifts_is_not_a_change)
{
	const struct kind k = {.spread = 0.005,
			       .planted = 1,
			       .drift = 0.3,
			       .n_a = 20,
			       .n_b = 20,
			       .planted_at = NUMBERS};
	int wrong = 0, drifting = 0;

	state = 3;
	for (int round = 0; round < 3; round++) {
		struct comparison c;

		made(&c, &k);
		wrong += (int)c.moved;
		drifting += (int)c.drifting;
		compare_free(&c);
	}
	/* Twice the halves' shift is the sides' shift: chance decides which is larger. */
	cr_expect(drifting > wrong / 2, "%d drift, %d moved", drifting, wrong);
}

/* Ten runs a side on a machine that gets slower by 30 %, in an order of time: "ABAB..." */
static void in_turn(struct comparison *c, const char *order, double planted)
{
	static struct record records[2][10];
	static const struct record *by_side[2][10];
	struct cell cell = {.metric = "w.rate",
			    .phase_name = "fill",
			    .unit = UNIT_BPS,
			    .worse = WORSE_DOWN};
	size_t n[2] = {0};

	*c = (struct comparison){0};
	compare_side(c, "A", NULL);
	compare_side(c, "B", NULL);
	for (int i = 0; order[i]; i++) {
		size_t side = order[i] == 'B';

		records[side][n[side]].started_unix_ns = i;
		by_side[side][n[side]] = &records[side][n[side]];
		n[side]++;
		cell.value = (int64_t)(1e9 * (1 - 0.3 * i / 20) * (side ? planted : 1) *
				       (1 + 0.005 * gauss()));
		compare_add_value(c, side, "made", &cell);
	}
	for (size_t side = 0; side < 2; side++) {
		c->records[side] = by_side[side];
		c->n_records[side] = n[side];
	}
	compare_find(c);
}

Test(compare_find, sides_that_take_turns_drift_alike)
{
	static const struct {
		const char *order;
		double planted;
		bool moved, drifts;
	} rows[] = {
		{"ABABABABABABABABABAB", 1, false, false},
		{"ABBABAABBAABABBAABBA", 1, false, false},
		{"ABABABABABABABABABAB", 0.8, true, false},
		{"ABBABAABBAABABBAABBA", 0.8, true, false},
		/* As large, and no proof when one side came after the other. */
		{"AAAAAAAAAABBBBBBBBBB", 1, false, true},
		{"AAAAAAAAABABBBBBBBBB", 1, false, true},
	};

	state = 7;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct comparison c;
		const struct finding *f;

		in_turn(&c, rows[i].order, rows[i].planted);
		f = finding_of(&c, "w.rate");
		cr_expect(f->moved == rows[i].moved && f->drifts == rows[i].drifts,
			  "%s %g: %d %d p %g", rows[i].order, rows[i].planted, f->moved, f->drifts,
			  f->p);
		compare_free(&c);
	}
}

Test(compare_find, one_run_beside_twenty)
{
	struct kind k = {.spread = 0.03, .planted = 1, .n_a = 20, .n_b = 1, .planted_at = NUMBERS};
	int wrong = 0, found = 0;

	state = 4;
	for (int round = 0; round < 40; round++) {
		struct comparison c;

		made(&c, &k);
		cr_assert_eq(c.by_method[METHOD_RANK], 0);
		wrong += c.moved > 0;
		compare_free(&c);
	}
	cr_expect(wrong <= 2, "%d of 40", wrong);
	k.planted = 0.7;
	k.planted_at = 0;
	for (int round = 0; round < 20; round++) {
		struct comparison c;

		made(&c, &k);
		found += finding_of(&c, "w0.rate")->worse;
		compare_free(&c);
	}
	cr_expect(found >= 18, "%d of 20", found);
}

/* One number, one run a side. */
static struct finding single(double a, double b, int64_t tolerance, bool modelled)
{
	struct comparison c = {0};
	struct finding f = {.series = SIZE_MAX};
	struct cell cell = {.metric = "g/memory.stat.kernel",
			    .phase_name = "fill",
			    .unit = UNIT_BYTES,
			    .tolerance = tolerance,
			    .modelled = modelled,
			    .worse = WORSE_UP};

	compare_side(&c, "A", NULL);
	compare_side(&c, "B", NULL);
	cell.value = (int64_t)a;
	compare_add_value(&c, 0, "t", &cell);
	cell.value = (int64_t)b;
	compare_add_value(&c, 1, "t", &cell);
	compare_run(&c, NULL);
	if (c.n_findings)
		f = c.findings[0];
	compare_free(&c);
	return f;
}

Test(compare_find, single_runs_by_budget)
{
	cr_expect_eq(single(4096, 4096, 0, true).series, SIZE_MAX);
	cr_expect(single(4096, 8192, 0, true).moved);
	cr_expect(single(4096, 8192, 0, true).worse);
	cr_expect(single(8192, 4096, 0, true).better);
	cr_expect(single(4096, 4168, 0, true).moved);
	cr_expect(!single(4096, 4168, 0, true).worse, "less than a page");
	cr_expect(!single(4096, 8192, 2048, true).moved);
	cr_expect(single(4096, 8193, 2048, true).moved);
	cr_expect_eq(single(4096, 1 << 30, 0, false).method, METHOD_NONE);
	cr_expect(!single(4096, 1 << 30, 0, false).moved);
	cr_expect(isnan(single(0, 4096, 0, true).percent));
}

struct seen {
	size_t n, changes, levels, least, most, checked;
	bool outcome, anon;
};

static void see(void *arg, const struct cell *c)
{
	struct seen *s = arg;

	s->n++;
	s->changes += c->form == FORM_CHANGE;
	s->levels += c->form == FORM_LEVEL;
	s->least += c->form == FORM_LEAST;
	s->most += c->form == FORM_MOST;
	s->checked += c->check != NULL;
	s->outcome |= strstr(c->metric, "outcome") != NULL;
	if (!strcmp(c->metric, "meminfo.AnonPages") && c->phase == 0) {
		s->anon = true;
		cr_expect_eq(c->form, FORM_CHANGE);
		cr_expect_eq(c->value, 64 * MIB + 108 * KIB);
		cr_expect(c->check && c->global && c->modelled);
	}
	if (!strcmp(c->metric, "hog/memory.events.oom_kill"))
		cr_expect_eq(c->worse, WORSE_UP, "%s in %s", c->metric, c->phase_name);
}

Test(compare_cells, what_a_record_says)
{
	struct run run = {0};
	struct err err = {0};
	struct seen s = {0};

	cr_assert_eq(run_load(&run, TEST_DATA "/record/run.json", &err), 0, "%s", err.text);
	cells_visit(run.trials[0], see, &s);
	cr_expect(s.anon && !s.outcome);
	cr_expect(s.changes > 0 && s.levels > 0 && s.checked > 0);
	/* "at most": the largest alone says something. */
	cr_expect_eq(s.least, 0);
	cr_expect_eq(s.most, 1);
	s = (struct seen){.anon = true};
	cells_visit(run.trials[2], see, &s);
	cr_expect_eq(s.n, 0, "a skipped trial has no numbers");
	run_free(&run);
}
