/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Anonymous memory: the fill with huge pages and with 4 KiB folios, against clearing alone. */
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/units.h"
#include "load.h"

#define GIB_OF_BYTES (1.0 / (double)GIB)
#define GIB_OF_PAGES (4096.0 / (double)GIB)

#define CLEAR_SIZE   (512 * MIB)
#define CLEAR_PASSES 8

static void clear_page(void *page)
{
#if defined(__x86_64__)
	size_t n = 4096;

	__asm__ volatile("rep stosb" : "+D"(page), "+c"(n) : "a"(0) : "memory");
#else
	__builtin_memset(page, 0, 4096);
	__asm__ volatile("" : : "r"(page) : "memory");
#endif
}

static void clear_all(char *at, size_t size)
{
	for (size_t i = 0; i < size; i += 4096)
		clear_page(at + i);
}

/* Memory that is there and mapped; NULL when there is none. */
static char *map_cleared(size_t size, bool huge)
{
	size_t align = 2 * MIB;
	char *map = mmap(NULL, size + align, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
			 -1, 0);
	char *at = (char *)(((uintptr_t)map + align - 1) / align * align);

	if (map == MAP_FAILED)
		return NULL;
	(void)madvise(at, size, huge ? MADV_HUGEPAGE : MADV_NOHUGEPAGE);
	clear_all(at, size);
	return at;
}

/*
 * What no fill can beat: clearing memory that is there and mapped already, page by page as the
 * kernel does it (clear_page()). Huge or small pages, as the load it stands beside.
 */
static int clear(struct run_of *run, struct measured *ret, struct err *err)
{
	size_t size = run->b->quick ? 16 * MIB : CLEAR_SIZE;
	char *at = map_cleared(size, run->way->arg != NULL);
	int64_t begin;
	double cpu;

	if (!at)
		return err_errno(err, -errno, "cannot map memory");
	begin = mono_now().ns;
	cpu = self_cpu();
	clear_all(at, size);
	*ret = (struct measured){.work = (double)size,
				 .cpu_s = self_cpu() - cpu,
				 .wall_s = since(begin)};
	return 0;
}

/* Clear it again and again, once n processes are here. */
static void clear_together(char *at, size_t size, atomic_int *here, int n)
{
	atomic_fetch_add(here, 1);
	while (atomic_load(here) < n)
		sched_yield();
	for (int i = 0; i < CLEAR_PASSES; i++)
		clear_all(at, size);
}

int clear_by_many(struct run_of *run, struct measured *ret, struct err *err)
{
	int n = *(const int *)run->way->arg;
	size_t size = run->b->quick ? 16 * MIB : CLEAR_SIZE;
	atomic_int *here = mmap(NULL, sizeof(*here), PROT_READ | PROT_WRITE,
				MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	int64_t begin;
	char *at;

	if (here == MAP_FAILED)
		return err_errno(err, -errno, "cannot map a page");
	for (int i = 1; i < n; i++) {
		pid_t pid = fork();

		if (pid < 0)
			return err_errno(err, -errno, "cannot fork");
		if (pid > 0)
			continue;
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		at = map_cleared(size, true);
		if (at)
			clear_together(at, size, here, n);
		_exit(at ? 0 : 1);
	}
	at = map_cleared(size, true);
	if (!at)
		return err_errno(err, -errno, "cannot map memory");
	/* The others are waited for: the last to be ready starts all. None ends before that. */
	while (atomic_load(here) < n - 1) {
		if (waitpid(-1, NULL, WNOHANG) > 0)
			return err_set(err, -ENOMEM, "one of %d processes cannot map memory", n);
		sched_yield();
	}
	begin = mono_now().ns;
	clear_together(at, size, here, n);
	while (wait(NULL) > 0)
		;
	*ret = (struct measured){.work = (double)size * CLEAR_PASSES * n, .wall_s = since(begin)};
	return 0;
}

#define OURS(text_, stressor_, span_)                                                              \
	{                                                                                          \
		.text = text_, .unit = "GiB/CPU-s", .scale = GIB_OF_PAGES, .digits = 2,            \
		.stressor = stressor_, .work = WORK_COUNTER, .span = span_                         \
	}
#define CLEAR(text_, huge_)                                                                        \
	{                                                                                          \
		.text = text_, .unit = "GiB/CPU-s", .scale = GIB_OF_BYTES, .digits = 2,            \
		.technique = clear, .arg = huge_                                                   \
	}
#define PEER(text_, scale_, work_, span_, ...)                                                     \
	{                                                                                          \
		.text = text_, .unit = "GiB/CPU-s", .scale = scale_, .digits = 2,                  \
		.argv = (const char *const[]){__VA_ARGS__, NULL}, .work = work_, .span = span_     \
	}

/* Its default method is one of all in turn; write64 is the quickest of those that write. */
#define STRESS "stress-ng", "--vm", "1", "--vm-bytes", "256M"

enum { THP_CLEAR, THP_FILL, THP_LIFE, THP_STRESS, THP_STRESS_VM };
static const struct way thp_ways[] = {
	[THP_CLEAR] = CLEAR("clearing mapped huge pages (limit)", ""),
	[THP_FILL] = OURS("anon, thp: on, filled", "use: anon, size: 1G, thp: on", SPAN_FILL),
	[THP_LIFE] = OURS("anon, thp: on, filled and given back",
			  "use: anon, size: 1G, thp: on, then: exit", SPAN_LIFE),
	[THP_STRESS] =
		PEER("stress-ng --vm-madvise hugepage, write64", 2.0 * MIB / GIB, WORK_HUGE,
		     SPAN_WINDOW, STRESS, "--vm-madvise", "hugepage", "--vm-method", "write64"),
	[THP_STRESS_VM] = PEER("stress-ng --vm", GIB_OF_PAGES, WORK_MINFLT, SPAN_WINDOW, STRESS),
};
static const struct ratio thp_ratios[] = {
	{"filled, over clearing", THP_FILL, 1 << THP_CLEAR, 0.95, OF_RATE},
	{"given back too, over stress-ng hugepage", THP_LIFE, 1 << THP_STRESS, 1.2, OF_RATE},
	{"given back too, over stress-ng --vm", THP_LIFE, 1 << THP_STRESS_VM, 4, OF_RATE},
};

const struct load load_anon_thp = {
	.name = "anon-thp",
	.heading = "anonymous fill, huge pages (1 GiB)",
	.limit = 2 * GIB,
	.ways = thp_ways,
	.n_ways = ARRAY_SIZE(thp_ways),
	.ratios = thp_ratios,
	.n_ratios = ARRAY_SIZE(thp_ratios),
};

enum { P4_CLEAR, P4_SPLIT, P4_SPLIT_LIFE, P4_FILL, P4_LIFE, P4_STRESS, P4_MEMHOG };
static const struct way small_ways[] = {
	[P4_CLEAR] = CLEAR("clearing mapped 4 KiB pages (limit)", NULL),
	[P4_SPLIT] = OURS("anon, technique: split, filled", "use: anon, size: 1G, technique: split",
			  SPAN_FILL),
	[P4_SPLIT_LIFE] = OURS("anon, technique: split, filled and given back",
			       "use: anon, size: 1G, technique: split, then: exit", SPAN_LIFE),
	[P4_FILL] = OURS("anon, thp: off, filled", "use: anon, size: 1G", SPAN_FILL),
	[P4_LIFE] = OURS("anon, thp: off, filled and given back", "use: anon, size: 1G, then: exit",
			 SPAN_LIFE),
	[P4_STRESS] = PEER("stress-ng --vm-populate, write64", GIB_OF_PAGES, WORK_MINFLT,
			   SPAN_WINDOW, STRESS, "--vm-populate", "--vm-method", "write64"),
	[P4_MEMHOG] = PEER("memhog", GIB_OF_PAGES, WORK_MINFLT, SPAN_LIFE, "memhog", "1g"),
};
static const struct ratio small_ratios[] = {
	{"split, filled, over clearing", P4_SPLIT, 1 << P4_CLEAR, 0.65, OF_RATE},
	{"split, given back too, over the best peer", P4_SPLIT_LIFE,
	 1 << P4_STRESS | 1 << P4_MEMHOG, 1.15, OF_RATE},
	{"given back too, over the best peer", P4_LIFE, 1 << P4_STRESS | 1 << P4_MEMHOG, 0,
	 OF_RATE},
};

const struct load load_anon_4k = {
	.name = "anon-4k",
	.heading = "anonymous fill, 4 KiB folios (1 GiB)",
	.limit = 2 * GIB,
	.ways = small_ways,
	.n_ways = ARRAY_SIZE(small_ways),
	.ratios = small_ratios,
	.n_ratios = ARRAY_SIZE(small_ratios),
};
