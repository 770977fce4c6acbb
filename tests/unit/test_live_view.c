/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/term.h"
#include "live/rates.h"
#include "live/view.h"

static struct live_view view;
static struct live_frame frame;
static char text[LIVE_LINES * LIVE_LINE_BYTES];

static void add_bar(const char *name, unsigned depth, int64_t value, int64_t limit)
{
	struct live_bar *b = live_bar_add(&view);

	snprintf(b->name, sizeof(b->name), "%s", name);
	b->depth = depth;
	b->value = value;
	b->limit = limit;
	b->scale = limit == VALUE_MAX ? 256 * MIB : limit;
	b->peak = value;
}

static void add_event(int64_t t_ns, const char *what, bool bad)
{
	struct live_event *e = &view.events[view.n_events++];

	e->t_ns = t_ns;
	e->bad = bad;
	snprintf(e->text, sizeof(e->text), "%s", what);
}

static void model(void)
{
	memset(&view, 0, sizeof(view));
	strcpy(view.title, "[3/12] oom/hog-dies-neighbour-lives");
	strcpy(view.time, "12.3s, suite about 2m 10s more");
	strcpy(view.state, "overrun: until eater exits within 60s (48.1s left)");
	add_bar("hog", 0, 126 * MIB, 128 * MIB);
	strcpy(view.bars[0].note, "1 OOM kill");
	add_bar("neighbour", 0, 64 * MIB + 130 * KIB, VALUE_MAX);
	view.bars[1].mark = 192 * MIB;
	add_bar("anon", 1, 64 * MIB, VALUE_MAX);
	add_bar("not read yet", 0, VALUE_ABSENT, 1 * GIB);
	live_cell_add(&view, false, "workers 2 running, 1 holding");
	live_cell_add(&view, false, "pressure some 12%% full 3%%");
	live_cell_add(&view, false, "scanned 1.21G/s reclaimed 1.1G/s");
	add_event(300 * NSEC_PER_MSEC, "phase  settle", false);
	add_event(310 * NSEC_PER_MSEC, "start  start quiet", false);
	add_event(1200 * NSEC_PER_MSEC, "phase  overrun", false);
	add_event(3700 * NSEC_PER_MSEC,
		  "oom    CONSTRAINT_MEMCG: killed 4711 (mt:eater) of "
		  "/memtrial-1-0/hog, limit of /memtrial-1-0/hog, anon-rss "
		  "131072 KiB",
		  true);
	add_event(3800 * NSEC_PER_MSEC, "exit   a name that \x1b[2J steers", false);
}

/* All lines; none may be as wide as the terminal, whatever is in it. */
static const char *lines(unsigned columns, unsigned n, bool colour)
{
	text[0] = '\0';
	live_frame_make(&frame, &view, columns, n, colour);
	cr_assert_leq(frame.n, n);
	for (size_t i = 0; i < frame.n; i++) {
		const struct live_line *l = &frame.lines[i];

		cr_expect_lt(l->width, columns, "%u columns: %s", l->width, l->text);
		cr_expect_eq(l->len, strlen(l->text));
		if (!colour)
			cr_expect_eq(text_width(l->text), l->width, "%s", l->text);
		strcat(text, l->text);
		strcat(text, "\n");
	}
	return text;
}

Test(view, of_80x24, .init = model)
{
	cr_expect_str_eq(
		lines(80, 12, false),
		"[3/12] oom/hog-dies-neighbour-lives  12.3s, suite about 2m 10s more\n"
		"overrun: until eater exits within 60s (48.1s left)\n"
		"workers 2 running, 1 holding   pressure some 12% full 3%\n"
		"scanned 1.21G/s reclaimed 1.1G/s\n"
		"hog          ████████████████████████████████▌   126M of 128M   98%  1 OOM kill\n"
		"neighbour    ████████▌················|·······  64.1M\n"
		"  anon       ████████▌························    64M\n"
		"not read yet ·································      - of 1G\n"
		"    0.3s  start  start quiet\n"
		"    1.2s  phase  overrun\n"
		"    3.7s  oom    CONSTRAINT_MEMCG: killed 4711 (mt:eater) of /memtrial-1-0/hog…\n"
		"    3.8s  exit   a name that ?[2J steers\n");
}

/* A block on the same terminal: see screen_room(). */
Test(view, of_60x12, .init = model)
{
	cr_expect_str_eq(lines(60, 12, false),
			 "[3/12] oom/hog-dies-neighb…  12.3s, suite about 2m 10s more\n"
			 "overrun: until eater exits within 60s (48.1s left)\n"
			 "workers 2 running, 1 holding   pressure some 12% full 3%\n"
			 "scanned 1.21G/s reclaimed 1.1G/s\n"
			 "hog          █████████████   126M of 128M   98%  1 OOM kill\n"
			 "neighbour    ███▌······|··  64.1M\n"
			 "  anon       ███▌·········    64M\n"
			 "not read yet ·············      - of 1G\n"
			 "    0.3s  start  start quiet\n"
			 "    1.2s  phase  overrun\n"
			 "    3.7s  oom    CONSTRAINT_MEMCG: killed 4711 (mt:eater) …\n"
			 "    3.8s  exit   a name that ?[2J steers\n");
}

Test(view, of_200x50, .init = model)
{
	cr_expect_str_eq(
		lines(200, 25, false),
		"[3/12] oom/hog-dies-neighbour-lives  12.3s, suite about 2m 10s more\n"
		"overrun: until eater exits within 60s (48.1s left)\n"
		"workers 2 running, 1 holding   pressure some 12% full 3%   scanned 1.21G/s "
		"reclaimed 1.1G/s\n"
		"hog          "
		"██████████████████████████████████████████████████████████████████████████████████"
		"████████████████████████████████████··   126M of 128M   98%  1 OOM kill  peak "
		"126M\n"
		"neighbour    "
		"██████████████████████████████····················································"
		"········|·····························  64.1M                peak 64.1M\n"
		"  anon       "
		"██████████████████████████████····················································"
		"······································    64M                peak 64M\n"
		"not read yet "
		"··················································································"
		"······································      - of 1G\n"
		"    0.3s  phase  settle\n"
		"    0.3s  start  start quiet\n"
		"    1.2s  phase  overrun\n"
		"    3.7s  oom    CONSTRAINT_MEMCG: killed 4711 (mt:eater) of /memtrial-1-0/hog, "
		"limit of /memtrial-1-0/hog, anon-rss 131072 KiB\n"
		"    3.8s  exit   a name that ?[2J steers\n");
}

/* What is least important goes first: events, parts of bars, bars; the facts last. */
Test(view, of_60x10, .init = model)
{
	cr_expect_str_eq(lines(60, 5, false),
			 "[3/12] oom/hog-dies-neighb…  12.3s, suite about 2m 10s more\n"
			 "overrun: until eater exits within 60s (48.1s left)\n"
			 "workers 2 running, 1 holding   pressure some 12% full 3%\n"
			 "scanned 1.21G/s reclaimed 1.1G/s\n"
			 "hog          █████████████   126M of 128M   98%  1 OOM kill\n");
	cr_expect_str_eq(lines(60, 8, false),
			 "[3/12] oom/hog-dies-neighb…  12.3s, suite about 2m 10s more\n"
			 "overrun: until eater exits within 60s (48.1s left)\n"
			 "workers 2 running, 1 holding   pressure some 12% full 3%\n"
			 "scanned 1.21G/s reclaimed 1.1G/s\n"
			 "hog          █████████████   126M of 128M   98%  1 OOM kill\n"
			 "and 2 more\n"
			 "    3.7s  oom    CONSTRAINT_MEMCG: killed 4711 (mt:eater) …\n"
			 "    3.8s  exit   a name that ?[2J steers\n");
}

Test(view, of_40x10, .init = model)
{
	char line[LIVE_LINE_BYTES];

	cr_expect_not(live_fits(40, 10));
	cr_expect_not(live_fits(59, 50));
	cr_expect_not(live_fits(200, 9));
	cr_expect(live_fits(60, 10));
	live_line_make(line, sizeof(line), &view, 40);
	cr_expect_str_eq(line, "12.3s  overrun  hog 126M/128M, 1 OOM k…");
	live_line_make(line, sizeof(line), &view, 0);
	cr_expect_str_eq(line,
			 "12.3s, suite about 2m 10s more  [3/12] oom/hog-dies-neighbour-lives: "
			 "overrun: until eater exits within 60s (48.1s left)  hog 126M/128M, 1 OOM "
			 "kill  neighbour 64.1M  workers 2 running, 1 holding  pressure some 12% "
			 "full 3%  scanned 1.21G/s reclaimed 1.1G/s");
}

/* Every size, with and without colour, and names of wide letters: nothing wraps, nothing overflows.
 */
Test(view, any_size, .init = model)
{
	for (size_t i = 4; i < LIVE_BARS + 3; i++) {
		struct live_bar *b = live_bar_add(&view);

		if (b) {
			memset(b->name, 'x', i);
			strcat(b->name, "日本語");
			b->value = (int64_t)i * GIB;
			b->limit = b->scale = 7 * GIB;
			b->peak = INT64_MAX - 1;
		}
	}
	cr_expect_eq(view.bars_more, 3);
	for (unsigned columns = 20; columns <= 300; columns++)
		for (unsigned n = 3; n <= LIVE_LINES; n++) {
			const char *all = lines(columns, n, columns % 2);

			cr_expect_not(strstr(all, "\x1b[2J"), "%s", all);
			cr_expect_eq(frame.n, n);
		}
}

/* What no longer fits is counted; the bar at its limit is yellow, the OOM kill red. */
Test(view, colour_and_more, .init = model)
{
	const char *all;

	for (int i = 0; i < 8; i++)
		add_bar("more", 0, MIB, GIB);
	all = lines(80, 10, true);
	cr_expect(strstr(all, "and 8 more"), "%s", all);
	cr_expect(strstr(all, "\x1b[33m\xe2\x96\x88"), "%s", all);
	cr_expect(strstr(all, "\x1b[31moom"), "%s", all);
	cr_expect_not(strstr(lines(80, 10, false), "\x1b"));
}

Test(view, numbers)
{
	static const struct {
		int64_t n;
		const char *size, *count;
	} rows[] = {
		{0, "0", "0"},
		{999, "999", "999"},
		{1000, "1000", "1k"},
		{1023, "1023", "1.02k"},
		{1024, "1K", "1.02k"},
		{1536, "1.50K", "1.54k"},
		{10 * MIB + 1, "10.0M", "10.5M"},
		{MIB - 1, "1.00M", "1.05M"},
		{126 * MIB + 400 * KIB, "126M", "133M"},
		{INT64_MAX - 1, "8388608T", "9223372T"},
		{VALUE_MAX, "max", NULL},
		{VALUE_ABSENT, "-", NULL},
	};
	char buf[QUANTITY_MAX], t[32];

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		cr_expect_str_eq(live_size(buf, rows[i].n), rows[i].size);
		if (rows[i].count)
			cr_expect_str_eq(live_count(buf, (double)rows[i].n), rows[i].count);
	}
	cr_expect_str_eq(live_time(t, nsec(0)), "0.0s");
	cr_expect_str_eq(live_time(t, nsec(59990 * NSEC_PER_MSEC)), "59.9s");
	cr_expect_str_eq(live_time(t, nsec(61 * NSEC_PER_SEC)), "1m 01s");
	cr_expect_str_eq(live_time(t, nsec(3 * 3600 * NSEC_PER_SEC)), "3h 00m");
}

Test(rates, over_a_window)
{
	struct rates r;
	int64_t v[2] = {1000, VALUE_ABSENT};

	rates_init(&r, NSEC_PER_SEC);
	rates_add(&r, 1, v, 2);
	cr_expect_lt(r.per_s[0], 0, "one reading is no rate");
	v[0] = 1500;
	rates_add(&r, NSEC_PER_SEC / 2, v, 2);
	cr_expect_lt(r.per_s[0], 0, "the window is not over");
	v[0] = 3000;
	rates_add(&r, 2 * NSEC_PER_SEC + 1, v, 2);
	cr_expect_float_eq(r.per_s[0], 1000, 1e-6);
	cr_expect_lt(r.per_s[1], 0);
	v[0] = 10;
	rates_add(&r, 4 * NSEC_PER_SEC, v, 2);
	cr_expect_lt(r.per_s[0], 0, "a counter that fell began anew");
}

Test(term, text_copy)
{
	char buf[8];

	cr_expect_eq(text_copy(buf, sizeof(buf), "abc", 80), 3);
	cr_expect_str_eq(buf, "abc");
	cr_expect_eq(text_copy(buf, sizeof(buf), "a\tb\x1b", 80), 4);
	cr_expect_str_eq(buf, "a?b?");
	cr_expect_eq(text_copy(buf, sizeof(buf), "abcdef", 4), 4);
	cr_expect_str_eq(buf, "abc\xe2\x80\xa6");
	cr_expect_eq(text_copy(buf, sizeof(buf), "日本語", 80), 4, "whole characters only");
	cr_expect_str_eq(buf, "日本");
	cr_expect_eq(text_copy(buf, 1, "abc", 80), 0);
	cr_expect_str_eq(buf, "");
}
