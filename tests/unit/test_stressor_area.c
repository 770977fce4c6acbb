/* SPDX-License-Identifier: GPL-2.0-or-later */
/* stressors/area.c: orders, what comes and goes, and what is noticed about its content. */
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#include <criterion/criterion.h>

#include "area.h"
#include "base/units.h"
#include "pattern.h"

static struct err err;

static struct area map(struct area_spec spec)
{
	struct area a;

	spec.page = page_size();
	cr_assert_eq(area_map(&a, &spec, &err), 0, "%s", err.text);
	return a;
}

/* Pages that the kernel has in memory for it. */
static int64_t resident(const struct area *a)
{
	static unsigned char vec[1 << 16];
	int64_t n = 0, pages = a->size / a->page;

	cr_assert_leq(pages, (int64_t)sizeof(vec));
	cr_assert_eq(mincore(a->base, (size_t)a->size, vec), 0);
	for (int64_t i = 0; i < pages; i++)
		n += vec[i] & 1;
	return n;
}

static void each_unit_once(enum area_order order, int64_t units, int64_t stride)
{
	static bool seen[5000];
	struct area a = {.units = units, .stride = stride, .seed = 42, .order = order};

	memset(seen, 0, sizeof(seen));
	for (int64_t pos = 0; pos < units; pos++) {
		int64_t unit = area_unit_at(&a, pos);

		cr_assert(unit >= 0 && unit < units, "%ld of %ld", (long)unit, (long)units);
		cr_assert(!seen[unit], "order %d of %ld: %ld twice", order, (long)units,
			  (long)unit);
		seen[unit] = true;
	}
}

Test(area, every_order_visits_each_unit_once)
{
	static const int64_t sizes[] = {1, 2, 3, 4, 5, 7, 64, 1000, 1023, 1024, 1025, 4999};

	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		each_unit_once(ORDER_SEQ, sizes[i], 1);
		each_unit_once(ORDER_RANDOM, sizes[i], 1);
		for (int64_t stride = 1; stride <= sizes[i] && stride <= 70; stride++)
			each_unit_once(ORDER_STRIDE, sizes[i], stride);
	}
}

Test(area, orders_are_what_they_are_called)
{
	struct area a = {.units = 1000, .stride = 16, .seed = 42, .order = ORDER_STRIDE};
	int64_t neighbours = 0;

	cr_assert_eq(area_unit_at(&a, 1), 16);
	cr_assert_eq(area_unit_at(&a, 62), 992);
	cr_assert_eq(area_unit_at(&a, 63), 1);
	a.order = ORDER_RANDOM;
	for (int64_t pos = 1; pos < 1000; pos++)
		neighbours += area_unit_at(&a, pos) == area_unit_at(&a, pos - 1) + 1;
	cr_assert_lt(neighbours, 20, "%ld of 999 go to the next unit", (long)neighbours);
}

static void grows_and_shrinks(struct area_spec spec)
{
	struct area a = map(spec);
	int64_t page = a.page;

	cr_assert_eq(a.units, 100);
	cr_assert_eq(resident(&a), 0);
	cr_assert_eq(area_grow(&a, 100, 30 * page), 30);
	cr_assert_eq(area_grow(&a, 40, 30 * page), 10, "not above the target");
	cr_assert_eq(a.bytes, 40 * page);
	cr_assert_eq(resident(&a), 40);
	cr_assert_eq(area_shrink(&a, 5, 10 * page, &err), 10);
	cr_assert_eq(resident(&a), 30);
	cr_assert_eq(area_shrink(&a, 5, 1000 * page, &err), 25, "not below the target");
	cr_assert_eq(a.bytes, 5 * page);
	cr_assert_eq(resident(&a), 5);
	while (a.held < a.units)
		cr_assert_eq(area_grow(&a, a.units, 1), 1, "at least a page");
	cr_assert_eq(resident(&a), 100);
	area_check(&a, 0, a.held);
	cr_assert_eq(a.fault.count, 0);
	area_unmap(&a);
	cr_assert_null(a.base);
}

Test(area, holds_what_it_says)
{
	int64_t size = 100 * page_size();

	for (int order = ORDER_SEQ; order <= ORDER_STRIDE; order++)
		for (int shared = 0; shared < 2; shared++)
			for (int how = TECHNIQUE_AUTO; how <= TECHNIQUE_TOUCH; how++)
				grows_and_shrinks(
					(struct area_spec){.size = size,
							   .order = (enum area_order)order,
							   .stride = 8 * page_size(),
							   .shared = shared,
							   .technique = (enum area_technique)how,
							   .verify = how == TECHNIQUE_TOUCH});
}

Test(area, bytes_are_exact_with_a_partial_huge_unit)
{
	struct area_spec spec = {.size = 7 * area_huge_page(page_size()) + page_size(),
				 .page = page_size(),
				 .order = ORDER_RANDOM,
				 .thp = THP_ON,
				 .seed = 3};
	struct area a;

	if (area_map(&a, &spec, &err))
		cr_skip_test("no transparent huge pages here");
	cr_assert_eq((uintptr_t)a.base % (uintptr_t)a.unit, 0);
	cr_assert_eq(a.units, 8);
	for (int64_t held = 1; held <= 8; held++) {
		area_grow(&a, held, 1);
		cr_assert_eq(a.bytes, resident(&a) * a.page, "at %ld units", (long)held);
	}
	cr_assert_eq(a.bytes, a.size);
	area_shrink(&a, 0, 2 * a.size, &err);
	cr_assert_eq(a.bytes, 0);
	cr_assert_eq(resident(&a), 0);
	area_unmap(&a);
}

Test(area, half_of_a_page)
{
	int64_t page = page_size();
	struct area a =
		map((struct area_spec){.size = 4 * page, .fill = FILL_HALF, .verify = true});
	size_t bad;
	uint64_t got;

	area_grow(&a, 4, 4 * page);
	area_rewrite(&a, 4 * page);
	area_check(&a, 0, 4);
	cr_assert_eq(a.fault.count, 0);
	cr_assert(!pattern_zero(a.base + page + page / 2 - 64, 64, &bad, &got));
	cr_assert(pattern_zero(a.base + page + page / 2, (size_t)page / 2, &bad, &got));
	/* What is not written must stay as it was, too. */
	a.base[2 * page - 1] = 1;
	area_check(&a, 0, 4);
	cr_assert_eq(a.fault.count, 1);
	cr_assert_eq(a.fault.offset, 2 * page - 8);
	area_unmap(&a);
}

Test(area, a_page_that_arrives_non_zero_is_a_fault)
{
	struct area a = map((struct area_spec){.size = 8 * page_size(), .verify = true});

	a.base[5 * a.page + 4000] = 1;
	area_grow(&a, 8, a.size);
	cr_assert_eq(a.fault.count, 1);
	cr_assert_eq(a.fault.offset, 5 * a.page + 4000);
	cr_assert_eq(a.fault.addr, (const void *)(a.base + a.fault.offset));
	cr_assert_eq(a.fault.want, 0);
	cr_assert_eq(a.fault.got, 1);
	area_unmap(&a);
}

Test(area, the_first_word_counts_as_well)
{
	struct area a = map((struct area_spec){.size = 8 * page_size(), .verify = true});

	*(uint64_t *)(a.base + 2 * a.page) = 77;
	area_grow(&a, 8, a.size);
	cr_assert_eq(a.fault.count, 1);
	cr_assert_eq(a.fault.offset, 2 * a.page);
	cr_assert_eq(a.fault.got, 77);
	area_unmap(&a);
}

Test(area, a_flipped_bit_is_found_by_check_rewrite_and_visit)
{
	struct area a = map(
		(struct area_spec){.size = 8 * page_size(), .verify = true, .order = ORDER_RANDOM});

	area_grow(&a, 8, a.size);
	cr_assert_eq(area_visit(&a, 0, 8), 8);
	cr_assert_eq(a.fault.count, 0);
	a.base[3 * a.page + 808] ^= 4;
	area_check(&a, 0, 8);
	cr_assert_eq(a.fault.count, 1);
	area_visit(&a, 0, 8);
	cr_assert_eq(a.fault.count, 2);
	cr_assert_eq(a.fault.want ^ a.fault.got, 4);
	a.fault = (struct area_fault){0};
	cr_assert_eq(area_rewrite(&a, a.size), 8);
	cr_assert_eq(a.fault.count, 1);
	cr_assert_eq(a.fault.offset, 3 * a.page + 808);
	area_check(&a, 0, 8);
	cr_assert_eq(a.fault.count, 1, "rewriting has mended it");
	area_unmap(&a);
}

Test(area, a_stale_page_of_an_earlier_pass_is_a_fault)
{
	struct area a = map((struct area_spec){.size = 4 * page_size(), .verify = true});
	static unsigned char old[1 << 16];

	area_grow(&a, 4, a.size);
	memcpy(old, a.base + a.page, (size_t)a.page);
	area_rewrite(&a, 2 * a.page);
	area_check(&a, 0, 4);
	cr_assert_eq(a.fault.count, 0, "half a pass is good");
	memcpy(a.base + a.page, old, (size_t)a.page);
	area_check(&a, 0, 4);
	cr_assert_eq(a.fault.count, 1);
	cr_assert_eq(a.fault.offset, a.page);
	area_unmap(&a);
}

Test(area, shrinking_and_growing_in_the_middle_of_a_pass_is_no_fault)
{
	struct area a = map((struct area_spec){
		.size = 16 * page_size(), .verify = true, .order = ORDER_STRIDE, .stride = 8192});

	area_grow(&a, 16, a.size);
	for (int round = 0; round < 40; round++) {
		area_rewrite(&a, (round % 7 + 1) * a.page);
		area_shrink(&a, 3 + round % 11, a.size, &err);
		area_grow(&a, 16 - round % 5, a.size);
		area_check(&a, 0, a.held);
		cr_assert_eq(a.fault.count, 0, "round %d", round);
	}
	area_unmap(&a);
}

Test(area, what_cannot_be_mapped_is_an_error)
{
	struct area_spec spec = {.size = 1LL << 55, .page = page_size()};
	struct area a;

	cr_assert_lt(area_map(&a, &spec, &err), 0);
	cr_assert_not_null(strstr(err.text, "36028797018963968 bytes"), "%s", err.text);
	area_unmap(&a);
}

/* What was given back before a call failed is no longer held, and what was not still is. */
Test(area, a_shrink_that_fails_midway)
{
	int64_t page = page_size(), hole;
	struct area a = map((struct area_spec){
		.size = 64 * page, .seed = 7, .order = ORDER_RANDOM, .verify = true});

	cr_assert_eq(area_grow(&a, 64, 64 * page), 64);
	hole = area_unit_at(&a, 50);
	cr_assert_eq(munmap(a.base + hole * page, (size_t)page), 0);
	cr_assert_lt(area_shrink(&a, 0, 64 * page, &err), 0);
	cr_assert_eq(a.held, 51, "%ld", (long)a.held);
	cr_assert_eq(a.bytes, 51 * page);
	cr_assert_eq(mmap(a.base + hole * page, (size_t)page, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0),
		     a.base + hole * page);
	err_clear(&err);
	cr_assert_eq(area_shrink(&a, 50, page, &err), 1);
	area_check(&a, 0, a.held);
	cr_assert_eq(a.fault.count, 0);
	cr_assert_eq(area_shrink(&a, 0, 64 * page, &err), 50);
	cr_assert_eq(resident(&a), 0);
	area_unmap(&a);
}

/* Bytes of huge pages that the kernel says are mapped in it. */
static int64_t in_huge_pages(const struct area *a)
{
	FILE *f = fopen("/proc/self/smaps", "re");
	unsigned long long from = 0, to = 0, kib, total = 0, base = (uintptr_t)a->base;
	char line[512];

	cr_assert_not_null(f);
	while (fgets(line, sizeof(line), f)) {
		if (sscanf(line, "%llx-%llx ", &from, &to) == 2)
			continue;
		if (from < base + (unsigned long long)a->size && to > base &&
		    sscanf(line, "AnonHugePages: %llu kB", &kib) == 1)
			total += kib * 1024;
	}
	fclose(f);
	return (int64_t)total;
}

static void grow_to(struct area *a, int64_t bytes)
{
	while (a->held < area_units(a, bytes))
		cr_assert_leq(area_grow(a, area_units(a, bytes), MIB) * a->page,
			      area_huge_page(a->page));
}

static void serve_and_die(int fd, void *arg)
{
	(void)fd;
	raise(*(int *)arg);
}

/* What ended it stays known until another takes its place; who is told to end dies of nothing. */
Test(mate, a_signal_of_its_own_is_told_from_an_end)
{
	struct mate m = {0};
	struct mate_note note;
	int fatal = SIGKILL;

	cr_assert_eq(mate_start(&m, serve_and_die, &fatal, &err), 0, "%s", err.text);
	cr_expect_lt(mate_receive(&m, &note, -1, &err), 0);
	cr_expect_eq(m.signal, SIGKILL);
	cr_expect(mate_end(&m), "that was told already");
	cr_expect_eq(m.signal, SIGKILL);
	fatal = SIGSTOP;
	cr_assert_eq(mate_start(&m, serve_and_die, &fatal, &err), 0, "%s", err.text);
	cr_expect_eq(m.signal, 0);
	cr_expect(mate_end(&m));
	cr_expect_eq(m.signal, 0);
}

Test(area, split_pages_are_small_and_no_more_than_asked_for)
{
	int64_t huge = area_huge_page(page_size()), part = 5 * page_size();
	struct area a = map((struct area_spec){
		.size = 4 * huge + part, .seed = 7, .technique = TECHNIQUE_SPLIT, .verify = true});

	/* A part of a huge page, then the rest of it, then whole ones and the odd end. */
	grow_to(&a, part);
	cr_assert_eq(resident(&a), 5);
	grow_to(&a, 2 * huge + part);
	cr_assert_eq(resident(&a), a.held);
	grow_to(&a, a.size);
	cr_assert_eq(a.bytes, a.size);
	cr_assert_eq(resident(&a), a.size / a.page);
	cr_assert_eq(in_huge_pages(&a), 0);
	area_check(&a, 0, a.held);
	cr_assert_eq(a.fault.count, 0);
	cr_assert_gt(area_shrink(&a, 0, GIB, &err), 0);
	cr_assert_eq(resident(&a), 0);
	grow_to(&a, huge);
	cr_assert_eq(resident(&a), huge / a.page);
	area_check(&a, 0, a.held);
	cr_assert_eq(a.fault.count, 0);
	area_unmap(&a);
}

Test(area, huge_pages_are_verified_though_their_last_page_comes_first)
{
	int64_t huge = area_huge_page(page_size());
	struct area a =
		map((struct area_spec){.size = 2 * huge, .seed = 7, .thp = THP_ON, .verify = true});

	cr_assert_eq(area_grow(&a, 1, MIB), huge / a.page);
	cr_assert_eq(a.fault.count, 0);
	/* What was not fresh is found, also where the fault was. */
	((uint64_t *)(a.base + 2 * huge - a.page))[0] = 0x5a;
	area_grow(&a, 2, MIB);
	cr_assert_eq(a.fault.count, 1);
	cr_assert_eq(a.fault.got, 0x5a);
	area_unmap(&a);
}
