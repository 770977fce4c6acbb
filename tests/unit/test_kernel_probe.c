/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <criterion/criterion.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/units.h"
#include "kernel/probe.h"

static struct machine probe(const char *sysroot)
{
	struct machine m;
	struct roots roots;
	struct err err = {0};

	cr_assert_eq(roots_open(sysroot, &roots, &err), 0, "%s", err.text);
	cr_assert_eq(probe_machine(&roots, &m, &err), 0, "%s", err.text);
	roots_close(&roots);
	cr_assert_eq(roots.fs, -1);
	return m;
}

/* Each need is either met, or there is a reason why not. */
static void check_reasons(const struct machine *m)
{
	for (unsigned i = 0; i < NEED_COUNT; i++) {
		bool has = m->has >> i & 1;

		cr_assert_eq(has, !m->why_not[i][0], "%s: '%s'", need_word(i), m->why_not[i]);
		cr_assert_null(strstr(m->why_not[i], "no question"), "%s", need_word(i));
	}
}

static void reason(const struct machine *m, unsigned need, const char *want)
{
	cr_assert_not_null(strstr(m->why_not[need], want), "%s: '%s'", need_word(need),
			   m->why_not[need]);
}

Test(probe, v1)
{
	struct machine m = probe(TEST_DATA "/machines/v1-2cpu");

	check_reasons(&m);
	cr_assert_eq(m.cgroup, CGROUP_MODE_HYBRID);
	cr_assert_eq(m.memcg_version, 1);
	cr_assert_str_eq(m.memcg_mount, "/sys/fs/cgroup/memory");
	cr_assert_str_eq(m.memcg_base, "/sys/fs/cgroup/memory");
	cr_assert_str_eq(m.memcg_own, "/");
	cr_assert_str_eq(m.freezer_mount, "/sys/fs/cgroup/freezer");
	cr_assert_str_eq(m.release, "6.18.44");
	cr_assert_str_eq(m.config_source, "/boot/config-6.18.44");
	cr_assert_str_eq(m.thp, "madvise");
	cr_assert_eq(m.cpus_online, 2);
	cr_assert_eq(m.page_size, 4096);
	cr_assert_eq(m.base_limit, VALUE_MAX);
	cr_assert(m.virtual_machine);
	cr_assert(m.page_reporting);
	cr_assert(m.has & NEED_CGROUP_V1);
	cr_assert(m.has & NEED_CLASSIC_LRU);
	cr_assert(m.has & NEED_PSI);
	cr_assert(m.has & NEED_NO_SWAP);
	cr_assert_not(m.has & NEED_GROUP_PSI);
	reason(&m, NEED_INDEX_CGROUP_V2, "on cgroup v1");
	reason(&m, NEED_INDEX_SWAP, "/proc/swaps");
	reason(&m, NEED_INDEX_FAILSLAB, "CONFIG_FAILSLAB is not set");
	reason(&m, NEED_INDEX_WHOLE_MACHINE, "gate");
	reason(&m, NEED_INDEX_SLOW_DISK, "--disk-rate");
	reason(&m, NEED_INDEX_FAIL_NTH, "CONFIG_FAULT_INJECTION");
	reason(&m, NEED_INDEX_MEMORY_FAILURE, "CONFIG_MEMORY_FAILURE");
}

Test(probe, v2_with_two_nodes_and_swap)
{
	struct machine m = probe(TEST_DATA "/machines/v2-2node-swap");

	check_reasons(&m);
	cr_assert_eq(m.cgroup, CGROUP_MODE_V2);
	cr_assert_eq(m.memcg_version, 2);
	cr_assert_str_eq(m.memcg_own, "/user.slice/user-0.slice/session-1.scope");
	cr_assert_str_eq(m.memcg_base, "/sys/fs/cgroup");
	cr_assert_not_null(strstr(m.controllers, "memory"));
	cr_assert_eq(m.base_limit, VALUE_MAX);
	reason(&m, NEED_INDEX_LIMITED, "no memory.max above");
	cr_assert_eq(m.nodes, 2);
	reason(&m, NEED_INDEX_ONE_NODE, "2 NUMA nodes");
	cr_assert_eq(m.cpus_online, 8);
	cr_assert_eq(m.swap_total, 4194300 * KIB);
	cr_assert_eq(m.mem_total, 32927360 * KIB);
	cr_assert_str_eq(m.oom_daemons, "systemd-oomd (412)");
	cr_assert_str_eq(m.zswap_words, "zstd, at most 20 %");
	cr_assert_str_eq(m.tracefs_mount, "/sys/kernel/tracing");
	cr_assert_str_eq(m.container, "");
	cr_assert_not(m.virtual_machine);
	cr_assert_not(m.page_reporting);
	cr_assert_eq(m.has, NEED_BIT(NEED_COUNT) - 1 - NEED_CGROUP_V1 - NEED_NO_SWAP - NEED_MGLRU -
				    NEED_WHOLE_MACHINE - NEED_SLOW_DISK - NEED_DISK -
				    NEED_ONE_NODE - NEED_LIMITED - NEED_ONE_ZONE);
}

/* Of a group that is named: the least limit is two levels above it. */
Test(probe, limit_above_a_group)
{
	struct machine m = probe(TEST_DATA "/machines/v2-2node-swap");
	struct roots roots;
	struct err err = {0};

	cr_assert_eq(roots_open(TEST_DATA "/machines/v2-2node-swap", &roots, &err), 0);
	snprintf(m.memcg_base, sizeof(m.memcg_base), "%s%s", m.memcg_mount, m.memcg_own);
	probe_base_limits(&roots, &m);
	cr_assert_eq(m.base_limit, 25769803776);
	cr_assert_eq(m.base_swap_limit, VALUE_MAX);
	roots_close(&roots);
}

Test(probe, container_with_mglru)
{
	struct machine m = probe(TEST_DATA "/machines/v2-mglru-container");

	check_reasons(&m);
	cr_assert_eq(m.memcg_version, 2);
	cr_assert_str_eq(m.memcg_own, "/");
	cr_assert_eq(m.base_limit, 512 * MIB);
	cr_assert_not(m.page_reporting, "a balloon that takes none");
	cr_assert_eq(m.base_swap_limit, 0);
	cr_assert(m.mglru);
	cr_assert_not_null(strstr(m.container, "/.dockerenv"));
	cr_assert_not_null(strstr(m.container, "cgroup namespace"));
	cr_assert(m.has & NEED_MGLRU);
	cr_assert(m.has & NEED_MEMORY_RECLAIM);
	reason(&m, NEED_INDEX_CLASSIC_LRU, "is on");
	reason(&m, NEED_INDEX_PSI, "no /proc/pressure/memory");
	reason(&m, NEED_INDEX_IO_URING, "io_uring_disabled is 2");
	reason(&m, NEED_INDEX_STAT_REFRESH, "/proc/sys is mounted read-only");
	reason(&m, NEED_INDEX_TRACEFS, "no right to mount it");
	reason(&m, NEED_INDEX_KMSG, "/dev");
	reason(&m, NEED_INDEX_NUMA2, "one NUMA node");
}

Test(probe, bare)
{
	struct machine m = probe(TEST_DATA "/machines/bare");

	check_reasons(&m);
	cr_assert_eq(m.cgroup, CGROUP_MODE_NONE);
	cr_assert_eq(m.memcg_version, 0);
	cr_assert_str_eq(m.memcg_base, "");
	cr_assert_eq(m.euid, 1000);
	cr_assert_eq(m.has,
		     (needs_t)(NEED_NO_SWAP | NEED_ONE_NODE | NEED_ZERO_PAGE | NEED_CLASSIC_LRU));
	reason(&m, NEED_INDEX_ROOT, "user 1000");
	reason(&m, NEED_INDEX_MEMCG, "no cgroup file system");
	reason(&m, NEED_INDEX_CPUS2, "1 CPU");
}

/* An empty directory answers every question with a reason, and a missing one is the user's error.
 */
Test(probe, nothing_at_all)
{
	char name[] = "/tmp/mt-root-XXXXXX";
	struct roots roots;
	struct err err = {0};
	struct machine m;

	cr_assert_not_null(mkdtemp(name));
	m = probe(name);
	check_reasons(&m);
	cr_assert_eq(m.mem_total, VALUE_ABSENT);
	cr_assert_eq(m.taint, -1);
	cr_assert_eq(rmdir(name), 0);
	cr_assert_eq(roots_open(name, &roots, &err), -ENOENT);
	cr_assert_eq(err.class, ERR_USAGE);
	cr_assert_eq(roots.fs, -1);
}

Test(probe, this_machine)
{
	struct machine m = probe(NULL);

	check_reasons(&m);
	cr_assert_gt(m.mem_total, 0);
	cr_assert_gt(m.mem_available, 0);
	cr_assert_geq(m.cpus_online, 1);
	cr_assert_eq(m.page_size, page_size());
	cr_assert_eq(m.euid, (int)geteuid());
	cr_assert_neq(!!(m.has & NEED_SWAP), !!(m.has & NEED_NO_SWAP));
	cr_assert_neq(!!(m.has & NEED_MGLRU), !!(m.has & NEED_CLASSIC_LRU));
}
