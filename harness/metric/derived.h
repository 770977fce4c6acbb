/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Derived metrics: the numbers that free, sar and slabtop print, under the names people know, each
 * a small formula over other metrics. A linear one is a sum of terms; a ratio is the quotient of
 * the *changes* of two sums, as sar's vmeff = pgsteal / pgscan.
 */
#ifndef MT_METRIC_DERIVED_H
#define MT_METRIC_DERIVED_H

#include <stdbool.h>
#include <stdint.h>

#include "base/units.h"

struct derived_term {
	int sign;	  /* +1, -1; 0 ends the list */
	const char *name; /* a metric that is not derived; absent lines count as 0 unless .must */
	bool must;
};

struct derived {
	const char *name; /* "free.used" */
	enum unit unit;
	bool ratio; /* num/den of changes, as a percentage */
	struct derived_term num[14];
	struct derived_term den[8];
	const char *others; /* sum of several: the others.* metric that moves it up, or NULL */
	const char *help;
	const char *source; /* which tool's source defines it so */
};

extern const struct derived derived_table[]; /* ends with name NULL */
int derived_find(const char *name);	     /* row, or -1 */

/* The value of a metric by its name, VALUE_ABSENT when this kernel has no such line. */
typedef int64_t derived_get(void *arg, const char *name);

/* Sum of a list of terms; VALUE_ABSENT when a .must one is absent, or all of them are. */
int64_t derived_sum(const struct derived_term *terms, derived_get *get, void *arg);
/*
 * Of a linear one its value, in its unit; of a ratio the quotient of the two sums that get gives,
 * which must then be changes. As sar does, 0 when the denominator is 0: nothing was scanned.
 */
int64_t derived_value(const struct derived *d, derived_get *get, void *arg);
/*
 * free.unaccounted less the pages on lists of the CPUs, bytes: what is neither free nor in use as
 * far as meminfo can say. Free page reporting takes up to 32 blocks at a time off the free lists
 * until the host has seen them (mm/page_reporting.c:page_reporting_cycle()): they are in here.
 */
int64_t derived_hidden(derived_get *get, void *arg, int64_t page_size);
/* Less than any block that is reported: what derived_hidden() moves by itself. */
#define HIDDEN_LEAST MIB

#endif
