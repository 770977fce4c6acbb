/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * OOM kills, put together from the several lines that the kernel logs for each (mm/oom_kill.c).
 * Feed it the texts of kernel records in their order. Owns no memory: the caller gives the room for
 * records. Does not own the log (kernel/kmsg.h) nor the meaning of a kill.
 *
 * What to know: only 10 kills in 5 s are logged in full (oom_kill_process's ratelimit); of the
 * others there is the "Killed process" line alone, so constraint and groups are then empty. Kills
 * by a user-space daemon, by cgroup.kill and of tasks that are dying already leave no line.
 */
#ifndef MT_KERNEL_OOM_H
#define MT_KERNEL_OOM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct oom_record {
	int event;	      /* one number for all victims of the same invocation, from 1 */
	char constraint[32];  /* "CONSTRAINT_MEMCG"; "" when the log left it out */
	char oom_memcg[256];  /* the group at its limit; "" for a kill of the whole machine */
	char task_memcg[256]; /* the victim's own group */
	char task[32];	      /* victim */
	int pid, uid;
	int64_t total_vm, anon_rss, file_rss, shmem_rss, pgtables; /* bytes, when it was killed */
	int oom_score_adj;
	bool memcg;	 /* "Memory cgroup out of memory" */
	bool group_kill; /* with its group, as memory.oom.group says */
	bool reaped;
	int64_t reaped_anon_rss, reaped_file_rss, reaped_shmem_rss; /* bytes left; -1: not reaped */
	char invoker[32]; /* the task whose allocation it was */
	int order;	  /* of that allocation, -1 when not logged */
	int64_t invoked_ts_us, killed_ts_us, reaped_ts_us; /* -1: not logged */
};

enum oom_event {
	OOM_NOTHING, /* no line of the OOM killer, or one that changes no record */
	OOM_PART,    /* the beginning of a record */
	OOM_KILLED,  /* a record is complete but for the reaper */
	OOM_REAPED,  /* the reaper's line was added to a record */
};

struct oom_log {
	struct oom_record *records; /* the caller's, max of them */
	size_t max, n;
	int64_t kills;	   /* victims seen, also those that found no room */
	int64_t no_victim; /* "no killable processes" */

	/* the one that is being put together */
	struct oom_record part;
	bool open;	     /* part holds something */
	bool fragment;	     /* the oom-kill line is not at its end yet */
	int events;	     /* numbers given */
	int64_t group_ts_us; /* when the last group kill was announced, -1: none is going on */
	int group_event;
	char line[1056]; /* an oom-kill line of which fragments may follow */
};

void oom_log_init(struct oom_log *log, struct oom_record *records, size_t max);

/* One text with its time. ret_index (may be NULL) gets the record of OOM_KILLED and OOM_REAPED. */
enum oom_event oom_feed(struct oom_log *log, const char *text, int64_t ts_us, size_t *ret_index);

/* The last record of a victim, NULL when there is none. */
const struct oom_record *oom_find(const struct oom_log *log, int pid);

#endif
