/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A trial that is set up as trial_run() does it, to measure its parts one by one. Owns plan, record
 * and groups. Nothing runs in it but what the measure starts.
 */
#ifndef MT_BENCH_FIXTURE_H
#define MT_BENCH_FIXTURE_H

#include "bench.h"
#include "trial/trial_state.h"

struct fixture {
	struct profile profile;
	struct diags diags;
	struct plan plan;
	struct record rec;
	struct trial_config config;
	struct trial trial;
};

/* The plan of a profile's text on this machine. */
int fixture_plan(struct fixture *f, struct bench *b, const char *yaml, struct err *err);
/* Record, event loop and groups of f->plan. */
int fixture_open(struct fixture *f, struct bench *b, struct err *err);
/* What fixture_open() made, and workers. The plan stays: it can be opened again. */
int fixture_stop(struct fixture *f, struct err *err);
/* All of it back; also after a failure. f may be NULL. */
void fixture_free(struct fixture *f);

/* CPU time of this process so far, ns. */
int64_t cpu_now(void);

#endif
