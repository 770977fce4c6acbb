/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * memtrial-bench: what the harness itself costs, and how fast the stressors are (load.h), against
 * the targets of the project. Owns the table of measures, the rounds and their statistics. Does not
 * own: the code it measures, which is the trial engine's and the stressors' own.
 */
#ifndef MT_BENCH_H
#define MT_BENCH_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "kernel/probe.h"
#include "kernel/roots.h"

#define ROUNDS_MAX 99

/* The lines of the table. */
enum value {
	VAL_SAMPLE,
	VAL_MACHINE,
	VAL_MACHINE_READ,
	VAL_MEMINFO,
	VAL_VMSTAT,
	VAL_GROUP,
	VAL_PSI,
	VAL_SHARE,
	VAL_SHARE_WAKE,
	VAL_SHARE_READ,
	VAL_SHARE_WORK,
	VAL_READING,
	VAL_GROUP_1,
	VAL_TREE_1,
	VAL_GROUP_100,
	VAL_BARE_100,
	VAL_GROUPS_1000,
	VAL_CREATE_EACH,
	VAL_FORK_EACH,
	VAL_END_EACH,
	VAL_EACH_100,
	VAL_EACH_300,
	VAL_EACH_1000,
	VAL_LINEAR,
	VAL_WORKERS_1000,
	VAL_STEP,
	VAL_STEP_CLOCK,
	VAL_PEAK,
	VAL_GROWTH,
	VAL_SUITE_PEAK,
	VAL_SUITE_GROWTH,
	VAL_FIRST_STEP,
	VAL_FIRST_STEP_ALL,
	VAL_COUNT
};

struct bench {
	struct roots roots;
	struct machine machine;
	const char *base;     /* group below the memory controller's mount */
	const char *memtrial; /* the program */
	const char *self;     /* this one */
	const char *dir;      /* for profiles and results, removed at the end */
	bool quick;
	bool peers;	  /* programs of others too */
	const char *only; /* name of a measure or load; NULL: all */
	const char *json; /* file for all numbers; NULL: none */
	int rounds;
	unsigned *trees; /* how many names of groups were used; shared with the one who cleans up */
	struct perf *perf; /* NULL: not asked for */
	bool perf_on;	   /* this round is perf's, and not measured */
	bool warm;	   /* false: the first round, which does not count */
	double values[VAL_COUNT][ROUNDS_MAX];
	int n[VAL_COUNT];
};

/* One number of this round, in the unit of the table. */
void bench_put(struct bench *b, enum value v, double x);
/* The table: median, spread, target, met or missed. Returns how many targets were missed. */
int bench_print(const struct bench *b);
/* Of sorted or unsorted numbers; n > 0. */
double bench_median(const double *x, int n);

/* A measure: its state lives from open to close, and a round puts its values. */
struct measure {
	const char *name;
	int (*open)(struct bench *b, void **ret_state, struct err *err);
	int (*round)(struct bench *b, void *state, struct err *err);
	void (*close)(struct bench *b, void *state);
};

extern const struct measure measure_sampling, measure_groups, measure_workers, measure_steps,
	measure_supervisor, measure_suite;

#endif
