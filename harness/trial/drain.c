/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/io.h"
#include "cgroup/tree.h"
#include "kernel/batches.h"
#include "trial/drain.h"
#include "trial/worker.h"

#define PASS_LIMIT (2 * NSEC_PER_SEC)

struct drain_page {
	_Atomic uint32_t asked; /* futex: passes asked for */
	_Atomic uint32_t done;	/* futex: passes done */
	_Atomic uint32_t ok;	/* the last pass emptied every CPU's stock */
};

/*
 * One write that empties the stocks of CPUs that hold the drain group: at once on this CPU, by a
 * work item on others (drain_all_stock()), which is why the helper writes on each CPU itself. v1:
 * force_empty does lru_add_drain_all() and drain_all_stock() before it reclaims the drain group
 * (mem_cgroup_force_empty()). v2: a memory.high below what is in use drains first
 * (memory_high_write()) and, unlike memory.max, never kills.
 */
static int empty_stocks(const struct drain *d)
{
	ssize_t n;

	if (d->version == CG_V1)
		return pwrite(d->knob, "0", 1, 0) == 1 ? 0 : -errno;
	/*
	 * On one descriptor: an open() in between would charge its struct file above the limit, and
	 * the helper would sleep for it, up to 2 s (mem_cgroup_handle_over_high()).
	 */
	n = pwrite(d->knob, "0", 1, 0);
	return pwrite(d->knob, "max", 3, 0) == 3 && n == 1 ? 0 : -errno;
}

/*
 * On this CPU: touch and drain. A stock that holds exactly 0 pages of the drain group counts as not
 * held (is_drain_needed()); after the first write it is at 0 for certain, so that one more page
 * fills it with a lot and the second write always works.
 */
static int drain_cpu(const struct drain *d, volatile char *area, size_t len)
{
	int r;

	for (size_t i = 0; i < len; i += 4096)
		area[i] = 1;
	madvise((void *)area, len, MADV_DONTNEED);
	empty_stocks(d);
	area[0] = 1;
	r = empty_stocks(d);
	madvise((void *)area, 4096, MADV_DONTNEED);
	return r;
}

static bool drain_all_cpus(const struct drain *d, char *area, size_t len, const cpu_set_t *all)
{
	bool ok = true;

	for (int cpu = 0; cpu < CPU_SETSIZE; cpu++) {
		cpu_set_t one;

		if (!CPU_ISSET(cpu, all))
			continue;
		CPU_ZERO(&one);
		CPU_SET(cpu, &one);
		ok = sched_setaffinity(0, sizeof(one), &one) == 0 && drain_cpu(d, area, len) == 0 &&
		     ok;
	}
	return ok;
}

static _Noreturn void helper(struct drain *d, size_t len, pid_t supervisor)
{
	char *area = mmap(NULL, len, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	uint32_t done = 0;
	cpu_set_t all;

	setpgid(0, 0);
	signal(SIGINT, SIG_DFL);
	signal(SIGTERM, SIG_DFL);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	prctl(PR_SET_NAME, "mt:drain");
	if (area == MAP_FAILED || getppid() != supervisor ||
	    tree_enter(d->group_fd, d->version) < 0 || sched_getaffinity(0, sizeof(all), &all) < 0)
		_exit(1);
	madvise(area, len, MADV_NOHUGEPAGE);
	for (;;) {
		uint32_t asked = atomic_load(&d->page->asked);

		if (asked == done) {
			futex_wait(&d->page->asked, done, nsec(0));
			continue;
		}
		atomic_store(&d->page->ok, drain_all_cpus(d, area, len, &all));
		done = asked;
		atomic_store(&d->page->done, done);
		futex_wake_all(&d->page->done);
	}
}

int drain_start(struct drain *d, enum cg_version v, int group_fd, int root_fd, int mount_fd,
		int cpus, struct err *err)
{
	pid_t self = getpid();
	/* On each CPU: more than the flush threshold of the whole machine, see drain.h. */
	size_t len = (size_t)CHARGE_BATCH * 2 * (size_t)cpus * 4096;

	*d = (struct drain){.version = v,
			    .group_fd = group_fd,
			    .root_fd = root_fd,
			    .mount_fd = mount_fd};
	d->knob = openat(group_fd, v == CG_V1 ? "memory.force_empty" : "memory.high",
			 O_WRONLY | O_CLOEXEC);
	if (d->knob < 0)
		return err_errno(err, -errno, "cannot open the drain group's knob");
	/* Else those writes would swap the helper out. The file is not there without swap. */
	if (v == CG_V2)
		file_write(group_fd, "memory.swap.max", "0");
	d->page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (d->page == MAP_FAILED)
		return err_errno(err, -errno, "cannot map the drain helper's page");
	d->pid = fork();
	if (d->pid < 0)
		return err_errno(err, -errno, "cannot fork the drain helper");
	if (d->pid == 0)
		helper(d, len, self);
	return 0;
}

static bool helper_pass(struct drain *d)
{
	uint32_t want = atomic_fetch_add(&d->page->asked, 1) + 1;
	int64_t deadline = mono_now().ns + PASS_LIMIT;

	futex_wake_all(&d->page->asked);
	while (atomic_load(&d->page->done) != want) {
		if (mono_now().ns > deadline)
			return false;
		futex_wait(&d->page->done, want - 1, nsec(deadline));
	}
	return true;
}

/*
 * memory.stat of a group is flushed when it is read only if the group's own count of pending
 * updates is over the threshold, and a group's updates stop being passed up once it is over the
 * threshold itself (memcg_rstat_updated()). A flush that runs while others update can leave a child
 * over it and the root at 0, which then shows numbers that are seconds old (seen on 6.18: 180 MiB
 * off). So the drain group starts from 0, by a flush of the trial's tree, and then takes the trial
 * and the root over the threshold with it.
 */
static bool flush_once(struct drain *d, char *buf, size_t size)
{
	return file_read(d->root_fd, "memory.stat", buf, size) > 0 && helper_pass(d) &&
	       file_read(d->mount_fd, "memory.stat", buf, size) > 0 &&
	       file_read(d->root_fd, "memory.stat", buf, size) > 0;
}

/* Twice: up to 6.8 a reader does not flush while somebody else is flushing (the worker of every 2
 * s). */
static unsigned flush_stats(struct drain *d, char *buf, size_t size)
{
	return flush_once(d, buf, size) && flush_once(d, buf, size) ? SETTLED_RSTAT : 0;
}

unsigned drain_pass(struct drain *d, char *buf, size_t size)
{
	unsigned got = 0;

	if (!d->pid || !helper_pass(d))
		return 0;
	/*
	 * LRU batches: v1's force_empty drained them; on v2 memory.reclaim does on its last retry,
	 * so ask for more than there is (memory_reclaim()).
	 */
	if (d->version == CG_V1 || file_write(d->group_fd, "memory.reclaim", "1G") == -EAGAIN)
		got |= SETTLED_LRU;
	got |= flush_stats(d, buf, size);
	if (atomic_load(&d->page->ok))
		got |= SETTLED_STOCK;
	else
		got &= ~(unsigned)SETTLED_LRU;
	return got;
}

void drain_stop(struct drain *d)
{
	if (d->pid > 0) {
		kill(d->pid, SIGKILL);
		waitpid(d->pid, NULL, 0);
	}
	if (d->page && d->page != MAP_FAILED)
		munmap(d->page, 4096);
	if (d->pid > 0)
		close(d->knob);
	*d = (struct drain){0};
}
