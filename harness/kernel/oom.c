/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "kernel/oom.h"

#include <limits.h>
#include <stdio.h>

#include "base/cleanup.h"
#include "base/units.h"
#include "kernel/lines.h"

/* The members of a group are killed at once after the announcement, under oom_lock. */
#define GROUP_KILL_US 1000000

/* TASK_COMM_LEN less its NUL. */
#define COMM_MAX 15

void oom_log_init(struct oom_log *log, struct oom_record *records, size_t max)
{
	*log = (struct oom_log){.records = records, .max = max, .group_ts_us = -1};
}

static void part_reset(struct oom_log *log)
{
	log->part = (struct oom_record){.order = -1,
					.reaped_anon_rss = -1,
					.reaped_file_rss = -1,
					.reaped_shmem_rss = -1,
					.invoked_ts_us = -1,
					.killed_ts_us = -1,
					.reaped_ts_us = -1};
	log->open = false;
	log->fragment = false;
	log->line[0] = '\0';
}

/* The number right behind the last place of key in s. */
static bool number_after(struct span s, const char *key, int64_t *ret)
{
	const char *at = span_find_last(s, key);

	return at && span_number(span_from(s, (size_t)(at - s.p) + strlen(key)), ret);
}

static bool int_after(struct span s, const char *key, int *ret)
{
	int64_t v;

	if (!number_after(s, key, &v) || v < INT_MIN || v > INT_MAX)
		return false;
	*ret = (int)v;
	return true;
}

/* "key:123kB" in bytes. */
static bool kib_after(struct span s, const char *key, int64_t *ret)
{
	int64_t v;

	if (!number_after(s, key, &v) || v < 0 || v > INT64_MAX / KIB)
		return false;
	*ret = v * KIB;
	return true;
}

/* What stands between the first "from" and the last "to" behind it (NULL: the end). */
static bool between(struct span s, const char *from, const char *to, char *buf, size_t size)
{
	const char *a = span_find(s, from), *b;

	if (!a)
		return false;
	s = span_from(s, (size_t)(a - s.p) + strlen(from));
	b = to ? span_find_last(s, to) : s.p + s.n;
	if (!b)
		return false;
	span_copy(span_of(s.p, (size_t)(b - s.p)), buf, size);
	return true;
}

/* "NAME invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), order=0, oom_score_adj=0" */
static enum oom_event feed_invoked(struct oom_log *log, struct span s, int64_t ts_us)
{
	const char *at = span_find_last(s, " invoked oom-killer: ");

	part_reset(log);
	log->open = true;
	log->group_ts_us = -1;
	log->part.event = ++log->events;
	log->part.invoked_ts_us = ts_us;
	span_copy(span_of(s.p, (size_t)(at - s.p)), log->part.invoker, sizeof(log->part.invoker));
	int_after(s, ", order=", &log->part.order);
	return OOM_PART;
}

/*
 * The task of an oom-kill line stands between ",task=" and the last ",pid=", and has at most 15
 * characters. Both it and the paths before it may hold commas, so of several places the first that
 * leaves so short a name is meant. Returns the ',' or NULL.
 */
static const char *find_task(struct span s, const char *pid)
{
	struct span rest = span_of(s.p, (size_t)(pid - s.p));
	const char *at;

	while ((at = span_find(rest, ",task="))) {
		if (pid - at - (ptrdiff_t)strlen(",task=") <= COMM_MAX)
			return at;
		rest = span_from(rest, (size_t)(at - rest.p) + 1);
	}
	return NULL;
}

/*
 * "oom-kill:constraint=CONSTRAINT_MEMCG,nodemask=(null),cpuset=/,mems_allowed=0,oom_memcg=/x,
 * task_memcg=/x/y,task=name,pid=123,uid=0"; ",global_oom" in place of oom_memcg for the machine.
 * Returns false when its end is not there.
 */
static bool parse_kill_line(struct oom_record *part, struct span s)
{
	const char *pid = span_find_last(s, ",pid="), *task = pid ? find_task(s, pid) : NULL;
	struct span head;

	if (!task || !int_after(s, ",pid=", &part->pid) || !int_after(s, ",uid=", &part->uid))
		return false;
	span_copy(span_of(task + strlen(",task="), (size_t)(pid - task) - strlen(",task=")),
		  part->task, sizeof(part->task));
	head = span_of(s.p, (size_t)(task - s.p));
	between(head, "constraint=", ",nodemask=", part->constraint, sizeof(part->constraint));
	if (between(head, ",oom_memcg=", ",task_memcg=", part->oom_memcg, sizeof(part->oom_memcg)))
		part->memcg = true;
	between(head, ",task_memcg=", NULL, part->task_memcg, sizeof(part->task_memcg));
	return true;
}

static enum oom_event feed_kill_line(struct oom_log *log, struct span s, int64_t ts_us)
{
	if (!log->open) {
		part_reset(log);
		log->open = true;
		log->part.event = ++log->events;
		log->part.invoked_ts_us = ts_us;
	}
	log->group_ts_us = -1;
	span_copy(s, log->line, sizeof(log->line));
	log->fragment = !parse_kill_line(&log->part, s);
	return OOM_PART;
}

/*
 * The line is printed in pieces (pr_cont); when another CPU prints between them the rest comes as
 * records of their own. They go on with a comma or a path.
 */
static enum oom_event feed_fragment(struct oom_log *log, struct span s)
{
	size_t n = strlen(log->line);

	if (!s.n || (*s.p != ',' && *s.p != '/'))
		return OOM_NOTHING;
	span_copy(s, log->line + n, sizeof(log->line) - n);
	log->fragment = !parse_kill_line(&log->part, span_of(log->line, strlen(log->line)));
	return OOM_PART;
}

/* "MESSAGE: Killed process 12 (name) total-vm:1kB, ... UID:0 pgtables:48kB oom_score_adj:0" */
static bool parse_killed(struct oom_record *r, struct span s)
{
	const char *at = span_find(s, ": Killed process ");
	struct span tail;
	const char *close;

	s = span_from(s, (size_t)(at - s.p));
	close = span_find_last(s, ") total-vm:");
	if (!close || !int_after(span_of(s.p, (size_t)(close - s.p)), ": Killed process ", &r->pid))
		return false;
	between(span_of(s.p, (size_t)(close - s.p)), " (", NULL, r->task, sizeof(r->task));
	tail = span_from(s, (size_t)(close - s.p));
	int_after(tail, " UID:", &r->uid);
	int_after(tail, " oom_score_adj:", &r->oom_score_adj);
	return kib_after(tail, " total-vm:", &r->total_vm) &&
	       kib_after(tail, " anon-rss:", &r->anon_rss) &&
	       kib_after(tail, " file-rss:", &r->file_rss) &&
	       kib_after(tail, " shmem-rss:", &r->shmem_rss) &&
	       kib_after(tail, " pgtables:", &r->pgtables);
}

/*
 * The "Killed process" line gives the victim's name between brackets: with it the oom-kill line is
 * cut at the right place whatever commas are in names and paths.
 */
static void cut_again(struct oom_log *log)
{
	struct span s = span_of(log->line, strlen(log->line));
	char needle[80];
	const char *at;

	snprintf(needle, sizeof(needle), ",task=%s,pid=%d,", log->part.task, log->part.pid);
	at = span_find_last(s, needle);
	if (at)
		between(span_of(s.p, (size_t)(at - s.p)), ",task_memcg=", NULL,
			log->part.task_memcg, sizeof(log->part.task_memcg));
}

/* The record of this victim in this invocation, when the group kill meets it a second time. */
static struct oom_record *same_victim(struct oom_log *log, int event, int pid)
{
	for (size_t i = log->n; i-- > 0;)
		if (log->records[i].event == event && log->records[i].pid == pid)
			return &log->records[i];
	return NULL;
}

static bool in_group_kill(const struct oom_log *log, int64_t ts_us)
{
	return log->group_ts_us >= 0 && ts_us - log->group_ts_us <= GROUP_KILL_US;
}

/* Members share the groups of the first victim's event, but may be in a group below it. */
static void inherit(struct oom_log *log, struct oom_record *r)
{
	r->event = log->group_event;
	r->group_kill = true;
	for (size_t i = 0; i < log->n; i++) {
		const struct oom_record *first = &log->records[i];

		if (first->event != r->event)
			continue;
		memcpy(r->constraint, first->constraint, sizeof(r->constraint));
		memcpy(r->oom_memcg, first->oom_memcg, sizeof(r->oom_memcg));
		memcpy(r->invoker, first->invoker, sizeof(r->invoker));
		r->order = first->order;
		r->invoked_ts_us = first->invoked_ts_us;
		return;
	}
}

static enum oom_event feed_killed(struct oom_log *log, struct span s, int64_t ts_us, size_t *ret)
{
	bool member = !log->open && in_group_kill(log, ts_us);
	struct oom_record *same;

	if (!log->open) {
		part_reset(log);
		if (member)
			inherit(log, &log->part);
		else
			log->part.event = ++log->events;
	}
	if (!parse_killed(&log->part, s))
		return OOM_NOTHING;
	log->part.memcg = span_starts(s, "Memory cgroup");
	log->part.killed_ts_us = ts_us;
	cut_again(log);
	log->open = log->fragment = false;
	same = member ? same_victim(log, log->part.event, log->part.pid) : NULL;
	if (same) {
		same->group_kill = true;
		return OOM_NOTHING;
	}
	log->kills++;
	log->group_event = log->part.event;
	if (!member)
		log->group_ts_us = -1;
	if (log->n == log->max)
		return OOM_NOTHING;
	if (ret)
		*ret = log->n;
	log->records[log->n++] = log->part;
	return OOM_KILLED;
}

/* "Tasks in /x are going to be killed due to memory.oom.group set", behind the first victim's line.
 */
static enum oom_event feed_group(struct oom_log *log, struct span s, int64_t ts_us)
{
	(void)s;
	log->group_ts_us = ts_us;
	for (size_t i = 0; i < log->n; i++)
		if (log->records[i].event == log->group_event)
			log->records[i].group_kill = true;
	return OOM_PART;
}

/* "oom_reaper: reaped process 12 (name), now anon-rss:0kB, file-rss:0kB, shmem-rss:0kB" */
static enum oom_event feed_reaped(struct oom_log *log, struct span s, int64_t ts_us, size_t *ret)
{
	int64_t anon, file, shmem;
	int pid;

	if (!int_after(s, "reaped process ", &pid) || !kib_after(s, " anon-rss:", &anon) ||
	    !kib_after(s, " file-rss:", &file) || !kib_after(s, " shmem-rss:", &shmem))
		return OOM_NOTHING;
	for (size_t i = log->n; i-- > 0;) {
		struct oom_record *r = &log->records[i];

		if (r->pid != pid || r->reaped)
			continue;
		r->reaped = true;
		r->reaped_anon_rss = anon;
		r->reaped_file_rss = file;
		r->reaped_shmem_rss = shmem;
		r->reaped_ts_us = ts_us;
		if (ret)
			*ret = i;
		return OOM_REAPED;
	}
	return OOM_NOTHING;
}

enum oom_event oom_feed(struct oom_log *log, const char *text, int64_t ts_us, size_t *ret_index)
{
	struct span s = span_of(text, strlen(text));

	if (span_find(s, " invoked oom-killer: "))
		return feed_invoked(log, s, ts_us);
	if (span_starts(s, "oom-kill:constraint="))
		return feed_kill_line(log, s, ts_us);
	if (span_find(s, ": Killed process "))
		return feed_killed(log, s, ts_us, ret_index);
	if (span_starts(s, "oom_reaper: reaped process "))
		return feed_reaped(log, s, ts_us, ret_index);
	if (span_starts(s, "Tasks in ") && span_find(s, " due to memory.oom.group set"))
		return feed_group(log, s, ts_us);
	if (span_starts(s, "Out of memory and no killable processes")) {
		log->no_victim++;
		part_reset(log);
		return OOM_PART;
	}
	if (span_find(s, ") is already exiting. Skip killing the task")) {
		part_reset(log);
		return OOM_NOTHING;
	}
	return log->fragment ? feed_fragment(log, s) : OOM_NOTHING;
}

const struct oom_record *oom_find(const struct oom_log *log, int pid)
{
	for (size_t i = log->n; i-- > 0;)
		if (log->records[i].pid == pid)
			return &log->records[i];
	return NULL;
}
