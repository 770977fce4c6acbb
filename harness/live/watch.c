/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "live/watch.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/io.h"
#include "cgroup/walk.h"
#include "kernel/kv.h"
#include "kernel/psi.h"

const char *const watch_names[WN_COUNT] = {
	[WN_CURRENT] = "memory.current",
	[WN_PEAK] = "memory.peak",
	[WN_MAX] = "memory.max",
	[WN_HIGH] = "memory.high",
	[WN_SWAP] = "memory.swap.current",
	[WN_SWAP_MAX] = "memory.swap.max",
	[WN_ANON] = "memory.stat.anon",
	[WN_FILE] = "memory.stat.file",
	[WN_SHMEM] = "memory.stat.shmem",
	[WN_KERNEL] = "memory.stat.kernel",
	[WN_SLAB] = "memory.stat.slab",
	[WN_SCAN] = "memory.stat.pgscan",
	[WN_STEAL] = "memory.stat.pgsteal",
	[WN_REFAULT_ANON] = "memory.stat.workingset_refault_anon",
	[WN_REFAULT_FILE] = "memory.stat.workingset_refault_file",
	[WN_MAJFLT] = "memory.stat.pgmajfault",
	[WN_E_LOW] = "memory.events.low",
	[WN_E_HIGH] = "memory.events.high",
	[WN_E_MAX] = "memory.events.max",
	[WN_E_OOM] = "memory.events.oom",
	[WN_E_OOM_KILL] = "memory.events.oom_kill",
	[WN_SOME] = "memory.pressure.some",
	[WN_FULL] = "memory.pressure.full",
};

/* The same of the whole machine, as sums of lines. */
#define MACHINE_TERMS 4
static const struct machine_row {
	const char *file;
	enum kv_format format;
	const char *plus[MACHINE_TERMS], *minus;
} machine_rows[WN_COUNT] = {
	[WN_CURRENT] = {"meminfo", KV_MEMINFO, {"MemTotal"}, "MemAvailable"},
	[WN_MAX] = {"meminfo", KV_MEMINFO, {"MemTotal"}, NULL},
	[WN_SWAP] = {"meminfo", KV_MEMINFO, {"SwapTotal"}, "SwapFree"},
	[WN_SWAP_MAX] = {"meminfo", KV_MEMINFO, {"SwapTotal"}, NULL},
	[WN_ANON] = {"meminfo", KV_MEMINFO, {"AnonPages"}, NULL},
	[WN_FILE] = {"meminfo", KV_MEMINFO, {"Cached", "Buffers"}, NULL},
	[WN_SHMEM] = {"meminfo", KV_MEMINFO, {"Shmem"}, NULL},
	[WN_KERNEL] = {"meminfo",
		       KV_MEMINFO,
		       {"Slab", "PageTables", "KernelStack", "Percpu"},
		       NULL},
	[WN_SLAB] = {"meminfo", KV_MEMINFO, {"Slab"}, NULL},
	[WN_SCAN] = {"vmstat", KV_PLAIN, {"pgscan_anon", "pgscan_file"}, NULL},
	[WN_STEAL] = {"vmstat", KV_PLAIN, {"pgsteal_anon", "pgsteal_file"}, NULL},
	[WN_REFAULT_ANON] = {"vmstat", KV_PLAIN, {"workingset_refault_anon"}, NULL},
	[WN_REFAULT_FILE] = {"vmstat", KV_PLAIN, {"workingset_refault_file"}, NULL},
	[WN_MAJFLT] = {"vmstat", KV_PLAIN, {"pgmajfault"}, NULL},
	[WN_E_OOM_KILL] = {"vmstat", KV_PLAIN, {"oom_kill"}, NULL},
};

/* The file's text in w->text, read once for all rows that follow one another. */
static ssize_t load(struct watched *w, int dir, const char *file, const char **in_room,
		    ssize_t *len)
{
	if (!*in_room || strcmp(*in_room, file) != 0) {
		*in_room = file;
		*len = file_read(dir, file, w->text, sizeof(w->text));
	}
	return *len;
}

static int64_t sum_of(const struct watched *w, size_t len, const struct machine_row *row)
{
	int64_t sum = 0, v;

	for (size_t i = 0; i < MACHINE_TERMS && row->plus[i]; i++) {
		v = kv_get(w->text, len, row->format, row->plus[i]);
		if (v == VALUE_ABSENT && i == 0)
			return VALUE_ABSENT;
		sum += v == VALUE_ABSENT ? 0 : v; /* Percpu came later than the others */
	}
	v = row->minus ? kv_get(w->text, len, row->format, row->minus) : 0;
	return v == VALUE_ABSENT ? VALUE_ABSENT : sum - v;
}

static void read_machine(struct watched *w, int64_t *values)
{
	const char *file = NULL;
	ssize_t len = -1;

	for (size_t i = 0; i < WN_COUNT; i++) {
		const struct machine_row *row = &machine_rows[i];

		values[i] = row->file && load(w, w->proc, row->file, &file, &len) >= 0
				    ? sum_of(w, (size_t)len, row)
				    : VALUE_ABSENT;
	}
}

static int64_t read_source(struct watched *w, const struct cg_source *src, const char **file,
			   ssize_t *len)
{
	int64_t v, plus;

	if (!src->key && cg_read_value(w->group, src->file, &v) < 0)
		return VALUE_ABSENT;
	if (src->key && load(w, w->group, src->file, file, len) < 0)
		return VALUE_ABSENT;
	if (src->key)
		v = kv_get(w->text, (size_t)*len, KV_PLAIN, src->key);
	if (src->plus && v != VALUE_ABSENT && v != VALUE_MAX &&
	    file_read_i64(w->group, src->plus, &plus) == 0)
		v += plus;
	return v;
}

static void read_group(struct watched *w, int64_t *values)
{
	const char *file = NULL;
	ssize_t len = -1;

	for (size_t i = 0; i < WN_COUNT; i++) {
		struct cg_source src;

		values[i] = cg_source(w->version, watch_names[i], &src)
				    ? read_source(w, &src, &file, &len)
				    : VALUE_ABSENT;
	}
}

static void read_pressure(struct watched *w, int64_t *values)
{
	bool machine = !w->path[0] || w->pressure_of_machine;
	struct psi p;

	values[WN_SOME] = values[WN_FULL] = VALUE_ABSENT;
	if (psi_load(machine ? w->proc : w->group, machine ? "pressure/memory" : "memory.pressure",
		     &p) < 0)
		return;
	values[WN_SOME] = p.some.total_ns;
	values[WN_FULL] = p.full.total_ns;
}

/* Into its place; what falls off the end is only counted. */
static void keep_child(struct watch_reading *rd, const char *name, int64_t current)
{
	size_t at = rd->n_children;

	while (at && rd->children[at - 1].current < current)
		at--;
	if (rd->n_children == WATCH_CHILDREN)
		rd->children_more++;
	else
		rd->n_children++;
	if (at == WATCH_CHILDREN)
		return;
	memmove(&rd->children[at + 1], &rd->children[at],
		(rd->n_children - at - 1) * sizeof(rd->children[0]));
	snprintf(rd->children[at].name, sizeof(rd->children[at].name), "%s", name);
	rd->children[at].current = current;
}

struct children {
	const char *file;
	struct watch_reading *reading;
};

static int read_child(int fd, const char *name, void *data)
{
	struct children *c = data;
	int64_t v;

	if (file_read_i64(fd, c->file, &v) == 0)
		keep_child(c->reading, name, v);
	return 0;
}

static void read_children(struct watched *w, struct watch_reading *ret)
{
	struct children c = {cg_file_name(w->version, "memory.current"), ret};

	if (w->group >= 0)
		walk_children(w->group, "", read_child, &c);
}

int watch_read(struct watched *w, struct watch_reading *ret)
{
	ret->n_children = ret->children_more = 0;
	if (w->path[0])
		read_group(w, ret->values);
	else
		read_machine(w, ret->values);
	if (w->path[0] && ret->values[WN_CURRENT] == VALUE_ABSENT)
		return -ENODEV;
	read_pressure(w, ret->values);
	if (w->version != CG_NONE)
		read_children(w, ret);
	return 0;
}

void watch_close(struct watched *w)
{
	close_fd(&w->group);
}
