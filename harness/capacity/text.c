/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <math.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "base/table.h"
#include "capacity/capacity.h"
#include "capacity/inside.h"

/* To four digits: more say nothing, and quantity_format() would show every page. */
static char *size(char buf[QUANTITY_MAX], int64_t v)
{
	static const char units[] = "KMGT";
	double d = (double)v / KIB;
	int u = 0;

	for (; d >= 1000 && u < 3; u++)
		d /= 1024;
	snprintf(buf, QUANTITY_MAX, "%.4g%c", d, units[u]);
	return buf;
}

/* A size, or a number of copies. */
static char *amount(char buf[QUANTITY_MAX], const struct study *s, int64_t v)
{
	if (!questions[s->config.question].number)
		return size(buf, v);
	snprintf(buf, QUANTITY_MAX, "%lld", (long long)v);
	return buf;
}

static void write_sure(const struct search_answer *a, FILE *out)
{
	fprintf(out, "sure to %.1f %%%s\n", 100 * a->sure,
		a->done ? "" : ": not as narrow as asked for, the runs differ too much");
}

static void write_probes(const struct study *s, FILE *out)
{
	fprintf(out, "  %zu probes (a bisection whose outcomes are never wrong: %d)", s->n_probes,
		s->search.bisect);
	if (s->resumed)
		fprintf(out, ", %d runs of them from %s", s->resumed, s->config.state);
	fputc('\n', out);
}

/* The most that is fine: the edge of the search is the least that is not. */
static void write_most(const struct study *s, const struct search_answer *a, FILE *out)
{
	char low[QUANTITY_MAX], high[QUANTITY_MAX], room[QUANTITY_MAX];
	const struct study_config *c = &s->config;
	bool copies = c->question == ASK_NEIGHBOURS;

	amount(low, s, a->low);
	amount(high, s, a->high);
	size(room, c->room);
	if (!s->n_probes)
		fprintf(out, "%s: nothing is known yet\n", c->title);
	else if (a->where == SEARCH_BELOW)
		fprintf(out, "%s: %s%s is too much already, the least of the range\n", c->title,
			copies ? "" : "a hog of ", low);
	else if (a->where == SEARCH_ABOVE)
		fprintf(out, "%s: %s%s is fine, the most of the range\n", c->title,
			copies ? "" : "a hog of ", high);
	else if (copies && a->done)
		fprintf(out, "%s copies of %s fit %s\n", low, c->title, room);
	else if (copies)
		fprintf(out, "%s to %lld copies of %s fit %s\n", low, (long long)a->high - 1,
			c->title, room);
	else
		fprintf(out, "%s keeps its objectives beside a hog of up to %s in %s\n", c->title,
			low, room);
	if (s->n_probes && a->where == SEARCH_WITHIN) {
		fprintf(out, "  %s is too much; ", high);
		write_sure(a, out);
	}
	write_probes(s, out);
}

static void write_answer(const struct study *s, const struct search_answer *a, FILE *out)
{
	char best[QUANTITY_MAX], half[QUANTITY_MAX], low[QUANTITY_MAX], high[QUANTITY_MAX];
	const char *title = s->config.title;

	size(low, a->low);
	size(high, a->high);
	if (!s->n_probes) {
		fprintf(out, "%s: nothing is known yet\n", title);
	} else if (a->where == SEARCH_BELOW) {
		fprintf(out, "%s does with %s, the least of the range\n", title, low);
	} else if (a->where == SEARCH_ABOVE) {
		fprintf(out, "%s: not even %s, the most of the range, is enough\n", title, high);
	} else {
		fprintf(out, "%s needs %s ± %s\n", title, size(best, a->best),
			size(half, (a->high - a->low + 1) / 2));
		fprintf(out, "  more than %s, at most %s; ", low, high);
		write_sure(a, out);
	}
	write_probes(s, out);
}

char *capacity_says(const struct study *s, char buf[CAPACITY_SAYS_MAX])
{
	char low[QUANTITY_MAX], high[QUANTITY_MAX];
	bool most = questions[s->config.question].most;
	struct search_answer a;

	search_answer(&s->search, &a);
	amount(low, s, a.low);
	amount(high, s, a.high);
	if (!s->n_probes)
		snprintf(buf, CAPACITY_SAYS_MAX, "not known");
	else if (a.where == SEARCH_BELOW)
		snprintf(buf, CAPACITY_SAYS_MAX, most ? "less than %s" : "%s or less", low);
	else if (a.where == SEARCH_ABOVE)
		snprintf(buf, CAPACITY_SAYS_MAX, most ? "%s or more" : "more than %s", high);
	else if (!most)
		snprintf(buf, CAPACITY_SAYS_MAX, "%s ± %s", size(low, a.best),
			 size(high, (a.high - a.low + 1) / 2));
	else if (a.high - a.low == 1)
		snprintf(buf, CAPACITY_SAYS_MAX, "%s", low);
	else
		snprintf(buf, CAPACITY_SAYS_MAX, "%s, not %s", low, high);
	return buf;
}

static const char *yardstick(const struct study *s)
{
	if (!s->config.command)
		return questions[s->config.question].most ? "with the least of the range"
							  : "with the most of the range";
	return s->config.question == ASK_LIMIT ? "without a limit" : "alone";
}

static void write_reference(const struct study *s, FILE *out)
{
	char runtime[QUANTITY_MAX], peak[QUANTITY_MAX], text[QUANTITY_MAX];

	if (!s->n_references)
		return;
	quantity_format(runtime, s->runtime_ns / 1000000 * 1000000, UNIT_DUR);
	fprintf(out, "\n%s: runtime %s ± %.0f %%, peak %s (%zu run%s after one to warm up)\n",
		yardstick(s), runtime, 100 * s->runtime_noise,
		size(peak, s->references[s->n_references - 1].peak), s->n_references - 1,
		s->n_references == 2 ? "" : "s");
	fprintf(out, "objectives: no OOM kill");
	for (int i = 0; i < s->n_objectives; i++) {
		const struct objective *o = &s->objectives[i];

		fprintf(out, "; %s", o->text);
		if (o->relative)
			fprintf(out, " of %s", number_text(text, s->reference[i], o->unit));
	}
	fputc('\n', out);
}

static void add_row(struct table *t, const struct study *s, const struct curve_point *c)
{
	char a[QUANTITY_MAX], b[QUANTITY_MAX], pressure[16] = "";
	const struct probe *p = c->typical;

	if (!isnan(p->psi_full))
		snprintf(pressure, sizeof(pressure), "%.1f%%", p->psi_full / 1000);
	table_row(t);
	table_cell(t, STYLE_PLAIN, "%s", amount(a, s, p->value));
	table_cell(t, STYLE_PLAIN, "%d", c->runs);
	table_cell(t, STYLE_PLAIN, "%s",
		   p->runtime_ns == VALUE_ABSENT
			   ? ""
			   : quantity_format(b, p->runtime_ns / 1000000 * 1000000, UNIT_DUR));
	if (p->outcome == PROBE_FINISHED && s->runtime_ns > 0)
		table_cell(t, STYLE_PLAIN, "%.0f%%",
			   100.0 * (double)p->runtime_ns / (double)s->runtime_ns);
	else
		table_cell(t, STYLE_PLAIN, "%s", "");
	if (p->refaults == VALUE_ABSENT)
		table_cell(t, STYLE_PLAIN, "%s", "");
	else
		table_cell(t, STYLE_PLAIN, "%lld", (long long)p->refaults);
	table_cell(t, STYLE_PLAIN, "%s", pressure);
	if (p->broke >= 0)
		table_cell(t, STYLE_YELLOW, "%s, not %s",
			   number_text(a, p->number[p->broke], s->objectives[p->broke].unit),
			   s->objectives[p->broke].text);
	else
		table_cell(t, p->enough ? STYLE_GREEN : STYLE_RED, "%s%s", probe_words[p->outcome],
			   c->enough && c->enough < c->runs ? ", not always" : "");
}

static void write_curve(const struct study *s, FILE *out, bool colour)
{
	const struct table_column columns[] = {
		{questions[s->config.question].what, ALIGN_RIGHT, 0},
		{"runs", ALIGN_RIGHT, 0},
		{"runtime", ALIGN_RIGHT, 0},
		{questions[s->config.question].most ? "of alone" : "of free", ALIGN_RIGHT, 0},
		{"refaults", ALIGN_RIGHT, 0},
		{"full stall", ALIGN_RIGHT, 0},
		{"outcome", ALIGN_LEFT, 0},
	};
	const struct table_look look = {.indent = 2, .colour = colour};
	struct arena a = {0};
	struct curve_point *points;
	struct table t;
	size_t n = curve_of(s, &a, &points);

	if (!n)
		return;
	fputc('\n', out);
	table_init(&t, &a, columns, ARRAY_SIZE(columns));
	for (size_t i = 0; i < n; i++)
		add_row(&t, s, &points[i]);
	table_write(&t, out, &look);
	arena_free(&a);
}

static void write_edge(const struct search *search, const char *name, const char *what, FILE *out)
{
	struct search_answer a;
	char low[QUANTITY_MAX], high[QUANTITY_MAX];

	search_answer(search, &a);
	size(low, a.low);
	size(high, a.high);
	if (a.where == SEARCH_BELOW)
		fprintf(out, "  %-12s below %-22s %s\n", name, low, what);
	else if (a.where == SEARCH_ABOVE)
		fprintf(out, "  %-12s above %-22s %s\n", name, high, what);
	else
		fprintf(out, "  %-12s %9s .. %-15s %s\n", name, low, high, what);
}

/* Does it end by itself, but not as it should, with any limit that is too little? */
static bool has_slope(const struct study *s, const struct search_answer *a)
{
	for (size_t i = 0; i < s->n_probes; i++)
		if (s->probes[i].broke >= 0 && s->probes[i].value <= a->low)
			return true;
	return false;
}

void capacity_text(const struct study *s, FILE *out, bool colour)
{
	struct search_answer a;

	search_answer(&s->search, &a);
	if (questions[s->config.question].most)
		write_most(s, &a, out);
	else
		write_answer(s, &a, out);
	write_reference(s, out);
	write_curve(s, out, colour);
	if (!s->n_probes || s->config.question != ASK_LIMIT)
		return;
	fprintf(out, "\nknee%s\n",
		s->config.knee ? "" : " (as far as these probes show it; --knee looks closer)");
	write_edge(&s->cliff, "cliff", "below it the OOM killer ends it", out);
	if (has_slope(s, &a))
		write_edge(&s->search, "slope", "below it an objective is missed", out);
	else
		fprintf(out, "  %-12s %-28s nothing between fine and ended\n", "slope", "none");
	if (s->easy.probes)
		write_edge(&s->easy, "comfortable", "from there on as fast as without a limit",
			   out);
}
