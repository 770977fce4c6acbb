/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A suite that goes round until it is stopped: between rounds the machine is read when no trial
 * runs, and what of it drifts is said with its confidence interval. A number that only grows when
 * memory is lost, and that grew in both halves of the soak, is a leak. Owns the readings; does not
 * own the rounds, nor where the table goes.
 */
#ifndef MT_SOAK_SOAK_H
#define MT_SOAK_SOAK_H

#include <stdint.h>
#include <stdio.h>

#include "base/err.h"
#include "base/units.h"
#include "kernel/roots.h"
#include "record/record.h"
#include "soak/drift.h"

/* All intervals together miss a true drift with this chance: each has the n-th part of it. */
#define SOAK_ALPHA 0.05
/* What a first round leaves is no drift: caches fill, pools grow. */
#define SOAK_WARM_UP 1
/* Fewer rounds can show no leak: each half needs eight readings. */
#define SOAK_ROUNDS_MIN 17

struct soak_reading {
	int64_t at_ns;	 /* CLOCK_MONOTONIC */
	int64_t *values; /* one a number watched; VALUE_ABSENT where this kernel has no such line */
};

struct soak {
	struct soak_reading *readings; /* one after each round */
	size_t n;
	int64_t begin_ns; /* CLOCK_MONOTONIC */
	/*
	 * Nobody else is on the machine (a guest): what grows without end is lost. Else only what
	 * no process and no group holds is.
	 */
	bool alone;
};

/* Of one number watched. */
struct soak_drift {
	const char *name;
	enum unit unit;
	struct drift drift; /* per second */
	int64_t first, last;
	bool judged; /* nobody but the kernel can make it grow without end */
	bool leak;   /* judged, and it lasted */
};

/* How many numbers are watched. */
size_t soak_numbers(void);

/* Take a reading; per-CPU counters are brought together first. Returns 0 or a negative errno. */
int soak_read(struct soak *s, const struct roots *roots, struct err *err);
/*
 * What of it drifts: ret holds soak_numbers(). Readings of the first SOAK_WARM_UP rounds do not
 * count. Returns how many numbers leak, or -ENOMEM.
 */
int soak_judge(const struct soak *s, struct soak_drift *ret);
/* The same as a record, a check a number, for reports. name must outlive it. Returns as above. */
int soak_record(const struct soak *s, const char *name, struct record *ret);
void soak_free(struct soak *s);

/* "+12K (-3K .. +20K)", by the hour. */
#define SOAK_TEXT_MAX 160
char *soak_per_hour(char buf[SOAK_TEXT_MAX], const struct soak_drift *d);

#endif
