/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "metric/suggest.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/words.h"
#include "faults/fault.h"
#include "kernel/kmsg.h"
#include "metric/derived.h"
#include "metric/keys.h"

struct suggest {
	const char *want;
	struct nearest nearest; /* its best is ret, once something was near */
	char *ret;
	char bare[METRIC_NAME_MAX]; /* a name whose tail alone is what was written */
	char candidate[METRIC_NAME_MAX];
};

/*
 * nearest_offer() keeps a pointer to the best, ours is built anew each time: keep a copy. A
 * candidate whose key is the whole of what was written ("AnonPages") is near in its own way.
 */
static void offer(struct suggest *s, const char *head, const char *between, const char *key)
{
	int n = snprintf(s->candidate, sizeof(s->candidate), "%s%s%s", head, between, key);

	if (n < 0 || (size_t)n >= sizeof(s->candidate))
		return;
	if (!s->bare[0] && strcasecmp(s->want, key) == 0)
		memcpy(s->bare, s->candidate, (size_t)n + 1);
	nearest_offer(&s->nearest, s->candidate);
	if (s->nearest.best != s->candidate)
		return;
	memcpy(s->ret, s->candidate, (size_t)n + 1);
	s->nearest.best = s->ret;
}

static void offer_keys(struct suggest *s, const char *head, const char *between,
		       const struct metric_key *keys)
{
	for (; keys->name; keys++)
		offer(s, head, between, keys->name);
}

static void offer_psi(struct suggest *s, const char *head, const char *between)
{
	for (const struct psi_key *k = keys_psi; k->name; k++)
		offer(s, head, between, k->name);
}

static void offer_group(struct suggest *s, const char *path)
{
	char head[METRIC_NAME_MAX];

	offer_keys(s, path, "/", keys_group_file);
	offer_keys(s, path, "/memory.stat.", keys_memory_stat);
	offer_keys(s, path, "/", keys_group_event);
	offer_keys(s, path, "/", keys_group_own);
	for (const char *const *k = keys_numa_stat; *k; k++)
		offer(s, path, "/memory.numa_stat.", *k);
	for (const char *const *f = keys_psi_file; *f; f++) {
		snprintf(head, sizeof(head), "%s/%s.pressure", path, *f);
		offer_psi(s, head, ".");
	}
}

static void offer_stressor(struct suggest *s, const char *name, const struct stressor *kind)
{
	offer_keys(s, name, ".", keys_worker);
	for (const struct stressor_counter *c = kind ? kind->counters : NULL; c && c->name; c++)
		offer(s, name, ".", c->name);
}

/* node3.MemFee: the node that was written, as any number is as good as another. */
static void offer_node(struct suggest *s)
{
	char head[24] = "node0";
	size_t digits;

	if (str_starts(s->want, "node")) {
		digits = strspn(s->want + 4, "0123456789");
		if (digits && digits < 5)
			snprintf(head, sizeof(head), "node%.*s", (int)digits, s->want + 4);
	}
	offer_keys(s, head, ".", keys_node);
}

/* slab.dentry.active_obj: the cache that was written, which we cannot know better. */
static void offer_slab(struct suggest *s)
{
	const char *dot = strrchr(s->want, '.');
	char head[METRIC_NAME_MAX];

	if (!str_starts(s->want, "slab.") || dot < s->want + 5)
		return;
	snprintf(head, sizeof(head), "%.*s", (int)(dot - s->want), s->want);
	offer_keys(s, head, ".", keys_slab);
}

static void offer_global(struct suggest *s)
{
	char head[32];

	offer_keys(s, "meminfo", ".", keys_meminfo);
	offer_keys(s, "vmstat", ".", keys_vmstat);
	offer_keys(s, "zoneinfo", ".", keys_zone);
	offer_keys(s, "oom", ".", keys_oom);
	for (const struct derived *d = derived_table; d->name; d++)
		offer(s, "", "", d->name);
	for (const struct others_key *o = keys_others; o->name; o++)
		offer(s, "others", ".", o->name);
	for (const char *const *f = keys_psi_file; *f; f++) {
		snprintf(head, sizeof(head), "psi.%s", *f);
		offer_psi(s, head, ".");
	}
	for (const struct fault_kind *k = fault_kinds; k->name; k++) {
		snprintf(head, sizeof(head), "faults.%s", k->name);
		offer_keys(s, head, ".", keys_fault);
	}
	offer(s, "kmsg", ".", "lines");
	offer(s, "kmsg", ".", "lost");
	for (int k = 0; k < KMSG_KIND_COUNT; k++)
		offer(s, "kmsg", ".", kmsg_kind_word(k));
	offer_node(s);
	offer_slab(s);
}

/* A name of cgroup v1, behind any group that there is. */
static bool suggest_v1(struct suggest *s, const struct metric_names *names)
{
	const char *slash = strrchr(s->want, '/'), *key = slash ? slash + 1 : s->want;
	int path_len = slash ? (int)(slash - s->want) : 0;

	for (const struct v1_name *v = keys_v1; v->v1; v++) {
		if (!str_eq(v->v1, key))
			continue;
		if (slash)
			snprintf(s->ret, METRIC_NAME_MAX, "%.*s/%s", path_len, s->want, v->v2);
		else if (names->n_groups)
			snprintf(s->ret, METRIC_NAME_MAX, "%s/%s", names->groups[0], v->v2);
		return s->ret[0];
	}
	return false;
}

void metric_suggest(const char *want, const struct metric_names *names, char *ret)
{
	struct suggest s = {.want = want, .ret = ret, .nearest = {.want = want}};

	ret[0] = '\0';
	if (suggest_v1(&s, names))
		return;
	for (size_t i = 0; i < names->n_groups; i++)
		offer_group(&s, names->groups[i]);
	for (size_t i = 0; i < names->n_stressors; i++)
		offer_stressor(&s, names->stressors[i], names->kinds ? names->kinds[i] : NULL);
	offer_global(&s);
	if (s.bare[0] && (!ret[0] || s.nearest.distance > 1))
		memcpy(ret, s.bare, sizeof(s.bare));
}
