/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Inside trial/ only: the state of a running trial, shared by its parts. */
#ifndef MT_TRIAL_STATE_H
#define MT_TRIAL_STATE_H

#include <signal.h>
#include <sys/types.h>

#include "cgroup/tree.h"
#include "faults/fault.h"
#include "kernel/kmsg.h"
#include "kernel/oom.h"
#include "trial/drain.h"
#include "trial/guard.h"
#include "trial/sampler.h"
#include "trial/sources.h"
#include "trial/trial.h"
#include "trial/undo.h"
#include "trial/worker.h"

/* One worker as the supervisor sees it. */
struct slot {
	pid_t pid; /* 0: not forked */
	int stressor, group;
	struct worker_page *page;
	struct yard_page *yard;		   /* NULL: it has none */
	int stat_fd, status_fd, rollup_fd; /* /proc/<pid>/..., -1 */
	int scratch;			   /* its directory */
	bool started, stopped, exited;
	bool killed_by_us;
	int wait_status;
	int64_t exited_ns;
	int64_t minflt, majflt; /* after its exit, from its rusage */
	int64_t cpu_begin_ns;	/* CPU time that it had used when it was started: setting up */
	int64_t cpu_ns;		/* after its exit: all that it used, with children it waited for */
	int64_t oom_kills_before; /* of its group, when it was started */
	enum outcome outcome;
};

/* Kinds are counted over the whole trial. */
struct fault_count {
	int64_t injected;
	int64_t armed; /* how often */
	int64_t idle;  /* how often it injected nothing */
};

#define FAULTS_ARMED_MAX FAULT_KINDS_MAX /* a phase has each kind once */

/* What groups tell of OOM kills; kills.c. */
struct kills {
	int *fds;	  /* one a group, -1: it cannot tell */
	int64_t *counted; /* oom_kill of each group when it was looked at last */
	size_t n;
	int64_t look_until; /* CLOCK_MONOTONIC, ns: one is under way; 0: none */
	int64_t seen_ns;    /* CLOCK_MONOTONIC: the last one was counted; 0: none yet */
};
/* Marks the data of an epoll event that comes from a group. */
#define KILLS_EVENT (1ULL << 63)

struct trial {
	const struct trial_config *config;
	const struct plan *plan;
	struct record *rec;
	enum cg_version version;
	int mount_fd;	   /* of the memory controller */
	struct arena room; /* for what the record keeps only the used part of, or nothing */

	struct cg_tree tree;
	struct undo undo;
	struct guard guard;
	struct fault faults[FAULTS_ARMED_MAX]; /* of this phase */
	size_t n_faults;
	struct fault_count fault_count[FAULT_KINDS_MAX];
	struct drain drain;
	struct sources sources;
	struct sampler sampler;
	struct kills kills;

	struct slot *slots;
	int n_slots;
	struct worker_page *pages; /* shared mapping, one element a worker */
	struct yard_page *yards;   /* the same; NULL: no stressor has a yardstick */
	int scratch_fd;		   /* the trial's directory below config->scratch, -1 */
	char scratch_name[64];

	int epoll, signals, notify, kmsg;
	struct oom_log ooms;
	struct kmsg_record kmsg_record;
	int64_t kmsg_count[KMSG_KIND_COUNT];
	int64_t kmsg_lines, kmsg_lost;
	uint64_t kmsg_due;	/* number of the next record, 0: not known yet */
	int64_t kills_not_ours; /* OOM kills outside the trial */

	size_t others_first; /* first column of others.* */
	int64_t t0;	     /* CLOCK_MONOTONIC, ns: the trial began */
	int64_t deadline;    /* CLOCK_MONOTONIC, ns: the whole trial must be over */
	int phase;
	const char *doing;
	int64_t act_deadline; /* CLOCK_MONOTONIC, ns: the wait or until is over; 0: in none */
	int64_t next_progress;
	struct trial_limit *limits; /* one a group; NULL before there are groups */
	int interrupts, signal;	    /* how many signals asked us to end, and the first of them */
	sigset_t mask_before;	    /* of signals, when the trial began; with masked */
	bool masked;
	int64_t *still_values, *low_values, *high_values; /* room for readings */
	int *rest;					  /* room for a list of stressors */
	bool missed; /* an until was missed: later phases make no sense */
};

static inline int64_t trial_now(const struct trial *t)
{
	return mono_now().ns - t->t0;
}

/* loop.c: the one place that waits. */
int loop_open(struct trial *t, struct err *err);
void loop_close(struct trial *t);
/*
 * Handle events and take samples until done(t, arg) is true (1), the deadline (CLOCK_MONOTONIC ns)
 * has passed (0) or the user interrupts (-EINTR). done may be NULL: just let time pass.
 */
int loop_until(struct trial *t, int64_t deadline, bool (*done)(struct trial *t, const void *arg),
	       const void *arg);
/* Whatever is there now, without waiting. */
void loop_poll(struct trial *t);

/* kills.c: the loop wakes when a group has an OOM kill, and the record says when that was. */
void kills_open(struct trial *t); /* once there are groups and the loop */
void kills_close(struct trial *t);
void kills_hear(struct trial *t, uint64_t data); /* of an epoll event */
void kills_look(struct trial *t);
int64_t kills_wake(const struct trial *t, int64_t now, int64_t wake);

/* progress.c */
void progress_open(struct trial *t);
/* Tell whoever looks on, when it is time. */
void progress_tell(struct trial *t, int64_t now);

/* log.c */
int log_open(struct trial *t, struct err *err);
void log_read(struct trial *t);

/* workers.c */
int workers_fork(struct trial *t, struct err *err);
int workers_start(struct trial *t, const int *stressors, size_t n);
int workers_stop(struct trial *t, const int *stressors, size_t n, struct err *err);
void workers_kill(struct trial *t, const int *stressors, size_t n);
/* The workers in a group and below are about to be killed by us, through cgroup.kill. */
void workers_mark_killed(struct trial *t, int group);
void workers_reap(struct trial *t);
/* CPU time of all that a worker ran so far; once it was reaped, of its children too. */
int64_t worker_cpu_ns(const struct slot *s);
/* Move the workers to another group; what they have charged stays where it is. */
int workers_move(struct trial *t, int stressor, int group, struct err *err);
/* Set live option values and wake. */
void workers_set(struct trial *t, int stressor, int live, int64_t value);
bool workers_all_exited(struct trial *t, const void *stressor_list);
bool workers_all_settled(struct trial *t, const void *stressor_list);
bool workers_any_running(const struct trial *t);
void workers_finish(struct trial *t);
/* The outcome of a stressor now: its workers' common one, or OUTCOME_MIXED. */
enum outcome stressor_outcome(struct trial *t, int stressor);

struct stressor_list {
	const int *stressors;
	size_t n;
};

/* outcome.c */
enum outcome slot_outcome(struct trial *t, const struct slot *s);
/* oom_kill of a group now, VALUE_ABSENT when it cannot be read. */
int64_t group_oom_kills(struct trial *t, int group);
/* Wait until the kernel log names every OOM kill that was counted, at most a second. */
void outcome_wait_log(struct trial *t);
/* Fill rec->workers. */
void outcome_record(struct trial *t);

/* phases.c */
int phases_run(struct trial *t, struct err *err);

/* faults.c */
int faults_arm(struct trial *t, const struct plan_action *act, struct err *err);
/* All of this phase, newest first; goes on after an error and returns the first one. */
int faults_disarm(struct trial *t, struct err *err);
/* Injected so far by a kind, also while it is armed. */
int64_t faults_injected(struct trial *t, size_t kind);

/* settle.c */
/* Wait until counters stand still, make them exact, and read all columns. */
void settle_and_read(struct trial *t, struct reading *rd);
/* Several settled readings in which nothing runs: each column's noise; the last one is the
 * baseline. */
void control_interval(struct trial *t);

/* facts.c: room for what will be measured, and the machine's facts. */
void record_prepare(struct trial *t);
void record_columns(struct trial *t); /* once the sources have laid out the columns */
void record_drift(struct trial *t);
/* At the end: the record keeps of its room what was used; the room is freed. */
void record_keep(struct trial *t);

/* sources_machine.c */
bool source_add_psi(struct sources *ss, int dirfd, const char *file, const char *prefix);

#endif
