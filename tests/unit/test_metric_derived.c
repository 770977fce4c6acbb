/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The derived metrics against what the tools themselves printed of the same moment. */
#include <criterion/criterion.h>
#include <string.h>

#include "base/words.h"
#include "kernel/kv.h"
#include "metric/derived.h"
#include "metric/metric.h"

/* /proc/meminfo beside `free -b` of procps-ng 4.0.2, Linux 6.18. */
static const char meminfo[] = "MemTotal:       24684096 kB\n"
			      "MemFree:        22890880 kB\n"
			      "MemAvailable:   23621400 kB\n"
			      "Buffers:            7820 kB\n"
			      "Cached:           718504 kB\n"
			      "SwapTotal:             0 kB\n"
			      "SwapFree:              0 kB\n"
			      "Shmem:              8788 kB\n"
			      "Slab:             346708 kB\n"
			      "SReclaimable:     312492 kB\n";

static int64_t get_meminfo(void *arg, const char *name)
{
	const char *text = arg;

	cr_assert(str_starts(name, "meminfo."));
	return kv_get(text, strlen(text), KV_MEMINFO, name + strlen("meminfo."));
}

static int64_t value_of(const char *name, const char *text)
{
	int row = derived_find(name);

	cr_assert_geq(row, 0, "%s", name);
	return derived_value(&derived_table[row], get_meminfo, (void *)(uintptr_t)text);
}

Test(metric_derived, as_free_prints_it)
{
	cr_expect_eq(value_of("free.total", meminfo), 25276514304);
	cr_expect_eq(value_of("free.used", meminfo), 1088200704);
	cr_expect_eq(value_of("free.free", meminfo), 23440261120);
	cr_expect_eq(value_of("free.shared", meminfo), 8998912);
	cr_expect_eq(value_of("free.buff_cache", meminfo), 1063747584);
	cr_expect_eq(value_of("free.available", meminfo), 24188313600);
	cr_expect_eq(value_of("free.swap_used", meminfo), 0);
}

/* sysstat 12.6.1: kbmemused 90668 of these five. */
Test(metric_derived, as_sar_prints_it)
{
	static const char text[] = "MemTotal: 24684096 kB\nMemFree: 23821344 kB\n"
				   "Buffers: 6580 kB\nCached: 442536 kB\nSlab: 322968 kB\n";

	cr_expect_eq(value_of("sar.kbmemused", text), 90668 * KIB);
	cr_expect_eq(value_of("sar.kbcached", text), 442536 * KIB);
}

Test(metric_derived, unaccounted_is_what_no_line_names)
{
	static const char text[] =
		"MemTotal: 1000 kB\nMemFree: 100 kB\nBuffers: 50 kB\nCached: 300 kB\n"
		"SwapCached: 7 kB\nAnonPages: 200 kB\nSlab: 120 kB\n"
		"PageTables: 30 kB\nVmallocUsed: 40 kB\nPercpu: 20 kB\n";

	cr_expect_eq(value_of("free.unaccounted", text), 140 * KIB);
	cr_expect_eq(value_of("free.unaccounted", "MemTotal: 8 kB\n"), VALUE_ABSENT);
}

static int64_t get_with_lists(void *arg, const char *name)
{
	return str_eq(name, "zoneinfo.pcp") ? 5 : get_meminfo(arg, name);
}

Test(metric_derived, hidden_is_not_on_lists_either)
{
	static char text[] = "MemTotal: 1000 kB\nMemFree: 100 kB\nBuffers: 50 kB\nCached: 300 kB\n"
			     "AnonPages: 200 kB\nSlab: 120 kB\nPageTables: 30 kB\n"
			     "VmallocUsed: 40 kB\n";
	static char less[] = "MemTotal: 8 kB\n";

	cr_expect_eq(derived_hidden(get_with_lists, text, 4096), 140 * KIB);
	cr_expect_eq(derived_hidden(get_with_lists, less, 4096), VALUE_ABSENT);
}

Test(metric_derived, missing_lines)
{
	cr_expect_eq(value_of("free.used", "MemTotal: 8 kB\n"), VALUE_ABSENT);
	cr_expect_eq(value_of("sar.kbdirty", meminfo), VALUE_ABSENT);
	cr_expect_eq(value_of("free.buff_cache", "Buffers: 1 kB\nCached: 2 kB\n"), 3 * KIB,
		     "SReclaimable may be absent");
}

struct paging {
	int64_t steal_anon, steal_file, scan_anon, scan_file;
};

static int64_t get_paging(void *arg, const char *name)
{
	const struct paging *p = arg;

	if (str_eq(name, "vmstat.pgsteal_anon"))
		return p->steal_anon;
	if (str_eq(name, "vmstat.pgsteal_file"))
		return p->steal_file;
	if (str_eq(name, "vmstat.pgscan_anon"))
		return p->scan_anon;
	return str_eq(name, "vmstat.pgscan_file") ? p->scan_file : VALUE_ABSENT;
}

Test(metric_derived, vmeff)
{
	const struct derived *d = &derived_table[derived_find("sar.vmeff")];
	struct paging p = {.steal_anon = 5, .steal_file = 70, .scan_file = 100};

	cr_expect(d->ratio);
	cr_expect_eq(derived_value(d, get_paging, &p), 75000);
	p.scan_file = 0;
	cr_expect_eq(derived_value(d, get_paging, &p), 0, "nothing scanned: as sar says");
	p.scan_file = VALUE_ABSENT;
	cr_expect_eq(derived_value(d, get_paging, &p), VALUE_ABSENT);
	p.scan_file = 1;
	p.steal_file = VALUE_ABSENT;
	cr_expect_eq(derived_value(d, get_paging, &p), VALUE_ABSENT);
}

/* Every term is a metric of its own, none derived, all of a sum in its unit; rows are found by
 * name. */
Test(metric_derived, terms_exist)
{
	static const struct metric_names none;
	char nearest[METRIC_NAME_MAX];
	struct metric m;

	for (int row = 0; derived_table[row].name; row++) {
		const struct derived *d = &derived_table[row];

		cr_expect_eq(derived_find(d->name), row, "%s", d->name);
		cr_expect_eq(metric_parse(d->name, &none, &m, nearest, NULL), 0, "%s", d->name);
		cr_expect_eq(m.formula, row);
		cr_expect(d->help && d->source, "%s", d->name);
		cr_expect_eq(d->ratio, d->den[0].sign != 0, "%s", d->name);
		for (int part = 0; part < 2; part++) {
			const struct derived_term *t = part ? d->den : d->num;

			for (; t->sign; t++) {
				cr_assert_eq(metric_parse(t->name, &none, &m, nearest, NULL), 0,
					     "%s: %s", d->name, t->name);
				cr_expect_neq(m.origin, MO_DERIVED, "%s: %s", d->name, t->name);
				cr_expect(d->ratio || m.unit == d->unit, "%s: %s", d->name,
					  t->name);
			}
		}
	}
	cr_expect_eq(derived_find("free.nothing"), -1);
}
