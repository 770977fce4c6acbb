/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The end of the report for people: one row a trial, totals, how to run it again. */
#include <string.h>

#include "base/cleanup.h"
#include "base/table.h"
#include "base/words.h"
#include "report/parts.h"
#include "report/text_parts.h"

struct check_counts count_checks(const struct record *r)
{
	struct check_counts c = {0};

	for (size_t i = 0; i < r->n_verdicts; i++) {
		if (r->verdicts[i].verdict == V_SKIP) {
			c.skipped++;
			continue;
		}
		c.judged++;
		c.passed += r->verdicts[i].verdict == V_PASS;
	}
	return c;
}

/* Why it did not pass, in its first sentence. */
static const char *why_of(struct arena *a, const struct record *r)
{
	const char *why = record_why(r), *end;
	struct check_counts c = count_checks(r);

	if (r->verdict == V_PASS)
		return c.skipped ? arena_printf(a, "%zu %s skipped", c.skipped,
						c.skipped == 1 ? "check" : "checks")
				 : "";
	/* "64M .. 65M" is no end of a sentence. */
	end = strstr(why, ". ");
	while (end && (end == why || end[-1] == '.' || end[-1] == ' '))
		end = strstr(end + 1, ". ");
	return arena_strndup(a, why, end ? (size_t)(end - why) + 1 : strlen(why));
}

/* A sentence that is too long for the table goes under its row, broken into lines. */
static void put_under(struct table *t, const char *why, size_t width)
{
	while (*why) {
		size_t n = text_fit(why, width);

		table_line(t, STYLE_DIM, "    %.*s", (int)n, why);
		why += n;
		while (*why == ' ')
			why++;
	}
}

static void put_trial(struct table *t, const struct record *r, size_t room, size_t width)
{
	struct check_counts c = count_checks(r);
	const char *why = why_of(t->arena, r);

	table_row(t);
	table_cell(t, STYLE_PLAIN, "%s", r->spec.name);
	table_cell(t, verdict_style(r->verdict), "%s", verdict_words[r->verdict]);
	if (c.judged)
		table_cell(t, STYLE_PLAIN, "%zu/%zu", c.passed, c.judged);
	else
		table_cell(t, STYLE_PLAIN, "-");
	if (r->duration_ns > 0)
		table_cell(t, STYLE_PLAIN, "%.2fs", (double)r->duration_ns / NSEC_PER_SEC);
	else
		table_cell(t, STYLE_PLAIN, "-");
	if (text_width(why) <= room)
		table_cell(t, STYLE_DIM, "%s", why);
	else
		put_under(t, why, width - 4);
}

/* Columns left for the reasons beside the widest name and the numbers. */
static size_t room_for_why(const struct run *run, size_t width)
{
	size_t used = 0;

	for (size_t i = 0; i < run->n_trials; i++)
		used = MAX(used, text_width(run->trials[i]->spec.name));
	used += sizeof("  verdict  checks  12345.67s  ") - 1;
	return used < width ? width - used : 0;
}

static void put_machine(struct text_out *o, const struct record *r)
{
	const char *kernel = record_fact(r, "kernel");

	if (kernel)
		out_words(o, STYLE_PLAIN, " on Linux %s", kernel);
	if (r->cpus > 0)
		out_words(o, STYLE_PLAIN, ", %d %s", r->cpus, r->cpus == 1 ? "CPU" : "CPUs");
	if (r->cgroup_version > 0)
		out_words(o, STYLE_PLAIN, ", cgroup v%d", r->cgroup_version);
}

static void put_totals(struct text_out *o, const struct run *run)
{
	static const char *const words[V_MAX] = {"passed", "failed", "broken", "skipped"};
	static const enum verdict order[] = {V_PASS, V_FAIL, V_BROKEN, V_SKIP};
	size_t n[V_MAX] = {0};
	int64_t ns = 0;

	for (size_t i = 0; i < run->n_trials; i++) {
		n[run->trials[i]->verdict]++;
		ns += run->trials[i]->duration_ns;
	}
	out_put(o, STYLE_PLAIN, "%zu %s: ", run->n_trials, run->n_trials == 1 ? "trial" : "trials");
	for (size_t i = 0, shown = 0; i < ARRAY_SIZE(order); i++) {
		if (!n[order[i]])
			continue;
		out_put(o, verdict_style(order[i]), "%s%zu %s", shown++ ? ", " : "", n[order[i]],
			words[order[i]]);
	}
	out_put(o, STYLE_PLAIN, " in %.2fs", (double)ns / NSEC_PER_SEC);
	if (run->n_trials)
		put_machine(o, run->trials[0]);
}

int text_summary(const struct run *run, FILE *out, const struct report_options *options)
{
	static const struct table_column columns[] = {
		{.title = "trial", .shrink_to = 20},
		{.title = "verdict"},
		{.title = "checks", .align = ALIGN_RIGHT},
		{.title = "time", .align = ALIGN_RIGHT},
		{.title = "why"},
	};
	struct table_look look = {.colour = options->colour};
	struct arena arena = {0};
	struct text_out o;
	struct table t;

	out_init(&o, out, options);
	look.max_width = o.width;
	table_init(&t, &arena, columns, ARRAY_SIZE(columns));
	for (size_t i = 0; i < run->n_trials; i++)
		put_trial(&t, run->trials[i], room_for_why(run, o.width), o.width);
	table_write(&t, out, &look);
	arena_free(&arena);

	out_gap(&o);
	put_totals(&o, run);
	if (run->command && *run->command) {
		out_line(&o, 0);
		out_put(&o, STYLE_DIM, "run again: ");
		out_put(&o, STYLE_PLAIN, "%s", run->command); /* unbroken, to be copied */
	}
	out_line(&o, 0);
	return 0;
}
