/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A history keeps a run whole or not at all; names are data; the plot keeps its width. */
#include <criterion/criterion.h>
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/term.h"
#include "history/inside.h"

struct place {
	char dir[64], file[80];
	struct run run;
};

static void place_make(struct place *p)
{
	struct err err = {0};

	*p = (struct place){.dir = "/tmp/memtrial-test-XXXXXX"};
	cr_assert(mkdtemp(p->dir));
	snprintf(p->file, sizeof(p->file), "%s/h.db", p->dir);
	cr_assert_eq(run_load(&p->run, TEST_DATA "/record/run.json", &err), 0, "%s", err.text);
}

static void place_remove(struct place *p)
{
	unlink(p->file);
	rmdir(p->dir);
	run_free(&p->run);
}

static int64_t count(struct history *h, const char *sql)
{
	_cleanup_stmt_ sqlite3_stmt *s = NULL;
	struct err err = {0};

	cr_assert_eq(history_prepare(h, sql, &s, &err), 0, "%s", err.text);
	cr_assert_eq(sqlite3_step(s), SQLITE_ROW);
	return sqlite3_column_int64(s, 0);
}

Test(history, keeps_what_it_is_given)
{
	struct history *h = NULL;
	struct history_trial *trials;
	struct history_line *lines;
	struct arena a = {0};
	struct err err = {0};
	struct place p;
	size_t n;

	place_make(&p);
	cr_assert_eq(history_open(&h, p.file, true, &err), 0, "%s", err.text);
	for (int i = 0; i < 3; i++)
		cr_assert_eq(history_add(h, &p.run, i ? "main" : NULL, &err), 0, "%s", err.text);
	history_close(h);
	cr_assert_eq(history_open(&h, p.file, false, &err), 0, "%s", err.text);
	cr_assert_eq(history_trials(h, &a, &trials, &n, &err), 0);
	cr_expect_eq(n, 4);
	cr_expect_eq(trials[0].runs, 3);
	cr_assert_eq(history_lines(h, &a, "limits/oom", "hog/memory.peak", "overrun", 0, &lines, &n,
				   &err),
		     0, "%s", err.text);
	cr_assert_eq(n, 1);
	cr_expect_eq(lines[0].n, 3);
	cr_expect_eq(lines[0].points[0].value, 256 * MIB);
	cr_assert_eq(history_lines(h, &a, "limits/oom", "hog/memory.peak", "overrun", 2, &lines, &n,
				   &err),
		     0);
	cr_expect_eq(lines[0].n, 2);
	/* What the whole machine did is kept only where a check speaks of it. */
	cr_expect_gt(count(h, "SELECT count(*) FROM number n JOIN metric m ON m.id = n.metric"
			      " WHERE m.name = 'meminfo.AnonPages' AND n.verdict IS NOT NULL"),
		     0);
	cr_expect_eq(count(h, "SELECT count(*) FROM number n JOIN metric m ON m.id = n.metric"
			      " WHERE m.name = 'meminfo.AnonPages' AND n.verdict IS NULL"),
		     0);
	history_close(h);
	arena_free(&a);
	place_remove(&p);
}

Test(history, a_full_disk_leaves_nothing_half)
{
	struct history *h = NULL;
	struct err err = {0};
	struct place p;
	int r = 0, kept = 0;

	place_make(&p);
	cr_assert_eq(history_open(&h, p.file, true, &err), 0, "%s", err.text);
	cr_assert_eq(history_exec(h, "PRAGMA max_page_count = 40", &err), 0);
	while (kept < 100 && (r = history_add(h, &p.run, "main", &err)) == 0)
		kept++;
	cr_expect_eq(r, -ENOSPC, "%d after %d runs: %s", r, kept, err.text);
	cr_expect(strstr(err.text, "the disk is full"), "%s", err.text);
	cr_expect_eq(err.class, ERR_BROKEN);
	cr_expect_eq(count(h, "SELECT count(*) FROM run"), kept);
	cr_expect_eq(count(h, "SELECT count(*) FROM trial"), 4 * kept);
	history_close(h);
	place_remove(&p);
}

Test(history, names_are_data_and_not_sql)
{
	static const char *const evil = "'); DROP TABLE trial; --";
	struct history *h = NULL;
	struct arena a = {0};
	struct history_line *lines;
	struct err err = {0};
	struct place p;
	size_t n;

	place_make(&p);
	cr_assert_eq(history_open(&h, p.file, true, &err), 0);
	p.run.trials[0]->spec.name = evil;
	cr_assert_eq(history_add(h, &p.run, evil, &err), 0, "%s", err.text);
	cr_expect_eq(count(h, "SELECT count(*) FROM trial"), 4);
	cr_expect_eq(history_lines(h, &a, evil, "hog/memory.peak", NULL, 0, &lines, &n, &err), 0,
		     "%s", err.text);
	cr_expect_eq(history_lines(h, &a, evil, evil, NULL, 0, &lines, &n, &err), -ENOENT);
	history_close(h);
	arena_free(&a);
	place_remove(&p);
}

Test(history, a_writer_that_waits_too_long_says_so)
{
	struct history *h = NULL, *other = NULL;
	struct err err = {0};
	struct place p;

	place_make(&p);
	cr_assert_eq(history_open(&h, p.file, true, &err), 0);
	cr_assert_eq(history_open(&other, p.file, false, &err), 0);
	cr_assert_eq(history_exec(other, "BEGIN IMMEDIATE", &err), 0);
	sqlite3_busy_timeout(h->db, 10);
	cr_expect_eq(history_add(h, &p.run, NULL, &err), -EBUSY);
	cr_expect(strstr(err.text, "another process"), "%s", err.text);
	err_clear(&err);
	cr_assert_eq(history_exec(other, "ROLLBACK", &err), 0);
	cr_expect_eq(history_add(h, &p.run, NULL, &err), 0, "%s", err.text);
	history_close(other);
	history_close(h);
	place_remove(&p);
}

Test(history, baselines)
{
	static const struct {
		const char *text;
		int ret;
		int64_t last;
		const char *label;
	} rows[] = {
		{"last 20 on main", 0, 20, "main"},
		{"last 1", 0, 1, ""},
		{"last 20 on", -EINVAL, 0, ""},
		{"last -3 on main", -EINVAL, 0, ""},
		{"last 0", -EINVAL, 0, ""},
		{"last 20 of main", -EINVAL, 0, ""},
		{"first 20", -EINVAL, 0, ""},
		{"last 20 on main too", -EINVAL, 0, ""},
		{"last 20x", -EINVAL, 0, ""},
		{"last 99999999999999999999", -EINVAL, 0, ""},
		{"", -EINVAL, 0, ""},
		{"last", -EINVAL, 0, ""},
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct baseline b;
		struct err err = {0};

		cr_expect_eq(baseline_parse(rows[i].text, &b, &err), rows[i].ret, "%s",
			     rows[i].text);
		if (rows[i].ret == 0) {
			cr_expect_eq(b.last, rows[i].last);
			cr_expect_str_eq(b.label, rows[i].label);
		}
	}
}

Test(history, the_plot_keeps_its_width)
{
	struct history_point points[500] = {0};
	struct history_line l = {.unit = UNIT_BYTES, .points = points};
	static const size_t widths[] = {1, 16, 20, 80, 1000};

	for (size_t i = 0; i < 500; i++)
		points[i] = (struct history_point){.value = (int64_t)(i % 17) * 4096,
						   .low = VALUE_ABSENT,
						   .high = i % 2 ? VALUE_MAX : 10 * 4096,
						   .check = i % 50 ? V_PASS : V_FAIL};
	for (size_t n = 0; n <= 500; n += 125)
		for (size_t w = 0; w < ARRAY_SIZE(widths); w++) {
			char *text = NULL, *save = NULL;
			size_t len;
			FILE *f = open_memstream(&text, &len);

			l.n = n;
			history_plot(&l, f, widths[w], 8, false);
			fclose(f);
			cr_expect(!memchr(text, '\033', len));
			cr_expect(!n || strstr(text, "•") || strchr(text, 'x'));
			for (char *line = strtok_r(text, "\n", &save); line;
			     line = strtok_r(NULL, "\n", &save))
				cr_expect_leq(text_width(line), MAX(widths[w], 16));
			free(text);
		}
}
