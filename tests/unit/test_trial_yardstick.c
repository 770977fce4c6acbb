/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Blocks are kept over the whole run, their median is told, and a piece really takes CPU time. */
#include <criterion/criterion.h>
#include <string.h>

#include "base/units.h"
#include "trial/yardstick.h"

static struct yard_page page;
static char memory[YARD_MEMORY];

static void fill(uint32_t n, int64_t first, int64_t step)
{
	memset(&page, 0, sizeof(page));
	for (uint32_t i = 0; i < n; i++)
		page.ops[i] = first + step * (int64_t)((i * 7919) % n);
	page.n = n;
}

Test(yardstick, median_of_blocks)
{
	cr_assert_eq(yard_rate(NULL), 0);
	fill(0, 0, 0);
	cr_assert_eq(yard_rate(&page), 0);
	fill(1, 5, 0);
	cr_assert_eq(yard_rate(&page), 5);
	fill(4, 10, 10);
	cr_assert_eq(yard_rate(&page), 25);
	fill(YARD_BLOCKS - 1, 1, 1);
	cr_assert_eq(yard_rate(&page), YARD_BLOCKS / 2);
}

Test(yardstick, a_block_must_be_long_enough_and_have_done_something)
{
	struct yardstick y = {.page = &page, .memory = memory, .every = 1};

	memset(&page, 0, sizeof(page));
	yard_begin(&y, mono_now().ns, 0);
	cr_assert(!yard_step(&y, y.since_ns + YARD_BLOCK_NS - 1, 10));
	cr_assert_eq(page.piece_ns, 0);
	cr_assert(yard_step(&y, y.since_ns + YARD_BLOCK_NS, 0));
	cr_assert_gt(page.piece_ns, 0);
	cr_assert_eq(page.n, 0);
	/* Without a page nothing is done. */
	y.page = NULL;
	cr_assert(!yard_step(&y, y.since_ns + YARD_BLOCK_NS, 1000));
}

Test(yardstick, what_takes_as_long_as_a_piece_is_one_operation)
{
	struct yardstick y = {.page = &page, .memory = memory, .every = 1};
	struct yardstick inner = {.page = &(struct yard_page){0}, .memory = memory, .every = 1};

	memset(&page, 0, sizeof(page));
	for (int ops = 1; ops <= 60; ops++) {
		yard_begin(&y, 0, ops - 1);
		yard_begin(&inner, 0, 0);
		yard_step(&inner, YARD_BLOCK_NS, 0);
		cr_assert(yard_step(&y, YARD_BLOCK_NS, ops));
	}
	cr_assert_eq(page.n, 60);
	cr_assert(yard_rate(&page) > 700000 && yard_rate(&page) < 1300000, "%ld", yard_rate(&page));
}

Test(yardstick, a_long_run_is_kept_as_a_whole)
{
	struct yardstick y = {.page = &page, .memory = memory, .every = 1};

	memset(&page, 0, sizeof(page));
	for (int64_t i = 1; i <= 3 * YARD_BLOCKS; i++) {
		yard_begin(&y, 0, 0);
		yard_step(&y, YARD_BLOCK_NS, i);
	}
	cr_assert_leq(page.n, YARD_BLOCKS);
	cr_assert_geq(page.n, YARD_BLOCKS / 2);
	cr_assert_eq(y.every, 4);
}
