/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Names: what is understood, with which unit and errors, and what is suggested for the rest. */
#include <criterion/criterion.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/words.h"
#include "cgroup/names.h"
#include "metric/derived.h"
#include "metric/keys.h"

static const struct stressor_counter counters[] = {
	{.name = "scanned", .unit = UNIT_COUNT},
	{.name = "held", .unit = UNIT_BYTES, .gauge = true},
	{.name = NULL},
};
static const struct stressor kind = {.name = "anon", .counters = counters};
static const char *const groups[] = {"hog", "parent/child"};
static const char *const stressors[] = {"eater", "quiet"};
static const struct stressor *const kinds[] = {&kind, NULL};
static const struct metric_names names = {groups, 2, stressors, kinds, 2};

static struct metric m;
static char nearest[METRIC_NAME_MAX];

static int parse(const char *name)
{
	return metric_parse(name, &names, &m, nearest, NULL);
}

static void all_parse(const char *prefix, const char *list)
{
	char name[METRIC_NAME_MAX];

	while (*list) {
		int len = (int)strcspn(list, " ");

		snprintf(name, sizeof(name), "%s%.*s", prefix, len, list);
		cr_expect_eq(parse(name), 0, "%s is not known", name);
		list += len;
		list += strspn(list, " ");
	}
}

/* The files of Linux 6.18 on x86. */
static const char vmstat_lines[] =
	"nr_free_pages nr_free_pages_blocks nr_zone_inactive_anon nr_zone_active_anon "
	"nr_zone_inactive_file nr_zone_active_file nr_zone_unevictable nr_zone_write_pending "
	"nr_mlock nr_zspages nr_free_cma numa_hit numa_miss numa_foreign numa_interleave "
	"numa_local numa_other nr_inactive_anon nr_active_anon nr_inactive_file "
	"nr_active_file nr_unevictable nr_slab_reclaimable nr_slab_unreclaimable "
	"nr_isolated_anon nr_isolated_file workingset_nodes workingset_refault_anon "
	"workingset_refault_file workingset_activate_anon workingset_activate_file "
	"workingset_restore_anon workingset_restore_file workingset_nodereclaim nr_anon_pages "
	"nr_mapped nr_file_pages nr_dirty nr_writeback nr_shmem nr_shmem_hugepages "
	"nr_shmem_pmdmapped nr_file_hugepages nr_file_pmdmapped nr_anon_transparent_hugepages "
	"nr_vmscan_write nr_vmscan_immediate_reclaim nr_dirtied nr_written "
	"nr_throttled_written nr_kernel_misc_reclaimable nr_foll_pin_acquired "
	"nr_foll_pin_released nr_kernel_stack nr_page_table_pages nr_sec_page_table_pages "
	"nr_iommu_pages nr_swapcached pgpromote_success pgpromote_candidate "
	"pgpromote_candidate_nrl pgdemote_kswapd pgdemote_direct pgdemote_khugepaged "
	"pgdemote_proactive nr_hugetlb nr_balloon_pages nr_kernel_file_pages "
	"nr_dirty_threshold nr_dirty_background_threshold nr_memmap_pages "
	"nr_memmap_boot_pages pgpgin pgpgout pswpin pswpout pgalloc_dma pgalloc_dma32 "
	"pgalloc_normal pgalloc_movable pgalloc_device allocstall_dma allocstall_dma32 "
	"allocstall_normal allocstall_movable allocstall_device pgskip_dma pgskip_dma32 "
	"pgskip_normal pgskip_movable pgskip_device pgfree pgactivate pgdeactivate pglazyfree "
	"pgfault pgmajfault pglazyfreed pgrefill pgreuse pgsteal_kswapd pgsteal_direct "
	"pgsteal_khugepaged pgsteal_proactive pgscan_kswapd pgscan_direct pgscan_khugepaged "
	"pgscan_proactive pgscan_direct_throttle pgscan_anon pgscan_file pgsteal_anon "
	"pgsteal_file zone_reclaim_success zone_reclaim_failed pginodesteal slabs_scanned "
	"kswapd_inodesteal kswapd_low_wmark_hit_quickly kswapd_high_wmark_hit_quickly "
	"pageoutrun pgrotated drop_pagecache drop_slab oom_kill numa_pte_updates "
	"numa_huge_pte_updates numa_hint_faults numa_hint_faults_local numa_pages_migrated "
	"pgmigrate_success pgmigrate_fail thp_migration_success thp_migration_fail "
	"thp_migration_split compact_migrate_scanned compact_free_scanned compact_isolated "
	"compact_stall compact_fail compact_success compact_daemon_wake "
	"compact_daemon_migrate_scanned compact_daemon_free_scanned htlb_buddy_alloc_success "
	"htlb_buddy_alloc_fail unevictable_pgs_culled unevictable_pgs_scanned "
	"unevictable_pgs_rescued unevictable_pgs_mlocked unevictable_pgs_munlocked "
	"unevictable_pgs_cleared unevictable_pgs_stranded thp_fault_alloc thp_fault_fallback "
	"thp_fault_fallback_charge thp_collapse_alloc thp_collapse_alloc_failed "
	"thp_file_alloc thp_file_fallback thp_file_fallback_charge thp_file_mapped "
	"thp_split_page thp_split_page_failed thp_deferred_split_page "
	"thp_underused_split_page thp_split_pmd thp_scan_exceed_none_pte "
	"thp_scan_exceed_swap_pte thp_scan_exceed_share_pte thp_split_pud thp_zero_page_alloc "
	"thp_zero_page_alloc_failed thp_swpout thp_swpout_fallback balloon_inflate "
	"balloon_deflate balloon_migrate swap_ra swap_ra_hit swpin_zero swpout_zero "
	"ksm_swpin_copy cow_ksm zswpin zswpout zswpwb direct_map_level2_splits "
	"direct_map_level3_splits direct_map_level2_collapses direct_map_level3_collapses "
	"nr_unstable ";
static const char meminfo_lines[] =
	"MemTotal MemFree MemAvailable Buffers Cached SwapCached Active Inactive Active(anon) "
	"Inactive(anon) Active(file) Inactive(file) Unevictable Mlocked SwapTotal SwapFree "
	"Zswap Zswapped Dirty Writeback AnonPages Mapped Shmem KReclaimable Slab SReclaimable "
	"SUnreclaim KernelStack PageTables SecPageTables NFS_Unstable Bounce WritebackTmp "
	"CommitLimit Committed_AS VmallocTotal VmallocUsed VmallocChunk Percpu AnonHugePages "
	"ShmemHugePages ShmemPmdMapped FileHugePages FilePmdMapped Balloon HugePages_Total "
	"HugePages_Free HugePages_Rsvd HugePages_Surp Hugepagesize Hugetlb DirectMap4k "
	"DirectMap2M DirectMap1G ";
static const char node_lines[] =
	"MemTotal MemFree MemUsed SwapCached Active Inactive Active(anon) Inactive(anon) "
	"Active(file) Inactive(file) Unevictable Mlocked Dirty Writeback FilePages Mapped "
	"AnonPages Shmem KernelStack PageTables SecPageTables NFS_Unstable Bounce "
	"WritebackTmp KReclaimable Slab SReclaimable SUnreclaim AnonHugePages ShmemHugePages "
	"ShmemPmdMapped FileHugePages FilePmdMapped HugePages_Total HugePages_Free "
	"HugePages_Surp ";

Test(metric_parse, lines_of_a_newer_kernel)
{
	all_parse("vmstat.", vmstat_lines);
	all_parse("meminfo.", meminfo_lines);
	all_parse("node0.", node_lines);
}

/* Lines that kernels since 6.1 had or other machines have. */
Test(metric_parse, lines_of_others)
{
	all_parse("vmstat.", "nr_bounce nr_writeback_temp nr_shadow_call_stack pgalloc_high "
			     "vma_lock_success kstack_16k nr_tlb_remote_flush nr_unaccepted");
	all_parse("meminfo.", "ShadowCallStack CmaTotal CmaFree HardwareCorrupted Unaccepted "
			      "HighTotal LowFree DirectMap4M EarlyMemtestBad");
}

Test(metric_parse, every_row_of_every_table)
{
	static const struct {
		const char *prefix;
		const struct metric_key *keys;
		enum metric_origin origin;
	} tables[] = {
		{"meminfo.", keys_meminfo, MO_MEMINFO},
		{"vmstat.", keys_vmstat, MO_VMSTAT},
		{"node7.", keys_node, MO_NODE},
		{"zoneinfo.", keys_zone, MO_ZONE},
		{"hog/memory.stat.", keys_memory_stat, MO_GROUP_STAT},
		{"hog/", keys_group_event, MO_GROUP_EVENT},
		{"parent/child/", keys_group_file, MO_GROUP_FILE},
		{"slab.dentry.", keys_slab, MO_SLAB},
		{"quiet.", keys_worker, MO_WORKER},
		{"oom.", keys_oom, MO_OOM},
	};
	char name[METRIC_NAME_MAX];

	for (size_t t = 0; t < sizeof(tables) / sizeof(tables[0]); t++)
		for (const struct metric_key *k = tables[t].keys; k->name; k++) {
			snprintf(name, sizeof(name), "%s%s", tables[t].prefix, k->name);
			cr_expect_eq(parse(name), 0, "%s", name);
			cr_expect_eq(m.origin, tables[t].origin, "%s", name);
			cr_expect_eq(m.unit, k->unit, "%s", name);
			cr_expect_str_eq(m.name, name);
			cr_expect_eq(key_find(tables[t].keys, k->name), k, "%s comes twice", name);
			if (!m.others)
				continue;
			cr_expect_eq(parse(m.others), 0, "%s -> %s", name, k->others);
			cr_expect_eq(m.origin, MO_OTHERS);
		}
}

/* cgroup/names.h knows where each is on v1 and v2: the two lists must not drift apart. */
Test(metric_parse, same_vocabulary_as_the_groups)
{
	char name[METRIC_NAME_MAX];

	for (size_t i = 0; cg_stat_keys[i]; i++) {
		snprintf(name, sizeof(name), "memory.stat.%s", cg_stat_keys[i]);
		cr_expect_not_null(key_find(keys_memory_stat, cg_stat_keys[i]), "%s", name);
		cr_expect_eq(key_find(keys_memory_stat, cg_stat_keys[i])->unit, cg_unit(name));
	}
	for (const struct metric_key *k = keys_memory_stat; k->name; k++) {
		snprintf(name, sizeof(name), "memory.stat.%s", k->name);
		cr_expect(cg_known(name), "%s", name);
	}
	for (size_t i = 0; cg_number_files[i]; i++)
		cr_expect_not_null(key_find(keys_group_file, cg_number_files[i]), "%s",
				   cg_number_files[i]);
	for (const struct metric_key *k = keys_group_file; k->name; k++)
		cr_expect_eq(cg_unit(k->name), k->unit, "%s", k->name);
	for (const struct metric_key *k = keys_group_event; k->name; k++)
		cr_expect(cg_known(k->name), "%s", k->name);
}

Test(metric_parse, parts)
{
	cr_assert_eq(parse("parent/child/memory.current"), 0);
	cr_expect_eq(m.object, 1);
	cr_expect_str_eq(m.key, "memory.current");
	cr_expect(m.flags & MF_CHARGE);
	cr_expect_eq(m.needs, NEED_MEMCG);
	cr_assert_eq(parse("hog/memory.pressure.some"), 0);
	cr_expect_eq(m.origin, MO_GROUP_PSI);
	cr_expect_str_eq(m.key, "memory.pressure");
	cr_expect_str_eq(m.field, "some.total");
	cr_expect_eq(m.unit, UNIT_DUR);
	cr_expect(m.needs & NEED_GROUP_PSI);
	cr_assert_eq(parse("psi.io.full.avg60"), 0);
	cr_expect_str_eq(m.key, "io");
	cr_expect_str_eq(m.field, "full.avg60");
	cr_expect_eq(m.unit, UNIT_PERCENT);
	cr_expect(m.needs & NEED_PSI);
	cr_assert_eq(parse("slab.kmalloc-rnd-01-1k.utilisation"), 0);
	cr_expect_str_eq(m.key, "kmalloc-rnd-01-1k");
	cr_expect_str_eq(m.field, "utilisation");
	cr_expect_eq(m.needs, NEED_SLABINFO);
	cr_assert_eq(parse("node1.MemFree"), 0);
	cr_expect_eq(m.object, 1);
	cr_expect_eq(m.needs, NEED_NUMA2);
	cr_assert_eq(parse("node0.MemFree"), 0);
	cr_expect_eq(m.needs, 0);
	cr_assert_eq(parse("others.mapped"), 0);
	cr_expect_str_eq(m.key, "file_mapped");
	cr_expect_str_eq(m.field, "");
	cr_assert_eq(parse("others.mapped.moved"), 0);
	cr_expect_str_eq(m.field, "moved");
	cr_assert_eq(parse("eater.held"), 0);
	cr_expect_eq(m.unit, UNIT_BYTES);
	cr_expect_eq(m.flags, 0);
	cr_assert_eq(parse("eater.scanned"), 0);
	cr_expect_eq(m.flags, MF_COUNTER);
	cr_expect_eq(parse("quiet.scanned"), -ENOENT, "another kind");
	cr_assert_eq(parse("kmsg.slab-corruption"), 0);
	cr_assert_eq(parse("buddyinfo.huge"), 0);
	cr_expect_eq(m.unit, UNIT_PAGES);
	cr_assert_eq(parse("zoneinfo.over_high"), 0);
	cr_assert_eq(parse("buddyinfo.order9"), 0);
	cr_expect_str_eq(m.key, "order9");
}

Test(metric_parse, flags)
{
	static const struct {
		const char *name;
		unsigned flags;
	} rows[] = {
		{"meminfo.AnonPages", MF_GLOBAL | MF_PERCPU},
		{"meminfo.MemFree", MF_GLOBAL | MF_PERCPU | MF_PCP},
		{"meminfo.Inactive(file)", MF_GLOBAL | MF_PERCPU | MF_LRU},
		{"meminfo.SReclaimable", MF_GLOBAL | MF_PERCPU | MF_SLAB_RCU},
		{"meminfo.KernelStack", MF_GLOBAL | MF_PERCPU | MF_KIB},
		{"meminfo.AnonHugePages", MF_GLOBAL},
		{"meminfo.MemTotal", MF_GLOBAL},
		{"vmstat.pgfault", MF_GLOBAL | MF_COUNTER},
		{"vmstat.nr_dirtied", MF_GLOBAL | MF_PERCPU | MF_COUNTER},
		{"vmstat.numa_hit", MF_GLOBAL | MF_COUNTER},
		{"hog/memory.stat.inactive_anon", MF_RSTAT | MF_LRU},
		{"hog/memory.stat.slab", MF_RSTAT | MF_SLAB_RCU},
		{"hog/memory.stat.pgfault", MF_RSTAT | MF_COUNTER},
		{"hog/memory.events.max", MF_COUNTER},
		{"hog/memory.max", 0},
		{"free.used", MF_GLOBAL | MF_PERCPU | MF_PCP | MF_ESTIMATE},
		{"sar.vmeff", MF_GLOBAL},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		cr_assert_eq(parse(rows[i].name), 0, "%s", rows[i].name);
		cr_expect_eq(m.flags, rows[i].flags, "%s: %x", rows[i].name, m.flags);
	}
}

Test(metric_parse, who_moves_it)
{
	static const struct {
		const char *name, *others;
		int sign;
	} rows[] = {
		{"meminfo.AnonPages", "others.anon", 1},
		{"vmstat.nr_file_pages", "others.file", 1},
		{"meminfo.MemAvailable", "others.anon", -1},
		{"free.available", "others.anon", -1},
		{"free.used", "others.anon", 1},
		{"free.buff_cache", "others.file", 1},
		{"free.shared", "others.shmem", 1},
		{"sar.kbmemused", "others.anon", 1},
		{"meminfo.MemFree", NULL, 1},
		{"sar.vmeff", NULL, 1},
		{"node0.AnonPages", "others.anon", 0},
		{"node0.MemFree", NULL, 0},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		cr_assert_eq(parse(rows[i].name), 0, "%s", rows[i].name);
		cr_expect_eq(!m.others, !rows[i].others, "%s", rows[i].name);
		if (m.others)
			cr_expect_str_eq(m.others, rows[i].others);
		cr_expect(!m.others || m.others_sign == rows[i].sign, "%s", rows[i].name);
	}
}

Test(metric_parse, nearest)
{
	static const char *const rows[][2] = {
		{"hog/memory.curent", "hog/memory.current"},
		{"eatr.rss", "eater.rss"},
		{"eater.scaned", "eater.scanned"},
		{"hgo/memory.current", "hog/memory.current"},
		{"parent/chld/memory.stat.anon", "parent/child/memory.stat.anon"},
		{"meminfo.AnnonPages", "meminfo.AnonPages"},
		{"AnonPages", "meminfo.AnonPages"},
		{"nr_free_pages", "vmstat.nr_free_pages"},
		{"hog/memory.usage_in_bytes", "hog/memory.current"},
		{"hog/memory.stat.rss", "hog/memory.stat.anon"},
		{"memory.failcnt", "hog/memory.events.max"},
		{"node3.MemFee", "node3.MemFree"},
		{"slab.dentry.activ_objs", "slab.dentry.active_objs"},
		{"free.use", "free.used"},
		{"psi.memory.som", "psi.memory.some"},
		{"hog/memory.presure.some", "hog/memory.pressure.some"},
		{"oom.victm", "oom.victim"},
		{"kmsg.warnings", "kmsg.warning"},
		{"others.annon", "others.anon"},
		{"nothing.like.it", ""},
		{"", ""},
		{".", ""},
		{"/", ""},
	};
	struct err err;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		err = (struct err){0};
		cr_expect_eq(metric_parse(rows[i][0], &names, &m, nearest, &err), -ENOENT, "%s",
			     rows[i][0]);
		cr_expect_str_eq(nearest, rows[i][1]);
		cr_expect(err.text[0] && err.class == ERR_USAGE, "%s", rows[i][0]);
	}
}

/* Made by the trial, so no row of cgroup/names.c; numa_stat of all nodes or of one. */
Test(metric_parse, what_a_group_has_beside_its_files)
{
	cr_assert_eq(parse("parent/child/memory.min.effective"), 0);
	cr_expect_eq(m.origin, MO_GROUP_FILE);
	cr_expect_eq(m.unit, UNIT_BYTES);
	cr_expect(m.flags & MF_CHARGE);
	cr_assert_eq(parse("hog/memory.pressure.triggered"), 0);
	cr_expect(m.flags & MF_COUNTER);
	cr_assert_eq(parse("hog/memory.numa_stat.anon"), 0);
	cr_expect_eq(m.origin, MO_GROUP_STAT);
	cr_expect_str_eq(m.key, "memory.numa_stat.anon");
	cr_expect_str_eq(m.field, "");
	cr_assert_eq(parse("hog/memory.numa_stat.inactive_file.N12"), 0);
	cr_expect_str_eq(m.key, "memory.numa_stat.inactive_file");
	cr_expect_str_eq(m.field, "N12");
	cr_expect(m.flags & MF_LRU);
	cr_expect_eq(parse("hog/memory.numa_stat.pgfault"), -ENOENT);
	cr_expect_eq(parse("hog/memory.numa_stat.anon.N"), -ENOENT);
	cr_expect_eq(parse("hog/memory.numa_stat.anon.1"), -ENOENT);
	cr_expect_eq(parse("hog/memory.numa_stat.anon.N1024"), -ENOENT);
	cr_expect_eq(parse("hog/memory.max.effective"), -ENOENT);
	for (const char *const *k = keys_numa_stat; *k; k++) {
		char name[METRIC_NAME_MAX];

		snprintf(name, sizeof(name), "hog/memory.numa_stat.%s", *k);
		cr_expect_eq(parse(name), 0, "%s", name);
		cr_expect_eq(m.unit, UNIT_BYTES, "%s", name);
	}
}

Test(metric_parse, refused)
{
	static const char *const rows[] = {
		"node1024.MemFree",  "node01.MemFree",	"node.MemFree",	  "node0.MemAvailable",
		"buddyinfo.order20", "buddyinfo.order", "psi.irq.some",	  "psi.memory.some.avg1",
		"others.anon.mov",   "slab.x",		"eater",	  "oom.",
		"hog/memory.stat",   "meminfo.",	"zoneinfo.batch",
	};
	char long_name[200];

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		cr_expect_eq(parse(rows[i]), -ENOENT, "%s", rows[i]);
	memset(long_name, 'a', sizeof(long_name));
	long_name[sizeof(long_name) - 1] = '\0';
	cr_expect_eq(parse(long_name), -ENOENT);
	memcpy(long_name, "slab.", 5);
	memcpy(long_name + 110, ".slabs", 7);
	cr_expect_eq(parse(long_name), -ENOENT, "longer than any cache's name");
}

/* A stressor may have the name of a family: its counters come first. */
Test(metric_parse, a_stressor_called_slab)
{
	static const char *const own[] = {"slab"};
	static const struct stressor *const no_kind[] = {NULL};
	static const struct metric_names n = {groups, 2, own, no_kind, 1};

	cr_assert_eq(metric_parse("slab.rss", &n, &m, nearest, NULL), 0);
	cr_expect_eq(m.origin, MO_WORKER);
}

Test(metric_parse, words)
{
	cr_assert_eq(parse("eater.outcome"), 0);
	cr_expect_eq(metric_words(&m), outcome_words);
	cr_expect_str_eq(outcome_words[OUTCOME_OOM_KILLED], "oom-killed");
	cr_expect_null(outcome_words[OUTCOME_MAX]);
	cr_assert_eq(parse("oom.constraint"), 0);
	cr_assert_not_null(metric_words(&m));
	cr_expect_str_eq(metric_words(&m)[3], "CONSTRAINT_MEMCG");
	cr_assert_eq(parse("oom.victim"), 0);
	cr_expect_eq(m.unit, UNIT_TEXT);
	cr_expect_null(metric_words(&m));
	cr_assert_eq(parse("oom.kills"), 0);
	cr_expect_null(metric_words(&m));
}

/* Each row of help stands for a name that parses with that unit. */
Test(metric_parse, help)
{
	static const struct {
		const char *hole, *filled;
	} holes[] = {
		{"meminfo.<line>", "meminfo.AnonPages"},
		{"HugePages_<what>", "HugePages_Free"},
		{"vmstat.nr_<what>", "vmstat.nr_anon_pages"},
		{"vmstat.<event>", "vmstat.pgfault"},
		{"node<N>.<line>", "node1.MemFree"},
		{"zoneinfo.<what>", "zoneinfo.pcp"},
		{"order<N>", "order3"},
		{"<cache>", "dentry"},
		{"<objects>", "num_objs"},
		{"<resource>", "memory"},
		{"<some|full>", "some"},
		{"avg<seconds>", "avg10"},
		{"<group>", "hog"},
		{"memory.<knob>", "memory.max"},
		{"stat.<size>", "stat.anon"},
		{"stat.<event>", "stat.pgsteal"},
		{"events.<event>", "events.oom_kill"},
		{"<min|low>", "low"},
		{"numa_stat.<size>", "numa_stat.anon"},
		{"<stressor>.<counter>", "eater.scanned"},
		{"<stressor>", "eater"},
		{"kmsg.<kind>", "kmsg.warning"},
		{"faults.<kind>", "faults.failslab"},
		{"others.<what>", "others.anon"},
		{"free.<column>", "free.used"},
		{"sar.kb<column>", "sar.kbcached"},
		{"sar.<column>", "sar.pgsteal"},
	};
	char name[METRIC_NAME_MAX], filled[METRIC_NAME_MAX * 2];

	for (const struct metric_help *h = metric_help_table; h->pattern; h++) {
		snprintf(name, sizeof(name), "%s", h->pattern);
		for (size_t i = 0; i < sizeof(holes) / sizeof(holes[0]); i++) {
			char *at = strstr(name, holes[i].hole);

			if (!at)
				continue;
			snprintf(filled, sizeof(filled), "%.*s%s%s", (int)(at - name), name,
				 holes[i].filled, at + strlen(holes[i].hole));
			snprintf(name, sizeof(name), "%.127s", filled);
		}
		cr_expect_eq(parse(name), 0, "%s as %s", h->pattern, name);
		cr_expect_eq(m.unit, h->unit, "%s as %s", h->pattern, name);
		cr_expect(h->help[0]);
	}
}
