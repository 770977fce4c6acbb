/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How a worker ended, from three sources: its wait status, its group's oom_kill count, the kernel
 * log. */
#include <signal.h>
#include <string.h>
#include <sys/wait.h>

#include "cgroup/names.h"
#include "kernel/kv.h"
#include "base/io.h"
#include "trial/trial_state.h"

int64_t group_oom_kills(struct trial *t, int group)
{
	struct cg_source src;

	if (!cg_source(t->version, "memory.events.oom_kill", &src) || !src.key)
		return VALUE_ABSENT;
	return kv_load(tree_group_fd(&t->tree, (size_t)group), src.file, KV_PLAIN, src.key);
}

/* The log lags behind the signal by some milliseconds; the caller has waited for it. */
static enum outcome killed(struct trial *t, const struct slot *s)
{
	int64_t kills = group_oom_kills(t, s->group);
	bool counted = kills != VALUE_ABSENT && kills > s->oom_kills_before;
	bool logged = oom_find(&t->ooms, s->pid) != NULL;

	if (s->killed_by_us && !logged)
		return OUTCOME_KILLED;
	/* Without a readable log two sources must do. */
	if (counted && (logged || t->kmsg < 0))
		return OUTCOME_OOM_KILLED;
	if (counted != logged)
		record_event(
			t->rec, EV_NOTE, trial_now(t), t->phase,
			"the sources disagree on pid %d: SIGKILL, oom_kill %s, the kernel log %s",
			s->pid, counted ? "counted" : "did not count",
			logged ? "names it" : "does not name it");
	return OUTCOME_KILLED;
}

enum outcome slot_outcome(struct trial *t, const struct slot *s)
{
	if (atomic_load(&s->page->corrupt) > 0)
		return OUTCOME_CORRUPT;
	if (!s->exited) {
		if (atomic_load(&s->page->state) == WORKER_FAILED)
			return OUTCOME_ERROR;
		return s->started ? OUTCOME_RUNNING : OUTCOME_WAITING;
	}
	if (WIFSIGNALED(s->wait_status)) {
		int sig = WTERMSIG(s->wait_status);

		if (sig == SIGKILL)
			return killed(t, s);
		return sig == SIGSEGV || sig == SIGBUS || sig == SIGABRT || sig == SIGILL ||
				       sig == SIGFPE
			       ? OUTCOME_CRASHED
			       : OUTCOME_KILLED;
	}
	return WEXITSTATUS(s->wait_status) == 0 ? OUTCOME_DONE : OUTCOME_ERROR;
}

enum outcome stressor_outcome(struct trial *t, int stressor)
{
	const struct plan_stressor *ps = &t->plan->stressors[stressor];
	enum outcome all = OUTCOME_WAITING;

	for (int i = 0; i < ps->n_workers; i++) {
		enum outcome one = slot_outcome(t, &t->slots[ps->first_worker + i]);

		if (i && one != all)
			return OUTCOME_MIXED;
		all = one;
	}
	return all;
}

static bool kills_are_logged(struct trial *t, const void *arg)
{
	(void)arg;
	for (int i = 0; i < t->n_slots; i++) {
		const struct slot *s = &t->slots[i];
		int64_t kills;

		if (!s->exited || !WIFSIGNALED(s->wait_status) ||
		    WTERMSIG(s->wait_status) != SIGKILL || s->killed_by_us ||
		    oom_find(&t->ooms, s->pid))
			continue;
		kills = group_oom_kills(t, s->group);
		if (kills != VALUE_ABSENT && kills > s->oom_kills_before)
			return false;
	}
	return true;
}

void outcome_wait_log(struct trial *t)
{
	if (t->kmsg >= 0)
		loop_until(t, mono_now().ns + NSEC_PER_SEC, kills_are_logged, NULL);
}

void outcome_record(struct trial *t)
{
	struct record *r = t->rec;

	for (int i = 0; i < t->n_slots; i++) {
		const struct slot *s = &t->slots[i];
		struct worker_result *w = &r->workers[i];
		const struct worker_page *p = s->page;

		*w = (struct worker_result){
			.stressor = s->stressor,
			.index = i - t->plan->stressors[s->stressor].first_worker,
			.group = s->group,
			.pid = s->pid,
			.outcome = (int)s->outcome,
			.wait_status = s->wait_status,
			.exited_ns = s->exited_ns,
			.error_code = p->error_code,
			.corrupt = atomic_load(&p->corrupt),
			.corrupt_addr = p->corrupt_addr,
			.corrupt_want = p->corrupt_want,
			.corrupt_got = p->corrupt_got,
			.corrupt_offset = p->corrupt_offset,
		};
		memcpy(w->error_text, p->error_text, sizeof(w->error_text));
	}
}
