/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * pagetable: touches one byte here and there in a large range, so that the page tables outweigh the
 * pages. The range begins where no table of the process can exist yet, so each new table is
 * foreseen from the address alone.
 */
#include <errno.h>
#include <sys/mman.h>

#include "area.h"
#include "base/cleanup.h"

/* Levels of tables that are counted, lowest first. The root (PGD) and what folds into it are not.
 */
enum level { LEVEL_PTE, LEVEL_PMD, LEVEL_PUD, LEVELS };

enum access { ACCESS_READ, ACCESS_WRITE };
static const char *const access_words[] = {"read", "write", NULL};
enum then { THEN_HOLD, THEN_EXIT };
static const char *const then_words[] = {"hold", "exit", NULL};

struct pagetable_opts {
	int64_t span, stride, access, then;
};

#define OPT(field) .name = #field, .offset = offsetof(struct pagetable_opts, field)
#define SPAN_MAX   (1LL << 45)

static const struct opt options[] = {
	{OPT(span), .type = OPT_SIZE, .min = 1, .max = SPAN_MAX, .flags = OPT_REQUIRED,
	 .help = "bytes of address space to touch here and there"},
	{OPT(stride), .type = OPT_SIZE, .min = 4096, .max = SPAN_MAX, .def = "2M",
	 .help = "distance from one touch to the next; 2M makes one page-table page a touch"},
	{OPT(access), .type = OPT_ENUM, .words = access_words, .def = "read",
	 .help = "read maps the zero page, so that only tables are paid for; write takes pages "
		 "too"},
	{OPT(then), .type = OPT_ENUM, .words = then_words, .def = "hold",
	 .help = "after the last touch: sleep, or end"},
	OPT_END,
};

enum { TABLES, TOUCHED, PTE_TABLES, PMD_TABLES, PUD_TABLES };
static const struct stressor_counter counters[] = {
	[TABLES] = {"tables", UNIT_PAGES, true, "page-table pages that the touched addresses need"},
	[TOUCHED] = {"touched", UNIT_PAGES, false, "pages touched"},
	[PTE_TABLES] = {"pte_tables", UNIT_PAGES, true, "of the tables, those of the lowest level"},
	[PMD_TABLES] = {"pmd_tables", UNIT_PAGES, true, "of the tables, those one level up"},
	[PUD_TABLES] =
		{"pud_tables", UNIT_PAGES, true,
		 "of the tables, those two levels up; kernels without pagetable_pud_ctor() leave "
		 "them out of meminfo"},
	{.name = NULL},
};

struct pagetable_state {
	unsigned char *base; /* aligned to what a table of each counted level covers */
	void *mapping;
	size_t mapping_len;
	int64_t cover[LEVELS]; /* bytes that one table of the level maps; 0: not counted */
	int64_t last[LEVELS];  /* number of the table that was needed last, -1: none */
	int64_t next;	       /* offset of the next touch */
};

/*
 * One table is a page of 8-byte entries; what it covers is the unit of the level above. Levels
 * whose coverage goes beyond the address space stay 0.
 */
static void coverage(int64_t page, int64_t cover[LEVELS])
{
	int64_t size = page;

	for (int level = 0; level < LEVELS; level++) {
		size = size > SPAN_MAX / (page / 8) ? 0 : size * (page / 8);
		cover[level] = size;
	}
}

static int64_t touches(const struct pagetable_opts *o)
{
	return (o->span - 1) / o->stride + 1;
}

static void pagetable_footprint(const void *opts, struct footprint *ret)
{
	const struct pagetable_opts *o = opts;
	int64_t page = page_size(), n = touches(o), tables = 3 * page;
	int64_t cover[LEVELS];

	coverage(page, cover);
	for (int level = 0; level < LEVELS; level++)
		if (cover[level])
			tables += MIN(n, o->span / cover[level] + 2) * page;
	*ret = (struct footprint){.memory = tables + (o->access == ACCESS_WRITE ? n * page : 0) +
					    64 * KIB};
}

/* Reserve the span, aligned to align, in whole pieces of align: nobody else's tables are in them.
 */
static int reserve(struct pagetable_state *s, int64_t span, int64_t align)
{
	int64_t len = (span + align - 1) / align * align + align;
	void *p = mmap(NULL, (size_t)len, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE,
		       -1, 0);

	if (p == MAP_FAILED)
		return -errno;
	s->mapping = p;
	s->mapping_len = (size_t)len;
	s->base = (unsigned char *)(((uintptr_t)p + (uintptr_t)align - 1) / (uintptr_t)align *
				    (uintptr_t)align);
	return 0;
}

/*
 * Align to what the highest counted level covers (512G with 4K pages). Where the address space is
 * too small for that (39 bits on some arm64), the PUD level is folded or shared, and is not
 * counted.
 */
static int reserve_aligned(struct worker *w, struct pagetable_state *s, int64_t span)
{
	int r = -ENOMEM;

	for (int top = LEVEL_PUD; top >= LEVEL_PMD; top--) {
		if (s->cover[top])
			r = reserve(s, span, s->cover[top]);
		if (!r)
			return 0;
		s->cover[top] = 0;
	}
	return err_errno(&w->err, r, "reserving %lld bytes of address space (look at ulimit -v)",
			 (long long)span);
}

static int pagetable_setup(struct worker *w)
{
	const struct pagetable_opts *o = w->opts;
	struct pagetable_state *s = w->state;
	size_t len = (size_t)((o->span + w->page_size - 1) / w->page_size * w->page_size);
	int r;

	coverage(w->page_size, s->cover);
	for (int level = 0; level < LEVELS; level++)
		s->last[level] = -1;
	r = reserve_aligned(w, s, o->span);
	if (r)
		return r;
	/* A huge page has no PTE table in use. EINVAL: no huge pages in this kernel. */
	if (madvise(s->base, len, MADV_NOHUGEPAGE) && errno != EINVAL)
		return err_errno(&w->err, -errno, "madvise MADV_NOHUGEPAGE of %zu bytes", len);
	if (mprotect(s->base, len, PROT_READ | PROT_WRITE))
		return err_errno(&w->err, -errno,
				 "making %zu bytes accessible (vm.overcommit_memory=2 refuses "
				 "large sparse ranges)",
				 len);
	return 0;
}

/* Count the tables that the address at offset needs and no earlier, lower one did. */
static void count_tables(struct worker *w, struct pagetable_state *s, int64_t offset)
{
	for (int level = 0; level < LEVELS; level++) {
		int64_t table;

		if (!s->cover[level])
			continue;
		table = offset / s->cover[level];
		if (table == s->last[level])
			continue;
		s->last[level] = table;
		worker_add(&w->page->counter[PTE_TABLES + level], 1);
		worker_add(&w->page->counter[TABLES], 1);
		worker_add(&w->page->bytes, w->page_size);
	}
}

static void touch(struct worker *w, struct pagetable_state *s, int64_t offset, bool write)
{
	unsigned char *at = s->base + offset;
	/* An exchange is a write at first access: a read would map the zero page before. */
	unsigned char old = write ? __atomic_exchange_n(at, 0xa5, __ATOMIC_RELAXED)
				  : *(volatile unsigned char *)at;

	if (old)
		worker_corrupt(w, at, offset, 0, old);
}

#define TOUCHES_PER_STEP 256

static int pagetable_step(struct worker *w)
{
	const struct pagetable_opts *o = w->opts;
	struct pagetable_state *s = w->state;
	int n;

	for (n = 0; n < TOUCHES_PER_STEP && s->next < o->span; n++, s->next += o->stride) {
		touch(w, s, s->next, o->access == ACCESS_WRITE);
		count_tables(w, s, s->next);
	}
	worker_add(&w->page->ops, n);
	worker_add(&w->page->counter[TOUCHED], n);
	if (s->next < o->span)
		return STEP_MORE;
	return o->then == THEN_EXIT ? STEP_DONE : STEP_HOLD;
}

static void pagetable_release(struct worker *w)
{
	struct pagetable_state *s = w->state;

	if (s->mapping)
		munmap(s->mapping, s->mapping_len);
	s->mapping = NULL;
	worker_put(&w->page->bytes, 0);
	for (int i = TABLES; counters[i].name; i++)
		if (counters[i].gauge)
			worker_put(&w->page->counter[i], 0);
}

const struct stressor stressor_pagetable = {
	.name = "pagetable",
	.summary = "sparse touches, so that page tables outweigh pages",
	.bytes_help = "bytes of page tables, as the tree of tables predicts",
	.options = options,
	.options_size = sizeof(struct pagetable_opts),
	.counters = counters,
	.state_size = sizeof(struct pagetable_state),
	.footprint = pagetable_footprint,
	.setup = pagetable_setup,
	.step = pagetable_step,
	.release = pagetable_release,
};
