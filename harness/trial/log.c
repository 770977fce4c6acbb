/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The kernel log during a trial: counted by kind, OOM kills put together, what matters kept as
 * events. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "trial/trial_state.h"

int log_open(struct trial *t, struct err *err)
{
	char mark[96];

	t->kmsg = -1;
	oom_log_init(&t->ooms, t->rec->ooms, t->rec->max_ooms);
	if (!(t->config->machine->has & NEED_KMSG))
		return 0;
	t->kmsg = kmsg_open(t->config->roots->dev, err);
	if (t->kmsg < 0)
		return t->kmsg;
	snprintf(mark, sizeof(mark), "%s begins: %s", t->rec->id, t->plan->spec.name);
	kmsg_mark(t->config->roots->dev, mark);
	return 0;
}

static bool is_worker(const struct trial *t, int pid)
{
	for (int i = 0; i < t->n_slots; i++)
		if (t->slots[i].pid == pid)
			return true;
	return false;
}

/* An OOM kill of somebody else's group is no business of this trial. */
static bool is_ours(const struct trial *t, const struct oom_record *o)
{
	return is_worker(t, o->pid) || strstr(o->task_memcg, t->rec->id) ||
	       strstr(o->oom_memcg, t->rec->id);
}

static void note_kill(struct trial *t, size_t index)
{
	const struct oom_record *o = &t->ooms.records[index];

	if (!is_ours(t, o)) {
		t->kills_not_ours++;
		/* More than 10 kills in 5 s are logged without their group: it may be one of ours.
		 */
		if (!o->constraint[0])
			t->kmsg_lost++;
		/* Its room is used again; nobody asks for it. */
		if (index + 1 == t->ooms.n)
			t->ooms.n--;
		t->rec->n_ooms = t->ooms.n;
		return;
	}
	t->rec->n_ooms = t->ooms.n;
	record_event(t->rec, EV_OOM, trial_now(t), t->phase,
		     "%s: killed %d (%s) of %s, limit of %s, anon-rss %lld KiB, oom_score_adj %d",
		     o->constraint[0] ? o->constraint : "OOM kill", o->pid, o->task, o->task_memcg,
		     o->oom_memcg[0] ? o->oom_memcg : "the machine",
		     (long long)(o->anon_rss / 1024), o->oom_score_adj);
}

static void take_record(struct trial *t, const struct kmsg_record *r)
{
	enum kmsg_kind kind = kmsg_record_kind(r);
	int64_t kills = t->ooms.kills;
	size_t index = 0;

	t->kmsg_lines++;
	t->kmsg_lost += kmsg_missing(&t->kmsg_due, r->seq);
	t->kmsg_count[kind]++;
	if (r->facility == 0)
		record_log(t->rec, trial_now(t), r->priority, r->text);
	if (r->facility == 0 && oom_feed(&t->ooms, r->text, r->ts_us, &index) == OOM_KILLED)
		note_kill(t, index);
	else if (t->ooms.kills != kills)
		t->kmsg_lost++; /* a kill for which there was no room */
	if (kind == KMSG_OTHER || kind == KMSG_OOM)
		return;
	record_event(t->rec, EV_KMSG, trial_now(t), t->phase, "%s: %.200s", kmsg_kind_word(kind),
		     r->text);
	if (t->rec->n_events && !t->rec->events_dropped)
		t->rec->events[t->rec->n_events - 1].bad = kmsg_kind_fails(kind);
}

void log_read(struct trial *t)
{
	int r;

	while (t->kmsg >= 0 && (r = kmsg_next(t->kmsg, &t->kmsg_record)) != 0) {
		if (r == 1) {
			take_record(t, &t->kmsg_record);
		} else if (r == -EPIPE) {
			/* How many they were is told by the number of the next one. */
			t->kmsg_lost += !t->kmsg_due;
			record_event(t->rec, EV_NOTE, trial_now(t), t->phase,
				     "kernel log records were overwritten before they were read");
		} else {
			return;
		}
	}
}
