/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Two sources for the same memory must agree: usage of a group against the sum of its parts, and
 * the workers' own RSS against what the group says of anonymous memory. Only readings that were
 * settled, as several files cannot be read at one moment.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "judge/budget.h"
#include "judge/value.h"
#include "judge/verdict.h"

#define SETTLED_FOR_SUM (SETTLED_STOCK | SETTLED_RSTAT | SETTLED_STILL)

/* Of one group in one reading. */
struct group_view {
	const struct record *r;
	const struct reading *rd;
	const char *path;
	int group;
};

static int column_of(const struct group_view *g, const char *key)
{
	char name[METRIC_NAME_MAX];

	snprintf(name, sizeof(name), "%s/%s", g->path, key);
	return record_column(g->r, name);
}

static int64_t get(const struct group_view *g, const char *key)
{
	int column = column_of(g, key);

	return column < 0 ? VALUE_ABSENT : g->rd->values[column];
}

static int64_t get_or_0(const struct group_view *g, const char *key)
{
	int64_t v = get(g, key);

	return v == VALUE_ABSENT ? 0 : v;
}

static int64_t noise(const struct group_view *g, const char *key)
{
	int column = column_of(g, key);

	return column < 0 ? 0 : g->r->columns[column].noise;
}

/*
 * mm/memcontrol.c: what the page counter of v2 is made of. Percpu, vmalloc, page tables, stacks,
 * slab and zswap are all in "kernel" (MEMCG_KMEM). v1 has no "sock": those pages are in a counter
 * of their own.
 */
static const struct part {
	const char *key;
	bool must;
} parts[] = {
	{"memory.stat.anon", true},  {"memory.stat.file", true},     {"memory.stat.kernel", true},
	{"memory.stat.sock", false}, {"memory.stat.hugetlb", false},
};

static int64_t sum_of_parts(const struct group_view *g)
{
	int64_t sum = 0, v;

	for (size_t i = 0; i < ARRAY_SIZE(parts); i++) {
		v = get(g, parts[i].key);
		if (v == VALUE_ABSENT && parts[i].must)
			return VALUE_ABSENT;
		sum += v == VALUE_ABSENT ? 0 : v;
	}
	return sum;
}

static int64_t swap_cache(const struct group_view *g)
{
	int64_t own = get(g, "memory.stat.swapcached");
	int64_t all = record_value(g->r, g->rd, "meminfo.SwapCached");

	/* v1 lists it since 6.6; before that what the whole machine has is the limit. */
	return own != VALUE_ABSENT ? own : all != VALUE_ABSENT ? all : 0;
}

/*
 * Slab that is freed after the drain refills the stock (obj_cgroup_uncharge_pages), object stocks
 * hold up to a page a CPU; pages of the swap cache that nobody maps are in neither anon nor file
 * (mm/swap_state.c:add_to_swap_cache() counts them as file pages of the node only); of a THP that
 * is mapped in part the rest is charged, but not counted as anon (mm/huge_memory.c, deferred
 * split).
 */
static void sum_budget(struct budget *b, const struct group_view *g)
{
	int64_t page = g->r->page_size;
	int64_t moving = 0;

	budget_add(b, page * g->r->cpus, "object stock, 1 page x %d CPUs", g->r->cpus);
	if (!(g->rd->settled & SETTLED_SLAB))
		budget_add_sides(b, 0, 64 * page * g->r->cpus,
				 "charge stock refilled by slab that was being freed");
	budget_add_sides(b, 0, swap_cache(g), "swap cache that is not mapped");
	budget_add_sides(b, 0, get_or_0(g, "memory.stat.anon_thp"), "huge pages mapped in part");
	for (size_t i = 0; i < ARRAY_SIZE(parts); i++)
		moving += noise(g, parts[i].key);
	budget_add(b, MAX(moving, noise(g, "memory.current")), "noise of the control interval");
}

static void put_budget(struct check_verdict *v, const struct budget *b)
{
	for (int i = 0; i < b->n; i++)
		v->terms[i] = b->terms[i];
	v->n_terms = b->n;
	v->tolerance = b->sum;
}

static void cross_sum(struct judging *j, const struct group_view *g)
{
	int64_t current = get(g, "memory.current"), sum = sum_of_parts(g);
	char a[QUANTITY_MAX], c[QUANTITY_MAX], t[QUANTITY_MAX], name[METRIC_NAME_MAX];
	struct budget b = {0};
	struct check_verdict *v;

	if (current == VALUE_ABSENT || sum == VALUE_ABSENT || current == VALUE_MAX)
		return;
	sum_budget(&b, g);
	snprintf(name, sizeof(name), "%s: usage is the sum of its parts", g->path);
	v = verdict_add(j, name, g->rd->phase);
	v->base = sum;
	v->value = v->compared = current;
	v->low = value_plus(sum, -b.low);
	v->high = value_plus(sum, b.high);
	put_budget(v, &b);
	snprintf(v->expected, sizeof(v->expected), "%s", quantity_format(a, sum, UNIT_BYTES));
	if (current >= v->low && current <= v->high)
		verdict_set(j, v, V_PASS, RANK_PASS, "%s", "");
	else
		verdict_set(
			j, v, V_FAIL, RANK_FAIL,
			"%s/memory.current is %s, but anon + file + kernel of its memory.stat are "
			"%s in phase %s (%s tolerated): memory is charged that no part counts, or "
			"counted and not charged",
			g->path, quantity_format(a, current, UNIT_BYTES),
			quantity_format(c, sum, UNIT_BYTES), phase_name(g->r, g->rd->phase),
			quantity_format(t, b.sum, UNIT_BYTES));
}

/*
 * Growth of the RSS of the workers that live in this group alone since the baseline; VALUE_ABSENT
 * when there are none or a number is missing. Growth, because a forked worker's RSS begins with
 * pages of the supervisor, which are charged there.
 */
static int64_t rss_growth(const struct group_view *g, const struct reading *base)
{
	const struct spec *s = &g->r->spec;
	int64_t sum = VALUE_ABSENT, change;
	char name[METRIC_NAME_MAX];

	for (size_t i = 0; i < s->n_stressors; i++) {
		const struct spec_stressor *st = &s->stressors[i];

		if (st->n_groups != 1 || !group_within(s, st->groups[0], g->group))
			continue;
		snprintf(name, sizeof(name), "%s.rss_anon", st->name);
		change = value_minus(record_value(g->r, g->rd, name),
				     record_value(g->r, base, name));
		if (change == VALUE_ABSENT)
			return VALUE_ABSENT;
		sum = (sum == VALUE_ABSENT ? 0 : sum) + change;
	}
	return sum;
}

static void cross_rss(struct judging *j, const struct group_view *g, const struct reading *base)
{
	struct group_view before = *g;
	char a[QUANTITY_MAX], c[QUANTITY_MAX], t[QUANTITY_MAX], name[METRIC_NAME_MAX];
	struct budget b = {0};
	struct check_verdict *v;
	int64_t rss, anon;

	before.rd = base;
	rss = rss_growth(g, base);
	anon = value_minus(get(g, "memory.stat.anon"), get(&before, "memory.stat.anon"));
	if (rss == VALUE_ABSENT || anon == VALUE_ABSENT)
		return;
	budget_add(&b, noise(g, "memory.stat.anon"), "noise of the control interval");
	if (!(base->settled & SETTLED_RSTAT))
		budget_add(&b, 64 * g->r->page_size * g->r->cpus, "memory.stat of the baseline");
	snprintf(name, sizeof(name), "%s: anon holds its workers' RSS", g->path);
	v = verdict_add(j, name, g->rd->phase);
	v->base = rss;
	v->value = v->compared = anon;
	v->low = value_plus(rss, -b.low);
	put_budget(v, &b);
	snprintf(v->expected, sizeof(v->expected), "at least %s",
		 quantity_format_signed(a, rss, UNIT_BYTES));
	if (anon >= v->low)
		verdict_set(j, v, V_PASS, RANK_PASS, "%s", "");
	else
		verdict_set(
			j, v, V_FAIL, RANK_FAIL,
			"the RSS of the workers in %s changed by %s, its memory.stat.anon by %s in "
			"phase %s (%s tolerated): anonymous memory is not charged to its group",
			g->path, quantity_format_signed(a, rss, UNIT_BYTES),
			quantity_format_signed(c, anon, UNIT_BYTES), phase_name(g->r, g->rd->phase),
			quantity_format(t, b.sum, UNIT_BYTES));
}

void judge_cross(struct judging *j)
{
	const struct record *r = j->r;
	const struct reading *base = record_reading(r, SINCE_BASELINE);

	for (size_t i = 0; i < r->n_readings; i++) {
		const struct reading *rd = &r->readings[i];

		if (!rd->done || !rd->values || (rd->settled & SETTLED_FOR_SUM) != SETTLED_FOR_SUM)
			continue;
		for (size_t n = 0; n < r->spec.n_groups; n++) {
			struct group_view g = {.r = r,
					       .rd = rd,
					       .path = r->spec.groups[n].path,
					       .group = (int)n};

			cross_sum(j, &g);
			if (base && base != rd)
				cross_rss(j, &g, base);
		}
	}
}
