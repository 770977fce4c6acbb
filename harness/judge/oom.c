/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * OOM kills: none that the profile does not speak of, none by the fuse, and for each SIGKILL three
 * sources that agree: wait status, the group's oom_kill count, the kernel log.
 */
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

#include "base/cleanup.h"
#include "base/words.h"
#include "judge/value.h"
#include "judge/verdict.h"

static const struct worker_result *worker_of(const struct record *r, int pid)
{
	for (size_t i = 0; i < r->n_workers; i++)
		if (r->workers[i].pid == pid)
			return &r->workers[i];
	return NULL;
}

static const struct oom_record *logged(const struct record *r, int pid)
{
	for (size_t i = 0; i < r->n_ooms; i++)
		if (r->ooms[i].pid == pid)
			return &r->ooms[i];
	return NULL;
}

/* "/a/memtrial-1-1/hog" -> "/hog", "/a/memtrial-1-1" -> "", NULL for a path outside of the trial.
 */
static const char *in_trial(const struct record *r, const char *path)
{
	size_t len = strlen(r->id);
	const char *at = len ? strstr(path, r->id) : NULL;

	if (!at || (at > path && at[-1] != '/') || (at[len] && at[len] != '/'))
		return NULL;
	return at + len;
}

static bool is_ours(const struct record *r, const struct oom_record *o)
{
	return worker_of(r, o->pid) || in_trial(r, o->task_memcg) || in_trial(r, o->oom_memcg);
}

static void judge_fuse(struct judging *j)
{
	struct check_verdict *v = verdict_add(j, "fuse", CHECK_TRIAL);
	const struct record *r = j->r;
	char fuse[QUANTITY_MAX];

	for (size_t i = 0; i < r->n_ooms; i++) {
		const char *rest = in_trial(r, r->ooms[i].oom_memcg);

		if (!rest || *rest)
			continue;
		verdict_set(
			j, v, V_BROKEN, RANK_BROKEN,
			"the trial as a whole reached its fuse of %s and pid %d (%s) was killed: "
			"its stressors use more than their footprint says",
			quantity_format(fuse, r->spec.fuse, UNIT_BYTES), r->ooms[i].pid,
			r->ooms[i].task);
		return;
	}
	verdict_set(j, v, V_PASS, RANK_PASS, "%s", "");
}

/* True when the profile says something of OOM kills, or of how this victim ends. */
static bool is_expected(const struct record *r, const struct oom_record *o)
{
	const struct worker_result *w = worker_of(r, o->pid);

	for (size_t i = 0; i < r->spec.n_checks; i++) {
		const struct metric *m = &r->spec.checks[i].metric;

		if (m->origin == MO_OOM ||
		    (m->origin == MO_GROUP_EVENT && strstr(m->key, "oom_kill")))
			return true;
	}
	return w && w->stressor >= 0 && (size_t)w->stressor < r->spec.n_stressors &&
	       r->spec.stressors[w->stressor].has_outcome_check;
}

static void set_kill(struct judging *j, struct check_verdict *v, const struct oom_record *o)
{
	char rss[QUANTITY_MAX];

	if (!is_ours(j->r, o))
		verdict_set(
			j, v, V_BROKEN, RANK_BROKEN,
			"the machine ran out of memory and pid %d (%s), outside of the trial, was "
			"killed: nothing that was measured meanwhile holds",
			o->pid, o->task);
	else
		verdict_set(j, v, V_FAIL, RANK_FAIL,
			    "pid %d (%s) was OOM-killed with %s anonymous memory (%s%s%s), and the "
			    "profile does not speak of it",
			    o->pid, o->task, quantity_format(rss, o->anon_rss, UNIT_BYTES),
			    o->constraint[0] ? o->constraint : "constraint not logged",
			    o->oom_memcg[0] ? ", limit of " : "", o->oom_memcg);
}

static void judge_kills(struct judging *j)
{
	struct check_verdict *v = verdict_add(j, "OOM kills", CHECK_TRIAL);
	const struct record *r = j->r;

	snprintf(v->expected, sizeof(v->expected), "none that the profile does not speak of");
	for (size_t i = 0; i < r->n_ooms; i++) {
		const struct oom_record *o = &r->ooms[i];

		/* What a limit of somebody else's group kills does not concern us. */
		if (is_ours(r, o) ? is_expected(r, o) : o->memcg)
			continue;
		set_kill(j, v, o);
		return;
	}
	verdict_set(j, v, V_PASS, RANK_PASS, "%s", "");
}

/* Kills that the worker's group counted since the baseline, after its end; VALUE_ABSENT: not known.
 */
static int64_t counted(const struct record *r, const struct worker_result *w)
{
	char name[METRIC_NAME_MAX];
	const struct reading *last = last_reading(r);

	if (w->group < 0 || (size_t)w->group >= r->spec.n_groups || !last || w->exited_ns < 0 ||
	    last->t_ns < w->exited_ns)
		return VALUE_ABSENT;
	snprintf(name, sizeof(name), "%s/memory.events.oom_kill", r->spec.groups[w->group].path);
	return value_minus(record_value(r, last, name),
			   record_value(r, record_reading(r, SINCE_BASELINE), name));
}

/* Log records of victims that this group counts: its own, and on v2 those below it. */
static int64_t logged_of_group(const struct record *r, int group)
{
	int64_t n = 0;

	for (size_t i = 0; i < r->n_ooms; i++) {
		const struct worker_result *w = worker_of(r, r->ooms[i].pid);
		const char *path = in_trial(r, r->ooms[i].task_memcg);

		if (w)
			n += r->cgroup_version == 2 ? group_within(&r->spec, w->group, group)
						    : w->group == group;
		else if (path && *path == '/')
			n += str_starts(path + 1, r->spec.groups[group].path);
	}
	return n;
}

/* Whether the log has gaps; a record that does not say so may have some. */
static bool lines_lost(const struct record *r)
{
	int64_t lost = value_minus(record_value(r, last_reading(r), "kmsg.lost"),
				   record_value(r, record_reading(r, SINCE_BASELINE), "kmsg.lost"));

	return lost != 0;
}

/*
 * OOM kills that a group counted and nobody logged, whoever died.
 * mm/oom_kill.c:__oom_kill_process() counts and logs each victim; of a group kill the first one
 * twice, which is one record here.
 */
static int64_t unlogged_of_group(const struct record *r, int group)
{
	char name[METRIC_NAME_MAX];
	int64_t count;

	snprintf(name, sizeof(name), "%s/memory.events.oom_kill", r->spec.groups[group].path);
	count = value_minus(record_value(r, last_reading(r), name),
			    record_value(r, record_reading(r, SINCE_BASELINE), name));
	if (count == VALUE_ABSENT)
		return 0;
	for (size_t i = 0; i < r->n_ooms; i++)
		count -= r->ooms[i].group_kill;
	return count - logged_of_group(r, group);
}

static bool groups_agree(struct judging *j)
{
	const struct record *r = j->r;
	bool lost = lines_lost(r);

	for (size_t g = 0; g < r->spec.n_groups && record_column(r, "kmsg.lines") >= 0; g++) {
		int64_t n = unlogged_of_group(r, (int)g);

		if (n <= 0)
			continue;
		verdict_set(j, verdict_add(j, "OOM sources agree", CHECK_TRIAL),
			    lost ? V_BROKEN : V_FAIL, lost ? RANK_BROKEN : RANK_FAIL,
			    "%s/memory.events.oom_kill counted %" PRId64
			    " OOM kills of which the kernel log has no line%s",
			    r->spec.groups[g].path, n,
			    lost ? ", but lines of the log were lost" : " and lost none");
		return false;
	}
	return true;
}

/* False when the three sources contradict each other about this worker; says how. */
static bool sources_agree(struct judging *j, const struct worker_result *w)
{
	const struct record *r = j->r;
	bool killed = w->wait_status >= 0 && WIFSIGNALED(w->wait_status) &&
		      WTERMSIG(w->wait_status) == SIGKILL;
	bool in_log = logged(r, w->pid) != NULL;
	int64_t count = counted(r, w);
	const char *text = NULL;
	enum verdict verdict = V_FAIL;
	bool lost = lines_lost(r);

	if (killed && in_log && count == 0)
		text = "was killed by SIGKILL and the kernel log names it as OOM victim, but its "
		       "group's oom_kill did not count it";
	else if (!killed && in_log && w->wait_status >= 0)
		text = "is named as OOM victim by the kernel log, but did not end by SIGKILL";
	else if (w->outcome == OUTCOME_OOM_KILLED && !killed)
		text = "counts as OOM-killed, but did not end by SIGKILL";
	if (!text && killed && !in_log && count != VALUE_ABSENT && w->group >= 0 &&
	    count > logged_of_group(r, w->group) && record_column(r, "kmsg.lines") >= 0) {
		text = lost ? "was killed by SIGKILL and its group counted more OOM kills than the "
			      "kernel log has, but lines of the log were lost"
			    : "was killed by SIGKILL and its group counted an OOM kill, of which "
			      "the kernel log has no line and lost none";
		verdict = lost ? V_BROKEN : V_FAIL;
	}
	if (!text)
		return true;
	verdict_set(j, verdict_add(j, "OOM sources agree", CHECK_TRIAL), verdict,
		    verdict == V_FAIL ? RANK_FAIL_KERNEL : RANK_BROKEN, "pid %d %s", w->pid, text);
	return false;
}

static void judge_sources(struct judging *j)
{
	for (size_t i = 0; i < j->r->n_workers; i++)
		if (!sources_agree(j, &j->r->workers[i]))
			return;
	if (groups_agree(j))
		verdict_set(j, verdict_add(j, "OOM sources agree", CHECK_TRIAL), V_PASS, RANK_PASS,
			    "%s", "");
}

void judge_oom(struct judging *j)
{
	judge_fuse(j);
	judge_kills(j);
	judge_sources(j);
}
