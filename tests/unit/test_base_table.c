/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <criterion/criterion.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <fcntl.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/table.h"
#include "base/term.h"

Test(term, text_width)
{
	static const struct {
		const char *text;
		size_t width;
	} rows[] = {
		{"", 0},
		{"anon", 4},
		{"± 1M", 4},
		{"✓ ✗ … · → ≥", 11},
		{"│─┌", 3},
		{"e\xcc\x81", 1}, /* a combining accent */
		{"日本", 4},
		{"\xf0\x9f\x98\x80", 2},
		{"\xff\xfe", 2},     /* invalid bytes: one "?" each */
		{"\xe2\x80", 2},     /* cut off */
		{"\xc0\xaf", 2},     /* overlong */
		{"\xe0\x80\xaf", 3}, /* overlong */
		{"\xed\xa0\x80", 3}, /* surrogate */
		{"a\tb\n", 4},
		{"\x1b[31m", 5},
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		cr_expect_eq(text_width(rows[i].text), rows[i].width, "\"%s\": %zu", rows[i].text,
			     text_width(rows[i].text));
}

static size_t put(char *buf, size_t size, const char *text, size_t max)
{
	FILE *f = fmemopen(buf, size, "w");
	size_t n = text_put(f, text, max);

	fclose(f);
	return n;
}

Test(term, text_put)
{
	static const struct {
		const char *text;
		size_t max, width;
		const char *out;
	} rows[] = {
		{"anon", 10, 4, "anon"},
		{"anon", 4, 4, "anon"},
		{"anon", 3, 3, "an…"},
		{"anon", 1, 1, "…"},
		{"anon", 0, 0, ""},
		{"日本語", 6, 6, "日本語"},
		{"日本語", 5, 5, "日本…"},
		{"日本語", 4, 3, "日…"}, /* no half letters */
		{"a\x1b[31mb\n", 20, 8, "a?[31mb?"},
		{"\xc2\x9b"
		 "31m",
		 20, 4, "?31m"}, /* the one-byte CSI */
		{"x\xffy", 20, 3, "x?y"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		char buf[64] = "";
		size_t n = put(buf, sizeof(buf), rows[i].text, rows[i].max);

		cr_expect_eq(n, rows[i].width, "%zu: %zu", i, n);
		cr_expect_str_eq(buf, rows[i].out);
	}
}

Test(term, colour)
{
	enum colour_when when = COLOUR_AUTO;
	int pipes[2];

	cr_assert_eq(pipe(pipes), 0);
	cr_expect_not(term_is_tty(pipes[1]));
	cr_expect_not(term_colour(pipes[1], COLOUR_AUTO));
	cr_expect(term_colour(pipes[1], COLOUR_ALWAYS));
	cr_expect_not(term_colour(pipes[1], COLOUR_NEVER));
	close(pipes[0]);
	close(pipes[1]);

	cr_expect_eq(colour_when_parse("always", &when), 0);
	cr_expect_eq(when, COLOUR_ALWAYS);
	cr_expect_eq(colour_when_parse("sometimes", &when), -EINVAL);
	cr_expect_eq(when, COLOUR_ALWAYS);
	for (int s = 0; s < STYLE_MAX; s++)
		cr_expect_eq(*style_begin((enum style)s) == '\0', s == STYLE_PLAIN);
	cr_expect_str_eq(style_end(STYLE_PLAIN), "");
}

/* A pseudo terminal: there auto means yes, unless the environment says no. */
Test(term, colour_on_a_terminal)
{
	_cleanup_close_ int master = posix_openpt(O_RDWR | O_NOCTTY);
	_cleanup_close_ int slave = -1;

	if (master < 0 || grantpt(master) < 0 || unlockpt(master) < 0)
		cr_skip_test("no pseudo terminals here");
	slave = open(ptsname(master), O_RDWR | O_NOCTTY);
	if (slave < 0)
		cr_skip_test("no pseudo terminals here");
	unsetenv("NO_COLOR");
	setenv("TERM", "xterm", 1);
	cr_expect(term_colour(slave, COLOUR_AUTO));
	setenv("TERM", "dumb", 1);
	cr_expect_not(term_colour(slave, COLOUR_AUTO));
	setenv("TERM", "xterm", 1);
	setenv("NO_COLOR", "1", 1);
	cr_expect_not(term_colour(slave, COLOUR_AUTO));
	cr_expect(term_colour(slave, COLOUR_ALWAYS));
	setenv("NO_COLOR", "", 1);
	cr_expect(term_colour(slave, COLOUR_AUTO));

	unsetenv("COLUMNS");
	cr_expect_eq(ioctl(slave, TIOCSWINSZ, &(struct winsize){.ws_row = 25, .ws_col = 132}), 0);
	cr_expect_eq(term_width(slave), 132);
}

Test(term, width)
{
	static const struct {
		const char *columns;
		unsigned width;
	} rows[] = {
		{"120", 120}, {"5", 20},  {"99999999999999999999", 1000},
		{"0", 80},    {"-5", 80}, {"wide", 80},
		{"12x", 80},  {"", 80},
	};
	int pipes[2];

	cr_assert_eq(pipe(pipes), 0);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		setenv("COLUMNS", rows[i].columns, 1);
		cr_expect_eq(term_width(pipes[1]), rows[i].width, "%s", rows[i].columns);
	}
	unsetenv("COLUMNS");
	cr_expect_eq(term_width(pipes[1]), 80);
	close(pipes[0]);
	close(pipes[1]);
}

static const struct table_column columns[] = {
	{.title = "metric", .shrink_to = 8},
	{.title = "value", .align = ALIGN_RIGHT},
	{.title = "why", .shrink_to = 6},
};

static void fill(struct table *t, struct arena *a)
{
	table_init(t, a, columns, ARRAY_SIZE(columns));
	table_row(t);
	table_cell(t, STYLE_PLAIN, "hog/memory.current");
	table_cell(t, STYLE_GREEN, "64M ± %d", 5);
	table_cell(t, STYLE_PLAIN, "as expected");
	table_row(t);
	table_cell(t, STYLE_PLAIN, "oom");
	table_cell(t, STYLE_RED, "1");
	table_line(t, STYLE_PLAIN, "%s", "");
	table_line(t, STYLE_BOLD, "a line that is wider than all of the columns together are");
}

static char *written(const struct table *t, const struct table_look *look)
{
	char *text = NULL;
	size_t len;
	FILE *f = open_memstream(&text, &len);

	cr_expect_eq(table_write(t, f, look), 0);
	fclose(f);
	return text;
}

static void expect_table(const struct table_look *look, const char *want)
{
	struct arena a = {0};
	struct table t;
	char *text;

	fill(&t, &a);
	text = written(&t, look);
	cr_expect_str_eq(text, want, "got\n%s\nnot\n%s", text, want);
	free(text);
	arena_free(&a);
}

Test(table, plain)
{
	expect_table(&(struct table_look){0},
		     "metric                value  why\n"
		     "hog/memory.current  64M ± 5  as expected\n"
		     "oom                       1\n"
		     "\n"
		     "a line that is wider than all of the columns together are\n");
}

Test(table, narrow)
{
	/* 2 + 12 + 2 + 7 + 2 + 11 = 36: the widest gives way first. */
	expect_table(&(struct table_look){.max_width = 36, .indent = 2},
		     "  metric          value  why\n"
		     "  hog/memory.…  64M ± 5  as expected\n"
		     "  oom                 1\n"
		     "\n"
		     "  a line that is wider than all of …\n");
}

Test(table, too_narrow)
{
	expect_table(&(struct table_look){.max_width = 10}, "metric      value  why\n"
							    "hog/mem…  64M ± 5  as ex…\n"
							    "oom             1\n"
							    "\n"
							    "a line th…\n");
}

Test(table, colour_takes_no_width)
{
	expect_table(&(struct table_look){.colour = true},
		     "\x1b[1mmetric\x1b[0m                \x1b[1mvalue\x1b[0m  \x1b[1mwhy\x1b[0m\n"
		     "hog/memory.current  \x1b[32m64M ± 5\x1b[0m  as expected\n"
		     "oom                       \x1b[31m1\x1b[0m\n"
		     "\n"
		     "\x1b[1ma line that is wider than all of the columns together are\x1b[0m\n");
}

Test(table, mistakes_and_no_titles)
{
	static const struct table_column bare[] = {{.title = NULL}, {.align = ALIGN_RIGHT}};
	struct table_look look = {0};
	struct arena a = {0};
	struct table t;
	char *text;

	table_init(&t, &a, bare, ARRAY_SIZE(bare));
	table_cell(&t, STYLE_PLAIN, "no row yet");
	table_row(&t);
	table_cell(&t, STYLE_PLAIN, "日本語");
	table_cell(&t, STYLE_PLAIN, "1");
	table_cell(&t, STYLE_PLAIN, "one too many");
	table_row(&t);
	table_cell(&t, STYLE_PLAIN, "x\ny");
	table_cell(&t, STYLE_PLAIN, "200");
	text = written(&t, &look);
	cr_expect_str_eq(text, "日本語    1\nx?y     200\n", "%s", text);
	free(text);
	arena_free(&a);
}

Test(table, write_error)
{
	_cleanup_fclose_ FILE *f = fopen("/dev/full", "w");
	struct arena a = {0};
	struct table t;

	if (!f)
		cr_skip_test("no /dev/full here");
	setbuf(f, NULL);
	fill(&t, &a);
	cr_expect_eq(table_write(&t, f, &(struct table_look){0}), -EIO);
	arena_free(&a);
}
