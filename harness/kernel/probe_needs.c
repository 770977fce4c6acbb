/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One row per need: the function that answers it. Each returns true, or false with the reason in
 * why; a reason is a sentence that tells what was looked at and, where there is one, the way out.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/syscall.h>

#include "base/cleanup.h"
#include "base/io.h"
#include "base/units.h"
#include "kernel/config.h"
#include "kernel/kv.h"
#include "kernel/lines.h"
#include "kernel/mountinfo.h"
#include "kernel/probe_parts.h"
#include "kernel/psi.h"

bool probe_no(why_t *why, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(*why, sizeof(*why), fmt, ap);
	va_end(ap);
	return false;
}

static bool need_root(const struct probe *p, const struct machine *m, why_t *why)
{
	(void)p;
	return !m->euid || probe_no(why, "run as user %d; try sudo", m->euid);
}

/* fs/proc/base.c:__set_oom_adj(): below what it was needs the capability, which containers lack. */
static bool need_oom_exempt(const struct probe *p, const struct machine *m, why_t *why)
{
	(void)p;
	return m->caps >> CAP_SYS_RESOURCE_BIT & 1 ||
	       probe_no(why, "CAP_SYS_RESOURCE is missing, without which oom_score_adj cannot be "
			     "lowered");
}

/* /proc/cgroups says whether the kernel has the memory controller at all: "memory 4 18 1". */
static bool memory_enabled(const struct probe *p)
{
	char text[2048];
	struct span rest, line, word, last;
	ssize_t n = file_read(p->roots->proc, "cgroups", text, sizeof(text));

	rest = span_of(text, n < 0 ? 0 : (size_t)n);
	while (next_line(&rest, &line)) {
		if (!next_word(&line, &word) || !span_eq(word, "memory"))
			continue;
		last = word;
		while (next_word(&line, &word))
			last = word;
		return span_eq(last, "1");
	}
	return false;
}

static bool no_memcg(const struct probe *p, const struct machine *m, why_t *why)
{
	if (m->cgroup == CGROUP_MODE_NONE)
		return probe_no(why, "no cgroup file system is mounted (/proc/self/mountinfo)");
	if (!memory_enabled(p))
		return probe_no(why, "the memory controller is not compiled in or switched off "
				     "(/proc/cgroups; cgroup_disable=memory)");
	if (m->cgroup2_mount[0])
		return probe_no(why, "the memory controller is not delegated to %.60s",
				m->cgroup2_mount);
	return probe_no(why, "no cgroup mount has the memory controller");
}

static bool need_memcg(const struct probe *p, const struct machine *m, why_t *why)
{
	struct mount mount;

	if (!m->memcg_version)
		return no_memcg(p, m, why);
	if (m->memcg_base[0])
		return true;
	if (!mountinfo_find(p->mountinfo, p->mountinfo_len,
			    m->memcg_version == 1 ? "cgroup" : "cgroup2",
			    m->memcg_version == 1 ? "memory" : NULL, &mount) &&
	    mount.read_only)
		return probe_no(why, "%.60s is mounted read-only", m->memcg_mount);
	return probe_no(why, "no right to make groups in %.40s nor in %.40s of it", m->memcg_mount,
			m->memcg_own);
}

static bool need_cgroup_v1(const struct probe *p, const struct machine *m, why_t *why)
{
	return need_memcg(p, m, why) &&
	       (m->memcg_version == 1 || probe_no(why, "the memory controller is on cgroup v2"));
}

static bool need_cgroup_v2(const struct probe *p, const struct machine *m, why_t *why)
{
	return need_memcg(p, m, why) &&
	       (m->memcg_version == 2 || probe_no(why, "the memory controller is on cgroup v1"));
}

static bool need_freezer(const struct probe *p, const struct machine *m, why_t *why)
{
	_cleanup_close_ int dir = -1;
	int r;

	/* cgroup.freeze is in every group but the root's of v2, since 5.2. */
	if (m->memcg_version == 2)
		return need_memcg(p, m, why);
	if (!m->freezer_mount[0])
		return probe_no(why, "no cgroup mount has the freezer");
	dir = roots_dir(p->roots, m->freezer_mount);
	r = dir < 0 ? dir : probe_writable(p, m, dir, "cgroup.procs");
	return !r || probe_no(why, "no right to make groups in %.60s: %s", m->freezer_mount,
			      strerror(-r));
}

static bool need_swap(const struct probe *p, const struct machine *m, why_t *why)
{
	(void)p;
	if (m->swap_total <= 0)
		return probe_no(why,
				"there is no swap space (SwapTotal is 0, /proc/swaps lists none)");
	return m->base_swap_limit || probe_no(why, "memory.swap.max above the groups is 0");
}

static bool need_no_swap(const struct probe *p, const struct machine *m, why_t *why)
{
	char size[QUANTITY_MAX];

	(void)p;
	return m->swap_total <= 0 || probe_no(why, "swap is on: %s in /proc/swaps",
					      quantity_format(size, m->swap_total, UNIT_BYTES));
}

static bool need_zswap(const struct probe *p, const struct machine *m, why_t *why)
{
	if (m->zswap)
		return true;
	if (p->roots->sys < 0 || faccessat(p->roots->sys, "module/zswap", F_OK, 0))
		return probe_no(why, "zswap is not compiled in (no /sys/module/zswap)");
	return probe_no(why, "zswap is off (/sys/module/zswap/parameters/enabled)");
}

static bool need_numa2(const struct probe *p, const struct machine *m, why_t *why)
{
	(void)p;
	return m->nodes >= 2 || probe_no(why, "one NUMA node has memory "
					      "(/sys/devices/system/node/has_memory)");
}

static bool need_one_node(const struct probe *p, const struct machine *m, why_t *why)
{
	(void)p;
	return m->nodes < 2 || probe_no(why,
					"%d NUMA nodes have memory "
					"(/sys/devices/system/node/has_memory)",
					m->nodes);
}

static bool need_one_zone(const struct probe *p, const struct machine *m, why_t *why)
{
	(void)p;
	return m->large_zones == 1 || probe_no(why,
					       "%d zones have a 16th of all memory or more "
					       "(/proc/zoneinfo); try a guest of "
					       "2G or less",
					       m->large_zones);
}

static bool need_cpus2(const struct probe *p, const struct machine *m, why_t *why)
{
	(void)p;
	return m->cpus_online >= 2 ||
	       probe_no(why, "%d CPU is online (/sys/devices/system/cpu/online)", m->cpus_online);
}

static bool need_thp(const struct probe *p, const struct machine *m, why_t *why)
{
	(void)p;
	if (!m->thp[0])
		return probe_no(why, "no transparent huge pages in this kernel "
				     "(no /sys/kernel/mm/transparent_hugepage)");
	return strcmp(m->thp, "never") ||
	       probe_no(why, "/sys/kernel/mm/transparent_hugepage/enabled is never");
}

/*
 * mm/memory.c:do_anonymous_page maps the zero page at a read, but for userfaultfd; a kernel patched
 * for its hypervisor may give each read page memory of its own. Pages that are nobody's are not in
 * smaps (vm_normal_page): read some and look.
 */
static bool need_zero_page(const struct probe *p, const struct machine *m, why_t *why)
{
	const char *file = "self/smaps_rollup";
	size_t size = 64 * (size_t)m->page_size;
	const volatile char *mem;
	int64_t before, after;

	if (p->roots->fake)
		return true;
	mem = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (mem == MAP_FAILED)
		return probe_no(why, "cannot map memory to find out: %s", strerror(errno));
	madvise((void *)mem, size, MADV_NOHUGEPAGE);
	before = kv_load(p->roots->proc, file, KV_MEMINFO, "Anonymous");
	for (size_t i = 0; i < size; i += (size_t)m->page_size)
		(void)mem[i];
	after = kv_load(p->roots->proc, file, KV_MEMINFO, "Anonymous");
	munmap((void *)mem, size);
	if (before == VALUE_ABSENT || after == VALUE_ABSENT)
		return probe_no(why, "cannot read /proc/%s to find out", file);
	return after - before < (int64_t)size / 2 ||
	       probe_no(why, "this kernel gives each page that is read memory of its own");
}

static bool need_mglru(const struct probe *p, const struct machine *m, why_t *why)
{
	if (m->mglru)
		return true;
	if (p->roots->sys < 0 || faccessat(p->roots->sys, "kernel/mm/lru_gen", F_OK, 0))
		return probe_no(why, "not compiled in (no /sys/kernel/mm/lru_gen; CONFIG_LRU_GEN)");
	return probe_no(why, "the multi-generational LRU is off (/sys/kernel/mm/lru_gen/enabled)");
}

static bool need_classic_lru(const struct probe *p, const struct machine *m, why_t *why)
{
	(void)p;
	return !m->mglru ||
	       probe_no(why, "the multi-generational LRU is on (/sys/kernel/mm/lru_gen/enabled)");
}

static bool no_psi(const struct probe *p, int r, why_t *why)
{
	if (r == -EOPNOTSUPP)
		return probe_no(why,
				"off by default (CONFIG_PSI_DEFAULT_DISABLED); boot with psi=1");
	if (r == -EACCES || r == -EPERM)
		return probe_no(why, "/proc/pressure/memory may not be read: %s", strerror(-r));
	if (config_is_on(p->config, p->config_len, "CONFIG_PSI_DEFAULT_DISABLED"))
		return probe_no(why, "CONFIG_PSI_DEFAULT_DISABLED is set; boot with psi=1");
	if (r == -ENOENT)
		return probe_no(why, "no /proc/pressure/memory (CONFIG_PSI, or booted with psi=0)");
	return probe_no(why, "/proc/pressure/memory says nothing");
}

static bool need_psi(const struct probe *p, const struct machine *m, why_t *why)
{
	struct psi psi;
	int r = p->roots->proc < 0 ? -ENOENT : psi_load(p->roots->proc, "pressure/memory", &psi);

	(void)m;
	return !r || no_psi(p, r, why);
}

/* A file of the group in which ours will be made. */
static int base_file(const struct probe *p, const struct machine *m, const char *file)
{
	_cleanup_close_ int dir = roots_dir(p->roots, m->memcg_base);

	if (dir < 0)
		return dir;
	return faccessat(dir, file, F_OK, 0) ? -errno : 0;
}

static bool need_group_psi(const struct probe *p, const struct machine *m, why_t *why)
{
	if (!need_psi(p, m, why))
		return false;
	if (m->memcg_version != 2)
		return probe_no(why, "groups have memory.pressure only on cgroup v2");
	if (!need_memcg(p, m, why))
		return false;
	/* kernel/cgroup/cgroup.c:cgroup_psi_files; the boot option cgroup_disable=pressure removes
	 * it. */
	return !base_file(p, m, "memory.pressure") ||
	       probe_no(why, "no memory.pressure in %.50s (cgroup_disable=pressure?)",
			m->memcg_base);
}

/* -ENOSYS: not compiled in; -EPERM: a filter or the sysctl forbids it; other errors: it is there.
 */
static bool ask_io_uring(why_t *why)
{
	long fd = syscall(SYS_io_uring_setup, 0, NULL);

	if (fd >= 0)
		close((int)fd);
	if (fd < 0 && errno == ENOSYS)
		return probe_no(why, "io_uring is not compiled in (CONFIG_IO_URING)");
	if (fd < 0 && errno == EPERM)
		return probe_no(why, "io_uring_setup is forbidden here (a seccomp filter?)");
	return true;
}

static bool need_io_uring(const struct probe *p, const struct machine *m, why_t *why)
{
	int64_t disabled = 0;
	bool known = p->roots->proc >= 0 &&
		     !file_read_i64(p->roots->proc, "sys/kernel/io_uring_disabled", &disabled);

	if (disabled == 2 || (disabled == 1 && !(m->caps >> CAP_SYS_ADMIN_BIT & 1)))
		return probe_no(why, "sysctl kernel.io_uring_disabled is %d", (int)disabled);
	if (!p->roots->fake)
		return ask_io_uring(why);
	/* The sysctl is there since 6.6 where io_uring is; for older captures the config knows. */
	return known || config_is_on(p->config, p->config_len, "CONFIG_IO_URING") ||
	       probe_no(why, "the captured machine does not show it "
			     "(no sysctl kernel.io_uring_disabled)");
}

bool probe_has_fs(const struct probe *p, const char *type)
{
	struct span rest = span_of(p->filesystems, p->filesystems_len), line, word, last;

	while (next_line(&rest, &line)) {
		last = (struct span){NULL, 0};
		while (next_word(&line, &word))
			last = word;
		if (span_eq(last, type))
			return true;
	}
	return false;
}

static bool need_tracefs(const struct probe *p, const struct machine *m, why_t *why)
{
	if (!probe_has_fs(p, "tracefs"))
		return probe_no(why,
				"the kernel has no tracefs (/proc/filesystems; CONFIG_TRACING)");
	if (m->euid)
		return probe_no(why, "tracefs is for root");
	return m->tracefs_mount[0] || (m->caps >> CAP_SYS_ADMIN_BIT & 1) ||
	       probe_no(why, "tracefs is not mounted, and there is no right to mount it");
}

static bool need_kmsg(const struct probe *p, const struct machine *m, why_t *why)
{
	char byte[8192];
	_cleanup_close_ int fd = p->roots->dev < 0 ? -1
						   : openat(p->roots->dev, "kmsg",
							    O_RDONLY | O_NONBLOCK | O_CLOEXEC);

	(void)m;
	if (p->roots->dev < 0)
		return probe_no(why, "there is no /dev");
	if (fd < 0)
		return probe_no(why, "cannot open /dev/kmsg: %s", strerror(errno));
	/* The right to read may be asked at the first read (kernel/printk/printk.c:devkmsg_open).
	 */
	if (read(fd, byte, sizeof(byte)) < 0 && (errno == EPERM || errno == EACCES))
		return probe_no(why, "/dev/kmsg may not be read (sysctl kernel.dmesg_restrict)");
	return true;
}

static bool need_slabinfo(const struct probe *p, const struct machine *m, why_t *why)
{
	char text[256];
	ssize_t n = p->roots->proc < 0 ? -ENOENT
				       : file_read(p->roots->proc, "slabinfo", text, sizeof(text));

	(void)m;
	if (n > 0 || n == -E2BIG)
		return true;
	if (n == -ENOENT)
		return probe_no(why, "no /proc/slabinfo (CONFIG_SLUB_DEBUG)");
	return probe_no(why, "cannot read /proc/slabinfo: %s",
			n ? strerror((int)-n) : "it is empty");
}

static bool sysctl_writable(const struct probe *p, const struct machine *m, const char *name,
			    why_t *why)
{
	struct mount mount;
	char path[64];
	int r;

	/* Container managers mount /proc/sys over itself, read-only. */
	if (!mountinfo_covering(p->mountinfo, p->mountinfo_len, "/proc/sys/vm", &mount) &&
	    mount.read_only)
		return probe_no(why, "%.60s is mounted read-only", mount.point);
	snprintf(path, sizeof(path), "sys/vm/%s", name);
	r = p->roots->proc < 0 ? -ENOENT : probe_writable(p, m, p->roots->proc, path);
	return !r || probe_no(why, "cannot write /proc/sys/vm/%s: %s", name, strerror(-r));
}

static bool need_stat_refresh(const struct probe *p, const struct machine *m, why_t *why)
{
	return sysctl_writable(p, m, "stat_refresh", why);
}

static bool need_drop_caches(const struct probe *p, const struct machine *m, why_t *why)
{
	return sysctl_writable(p, m, "drop_caches", why);
}

static bool need_memory_reclaim(const struct probe *p, const struct machine *m, why_t *why)
{
	return need_cgroup_v2(p, m, why) &&
	       (!base_file(p, m, "memory.reclaim") ||
		probe_no(why, "no memory.reclaim in %.60s (since 5.19)", m->memcg_base));
}

static bool need_limited(const struct probe *p, const struct machine *m, why_t *why)
{
	(void)p;
	return m->base_limit < m->mem_total ||
	       probe_no(why,
			"no memory.max above the trial's groups; --in GROUP names one that has it");
}

static bool need_recursive_protection(const struct probe *p, const struct machine *m, why_t *why)
{
	return need_cgroup_v2(p, m, why) &&
	       (m->recursive_protection ||
		probe_no(why, "cgroup2 is mounted without memory_recursiveprot"));
}

static bool need_vmap_stack(const struct probe *p, const struct machine *m, why_t *why)
{
	if (!m->config_source[0])
		return probe_no(why, "the kernel's config is not there to look into");
	return config_is_on(p->config, p->config_len, "CONFIG_VMAP_STACK") ||
	       probe_no(why, "CONFIG_VMAP_STACK is not set (%s)", m->config_source);
}

/* The root has no memory.peak to look at, so it is the version that tells. */
static bool need_peak_reset(const struct probe *p, const struct machine *m, why_t *why)
{
	int major = 0, minor = 0;

	if (!need_cgroup_v2(p, m, why))
		return false;
	if (sscanf(m->release, "%d.%d", &major, &minor) == 2 &&
	    (major > 6 || (major == 6 && minor >= 12)))
		return true;
	return probe_no(why, "memory.peak cannot be written before Linux 6.12, this is %.40s",
			m->release);
}

typedef bool (*need_fn)(const struct probe *p, const struct machine *m, why_t *why);

static const need_fn table[NEED_COUNT] = {
	[NEED_INDEX_ROOT] = need_root,
	[NEED_INDEX_OOM_EXEMPT] = need_oom_exempt,
	[NEED_INDEX_MEMCG] = need_memcg,
	[NEED_INDEX_CGROUP_V1] = need_cgroup_v1,
	[NEED_INDEX_CGROUP_V2] = need_cgroup_v2,
	[NEED_INDEX_FREEZER] = need_freezer,
	[NEED_INDEX_SWAP] = need_swap,
	[NEED_INDEX_NO_SWAP] = need_no_swap,
	[NEED_INDEX_ZSWAP] = need_zswap,
	[NEED_INDEX_NUMA2] = need_numa2,
	[NEED_INDEX_ONE_NODE] = need_one_node,
	[NEED_INDEX_ONE_ZONE] = need_one_zone,
	[NEED_INDEX_CPUS2] = need_cpus2,
	[NEED_INDEX_THP] = need_thp,
	[NEED_INDEX_ZERO_PAGE] = need_zero_page,
	[NEED_INDEX_MGLRU] = need_mglru,
	[NEED_INDEX_CLASSIC_LRU] = need_classic_lru,
	[NEED_INDEX_PSI] = need_psi,
	[NEED_INDEX_GROUP_PSI] = need_group_psi,
	[NEED_INDEX_IO_URING] = need_io_uring,
	[NEED_INDEX_TRACEFS] = need_tracefs,
	[NEED_INDEX_KMSG] = need_kmsg,
	[NEED_INDEX_SLABINFO] = need_slabinfo,
	[NEED_INDEX_STAT_REFRESH] = need_stat_refresh,
	[NEED_INDEX_DROP_CACHES] = need_drop_caches,
	[NEED_INDEX_FAILSLAB] = need_failslab,
	[NEED_INDEX_FAIL_PAGE_ALLOC] = need_fail_page_alloc,
	[NEED_INDEX_FAIL_USERCOPY] = need_fail_usercopy,
	[NEED_INDEX_FAIL_FUTEX] = need_fail_futex,
	[NEED_INDEX_FAIL_MAKE_REQUEST] = need_fail_make_request,
	[NEED_INDEX_FAIL_NTH] = need_fail_nth,
	[NEED_INDEX_MEMORY_FAILURE] = need_memory_failure,
	[NEED_INDEX_VMAP_STACK] = need_vmap_stack,
	[NEED_INDEX_DISK] = need_disk,
	[NEED_INDEX_SLOW_DISK] = need_slow_disk,
	[NEED_INDEX_MEMORY_RECLAIM] = need_memory_reclaim,
	[NEED_INDEX_LIMITED] = need_limited,
	[NEED_INDEX_RECURSIVE_PROTECTION] = need_recursive_protection,
	[NEED_INDEX_PEAK_RESET] = need_peak_reset,
	[NEED_INDEX_WHOLE_MACHINE] = need_whole_machine,
};

void probe_needs(const struct probe *p, struct machine *m)
{
	m->has = 0;
	for (unsigned i = 0; i < NEED_COUNT; i++) {
		m->why_not[i][0] = '\0';
		if (!table[i])
			probe_no(&m->why_not[i], "the probe has no question for it");
		else if (table[i](p, m, &m->why_not[i]))
			m->has |= NEED_BIT(i);
	}
}
