/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The file: opened, made, told apart from other files, and what SQLite says put into a sentence. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/words.h"
#include "history/inside.h"

#define BUSY_MS 10000 /* how long a writer waits for another one */

/*
 * Names, plans and facts stand once. `form` and `verdict` are the words of the JSON files, so that
 * the file can be read with sqlite3 alone.
 */
static const char *const schema =
	"CREATE TABLE run (id INTEGER PRIMARY KEY, t_ns INTEGER NOT NULL, label TEXT,"
	" tool TEXT NOT NULL, command TEXT);"
	"CREATE INDEX run_label ON run (label);"
	"CREATE TABLE fact (run INTEGER NOT NULL REFERENCES run, name TEXT NOT NULL,"
	" value TEXT NOT NULL, PRIMARY KEY (run, name)) WITHOUT ROWID;"
	"CREATE TABLE plan (id INTEGER PRIMARY KEY, text TEXT NOT NULL UNIQUE);"
	"CREATE TABLE trial (id INTEGER PRIMARY KEY, run INTEGER NOT NULL REFERENCES run,"
	" name TEXT NOT NULL, plan INTEGER NOT NULL REFERENCES plan, verdict TEXT NOT NULL,"
	" why TEXT NOT NULL, t_ns INTEGER NOT NULL, duration_ns INTEGER NOT NULL);"
	"CREATE INDEX trial_name ON trial (name, run);"
	"CREATE TABLE metric (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);"
	"CREATE TABLE number (trial INTEGER NOT NULL REFERENCES trial,"
	" metric INTEGER NOT NULL REFERENCES metric, phase INTEGER NOT NULL,"
	" phase_name TEXT NOT NULL, form TEXT NOT NULL, unit INTEGER NOT NULL,"
	" modelled INTEGER NOT NULL, worse INTEGER NOT NULL, value INTEGER NOT NULL,"
	" tolerance INTEGER NOT NULL, low INTEGER, high INTEGER, verdict TEXT,"
	" PRIMARY KEY (trial, metric, phase, form)) WITHOUT ROWID;"
	"CREATE INDEX number_metric ON number (metric, trial);";

int history_error(const struct history *h, const char *doing, struct err *err)
{
	static const struct {
		int sqlite, code;
		enum err_class class;
		const char *what;
	} known[] = {
		{SQLITE_FULL, -ENOSPC, ERR_BROKEN, "the disk is full"},
		{SQLITE_BUSY, -EBUSY, ERR_BROKEN,
		 "another process has been writing to it for 10 s"},
		{SQLITE_NOTADB, -EINVAL, ERR_USAGE, "it is no history (not an SQLite database)"},
		{SQLITE_CORRUPT, -EINVAL, ERR_USAGE, "the database is damaged"},
		{SQLITE_CANTOPEN, -ENOENT, ERR_USAGE, "no file can be opened or made there"},
		{SQLITE_READONLY, -EACCES, ERR_USAGE, "it cannot be written"},
		{SQLITE_PERM, -EACCES, ERR_USAGE, "permission denied"},
	};
	int code = sqlite3_errcode(h->db) & 0xff;

	for (size_t i = 0; i < ARRAY_SIZE(known); i++)
		if (known[i].sqlite == code)
			return err_set_class(err, known[i].class, known[i].code,
					     "history %s: cannot %s: %s", h->path, doing,
					     known[i].what);
	return err_set(err, -EIO, "history %s: cannot %s: %s", h->path, doing,
		       sqlite3_errmsg(h->db));
}

int history_prepare(struct history *h, const char *sql, sqlite3_stmt **ret, struct err *err)
{
	if (sqlite3_prepare_v2(h->db, sql, -1, ret, NULL) == SQLITE_OK)
		return 0;
	return history_error(h, "read it", err);
}

int history_exec(struct history *h, const char *sql, struct err *err)
{
	if (sqlite3_exec(h->db, sql, NULL, NULL, NULL) == SQLITE_OK)
		return 0;
	return history_error(h, "write", err);
}

void bind_text(sqlite3_stmt *s, int at, const char *text)
{
	if (text)
		sqlite3_bind_text(s, at, text, -1, SQLITE_STATIC);
	else
		sqlite3_bind_null(s, at);
}

void bind_value(sqlite3_stmt *s, int at, int64_t v)
{
	if (v != VALUE_ABSENT)
		sqlite3_bind_int64(s, at, v);
	else
		sqlite3_bind_null(s, at);
}

int history_step_done(struct history *h, sqlite3_stmt *s, struct err *err)
{
	int r;

	while ((r = sqlite3_step(s)) == SQLITE_ROW)
		;
	r = r == SQLITE_DONE ? 0 : history_error(h, "write", err);
	sqlite3_reset(s);
	return r;
}

const char *column_text(sqlite3_stmt *s, int at, struct arena *a)
{
	const char *text = (const char *)sqlite3_column_text(s, at);

	return text ? arena_strdup(a, text) : NULL;
}

int64_t column_value(sqlite3_stmt *s, int at)
{
	return sqlite3_column_type(s, at) == SQLITE_NULL ? VALUE_ABSENT
							 : sqlite3_column_int64(s, at);
}

int column_word(sqlite3_stmt *s, int at, const char *const *words, int n, int otherwise)
{
	const char *text = (const char *)sqlite3_column_text(s, at);
	int i = text ? word_index(words, (size_t)n, text) : -1;

	return i < 0 ? otherwise : i;
}

static int read_version(struct history *h, int *ret, bool *ret_empty, struct err *err)
{
	_cleanup_stmt_ sqlite3_stmt *version = NULL, *tables = NULL;
	int r = history_prepare(h, "PRAGMA user_version", &version, err);

	if (r == 0)
		r = history_prepare(h, "SELECT count(*) FROM sqlite_master", &tables, err);
	if (r < 0)
		return r;
	if (sqlite3_step(version) != SQLITE_ROW || sqlite3_step(tables) != SQLITE_ROW)
		return history_error(h, "read it", err);
	*ret = sqlite3_column_int(version, 0);
	*ret_empty = sqlite3_column_int(tables, 0) == 0;
	return 0;
}

/* Two that make it at the same time: the second one waits, and finds it made. */
static int make(struct history *h, struct err *err)
{
	bool empty = false;
	int version = 0, r = history_exec(h, "BEGIN IMMEDIATE", err);

	if (r == 0)
		r = read_version(h, &version, &empty, err);
	if (r == 0 && empty)
		r = history_exec(h, schema, err);
	if (r == 0 && empty)
		r = history_exec(h, "PRAGMA user_version = 1", err);
	if (r == 0)
		r = history_exec(h, "COMMIT", err);
	if (r < 0)
		sqlite3_exec(h->db, "ROLLBACK", NULL, NULL, NULL);
	return r;
}
_Static_assert(HISTORY_VERSION == 1, "make() and check() say the version");

static int check(struct history *h, bool create, struct err *err)
{
	bool empty = false;
	int version = 0, r = read_version(h, &version, &empty, err);

	if (r == 0 && empty && version == 0) {
		if (!create)
			return err_set_class(
				err, ERR_USAGE, -ENOENT,
				"history %s is empty: `memtrial run --history` fills it", h->path);
		r = make(h, err);
		if (r == 0)
			r = read_version(h, &version, &empty, err);
	}
	if (r == 0 && version != HISTORY_VERSION)
		return err_set_class(err, ERR_USAGE, -EINVAL, "history %s: %s", h->path,
				     version ? "it has another version than this memtrial's 1"
					     : "it is no history of memtrial");
	return r;
}

int history_open(struct history **ret, const char *path, bool create, struct err *err)
{
	const int flags = SQLITE_OPEN_READWRITE | (create ? SQLITE_OPEN_CREATE : 0);
	struct history *h = calloc(1, sizeof(*h));
	struct stat st;
	int r = 0;

	if (!h)
		return err_set(err, -ENOMEM, "out of memory");
	snprintf(h->path, sizeof(h->path), "%s", path);
	if (!create && stat(path, &st) < 0 && errno == ENOENT)
		r = err_set_class(err, ERR_USAGE, -ENOENT, "there is no history %s", path);
	else if (sqlite3_open_v2(path, &h->db, flags, NULL) != SQLITE_OK)
		r = history_error(h, "open it", err);
	if (r == 0) {
		sqlite3_busy_timeout(h->db, BUSY_MS);
		r = check(h, create, err);
	}
	if (r < 0) {
		history_close(h);
		return r;
	}
	*ret = h;
	return 0;
}

void history_close(struct history *h)
{
	if (!h)
		return;
	sqlite3_close(h->db);
	free(h);
}
