/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "record/record.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/words.h"

const char *const verdict_words[] = {
	[V_PASS] = "PASS", [V_FAIL] = "FAIL", [V_BROKEN] = "BROKEN",
	[V_SKIP] = "SKIP", [V_MAX] = NULL,
};

const char *const event_words[] = {
	[EV_NOTE] = "note",	[EV_PHASE] = "phase",
	[EV_START] = "start",	[EV_STOP] = "stop",
	[EV_SET] = "set",	[EV_EXIT] = "exit",
	[EV_OOM] = "oom",	[EV_KMSG] = "kmsg",
	[EV_UNTIL] = "until",	[EV_INTERRUPT] = "interrupt",
	[EV_BROKEN] = "broken", [EV_FAULT] = "fault",
	[EV_KIND_MAX] = NULL,
};

int record_column(const struct record *r, const char *name)
{
	for (size_t i = 0; i < r->n_columns; i++)
		if (str_eq(r->columns[i].name, name))
			return (int)i;
	return -1;
}

int64_t record_value(const struct record *r, const struct reading *rd, const char *name)
{
	int column = record_column(r, name);

	if (column < 0 || !rd || !rd->done || !rd->values)
		return VALUE_ABSENT;
	return rd->values[column];
}

const struct reading *record_reading(const struct record *r, int phase)
{
	for (size_t i = 0; i < r->n_readings; i++)
		if (r->readings[i].phase == phase)
			return r->readings[i].done ? &r->readings[i] : NULL;
	return NULL;
}

const char *record_word(const struct record *r, int64_t value)
{
	if (value < 0 || (uint64_t)value >= r->n_words)
		return NULL;
	return r->words[value];
}

void record_reserve_words(struct record *r, size_t max)
{
	r->words = arena_array(&r->arena, max, sizeof(*r->words));
	r->word_room = arena_array(&r->arena, max, RECORD_WORD_SIZE);
	r->n_words = 0;
	r->max_words = max;
}

/* Cut text of `len` bytes in a buffer between two characters: saved as JSON it must stay UTF-8. */
static void cut_utf8(char *text, size_t len)
{
	while (len > 0 && ((unsigned char)text[len] & 0xc0) == 0x80)
		len--;
	text[len] = '\0';
}

int record_add_word(struct record *r, const char *word)
{
	int found = word_index(r->words, r->n_words, word);
	char *room;

	if (found >= 0)
		return found;
	if (r->n_words >= r->max_words)
		return -ENOSPC;
	if (!r->word_room) {
		r->words[r->n_words] = arena_strdup(&r->arena, word);
		return (int)r->n_words++;
	}
	if (strlen(word) >= RECORD_WORD_SIZE)
		return -ENAMETOOLONG;
	room = r->word_room + r->n_words * RECORD_WORD_SIZE;
	strcpy(room, word);
	r->words[r->n_words] = room;
	return (int)r->n_words++;
}

void record_event(struct record *r, enum event_kind kind, int64_t t_ns, int phase, const char *fmt,
		  ...)
{
	struct event *e;
	va_list ap;
	int n;

	if (r->n_events >= r->max_events) {
		r->events_dropped++;
		return;
	}
	e = &r->events[r->n_events++];
	e->kind = kind;
	e->t_ns = t_ns;
	e->phase = phase;
	e->bad = false;
	va_start(ap, fmt);
	n = vsnprintf(e->text, sizeof(e->text), fmt, ap);
	va_end(ap);
	if (n >= (int)sizeof(e->text)) {
		cut_utf8(e->text, sizeof(e->text) - sizeof("..."));
		strcat(e->text, "...");
	}
}

void record_log(struct record *r, int64_t t_ns, int level, const char *text)
{
	struct log_line *l;

	if (r->n_log >= r->max_log) {
		r->log_dropped++;
		return;
	}
	l = &r->log[r->n_log++];
	l->t_ns = t_ns;
	l->level = level;
	if (snprintf(l->text, sizeof(l->text), "%s", text) >= (int)sizeof(l->text))
		cut_utf8(l->text, sizeof(l->text) - 2);
}

void record_free(struct record *r)
{
	if (!r)
		return;
	arena_free(&r->arena);
	memset(r, 0, sizeof(*r));
}

/* What is proven counts before what could not be carried out, and that before what was not tried.
 */
static const enum verdict worst_first[] = {V_FAIL, V_BROKEN, V_PASS, V_SKIP};

enum verdict run_verdict(const struct run *run)
{
	for (size_t i = 0; i < sizeof(worst_first) / sizeof(worst_first[0]); i++)
		for (size_t t = 0; t < run->n_trials; t++)
			if (run->trials[t]->verdict == worst_first[i])
				return worst_first[i];
	return V_SKIP;
}

void run_free(struct run *run)
{
	if (!run)
		return;
	for (size_t i = 0; i < run->n_trials; i++)
		record_free(run->trials[i]);
	arena_free(&run->arena);
	memset(run, 0, sizeof(*run));
}
