/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the kernel log said during the trial: OOM kills of its workers, and messages by their kind.
 */
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "trial/sources.h"
#include "trial/trial_state.h"

enum oom_number {
	ON_KILLS,
	ON_VICTIM,
	ON_CONSTRAINT,
	ON_MEMCG,
	ON_TASK_MEMCG,
	ON_TOTAL_VM,
	ON_ANON_RSS,
	ON_FILE_RSS,
	ON_SHMEM_RSS,
	ON_PGTABLES,
	ON_SCORE_ADJ,
	ON_REAPED,
	ON_ORDER,
	ON_COUNT
};

static const struct {
	const char *name;
	enum unit unit;
} oom_numbers[ON_COUNT] = {
	[ON_KILLS] = {"oom.kills", UNIT_COUNT},
	[ON_VICTIM] = {"oom.victim", UNIT_TEXT},
	[ON_CONSTRAINT] = {"oom.constraint", UNIT_TEXT},
	[ON_MEMCG] = {"oom.memcg", UNIT_TEXT},
	[ON_TASK_MEMCG] = {"oom.task_memcg", UNIT_TEXT},
	[ON_TOTAL_VM] = {"oom.total_vm", UNIT_BYTES},
	[ON_ANON_RSS] = {"oom.anon_rss", UNIT_BYTES},
	[ON_FILE_RSS] = {"oom.file_rss", UNIT_BYTES},
	[ON_SHMEM_RSS] = {"oom.shmem_rss", UNIT_BYTES},
	[ON_PGTABLES] = {"oom.pgtables", UNIT_BYTES},
	[ON_SCORE_ADJ] = {"oom.score_adj", UNIT_COUNT},
	[ON_REAPED] = {"oom.reaped", UNIT_COUNT},
	[ON_ORDER] = {"oom.order", UNIT_COUNT},
};

/* The path of a group as the profile says it; "." for the trial's own group, the whole path for
 * others. */
static const char *relative(const struct trial *t, const char *path)
{
	const char *hit = strstr(path, t->rec->id);

	if (!hit)
		return path[0] ? path : "-";
	hit += strlen(t->rec->id);
	return *hit == '/' ? hit + 1 : ".";
}

/* The stressor whose worker a victim was; a process of a user's command goes by its group. */
static const char *victim(const struct trial *t, const struct oom_record *o)
{
	const char *group = relative(t, o->task_memcg);

	for (int i = 0; i < t->n_slots; i++)
		if (t->slots[i].pid == o->pid)
			return t->plan->spec.stressors[t->slots[i].stressor].name;
	for (int i = 0; i < t->n_slots; i++)
		if (!strcmp(t->plan->spec.groups[t->slots[i].group].path, group))
			return t->plan->spec.stressors[t->slots[i].stressor].name;
	return o->task;
}

static void read_oom(struct sources *ss, struct source *s, int64_t *values)
{
	struct trial *t = ss->trial;
	int64_t *v = values + s->first;
	const struct oom_record *o;

	for (int i = 0; i < ON_COUNT; i++)
		v[i] = oom_numbers[i].unit == UNIT_TEXT ? record_add_word(ss->rec, "none")
							: VALUE_ABSENT;
	v[ON_KILLS] = (int64_t)t->rec->n_ooms;
	if (!t->rec->n_ooms)
		return;
	o = &t->rec->ooms[t->rec->n_ooms - 1];
	v[ON_VICTIM] = record_add_word(ss->rec, victim(t, o));
	v[ON_CONSTRAINT] = record_add_word(ss->rec, o->constraint[0] ? o->constraint : "none");
	v[ON_MEMCG] = record_add_word(ss->rec, relative(t, o->oom_memcg));
	v[ON_TASK_MEMCG] = record_add_word(ss->rec, relative(t, o->task_memcg));
	v[ON_TOTAL_VM] = o->total_vm;
	v[ON_ANON_RSS] = o->anon_rss;
	v[ON_FILE_RSS] = o->file_rss;
	v[ON_SHMEM_RSS] = o->shmem_rss;
	v[ON_PGTABLES] = o->pgtables;
	v[ON_SCORE_ADJ] = o->oom_score_adj;
	v[ON_REAPED] = o->reaped;
	v[ON_ORDER] = o->order < 0 ? VALUE_ABSENT : o->order;
}

static void read_kmsg(struct sources *ss, struct source *s, int64_t *values)
{
	struct trial *t = ss->trial;

	values[s->first] = t->kmsg_lines;
	values[s->first + 1] = t->kmsg_lost;
	for (int k = 0; k < KMSG_KIND_COUNT; k++)
		values[s->first + 2 + (size_t)k] = t->kmsg_count[k];
}

int sources_log(struct sources *ss, struct err *err)
{
	char name[METRIC_NAME_MAX];
	struct source *s;

	(void)err;
	if (ss->trial->kmsg < 0)
		return 0;
	s = source_add(ss, ON_COUNT);
	s->read = read_oom;
	for (size_t i = 0; i < ON_COUNT; i++)
		source_column(ss, s->first + i, oom_numbers[i].name, oom_numbers[i].unit);
	s = source_add(ss, 2 + KMSG_KIND_COUNT);
	s->read = read_kmsg;
	source_column(ss, s->first, "kmsg.lines", UNIT_COUNT);
	source_column(ss, s->first + 1, "kmsg.lost", UNIT_COUNT);
	for (int k = 0; k < KMSG_KIND_COUNT; k++) {
		snprintf(name, sizeof(name), "kmsg.%s", kmsg_kind_word((enum kmsg_kind)k));
		source_column(ss, s->first + 2 + (size_t)k, name, UNIT_COUNT);
	}
	return 0;
}
