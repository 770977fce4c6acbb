/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "soak/soak.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/io.h"
#include "base/words.h"
#include "kernel/kv.h"
#include "kernel/zoneinfo.h"
#include "metric/derived.h"

#define TEXT_MAX 16384

struct files {
	char meminfo[TEXT_MAX], cgroups[TEXT_MAX];
	size_t n_meminfo;
	int64_t pcp; /* bytes on the CPUs' lists: neither free nor used */
};

static int64_t line(struct files *f, const char *key)
{
	return kv_get(f->meminfo, f->n_meminfo, KV_MEMINFO, key);
}

static int64_t line_by_name(void *arg, const char *name)
{
	return line(arg, name + strlen("meminfo."));
}

static int64_t get_unaccounted(struct files *f, const char *key)
{
	int64_t v = derived_value(&derived_table[derived_find(key)], line_by_name, f);

	return v == VALUE_ABSENT ? v : v - f->pcp;
}

/* "memory	hierarchy	num_cgroups	enabled" (kernel/cgroup/cgroup-v1.c: dying ones
 * too). */
static int64_t memory_groups(struct files *f, const char *key)
{
	const char *at = strstr(f->cgroups, "\nmemory\t");
	long long n;

	(void)key;
	return at && sscanf(at, " memory %*d %lld", &n) == 1 ? n : VALUE_ABSENT;
}

/* by_others: processes and groups that are not the trials' hold it, too. */
static const struct watched {
	const char *name, *key;
	enum unit unit;
	int64_t (*get)(struct files *f, const char *key);
	enum { ITS_OWN, BY_OTHERS, NO_LEAK } kind;
} watched[] = {
	{"unaccounted", "free.unaccounted", UNIT_BYTES, get_unaccounted, ITS_OWN},
	{"SUnreclaim", "SUnreclaim", UNIT_BYTES, line, BY_OTHERS},
	{"KernelStack", "KernelStack", UNIT_BYTES, line, BY_OTHERS},
	{"PageTables", "PageTables", UNIT_BYTES, line, BY_OTHERS},
	{"Percpu", "Percpu", UNIT_BYTES, line, BY_OTHERS},
	{"VmallocUsed", "VmallocUsed", UNIT_BYTES, line, BY_OTHERS},
	{"AnonPages", "AnonPages", UNIT_BYTES, line, BY_OTHERS},
	{"Shmem", "Shmem", UNIT_BYTES, line, BY_OTHERS},
	{"Mlocked", "Mlocked", UNIT_BYTES, line, BY_OTHERS},
	{"Committed_AS", "Committed_AS", UNIT_BYTES, line, BY_OTHERS},
	{"memory cgroups", NULL, UNIT_COUNT, memory_groups, BY_OTHERS},
	/* Caches, and what moves the other way. */
	{"SReclaimable", "SReclaimable", UNIT_BYTES, line, NO_LEAK},
	{"SwapFree", "SwapFree", UNIT_BYTES, line, NO_LEAK},
};

size_t soak_numbers(void)
{
	return ARRAY_SIZE(watched);
}

static int read_files(struct files *f, const struct roots *roots, struct err *err)
{
	struct zoneinfo zones;
	ssize_t n;
	int r;

	(void)file_write(roots->proc, "sys/vm/stat_refresh",
			 "1"); /* root only; else a little late */
	n = file_read(roots->proc, "meminfo", f->meminfo, sizeof(f->meminfo));
	if (n < 0)
		return err_errno(err, (int)n, "cannot read /proc/meminfo");
	f->n_meminfo = (size_t)n;
	if (file_read(roots->proc, "cgroups", f->cgroups, sizeof(f->cgroups)) < 0)
		f->cgroups[0] = '\0';
	r = zoneinfo_load(roots->proc, -1, &zones);
	if (r < 0)
		return err_errno(err, r, "cannot read /proc/zoneinfo");
	f->pcp = zones.pcp_pages * page_size();
	return 0;
}

int soak_read(struct soak *s, const struct roots *roots, struct err *err)
{
	_cleanup_free_ struct files *f = calloc(1, sizeof(*f));
	struct soak_reading *more = reallocarray(s->readings, s->n + 1, sizeof(*more));
	int64_t *values = calloc(ARRAY_SIZE(watched), sizeof(*values));
	int r = -ENOMEM;

	if (more)
		s->readings = more;
	if (!f || !more || !values)
		r = err_set(err, -ENOMEM, "no memory for a reading");
	else
		r = read_files(f, roots, err);
	if (r < 0) {
		free(values);
		return r;
	}
	for (size_t i = 0; i < ARRAY_SIZE(watched); i++)
		values[i] = watched[i].get(f, watched[i].key);
	s->readings[s->n++] = (struct soak_reading){mono_now().ns, values};
	return 0;
}

static int judge_one(const struct soak *s, size_t at, double *t, double *v, struct soak_drift *ret)
{
	const struct watched *w = &watched[at];
	size_t n = 0;
	int r;

	*ret = (struct soak_drift){.name = w->name, .unit = w->unit};
	ret->judged = w->kind == ITS_OWN || (w->kind == BY_OTHERS && s->alone);
	for (size_t i = SOAK_WARM_UP; i < s->n; i++) {
		const struct soak_reading *rd = &s->readings[i];

		if (rd->values[at] == VALUE_ABSENT)
			continue;
		if (!n)
			ret->first = rd->values[at];
		ret->last = rd->values[at];
		t[n] = (double)(rd->at_ns - s->readings[0].at_ns) / (double)NSEC_PER_SEC;
		v[n++] = (double)rd->values[at];
	}
	r = drift_of(t, v, n, SOAK_ALPHA / (double)ARRAY_SIZE(watched), &ret->drift);
	ret->leak = ret->judged && ret->drift.lasting;
	return r < 0 ? r : ret->leak;
}

int soak_judge(const struct soak *s, struct soak_drift *ret)
{
	_cleanup_free_ double *t = calloc(s->n + 1, sizeof(*t)), *v = calloc(s->n + 1, sizeof(*v));
	int leaks = 0;

	if (!t || !v)
		return -ENOMEM;
	for (size_t i = 0; i < ARRAY_SIZE(watched); i++) {
		int r = judge_one(s, i, t, v, &ret[i]);

		if (r < 0)
			return r;
		leaks += r;
	}
	return leaks;
}

void soak_free(struct soak *s)
{
	for (size_t i = 0; i < s->n; i++)
		free(s->readings[i].values);
	free(s->readings);
	*s = (struct soak){0};
}
