/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Inside cli/: `run` that goes round (--rounds, --for, or a suite that says loop: yes). */
#ifndef MT_CLI_RUN_ROUNDS_H
#define MT_CLI_RUN_ROUNDS_H

#include "cli/cli.h"
#include "record/record.h"
#include "soak/soak.h"

/* Trials that did not pass are kept for the report, but not for ever. */
#define ROUNDS_KEPT_MAX 200
#define ROUNDS_MAX	1000000
#define SOAK_TRIAL	"soak" /* what its record is called */

struct rounds {
	bool many;	/* else one round, and nothing is said of it */
	int64_t most;	/* INT64_MAX: until it is stopped */
	int64_t end_ns; /* CLOCK_MONOTONIC after which no round begins; INT64_MAX: none */
	int64_t done;
	size_t verdicts[V_MAX], kept;
	struct soak soak;
};

/* By the options and the suite. Returns 0 or a usage error. */
int rounds_take(struct rounds *r, const struct cli *cli, struct err *err);
/* How many trials that makes, that of the soak itself included; 0: until it is stopped. */
size_t rounds_trials(const struct rounds *r, size_t a_round);
/* Whether one more round is to be. */
bool rounds_more(const struct rounds *r);
/*
 * Count a trial. True when its record is to be kept: all of the first round, and of the others what
 * did not pass.
 */
bool rounds_count(struct rounds *r, const struct record *rec);
/* A round is over: read the machine, say a line unless quiet. Returns 0 or a negative errno. */
int rounds_end(struct rounds *r, const struct cli *cli, struct err *err);
#endif
