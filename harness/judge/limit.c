/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A limit holds, whether the profile asks or not: no group's usage ever was above its memory.max.
 */
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "judge/budget.h"
#include "judge/value.h"
#include "judge/verdict.h"

static int64_t get(const struct record *r, const struct reading *rd, const char *path,
		   const char *key)
{
	char name[METRIC_NAME_MAX];

	snprintf(name, sizeof(name), "%s/%s", path, key);
	return record_value(r, rd, name);
}

/* The highest limit that was in force; VALUE_ABSENT when it is not known. */
static int64_t highest_limit(const struct record *r, const char *path)
{
	int64_t highest = VALUE_ABSENT, limit;

	for (size_t i = 0; i < r->n_readings; i++) {
		if (!r->readings[i].done || !r->readings[i].values)
			continue;
		limit = get(r, &r->readings[i], path, "memory.max");
		if (limit == VALUE_ABSENT)
			return VALUE_ABSENT;
		highest = highest == VALUE_ABSENT ? limit : MAX(highest, limit);
	}
	return highest;
}

/* The highest value that was read or sampled; 0 when it was never looked at. */
static int64_t highest(const struct record *r, const char *path, const char *key)
{
	char name[METRIC_NAME_MAX];
	int64_t most = 0;
	size_t place = 0;
	int column;

	snprintf(name, sizeof(name), "%s/%s", path, key);
	column = record_column(r, name);
	for (size_t i = 0; i < r->n_readings && column >= 0; i++)
		if (r->readings[i].done && r->readings[i].values)
			most = MAX(most, r->readings[i].values[column]);
	if (column < 0 || !r->columns[column].sampled)
		return most;
	for (int i = 0; i < column; i++)
		place += r->columns[i].sampled;
	for (size_t i = 0; i < r->n_samples; i++)
		most = MAX(most, r->samples[i * r->n_sampled + place]);
	return most;
}

/*
 * Of the peak, as mm/page_counter.c:page_counter_try_charge() raises it only for what the limit
 * lets through, while usage shows a charge for a moment that is then refused. Beyond the limit goes
 * what may not fail (mm/memcontrol.c:try_charge_memcg(), `force`): pages for reclaim itself
 * (PF_MEMALLOC), __GFP_NOFAIL of file systems, __GFP_HIGH of interrupts. Reclaim takes
 * SWAP_CLUSTER_MAX, 32 pages, at a time, and each needs less than a page; a file system one more
 * for a page of its blocks: together 64 on each CPU. A packet that arrives is charged in a soft
 * interrupt, all of it by __GFP_HIGH (include/net/sock.h:gfp_memcg_charge()): sockets fill beyond
 * the limit until something else of the group is charged.
 */
static void judge_limit(struct judging *j, const char *path, int64_t limit, int64_t peak)
{
	const struct record *r = j->r;
	char name[METRIC_NAME_MAX], a[QUANTITY_MAX], b[QUANTITY_MAX], c[QUANTITY_MAX],
		d[QUANTITY_MAX];
	int64_t sockets = highest(r, path, "memory.stat.sock");
	struct budget budget = {0};
	struct check_verdict *v;

	budget_add_sides(&budget, 0, 64 * r->page_size * r->cpus, "charges that may not fail");
	if (sockets > 0)
		budget_add_sides(&budget, 0, sockets, "packets that arrived in sockets");
	snprintf(name, sizeof(name), "%s: never above memory.max", path);
	v = verdict_add(j, name, CHECK_TRIAL);
	v->value = v->compared = peak;
	v->high = value_plus(limit, budget.high);
	memcpy(v->terms, budget.terms, sizeof(v->terms));
	v->n_terms = budget.n;
	v->tolerance = budget.sum;
	snprintf(v->expected, sizeof(v->expected), "at most %s",
		 quantity_format(a, limit, UNIT_BYTES));
	if (peak <= v->high)
		verdict_set(j, v, V_PASS, RANK_PASS, "%s", "");
	else
		verdict_set(j, v, V_FAIL, RANK_FAIL,
			    "%s used %s at its peak, %s of it beyond its memory.max of %s (%s "
			    "tolerated): the limit does not hold",
			    path, quantity_format(a, peak, UNIT_BYTES),
			    quantity_format(b, peak - limit, UNIT_BYTES),
			    quantity_format(c, limit, UNIT_BYTES),
			    quantity_format(d, budget.high, UNIT_BYTES));
}

void judge_limits(struct judging *j)
{
	const struct record *r = j->r;

	for (size_t g = 0; g < r->spec.n_groups; g++) {
		const char *path = r->spec.groups[g].path;
		int64_t limit = highest_limit(r, path);
		int64_t peak = get(r, last_reading(r), path, "memory.peak");

		if (limit != VALUE_ABSENT && limit != VALUE_MAX && peak != VALUE_ABSENT)
			judge_limit(j, path, limit, peak);
	}
}
