/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reports of the run made by hand against the texts that are checked in. With UPDATE_GOLDEN set in
 * the environment the texts are written anew: look at the difference before you keep it.
 */
#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>

#include "base/io.h"
#include "base/term.h"
#include "record_fixture.h"
#include "report/report.h"
#include "report/text_parts.h"

#define GOLDEN TEST_DATA "/../golden/report/"

static struct run run;

static void setup(void)
{
	fixture_run(&run);
}

static void teardown(void)
{
	run_free(&run);
}

TestSuite(report, .init = setup, .fini = teardown);

static int report_to(FILE *f, const char *format, const struct report_options *o, struct err *err)
{
	const struct report_format *rf = report_find(format);
	int r = 0;

	cr_assert_not_null(rf);
	if (rf->begin)
		r = rf->begin(&run, f, o, err);
	for (size_t i = 0; r == 0 && rf->trial && i < run.n_trials; i++)
		r = rf->trial(&run, i, f, o, err);
	if (r == 0 && rf->end)
		r = rf->end(&run, f, o, err);
	return r;
}

static char *report(const char *format, struct report_options o)
{
	struct err err = {0};
	char *text = NULL;
	size_t len;
	FILE *f = open_memstream(&text, &len);

	cr_assert_eq(report_to(f, format, &o, &err), 0, "%s", err.text);
	fclose(f);
	return text;
}

static void as_golden(const char *name, const char *text)
{
	_cleanup_free_ char *want = NULL;
	char path[512];
	FILE *f;

	snprintf(path, sizeof(path), "%s%s", GOLDEN, name);
	if (getenv("UPDATE_GOLDEN")) {
		f = fopen(path, "w");
		cr_assert_not_null(f);
		fputs(text, f);
		fclose(f);
	}
	cr_assert_eq(file_read_alloc(AT_FDCWD, path, &want, NULL), 0, "%s", path);
	cr_assert_str_eq(text, want, "%s differs", name);
}

/* Every line in its width (but the command, to be copied, and long words), and no blanks at its
 * end. */
static void lines_fit(const char *text, size_t width)
{
	_cleanup_free_ char *copy = strdup(text);
	char *rest = copy, *line;

	while ((line = strsep(&rest, "\n"))) {
		if (strncmp(line, "run again: ", 11) == 0)
			continue;
		cr_assert_leq(text_width(line), width, "wider than %zu: %s", width, line);
		cr_assert(!*line || line[strlen(line) - 1] != ' ', "blanks at the end: %s", line);
	}
}

Test(report, text_of_80_columns)
{
	_cleanup_free_ char *text = report("text", (struct report_options){.width = 80});

	lines_fit(text, 80);
	as_golden("text-80.txt", text);
}

Test(report, text_of_120_columns)
{
	_cleanup_free_ char *text = report("text", (struct report_options){.width = 120});

	lines_fit(text, 120);
	as_golden("text-120.txt", text);
}

Test(report, text_with_all_terms)
{
	_cleanup_free_ char *text =
		report("text", (struct report_options){.width = 80, .verbose = true});

	lines_fit(text, 80);
	as_golden("text-verbose.txt", text);
}

Test(report, text_in_short)
{
	_cleanup_free_ char *text =
		report("text", (struct report_options){.width = 80, .quiet = true});

	as_golden("text-quiet.txt", text);
}

Test(report, every_width_can_be_filled)
{
	for (int width = 0; width < 200; width += 13) {
		_cleanup_free_ char *text = report("text", (struct report_options){.width = width});

		cr_assert_not_null(
			strstr(text, "4 trials: 1 passed, 1 failed, 1 broken, 1 skipped"));
	}
}

/* Colour adds escapes and changes nothing else. */
Test(report, colour_is_only_colour)
{
	_cleanup_free_ char *plain = report("text", (struct report_options){.width = 80});
	_cleanup_free_ char *text =
		report("text", (struct report_options){.width = 80, .colour = true});
	char *to = text;

	cr_assert_not_null(strstr(text, "\033["));
	for (const char *from = text; *from;) {
		if (*from == '\033') {
			from = strchr(from, 'm') + 1;
			continue;
		}
		*to++ = *from++;
	}
	*to = '\0';
	cr_assert_str_eq(text, plain);
}

Test(report, names_cannot_steer_the_terminal)
{
	_cleanup_free_ char *text = NULL;

	snprintf(run.trials[1]->verdicts[4].why, 64, "evil \033[2J name");
	text = report("text", (struct report_options){.width = 80});
	cr_assert_null(strchr(text, '\033'));
	cr_assert_not_null(strstr(text, "evil ?[2J name"));
}

Test(report, ktap_of_all_verdicts)
{
	_cleanup_free_ char *text = report("ktap", (struct report_options){.width = 80});

	as_golden("run.ktap", text);
}

Test(report, ktap_names_are_clean)
{
	_cleanup_free_ char *text = NULL;

	run.trials[0]->spec.name = "odd # name\nok 9 forged";
	text = report("ktap", (struct report_options){.width = 80});
	cr_assert_not_null(strstr(text, "\nok 1 odd = name ok 9 forged\n"));
}

Test(report, ktap_plan_before_the_trials)
{
	_cleanup_free_ char *known = NULL, *unknown = NULL;

	run.n_trials = 0;
	run.n_planned = 7;
	known = report("ktap", (struct report_options){.width = 80});
	run.n_planned = 0;
	unknown = report("ktap", (struct report_options){.width = 80});
	cr_assert_str_eq(known, "KTAP version 1\n1..7\n");
	cr_assert_str_eq(unknown, "KTAP version 1\n");
	run.n_trials = 4;
}

Test(report, junit_of_all_verdicts)
{
	_cleanup_free_ char *text = report("junit", (struct report_options){.width = 80});

	as_golden("run.junit.xml", text);
}

/* A guest that died has one check of the harness; a trial that never got to one has none. */
Test(report, junit_of_trials_without_checks)
{
	_cleanup_free_ char *text = NULL;
	struct record *r = run.trials[3];

	r->n_verdicts = 0;
	r->verdict = V_FAIL;
	snprintf(r->verdict_why, sizeof(r->verdict_why), "the guest panicked: <Oops> & \"more\"");
	text = report("junit", (struct report_options){.width = 80});
	cr_assert_not_null(strstr(text, "tests=\"1\" failures=\"1\" errors=\"0\" skipped=\"0\""));
	cr_assert_not_null(strstr(text, "<failure message=\"the guest panicked: &lt;Oops&gt; &amp; "
					"&#34;more&#34;\" type=\"trial\">"));
}

Test(report, junit_names_are_text)
{
	_cleanup_free_ char *text = NULL;

	run.trials[0]->spec.name = "a/\"><x>&\n\x1b\xff\xed\xa0\x80";
	text = report("junit", (struct report_options){.width = 80});
	cr_assert_not_null(strstr(text, "name=\"a/&#34;&gt;&lt;x&gt;&amp;&#10;\uFFFD\uFFFD\uFFFD"
					"\uFFFD\uFFFD\""));
	cr_assert_null(strstr(text, "<x>"));
}

Test(report, json_is_what_is_saved)
{
	_cleanup_free_ char *text = report("json", (struct report_options){.width = 80});
	_cleanup_free_ char *want = NULL;

	cr_assert_eq(file_read_alloc(AT_FDCWD, TEST_DATA "/record/run.json", &want, NULL), 0);
	cr_assert_str_eq(text, want);
}

Test(report, formats_by_name)
{
	for (size_t i = 0; report_formats[i]; i++)
		cr_assert_eq(report_find(report_formats[i]->name), report_formats[i]);
	cr_assert_null(report_find("tap"));
}

Test(report, full_output_is_an_error)
{
	for (size_t i = 0; report_formats[i]; i++) {
		const struct report_options o = {.width = 80};
		FILE *full = fopen("/dev/full", "w");
		struct err err = {0};

		cr_assert_eq(report_to(full, report_formats[i]->name, &o, &err), -ENOSPC, "%s: %s",
			     report_formats[i]->name, err.text);
		cr_assert_not_null(strstr(err.text, "No space left"), "%s", err.text);
		fclose(full);
	}
}

static const char *bar_of(struct check_verdict v, bool delta)
{
	static char bar[160];

	text_bar(bar, sizeof(bar), &v, UNIT_BYTES, delta, true);
	return bar;
}

Test(report, bars)
{
	const int64_t open_low = VALUE_ABSENT, open_high = VALUE_MAX;
	static const int64_t far = INT64_MAX - 1;

#define BAR(l, h, c) bar_of((struct check_verdict){.low = (l), .high = (h), .compared = (c)}, false)
	cr_assert_str_eq(BAR(62 * MIB, 66 * MIB, 130 * MIB),
			 "62M [==] 66M ----------------------------------x 130M");
	cr_assert_str_eq(BAR(64 * MIB, 128 * MIB, 32 * MIB),
			 "32M x------------ 64M [===========|============] 128M");
	cr_assert_str_eq(BAR(64 * MIB, 64 * MIB, 65 * MIB),
			 "[64M] -----------------------------------x 65M");
	cr_assert_str_eq(BAR(open_low, 256 * MIB, 300 * MIB),
			 "..=======] 256M -----------------------------x 300M");
	cr_assert_str_eq(BAR(64 * MIB, open_high, 10 * MIB),
			 "10M x----------------------------- 64M [=======..");
	cr_assert_str_eq(BAR(64 * MIB, 66 * MIB, 65 * MIB), "", "inside: nothing to draw");
	cr_assert_str_eq(BAR(64 * MIB, 66 * MIB, VALUE_ABSENT), "");
	cr_assert_leq(strlen(BAR(-far, -far + 1, far)), 120);
#undef BAR
}
