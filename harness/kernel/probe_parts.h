/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Between the files of the probe: the texts it has read once, and its parts. Not for other rooms.
 */
#ifndef MT_KERNEL_PROBE_PARTS_H
#define MT_KERNEL_PROBE_PARTS_H

#include <stddef.h>

#include "kernel/probe.h"

#define CAP_SYS_ADMIN_BIT    21 /* include/uapi/linux/capability.h */
#define CAP_SYS_RESOURCE_BIT 24

typedef char why_t[WHY_MAX];

struct probe {
	const struct roots *roots;
	char *mountinfo, *config, *status, *filesystems;
	size_t mountinfo_len, config_len, status_len, filesystems_len;
};

/* probe.c: the first line of a small file without its newline, "" when it cannot be read. */
void probe_line(int dirfd, const char *path, char *buf, size_t size);
/* Whether this process may write a file; on a captured machine root may write what is there.
 * -errno. */
int probe_writable(const struct probe *p, const struct machine *m, int dirfd, const char *path);

/* probe_facts.c: everything but cgroups and needs */
void probe_kernel(const struct probe *p, struct machine *m);
void probe_memory(const struct probe *p, struct machine *m);
void probe_company(const struct probe *p, struct machine *m);

/* probe_cgroup.c */
void probe_cgroups(const struct probe *p, struct machine *m);

/* probe_needs.c: fills has and why_not from all the rest */
void probe_needs(const struct probe *p, struct machine *m);
/* Writes the reason of a "no", and returns false. */
bool probe_no(why_t *why, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* Whether /proc/filesystems has it. */
bool probe_has_fs(const struct probe *p, const char *type);

/* probe_needs_faults.c: rows of probe_needs.c's table */
bool need_failslab(const struct probe *p, const struct machine *m, why_t *why);
bool need_fail_page_alloc(const struct probe *p, const struct machine *m, why_t *why);
bool need_fail_usercopy(const struct probe *p, const struct machine *m, why_t *why);
bool need_fail_futex(const struct probe *p, const struct machine *m, why_t *why);
bool need_fail_make_request(const struct probe *p, const struct machine *m, why_t *why);
bool need_fail_nth(const struct probe *p, const struct machine *m, why_t *why);
bool need_memory_failure(const struct probe *p, const struct machine *m, why_t *why);
bool need_whole_machine(const struct probe *p, const struct machine *m, why_t *why);
bool need_disk(const struct probe *p, const struct machine *m, why_t *why);
bool need_slow_disk(const struct probe *p, const struct machine *m, why_t *why);

#endif
