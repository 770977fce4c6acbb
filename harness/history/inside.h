/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Between the files of history/: statements. Values are bound, never put into a statement's text.
 */
#ifndef MT_HISTORY_INSIDE_H
#define MT_HISTORY_INSIDE_H

#include <sqlite3.h>

#include "base/cleanup.h"
#include "history/history.h"

struct history {
	sqlite3 *db;
	char path[512]; /* for messages */
};

static inline void finalize_stmt(sqlite3_stmt **s)
{
	sqlite3_finalize(*s);
}
#define _cleanup_stmt_ _cleanup_(finalize_stmt)

/* A sentence for what SQLite says now; -ENOSPC, -EBUSY, -EIO ... */
int history_error(const struct history *h, const char *doing, struct err *err);
int history_prepare(struct history *h, const char *sql, sqlite3_stmt **ret, struct err *err);
/* A statement without values and rows. */
int history_exec(struct history *h, const char *sql, struct err *err);
/* Bind by position, 1 ..; NULL and VALUE_ABSENT become NULL. The text must outlive the step. */
void bind_text(sqlite3_stmt *s, int at, const char *text);
void bind_value(sqlite3_stmt *s, int at, int64_t v);
/* Run once to its end and make it ready for the next values. */
int history_step_done(struct history *h, sqlite3_stmt *s, struct err *err);
/* Columns, 0 ..; texts are copied; NULL and VALUE_ABSENT for NULL. */
const char *column_text(sqlite3_stmt *s, int at, struct arena *a);
int64_t column_value(sqlite3_stmt *s, int at);
/* Index of a column's word in a table, `otherwise` when it has none of them. */
int column_word(sqlite3_stmt *s, int at, const char *const *words, int n, int otherwise);

#endif
