/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What every trial must show, whether its profile asks or not; OOM kills are in oom.c. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "base/cleanup.h"
#include "base/words.h"
#include "judge/value.h"
#include "judge/verdict.h"
#include "kernel/kmsg.h"

#define ZONES_MOST 4 /* of a node: DMA, DMA32, Normal, Movable */

/* True when a check of the profile is about this key of this origin (of this object, unless -1). */
static bool profile_checks(const struct record *r, enum metric_origin origin, const char *key,
			   int object)
{
	for (size_t i = 0; i < r->spec.n_checks; i++) {
		const struct metric *m = &r->spec.checks[i].metric;

		if (m->origin == origin && str_eq(m->key, key) &&
		    (object < 0 || m->object == object))
			return true;
	}
	return false;
}

/* Bad lines by the columns that count them, which hold also what found no room among the events. */
static int64_t bad_lines_counted(const struct record *r)
{
	const struct reading *base = record_reading(r, SINCE_BASELINE), *last = last_reading(r);
	char name[METRIC_NAME_MAX];
	int64_t n = 0, change;

	for (int k = 0; k < KMSG_KIND_COUNT; k++) {
		snprintf(name, sizeof(name), "kmsg.%s", kmsg_kind_word((enum kmsg_kind)k));
		if (!kmsg_kind_fails((enum kmsg_kind)k) ||
		    profile_checks(r, MO_KMSG, kmsg_kind_word((enum kmsg_kind)k), -1))
			continue;
		change = value_minus(record_value(r, last, name), record_value(r, base, name));
		n += change == VALUE_ABSENT ? 0 : change;
	}
	return n;
}

/* An event's text begins with the word of its kind, or is the line alone. */
static const char *kind_word(const char *text)
{
	for (int k = 0; k < KMSG_KIND_COUNT; k++) {
		const char *word = kmsg_kind_word((enum kmsg_kind)k);

		if (str_starts(text, word) && text[strlen(word)] == ':')
			return word;
	}
	return kmsg_kind_word(kmsg_classify(text));
}

/*
 * vmstat_refresh tells of a counter below zero; while somebody works that may be what each CPU
 * still keeps of it for itself, in each zone (mm/vmstat.c:__mod_zone_page_state()): -35 was seen
 * once.
 */
static bool is_unfolded(const struct record *r, const char *text)
{
	const char *at = strstr(text, "vmstat_refresh: ");
	const char *minus = at ? strstr(at, " -") : NULL;

	return minus && strtoll(minus + 2, NULL, 10) <= r->percpu_threshold * r->cpus * ZONES_MOST;
}

void judge_kernel_log(struct judging *j)
{
	struct check_verdict *v = verdict_add(j, "kernel log", CHECK_TRIAL);
	const struct record *r = j->r;
	const struct event *first = NULL;
	int64_t n = 0;

	snprintf(v->expected, sizeof(v->expected), "no line that tells of a fault");
	for (size_t i = 0; i < r->n_events; i++) {
		const struct event *e = &r->events[i];

		if (e->kind != EV_KMSG || !e->bad || is_unfolded(r, e->text) ||
		    profile_checks(r, MO_KMSG, kind_word(e->text), -1))
			continue;
		if (!first)
			first = e;
		n++;
	}
	if (first)
		verdict_set(j, v, V_FAIL, RANK_FAIL_KERNEL, "the kernel logged at %.1fs: \"%s\"%s",
			    (double)first->t_ns / NSEC_PER_SEC, first->text,
			    n > 1 ? ", and more such lines" : "");
	else if (r->events_dropped && bad_lines_counted(r) > 0)
		verdict_set(j, v, V_FAIL, RANK_FAIL_KERNEL,
			    "the kernel logged %" PRId64
			    " lines that tell of a fault, for which the "
			    "table of events had no room: see the kernel log itself",
			    bad_lines_counted(r));
	else if (record_column(r, "kmsg.lines") < 0)
		verdict_set(j, v, V_SKIP, RANK_NONE, "the kernel log could not be read");
	else
		verdict_set(j, v, V_PASS, RANK_PASS, "%s", "");
}

static const char *stressor_name(const struct record *r, int i)
{
	return i >= 0 && (size_t)i < r->spec.n_stressors ? r->spec.stressors[i].name : "?";
}

void judge_corruption(struct judging *j)
{
	struct check_verdict *v = verdict_add(j, "corruption", CHECK_TRIAL);
	const struct record *r = j->r;
	char what[200];

	snprintf(v->expected, sizeof(v->expected), "what was written is what is read");
	for (size_t i = 0; i < r->n_workers; i++) {
		const struct worker_result *w = &r->workers[i];

		if (w->corrupt <= 0 || profile_checks(r, MO_WORKER, "corrupt", w->stressor))
			continue;
		v->value = v->compared = w->corrupt;
		verdict_set(j, v, V_FAIL, RANK_FAIL_KERNEL, "worker %d of %s found %s", w->index,
			    stressor_name(r, w->stressor),
			    explain_corruption(what, sizeof(what), w));
		return;
	}
	verdict_set(j, v, V_PASS, RANK_PASS, "%s", "");
}

/* A phase that says "kill eater" or "kill all" wants a killed worker. */
static bool killed_by_plan(const struct record *r, int stressor)
{
	for (size_t i = 0; i < r->spec.n_phases; i++) {
		const char *text = r->spec.phases[i].action_text;
		const char *kill = text ? strstr(text, "kill") : NULL;

		if (kill && (strstr(kill, stressor_name(r, stressor)) || strstr(kill, "all")))
			return true;
	}
	return false;
}

/*
 * Ends that nobody asked for. An OOM kill is the kernel's verdict over the group; a failed or
 * crashed worker is our own trouble, and what it was to show was not shown.
 */
static const struct bad_end {
	enum outcome outcome;
	enum verdict verdict;
	enum rank rank;
	const char *what;
} bad_ends[] = {
	{OUTCOME_OOM_KILLED, V_FAIL, RANK_FAIL, "was killed by the OOM killer, unasked for"},
	{OUTCOME_KILLED, V_BROKEN, RANK_BROKEN, "was killed, and not by the OOM killer"},
	{OUTCOME_CRASHED, V_BROKEN, RANK_BROKEN, "crashed"},
	{OUTCOME_ERROR, V_BROKEN, RANK_BROKEN, "failed"},
};

static const struct bad_end *bad_end_of(const struct record *r, const struct worker_result *w)
{
	if (w->stressor >= 0 && (size_t)w->stressor < r->spec.n_stressors &&
	    r->spec.stressors[w->stressor].has_outcome_check)
		return NULL;
	if (w->outcome == OUTCOME_KILLED && killed_by_plan(r, w->stressor))
		return NULL;
	for (size_t i = 0; i < ARRAY_SIZE(bad_ends); i++)
		if ((int)bad_ends[i].outcome == w->outcome)
			return &bad_ends[i];
	return NULL;
}

static void set_end(struct judging *j, const struct worker_result *w, const struct bad_end *end)
{
	struct check_verdict *v = verdict_add(j, "workers' ends", CHECK_TRIAL);
	char how[64] = "";

	if (w->wait_status >= 0 && WIFSIGNALED(w->wait_status))
		snprintf(how, sizeof(how), " by signal %d (%s)", WTERMSIG(w->wait_status),
			 strsignal(WTERMSIG(w->wait_status)));
	else if (w->wait_status >= 0 && WIFEXITED(w->wait_status) && WEXITSTATUS(w->wait_status))
		snprintf(how, sizeof(how), " with exit status %d", WEXITSTATUS(w->wait_status));
	snprintf(v->expected, sizeof(v->expected), "no end that the profile does not expect");
	v->word = (unsigned)w->outcome < OUTCOME_MAX ? outcome_words[w->outcome] : NULL;
	verdict_set(j, v, end->verdict, end->rank, "worker %d of %s (pid %d) %s%s%s%s", w->index,
		    stressor_name(j->r, w->stressor), w->pid, end->what, how,
		    w->error_text[0] ? ": " : "", w->error_text);
}

/* One line for each stressor that has a bad end, of its first worker; one in all when there is
 * none. */
void judge_ends(struct judging *j)
{
	const struct record *r = j->r;
	const struct bad_end *end;
	int told = -1;
	bool any = false;

	for (size_t i = 0; i < r->n_workers; i++) {
		end = bad_end_of(r, &r->workers[i]);
		if (!end || r->workers[i].stressor == told)
			continue;
		told = r->workers[i].stressor;
		any = true;
		set_end(j, &r->workers[i], end);
	}
	if (!any)
		verdict_set(j, verdict_add(j, "workers' ends", CHECK_TRIAL), V_PASS, RANK_PASS,
			    "%s", "");
}

void judge_untils(struct judging *j)
{
	const struct record *r = j->r;
	char took[QUANTITY_MAX], within[QUANTITY_MAX];

	for (size_t i = 0; i < r->n_untils; i++) {
		const struct until_result *u = &r->untils[i];
		struct check_verdict *v = verdict_add(j, "until", u->phase);

		snprintf(v->expected, sizeof(v->expected), "%s", u->text);
		v->value = v->compared = u->took_ns;
		v->high = u->within_ns;
		if (u->met)
			verdict_set(j, v, V_PASS, RANK_PASS, "%s", "");
		else
			verdict_set(j, v, V_FAIL, RANK_FAIL,
				    "phase %s waited %s for \"%s\", which had %s%s%s%s",
				    phase_name(r, u->phase),
				    quantity_format(took, u->took_ns, UNIT_DUR), u->text,
				    quantity_format(within, u->within_ns, UNIT_DUR),
				    u->seen[0] ? "; " : "", u->seen, u->seen[0] ? " then" : "");
	}
}

/* What must stay as it was; a balloon or a hotplug moves all other numbers too. */
static const char *const machine_columns[] = {
	"meminfo.MemTotal",
	"meminfo.Balloon",
	"meminfo.SwapTotal",
	"meminfo.HugePages_Total",
};

static const struct reading *machine_changed(const struct record *r, const char *name)
{
	const struct reading *base = record_reading(r, SINCE_BASELINE);
	int64_t change;

	for (size_t i = 0; base && i < r->n_readings; i++) {
		change = value_minus(record_value(r, &r->readings[i], name),
				     record_value(r, base, name));
		if (change != VALUE_ABSENT && change != 0)
			return &r->readings[i];
	}
	return NULL;
}

void judge_machine(struct judging *j)
{
	struct check_verdict *v = verdict_add(j, "machine unchanged", CHECK_TRIAL);
	const struct record *r = j->r;
	char from[QUANTITY_MAX], to[QUANTITY_MAX];

	for (size_t i = 0; i < ARRAY_SIZE(machine_columns); i++) {
		const char *name = machine_columns[i];
		const struct reading *rd = machine_changed(r, name);
		int column = record_column(r, name);

		if (!rd || profile_checks(r, MO_MEMINFO, strchr(name, '.') + 1, -1))
			continue;
		v->base = record_value(r, record_reading(r, SINCE_BASELINE), name);
		v->value = record_value(r, rd, name);
		verdict_set(
			j, v, V_BROKEN, RANK_BROKEN,
			"%s changed from %s to %s by the end of phase %s: the machine under the "
			"trial is no longer the same",
			name, quantity_format(from, v->base, r->columns[column].unit),
			quantity_format(to, v->value, r->columns[column].unit),
			phase_name(r, rd->phase));
		return;
	}
	verdict_set(j, v, V_PASS, RANK_PASS, "%s", "");
}
