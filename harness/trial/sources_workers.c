/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What workers say of themselves, and what /proc says of them: one set of columns a stressor. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/io.h"
#include "trial/sources.h"
#include "trial/trial_state.h"

/* Numbers of one worker, summed over the workers of its stressor. */
enum worker_number {
	WN_RSS,
	WN_RSS_ANON,
	WN_RSS_FILE,
	WN_RSS_SHMEM,
	WN_VSZ,
	WN_PAGETABLES,
	WN_SWAP,
	WN_LOCKED,
	WN_MINFLT,
	WN_MAJFLT,
	WN_BYTES,
	WN_OPS,
	WN_ERRORS,
	WN_CORRUPT,
	WN_RUNNING,
	WN_EXITED,
	WN_WORKERS,
	WN_CPU,
	WN_RATE,
	WN_OPS_RATE,
	WN_CPU_RATE,
	WN_OPS_CPU_RATE,
	WN_OPS_YARD_RATE,
	WN_P50,
	WN_P99,
	WN_P999,
	WN_MAX,
	WN_OUTCOME,
	WN_COUNT
};

static const struct {
	const char *name;
	enum unit unit;
} numbers[WN_COUNT] = {
	[WN_RSS] = {"rss", UNIT_BYTES},
	[WN_RSS_ANON] = {"rss_anon", UNIT_BYTES},
	[WN_RSS_FILE] = {"rss_file", UNIT_BYTES},
	[WN_RSS_SHMEM] = {"rss_shmem", UNIT_BYTES},
	[WN_VSZ] = {"vsz", UNIT_BYTES},
	[WN_PAGETABLES] = {"pagetables", UNIT_BYTES},
	[WN_SWAP] = {"swap", UNIT_BYTES},
	[WN_LOCKED] = {"locked", UNIT_BYTES},
	[WN_MINFLT] = {"minflt", UNIT_COUNT},
	[WN_MAJFLT] = {"majflt", UNIT_COUNT},
	[WN_BYTES] = {"bytes", UNIT_BYTES},
	[WN_OPS] = {"ops", UNIT_COUNT},
	[WN_ERRORS] = {"errors", UNIT_COUNT},
	[WN_CORRUPT] = {"corrupt", UNIT_COUNT},
	[WN_RUNNING] = {"running", UNIT_COUNT},
	[WN_EXITED] = {"exited", UNIT_COUNT},
	[WN_WORKERS] = {"workers", UNIT_COUNT},
	[WN_CPU] = {"cpu", UNIT_DUR},
	[WN_RATE] = {"rate", UNIT_BPS},
	[WN_OPS_RATE] = {"ops_rate", UNIT_PER_SEC},
	[WN_CPU_RATE] = {"cpu_rate", UNIT_BPS},
	[WN_OPS_CPU_RATE] = {"ops_cpu_rate", UNIT_PER_SEC},
	[WN_OPS_YARD_RATE] = {"ops_yard_rate", UNIT_PER_SEC},
	[WN_P50] = {"p50", UNIT_DUR},
	[WN_P99] = {"p99", UNIT_DUR},
	[WN_P999] = {"p999", UNIT_DUR},
	[WN_MAX] = {"max", UNIT_DUR},
	[WN_OUTCOME] = {"outcome", UNIT_TEXT},
};

/* status puts a tab behind the colon where meminfo and smaps_rollup have blanks
 * (fs/proc/array.c:proc_pid_status, fs/proc/task_mmu.c:task_mem). */
static ssize_t status_text(struct sources *ss, int fd)
{
	ssize_t len = source_text(ss, fd);
	char *s = ss->buf;

	while (len > 0 && (s = memchr(s, '\t', (size_t)(ss->buf + len - s))))
		*s++ = ' ';
	return len;
}

static int64_t line(const char *text, size_t len, const char *key)
{
	int64_t v = kv_get(text, len, KV_MEMINFO, key);

	return v == VALUE_ABSENT ? 0 : v;
}

/* /proc/<pid>/stat: the fields behind the name's last ")": minflt is the 8th, majflt the 10th. */
static void add_faults(const char *text, size_t len, int64_t *v)
{
	const char *s = memrchr(text, ')', len), *end = text + len;

	for (int field = 0; s && s < end && field < 10; field++) {
		s = memchr(s + 1, ' ', (size_t)(end - s - 1));
		if (s && field == 7)
			parse_i64(s + 1, end, &v[WN_MINFLT]);
		if (s && field == 9)
			parse_i64(s + 1, end, &v[WN_MAJFLT]);
	}
}

/*
 * RSS comes from smaps_rollup, which walks the page tables: the counters in status are per-CPU sums
 * that may lag by a batch a CPU (6.2 to 6.16: percpu_counter_read_positive() in get_mm_counter()).
 */
static void read_proc(struct sources *ss, const struct slot *w, int64_t *v)
{
	ssize_t len = status_text(ss, w->status_fd);

	if (len > 0) {
		v[WN_VSZ] = line(ss->buf, (size_t)len, "VmSize");
		v[WN_PAGETABLES] = line(ss->buf, (size_t)len, "VmPTE");
		v[WN_SWAP] = line(ss->buf, (size_t)len, "VmSwap");
		v[WN_LOCKED] = line(ss->buf, (size_t)len, "VmLck");
		v[WN_RSS] = line(ss->buf, (size_t)len, "VmRSS");
		v[WN_RSS_ANON] = line(ss->buf, (size_t)len, "RssAnon");
		v[WN_RSS_FILE] = line(ss->buf, (size_t)len, "RssFile");
		v[WN_RSS_SHMEM] = line(ss->buf, (size_t)len, "RssShmem");
	}
	len = source_text(ss, w->rollup_fd);
	if (len > 0) {
		v[WN_RSS] = line(ss->buf, (size_t)len, "Rss");
		v[WN_RSS_ANON] = line(ss->buf, (size_t)len, "Anonymous");
		v[WN_SWAP] = line(ss->buf, (size_t)len, "Swap");
	}
	len = source_text(ss, w->stat_fd);
	if (len > 0)
		add_faults(ss->buf, (size_t)len, v);
}

/* n in a span of ns, by the second; scale: of the unit. */
static int64_t per_second(int64_t n, int64_t scale, int64_t ns)
{
	return ns > 0 ? (int64_t)((__int128)n * NSEC_PER_SEC * scale / ns) : 0;
}

static void add_page(const struct slot *w, int64_t *v)
{
	struct worker_page *p = w->page;
	int64_t begin = atomic_load(&p->begin_ns), span = atomic_load(&p->end_ns) - begin;

	v[WN_BYTES] = atomic_load(&p->bytes);
	v[WN_OPS] = atomic_load(&p->ops);
	v[WN_ERRORS] = atomic_load(&p->errors);
	v[WN_CORRUPT] = atomic_load(&p->corrupt);
	v[WN_RUNNING] = !w->exited && w->started;
	v[WN_EXITED] = w->exited;
	v[WN_WORKERS] = 1;
	if (begin) {
		v[WN_CPU] = worker_cpu_ns(w) - w->cpu_begin_ns;
		if (w->yard)
			v[WN_CPU] -= atomic_load(&w->yard->piece_ns);
		v[WN_CPU] = MAX(v[WN_CPU], 0);
		v[WN_RATE] = per_second(v[WN_BYTES], 1, span);
		v[WN_OPS_RATE] = per_second(v[WN_OPS], 1000, span);
	}
}

static void read_workers(struct sources *ss, struct source *s, int64_t *values)
{
	const struct plan_stressor *ps = &ss->trial->plan->stressors[s->object];
	int64_t *out = values + s->first, v[WN_OPS_RATE + 1];
	static const int64_t shares[] = {50000, 99000, 99900};
	struct hist steps = {0};
	enum outcome outcome;

	memset(out, 0, s->n * sizeof(*out));
	for (int i = 0; i < ps->n_workers; i++) {
		struct slot *w = &ss->trial->slots[ps->first_worker + i];

		memset(v, 0, sizeof(v));
		v[WN_MINFLT] = w->minflt;
		v[WN_MAJFLT] = w->majflt;
		if (!w->exited)
			read_proc(ss, w, v);
		add_page(w, v);
		for (int n = 0; n <= WN_OPS_RATE; n++)
			out[n] += v[n];
		hist_merge(&steps, &w->page->step_ns);
		out[WN_OPS_YARD_RATE] += yard_rate(w->yard);
		for (size_t c = 0; c + WN_COUNT < s->n; c++)
			out[WN_COUNT + c] += atomic_load(&w->page->counter[c]);
	}
	/* What a second of CPU time does is told of all of them, as if one had done it. */
	out[WN_CPU_RATE] = per_second(out[WN_BYTES], 1, out[WN_CPU]);
	out[WN_OPS_CPU_RATE] = per_second(out[WN_OPS], 1000, out[WN_CPU]);
	for (int i = 0; i < 3; i++)
		out[WN_P50 + i] = (int64_t)hist_quantile(&steps, shares[i]);
	out[WN_MAX] = (int64_t)steps.max_ns;
	outcome = stressor_outcome(ss->trial, s->object);
	out[WN_OUTCOME] = record_add_word(ss->rec, outcome_words[outcome]);
}

int sources_workers(struct sources *ss, struct err *err)
{
	char name[METRIC_NAME_MAX];

	(void)err;
	for (size_t i = 0; i < ss->rec->spec.n_stressors; i++) {
		const struct spec_stressor *st = &ss->rec->spec.stressors[i];
		const struct stressor_counter *c = ss->trial->plan->stressors[i].kind->counters;
		size_t n = 0;
		struct source *s;

		while (c && c[n].name)
			n++;
		s = source_add(ss, WN_COUNT + n);
		s->object = (int)i;
		s->read = read_workers;
		for (size_t j = 0; j < WN_COUNT; j++) {
			snprintf(name, sizeof(name), "%s.%s", st->name, numbers[j].name);
			source_column(ss, s->first + j, name, numbers[j].unit);
		}
		for (size_t j = 0; j < n; j++) {
			snprintf(name, sizeof(name), "%s.%s", st->name, c[j].name);
			source_column(ss, s->first + WN_COUNT + j, name, c[j].unit);
		}
	}
	return 0;
}
