/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The rounds of a load, and its part of the table. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>

#include <jansson.h>

#include "base/cleanup.h"
#include "base/table.h"
#include "fixture.h"
#include "load.h"

const struct table_column load_columns[LOAD_COLUMNS] = {
	{.title = ""},
	{.title = "median", .align = ALIGN_RIGHT},
	{.title = "least", .align = ALIGN_RIGHT},
	{.title = "most", .align = ALIGN_RIGHT},
	{.title = "unit"},
	{.title = "on the clock", .align = ALIGN_RIGHT},
	{.title = "target", .align = ALIGN_RIGHT},
	{.title = ""},
};

static bool is_peer(const struct way *w)
{
	return w->argv;
}

static int measure_way(struct run_of *run, struct measured *ret, struct err *err)
{
	const struct way *w = run->way;

	if (is_peer(w) && !peer_there(w->argv[0]))
		return err_set_class(err, ERR_SKIP, -ENOENT, "%s is not installed", w->argv[0]);
	if (w->special)
		return w->special(run, ret, err);
	if (w->technique)
		return technique_measure(run, ret, err);
	return is_peer(w) ? peer_measure(run, ret, err) : ours_measure(run, ret, err);
}

static int run_way(struct bench *b, const struct load *l, const struct way *w, struct measured *ret,
		   struct err *err)
{
	struct run_of run = {.b = b, .way = w, .limit = l->limit, .scratch = -1, .mount = -1};
	struct err end = {0};
	int r = cell_open(&run, err), e;

	if (r == 0)
		r = measure_way(&run, ret, err);
	e = cell_close(&run, &end);
	return r < 0 ? r : e < 0 ? err_set(err, e, "%s", end.text) : 0;
}

int load_round(struct bench *b, const struct load *l, struct load_result *res, struct err *err)
{
	for (size_t i = 0; i < l->n_ways; i++) {
		const struct way *w = &l->ways[i];
		struct measured m = {0};
		struct err why = {0};

		if ((is_peer(w) && (!b->peers || b->perf_on)) || res->why[i][0])
			continue;
		if (run_way(b, l, w, &m, &why) < 0) {
			snprintf(res->why[i], sizeof(res->why[i]), "%s", why.text);
			/* What others do is no error of ours; neither is what this kernel lacks. */
			if (!is_peer(w) && why.class != ERR_SKIP)
				return err_set(err, -EIO, "%s: %s", w->text, why.text);
			continue;
		}
		if (b->warm && res->n[i] < ROUNDS_MAX)
			res->m[i][res->n[i]++] = m;
	}
	return 0;
}

double way_value(const struct way *w, const struct measured *m)
{
	switch (w->of) {
	case OF_RATE:
		return m->cpu_s > 0 ? m->work * w->scale / m->cpu_s : 0;
	case OF_CLOCK:
		return m->wall_s > 0 ? m->work * w->scale / m->wall_s : 0;
	case OF_MS:
		return m->wall_s * 1000;
	default:
		return m->work * w->scale;
	}
}

static void spread(struct table *t, const double *x, int n, int digits, const char *unit)
{
	double least = x[0], most = x[0];

	for (int i = 1; i < n; i++) {
		least = MIN(least, x[i]);
		most = MAX(most, x[i]);
	}
	table_cell(t, STYLE_BOLD, "%.*f", digits, bench_median(x, n));
	table_cell(t, STYLE_DIM, "%.*f", digits, least);
	table_cell(t, STYLE_DIM, "%.*f", digits, most);
	table_cell(t, STYLE_PLAIN, "%s", unit);
}

static bool judge(struct table *t, double median, double target, bool at_most)
{
	bool missed = at_most ? median > target : median < target;

	table_cell(t, STYLE_PLAIN, "%s %g", at_most ? "<=" : ">=", target);
	table_cell(t, missed ? STYLE_BOLD_RED : STYLE_GREEN, missed ? "MISSED" : "met");
	return missed;
}

static bool print_way(const struct load *l, const struct load_result *res, int i, struct table *t)
{
	const struct way *w = &l->ways[i];
	double x[ROUNDS_MAX], clock[ROUNDS_MAX];
	int n = res->n[i];

	if (!n && !res->why[i][0])
		return false;
	table_row(t);
	table_cell(t, STYLE_PLAIN, "%s", w->text);
	if (!n) {
		table_cell(t, STYLE_DIM, "-");
		table_cell(t, STYLE_DIM, "-");
		table_cell(t, STYLE_DIM, "-");
		table_cell(t, STYLE_DIM, "%s", res->why[i]);
		return false;
	}
	for (int r = 0; r < n; r++) {
		x[r] = way_value(w, &res->m[i][r]);
		clock[r] = res->m[i][r].work * w->scale / MAX(res->m[i][r].wall_s, 1e-9);
	}
	spread(t, x, n, w->digits, w->unit);
	if (w->of == OF_RATE)
		table_cell(t, STYLE_DIM, "%.*f/s", w->digits, bench_median(clock, n));
	else
		table_cell(t, STYLE_DIM, "%s", "");
	return w->target > 0 && judge(t, bench_median(x, n), w->target, w->at_most);
}

/* The best of the others in that round; 0 when none of them ran. */
static double best_of(const struct load *l, const struct load_result *res, const struct ratio *q,
		      int round)
{
	double best = 0;

	for (size_t i = 0; i < l->n_ways; i++) {
		struct way w = l->ways[i];
		double x;

		if (!(q->over & 1U << i) || round >= res->n[i])
			continue;
		w.of = w.of == OF_RATE ? q->of : w.of;
		x = way_value(&w, &res->m[i][round]);
		if (best <= 0 || (w.of == OF_MS ? x < best : x > best))
			best = x;
	}
	return best;
}

static bool print_ratio(const struct load *l, const struct load_result *res, const struct ratio *q,
			struct table *t)
{
	struct way w = l->ways[q->way];
	double x[ROUNDS_MAX];
	int n = 0;

	w.of = w.of == OF_RATE ? q->of : w.of;
	for (int r = 0; r < res->n[q->way]; r++) {
		double ours = way_value(&w, &res->m[q->way][r]), theirs = best_of(l, res, q, r);

		if (ours > 0 && theirs > 0)
			x[n++] = w.of == OF_MS ? theirs / ours : ours / theirs;
	}
	if (!n)
		return false;
	table_row(t);
	table_cell(t, STYLE_PLAIN, "  %s", q->text);
	spread(t, x, n, 2, "x");
	table_cell(t, STYLE_PLAIN, "%s", "");
	return q->target > 0 && judge(t, bench_median(x, n), q->target, false);
}

int load_print(const struct load *l, const struct load_result *res, struct table *t)
{
	int missed = 0;

	table_line(t, STYLE_BOLD, "%s", l->heading);
	for (size_t i = 0; i < l->n_ways; i++)
		missed += print_way(l, res, (int)i, t);
	for (size_t i = 0; i < l->n_ratios; i++)
		missed += print_ratio(l, res, &l->ratios[i], t);
	return missed;
}

static json_t *way_json(const struct load *l, const struct load_result *res, size_t i)
{
	const struct way *w = &l->ways[i];
	json_t *rounds = json_array();

	for (int r = 0; r < res->n[i]; r++)
		json_array_append_new(rounds, json_pack("{s:f,s:f,s:f,s:f}", "value",
							way_value(w, &res->m[i][r]), "work",
							res->m[i][r].work * w->scale, "cpu_seconds",
							res->m[i][r].cpu_s, "seconds",
							res->m[i][r].wall_s));
	return json_pack("{s:s,s:s,s:s,s:s,s:o}", "load", l->name, "way", w->text, "unit", w->unit,
			 "why_not", res->why[i], "rounds", rounds);
}

int load_save(const struct bench *b, const char *path, const struct load_result *results,
	      struct err *err)
{
	json_t *all = json_array(), *root;
	struct utsname u;
	int r;

	uname(&u);
	for (size_t k = 0; loads[k]; k++)
		for (size_t i = 0; i < loads[k]->n_ways; i++)
			if (results[k].n[i] || results[k].why[i][0])
				json_array_append_new(all, way_json(loads[k], &results[k], i));
	root = json_pack("{s:s,s:s,s:s,s:i,s:I,s:i,s:i,s:o}", "memtrial", MT_VERSION, "kernel",
			 u.release, "cpu", b->machine.cpu_model, "cpus", b->machine.cpus_online,
			 "memory", (json_int_t)b->machine.mem_total, "cgroup",
			 b->machine.memcg_version, "rounds", b->rounds, "ways", all);
	r = json_dump_file(root, path, JSON_INDENT(1)) < 0
		    ? err_set(err, -EIO, "cannot write %s", path)
		    : 0;
	json_decref(root);
	return r;
}
