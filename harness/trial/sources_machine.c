/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The machine's own files: meminfo, vmstat, zoneinfo, buddyinfo, slabinfo, PSI, the nodes. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/io.h"
#include "base/words.h"
#include "kernel/buddyinfo.h"
#include "kernel/psi.h"
#include "kernel/slabinfo.h"
#include "kernel/zoneinfo.h"
#include "metric/metric.h"
#include "trial/sources.h"
#include "trial/trial_state.h"

#define KEYS_MAX 512

static void absent(struct source *s, int64_t *values)
{
	for (size_t i = 0; i < s->n; i++)
		values[s->first + i] = VALUE_ABSENT;
}

/* The metric's own table knows a key's unit; a key that it does not know is a plain count. */
static enum unit unit_of(const char *name)
{
	struct metric_names none = {0};
	struct metric m;
	struct err err = {0};
	char nearest[METRIC_NAME_MAX];

	return metric_parse(name, &none, &m, nearest, &err) == 0 ? m.unit : UNIT_COUNT;
}

/* A whole file of keys: one column a line that this kernel has. */
static int add_kv(struct sources *ss, int dirfd, const char *path, enum kv_format format,
		  const char *family, bool sampled)
{
	struct kv_key keys[KEYS_MAX];
	char name[METRIC_NAME_MAX];
	int fd = file_open(dirfd, path);
	ssize_t len = source_text(ss, fd);
	struct source *s;
	int n;

	if (len < 0) {
		close_fd(&fd);
		return (int)len;
	}
	n = kv_scan(ss->buf, (size_t)len, format, keys, KEYS_MAX);
	if (n < 0) {
		close_fd(&fd);
		return n;
	}
	n = MIN(n, KEYS_MAX);
	s = source_add(ss, (size_t)n);
	s->fd = fd;
	s->read = source_read_kv;
	s->sampled = sampled;
	source_note_end(ss, s, (size_t)len);
	s->kv = (struct kv_table){.format = format, .n = (size_t)n};
	s->kv.keys = arena_array(&ss->room, (size_t)n + 1, sizeof(*keys));
	memcpy(s->kv.keys, keys, (size_t)n * sizeof(*keys));
	for (int i = 0; i < n; i++) {
		snprintf(name, sizeof(name), "%s.%s", family, keys[i].name);
		source_column(ss, s->first + (size_t)i, name, unit_of(name));
	}
	return 0;
}

static void read_zone(struct sources *ss, struct source *s, int64_t *values)
{
	ssize_t len = source_text(ss, s->fd);
	struct zoneinfo z;

	if (len < 0 || zoneinfo_parse(ss->buf, (size_t)len, &z) < 0) {
		absent(s, values);
		return;
	}
	int64_t v[] = {z.pcp_pages,	  z.free_pages,	     z.managed_pages,	 z.present_pages,
		       z.min_wmark_pages, z.low_wmark_pages, z.high_wmark_pages, z.over_high_pages};

	memcpy(values + s->first, v, sizeof(v));
	ss->rec->percpu_threshold = z.stat_threshold_pages;
}

static void add_zone(struct sources *ss, int procfd)
{
	static const char *const names[] = {"zoneinfo.pcp",	"zoneinfo.free",
					    "zoneinfo.managed", "zoneinfo.present",
					    "zoneinfo.min",	"zoneinfo.low",
					    "zoneinfo.high",	"zoneinfo.over_high"};
	int fd = file_open(procfd, "zoneinfo");
	struct source *s;

	if (fd < 0)
		return;
	s = source_add(ss, ARRAY_SIZE(names));
	s->fd = fd;
	s->read = read_zone;
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		source_column(ss, s->first + i, names[i], UNIT_PAGES);
}

static void read_buddy(struct sources *ss, struct source *s, int64_t *values)
{
	ssize_t len = source_text(ss, s->fd);
	struct buddyinfo b;

	if (len < 0 || buddyinfo_parse(ss->buf, (size_t)len, -1, &b) < 0) {
		absent(s, values);
		return;
	}
	for (size_t i = 0; i + 1 < s->n; i++)
		values[s->first + i] = b.blocks[i];
	values[s->first + s->n - 1] = b.pages_huge;
}

static void add_buddy(struct sources *ss, int procfd)
{
	char name[METRIC_NAME_MAX];
	struct buddyinfo b;
	int fd = file_open(procfd, "buddyinfo");
	ssize_t len = source_text(ss, fd);
	struct source *s;

	if (len < 0 || buddyinfo_parse(ss->buf, (size_t)len, -1, &b) < 0) {
		close_fd(&fd);
		return;
	}
	s = source_add(ss, (size_t)b.orders + 1);
	s->fd = fd;
	s->read = read_buddy;
	for (int i = 0; i < b.orders; i++) {
		snprintf(name, sizeof(name), "buddyinfo.order%d", i);
		source_column(ss, s->first + (size_t)i, name, UNIT_COUNT);
	}
	source_column(ss, s->first + (size_t)b.orders, "buddyinfo.huge", UNIT_PAGES);
}

static const struct slab_field {
	const char *name;
	enum unit unit;
} slab_fields[] = {
	{"active_objs", UNIT_COUNT},   {"num_objs", UNIT_COUNT},     {"objsize", UNIT_BYTES},
	{"objperslab", UNIT_COUNT},    {"pagesperslab", UNIT_PAGES}, {"slabs", UNIT_COUNT},
	{"utilisation", UNIT_PERCENT}, {"size", UNIT_BYTES},	     {"active_slabs", UNIT_COUNT},
};

static void read_slab(struct sources *ss, struct source *s, int64_t *values)
{
	ssize_t len = source_text(ss, s->fd);
	int64_t *v = values + s->first;
	struct slabcache c;

	if (len < 0 || slabinfo_find(ss->buf, (size_t)len, s->cache, &c) < 0) {
		absent(s, values);
		return;
	}
	v[0] = c.active_objs;
	v[1] = c.num_objs;
	v[2] = c.objsize;
	v[3] = c.objperslab;
	v[4] = c.pagesperslab;
	v[5] = c.num_slabs;
	v[6] = slabcache_utilisation(&c, ss->rec->page_size);
	v[7] = slabcache_bytes(&c, ss->rec->page_size);
	v[8] = c.active_slabs;
}

static bool have_slab(struct sources *ss, const char *cache)
{
	char name[METRIC_NAME_MAX];

	snprintf(name, sizeof(name), "slab.%s.%s", cache, slab_fields[0].name);
	return record_column(ss->rec, name) >= 0;
}

/* One cache that a check speaks of; a merged cache is read under the name that lists it. */
static void add_slab(struct sources *ss, const struct roots *roots, const char *cache)
{
	char name[METRIC_NAME_MAX], listed[SLAB_NAME_MAX];
	int fd = file_open(roots->proc, "slabinfo");
	ssize_t len = source_text(ss, fd);
	struct source *s;

	if (len < 0 || slab_resolve(roots->sys, ss->buf, (size_t)len, cache, listed) < 0) {
		close_fd(&fd);
		return;
	}
	s = source_add(ss, ARRAY_SIZE(slab_fields));
	s->fd = fd;
	s->read = read_slab;
	snprintf(s->cache, sizeof(s->cache), "%s", listed);
	for (size_t i = 0; i < ARRAY_SIZE(slab_fields); i++) {
		snprintf(name, sizeof(name), "slab.%s.%s", cache, slab_fields[i].name);
		source_column(ss, s->first + i, name, slab_fields[i].unit);
	}
}

static void add_slabs(struct sources *ss, const struct roots *roots)
{
	const struct spec *spec = &ss->rec->spec;

	for (size_t i = 0; i < spec->n_checks; i++)
		if (spec->checks[i].metric.origin == MO_SLAB &&
		    !have_slab(ss, spec->checks[i].metric.key))
			add_slab(ss, roots, spec->checks[i].metric.key);
}

static void source_read_psi(struct sources *ss, struct source *s, int64_t *values)
{
	ssize_t len = s->last[0] ? source_text_to(ss, s->fd, s->last) : source_text(ss, s->fd);
	int64_t *v = values + s->first;
	struct psi p;

	if (len < 0 || psi_parse(ss->buf, (size_t)len, &p) < 0) {
		absent(s, values);
		return;
	}
	const struct psi_line *lines[] = {&p.some, &p.full};

	for (int i = 0; i < 2; i++, v += 5) {
		v[0] = v[4] = lines[i]->total_ns;
		v[1] = lines[i]->avg10;
		v[2] = lines[i]->avg60;
		v[3] = lines[i]->avg300;
	}
}

/* "<prefix>.some" is the stall time, as "<prefix>.some.total"; then the averages. */
bool source_add_psi(struct sources *ss, int dirfd, const char *file, const char *prefix)
{
	static const char *const fields[] = {"", ".avg10", ".avg60", ".avg300", ".total"};
	static const char *const kinds[] = {"some", "full"};
	char name[METRIC_NAME_MAX];
	int fd = file_open(dirfd, file);
	ssize_t len = source_text(ss, fd);
	struct source *s;
	struct psi p;

	if (len < 0 || psi_parse(ss->buf, (size_t)len, &p) < 0) {
		close_fd(&fd);
		return false;
	}
	s = source_add(ss, 10);
	s->fd = fd;
	s->read = source_read_psi;
	source_note_end(ss, s, (size_t)len);
	s->sampled = true;
	for (size_t k = 0; k < 2; k++)
		for (size_t i = 0; i < 5; i++) {
			snprintf(name, sizeof(name), "%s.%s%s", prefix, kinds[k], fields[i]);
			source_column(ss, s->first + k * 5 + i, name,
				      i == 0 || i == 4 ? UNIT_DUR : UNIT_PERCENT);
		}
	return true;
}

int sources_machine(struct sources *ss, const struct roots *roots, struct err *err)
{
	char path[96], family[32];
	int r;

	r = add_kv(ss, roots->proc, "meminfo", KV_MEMINFO, "meminfo", true);
	if (r < 0)
		return err_errno(err, r, "cannot read /proc/meminfo");
	r = add_kv(ss, roots->proc, "vmstat", KV_PLAIN, "vmstat", true);
	if (r < 0)
		return err_errno(err, r, "cannot read /proc/vmstat");
	for (int node = 0; node < ss->trial->config->machine->nodes; node++) {
		snprintf(path, sizeof(path), "devices/system/node/node%d/meminfo", node);
		snprintf(family, sizeof(family), "node%d", node);
		add_kv(ss, roots->sys, path, KV_NODE_MEMINFO, family, false);
	}
	add_zone(ss, roots->proc);
	add_buddy(ss, roots->proc);
	add_slabs(ss, roots);
	source_add_psi(ss, roots->proc, "pressure/memory", "psi.memory");
	source_add_psi(ss, roots->proc, "pressure/io", "psi.io");
	return 0;
}
