/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Two workers: in one address space or in two, in one group or in two. Free memory in pieces. */
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/io.h"
#include "base/units.h"
#include "load.h"
#include "stressor.h"

#define CROWD	   2
#define CROWD_SIZE (64 * MIB)

/* Each counts on a cache line of its own: they must meet in the kernel only. */
struct crowd {
	struct {
		_Alignas(64) _Atomic int64_t pages;
	} of[CROWD];
	_Alignas(64) atomic_bool stop;
};

struct one_of {
	struct crowd *crowd;
	int index;
};

/* Touch small pages and give them back, for ever. */
static void *touch_again(void *arg)
{
	const struct one_of *one = arg;
	struct crowd *c = one->crowd;
	char *at =
		mmap(NULL, CROWD_SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (at == MAP_FAILED)
		return NULL;
	(void)madvise(at, CROWD_SIZE, MADV_NOHUGEPAGE);
	while (!atomic_load_explicit(&c->stop, memory_order_relaxed)) {
		for (size_t i = 0; i < CROWD_SIZE; i += 4096)
			*(volatile char *)(at + i) = 1;
		(void)madvise(at, CROWD_SIZE, MADV_DONTNEED);
		atomic_fetch_add(&c->of[one->index].pages, CROWD_SIZE / 4096);
	}
	munmap(at, CROWD_SIZE);
	return NULL;
}

static int64_t touched(struct crowd *c)
{
	int64_t n = 0;

	for (int i = 0; i < CROWD; i++)
		n += atomic_load(&c->of[i].pages);
	return n;
}

static void watch_crowd(struct crowd *c, const struct run_of *run, struct measured *ret)
{
	int64_t begin;

	sleep_ms(run->b->quick ? 20 : 200);
	begin = mono_now().ns;
	ret->work = -(double)touched(c);
	ret->cpu_s = -cell_cpu(run);
	sleep_ms(run->b->quick ? 50 : 500);
	ret->work += (double)touched(c);
	ret->cpu_s += cell_cpu(run);
	ret->wall_s = since(begin);
	atomic_store(&c->stop, true);
}

static int in_threads(struct crowd *c, const struct run_of *run, struct measured *ret)
{
	pthread_t thread[CROWD];
	struct one_of one[CROWD];
	int n = 0, r = 0;

	for (; n < CROWD && r == 0; n += r == 0) {
		one[n] = (struct one_of){c, n};
		r = -pthread_create(&thread[n], NULL, touch_again, &one[n]);
	}
	if (r == 0)
		watch_crowd(c, run, ret);
	atomic_store(&c->stop, true);
	while (n > 0)
		pthread_join(thread[--n], NULL);
	return r;
}

static int in_processes(struct crowd *c, const struct run_of *run, struct measured *ret)
{
	pid_t pid[CROWD];
	int n = 0, r = 0;

	for (; n < CROWD && r == 0; n += r == 0) {
		struct one_of one = {c, n};

		pid[n] = fork();
		if (pid[n] == 0) {
			prctl(PR_SET_PDEATHSIG, SIGKILL);
			touch_again(&one);
			_exit(0);
		}
		r = pid[n] < 0 ? -errno : 0;
	}
	if (r == 0)
		watch_crowd(c, run, ret);
	atomic_store(&c->stop, true);
	while (n > 0)
		waitpid(pid[--n], NULL, 0);
	return r;
}

static int crowd(struct run_of *run, struct measured *ret, struct err *err)
{
	struct crowd *c =
		mmap(NULL, sizeof(*c), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	int r;

	if (c == MAP_FAILED)
		return err_errno(err, -errno, "cannot map a page");
	r = run->way->arg ? in_threads(c, run, ret) : in_processes(c, run, ret);
	munmap(c, sizeof(*c));
	return r < 0 ? err_errno(err, r, "cannot start two workers") : 0;
}

#define CROWD_WAY(text_, threads_)                                                                 \
	{                                                                                          \
		.text = text_, .unit = "M pages/s", .scale = 1e-6, .of = OF_CLOCK, .digits = 2,    \
		.technique = crowd, .arg = threads_                                                \
	}
#define PAIR(text_, unit_, scale_, work_, stressor_, apart_)                                       \
	{                                                                                          \
		.text = text_, .unit = unit_, .scale = scale_, .of = OF_CLOCK, .digits = 2,        \
		.work = work_, .stressor = stressor_, .apart = apart_                              \
	}
#define FAULTS(text_, apart_)                                                                      \
	PAIR("anon, thp: off, workers: 2, " text_, "M pages/s", 1e-6, WORK_COUNTER,                \
	     "use: anon, size: 64M, then: churn, workers: 2", apart_)
#define DENTRIES(text_, apart_)                                                                    \
	PAIR("slab, kind: dentry-negative, workers: 2, " text_, "M objects/s", 1e-6, WORK_OPS,     \
	     "use: slab, kind: dentry-negative, count: 20000, then: churn, workers: 2", apart_)

enum { OWN_MM, SHARED_MM, FAULTS_ONE, FAULTS_EACH, DENTRIES_ONE, DENTRIES_EACH };
static const struct way share_ways[] = {
	[OWN_MM] = CROWD_WAY("4 KiB faults, two processes", NULL),
	[SHARED_MM] = CROWD_WAY("4 KiB faults, two threads of one process", ""),
	[FAULTS_ONE] = FAULTS("one group", false),
	[FAULTS_EACH] = FAULTS("a group each", true),
	[DENTRIES_ONE] = DENTRIES("one group", false),
	[DENTRIES_EACH] = DENTRIES("a group each", true),
};
static const struct ratio share_ratios[] = {
	{"one address space over two", SHARED_MM, 1 << OWN_MM, 0, OF_CLOCK},
	{"faults: one group over one each", FAULTS_ONE, 1 << FAULTS_EACH, 0, OF_CLOCK},
	{"dentries: one group over one each", DENTRIES_ONE, 1 << DENTRIES_EACH, 0, OF_CLOCK},
};

const struct load load_share = {
	.name = "share",
	.heading = "two workers that share an address space, or a group; on the clock",
	.limit = 1 * GIB,
	.ways = share_ways,
	.n_ways = ARRAY_SIZE(share_ways),
	.ratios = share_ratios,
	.n_ratios = ARRAY_SIZE(share_ratios),
};

/* ---- free memory in pieces: `then: holes` gives back one page of each two ---- */

#define BLOCK_PAGES    512		  /* 2 MiB of 4 KiB pages */
#define PFN_MASK       ((1ULL << 55) - 1) /* Documentation/admin-guide/mm/pagemap.rst */
#define PRESENT	       (1ULL << 63)
#define FRAMES_AT_ONCE 4096

/* The worker's largest mapping is the one that it fills. */
static int find_area(const struct run_of *run, pid_t pid, uint64_t *ret_begin, uint64_t *ret_end,
		     struct err *err)
{
	_cleanup_free_ char *text = NULL;
	unsigned long long begin, end;
	char path[64];
	size_t len;
	int r;

	snprintf(path, sizeof(path), "%d/maps", pid);
	r = file_read_alloc(run->b->roots.proc, path, &text, &len);
	if (r < 0)
		return err_errno(err, r, "cannot read the worker's maps");
	for (const char *at = text; at && *at; at = strchr(at, '\n'), at += at != NULL)
		if (sscanf(at, "%llx-%llx", &begin, &end) == 2 &&
		    end - begin > *ret_end - *ret_begin) {
			*ret_begin = begin;
			*ret_end = end;
		}
	return 0;
}

/* Which blocks of the machine's memory hold a page of [begin, end); a bit each. */
static int mark_blocks(int fd, uint64_t begin, uint64_t end, unsigned char *blocks, size_t n)
{
	uint64_t frame[FRAMES_AT_ONCE];

	for (uint64_t page = begin / 4096; page < end / 4096;) {
		size_t want = MIN(end / 4096 - page, (uint64_t)FRAMES_AT_ONCE);
		ssize_t got = pread(fd, frame, want * sizeof(*frame), (off_t)(page * 8));

		if (got <= 0)
			return got < 0 ? -errno : -EIO;
		for (size_t i = 0; i < (size_t)got / 8; i++) {
			uint64_t block = (frame[i] & PFN_MASK) / BLOCK_PAGES;

			if (frame[i] & PRESENT && block < n)
				blocks[block] = 1;
		}
		page += (size_t)got / 8;
	}
	return 0;
}

/* How many blocks cannot be whole because of the worker. */
static int count_blocks(const struct run_of *run, pid_t pid, double *ret, struct err *err)
{
	/* Holes of the physical addresses included: twice the memory is enough on any machine. */
	size_t n = (size_t)(2 * run->b->machine.mem_total / (2 * MIB)) + 4096;
	_cleanup_free_ unsigned char *blocks = calloc(n, 1);
	_cleanup_close_ int fd = -1;
	uint64_t begin = 0, end = 0;
	char path[64];
	int r = find_area(run, pid, &begin, &end, err);

	if (r < 0)
		return r;
	snprintf(path, sizeof(path), "%d/pagemap", pid);
	fd = file_open(run->b->roots.proc, path);
	r = fd < 0 || !blocks ? -EIO : mark_blocks(fd, begin, end, blocks, n);
	if (r < 0)
		return err_errno(err, r, "cannot read the worker's pagemap");
	*ret = 0;
	for (size_t i = 0; i < n; i++)
		*ret += blocks[i];
	return 0;
}

static int holes(struct run_of *run, struct measured *ret, struct err *err)
{
	double blocks = 0;
	struct ours o;
	int r = ours_open(&o, run, run->way->arg, err);

	if (r == 0) {
		int64_t begin;

		warm_memory(run);
		begin = mono_now().ns;
		ours_start(&o);
		r = ours_wait_hold(&o, err);
		ret->wall_s = since(begin);
	}
	if (r == 0)
		r = count_blocks(run, o.pid[0], &blocks, err);
	if (r == 0) {
		ret->work = blocks * (double)(2 * MIB) / (double)atomic_load(&o.pages[0].bytes);
		r = ours_stop(&o, err);
	}
	ours_close(&o);
	return r;
}

#define HOLES(text_, unit_, of_, digits_)                                                          \
	{                                                                                          \
		.text = text_, .unit = unit_, .scale = 1, .of = of_, .digits = digits_,            \
		.special = holes, .arg = "use: anon, size: 512M, then: holes"                      \
	}
static const struct way holes_ways[] = {
	HOLES("memory in blocks of 2 MiB that cannot be whole, over what it holds", "x", OF_WORK,
	      2),
	HOLES("  time until then", "ms", OF_MS, 0),
};

const struct load load_holes = {
	.name = "holes",
	.heading = "free memory in pieces: anon, 512 MiB, then: holes",
	.limit = 1 * GIB,
	.ways = holes_ways,
	.n_ways = ARRAY_SIZE(holes_ways),
};
