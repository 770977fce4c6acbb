/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <sys/mman.h>

#include "area.h"
#include "base/cleanup.h"
#include "pattern.h"

#ifndef MADV_POPULATE_WRITE
#define MADV_POPULATE_WRITE 23 /* include/uapi/asm-generic/mman-common.h, 5.14 */
#endif

const char *const area_order_words[] = {"seq", "random", "stride", NULL};
const char *const area_thp_words[] = {"off", "on", "default", NULL};
const char *const area_technique_words[] = {"auto", "touch", "populate", "split", NULL};
const char *const area_fill_words[] = {"byte", "half", "full", NULL};

#define WORD ((int64_t)sizeof(uint64_t))

static int64_t round_up(int64_t n, int64_t to)
{
	return (n + to - 1) / to * to;
}

int64_t area_huge_page(int64_t page)
{
	/* What one page-table page of 8-byte entries maps: a PMD, on every 64-bit machine. */
	return page / 8 * page;
}

static int64_t unit_bytes(const struct area *a, int64_t unit)
{
	return MIN(a->unit, a->size - unit * a->unit);
}

int64_t area_tables(int64_t size)
{
	/* 512 8-byte entries a 4K page; larger pages need less. The rest: partly used tables at the
	 * ends. */
	return size / 512 + 64 * KIB;
}

int64_t area_units(const struct area *a, int64_t bytes)
{
	if (bytes >= a->size)
		return a->units;
	return (bytes + a->unit - 1) / a->unit;
}

/*
 * A keyed bijection of 0 .. 2^bits-1: odd multiplications and right xor-shifts can be undone, hence
 * map one to one. No table of what was touched is needed, so no memory beside the memory under
 * test.
 */
static uint64_t scramble(uint64_t x, unsigned bits, uint64_t seed)
{
	uint64_t mask = (1ULL << bits) - 1;

	for (unsigned round = 0; round < 3; round++) {
		uint64_t key = pattern_random(seed, round);

		x = (x * (key | 1) + (key >> 32)) & mask;
		x ^= x >> (bits / 2 + 1);
	}
	return x;
}

static int64_t random_unit(const struct area *a, int64_t pos)
{
	uint64_t x = (uint64_t)pos;
	unsigned bits = 0;

	while ((1LL << bits) < a->units)
		bits++;
	/* Walk the cycle until it is back inside: fewer than 2 steps on average, as 2^bits < 2
	 * units. */
	do
		x = scramble(x, bits, a->seed);
	while (x >= (uint64_t)a->units);
	return (int64_t)x;
}

/* Every stride-th unit, then every stride-th from the second on, and so forth. */
static int64_t stride_unit(const struct area *a, int64_t pos)
{
	int64_t rows = a->units / a->stride, longer = a->units % a->stride;
	int64_t in_longer = longer * (rows + 1);

	if (pos < in_longer)
		return pos % (rows + 1) * a->stride + pos / (rows + 1);
	pos -= in_longer;
	return pos % rows * a->stride + longer + pos / rows;
}

int64_t area_unit_at(const struct area *a, int64_t pos)
{
	switch (a->order) {
	case ORDER_RANDOM:
		return random_unit(a, pos);
	case ORDER_STRIDE:
		return stride_unit(a, pos);
	default:
		return pos;
	}
}

/*
 * populate is the fastest way (fewer exceptions; the kernel counts a minor fault a page all the
 * same: mm/memory.c:mm_account_fault), but only runs of pages profit, and fresh pages must be
 * looked at one by one when they are verified.
 */
static bool wants_populate(const struct area_spec *s)
{
	if (s->technique == TECHNIQUE_AUTO)
		return s->order == ORDER_SEQ && !s->verify;
	return s->technique >= TECHNIQUE_POPULATE;
}

static int advise_thp(struct area *a, enum area_thp thp, struct err *err)
{
	if (thp == THP_DEFAULT)
		return 0;
	if (!madvise(a->base, (size_t)a->size, thp == THP_ON ? MADV_HUGEPAGE : MADV_NOHUGEPAGE))
		return 0;
	/* A kernel without huge pages does not know the advice: off is what it does anyway. */
	if (thp == THP_OFF && errno == EINVAL)
		return 0;
	return err_errno(err, -errno, "madvise %s of %lld bytes",
			 thp == THP_ON ? "MADV_HUGEPAGE" : "MADV_NOHUGEPAGE", (long long)a->size);
}

/* Length 0 tells whether the kernel knows the advice, and does nothing (mm/madvise.c:do_madvise).
 */
static int probe_populate(struct area *a, const struct area_spec *s, struct err *err)
{
	a->populate = wants_populate(s);
	if (!a->populate || !madvise(a->base, 0, MADV_POPULATE_WRITE))
		return 0;
	a->populate = false;
	if (s->technique != TECHNIQUE_POPULATE)
		return 0;
	return err_set(
		err, -errno,
		"this kernel has no MADV_POPULATE_WRITE (5.14 and later): use `technique: touch`");
}

static int map_pages(struct area *a, const struct area_spec *s, struct err *err)
{
	size_t align = a->unit > a->page || a->split ? (size_t)area_huge_page(a->page) : 0;
	int flags = s->shared ? MAP_SHARED : MAP_PRIVATE;
	void *p;

	a->mapping_len = (size_t)a->size + align;
	p = mmap(NULL, a->mapping_len, PROT_READ | PROT_WRITE,
		 flags | (s->has_fd ? 0 : MAP_ANONYMOUS), s->has_fd ? s->fd : -1, 0);
	if (p == MAP_FAILED)
		return err_errno(err, -errno,
				 "mapping %lld bytes (look at ulimit -v and vm.overcommit_memory)",
				 (long long)a->mapping_len);
	a->mapping = p;
	a->base = align ? (unsigned char *)round_up((intptr_t)p, (int64_t)align) : p;
	return 0;
}

static int64_t content_of(const struct area_spec *s)
{
	if (s->fill == FILL_HALF)
		return s->page / 2;
	return s->fill == FILL_PAGE || s->verify ? s->page : WORD;
}

int area_map(struct area *a, const struct area_spec *s, struct err *err)
{
	int r;

	*a = (struct area){
		.size = round_up(s->size, s->page),
		.page = s->page,
		.unit = s->thp == THP_ON ? area_huge_page(s->page) : s->page,
		.pass = 1,
		.seed = s->seed,
		.order = s->order,
		.shared = s->shared,
		.content = content_of(s),
		.verify = s->verify,
		.split = s->technique == TECHNIQUE_SPLIT,
	};
	a->units = (a->size + a->unit - 1) / a->unit;
	a->stride = MIN(MAX(s->stride / a->unit, 1), a->units);
	r = map_pages(a, s, err);
	if (!r)
		r = advise_thp(a, s->thp, err);
	if (!r)
		r = probe_populate(a, s, err);
	if (r)
		area_unmap(a);
	return r;
}

void area_unmap(struct area *a)
{
	if (a->mapping)
		munmap(a->mapping, a->mapping_len);
	a->mapping = a->base = NULL;
	a->held = a->cursor = a->bytes = 0;
}

/* The first generation is the parent's and everybody's; what is written over it bears the salt. */
static uint64_t seed_of(const struct area *a, int64_t generation)
{
	return generation ? pattern_seed(a->seed ^ a->salt, (uint64_t)generation) : a->seed;
}

static int64_t generation_at(const struct area *a, int64_t pos)
{
	return pos < a->cursor ? a->pass : a->pass - 1;
}

static void note_fault(struct area *a, int64_t offset, uint64_t want, uint64_t got)
{
	if (a->fault.count++)
		return;
	a->fault.addr = a->base + offset;
	a->fault.offset = offset;
	a->fault.want = want;
	a->fault.got = got;
}

static void check_bytes(struct area *a, int64_t offset, int64_t len, uint64_t seed)
{
	uint64_t bad, want, got;

	if (!pattern_check(a->base + offset, (size_t)len, seed, (uint64_t)offset, &bad, &want,
			   &got))
		note_fault(a, (int64_t)bad, want, got);
}

static void check_zero(struct area *a, int64_t offset, int64_t len)
{
	uint64_t got;
	size_t bad;

	if (!pattern_zero(a->base + offset, (size_t)len, &bad, &got))
		note_fault(a, offset + (int64_t)bad, 0, got);
}

/*
 * The first access is a write: a read would map the zero page first, and cost a second fault. Where
 * it is verified it also returns what was there, as a read before it would look at the wrong page.
 * Else it is a plain store, many of which are under way at a time. Neither may the optimiser drop.
 */
static uint64_t touch_page(const struct area *a, int64_t offset, uint64_t seed)
{
	uint64_t *at = (uint64_t *)(a->base + offset), word = pattern_word(seed, (uint64_t)offset);

	if (a->verify)
		return __atomic_exchange_n(at, word, __ATOMIC_RELAXED);
	*(volatile uint64_t *)at = word;
	return 0;
}

/* The seed that an old page was written with, or "it is fresh and must be zero". */
struct before {
	bool fresh;
	uint64_t seed;
};

static void check_rest(struct area *a, int64_t offset)
{
	if (a->content < a->page)
		check_zero(a, offset + a->content, a->page - a->content);
}

static void write_page(struct area *a, int64_t offset, struct before before, uint64_t seed)
{
	uint64_t old = touch_page(a, offset, seed);

	if (a->verify) {
		uint64_t want = before.fresh ? 0 : pattern_word(before.seed, (uint64_t)offset);

		if (old != want)
			note_fault(a, offset, want, old);
		else if (before.fresh)
			check_zero(a, offset + WORD, a->content - WORD);
		else
			check_bytes(a, offset + WORD, a->content - WORD, before.seed);
		check_rest(a, offset);
	}
	if (a->content > WORD && (before.fresh || before.seed != seed))
		pattern_fill(a->base + offset + WORD, (size_t)(a->content - WORD), seed,
			     (uint64_t)(offset + WORD));
}

/* Returns the pages written. */
static int64_t write_unit(struct area *a, int64_t pos, struct before before, uint64_t seed)
{
	int64_t unit = area_unit_at(a, pos), begin = unit * a->unit, len = unit_bytes(a, unit);

	for (int64_t offset = begin; offset < begin + len; offset += a->page)
		write_page(a, offset, before, seed);
	return len / a->page;
}

/* How many units a call with so many bytes may move. */
static int64_t bound(const struct area *a, int64_t units, int64_t max)
{
	return MIN(units, MAX(max / a->unit, 1));
}

/* How many positions one call can advise: only neighbours go together. */
static int64_t run_of(const struct area *a, int64_t n)
{
	return a->order == ORDER_SEQ ? n : 1;
}

/* Advise n positions from `from` on, which are neighbours. Returns 0 or a negative errno. */
static int advise_run(struct area *a, int64_t from, int64_t n, int advice)
{
	int64_t begin = area_unit_at(a, from) * a->unit;
	int64_t len = MIN(n * a->unit, a->size - begin);

	return madvise(a->base + begin, (size_t)len, advice) ? -errno : 0;
}

/*
 * Bring a huge page in by its last small one. The kernel clears a huge page from the end that is
 * further from the address of the fault towards it (mm/memory.c:process_huge_page), so only then
 * does it go forward, which is twice as fast where the processor streams: 20 against 9 GiB/s on an
 * AMD EPYC. The write changes nothing, so that a fresh page can still be looked at.
 */
static void fault_huge(const struct area *a, int64_t begin, int64_t len)
{
	uint64_t zero = 0;

	__atomic_compare_exchange_n((uint64_t *)(a->base + begin + len - a->page), &zero, 0, false,
				    __ATOMIC_RELAXED, __ATOMIC_RELAXED);
}

/* Bring in n positions from a->held on, as far as that goes without touching each page. */
static void populate(struct area *a, int64_t n)
{
	for (int64_t i = 0; a->unit > a->page && i < n; i++) {
		int64_t unit = area_unit_at(a, a->held + i);

		fault_huge(a, unit * a->unit, unit_bytes(a, unit));
	}
	/*
	 * No look at the result: what could not be populated is touched later, and the page fault
	 * does what it does to any program: wait, kill, or signal.
	 */
	for (int64_t i = 0; a->populate && i < n; i += run_of(a, n))
		(void)advise_run(a, a->held + i, run_of(a, n), MADV_POPULATE_WRITE);
}

static int64_t write_fresh(struct area *a, int64_t n)
{
	int64_t pages = 0;

	for (int64_t i = 0; i < n; i++, a->held++)
		pages += write_unit(a, a->held, (struct before){.fresh = true},
				    seed_of(a, generation_at(a, a->held)));
	return pages;
}

/* How many positions make the next whole huge page for TECHNIQUE_SPLIT; 0: there is none. */
static int64_t split_run(const struct area *a, int64_t target)
{
	int64_t n = area_huge_page(a->page) / a->page;

	return a->split && a->held % n == 0 && a->held + n <= target ? n : 0;
}

/*
 * Small pages at the price of a huge one: one fault, written, and cut up by advice for a part of it
 * (mm/madvise.c:madvise_cold_or_pageout_pte_range splits the folio). Written first: a page that is
 * all zero would be dropped in the split. The advice to use huge pages holds for this one and only
 * so long, or khugepaged would put it together again. Without huge pages the pages are small as
 * they come.
 */
static int64_t grow_split(struct area *a, int64_t n)
{
	int64_t begin = a->held, pages;
	bool huge = advise_run(a, begin, n, MADV_HUGEPAGE) == 0;

	if (huge)
		fault_huge(a, begin * a->page, n * a->page);
	if (a->populate)
		(void)advise_run(a, begin, n, MADV_POPULATE_WRITE);
	pages = write_fresh(a, n);
	if (huge) {
		(void)advise_run(a, begin, 1, MADV_COLD);
		(void)advise_run(a, begin, n, MADV_NOHUGEPAGE);
	}
	return pages;
}

int64_t area_grow(struct area *a, int64_t target, int64_t max)
{
	int64_t n = split_run(a, target), pages;

	if (n) {
		pages = grow_split(a, n);
	} else {
		n = bound(a, target - a->held, max);
		populate(a, n);
		pages = write_fresh(a, n);
	}
	a->bytes += pages * a->page;
	return pages;
}

int64_t area_shrink(struct area *a, int64_t target, int64_t max, struct err *err)
{
	int64_t n = bound(a, a->held - target, max), freed = 0;
	/* Shared pages belong to the object: unmapping them from one process would free nothing. */
	int advice = a->shared ? MADV_REMOVE : MADV_DONTNEED;
	int64_t run = run_of(a, n), low = a->held - n;
	int r = 0;

	/* From the end, so that what was given back before a call failed is held no longer. */
	while (a->held > low && !r) {
		r = advise_run(a, a->held - run, run, advice);
		/* The last unit of the area may be a part of one; the order may put it anywhere. */
		for (int64_t i = 0; i < run && !r; i++)
			freed += unit_bytes(a, area_unit_at(a, --a->held));
	}
	a->bytes -= freed;
	return r ? err_errno(err, r, "madvise %s of %lld bytes",
			     a->shared ? "MADV_REMOVE" : "MADV_DONTNEED",
			     (long long)(run * a->unit))
		 : freed / a->page;
}

int64_t area_rewrite(struct area *a, int64_t max)
{
	int64_t n, pages = 0;

	if (a->cursor >= a->held) {
		a->cursor = 0;
		a->pass++;
	}
	n = bound(a, a->held - a->cursor, max);
	for (int64_t i = 0; i < n; i++) {
		struct before before = {.seed = seed_of(a, a->pass - 1)};

		pages += write_unit(a, a->cursor, before, seed_of(a, a->pass));
		a->cursor++;
	}
	return pages;
}

int64_t area_visit(struct area *a, int64_t from, int64_t to)
{
	int64_t pages = 0;

	for (int64_t pos = from; pos < to; pos++) {
		uint64_t seed = seed_of(a, generation_at(a, pos));

		pages += write_unit(a, pos, (struct before){.seed = seed}, seed);
	}
	return pages;
}

void area_check(struct area *a, int64_t from, int64_t to)
{
	for (int64_t pos = from; pos < to; pos++) {
		int64_t unit = area_unit_at(a, pos), begin = unit * a->unit;
		uint64_t seed = seed_of(a, generation_at(a, pos));

		for (int64_t at = begin; at < begin + unit_bytes(a, unit); at += a->page) {
			check_bytes(a, at, a->content, seed);
			if (a->verify)
				check_rest(a, at);
		}
	}
}

void area_report(struct worker *w, struct area_fault *fault)
{
	if (!fault->count)
		return;
	worker_corrupt(w, fault->addr, fault->offset, fault->want, fault->got);
	worker_add(&w->page->corrupt, fault->count - 1);
	*fault = (struct area_fault){0};
}
