/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "metric/metric.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/words.h"
#include "faults/fault.h"
#include "kernel/buddyinfo.h"
#include "kernel/kmsg.h"
#include "metric/derived.h"
#include "metric/keys.h"
#include "metric/suggest.h"

#define NODE_MAX 1023 /* include/linux/nodemask.h: NODES_SHIFT is at most 10 */

const char *const outcome_words[] = {
	[OUTCOME_WAITING] = "waiting", [OUTCOME_RUNNING] = "running",
	[OUTCOME_DONE] = "done",       [OUTCOME_OOM_KILLED] = "oom-killed",
	[OUTCOME_KILLED] = "killed",   [OUTCOME_CRASHED] = "crashed",
	[OUTCOME_ERROR] = "error",     [OUTCOME_CORRUPT] = "corrupt",
	[OUTCOME_MIXED] = "mixed",     [OUTCOME_MAX] = NULL,
};

/* mm/oom_kill.c:oom_constraint_text[] */
static const char *const constraint_words[] = {
	"CONSTRAINT_NONE",
	"CONSTRAINT_CPUSET",
	"CONSTRAINT_MEMORY_POLICY",
	"CONSTRAINT_MEMCG",
	NULL,
};

const char *const *metric_words(const struct metric *m)
{
	if (m->unit != UNIT_TEXT)
		return NULL;
	if (m->origin == MO_WORKER)
		return outcome_words;
	return str_eq(m->key, "constraint") ? constraint_words : NULL;
}

/* A name that is taken apart: what is left of it, and what is known about it so far. */
struct parse {
	const char *name, *rest;
	const struct metric_names *names;
	struct metric *m;
	struct err *err;
};

/*
 * Each parser of a family returns 0, or -ENOENT with a sentence. Table rows hold everything but the
 * key's own place.
 */
static int take_key(struct parse *p, const struct metric_key *k, enum metric_origin origin)
{
	p->m->origin = origin;
	p->m->unit = k->unit;
	p->m->flags |= k->flags;
	p->m->counters = k->counters ? k->counters : 1;
	p->m->others_sign = k->others_sign ? k->others_sign : 1;
	snprintf(p->m->key, sizeof(p->m->key), "%s", k->name);
	return 0;
}

static int global_key(struct parse *p, const struct metric_key *table, enum metric_origin origin,
		      const char *file)
{
	const struct metric_key *k = key_find(table, p->rest);

	if (!k)
		return err_set(p->err, -ENOENT, "no kernel has \"%s\" in %s", p->rest, file);
	p->m->flags |= MF_GLOBAL;
	p->m->others = k->others;
	return take_key(p, k, origin);
}

static int parse_meminfo(struct parse *p)
{
	return global_key(p, keys_meminfo, MO_MEMINFO, "/proc/meminfo");
}

static int parse_vmstat(struct parse *p)
{
	return global_key(p, keys_vmstat, MO_VMSTAT, "/proc/vmstat");
}

static int parse_zone(struct parse *p)
{
	return global_key(p, keys_zone, MO_ZONE, "what is read of /proc/zoneinfo");
}

static int parse_oom(struct parse *p)
{
	const struct metric_key *k = key_find(keys_oom, p->rest);

	if (!k)
		return err_set(p->err, -ENOENT, "an OOM kill has no \"%s\"", p->rest);
	p->m->needs |= NEED_KMSG;
	return take_key(p, k, MO_OOM);
}

static int parse_fault(struct parse *p)
{
	const char *dot = strchr(p->rest, '.');
	const struct metric_key *k = dot ? key_find(keys_fault, dot + 1) : NULL;
	char kind[64] = "";
	int row;

	if (dot && (size_t)(dot - p->rest) < sizeof(kind))
		snprintf(kind, sizeof(kind), "%.*s", (int)(dot - p->rest), p->rest);
	if (!k)
		return err_set(p->err, -ENOENT, "a fault's metric is faults.<kind>.injected");
	row = fault_kind_find(kind);
	if (row < 0)
		return err_set(p->err, -ENOENT, "there is no kind of fault \"%s\"", kind);
	take_key(p, k, MO_FAULT);
	snprintf(p->m->key, sizeof(p->m->key), "%s", kind);
	snprintf(p->m->field, sizeof(p->m->field), "%s", k->name);
	return 0;
}

static bool parse_number(const char *s, int max, int *ret)
{
	int n = 0;

	if (!*s || (s[0] == '0' && s[1]))
		return false;
	for (; *s; s++) {
		if (*s < '0' || *s > '9')
			return false;
		n = n * 10 + (*s - '0');
		if (n > max)
			return false;
	}
	*ret = n;
	return true;
}

static int parse_buddy(struct parse *p)
{
	struct metric_key k = {.name = p->rest, .unit = UNIT_COUNT};
	int order;

	p->m->flags |= MF_GLOBAL;
	if (str_eq(p->rest, "huge")) {
		k.unit = UNIT_PAGES;
		return take_key(p, &k, MO_BUDDY);
	}
	if (!str_starts(p->rest, "order") ||
	    !parse_number(p->rest + strlen("order"), BUDDY_ORDERS - 1, &order))
		return err_set(p->err, -ENOENT,
			       "/proc/buddyinfo has order0 .. order%d and huge, not \"%s\"",
			       BUDDY_ORDERS - 1, p->rest);
	return take_key(p, &k, MO_BUDDY);
}

static int parse_slab(struct parse *p)
{
	const char *dot = strrchr(p->rest, '.');
	const struct metric_key *k = dot ? key_find(keys_slab, dot + 1) : NULL;
	int len = dot ? (int)(dot - p->rest) : 0;

	if (!dot || len == 0 || (size_t)len >= sizeof(p->m->key))
		return err_set(p->err, -ENOENT, "a slab metric is slab.<cache>.<field>");
	if (!k)
		return err_set(p->err, -ENOENT, "a slab cache has no \"%s\"", dot + 1);
	take_key(p, k, MO_SLAB);
	p->m->flags |= MF_GLOBAL;
	p->m->needs |= NEED_SLABINFO;
	snprintf(p->m->key, sizeof(p->m->key), "%.*s", len, p->rest);
	snprintf(p->m->field, sizeof(p->m->field), "%s", dot + 1);
	return 0;
}

static const struct psi_key *psi_field(const char *name)
{
	for (const struct psi_key *k = keys_psi; k->name; k++)
		if (str_eq(k->name, name))
			return k;
	return NULL;
}

/*
 * "memory.some.avg10" of psi.*, or "memory.pressure.some.avg10" of a group, between being
 * ".pressure"; the key becomes the file. There is no "some" of irq (kernel/sched/psi.c:psi_show).
 */
static int take_psi(struct parse *p, const char *between, enum metric_origin origin)
{
	size_t between_len = strlen(between), len;
	const struct psi_key *k;

	for (const char *const *f = keys_psi_file; *f; f++) {
		len = strlen(*f);
		if (!str_starts(p->rest, *f) || strncmp(p->rest + len, between, between_len) != 0 ||
		    p->rest[len + between_len] != '.')
			continue;
		k = psi_field(p->rest + len + between_len + 1);
		if (!k || (str_eq(*f, "irq") && str_starts(k->name, "some")))
			break;
		p->m->origin = origin;
		p->m->unit = k->unit;
		p->m->flags |= k->flags;
		snprintf(p->m->key, sizeof(p->m->key), "%s%s", *f, between);
		snprintf(p->m->field, sizeof(p->m->field), "%s", k->field);
		return 0;
	}
	return err_set(
		p->err, -ENOENT,
		"pressure is (memory|io|cpu|irq)%s.(some|full)[.avg10|.avg60|.avg300|.total],"
		" not \"%s\"",
		between, p->rest);
}

static int parse_psi(struct parse *p)
{
	p->m->flags |= MF_GLOBAL;
	p->m->needs |= NEED_PSI;
	return take_psi(p, "", MO_PSI);
}

static int parse_kmsg(struct parse *p)
{
	struct metric_key k = {.name = p->rest, .unit = UNIT_COUNT, .flags = MF_COUNTER};
	bool known = str_eq(p->rest, "lines") || str_eq(p->rest, "lost");

	for (int kind = 0; kind < KMSG_KIND_COUNT && !known; kind++)
		known = str_eq(p->rest, kmsg_kind_word(kind));
	if (!known)
		return err_set(p->err, -ENOENT, "the kernel log is not counted by \"%s\"", p->rest);
	p->m->needs |= NEED_KMSG;
	return take_key(p, &k, MO_KMSG);
}

static int parse_others(struct parse *p)
{
	size_t len = strcspn(p->rest, ".");
	bool moved = str_eq(p->rest + len, ".moved");

	for (const struct others_key *o = keys_others; o->name; o++) {
		struct metric_key k = {.name = o->stat, .unit = UNIT_BYTES};

		if (strlen(o->name) != len || memcmp(o->name, p->rest, len) != 0 ||
		    (p->rest[len] && !moved))
			continue;
		p->m->flags |= MF_GLOBAL;
		p->m->needs |= NEED_MEMCG;
		snprintf(p->m->field, sizeof(p->m->field), "%s", moved ? "moved" : "");
		return take_key(p, &k, MO_OTHERS);
	}
	return err_set(p->err, -ENOENT, "what others move is not known by \"%s\"", p->rest);
}

/* A derived metric suffers from all that its terms do; what moves a single term moves it too. */
static void derived_inherit(struct metric *m, const struct derived_term *terms)
{
	static const struct metric_names none = {0};
	char near[METRIC_NAME_MAX];
	struct metric term;
	bool first = true;

	for (; terms->sign; terms++) {
		if (metric_parse(terms->name, &none, &term, near, NULL) < 0)
			continue;
		m->flags |= term.flags;
		m->needs |= term.needs;
		if (first && !terms[1].sign) {
			m->others = term.others;
			m->others_sign = term.others_sign * terms->sign;
		}
		first = false;
	}
}

static int parse_derived(struct parse *p)
{
	int row = derived_find(p->name);
	const struct derived *d;
	struct metric_key k;

	if (row < 0)
		return err_set(p->err, -ENOENT, "there is no derived metric \"%s\"", p->name);
	d = &derived_table[row];
	k = (struct metric_key){.name = d->name, .unit = d->unit};
	take_key(p, &k, MO_DERIVED);
	p->m->formula = row;
	p->m->others = d->others;
	derived_inherit(p->m, d->num);
	derived_inherit(p->m, d->den);
	if (d->ratio) {
		p->m->others = NULL;
		p->m->flags &= MF_GLOBAL;
	}
	return 0;
}

static int parse_node(struct parse *p, int node)
{
	int r = global_key(p, keys_node, MO_NODE, "a node's meminfo");

	p->m->object = node;
	p->m->others_sign = 0; /* what others hold is known of all nodes together */
	if (node > 0)
		p->m->needs |= NEED_NUMA2;
	return r;
}

static const struct family {
	const char *prefix;
	int (*parse)(struct parse *p);
} families[] = {
	{"meminfo", parse_meminfo}, {"vmstat", parse_vmstat}, {"zoneinfo", parse_zone},
	{"buddyinfo", parse_buddy}, {"slab", parse_slab},     {"psi", parse_psi},
	{"oom", parse_oom},	    {"kmsg", parse_kmsg},     {"others", parse_others},
	{"free", parse_derived},    {"sar", parse_derived},   {"faults", parse_fault},
};

static bool is_numa_stat(const char *key)
{
	for (const char *const *k = keys_numa_stat; *k; k++)
		if (str_eq(*k, key))
			return true;
	return false;
}

/* "anon" of all nodes, or "anon.N1" of one; the field is the node's "N1". */
static int parse_numa_stat(struct parse *p)
{
	const char *what = p->rest + strlen("memory.numa_stat."), *dot = strchr(what, '.');
	char key[64];
	int node;

	snprintf(key, sizeof(key), "%.*s", dot ? (int)(dot - what) : (int)strlen(what), what);
	if (!is_numa_stat(key))
		return err_set(p->err, -ENOENT, "memory.numa_stat has no \"%s\"", key);
	if (dot && (dot[1] != 'N' || !parse_number(dot + 2, NODE_MAX, &node)))
		return err_set(p->err, -ENOENT,
			       "a node of memory.numa_stat is N0, N1 ..., not \"%s\"", dot + 1);
	take_key(p, key_find(keys_memory_stat, key), MO_GROUP_STAT);
	snprintf(p->m->key, sizeof(p->m->key), "memory.numa_stat.%s", key);
	snprintf(p->m->field, sizeof(p->m->field), "%s", dot ? dot + 1 : "");
	return 0;
}

/* Behind the last slash, as groups have slashes and files have none. */
static int parse_group(struct parse *p, const char *slash)
{
	static const struct {
		const struct metric_key *keys;
		enum metric_origin origin;
	} tables[] = {{keys_group_file, MO_GROUP_FILE},
		      {keys_group_event, MO_GROUP_EVENT},
		      {keys_group_own, MO_GROUP_FILE}};
	size_t len = (size_t)(slash - p->name);
	const struct metric_key *k;

	for (size_t i = 0; i < p->names->n_groups; i++)
		if (strlen(p->names->groups[i]) == len &&
		    memcmp(p->names->groups[i], p->name, len) == 0)
			p->m->object = (int)i;
	if (p->m->object < 0)
		return err_set(p->err, -ENOENT, "there is no group \"%.*s\"", (int)len, p->name);
	p->rest = slash + 1;
	p->m->needs |= NEED_MEMCG;
	if (str_starts(p->rest, "memory.stat.")) {
		k = key_find(keys_memory_stat, p->rest + strlen("memory.stat."));
		if (!k)
			return err_set(p->err, -ENOENT, "no kernel has \"%s\" in memory.stat",
				       p->rest + strlen("memory.stat."));
		return take_key(p, k, MO_GROUP_STAT);
	}
	if (str_starts(p->rest, "memory.numa_stat."))
		return parse_numa_stat(p);
	for (size_t i = 0; i < ARRAY_SIZE(tables); i++) {
		k = key_find(tables[i].keys, p->rest);
		if (k)
			return take_key(p, k, tables[i].origin);
	}
	if (strstr(p->rest, ".pressure.")) {
		p->m->needs |= NEED_GROUP_PSI;
		return take_psi(p, ".pressure", MO_GROUP_PSI);
	}
	return err_set(p->err, -ENOENT, "a group has no \"%s\"", p->rest);
}

static int parse_worker(struct parse *p, size_t i)
{
	const struct stressor *kind = p->names->kinds ? p->names->kinds[i] : NULL;
	const struct metric_key *k = key_find(keys_worker, p->rest);

	p->m->object = (int)i;
	if (k)
		return take_key(p, k, MO_WORKER);
	for (const struct stressor_counter *c = kind ? kind->counters : NULL; c && c->name; c++) {
		struct metric_key own = {.name = c->name,
					 .unit = c->unit,
					 .flags = c->gauge ? 0 : MF_COUNTER};

		if (str_eq(c->name, p->rest))
			return take_key(p, &own, MO_WORKER);
	}
	return err_set(p->err, -ENOENT, "stressor \"%s\"%s%s%s has no counter \"%s\"",
		       p->names->stressors[i], kind ? " (" : "", kind ? kind->name : "",
		       kind ? ")" : "", p->rest);
}

static int parse_prefixed(struct parse *p)
{
	const char *dot = strchr(p->name, '.');
	size_t len = dot ? (size_t)(dot - p->name) : 0;
	char head[24];
	int node;

	if (!dot)
		return err_set(p->err, -ENOENT, "\"%s\" is no metric: it begins with nothing known",
			       p->name);
	p->rest = dot + 1;
	for (size_t i = 0; i < p->names->n_stressors; i++)
		if (strlen(p->names->stressors[i]) == len &&
		    memcmp(p->names->stressors[i], p->name, len) == 0)
			return parse_worker(p, i);
	for (size_t i = 0; i < sizeof(families) / sizeof(families[0]); i++)
		if (strlen(families[i].prefix) == len &&
		    memcmp(families[i].prefix, p->name, len) == 0)
			return families[i].parse(p);
	snprintf(head, sizeof(head), "%.*s", (int)len, p->name);
	if (str_starts(head, "node") && parse_number(head + 4, NODE_MAX, &node))
		return parse_node(p, node);
	return err_set(p->err, -ENOENT, "there is no stressor and no kernel file \"%.*s\"",
		       (int)len, p->name);
}

int metric_parse(const char *name, const struct metric_names *names, struct metric *ret,
		 char *ret_nearest, struct err *err)
{
	struct parse p = {.name = name, .rest = name, .names = names, .m = ret, .err = err};
	const char *slash = strrchr(name, '/');
	int r;

	ret_nearest[0] = '\0';
	*ret = (struct metric){.object = -1, .formula = -1, .others_sign = 1, .counters = 1};
	if (strlen(name) >= sizeof(ret->name))
		return err_set_class(err, ERR_USAGE, -ENOENT,
				     "a metric's name has at most %zu letters",
				     sizeof(ret->name) - 1);
	snprintf(ret->name, sizeof(ret->name), "%s", name);
	r = slash ? parse_group(&p, slash) : parse_prefixed(&p);
	if (r < 0) {
		if (err)
			err->class = ERR_USAGE;
		metric_suggest(name, names, ret_nearest);
		return -ENOENT;
	}
	return 0;
}
