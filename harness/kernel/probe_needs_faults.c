/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The needs of trials that break something: fault injection, bad memory, a machine to lose. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/io.h"
#include "kernel/config.h"
#include "kernel/lines.h"
#include "kernel/probe_parts.h"

/* A fault-injection knob is a directory in debugfs (lib/fault-inject.c:fault_create_debugfs_attr).
 */
static bool fault_knob(const struct probe *p, const struct machine *m, const char *knob,
		       const char *option, why_t *why)
{
	_cleanup_close_ int dir = -1;
	char path[320];
	int r;

	if (m->config_source[0] && !config_is_on(p->config, p->config_len, option))
		return probe_no(why, "%s is not set (%s)", option, m->config_source);
	if (!m->debugfs_mount[0] && probe_has_fs(p, "debugfs"))
		return probe_no(why, "debugfs is not mounted "
				     "(mount -t debugfs none /sys/kernel/debug)");
	if (!m->debugfs_mount[0])
		return probe_no(why, "the kernel has no debugfs (/proc/filesystems)");
	snprintf(path, sizeof(path), "%s/%s", m->debugfs_mount, knob);
	dir = roots_dir(p->roots, path);
	r = dir < 0 ? dir : probe_writable(p, m, dir, "probability");
	if (r == -ENOENT)
		return probe_no(why, "no %.50s (%s)", path, option);
	if (r)
		return probe_no(why, "cannot write %.50s: %s", path, strerror(-r));
	/* Only tasks that ask for it may be hit: without the filter the runner itself would be. */
	return !faccessat(p->roots->proc, "self/make-it-fail", F_OK, 0) ||
	       probe_no(why, "no /proc/self/make-it-fail to filter by task");
}

bool need_failslab(const struct probe *p, const struct machine *m, why_t *why)
{
	return fault_knob(p, m, "failslab", "CONFIG_FAILSLAB", why);
}

bool need_fail_page_alloc(const struct probe *p, const struct machine *m, why_t *why)
{
	return fault_knob(p, m, "fail_page_alloc", "CONFIG_FAIL_PAGE_ALLOC", why);
}

bool need_fail_usercopy(const struct probe *p, const struct machine *m, why_t *why)
{
	return fault_knob(p, m, "fail_usercopy", "CONFIG_FAULT_INJECTION_USERCOPY", why);
}

bool need_fail_futex(const struct probe *p, const struct machine *m, why_t *why)
{
	return fault_knob(p, m, "fail_futex", "CONFIG_FAIL_FUTEX", why);
}

bool need_fail_make_request(const struct probe *p, const struct machine *m, why_t *why)
{
	return fault_knob(p, m, "fail_make_request", "CONFIG_FAIL_MAKE_REQUEST", why);
}

/* fs/proc/base.c: every task has it where CONFIG_FAULT_INJECTION is set. */
bool need_fail_nth(const struct probe *p, const struct machine *m, why_t *why)
{
	int r = p->roots->proc < 0 ? -ENOENT
				   : probe_writable(p, m, p->roots->proc, "self/fail-nth");

	if (r == -ENOENT)
		return probe_no(why, "no /proc/self/fail-nth (CONFIG_FAULT_INJECTION)");
	return !r || probe_no(why, "cannot write /proc/self/fail-nth: %s", strerror(-r));
}

/* mm/madvise.c:madvise_inject_error() asks for CAP_SYS_ADMIN; mm/memory-failure.c has the sysctl.
 */
bool need_memory_failure(const struct probe *p, const struct machine *m, why_t *why)
{
	if (p->roots->proc < 0 ||
	    faccessat(p->roots->proc, "sys/vm/memory_failure_recovery", F_OK, 0))
		return probe_no(why,
				"no /proc/sys/vm/memory_failure_recovery (CONFIG_MEMORY_FAILURE)");
	return (m->caps >> CAP_SYS_ADMIN_BIT & 1) || probe_no(why, "no CAP_SYS_ADMIN");
}

static bool on_cmdline(const struct machine *m, const char *want)
{
	struct span rest = span_of(m->cmdline, strlen(m->cmdline)), word;

	while (next_word(&rest, &word))
		if (span_eq(word, want))
			return true;
	return false;
}

/* Who may lose the machine says so where it was booted: the gate's guests do. */
bool need_whole_machine(const struct probe *p, const struct machine *m, why_t *why)
{
	(void)p;
	return on_cmdline(m, "memtrial.whole_machine=1") ||
	       probe_no(why, "only in the gate's virtual machine "
			     "(memtrial.whole_machine=1 on the kernel command line)");
}

/* Nothing in the guest shows how fast its disk is. */
bool need_slow_disk(const struct probe *p, const struct machine *m, why_t *why)
{
	(void)p;
	return on_cmdline(m, "memtrial.slow_disk=1") ||
	       probe_no(why, "only in the gate with --disk-rate of 8M or less");
}
