/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The rows behind metric_parse(): every line of a kernel file that any kernel from 6.1 to 6.18
 * prints, with its unit and the ways in which it can be wrong. Only for metric/: everybody else
 * asks metric_parse().
 */
#ifndef MT_METRIC_KEYS_H
#define MT_METRIC_KEYS_H

#include "metric/metric.h"

struct metric_key {
	const char *name; /* as the kernel, or our vocabulary of v2, writes it; NULL ends a table */
	enum unit unit;
	unsigned flags; /* enum metric_flags */
	const char *
		others; /* "others.anon": what moves it from outside; NULL: none that we can name */
	int counters;	/* MF_PERCPU: counters summed in it; 0 stands for 1 */
	int others_sign; /* 0 stands for +1 */
};

extern const struct metric_key keys_meminfo[];
extern const struct metric_key keys_node[];
extern const struct metric_key keys_vmstat[];
extern const struct metric_key keys_zone[];
extern const struct metric_key keys_memory_stat[];
extern const struct metric_key keys_group_event[]; /* "memory.events.oom_kill" ... */
extern const struct metric_key keys_group_file[];
extern const struct metric_key keys_group_own[]; /* made by the trial, see trial/sources_own.c */
extern const char *const keys_numa_stat[];	 /* of keys_memory_stat; NULL-terminated */
extern const struct metric_key keys_slab[];
extern const struct metric_key keys_worker[];
extern const struct metric_key keys_oom[];
extern const struct metric_key keys_fault[];

/* others.<name> and the line of memory.stat, in v2 words, that it is made of. */
struct others_key {
	const char *name, *stat;
};
extern const struct others_key keys_others[];

/* "some.avg10" and "some": fields of a pressure file; the short one is the stall time. */
struct psi_key {
	const char *name, *field;
	enum unit unit;
	unsigned flags;
};
extern const struct psi_key keys_psi[];
extern const char *const keys_psi_file[]; /* memory, io, cpu, irq */

/* Names of v1 and what they are called here, for "did you mean". */
struct v1_name {
	const char *v1, *v2;
};
extern const struct v1_name keys_v1[];

const struct metric_key *key_find(const struct metric_key *table, const char *name);

#endif
