/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What several formats say of a trial in the same words: where a check stands, its numbers, facts
 * of the machine. Makes text of a record, writes nothing.
 */
#ifndef MT_REPORT_PARTS_H
#define MT_REPORT_PARTS_H

#include "base/term.h"
#include "base/units.h"
#include "record/record.h"

/* The check of the spec that a verdict is about; NULL: one of the harness. */
const struct check *verdict_check(const struct record *r, const struct check_verdict *v);
/*
 * One of the harness that every trial has and that passed: named, no more. What a soak finds has no
 * phases, and each number is told.
 */
bool verdict_routine(const struct record *r, const struct check_verdict *v);
/* "fill: " in front of a metric: the same one is checked in several phases. */
char *verdict_where(char *buf, size_t size, const struct record *r, const struct check_verdict *v);
/* The same with the name of the verdict at `i`. Readers that join runs tell checks apart by it: the
 * second of a name is "fill: until (2)". */
char *verdict_title(char *buf, size_t size, const struct record *r, size_t i);
/* The how manieth trial of its name this one of the run is: 1, 2 ... */
int trial_number(const struct run *run, size_t trial);
/* "+64M" of a change, "64M" of a value. */
char *verdict_number(char buf[QUANTITY_MAX], int64_t value, enum unit unit, bool delta);

/* The numbers of a verdict as text; "" where there is none of the kind. */
struct verdict_numbers {
	char actual[256];			      /* "+64M (19M -> 83M)", or a word */
	char accepted[2 * QUANTITY_MAX + 8];	      /* "63M .. 65M"; an open end is empty */
	char tolerance[QUANTITY_MAX];		      /* the sum */
	char terms[BUDGET_TERMS][QUANTITY_MAX + 104]; /* "512K charge stock of 64 pages x 2 CPUs" */
	int n_terms;
};
void verdict_numbers(struct verdict_numbers *n, const struct record *r,
		     const struct check_verdict *v);

enum style verdict_style(enum verdict verdict);
/* A fact of the machine, NULL when the record has none of that name. */
const char *record_fact(const struct record *r, const char *name);
/* Why a trial did not pass, in full; "". */
const char *record_why(const struct record *r);
/* "/memtrial-7-1/hog" is of use to nobody: from the trial's own group on. */
const char *below_trial(const struct record *r, const char *path);
bool worker_ended_badly(const struct worker_result *w);
/* The times of a timeline: microseconds. */
static inline int64_t usec_of(int64_t ns)
{
	return ns / NSEC_PER_USEC;
}
/* A duration in three significant digits, enough to read how long something took. */
char *took_text(char buf[QUANTITY_MAX], int64_t ns);
/* "stock, rstat, lru": what was settled before a reading; buf holds 80 bytes. */
char *settled_text(char *buf, size_t size, const struct reading *rd);

#endif
