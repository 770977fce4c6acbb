/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The parts of the HTML report. The page is readable without its script: text, checks and their
 * bars are markup; the script draws the timeline from the data beside it.
 */
#ifndef MT_REPORT_HTML_PARTS_H
#define MT_REPORT_HTML_PARTS_H

#include <stdio.h>

#include "record/record.h"

/* One trial: what was claimed, the timeline's place, checks, events, readings. */
void html_trial(FILE *out, const struct run *run, size_t trial);
/* The checks of a phase (or CHECK_ALWAYS, CHECK_TRIAL), as rows; harness: those of no profile. */
void html_checks(FILE *out, const struct record *r, int phase);
void html_harness_checks(FILE *out, const struct record *r);
/* What happened, OOM kills, the kernel log, workers' ends, readings, the machine; trial: its index.
 */
void html_evidence(FILE *out, const struct record *r, size_t trial);
/*
 * The timeline inside of a JSON object: names, and the numbers packed as html_series.c says in at
 * most about `budget` bytes; with more samples than fit some are left out, peaks last.
 */
void html_series(FILE *out, const struct record *r, size_t budget);
/* "PASS" as a coloured word. */
void html_verdict(FILE *out, enum verdict verdict);

#endif
