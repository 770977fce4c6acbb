/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "judge/budget.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/words.h"
#include "judge/value.h"
#include "kernel/batches.h"
#include "metric/derived.h"

#define STOCKS_MAX 7  /* mm/memcontrol.c, 6.16: NR_MEMCG_STOCK groups may each have one on a CPU */
#define LRU_BATCH  31 /* include/linux/pagevec.h: PAGEVEC_SIZE, 15 before 6.10 */
#define RSS_BATCH  64 /* mm/memory.c, 6.1: TASK_RSS_EVENTS_THRESH */

static void term_put(struct budget *b, int64_t low, int64_t high, const char *what)
{
	struct budget_term *t = NULL;
	int64_t size = MAX(low, high);

	if (size <= 0)
		return;
	for (int i = 0; i < b->n && !t; i++)
		if (str_eq(b->terms[i].what, what))
			t = &b->terms[i];
	if (!t && b->n < BUDGET_TERMS) {
		t = &b->terms[b->n++];
		snprintf(t->what, sizeof(t->what), "%s", what);
		t->size = 0;
	} else if (!t) {
		t = &b->terms[BUDGET_TERMS - 1];
		snprintf(t->what, sizeof(t->what), "more");
	}
	t->size += size;
	b->sum += size;
	b->low += low;
	b->high += high;
}

void budget_add(struct budget *b, int64_t size, const char *fmt, ...)
{
	char what[sizeof(b->terms[0].what)];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(what, sizeof(what), fmt, ap);
	va_end(ap);
	term_put(b, size, size, what);
}

void budget_add_sides(struct budget *b, int64_t low, int64_t high, const char *what)
{
	term_put(b, low, high, what);
}

/* What is asked about: one metric (a term of a derived one) in one or two readings. */
struct question {
	struct budget *b;
	const struct record *r;
	const struct metric *m;
	const struct reading *rd, *base;
	int sign; /* of a term of a derived one; 1 */
};

static int fact_number(const struct record *r, const char *name, int otherwise)
{
	const char *v = fact_value(r, name);
	int n = v ? atoi(v) : 0;

	return n > 0 ? n : otherwise;
}

/* What is read of a group sums its descendants, each of which can have a stock of its own. */
static int stocks_of(const struct record *r, const struct metric *m)
{
	int n = 0;

	for (size_t g = 0; g < r->spec.n_groups; g++)
		n += group_within(&r->spec, (int)g, m->object);
	return MAX(1, MIN(n, STOCKS_MAX));
}

/*
 * mm/memcontrol.c:try_charge_memcg charges a batch and keeps the rest on the CPU: usage is too
 * high, so its change may be too low by the stock of the base. The peak remembers the stock of its
 * moment, however well it was drained later.
 */
static void add_stock(const struct question *q)
{
	int stocks = stocks_of(q->r, q->m);
	int64_t size = value_from_pages(q->r, q->m, (int64_t)CHARGE_BATCH * q->r->cpus * stocks);
	bool peak = str_eq(q->m->key, "memory.peak");
	bool now = peak || !(q->rd->settled & SETTLED_STOCK);
	bool before = q->base && (peak || !(q->base->settled & SETTLED_STOCK));
	char what[96], groups[32] = "";

	if (stocks > 1)
		snprintf(groups, sizeof(groups), " x %d groups", stocks);
	snprintf(what, sizeof(what), "charge stock, %d pages x %d CPUs%s", CHARGE_BATCH, q->r->cpus,
		 groups);
	budget_add_sides(q->b, before ? size : 0, now ? size : 0, what);
}

/* How many of the readings lack what would have made them exact. */
static int unsettled(const struct question *q, unsigned bit)
{
	return !(q->rd->settled & bit) + (q->base && !(q->base->settled & bit));
}

static const char *twice(int times)
{
	return times > 1 ? ", two readings" : "";
}

/* mm/memcontrol.c:memcg_vmstats_needs_flush() and memcg_rstat_updated(). */
static void add_rstat(const struct question *q)
{
	int times = unsettled(q, SETTLED_RSTAT);

	budget_add(q->b, times * value_from_pages(q->r, q->m, (int64_t)CHARGE_BATCH * q->r->cpus),
		   "memory.stat not flushed, %d pages x %d CPUs%s", CHARGE_BATCH, q->r->cpus,
		   twice(times));
}

/* mm/swap.c:folio_batch_add_and_move(): not on any list, or still on the one it leaves. */
static void add_lru(const struct question *q)
{
	int times = unsettled(q, SETTLED_LRU);

	budget_add(q->b, times * value_from_pages(q->r, q->m, (int64_t)LRU_BATCH * q->r->cpus),
		   "LRU batches, %d pages x %d CPUs%s", LRU_BATCH, q->r->cpus, twice(times));
}

/* mm/vmstat.c:__mod_node_page_state(), for each node's counter. */
static void add_percpu(const struct question *q)
{
	int times = unsettled(q, SETTLED_PERCPU), n = MAX(q->m->counters, 1);
	int nodes = fact_number(q->r, "nodes", 1);
	int64_t each = q->r->percpu_threshold * q->r->cpus * n * nodes;
	int64_t size = q->m->flags & MF_KIB ? (q->m->unit == UNIT_BYTES ? each * KIB : each)
					    : value_from_pages(q->r, q->m, each);

	budget_add(q->b, times * size, "per-CPU counters, %" PRId64 " pages x %d CPUs%s",
		   q->r->percpu_threshold, q->r->cpus, twice(times));
}

/*
 * Pages on per-CPU lists are free, but not in MemFree (mm/page_alloc.c:free_unref_page). Out of a
 * change between two readings they are taken (value_lists()), but for a node's, of which it is not
 * known how many of them are its. Samples do not read them: then the baseline's stand.
 */
static void add_pcp(const struct question *q)
{
	int64_t now = record_value(q->r, q->rd, "zoneinfo.pcp");
	int64_t before = q->base ? record_value(q->r, q->base, "zoneinfo.pcp") : VALUE_ABSENT;
	int64_t pages = now == VALUE_ABSENT ? before : now;

	if (now != VALUE_ABSENT && before != VALUE_ABSENT)
		pages = value_free_sign(q->m) ? 0 : llabs(now - before);
	if (pages != VALUE_ABSENT)
		budget_add(q->b, value_from_pages(q->r, q->m, pages), "per-CPU free lists");
}

/* Blocks that were being reported to the host at base are free by now: more than was asked for. */
static void add_reported(const struct question *q)
{
	int64_t more = q->base ? value_reported(q->r, q->m, q->base, q->rd) : 0;
	bool up = q->sign * value_free_sign(q->m) > 0;

	budget_add_sides(q->b, up ? 0 : more, up ? more : 0, "being reported to the host at first");
}

/*
 * RSS by kind, from /proc/<pid>/status. Before 6.16 it was a sum of CPUs that could lag behind: up
 * to 6.1 by 64 faults of each task, each of up to 16 pages around it
 * (mm/memory.c:do_fault_around()), from 6.2 on by max(32, 2 x CPUs) pages on each CPU
 * (include/linux/mm.h:get_mm_counter, lib/percpu_counter.c:compute_batch_value).
 */
static void add_rss(const struct question *q)
{
	const struct spec *s = &q->r->spec;
	const char *release = fact_value(q->r, "kernel");
	int major = 0, minor = 0, workers = 1;
	int64_t batch = MAX(32, 2 * q->r->cpus) * (int64_t)q->r->cpus;

	if (!release || sscanf(release, "%d.%d", &major, &minor) != 2 || major > 6 ||
	    (major == 6 && minor >= 16))
		return;
	if (q->m->object >= 0 && (size_t)q->m->object < s->n_stressors)
		workers = MAX(1, s->stressors[q->m->object].workers);
	if (major < 6 || (major == 6 && minor < 2))
		batch = RSS_BATCH * FAULT_AROUND;
	budget_add(q->b, (q->base ? 2 : 1) * value_from_pages(q->r, q->m, batch * workers),
		   "lazy RSS counters of Linux before 6.16");
}

static int64_t noise_of(const struct record *r, const char *name)
{
	int column = record_column(r, name);

	return column < 0 ? 0 : r->columns[column].noise;
}

/*
 * What moved while nothing of the trial ran. Where others are taken out of a change, so is what
 * they moved in the control interval: only the rest is noise. A level's movement counts once; a
 * counter of the whole machine goes on counting what others do, so its noise grows with the time
 * between the readings.
 */
static void add_noise(const struct question *q)
{
	int64_t noise = noise_of(q->r, q->m->name), span;

	if (q->base && q->m->others && q->m->others_sign)
		noise = MAX(0, noise - value_from_bytes(q->r, q->m, noise_of(q->r, q->m->others)));

	if (!(q->m->flags & MF_COUNTER) || !(q->m->flags & MF_GLOBAL)) {
		budget_add(q->b, noise, "noise of the control interval");
		return;
	}
	if (!q->base || noise <= 0 || q->r->control_ns <= 0)
		return;
	span = MAX(q->rd->t_ns - q->base->t_ns, q->r->control_ns);
	budget_add(q->b,
		   (int64_t)(((__int128)noise * span + q->r->control_ns - 1) / q->r->control_ns),
		   "noise of the control interval x %.1f", (double)span / (double)q->r->control_ns);
}

static const struct {
	unsigned flag;
	void (*add)(const struct question *q);
} reasons[] = {
	{MF_CHARGE, add_stock}, {MF_RSTAT, add_rstat},	{MF_LRU, add_lru}, {MF_PERCPU, add_percpu},
	{MF_PCP, add_pcp},	{MF_PCP, add_reported}, {MF_RSS, add_rss},
};

static void add_all(const struct question *q)
{
	for (size_t i = 0; i < ARRAY_SIZE(reasons); i++)
		if (q->m->flags & reasons[i].flag)
			reasons[i].add(q);
	add_noise(q);
}

/* A sum is as wrong as all its terms together. */
static void add_derived(const struct question *q)
{
	static const struct metric_names none;
	const struct derived_term *t = derived_table[q->m->formula].num;
	char nearest[METRIC_NAME_MAX];

	for (; t->sign; t++) {
		struct question term = *q;
		struct metric m;

		if (metric_parse(t->name, &none, &m, nearest, NULL) < 0)
			continue;
		term.m = &m;
		term.sign = t->sign;
		add_all(&term);
	}
}

/* How Buffers moved, but for what stressors read of disks: that is known, and expected. */
static int64_t buffers_moved(const struct question *q, const struct reading *base)
{
	int64_t moved = value_minus(record_value(q->r, q->rd, "meminfo.Buffers"),
				    record_value(q->r, base, "meminfo.Buffers"));
	char name[METRIC_NAME_MAX];

	for (size_t i = 0; i < q->r->spec.n_stressors && moved != VALUE_ABSENT; i++) {
		int64_t own;

		if (!str_eq(q->r->spec.stressors[i].kind, "blockdev"))
			continue;
		snprintf(name, sizeof(name), "%s.bytes", q->r->spec.stressors[i].name);
		own = value_minus(record_value(q->r, q->rd, name), record_value(q->r, base, name));
		if (own != VALUE_ABSENT)
			moved -= own;
	}
	return moved;
}

/*
 * Pages of block devices are file pages for memcg, but meminfo takes them out of Cached and shows
 * them as Buffers (fs/proc/meminfo.c): which of them were others' is not known.
 */
static void add_buffers(const struct question *q)
{
	int64_t moved;

	if (strcmp(q->m->name, "meminfo.Cached"))
		return;
	moved = buffers_moved(q, q->base);
	if (moved != VALUE_ABSENT)
		budget_add(q->b, llabs(moved), "Buffers: in memcg's file, not in Cached");
}

/*
 * The blocks of a file system (inodes, bitmaps) are charged to the group that reads them first, or
 * again after others' were reclaimed: file pages that no profile asked for.
 */
static void add_blocks(const struct question *q)
{
	static const char *const keys[] = {"/memory.stat.file", "/memory.stat.inactive_file",
					   "/memory.stat.active_file"};
	const char *key = strrchr(q->m->name, '/');
	const struct reading *base = q->base ? q->base : record_reading(q->r, -1);
	int64_t more;

	if (!key || word_index(keys, ARRAY_SIZE(keys), key) < 0)
		return;
	more = buffers_moved(q, base);
	if (more != VALUE_ABSENT && more > 0)
		budget_add_sides(q->b, 0, more, "Buffers: blocks of a file system");
}

/*
 * Two files are never read at one moment. Where nobody else moves a page that is no error; where
 * others are at work they refill what was drained, up to the threshold of the machine's counter and
 * a batch of memcg's on each CPU.
 */
static void add_moment(const struct question *q, int64_t moved)
{
	const struct record *r = q->r;

	if (moved || value_others(r, q->m, q->base, q->rd) ||
	    value_others_somewhere(r, q->m, q->base, q->rd))
		budget_add(q->b,
			   value_from_pages(r, q->m,
					    (r->percpu_threshold + CHARGE_BATCH) * r->cpus),
			   "others at work: %lld + %d pages x %d CPUs",
			   (long long)r->percpu_threshold, CHARGE_BATCH, r->cpus);
}

/* Others' movement is taken out of a change; how far it was still going on is not. */
static void add_others(const struct question *q)
{
	int64_t moved;

	if (!q->base || !q->m->others || record_column(q->r, q->m->others) < 0)
		return;
	moved = value_moved(q->r, q->m, q->base, q->rd);
	budget_add(q->b, moved, "others moving while it was read");
	budget_add(q->b, value_others_somewhere(q->r, q->m, q->base, q->rd),
		   "others, on this node or on another");
	add_moment(q, moved);
	add_buffers(q);
	if (!(q->m->flags & MF_RSTAT))
		add_rstat(q);
}

void budget_compute(struct budget *b, const struct record *r, const struct metric *m,
		    const struct reading *rd, const struct reading *base)
{
	struct question q = {.b = b, .r = r, .m = m, .rd = rd, .base = base, .sign = 1};

	if (m->unit == UNIT_TEXT || !rd || value_is_ratio(m))
		return;
	if (m->origin == MO_DERIVED)
		add_derived(&q);
	else
		add_all(&q);
	add_blocks(&q);
	add_others(&q);
}
