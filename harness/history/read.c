/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a history holds: its trials, and one number over time. */
#include <errno.h>
#include <string.h>

#include "base/words.h"
#include "history/inside.h"

int history_trials(struct history *h, struct arena *a, struct history_trial **ret, size_t *ret_n,
		   struct err *err)
{
	/* Bare columns beside max() are those of its row. */
	static const char *const sql =
		"SELECT t.name, count(*), sum(t.verdict = 'PASS'), sum(t.verdict = 'FAIL'),"
		" sum(t.verdict = 'BROKEN'), sum(t.verdict = 'SKIP'), max(t.t_ns), r.label,"
		" (SELECT value FROM fact WHERE run = r.id AND name = 'kernel')"
		" FROM trial t JOIN run r ON r.id = t.run GROUP BY t.name ORDER BY t.name";
	_cleanup_stmt_ sqlite3_stmt *s = NULL;
	struct history_trial *list = NULL;
	size_t n = 0;
	int r = history_prepare(h, sql, &s, err), step = SQLITE_DONE;

	while (r == 0 && (step = sqlite3_step(s)) == SQLITE_ROW)
		*arena_push(a, list, n) = (struct history_trial){
			.name = column_text(s, 0, a),
			.runs = column_value(s, 1),
			.verdicts = {[V_PASS] = column_value(s, 2),
				     [V_FAIL] = column_value(s, 3),
				     [V_BROKEN] = column_value(s, 4),
				     [V_SKIP] = column_value(s, 5)},
			.last_ns = column_value(s, 6),
			.label = column_text(s, 7, a),
			.kernel = column_text(s, 8, a),
		};
	if (r == 0 && step != SQLITE_DONE)
		r = history_error(h, "read it", err);
	*ret = list;
	*ret_n = n;
	return r;
}

/* Is `want` among the rows of one text column? If not, say so, with the nearest one. */
static int known(struct history *h, const char *sql, const char *trial, const char *metric,
		 const char *what, const char *want, struct err *err)
{
	_cleanup_(arena_free) struct arena a = {0};
	_cleanup_stmt_ sqlite3_stmt *s = NULL;
	struct nearest near = {.want = want};
	int r = history_prepare(h, sql, &s, err);

	if (r < 0)
		return r;
	if (trial)
		bind_text(s, 1, trial);
	if (metric)
		bind_text(s, 2, metric);
	while (sqlite3_step(s) == SQLITE_ROW) {
		const char *name = column_text(s, 0, &a);

		if (name && str_eq(name, want))
			return 0;
		if (name)
			nearest_offer(&near, name);
	}
	return err_set_class(err, ERR_USAGE, -ENOENT, "history %s has no %s \"%s\"%s%s%s", h->path,
			     what, want, near.best ? "; did you mean \"" : "",
			     near.best ? near.best : "", near.best ? "\"?" : "");
}

static int check_names(struct history *h, const char *trial, const char *metric, const char *phase,
		       struct err *err)
{
	int r = known(h, "SELECT DISTINCT name FROM trial", NULL, NULL, "trial", trial, err);

	if (r == 0)
		r = known(h,
			  "SELECT DISTINCT m.name FROM number n JOIN metric m ON m.id = n.metric"
			  " JOIN trial t ON t.id = n.trial WHERE t.name = ?",
			  trial, NULL, "metric", metric, err);
	if (r == 0 && phase)
		r = known(
			h,
			"SELECT DISTINCT n.phase_name FROM number n JOIN metric m ON m.id ="
			" n.metric JOIN trial t ON t.id = n.trial WHERE t.name = ? AND m.name = ?",
			trial, metric, "phase", phase, err);
	return r;
}

static struct history_line *line_of(struct arena *a, struct history_line **lines, size_t *n,
				    const char *phase, enum form form)
{
	struct history_line *l;

	for (size_t i = 0; i < *n; i++)
		if ((*lines)[i].form == form && str_eq((*lines)[i].phase, phase))
			return &(*lines)[i];
	l = arena_push(a, *lines, *n);
	l->phase = phase;
	l->form = form;
	return l;
}

static void take_point(sqlite3_stmt *s, struct arena *a, struct history_line **lines, size_t *n,
		       int64_t last)
{
	enum form form = (enum form)column_word(s, 1, form_words, FORM_COUNT, FORM_LEVEL);
	struct history_line *l = line_of(a, lines, n, column_text(s, 0, a), form);

	if (last > 0 && (int64_t)l->n >= last)
		return;
	l->unit = (enum unit)column_value(s, 2);
	*arena_push(a, l->points, l->n) = (struct history_point){
		.run = column_value(s, 3),
		.t_ns = column_value(s, 4),
		.label = column_text(s, 5, a),
		.kernel = column_text(s, 6, a),
		.trial = (enum verdict)column_word(s, 7, verdict_words, V_MAX, V_MAX),
		.check = (enum verdict)column_word(s, 8, verdict_words, V_MAX, V_MAX),
		.value = column_value(s, 9),
		.tolerance = column_value(s, 10),
		.low = column_value(s, 11),
		.high = column_value(s, 12),
	};
}

/* They come newest first, to be cut at `last`. */
static void turn_round(struct history_line *l)
{
	for (size_t i = 0; i < l->n / 2; i++) {
		struct history_point p = l->points[i];

		l->points[i] = l->points[l->n - 1 - i];
		l->points[l->n - 1 - i] = p;
	}
}

int history_lines(struct history *h, struct arena *a, const char *trial, const char *metric,
		  const char *phase, int64_t last, struct history_line **ret, size_t *ret_n,
		  struct err *err)
{
	static const char *const sql =
		"SELECT n.phase_name, n.form, n.unit, r.id, t.t_ns, r.label,"
		" (SELECT value FROM fact WHERE run = r.id AND name = 'kernel'),"
		" t.verdict, n.verdict, n.value, n.tolerance, n.low, n.high"
		" FROM trial t JOIN run r ON r.id = t.run JOIN number n ON n.trial = t.id"
		" JOIN metric m ON m.id = n.metric"
		" WHERE t.name = ?1 AND m.name = ?2 AND (?3 IS NULL OR n.phase_name = ?3)"
		" ORDER BY t.t_ns DESC, t.id DESC, n.phase";
	_cleanup_stmt_ sqlite3_stmt *s = NULL;
	struct history_line *lines = NULL;
	size_t n = 0;
	int step = SQLITE_DONE, r = check_names(h, trial, metric, phase, err);

	if (r == 0)
		r = history_prepare(h, sql, &s, err);
	if (r < 0)
		return r;
	bind_text(s, 1, trial);
	bind_text(s, 2, metric);
	bind_text(s, 3, phase);
	while ((step = sqlite3_step(s)) == SQLITE_ROW)
		take_point(s, a, &lines, &n, last);
	for (size_t i = 0; i < n; i++) {
		lines[i].trial = trial;
		lines[i].metric = metric;
		turn_round(&lines[i]);
	}
	*ret = lines;
	*ret_n = n;
	return step == SQLITE_DONE ? 0 : history_error(h, "read it", err);
}
