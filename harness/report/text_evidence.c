/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the kernel and the workers said around a failed check. */
#include <inttypes.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/table.h"
#include "base/words.h"
#include "report/parts.h"
#include "report/text_parts.h"

#define INDENT	    6
#define EVENTS_MOST 24

static void put_time(struct text_out *o, int64_t t_ns)
{
	out_put(o, STYLE_DIM, "%8.3fs  ", (double)t_ns / NSEC_PER_SEC);
}

static bool is_of(const struct event *e, int phase)
{
	return e->kind != EV_PHASE && (phase < 0 || e->phase == phase);
}

static enum style event_style(const struct event *e)
{
	if (e->bad || e->kind == EV_BROKEN)
		return STYLE_RED;
	return e->kind == EV_OOM || e->kind == EV_INTERRUPT ? STYLE_YELLOW : STYLE_PLAIN;
}

static void put_events(struct text_out *o, const struct record *r, int phase)
{
	size_t shown = 0, of = 0;

	for (size_t i = 0; i < r->n_events; i++) {
		const struct event *e = &r->events[i];

		if (!is_of(e, phase))
			continue;
		of++;
		if (shown >= EVENTS_MOST && !e->bad && e->kind != EV_BROKEN)
			continue;
		shown++;
		out_line(o, INDENT);
		put_time(o, e->t_ns);
		out_put(o, STYLE_DIM, "%-9s ", event_words[e->kind]);
		o->indent = o->column;
		out_words(o, event_style(e), "%s", e->text);
	}
	if (of > shown) {
		out_line(o, INDENT);
		out_words(o, STYLE_DIM, "... and %zu more events, which the saved results have",
			  of - shown);
	}
}

/* Of a group's files and of its memory.stat, what explains most. */
static const char *const main_lines[] = {
	"memory.current",
	"memory.peak",
	"memory.swap.current",
	"memory.stat.anon",
	"memory.stat.file",
	"memory.stat.shmem",
	"memory.stat.kernel",
	"memory.stat.slab",
	"memory.stat.pagetables",
	"memory.stat.sock",
	"memory.stat.file_dirty",
	"memory.events.max",
	"memory.events.oom",
	"memory.events.oom_kill",
	NULL,
};

static void add_row(struct table *t, const struct record *r, int column, const struct reading *base,
		    const struct reading *now)
{
	int64_t from = base ? base->values[column] : VALUE_ABSENT, to = now->values[column];
	enum unit unit = r->columns[column].unit;
	char a[QUANTITY_MAX], b[QUANTITY_MAX], change[QUANTITY_MAX] = "";
	bool known = from != VALUE_ABSENT && to != VALUE_ABSENT && to != VALUE_MAX;

	if (to == VALUE_ABSENT || (to == 0 && (from == 0 || from == VALUE_ABSENT)))
		return;
	if (known && from != to)
		quantity_format_signed(change, to - from, unit);
	table_row(t);
	table_cell(t, STYLE_PLAIN, "%s", r->columns[column].name);
	table_cell(t, STYLE_DIM, "%s", quantity_format(a, from, unit));
	table_cell(t, STYLE_PLAIN, "%s", quantity_format(b, to, unit));
	table_cell(t, STYLE_PLAIN, "%s", change);
}

static void put_group(struct text_out *o, const struct record *r, int group, int phase)
{
	static const struct table_column columns[] = {
		{.title = "", .shrink_to = 20},
		{.title = "baseline", .align = ALIGN_RIGHT},
		{.title = "now", .align = ALIGN_RIGHT},
		{.title = "change", .align = ALIGN_RIGHT},
	};
	const struct table_look look = {.max_width = o->width,
					.indent = INDENT,
					.colour = o->colour};
	const struct reading *base = record_reading(r, -1), *now = record_reading(r, phase);
	struct arena arena = {0};
	struct table t;

	if (!now || phase < 0)
		return;
	table_init(&t, &arena, columns, ARRAY_SIZE(columns));
	for (size_t i = 0; main_lines[i]; i++) {
		char name[2 * METRIC_NAME_MAX];
		int column;

		snprintf(name, sizeof(name), "%s/%s", r->spec.groups[group].path, main_lines[i]);
		column = record_column(r, name);
		if (column >= 0)
			add_row(&t, r, column, base, now);
	}
	out_line(o, 0);
	if (t.n_rows)
		table_write(&t, o->f, &look);
	arena_free(&arena);
}

static bool speaks_of_group(const struct spec *s, const struct metric *m, int group)
{
	switch (m->origin) {
	case MO_GROUP_FILE:
	case MO_GROUP_STAT:
	case MO_GROUP_EVENT:
	case MO_GROUP_PSI:
		return m->object == group;
	case MO_WORKER:
		if (m->object < 0 || (size_t)m->object >= s->n_stressors)
			return false;
		for (size_t i = 0; i < s->stressors[m->object].n_groups; i++)
			if (s->stressors[m->object].groups[i] == group)
				return true;
		return false;
	case MO_OOM:
		return true;
	default:
		return false;
	}
}

static bool concerns_group(const struct record *r, int phase, int group)
{
	for (size_t i = 0; i < r->n_verdicts; i++) {
		const struct check_verdict *v = &r->verdicts[i];

		if (v->verdict == V_FAIL && v->phase == phase && v->check >= 0 &&
		    (size_t)v->check < r->spec.n_checks &&
		    speaks_of_group(&r->spec, &r->spec.checks[v->check].metric, group))
			return true;
	}
	return false;
}

void text_evidence(struct text_out *o, const struct record *r, int phase)
{
	out_line(o, INDENT - 2);
	out_put(o, STYLE_PLAIN, "what happened%s", phase < 0 ? "" : " in this phase");
	put_events(o, r, phase);
	for (size_t g = 0; g < r->spec.n_groups; g++)
		if (concerns_group(r, phase, (int)g))
			put_group(o, r, (int)g, phase);
	out_line(o, 0);
}

static void put_oom(struct text_out *o, const struct record *r, const struct oom_record *oom)
{
	char total[QUANTITY_MAX], anon[QUANTITY_MAX], file[QUANTITY_MAX], shmem[QUANTITY_MAX],
		tables[QUANTITY_MAX];

	out_line(o, 4);
	out_put(o, STYLE_YELLOW, "%s", oom->task);
	out_put(o, STYLE_PLAIN, " (pid %d)", oom->pid);
	o->indent = 6;
	if (*oom->task_memcg)
		out_part(o, STYLE_PLAIN, " ", "in %s", below_trial(r, oom->task_memcg));
	if (*oom->oom_memcg)
		out_part(o, STYLE_PLAIN, ", ", "by the limit of %s",
			 below_trial(r, oom->oom_memcg));
	out_part(o, STYLE_PLAIN, ", ", "%s",
		 *oom->constraint ? oom->constraint : "constraint not logged");
	if (*oom->invoker)
		out_part(o, STYLE_PLAIN, ", ", "%s was allocating", oom->invoker);
	out_line(o, 6);
	out_words(o, STYLE_DIM,
		  "anon %s, file %s, shmem %s, page tables %s, total-vm %s, oom_score_adj %d%s%s",
		  quantity_format(anon, oom->anon_rss, UNIT_BYTES),
		  quantity_format(file, oom->file_rss, UNIT_BYTES),
		  quantity_format(shmem, oom->shmem_rss, UNIT_BYTES),
		  quantity_format(tables, oom->pgtables, UNIT_BYTES),
		  quantity_format(total, oom->total_vm, UNIT_BYTES), oom->oom_score_adj,
		  oom->group_kill ? ", killed with its group" : "", oom->reaped ? ", reaped" : "");
}

static void put_worker(struct text_out *o, const struct record *r, const struct worker_result *w)
{
	const char *name = (size_t)w->stressor < r->spec.n_stressors
				   ? r->spec.stressors[w->stressor].name
				   : "?";

	out_line(o, 4);
	out_put(o, STYLE_RED, "%s %d", name, w->index);
	out_put(o, STYLE_PLAIN, " (pid %d): %s", w->pid, outcome_words[w->outcome]);
	o->indent = 6;
	if (*w->error_text)
		out_part(o, STYLE_PLAIN, ", ", "%s", w->error_text);
	if (!w->corrupt)
		return;
	out_line(o, 6);
	out_words(o, STYLE_PLAIN,
		  "%" PRId64 " places with wrong content, the first at address 0x%" PRIx64
		  ", offset %" PRId64 ": found 0x%016" PRIx64 ", wrote 0x%016" PRIx64,
		  w->corrupt, w->corrupt_addr, w->corrupt_offset, w->corrupt_got, w->corrupt_want);
}

void text_ends(struct text_out *o, const struct record *r)
{
	bool any = false;

	if (r->n_ooms) {
		out_line(o, 2);
		out_put(o, STYLE_PLAIN, "OOM kills in the kernel log");
	}
	for (size_t i = 0; i < r->n_ooms; i++)
		put_oom(o, r, &r->ooms[i]);
	for (size_t i = 0; i < r->n_workers; i++) {
		if (!worker_ended_badly(&r->workers[i]))
			continue;
		out_line(o, 2);
		if (!any)
			out_put(o, STYLE_PLAIN, "workers that ended badly");
		any = true;
		put_worker(o, r, &r->workers[i]);
	}
	out_line(o, 0);
}
