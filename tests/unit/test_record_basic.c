/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Looking things up in a record, words and events of a fixed room, the worst verdict of a run. */
#include <criterion/criterion.h>
#include <errno.h>

#include "record_fixture.h"

static struct run run;

static void setup(void)
{
	fixture_run(&run);
}

static void teardown(void)
{
	run_free(&run);
}

TestSuite(record, .init = setup, .fini = teardown);

Test(record, column_by_name)
{
	const struct record *r = run.trials[0];

	cr_assert_eq(record_column(r, "meminfo.AnonPages"), 0);
	cr_assert_eq(record_column(r, "hog/memory.peak"), 3);
	cr_assert_eq(record_column(r, "hog/memory.pea"), -1);
}

Test(record, value_of_a_reading)
{
	const struct record *r = run.trials[0];
	const struct reading *base = record_reading(r, -1), *overrun = record_reading(r, 1);

	cr_assert_not_null(base);
	cr_assert_not_null(overrun);
	cr_assert_eq(record_value(r, base, "hog/memory.events.oom_kill"), 0);
	cr_assert_eq(record_value(r, overrun, "hog/memory.events.oom_kill"), 2);
	cr_assert_eq(record_value(r, overrun, "no.such"), VALUE_ABSENT);
	cr_assert_eq(record_value(r, NULL, "hog/memory.peak"), VALUE_ABSENT);
}

Test(record, reading_that_was_not_made)
{
	const struct record *r = run.trials[3];

	cr_assert_not_null(record_reading(r, 0));
	cr_assert_null(record_reading(r, 1));
	cr_assert_null(record_reading(r, 7));
	cr_assert_eq(record_value(r, &r->readings[2], "hog/memory.peak"), VALUE_ABSENT);
}

Test(record, words_have_one_index)
{
	struct record *r = run.trials[2];
	char longest[RECORD_WORD_SIZE + 1];

	record_reserve_words(r, 2);
	cr_assert_eq(record_add_word(r, "eater"), 0);
	cr_assert_eq(record_add_word(r, "quiet"), 1);
	cr_assert_eq(record_add_word(r, "eater"), 0);
	cr_assert_eq(record_add_word(r, "third"), -ENOSPC);
	cr_assert_str_eq(record_word(r, 1), "quiet");
	cr_assert_null(record_word(r, 2));
	cr_assert_null(record_word(r, VALUE_ABSENT));

	record_reserve_words(r, 1);
	memset(longest, 'x', RECORD_WORD_SIZE);
	longest[RECORD_WORD_SIZE] = '\0';
	cr_assert_eq(record_add_word(r, longest), -ENAMETOOLONG);
	longest[RECORD_WORD_SIZE - 1] = '\0';
	cr_assert_eq(record_add_word(r, longest), 0);
	cr_assert_str_eq(record_word(r, 0), longest);
}

Test(record, events_that_do_not_fit_are_counted)
{
	const struct record *r = run.trials[0];

	cr_assert_eq(r->n_events, 8);
	cr_assert_eq(r->events_dropped, 1);
	cr_assert_eq(r->events[2].kind, EV_SET);
	cr_assert_str_eq(r->events[2].text, "hog/memory.max = 256M");
}

Test(record, long_events_are_cut_between_characters)
{
	struct record *r = run.trials[2];
	char text[sizeof(r->events->text) + 8] = "";

	/* Two bytes a character, an odd byte in front: the cut would fall into the middle of one.
	 */
	strcpy(text, "x");
	while (strlen(text) + 2 < sizeof(text))
		strcat(text, "±");
	r->max_events = 1;
	r->events = arena_array(&r->arena, 1, sizeof(*r->events));
	record_event(r, EV_NOTE, 0, -1, "%s", text);
	cr_assert_eq(strlen(r->events[0].text) % 2, 0,
		     "a whole number of characters and 1 + 3 bytes");
	cr_assert_str_eq(r->events[0].text + strlen(r->events[0].text) - 3, "...");
}

Test(record, worst_verdict_of_a_run)
{
	static const struct {
		enum verdict first, second, worst;
	} cases[] = {
		{V_PASS, V_PASS, V_PASS},     {V_PASS, V_SKIP, V_PASS},	  {V_SKIP, V_SKIP, V_SKIP},
		{V_SKIP, V_BROKEN, V_BROKEN}, {V_BROKEN, V_FAIL, V_FAIL}, {V_FAIL, V_PASS, V_FAIL},
	};

	run.n_trials = 2;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		run.trials[0]->verdict = cases[i].first;
		run.trials[1]->verdict = cases[i].second;
		cr_assert_eq(run_verdict(&run), cases[i].worst, "case %zu", i);
	}
	run.n_trials = 0;
	cr_assert_eq(run_verdict(&run), V_SKIP);
	run.n_trials = 4;
}
