/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <sys/utsname.h>

#include "base/cleanup.h"
#include "base/io.h"
#include "base/words.h"
#include "base/units.h"
#include "kernel/kv.h"
#include "kernel/lines.h"
#include "kernel/mountinfo.h"
#include "kernel/probe_parts.h"
#include "kernel/zoneinfo.h"

/* The inode of the first cgroup namespace (include/linux/proc_ns.h PROC_CGROUP_INIT_INO). */
#define FIRST_CGROUP_NS "cgroup:[4026531835]"

/* What follows "key" and blanks at the start of a line: /proc/self/status, /proc/cpuinfo. */
static struct span value_of(const char *text, size_t len, const char *key)
{
	struct span rest = span_of(text, len), line;

	while (next_line(&rest, &line)) {
		if (!span_starts(line, key))
			continue;
		line = span_trim(span_from(line, strlen(key)));
		if (line.n && *line.p == ':')
			return span_trim(span_from(line, 1));
	}
	return (struct span){NULL, 0};
}

static void probe_self(const struct probe *p, struct machine *m)
{
	struct span ids = value_of(p->status, p->status_len, "Uid"), caps, word;
	int64_t v;
	char hex[32];

	/* Real, effective, saved, file system. Without the file: nobody. */
	m->euid = 65534;
	if (next_word(&ids, &word) && next_word(&ids, &word) && span_number(word, &v))
		m->euid = (int)v;
	caps = value_of(p->status, p->status_len, "CapEff");
	if (caps.n && span_copy(caps, hex, sizeof(hex)))
		m->caps = strtoull(hex, NULL, 16);
}

static void probe_cpu_model(const struct probe *p, struct machine *m)
{
	_cleanup_free_ char *text = NULL;
	struct span flags;
	size_t len;

	if (file_read_alloc(p->roots->proc, "cpuinfo", &text, &len))
		return;
	span_copy(value_of(text, len, "model name"), m->cpu_model, sizeof(m->cpu_model));
	flags = value_of(text, len, "flags");
	m->virtual_machine = span_find(flags, " hypervisor") != NULL;
}

static int count_list(int dirfd, const char *path)
{
	char text[1024];
	int n;

	probe_line(dirfd, path, text, sizeof(text));
	n = list_count(span_of(text, strlen(text)));
	return n < 0 ? 0 : n;
}

void probe_kernel(const struct probe *p, struct machine *m)
{
	int proc = p->roots->proc;
	struct utsname u;

	probe_self(p, m);
	probe_line(proc, "sys/kernel/version", m->version, sizeof(m->version));
	probe_line(proc, "sys/kernel/arch", m->arch, sizeof(m->arch)); /* since 6.1 */
	if (!m->arch[0] && !p->roots->fake && !uname(&u))
		snprintf(m->arch, sizeof(m->arch), "%.*s", (int)sizeof(m->arch) - 1, u.machine);
	probe_line(proc, "cmdline", m->cmdline, sizeof(m->cmdline));
	if (file_read_i64(proc, "sys/kernel/tainted", &m->taint))
		m->taint = -1;
	probe_cpu_model(p, m);
	m->cpus_online = count_list(p->roots->sys, "devices/system/cpu/online");
	m->cpus_possible = count_list(p->roots->sys, "devices/system/cpu/possible");
}

/*
 * The page size of a captured machine: MemTotal is the sum of all managed pages
 * (mm/show_mem.c:si_meminfo), so it divides.
 */
static int64_t captured_page_size(const struct probe *p, const struct machine *m)
{
	struct zoneinfo z;
	int64_t size;

	if (m->mem_total <= 0 || zoneinfo_load(p->roots->proc, -1, &z))
		return 4096;
	size = (m->mem_total + z.managed_pages / 2) / z.managed_pages;
	return size >= 4096 && !(size & (size - 1)) ? size : 4096;
}

/* "always [madvise] never": the word in brackets. */
static void chosen_word(int dirfd, const char *path, char *buf, size_t size)
{
	char line[128];
	char *open, *close;

	probe_line(dirfd, path, line, sizeof(line));
	open = strchr(line, '[');
	close = open ? strchr(open, ']') : NULL;
	buf[0] = '\0';
	if (close)
		span_copy(span_of(open + 1, (size_t)(close - open - 1)), buf, size);
}

static void probe_zswap(const struct probe *p, struct machine *m)
{
	char word[32], percent[16];

	probe_line(p->roots->sys, "module/zswap/parameters/enabled", word, sizeof(word));
	m->zswap = word[0] == 'Y' || word[0] == '1';
	if (!m->zswap)
		return;
	probe_line(p->roots->sys, "module/zswap/parameters/compressor", word, sizeof(word));
	probe_line(p->roots->sys, "module/zswap/parameters/max_pool_percent", percent,
		   sizeof(percent));
	snprintf(m->zswap_words, sizeof(m->zswap_words), "%s, at most %s %%", word, percent);
}

/*
 * A balloon of virtio that takes reports (VIRTIO_BALLOON_F_REPORTING, bit 5 of its features).
 * Hyper-V's is not looked for.
 */
static void probe_reporting(const struct probe *p, struct machine *m)
{
	static const char base[] = "bus/virtio/devices";
	_cleanup_closedir_ DIR *dir = NULL;
	_cleanup_close_ int fd = dir_open(p->roots->sys, base);
	struct dirent *d;

	dir = fd < 0 ? NULL : fdopendir(fd);
	if (!dir)
		return;
	take_fd(&fd);
	while ((d = readdir(dir))) {
		char path[320], device[16], features[80];

		snprintf(path, sizeof(path), "%s/%s/device", base, d->d_name);
		probe_line(p->roots->sys, path, device, sizeof(device));
		if (!str_eq(device, "0x0005"))
			continue;
		snprintf(path, sizeof(path), "%s/%s/features", base, d->d_name);
		probe_line(p->roots->sys, path, features, sizeof(features));
		m->page_reporting |= strlen(features) > 5 && features[5] == '1';
	}
}

void probe_free(const struct roots *roots, struct machine *m)
{
	m->mem_available = kv_load(roots->proc, "meminfo", KV_MEMINFO, "MemAvailable");
	m->mem_free = kv_load(roots->proc, "meminfo", KV_MEMINFO, "MemFree");
	m->swap_free = kv_load(roots->proc, "meminfo", KV_MEMINFO, "SwapFree");
}

void probe_memory(const struct probe *p, struct machine *m)
{
	_cleanup_free_ char *zones = NULL;
	int proc = p->roots->proc, sys = p->roots->sys;
	char line[64];
	size_t len;

	m->mem_total = kv_load(proc, "meminfo", KV_MEMINFO, "MemTotal");
	m->swap_total = kv_load(proc, "meminfo", KV_MEMINFO, "SwapTotal");
	probe_free(p->roots, m);
	m->page_size = p->roots->fake ? captured_page_size(p, m) : page_size();
	m->nodes = count_list(sys, "devices/system/node/has_memory");
	if (!m->nodes)
		m->nodes = count_list(sys, "devices/system/node/online");
	if (!m->nodes)
		m->nodes = 1; /* no CONFIG_NUMA */
	if (file_read_alloc(proc, "zoneinfo", &zones, &len) == 0)
		m->large_zones = zoneinfo_large_zones(zones, len);
	chosen_word(sys, "kernel/mm/transparent_hugepage/enabled", m->thp, sizeof(m->thp));
	/* Bit 0 is the main switch (Documentation/admin-guide/mm/multigen_lru.rst). */
	probe_line(sys, "kernel/mm/lru_gen/enabled", line, sizeof(line));
	m->mglru = line[0] && strtoul(line, NULL, 0) & 1;
	probe_zswap(p, m);
	probe_reporting(p, m);
}

/* Append to a list in a buffer; what does not fit is left out. */
static void append(char *buf, size_t size, const char *text)
{
	size_t n = strlen(buf);

	if (n + strlen(text) + 3 <= size)
		snprintf(buf + n, size - n, "%s%s", n ? ", " : "", text);
}

static void probe_container(const struct probe *p, struct machine *m)
{
	/* What podman, docker and systemd-nspawn leave behind; a virtual machine may keep the
	 * second. */
	static const char *const files[] = {"run/.containerenv", ".dockerenv",
					    "run/systemd/container"};
	char ns[64], text[96];
	ssize_t n;

	for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
		if (faccessat(p->roots->fs, files[i], F_OK, 0))
			continue;
		snprintf(text, sizeof(text), "/%s exists", files[i]);
		append(m->container, sizeof(m->container), text);
	}
	n = readlinkat(p->roots->proc, "self/ns/cgroup", ns, sizeof(ns) - 1);
	if (n > 0) {
		ns[n] = '\0';
		if (strcmp(ns, FIRST_CGROUP_NS))
			append(m->container, sizeof(m->container), "a cgroup namespace of its own");
	}
}

/*
 * Memory that is cold for a while may be paged out with no pressure at all, and no pgsteal counts
 * it (mm/damon/paddr.c:damon_pa_pageout()).
 */
static void probe_damon(const struct probe *p, struct machine *m)
{
	static const char dir[] = "kernel/mm/damon/admin/kdamonds";
	char path[160], state[16], action[32];

	for (int k = 0; k < 16; k++) {
		snprintf(path, sizeof(path), "%s/%d/state", dir, k);
		probe_line(p->roots->sys, path, state, sizeof(state));
		for (int s = 0; s < 16 && str_eq(state, "on"); s++) {
			snprintf(path, sizeof(path), "%s/%d/contexts/0/schemes/%d/action", dir, k,
				 s);
			probe_line(p->roots->sys, path, action, sizeof(action));
			if (str_eq(action, "pageout"))
				snprintf(m->damon, sizeof(m->damon), "kdamond %d: %s", k, action);
		}
	}
}

static void probe_oom_daemons(const struct probe *p, struct machine *m)
{
	/* As /proc/PID/comm has them, 15 characters at most. */
	static const char *const daemons[] = {"systemd-oomd",	"earlyoom", "nohang",
					      "nohang-desktop", "oomd",	    "low-memory-moni",
					      "bustd",		"lmkd"};
	_cleanup_closedir_ DIR *dir = NULL;
	_cleanup_close_ int fd = dir_open(p->roots->proc, ".");
	struct dirent *d;

	dir = fd < 0 ? NULL : fdopendir(fd);
	if (!dir)
		return;
	take_fd(&fd);
	while ((d = readdir(dir))) {
		char path[280], comm[32], text[64];

		if (!isdigit((unsigned char)d->d_name[0]))
			continue;
		snprintf(path, sizeof(path), "%s/comm", d->d_name);
		probe_line(p->roots->proc, path, comm, sizeof(comm));
		for (size_t i = 0; i < ARRAY_SIZE(daemons); i++) {
			if (strcmp(comm, daemons[i]))
				continue;
			snprintf(text, sizeof(text), "%s (%.10s)", comm, d->d_name);
			append(m->oom_daemons, sizeof(m->oom_daemons), text);
		}
	}
}

static void mount_point(const struct probe *p, const char *type, char *buf, size_t size)
{
	struct mount mount;

	if (!mountinfo_find(p->mountinfo, p->mountinfo_len, type, NULL, &mount))
		span_copy(span_of(mount.point, strlen(mount.point)), buf, size);
}

void probe_company(const struct probe *p, struct machine *m)
{
	probe_container(p, m);
	probe_damon(p, m);
	probe_oom_daemons(p, m);
	mount_point(p, "tracefs", m->tracefs_mount, sizeof(m->tracefs_mount));
	mount_point(p, "debugfs", m->debugfs_mount, sizeof(m->debugfs_mount));
}
