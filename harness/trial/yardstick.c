/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "trial/yardstick.h"

#include <time.h>

#include "base/units.h"

#define PASSES	 8
#define PRODUCTS 300000

int64_t yard_cpu_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);
	return ts.tv_sec * NSEC_PER_SEC + ts.tv_nsec;
}

/* Half of it waits for the cache, half for the multiplier; no system call, no page fault. */
static void do_piece(const char *memory)
{
	volatile uint64_t sink;
	uint64_t sum = 1;

	for (int k = 0; k < PASSES; k++)
		for (size_t i = 0; i < YARD_MEMORY; i += 64)
			sum += (uint64_t) * (const volatile char *)(memory + i);
	for (int i = 0; i < PRODUCTS; i++)
		sum = sum * 6364136223846793005ULL + 1442695040888963407ULL;
	sink = sum;
	(void)sink;
}

void yard_begin(struct yardstick *y, int64_t now_ns, int64_t ops)
{
	y->since_ns = now_ns;
	y->ops = ops;
	y->cpu_ns = yard_cpu_ns();
}

/* When it is full every second one goes, and from then on only every second one comes. */
static void keep(struct yardstick *y, int64_t ops)
{
	struct yard_page *p = y->page;
	uint32_t n = atomic_load(&p->n);

	if (y->seen++ % y->every)
		return;
	if (n == YARD_BLOCKS) {
		for (uint32_t i = 0; i < YARD_BLOCKS / 2; i++)
			atomic_store(&p->ops[i], atomic_load(&p->ops[2 * i]));
		n = YARD_BLOCKS / 2;
		y->every *= 2;
	}
	atomic_store(&p->ops[n], ops);
	atomic_store(&p->n, n + 1);
}

bool yard_step(struct yardstick *y, int64_t now_ns, int64_t ops)
{
	int64_t worked, begin, piece;

	if (!y->page || now_ns - y->since_ns < YARD_BLOCK_NS)
		return false;
	begin = yard_cpu_ns();
	do_piece(y->memory);
	piece = yard_cpu_ns() - begin;
	worked = begin - y->cpu_ns;
	atomic_fetch_add(&y->page->piece_ns, piece);
	/* A block that waited all the time, for a disk or a rate, says nothing of its cost. */
	if (worked > 0 && ops > y->ops)
		keep(y, (int64_t)((__int128)(ops - y->ops) * 1000000 * piece / worked));
	yard_begin(y, mono_now().ns, ops);
	return true;
}

/* Shell's: the watcher allocates nothing, and qsort() may. */
static void sort(int64_t *v, uint32_t n)
{
	for (uint32_t gap = n / 2; gap; gap /= 2)
		for (uint32_t i = gap; i < n; i++) {
			int64_t x = v[i];
			uint32_t k = i;

			for (; k >= gap && v[k - gap] > x; k -= gap)
				v[k] = v[k - gap];
			v[k] = x;
		}
}

int64_t yard_rate(const struct yard_page *p)
{
	uint32_t n = p ? atomic_load(&p->n) : 0;
	int64_t v[YARD_BLOCKS];

	if (!n)
		return 0;
	for (uint32_t i = 0; i < n; i++)
		v[i] = atomic_load(&p->ops[i]);
	sort(v, n);
	return (v[(n - 1) / 2] + v[n / 2]) / 2;
}
