/* SPDX-License-Identifier: GPL-2.0-or-later */
/* "last 20 on main": the runs of a history that a new one is held against. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/words.h"
#include "history/inside.h"

#define LAST_MAX 10000

int baseline_parse(const char *text, struct baseline *ret, struct err *err)
{
	char number[8] = "", on[8] = "", rest[2] = "";
	char *end = NULL;
	int n;

	*ret = (struct baseline){0};
	n = sscanf(text, "last %7s %7s %63s %1s", number, on, ret->label, rest);
	if (n >= 1)
		ret->last = strtoll(number, &end, 10);
	if ((n == 1 || (n == 3 && str_eq(on, "on"))) && !*end && ret->last > 0 &&
	    ret->last <= LAST_MAX)
		return 0;
	return err_set_class(err, ERR_USAGE, -EINVAL,
			     "--baseline: \"%s\" is not \"last N\" or \"last N on LABEL\"", text);
}

int baseline_check(struct history *h, const struct baseline *b, struct err *err)
{
	_cleanup_(arena_free) struct arena a = {0};
	_cleanup_stmt_ sqlite3_stmt *s = NULL;
	struct nearest near = {.want = b->label};
	bool any = false;
	int r = history_prepare(h, "SELECT DISTINCT label FROM run", &s, err);

	while (r == 0 && sqlite3_step(s) == SQLITE_ROW) {
		const char *label = column_text(s, 0, &a);

		any = true;
		if (!b->label[0] || (label && str_eq(label, b->label)))
			return 0;
		if (label)
			nearest_offer(&near, label);
	}
	if (r < 0)
		return r;
	if (!any)
		return err_set_class(err, ERR_USAGE, -ENOENT,
				     "history %s is empty: there is no baseline yet", h->path);
	return err_set_class(err, ERR_USAGE, -ENOENT, "history %s has no run labelled \"%s\"%s%s%s",
			     h->path, b->label, near.best ? "; did you mean \"" : "",
			     near.best ? near.best : "", near.best ? "\"?" : "");
}

/* The numbers of one trial of one run. */
static int add_numbers(struct history *h, struct comparison *c, size_t side, const char *trial,
		       int64_t id, struct err *err)
{
	static const char *const sql =
		"SELECT m.name, n.phase, n.phase_name, n.form, n.unit, n.modelled, n.worse,"
		" n.value, n.tolerance FROM number n JOIN metric m ON m.id = n.metric"
		" WHERE n.trial = ? ORDER BY n.phase, m.id";
	_cleanup_(arena_free) struct arena a = {0};
	_cleanup_stmt_ sqlite3_stmt *s = NULL;
	int step = SQLITE_DONE, r = history_prepare(h, sql, &s, err);

	if (r < 0)
		return r;
	sqlite3_bind_int64(s, 1, id);
	while ((step = sqlite3_step(s)) == SQLITE_ROW) {
		struct cell cell = {
			.metric = column_text(s, 0, &a),
			.phase = (int)column_value(s, 1),
			.phase_name = column_text(s, 2, &a),
			.form = (enum form)column_word(s, 3, form_words, FORM_COUNT, FORM_LEVEL),
			.unit = (enum unit)column_value(s, 4),
			.modelled = column_value(s, 5) == 1,
			.worse = (enum worse)column_value(s, 6),
			.value = column_value(s, 7),
			.tolerance = column_value(s, 8),
		};

		compare_add_value(c, side, trial, &cell);
	}
	return step == SQLITE_DONE ? 0 : history_error(h, "read it", err);
}

static int add_facts(struct history *h, struct comparison *c, size_t side, int64_t run,
		     struct err *err)
{
	_cleanup_(arena_free) struct arena a = {0};
	_cleanup_stmt_ sqlite3_stmt *s = NULL;
	int r = history_prepare(h,
				"SELECT name, value FROM fact WHERE run = ?1 UNION ALL SELECT"
				" 'tool', tool FROM run WHERE id = ?1",
				&s, err);

	if (r < 0)
		return r;
	sqlite3_bind_int64(s, 1, run);
	while (sqlite3_step(s) == SQLITE_ROW)
		compare_add_fact(c, side, column_text(s, 0, &a), column_text(s, 1, &a));
	return 0;
}

/* plan NULL: of any plan. */
static int add_trial(struct history *h, const struct baseline *b, struct comparison *c, size_t side,
		     const char *trial, const char *plan, struct err *err)
{
	static const char *const sql =
		"SELECT id, verdict, why, plan, run FROM (SELECT t.id AS id, t.verdict AS verdict,"
		" t.why AS why, p.text AS plan, t.run AS run, t.t_ns AS t_ns FROM trial t JOIN run"
		" r ON r.id = t.run JOIN plan p ON p.id = t.plan WHERE t.name = ?1 AND (?2 IS NULL"
		" OR r.label = ?2) AND (?4 IS NULL OR p.text = ?4)"
		" ORDER BY t.t_ns DESC, t.id DESC LIMIT ?3) ORDER BY t_ns, id";
	_cleanup_stmt_ sqlite3_stmt *s = NULL;
	int step = SQLITE_DONE, r = history_prepare(h, sql, &s, err);
	size_t n = 0;

	if (r < 0)
		return r;
	bind_text(s, 1, trial);
	bind_text(s, 2, b->label[0] ? b->label : NULL);
	sqlite3_bind_int64(s, 3, b->last);
	bind_text(s, 4, plan);
	while (r == 0 && (step = sqlite3_step(s)) == SQLITE_ROW) {
		int verdict = column_word(s, 1, verdict_words, V_MAX, V_BROKEN);

		compare_add_verdict(c, side, trial, column_text(s, 3, &c->arena),
				    (enum verdict)verdict, column_text(s, 2, &c->arena));
		r = add_facts(h, c, side, column_value(s, 4), err);
		if (r == 0)
			r = add_numbers(h, c, side, trial, column_value(s, 0), err);
		n++;
	}
	c->n_runs[side] = MAX(c->n_runs[side], n);
	return r < 0 ? r : step == SQLITE_DONE ? 0 : history_error(h, "read it", err);
}

int baseline_add(struct history *h, const struct baseline *b, struct comparison *c, size_t side,
		 const struct run *run, bool any_plan, struct err *err)
{
	int r = baseline_check(h, b, err);

	for (size_t i = 0; r == 0 && i < run->n_trials; i++) {
		const struct spec *spec = &run->trials[i]->spec;
		bool twice = false;

		for (size_t k = 0; k < i; k++)
			twice |= str_eq(run->trials[k]->spec.name, spec->name);
		if (!twice)
			r = add_trial(h, b, c, side, arena_strdup(&c->arena, spec->name),
				      any_plan ? NULL : plan_text(&c->arena, spec), err);
	}
	return r;
}
