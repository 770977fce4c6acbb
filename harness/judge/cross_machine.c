/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The machine's counters against the groups': what meminfo gained, less what the memcg counters of
 * all others gained, must be what the trial's groups gained. meminfo comes from the nodes' counters
 * (mm/vmstat.c), the rest from memcg's own (mm/memcontrol.c): neither is made from the other.
 */
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "judge/budget.h"
#include "judge/value.h"
#include "judge/verdict.h"

/* Others that move more than this can be seen at the wrong moment. */
#define LOUD (8 * MIB)
/* What others may move between two readings that count as calm (trial/settle.c). */
#define CALM (128 * KIB)

static const struct pair {
	const char *machine, *stat;
} pairs[] = {
	{"meminfo.AnonPages", "memory.stat.anon"},
	{"meminfo.Shmem", "memory.stat.shmem"},
};

static int64_t change_of(const struct record *r, const struct reading *base,
			 const struct reading *rd, const char *group, const char *stat)
{
	char name[METRIC_NAME_MAX];

	snprintf(name, sizeof(name), "%s/%s", group, stat);
	return value_minus(record_value(r, rd, name), record_value(r, base, name));
}

/* All groups at the top of the trial, and the group in which workers prepare. */
static int64_t trial_change(const struct record *r, const struct reading *base,
			    const struct reading *rd, const char *stat)
{
	int64_t sum = change_of(r, base, rd, "drain", stat);

	for (size_t i = 0; i < r->spec.n_groups && sum != VALUE_ABSENT; i++) {
		int64_t c = 0;

		if (r->spec.groups[i].parent < 0)
			c = change_of(r, base, rd, r->spec.groups[i].path, stat);
		sum = c == VALUE_ABSENT ? c : sum + c;
	}
	return sum;
}

static void compare(struct judging *j, const struct pair *p, const struct reading *base,
		    const struct reading *rd)
{
	const struct record *r = j->r;
	struct metric_names none = {0};
	char nearest[METRIC_NAME_MAX], a[QUANTITY_MAX], b[QUANTITY_MAX], t[QUANTITY_MAX];
	struct budget budget = {0};
	struct check_verdict *v;
	struct err err = {0};
	struct metric m;
	int64_t machine, trial, others;

	if (metric_parse(p->machine, &none, &m, nearest, &err) < 0 || !m.others ||
	    record_value(r, rd, m.others) == VALUE_ABSENT)
		return;
	machine = value_change(r, &m, base, rd);
	trial = trial_change(r, base, rd, p->stat);
	if (machine == VALUE_ABSENT || trial == VALUE_ABSENT)
		return;
	others = value_others(r, &m, base, rd);
	budget_compute(&budget, r, &m, rd, base);
	snprintf(nearest, sizeof(nearest), "%s moved as its groups did", p->machine);
	v = verdict_add(j, nearest, rd->phase);
	v->base = trial;
	v->value = machine;
	v->others = others;
	v->compared = machine - others;
	v->low = trial - budget.low;
	v->high = trial + budget.high;
	memcpy(v->terms, budget.terms, sizeof(v->terms));
	v->n_terms = budget.n;
	v->tolerance = budget.sum;
	snprintf(v->expected, sizeof(v->expected), "%s",
		 quantity_format_signed(a, trial, UNIT_BYTES));
	if (v->compared >= v->low && v->compared <= v->high) {
		verdict_set(j, v, V_PASS, RANK_PASS, "%s", "");
		return;
	}
	bool loud = MAX(llabs(others), value_moved(r, &m, base, rd)) > LOUD;

	verdict_set(
		j, v, loud ? V_SKIP : V_FAIL, loud ? RANK_NONE : RANK_FAIL_GLOBAL,
		"%s changed by %s, the trial's groups by %s of it in phase %s (%s tolerated): %s",
		p->machine, quantity_format_signed(a, v->compared, UNIT_BYTES),
		quantity_format_signed(b, trial, UNIT_BYTES), phase_name(r, rd->phase),
		quantity_format(t, budget.sum, UNIT_BYTES),
		loud ? "others moved much meanwhile, so this says nothing"
		     : "the machine and its groups count different pages");
}

/* The same counters under the names of two files (fs/proc/meminfo.c, mm/vmstat.c). */
static const struct twin {
	const char *meminfo, *vmstat;
} twins[] = {
	{"meminfo.AnonPages", "vmstat.nr_anon_pages"},
	{"meminfo.Mapped", "vmstat.nr_mapped"},
	{"meminfo.Shmem", "vmstat.nr_shmem"},
	{"meminfo.PageTables", "vmstat.nr_page_table_pages"},
	{"meminfo.SReclaimable", "vmstat.nr_slab_reclaimable"},
	{"meminfo.SUnreclaim", "vmstat.nr_slab_unreclaimable"},
	{"meminfo.Unevictable", "vmstat.nr_unevictable"},
};

/* vmstat is read right after meminfo: what a CPU may fold meanwhile is a threshold, twice. */
static void compare_files(struct judging *j, const struct reading *rd)
{
	const struct record *r = j->r;
	int64_t most = 2 * r->percpu_threshold * r->cpus * r->page_size + CALM;
	char a[QUANTITY_MAX], b[QUANTITY_MAX], t[QUANTITY_MAX];
	const struct twin *wrong = NULL;
	struct check_verdict *v;
	size_t compared = 0;

	for (size_t i = 0; i < ARRAY_SIZE(twins); i++) {
		int64_t m = record_value(r, rd, twins[i].meminfo);
		int64_t n = record_value(r, rd, twins[i].vmstat);

		if (m == VALUE_ABSENT || n == VALUE_ABSENT)
			continue;
		compared++;
		if (llabs(m - n * r->page_size) > most && !wrong)
			wrong = &twins[i];
	}
	if (!compared)
		return;
	v = verdict_add(j, "meminfo agrees with vmstat", rd->phase);
	if (!wrong) {
		verdict_set(j, v, V_PASS, RANK_PASS, "%s", "");
		return;
	}
	quantity_format(a, record_value(r, rd, wrong->meminfo), UNIT_BYTES);
	quantity_format(b, record_value(r, rd, wrong->vmstat) * r->page_size, UNIT_BYTES);
	verdict_set(j, v, V_FAIL, RANK_FAIL_GLOBAL,
		    "%s is %s, but %s are %s in phase %s (%s tolerated): two files tell the same "
		    "counter "
		    "differently",
		    wrong->meminfo, a, wrong->vmstat, b, phase_name(r, rd->phase),
		    quantity_format(t, most, UNIT_BYTES));
}

void judge_cross_machine(struct judging *j)
{
	const struct record *r = j->r;
	const struct reading *base = record_reading(r, SINCE_BASELINE);

	for (size_t i = 0; base && i < r->n_readings; i++) {
		const struct reading *rd = &r->readings[i];

		/* Workers at work move both between one file and the next. */
		if (!rd->done || !(rd->settled & base->settled & SETTLED_CALM) ||
		    (rd != base && !(rd->settled & SETTLED_STILL)))
			continue;
		compare_files(j, rd);
		if (rd == base)
			continue;
		for (size_t p = 0; p < ARRAY_SIZE(pairs); p++)
			compare(j, &pairs[p], base, rd);
	}
}
