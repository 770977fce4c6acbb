/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The vocabulary of numbers: which metrics exist, what unit each has, where it is read, how wrong
 * it can be, and which derived ones are sums of others. Only names and tables: nothing is read here
 * and nothing is judged. Metrics carry cgroup v2 names everywhere.
 */
#ifndef MT_METRIC_METRIC_H
#define MT_METRIC_METRIC_H

#include "base/err.h"
#include "base/need.h"
#include "base/units.h"
#include "stressor.h"

enum metric_origin {
	MO_MEMINFO, /* meminfo.AnonPages			/proc/meminfo */
	MO_VMSTAT,  /* vmstat.pgsteal_file			/proc/vmstat */
	MO_NODE,    /* node1.MemFree			/sys/devices/system/node/node1/meminfo */
	MO_ZONE,  /* zoneinfo.pcp (pages on per-CPU lists), .free .managed .present .min .low .high
		   */
	MO_BUDDY, /* buddyinfo.order9 (free blocks of that order)	/proc/buddyinfo */
	MO_SLAB,  /* slab.dentry.active_objs		/proc/slabinfo */
	MO_PSI,	  /* psi.memory.some (stall time, field "some.total"), psi.memory.full.avg10 */
	MO_GROUP_FILE,	/* hog/memory.current			a file with one number */
	MO_GROUP_STAT,	/* hog/memory.stat.anon */
	MO_GROUP_EVENT, /* hog/memory.events.oom_kill */
	MO_GROUP_PSI,	/* hog/memory.pressure.some.avg10: key "memory.pressure", field "some.avg10"
			 */
	MO_WORKER,	/* eater.rss, eater.outcome, eater.<counter of its kind> */
	MO_OOM,		/* oom.victim, oom.constraint, oom.kills ... of the trial */
	MO_KMSG,	/* kmsg.lines, kmsg.<word of kernel/kmsg.h>: kmsg.warning, kmsg.bug ... */
	/*
	 * others.anon: memory.stat of the root cgroup less that of the trial's group, both
	 * hierarchical and flushed; key is the v2 line ("file_mapped" for others.mapped). Field
	 * "moved": how much it moved while the reading was taken.
	 */
	MO_OTHERS,
	MO_FAULT,   /* faults.failslab.injected: key is the kind, field the number */
	MO_DERIVED, /* free.used, sar.vmeff ... computed from the others by metric/derived.h */
};

/* Why a reading can be wrong; each flag is a term of the budget (judge/budget.h). */
enum metric_flags {
	MF_CHARGE = 1 << 0,   /* per-CPU charge stock of its memcg */
	MF_RSTAT = 1 << 1,    /* memory.stat laziness */
	MF_LRU = 1 << 2,      /* LRU add batches */
	MF_PERCPU = 1 << 3,   /* global per-CPU counter deltas, drained by vm.stat_refresh */
	MF_PCP = 1 << 4,      /* per-CPU free lists are not in MemFree */
	MF_COUNTER = 1 << 5,  /* counts events: only ever grows, so only its change says anything */
	MF_ESTIMATE = 1 << 6, /* the kernel's own estimate (MemAvailable): no exact deltas */
	MF_SLAB_RCU = 1 << 7, /* freed after an RCU grace period: the reader must poll */
	MF_KIB = 1 << 8,      /* the kernel counts KiB, so per-CPU deltas are KiB too
				 (NR_KERNEL_STACK_KB) */
	MF_RSS = 1 << 9,      /* a process's RSS counters, lazy before 6.16 (get_mm_counter()) */
	MF_GLOBAL = 1 << 10,  /* of the whole machine: others can move it */
	MF_SIGNED = 1 << 11,  /* a difference: may itself be below 0 */
};

#define METRIC_NAME_MAX 128

/* A metric whose name was understood. Strings point into tables or into the name that was given. */
struct metric {
	char name[METRIC_NAME_MAX]; /* as the profile says it; unique; also the column's name in a
				       record */
	enum metric_origin origin;
	enum unit unit;
	unsigned flags;
	int object;	/* group, stressor or node index; -1 */
	char key[64];	/* the line, file, event, cache or counter: "AnonPages", "memory.current",
			   "dentry" */
	char field[24]; /* slab and psi: "active_objs", "some.total"; else "" */
	const char *others; /* the others.* metric that moves it from outside the trial, or NULL */
	int others_sign;    /* +1, or -1 for what is free or available; 0: they move it or not */
	int counters;	    /* MF_PERCPU: how many of the kernel's counters are summed in it */
	needs_t needs;	    /* what a machine must have to read it */
	int formula;	    /* MO_DERIVED: row of metric/derived.h; else -1 */
};

/* The names a trial has: what may stand in front of a metric. */
struct metric_names {
	const char *const *groups; /* paths, for instance "hog" or "parent/child" */
	size_t n_groups;
	const char *const *stressors;
	const struct stressor *const
		*kinds; /* of the stressors; an entry may be NULL (unknown kind) */
	size_t n_stressors;
};

/*
 * Understand a metric's name. Returns 0, or -ENOENT with a sentence and, when something near
 * exists, the nearest whole name in ret_nearest (METRIC_NAME_MAX bytes, else ""). A name is refused
 * when no kernel has it: whether this one does is found when it is read.
 */
int metric_parse(const char *name, const struct metric_names *names, struct metric *ret,
		 char *ret_nearest, struct err *err);

/* The words that a text metric can have (NULL-terminated), NULL when it is free text (oom.victim).
 */
const char *const *metric_words(const struct metric *m);

/* Rows for `memtrial list metrics`, man page and completion: pattern, unit, one line of help. */
struct metric_help {
	const char *pattern;
	enum unit unit;
	const char *help;
};
extern const struct metric_help metric_help_table[]; /* ends with pattern NULL */

/* Outcomes of a stressor's workers, `<stressor>.outcome`. */
enum outcome {
	OUTCOME_WAITING,    /* at the barrier, not started */
	OUTCOME_RUNNING,    /* stepping, or holding what it was asked to hold */
	OUTCOME_DONE,	    /* released everything and exited with 0 */
	OUTCOME_OOM_KILLED, /* SIGKILL, an oom_kill count and the kernel log agree */
	OUTCOME_KILLED,	    /* by a signal, and not by the OOM killer */
	OUTCOME_CRASHED,    /* by SIGSEGV, SIGBUS, SIGABRT ... of its own */
	OUTCOME_ERROR,	    /* a step or its set-up failed */
	OUTCOME_CORRUPT,    /* found wrong content */
	OUTCOME_MIXED,	    /* its workers differ */
	OUTCOME_MAX
};
extern const char
	*const outcome_words[]; /* NULL-terminated: "waiting", "running", ... "oom-killed" */

#endif
