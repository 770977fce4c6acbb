/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The timeline: reads the sampled sources at a fixed interval, keeps the extremes of every `always`
 * check at the full rate, and a row of the main columns, thinned by halves when the room is full.
 * No allocation after sampler_open().
 */
#ifndef MT_TRIAL_SAMPLER_H
#define MT_TRIAL_SAMPLER_H

#include <stdbool.h>
#include <stdint.h>

#include "record/record.h"

struct trial;

#define METRIC_TERMS 8

/* A metric as a sum of columns. */
struct metric_sum {
	int column[METRIC_TERMS];
	int sign[METRIC_TERMS];
	int n; /* 0: cannot be computed here */
};

struct sampler {
	int64_t *now;		   /* last values of all columns */
	int *columns;		   /* sampled columns, n_sampled of the record */
	struct metric_sum *always; /* one a rec->extremes */
	int64_t interval, next;	   /* ns; CLOCK_MONOTONIC of the next sample */
	int64_t keep_every, seen;  /* thinning */
};

int sampler_open(struct trial *t, struct err *err);
/* The rows that there are move to the record; the room for more is given back with the sources. */
void sampler_close(struct trial *t);
/* Take a sample if it is due. */
void sampler_tick(struct trial *t);

/* Lay out a metric over the record's columns. */
void metric_sum_build(struct metric_sum *ms, const struct record *r, const struct metric *m);
int64_t metric_sum_value(const struct metric_sum *ms, const int64_t *values);

#endif
