/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The parts of a text report: a check, the picture of a failed one, the evidence of a phase. */
#ifndef MT_REPORT_TEXT_PARTS_H
#define MT_REPORT_TEXT_PARTS_H

#include "report/parts.h"
#include "report/text_out.h"

/* Columns of a trial's checks, so that their numbers stand under each other. */
struct check_columns {
	size_t name, value;
};

void text_check_measure(struct check_columns *c, const struct record *r);
/* A check of the spec, or one of the harness that did not pass. */
void text_check(struct text_out *o, const struct record *r, const struct check_verdict *v,
		const struct check_columns *columns);

/*
 * What lies outside as a picture in one line of ASCII: "62.5M [==|==] 65.5M ------x 131M". Open
 * ends of the range are "..". buf must hold 160 bytes; "" when there is nothing to draw.
 */
void text_bar(char *buf, size_t size, const struct check_verdict *v, enum unit unit, bool delta,
	      bool point);

/* What the kernel says of a phase in which a check failed: its events and the groups' numbers. */
void text_evidence(struct text_out *o, const struct record *r, int phase);
/* OOM kills of the trial and workers that ended badly. */
void text_ends(struct text_out *o, const struct record *r);

/* Counts over the checks of a trial: skipped ones are not among them. */
struct check_counts {
	size_t passed, judged, skipped;
};
struct check_counts count_checks(const struct record *r);
/* The end of a run: one row a trial, totals, the command. */
int text_summary(const struct run *run, FILE *out, const struct report_options *o);

#endif
