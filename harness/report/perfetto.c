/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A trace that ui.perfetto.dev and chrome://tracing open, in their JSON form (the "Trace Event
 * Format"): a process for each trial, in it a thread of phases, one of events, and a counter for
 * each sampled column. Times are microseconds since the first trial began; tids are unique over the
 * whole trace, as Perfetto names a thread by its tid alone.
 */
#include <inttypes.h>

#include "base/cleanup.h"
#include "base/words.h"
#include "report/formats.h"
#include "report/markup.h"
#include "report/parts.h"
#include "report/text_parts.h"

struct trace {
	FILE *out;
	const struct record *r;
	int64_t offset_ns; /* of the trial in the trace */
	size_t pid;	   /* its phases are thread pid + 1, its events pid + 2 */
	const char *sep;   /* before the next event: an array may not end in a comma */
};

/* Perfetto shows a counter as its name and the key of its value. */
static const struct {
	const char *key;
	int64_t per_one; /* kept as so many of one */
} units[UNIT_MAX] = {
	[UNIT_NONE] = {"value", 1},  [UNIT_COUNT] = {"count", 1},
	[UNIT_BYTES] = {"bytes", 1}, [UNIT_PAGES] = {"pages", 1},
	[UNIT_DUR] = {"ns", 1},	     [UNIT_PERCENT] = {"percent", 1000},
	[UNIT_BPS] = {"bytes/s", 1}, [UNIT_PER_SEC] = {"per s", 1000},
	[UNIT_TEXT] = {NULL, 0},
};

/* The parts that all events have; the caller goes on with ",..." and "}". */
static void put_event(struct trace *t, char kind, size_t thread, const char *name)
{
	fprintf(t->out, "%s\n{\"ph\":\"%c\",\"pid\":%zu,\"tid\":%zu,\"name\":", t->sep, kind,
		t->pid, t->pid + thread);
	t->sep = ",";
	markup_json(t->out, name);
}

static void put_time(const struct trace *t, const char *key, int64_t ns)
{
	fprintf(t->out, ",\"%s\":%.3f", key, (double)ns / NSEC_PER_USEC);
}

/* A moment of the trial in the trace. A record that was written by hand may say anything. */
static void put_ts(const struct trace *t, int64_t ns)
{
	int64_t at;

	put_time(t, "ts", __builtin_add_overflow(t->offset_ns, ns, &at) || at < 0 ? 0 : at);
}

static void put_name(struct trace *t, const char *what, size_t thread, const char *name)
{
	put_event(t, 'M', thread, what);
	fputs(",\"args\":{\"name\":", t->out);
	markup_json(t->out, name);
	fputs("}}", t->out);
}

static void put_names(struct trace *t)
{
	char name[512];

	snprintf(name, sizeof(name), "%s %s", verdict_words[t->r->verdict], t->r->spec.name);
	put_name(t, "process_name", 0, name);
	put_name(t, "thread_name", 1, "phases");
	put_name(t, "thread_name", 2, "events");
}

/* A phase ends where the next one begins, the last one with the trial. */
static int64_t phase_end(const struct record *r, size_t event)
{
	for (size_t i = event + 1; i < r->n_events; i++)
		if (r->events[i].kind == EV_PHASE)
			return r->events[i].t_ns;
	return MAX(r->duration_ns, r->events[event].t_ns);
}

static void put_phase(struct trace *t, size_t event)
{
	const struct event *e = &t->r->events[event];
	bool known = e->phase >= 0 && (size_t)e->phase < t->r->spec.n_phases;
	const struct spec_phase *p = known ? &t->r->spec.phases[e->phase] : NULL;

	put_event(t, 'X', 1, p ? p->name : e->text);
	put_ts(t, e->t_ns);
	put_time(t, "dur", MAX(phase_end(t->r, event), 0) - MAX(e->t_ns, 0));
	fputs(",\"args\":{\"does\":", t->out);
	markup_json(t->out, p ? p->action_text : "");
	fputs("}}", t->out);
}

static void put_instant(struct trace *t, const struct event *e)
{
	put_event(t, 'i', 2, e->text);
	fprintf(t->out, ",\"cat\":\"%s\",\"s\":\"t\"", event_words[e->kind]);
	put_ts(t, e->t_ns);
	fputc('}', t->out);
}

static void put_events(struct trace *t)
{
	for (size_t i = 0; i < t->r->n_events; i++) {
		if (t->r->events[i].kind == EV_PHASE)
			put_phase(t, i);
		else
			put_instant(t, &t->r->events[i]);
	}
}

static void put_sample(struct trace *t, const struct column *c, int64_t t_ns, int64_t v)
{
	int64_t per_one = units[c->unit].per_one;

	put_event(t, 'C', 1, c->name);
	put_ts(t, t_ns);
	fprintf(t->out, ",\"args\":{\"%s\":", units[c->unit].key);
	if (per_one == 1)
		fprintf(t->out, "%" PRId64 "}}", v);
	else
		fprintf(t->out, "%.3f}}", (double)v / (double)per_one);
}

/* A counter keeps its value until the next one: what did not move is written at the end only. */
static void put_counter(struct trace *t, const struct column *c, size_t at)
{
	const struct record *r = t->r;
	int64_t last = VALUE_ABSENT;

	for (size_t i = 0; i < r->n_samples; i++) {
		int64_t v = r->samples[i * r->n_sampled + at];

		if (v == VALUE_ABSENT || v == VALUE_MAX || (v == last && i + 1 < r->n_samples))
			continue;
		put_sample(t, c, r->samples_t[i], v);
		last = v;
	}
}

static void put_counters(struct trace *t)
{
	size_t at = 0;

	for (size_t i = 0; i < t->r->n_columns && t->r->n_samples; i++) {
		const struct column *c = &t->r->columns[i];

		if (!c->sampled)
			continue;
		if (units[c->unit].key)
			put_counter(t, c, at);
		at++;
	}
}

/* Of the trials that began: one that was skipped has no time. */
static int64_t first_start(const struct run *run)
{
	int64_t first = INT64_MAX;

	for (size_t i = 0; i < run->n_trials; i++)
		if (run->trials[i]->started_unix_ns > 0)
			first = MIN(first, run->trials[i]->started_unix_ns);
	return first;
}

static int perfetto_end(const struct run *run, FILE *out, const struct report_options *o,
			struct err *err)
{
	struct trace t = {.out = out, .sep = ""};
	int r = 0;

	(void)o;
	fputs("{\"displayTimeUnit\":\"ms\",\"otherData\":{\"tool\":", out);
	markup_json(out, run->tool);
	fputs(",\"command\":", out);
	markup_json(out, run->command);
	fputs("},\"traceEvents\":[", out);
	for (size_t i = 0; i < run->n_trials && r == 0; i++) {
		t.r = run->trials[i];
		t.pid = 10 * (i + 1);
		t.offset_ns = MAX(t.r->started_unix_ns - first_start(run), 0);
		put_names(&t);
		put_events(&t);
		put_counters(&t);
		r = report_flush(out, err);
	}
	if (r < 0)
		return r;
	fputs("\n]}\n", out);
	return report_flush(out, err);
}

const struct report_format report_perfetto = {
	.name = "perfetto",
	.help = "a trace for ui.perfetto.dev: every sample as a counter, phases, events",
	.end = perfetto_end,
};
