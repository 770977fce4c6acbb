/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The speed of the stressors. A load is a heading with ways to put it on the kernel: ours, which
 * are real stressors in real workers, the bare technique that bounds them, and programs of others
 * ("peers"). Each way runs alone in a fresh group with the load's limit, one after the other in
 * every round. Owns the running, the counting and the table. Does not own: what a stressor does.
 */
#ifndef MT_BENCH_LOAD_H
#define MT_BENCH_LOAD_H

#include <sys/types.h>

#include "base/table.h"
#include "bench.h"
#include "cgroup/tree.h"

/* What a way did in a round: so much work, in so many seconds of CPU time and on the clock. */
struct measured {
	double work, cpu_s, wall_s;
};

/* Which number of a way is its value. */
enum value_of {
	OF_RATE,  /* work per CPU-second */
	OF_CLOCK, /* work per second on the clock */
	OF_MS,	  /* milliseconds on the clock: less is better */
	OF_WORK,  /* the work itself: a share, a number of objects */
};

/* What counts as work, between the two looks at a way. */
enum work {
	WORK_BYTES,   /* ours: worker_page.bytes */
	WORK_OPS,     /* ours: worker_page.ops */
	WORK_COUNTER, /* ours: the first counter of the stressor, and so on up to 7 */
	WORK_MINFLT = WORK_COUNTER + 8, /* minor faults of all processes in the group */
	WORK_HUGE,     /* huge pages faulted in: of the group on v2, of the machine on v1 */
	WORK_STEAL,    /* file pages reclaimed: of the group on v2, of the machine on v1 */
	WORK_REPORTED, /* peers: the bogo operations, CPU and clock that stress-ng reports */
};

/* The time that is looked at. */
enum span {
	SPAN_WINDOW, /* a while in the middle of an endless load */
	SPAN_FILL,   /* ours: from the barrier until all workers hold what they were asked for */
	SPAN_LIFE,   /* from the barrier (peers: from exec) to the exit of the process */
};

struct way;

/* One run of a way. */
struct run_of {
	struct bench *b;
	const struct way *way;
	struct cg_tree tree; /* its groups, with the limit */
	int mount;	     /* of the memory controller; the tree's too */
	int group;	     /* the one that processes enter */
	int second;	     /* ours, apart: every other worker enters this one; else the same */
	int scratch;	     /* a directory for files, -1 */
	char scratch_path[256];
	int64_t limit;
};

struct way {
	const char *text;
	const char *unit;
	double scale; /* of work, to the unit */
	enum value_of of;
	int digits;

	/* Ours: the stressor as a profile has it, without "in". */
	const char *stressor;
	/* Peers: program and arguments; %s is the scratch directory. */
	const char *const *argv;
	/* A technique, or anything else: fills *ret by itself, in a child in the group. */
	int (*technique)(struct run_of *run, struct measured *ret, struct err *err);
	/* As before, but in the bench's own process, outside of the group. */
	int (*special)(struct run_of *run, struct measured *ret, struct err *err);
	const void *arg; /* for the two above */

	enum work work;
	enum span span;
	int64_t warm_ms,
		window_ms; /* CPU time that the group uses before and in the window; 0: the usual */
	bool apart;	   /* ours: every other worker is in a second group */
	bool tmpfs;	   /* the scratch directory is /dev/shm */
	int64_t sparse;	   /* peers: bytes of a file of holes in it, named "file" */
	int64_t data;	   /* peers: the same of data, on the disk and not in the cache */
	double target;	   /* 0: none */
	bool at_most;	   /* the target is the most, not the least */
};

#define WAYS_MAX   24
#define RATIOS_MAX 12

/* A way's value over that of the best of others; for OF_MS how many times sooner. */
struct ratio {
	const char *text;
	int way;
	unsigned over; /* bits: 1 << index */
	double target; /* at least; 0: none */
	enum value_of of;
};

struct load {
	const char *name, *heading;
	int64_t limit; /* bytes, of the group */
	const struct way *ways;
	size_t n_ways;
	const struct ratio *ratios;
	size_t n_ratios;
};

extern const struct load *const loads[]; /* NULL-terminated */

/* What all rounds of a load gave. */
struct load_result {
	struct measured m[WAYS_MAX][ROUNDS_MAX];
	int n[WAYS_MAX];
	char why[WAYS_MAX][160]; /* there is no value: a program is missing, the kernel cannot */
};

/* One round of all ways. Returns 0 or a negative errno: ours did not run. */
int load_round(struct bench *b, const struct load *l, struct load_result *res, struct err *err);
/* The load's part of the table; returns how many targets were missed. */

int load_print(const struct load *l, const struct load_result *res, struct table *t);
extern const struct table_column load_columns[8];
#define LOAD_COLUMNS 8
/* All of it as JSON. Returns 0 or a negative errno. */
int load_save(const struct bench *b, const char *path, const struct load_result *results,
	      struct err *err);
double way_value(const struct way *w, const struct measured *m);

/* cell.c: the groups of a run. */
int cell_open(struct run_of *run, struct err *err);
int cell_close(struct run_of *run, struct err *err);
/* CPU seconds of all processes in the group; what the kernel counts (WORK_MINFLT to WORK_STEAL). */
double cell_cpu(const struct run_of *run);
/* Until it has used so much more CPU time; on a busy machine that takes longer. */
void cell_let_run(const struct run_of *run, int64_t cpu_ms);
double cell_work(const struct run_of *run);

/* ours.c: the workers of a stressor. */
#define OURS_MAX 8
struct ours {
	struct plan_stressor *stressor;
	struct worker_page *pages;
	pid_t pid[OURS_MAX];
	int n, notify;
	struct fixture *f;
};
int ours_measure(struct run_of *run, struct measured *ret, struct err *err);
/* The parts of it, for special ways. */
int ours_open(struct ours *o, struct run_of *run, const char *stressor, struct err *err);
void ours_start(struct ours *o);
/* Wait until all hold (or have exited), at most a minute. */
int ours_wait_hold(struct ours *o, struct err *err);
/* Tell them to stop, reap them. Returns an error when one did not end well. */
int ours_stop(struct ours *o, struct err *err);
void ours_close(struct ours *o);

/* peer.c */
bool peer_there(const char *program);
int peer_measure(struct run_of *run, struct measured *ret, struct err *err);
/* Start it in the group with its output in *ret_out (NULL: nowhere). Returns its pid. */
pid_t peer_start(struct run_of *run, const char *const *argv, int *ret_out, struct err *err);

/*
 * warm.c: memory that is idle goes back to the host of a virtual machine (free page reporting), and
 * its first use is then several times slower. Take the run's limit once and give it back, outside
 * of the group, right before something is measured.
 */
void warm_memory(const struct run_of *run);

/* technique.c: run a technique in a child. */
int technique_measure(struct run_of *run, struct measured *ret, struct err *err);

/* loads_anon.c, a technique: *(const int *)arg processes clear mapped huge pages at the same time.
 */
int clear_by_many(struct run_of *run, struct measured *ret, struct err *err);

/* sampling.c: CPU time of reading meminfo and vmstat once, us. */
int sampling_cost(struct bench *b, double *ret_us, struct err *err);

/* Seconds since from_ns on the clock. */
double since(int64_t from_ns);
double self_cpu(void);
void sleep_ms(int64_t ms);

#endif
