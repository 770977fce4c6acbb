/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A run into the file. */
#include <errno.h>
#include <time.h>

#include "history/inside.h"

struct adding {
	struct history *h;
	sqlite3_stmt *name, *number;
	int64_t trial;
	int ret;
	struct err *err;
};

static void add_cell(void *arg, const struct cell *c)
{
	struct adding *a = arg;
	sqlite3_stmt *s = a->number;

	/* What the whole machine did is no property of the trial, unless the profile says so. */
	if (a->ret < 0 || (c->global && !c->check))
		return;
	bind_text(a->name, 1, c->metric);
	a->ret = history_step_done(a->h, a->name, a->err);
	sqlite3_bind_int64(s, 1, a->trial);
	bind_text(s, 2, c->metric);
	sqlite3_bind_int(s, 3, c->phase);
	bind_text(s, 4, c->phase_name);
	bind_text(s, 5, form_words[c->form]);
	sqlite3_bind_int(s, 6, (int)c->unit);
	sqlite3_bind_int(s, 7, c->modelled);
	sqlite3_bind_int(s, 8, (int)c->worse);
	bind_value(s, 9, c->value);
	bind_value(s, 10, c->tolerance);
	bind_value(s, 11, c->check ? c->check->low : VALUE_ABSENT);
	bind_value(s, 12, c->check ? c->check->high : VALUE_ABSENT);
	bind_text(s, 13, c->check ? verdict_words[c->check->verdict] : NULL);
	if (a->ret == 0)
		a->ret = history_step_done(a->h, s, a->err);
}

static int add_facts(struct history *h, int64_t run, const struct record *r, struct err *err)
{
	_cleanup_stmt_ sqlite3_stmt *s = NULL;
	int ret = history_prepare(h, "INSERT OR IGNORE INTO fact VALUES (?, ?, ?)", &s, err);

	for (size_t i = 0; ret == 0 && i < r->n_facts; i++) {
		sqlite3_bind_int64(s, 1, run);
		bind_text(s, 2, r->facts[i].name);
		bind_text(s, 3, r->facts[i].value);
		ret = history_step_done(h, s, err);
	}
	return ret;
}

static int add_plan(struct history *h, const char *plan, struct err *err)
{
	_cleanup_stmt_ sqlite3_stmt *s = NULL;
	int ret = history_prepare(h, "INSERT OR IGNORE INTO plan (text) VALUES (?)", &s, err);

	if (ret < 0)
		return ret;
	bind_text(s, 1, plan);
	return history_step_done(h, s, err);
}

static int add_trial(struct adding *a, int64_t run, const struct record *r, struct err *err)
{
	_cleanup_(arena_free) struct arena arena = {0};
	_cleanup_stmt_ sqlite3_stmt *s = NULL;
	const char *plan = plan_text(&arena, &r->spec);
	int ret = add_plan(a->h, plan, err);

	if (ret == 0)
		ret = history_prepare(a->h,
				      "INSERT INTO trial (run, name, plan, verdict, why, t_ns,"
				      " duration_ns) VALUES (?, ?, (SELECT id FROM plan WHERE text"
				      " = ?), ?, ?, ?, ?)",
				      &s, err);
	if (ret < 0)
		return ret;
	sqlite3_bind_int64(s, 1, run);
	bind_text(s, 2, r->spec.name);
	bind_text(s, 3, plan);
	bind_text(s, 4, verdict_words[r->verdict]);
	bind_text(s, 5, r->verdict_why);
	sqlite3_bind_int64(s, 6, r->started_unix_ns);
	sqlite3_bind_int64(s, 7, r->duration_ns);
	ret = history_step_done(a->h, s, err);
	a->trial = sqlite3_last_insert_rowid(a->h->db);
	return ret < 0 ? ret : add_facts(a->h, run, r, err);
}

static int64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_REALTIME, &ts);
	return ts.tv_sec * NSEC_PER_SEC + ts.tv_nsec;
}

static int add_run(struct history *h, const struct run *run, const char *label, struct err *err)
{
	_cleanup_stmt_ sqlite3_stmt *s = NULL;
	int ret =
		history_prepare(h,
				"INSERT INTO run (t_ns, label, tool, command) VALUES (?, ?, ?, ?)",
				&s, err);

	if (ret < 0)
		return ret;
	sqlite3_bind_int64(s, 1, run->n_trials ? run->trials[0]->started_unix_ns : now_ns());
	bind_text(s, 2, label);
	bind_text(s, 3, run->tool);
	bind_text(s, 4, run->command);
	return history_step_done(h, s, err);
}

static int add_all(struct adding *a, const struct run *run, const char *label, struct err *err)
{
	int ret = add_run(a->h, run, label, err);
	int64_t id = sqlite3_last_insert_rowid(a->h->db);

	for (size_t i = 0; ret == 0 && i < run->n_trials; i++) {
		ret = add_trial(a, id, run->trials[i], err);
		if (ret < 0)
			break;
		cells_visit(run->trials[i], add_cell, a);
		ret = a->ret;
	}
	return ret;
}

int history_add(struct history *h, const struct run *run, const char *label, struct err *err)
{
	_cleanup_stmt_ sqlite3_stmt *name = NULL, *number = NULL;
	struct adding a = {.h = h, .err = err};
	int ret = history_prepare(h, "INSERT OR IGNORE INTO metric (name) VALUES (?)", &name, err);

	if (ret == 0)
		ret = history_prepare(h,
				      "INSERT OR IGNORE INTO number VALUES (?, (SELECT id FROM"
				      " metric WHERE name = ?), ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
				      &number, err);
	if (ret == 0)
		ret = history_exec(h, "BEGIN IMMEDIATE", err);
	if (ret < 0)
		return ret;
	a.name = name;
	a.number = number;
	ret = add_all(&a, run, label, err);
	if (ret == 0)
		ret = history_exec(h, "COMMIT", err);
	if (ret < 0)
		sqlite3_exec(h->db, "ROLLBACK", NULL, NULL, NULL);
	return ret;
}
