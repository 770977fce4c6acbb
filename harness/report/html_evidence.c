/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What lies behind the verdicts: events and the kernel's log in their order, OOM kills, workers
 * that ended badly, the numbers of every reading, the machine. */
#include <inttypes.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/words.h"
#include "kernel/kmsg.h"
#include "report/html_parts.h"
#include "report/markup.h"
#include "report/parts.h"

#define EVENTS_OPEN 40 /* a longer list of a trial that passed is folded */

/* The last line that was read when it happened, so that the event's own is in sight; -1. */
static int line_of(const struct record *r, const struct event *e)
{
	int at = -1;

	if (e->kind != EV_OOM && e->kind != EV_KMSG)
		return -1;
	for (size_t i = 0; i < r->n_log && r->log[i].t_ns <= e->t_ns; i++)
		at = (int)i;
	return at;
}

static void put_events(FILE *out, const struct record *r, size_t trial)
{
	if (!r->n_events)
		return;
	fprintf(out, "<details class=\"part\"%s><summary><h3>What happened</h3> %zu events",
		r->n_events <= EVENTS_OPEN || r->verdict != V_PASS ? " open" : "", r->n_events);
	if (r->events_dropped)
		fprintf(out, ", %" PRId64 " more were not kept", r->events_dropped);
	fputs("</summary><ol class=\"events\">\n", out);
	for (size_t i = 0; i < r->n_events; i++) {
		const struct event *e = &r->events[i];
		int line = line_of(r, e);

		fprintf(out,
			"<li class=\"%s%s\"><button type=\"button\" class=\"at\" data-t=\"%" PRId64
			"\">%.3f s</button><span class=\"kind\">%s</span><span>",
			event_words[e->kind], e->bad ? " bad" : "", usec_of(e->t_ns),
			(double)e->t_ns / NSEC_PER_SEC, event_words[e->kind]);
		markup_text(out, e->text);
		if (line >= 0)
			fprintf(out, " <a href=\"#log-%zu-%d\">in the log</a>", trial + 1, line);
		fputs("</span></li>\n", out);
	}
	fputs("</ol></details>\n", out);
}

/* All that the kernel logged, folded; what is more than an ordinary message is marked. */
static void put_log(FILE *out, const struct record *r, size_t trial)
{
	if (!r->n_log)
		return;
	fprintf(out, "<details class=\"part\"><summary><h3>Kernel log</h3> %zu lines", r->n_log);
	if (r->log_dropped)
		fprintf(out, ", %" PRId64 " more were not kept", r->log_dropped);
	fputs("</summary><ol class=\"events log\">\n", out);
	for (size_t i = 0; i < r->n_log; i++) {
		const struct log_line *l = &r->log[i];
		enum kmsg_kind kind = kmsg_classify(l->text);

		fprintf(out,
			"<li id=\"log-%zu-%zu\"%s><button type=\"button\" class=\"at\" "
			"data-t=\"%" PRId64 "\">%.3f s</button><span>",
			trial + 1, i,
			kmsg_kind_fails(kind) ? " class=\"bad\""
			: kind != KMSG_OTHER  ? " class=\"told\""
					      : "",
			usec_of(l->t_ns), (double)l->t_ns / NSEC_PER_SEC);
		markup_text(out, l->text);
		fputs("</span></li>\n", out);
	}
	fputs("</ol></details>\n", out);
}

static void put_size(FILE *out, const char *what, int64_t bytes)
{
	char buf[QUANTITY_MAX];

	if (bytes >= 0)
		fprintf(out, ", %s %s", what, quantity_format(buf, bytes, UNIT_BYTES));
}

static void put_oom(FILE *out, const struct record *r, const struct oom_record *o)
{
	fputs("<li><b>", out);
	markup_text(out, o->task);
	fprintf(out, "</b> (pid %d)", o->pid);
	markup_printf(out, " in %s, by the limit of %s, %s", below_trial(r, o->task_memcg),
		      below_trial(r, o->oom_memcg),
		      *o->constraint ? o->constraint : "constraint not logged");
	if (*o->invoker)
		markup_printf(out, ", %s was allocating", o->invoker);
	fprintf(out, "<br><small>oom_score_adj %d", o->oom_score_adj);
	put_size(out, "anon", o->anon_rss);
	put_size(out, "file", o->file_rss);
	put_size(out, "shmem", o->shmem_rss);
	put_size(out, "page tables", o->pgtables);
	put_size(out, "total-vm", o->total_vm);
	fprintf(out, "%s%s</small></li>", o->group_kill ? ", killed with its group" : "",
		o->reaped ? ", reaped" : "");
}

static void put_ooms(FILE *out, const struct record *r)
{
	if (!r->n_ooms)
		return;
	fputs("<div class=\"part\"><h3>OOM kills in the kernel log</h3><ul class=\"plain\">", out);
	for (size_t i = 0; i < r->n_ooms; i++)
		put_oom(out, r, &r->ooms[i]);
	fputs("</ul></div>\n", out);
}

static void put_worker(FILE *out, const struct record *r, const struct worker_result *w)
{
	bool known = (size_t)w->stressor < r->spec.n_stressors;

	fputs("<li>", out);
	markup_printf(out, "%s %d (pid %d): %s%s%s",
		      known ? r->spec.stressors[w->stressor].name : "?", w->index, w->pid,
		      outcome_words[w->outcome], *w->error_text ? ", " : "", w->error_text);
	if (w->corrupt)
		fprintf(out,
			"<br><small>%" PRId64
			" places with wrong content, the first at address 0x%" PRIx64
			", offset %" PRId64 ": found 0x%016" PRIx64 ", wrote 0x%016" PRIx64
			"</small>",
			w->corrupt, w->corrupt_addr, w->corrupt_offset, w->corrupt_got,
			w->corrupt_want);
	fputs("</li>", out);
}

static void put_workers(FILE *out, const struct record *r)
{
	bool any = false;

	for (size_t i = 0; i < r->n_workers; i++) {
		if (!worker_ended_badly(&r->workers[i]))
			continue;
		if (!any)
			fputs("<div class=\"part\"><h3>Workers that ended badly</h3>"
			      "<ul class=\"plain\">",
			      out);
		any = true;
		put_worker(out, r, &r->workers[i]);
	}
	fputs(any ? "</ul></div>\n" : "", out);
}

/* Rows of the readings: what explains most, of the groups, and what the checks are about. */
static bool is_told(const struct record *r, const char *name)
{
	static const char *const files[] = {
		"memory.current",     "memory.peak",	   "memory.swap.current",
		"memory.stat.anon",   "memory.stat.file",  "memory.stat.shmem",
		"memory.stat.kernel", "memory.stat.slab",  "memory.stat.pagetables",
		"memory.events.max",  "memory.events.oom", "memory.events.oom_kill",
	};
	const char *slash = strrchr(name, '/');

	for (size_t i = 0; i < r->spec.n_checks; i++)
		if (str_eq(r->spec.checks[i].metric.name, name))
			return true;
	return slash && !str_starts(name, "drain/") &&
	       word_index(files, ARRAY_SIZE(files), slash + 1) >= 0;
}

static void put_value(FILE *out, const struct record *r, size_t column, int64_t v, bool moved)
{
	const char *word = record_word(r, v);
	char buf[QUANTITY_MAX];

	fputs(moved ? "<td class=\"moved\">" : "<td>", out);
	if (r->columns[column].unit == UNIT_TEXT)
		markup_text(out, word ? word : "–");
	else
		markup_text(out, quantity_format(buf, v, r->columns[column].unit));
	fputs("</td>", out);
}

static bool was_read(const struct reading *rd)
{
	return rd->done && rd->values;
}

static void put_reading_row(FILE *out, const struct record *r, size_t column)
{
	bool any = false;
	int64_t last = 0;

	fputs("<tr><th scope=\"row\">", out);
	markup_text(out, r->columns[column].name);
	fputs("</th>", out);
	for (size_t i = 0; i < r->n_readings; i++) {
		int64_t v;

		if (!was_read(&r->readings[i]))
			continue;
		v = r->readings[i].values[column];
		put_value(out, r, column, v, any && v != last);
		last = v;
		any = true;
	}
	fputs("</tr>\n", out);
}

static void put_readings(FILE *out, const struct record *r)
{
	if (!r->n_readings || !was_read(&r->readings[0]))
		return;
	fputs("<details class=\"part\"><summary><h3>Readings</h3> at the end of each phase"
	      "</summary><div class=\"scroll\"><table class=\"readings\"><thead><tr><th></th>",
	      out);
	for (size_t i = 0; i < r->n_readings; i++) {
		const struct reading *rd = &r->readings[i];

		if (!was_read(rd))
			continue;
		fputs("<th scope=\"col\">", out);
		markup_text(out, rd->phase >= 0 && (size_t)rd->phase < r->spec.n_phases
					 ? r->spec.phases[rd->phase].name
					 : "baseline");
		fprintf(out, "<small>%.3f s</small></th>", (double)rd->t_ns / NSEC_PER_SEC);
	}
	fputs("</tr></thead><tbody>\n", out);
	for (size_t c = 0; c < r->n_columns; c++)
		if (is_told(r, r->columns[c].name))
			put_reading_row(out, r, c);
	fputs("</tbody></table></div></details>\n", out);
}

static void put_groups(FILE *out, const struct record *r)
{
	char buf[QUANTITY_MAX];

	for (size_t i = 0; i < r->spec.n_groups; i++) {
		const struct spec_group *g = &r->spec.groups[i];

		fputs("<dt>group ", out);
		markup_text(out, g->path);
		fputs("</dt><dd>", out);
		for (size_t k = 0; k < g->n_knobs; k++)
			markup_printf(out, "%s%s = %s", k ? ", " : "", g->knobs[k].name,
				      quantity_format(buf, g->knobs[k].value, g->knobs[k].unit));
		fputs("</dd>", out);
	}
}

static void put_setup(FILE *out, const struct record *r)
{
	fputs("<details class=\"part\"><summary><h3>Set-up and machine</h3></summary><dl>", out);
	put_groups(out, r);
	for (size_t i = 0; i < r->spec.n_stressors; i++) {
		const struct spec_stressor *s = &r->spec.stressors[i];

		fputs("<dt>stressor ", out);
		markup_text(out, s->name);
		fputs("</dt><dd>", out);
		markup_printf(out, "%s, %d %s: %s", s->kind, s->workers,
			      s->workers == 1 ? "worker" : "workers", s->text);
		fputs("</dd>", out);
	}
	fprintf(out, "<dt>seed</dt><dd>%" PRIu64 "</dd>", r->seed);
	for (size_t i = 0; i < r->n_facts; i++) {
		fputs("<dt>", out);
		markup_text(out, r->facts[i].name);
		fputs("</dt><dd>", out);
		markup_text(out, r->facts[i].value);
		fputs("</dd>", out);
	}
	fputs("</dl></details>\n", out);
}

void html_evidence(FILE *out, const struct record *r, size_t trial)
{
	put_events(out, r, trial);
	put_ooms(out, r);
	put_log(out, r, trial);
	put_workers(out, r);
	put_readings(out, r);
	put_setup(out, r);
}
