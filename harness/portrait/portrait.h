/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A profile from life: a command runs several times, each time as the same trial, and what it used
 * becomes a profile that expects as much again. Owns what is looked at, the runs, and the text.
 * Does not own: how a trial runs (trial/), how wide a range is (tolerance.h).
 */
#ifndef MT_PORTRAIT_PORTRAIT_H
#define MT_PORTRAIT_PORTRAIT_H

#include "kernel/batches.h"
#include "plan/plan.h"
#include "trial/trial.h"

/* With fewer a range is too wide to say anything; the most is for the patience of all. */
#define PORTRAIT_RUNS_LEAST 3
#define PORTRAIT_RUNS_MOST  100

/*
 * SIZE and COUNT must be as they were; of EVENTs, which come from outside or in bursts, there may
 * be fewer.
 */
enum trait_kind { TRAIT_SIZE, TRAIT_COUNT, TRAIT_EVENT };

/*
 * X(metric, kind, step, as the highest of all samples: `always`, only under a limit, what it is)
 *
 * The step in which the kernel counts, in pages or counts: memory.peak rises by what a CPU charges
 * ahead (mm/memcontrol.c:try_charge_memcg); a fault maps the pages around it that happen to be in
 * the cache (mm/memory.c:do_fault_around). Where a few runs were alike by luck, the next is a step
 * away.
 */
#define TRAIT_TABLE(X)                                                                             \
	X("box/run/memory.stat.anon", SIZE, 1, true, false, "anonymous memory, at its highest")    \
	X("box/run/memory.stat.kernel", SIZE, 1, true, false,                                      \
	  "the kernel's for it, at its highest")                                                   \
	X("box/run/memory.peak", SIZE, CHARGE_BATCH, false, false, "all of it, at its highest")    \
	X("command.max_rss", SIZE, FAULT_AROUND, false, false, "its largest process")              \
	X("box/run/memory.stat.file", SIZE, 1, false, false, "what it leaves in the page cache")   \
	X("box/run/memory.stat.shmem", SIZE, 1, false, false, "... of that in tmpfs")              \
	X("box/run/memory.stat.slab", SIZE, 1, false, false, "... in slab")                        \
	X("box/run/memory.stat.pgfault", COUNT, 1, false, false, "page faults")                    \
	X("box/run/memory.stat.pgmajfault", EVENT, 1, false, false,                                \
	  "page faults that read a disk")                                                          \
	X("box/run/memory.stat.workingset_refault_anon", EVENT, 1, false, false,                   \
	  "reclaimed too early")                                                                   \
	X("box/run/memory.stat.workingset_refault_file", EVENT, 1, false, false, "... of files")   \
	X("box/run/memory.stat.pgscan", EVENT, 1, false, false, "pages looked at by reclaim")      \
	X("box/run/memory.stat.pgsteal", EVENT, 1, false, false, "pages reclaimed")                \
	X("box/run/memory.events.max", EVENT, 1, false, true, "times that it met its limit")       \
	X("box/memory.peak", SIZE, CHARGE_BATCH, false, false, NULL)

struct trait {
	const char *metric;
	enum trait_kind kind;
	int step; /* pages of a SIZE, else counts */
	bool always, limited;
	const char *what; /* NULL: for ourselves, not written */
};
#define X(metric, kind, step, always, limited, what) +1
enum { TRAITS = 0 TRAIT_TABLE(X) };
#undef X
extern const struct trait traits[TRAITS];

/* What one run showed; VALUE_ABSENT: this machine does not say. */
struct sitting {
	int64_t values[TRAITS];
	int64_t runtime_ns;
};

struct portrait_config {
	const char *command; /* for /bin/sh */
	const char *title;   /* for people */
	const char *name;    /* of what is recorded */
	const char *dir;     /* where it ran */
	const char *tool;    /* "memtrial 0.1.0" */
	int runs;	     /* PORTRAIT_RUNS_LEAST .. PORTRAIT_RUNS_MOST */
	double miss;	     /* share of runs that may be outside of any range by chance */
	int64_t limit;	     /* memory.max of the command's group; VALUE_MAX: none */
	int64_t room;	     /* what all of it may use, bytes */
	dur_t timeout;	     /* of one run; 0: an hour, in the profile ten times the longest */
	bool show_stderr;
	const struct plan_config *plan;
	struct trial_config trial;
	void (*told)(void *data, const struct sitting *s, int done);
	void *data;
};

struct portrait {
	struct arena arena;
	struct portrait_config config;
	struct sitting *sittings;
	size_t n;
};

/*
 * All runs. Returns 0, the signal that ended it, or a negative errno with its sentence: ERR_USAGE
 * when the command fails, ERR_FAIL when it is OOM-killed, ERR_BROKEN when a run was no run.
 */
int portrait_take(struct portrait *p, struct err *err);
void portrait_free(struct portrait *p);

/*
 * The profile, from what is in ->sittings; without any, the draft that runs are made by, in which
 * nothing can be wrong. ret_held: how many ranges it holds the command to. In the arena.
 */
const char *portrait_text(const struct portrait *p, struct arena *a, int *ret_held);
/* The most that a trial by the profile may use. */
int64_t portrait_room(const struct portrait *p);
/* Index of a trait by its metric; it must be there. */
int trait_index(const char *metric);

#endif
