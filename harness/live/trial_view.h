/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A running trial as a live view, and as lines where there is no room for one: phase, workers, each
 * group against its limit, reclaim, pressure, the last events. Owns what is remembered from one
 * look to the next (rates, peaks). Does not own: the trial, nor the terminal (screen.h).
 */
#ifndef MT_LIVE_TRIAL_VIEW_H
#define MT_LIVE_TRIAL_VIEW_H

#include "live/rates.h"
#include "live/screen.h"
#include "trial/trial.h"

/* What is looked at beside the groups. */
enum trial_rate { TR_SCAN, TR_STEAL, TR_MAJFLT, TR_SOME, TR_FULL, TR_MAX };

#define TRIAL_RATE_TERMS 2

struct trial_view {
	size_t at, total; /* this trial among those of the run */
	dur_t suite_left; /* an estimate for the trials after this one; 0: none or not known
			   */
	const struct record *record;	       /* whose columns are below */
	int columns[TR_MAX][TRIAL_RATE_TERMS]; /* -1: this machine has none */
	int group[LIVE_BARS], kills[LIVE_BARS];
	int64_t peak[LIVE_BARS];
	struct rates rates;
	struct live_view view;
};

/* A trial begins. */
void trial_view_begin(struct trial_view *tv, size_t at, size_t total, dur_t suite_left);
/* Fill tv->view. */
void trial_view_make(struct trial_view *tv, const struct trial_progress *p);

#endif
