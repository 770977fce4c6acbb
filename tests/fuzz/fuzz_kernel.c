/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Fuzz target for the readers of kernel text: the first byte says which, the rest is the text, in a
 * buffer of exactly its size so that a read behind the end is seen. Beside memory errors it looks
 * for answers that contradict each other.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "kernel/buddyinfo.h"
#include "kernel/config.h"
#include "kernel/kmsg.h"
#include "kernel/kv.h"
#include "kernel/lines.h"
#include "kernel/mountinfo.h"
#include "kernel/oom.h"
#include "kernel/psi.h"
#include "kernel/slabinfo.h"
#include "kernel/zoneinfo.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(int holds)
{
	if (!holds)
		abort();
}

/* The second read goes by the lines that the first has found: both must agree. */
static void fuzz_kv(const char *text, size_t len, enum kv_format f)
{
	struct kv_key keys[64];
	struct kv_table t = {.format = f, .keys = keys};
	int64_t first[64], second[64];
	int n = kv_scan(text, len, f, keys, 64);

	if (n <= 0)
		return;
	t.n = n > 64 ? 64 : (size_t)n;
	must(kv_read(&t, text, len, first) == kv_read(&t, text, len, second));
	must(!memcmp(first, second, t.n * sizeof(first[0])));
	for (size_t i = 0; i < t.n; i++)
		must(first[i] == kv_get(text, len, f, keys[i].name));
}

static void fuzz_plain(const char *text, size_t len)
{
	fuzz_kv(text, len, KV_PLAIN);
}

static void fuzz_meminfo(const char *text, size_t len)
{
	fuzz_kv(text, len, KV_MEMINFO);
}

static void fuzz_node_meminfo(const char *text, size_t len)
{
	fuzz_kv(text, len, KV_NODE_MEMINFO);
}

static void fuzz_slabinfo(const char *text, size_t len)
{
	struct span rest = span_of(text, len);
	struct slabcache c, found;
	int r;

	while ((r = slabinfo_next(&rest, &c))) {
		if (r < 0)
			continue;
		must(slabcache_utilisation(&c, 4096) >= 0);
		slabinfo_find(text, len, c.name, &found);
	}
}

static void fuzz_zoneinfo(const char *text, size_t len)
{
	struct zoneinfo z;

	if (!zoneinfo_parse(text, len, &z))
		must(z.zones > 0 && z.nodes > 0 && z.managed_pages > 0 && z.pcp_pages >= 0);
	zoneinfo_parse_node(text, len, 0, &z);
}

static void fuzz_buddyinfo(const char *text, size_t len)
{
	struct buddyinfo b;

	if (!buddyinfo_parse(text, len, -1, &b))
		must(b.orders > 0 && b.orders <= BUDDY_ORDERS && b.pages_free >= 0);
}

static void fuzz_psi(const char *text, size_t len)
{
	struct psi p;

	psi_parse(text, len, &p);
}

static void fuzz_log(const char *text, size_t len)
{
	struct oom_record records[4];
	struct span rest = span_of(text, len), line;
	struct kmsg_record r;
	struct oom_log log;

	oom_log_init(&log, records, 4);
	while (next_line(&rest, &line)) {
		if (kmsg_parse(line.p, line.n, &r))
			continue;
		must((unsigned)kmsg_record_kind(&r) < KMSG_KIND_COUNT);
		oom_feed(&log, r.text, r.ts_us, NULL);
	}
	must(log.n <= 4 && (int64_t)log.n <= log.kills);
}

/* The assembler on lines without the log's prefix: gets deeper. */
static void fuzz_oom(const char *text, size_t len)
{
	struct oom_record records[4];
	struct span rest = span_of(text, len), line;
	struct oom_log log;
	char buf[KMSG_TEXT_MAX];

	oom_log_init(&log, records, 4);
	for (int64_t at = 0; next_line(&rest, &line); at++) {
		span_copy(line, buf, sizeof(buf));
		kmsg_classify(buf);
		oom_feed(&log, buf, at, NULL);
	}
	must(log.n <= 4 && (int64_t)log.n <= log.kills);
}

static void fuzz_mountinfo(const char *text, size_t len)
{
	struct mount m;

	mountinfo_find(text, len, "cgroup", "memory", &m);
	mountinfo_covering(text, len, "/proc/sys/vm", &m);
}

static void fuzz_config(const char *text, size_t len)
{
	char buf[32];

	config_get(text, len, "CONFIG_A", buf, sizeof(buf));
}

static void fuzz_list(const char *text, size_t len)
{
	must(list_count(span_of(text, len)) >= -22);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static void (*const targets[])(const char *text, size_t len) = {
		fuzz_plain,    fuzz_meminfo,   fuzz_node_meminfo, fuzz_slabinfo,
		fuzz_zoneinfo, fuzz_buddyinfo, fuzz_psi,	  fuzz_log,
		fuzz_oom,      fuzz_mountinfo, fuzz_config,	  fuzz_list,
	};
	char *text;

	if (!size)
		return 0;
	text = malloc(size - 1 ? size - 1 : 1);
	if (!text)
		return 0;
	memcpy(text, data + 1, size - 1);
	targets[data[0] % (sizeof(targets) / sizeof(targets[0]))](text, size - 1);
	free(text);
	return 0;
}
