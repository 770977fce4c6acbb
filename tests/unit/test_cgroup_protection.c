/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The rules 1 to 5 above mm/page_counter.c:effective_protection(), each with numbers of its own. */
#include <criterion/criterion.h>

#include "base/units.h"
#include "cgroup/protection.h"

enum { TOP, SERVICE, A, B, GROUPS };

static int64_t got[GROUPS];

/* top (reclaimed) / service / a, b. */
static void effective(int64_t service, int64_t set_a, int64_t use_a, int64_t set_b, int64_t use_b,
		      bool recursive)
{
	const struct protect_group tree[GROUPS] = {
		[TOP] = {-1, use_a + use_b, 0},
		[SERVICE] = {TOP, use_a + use_b, service},
		[A] = {SERVICE, use_a, set_a},
		[B] = {SERVICE, use_b, set_b},
	};

	protect_effective(tree, GROUPS, recursive, 4096, got);
}

#define expect(group, want)                                                                        \
	cr_expect_eq(got[group], want, "%lld, not %lld", (long long)got[group], (long long)(want))

Test(protection, the_first_level_gets_what_it_declares)
{
	effective(32 * MIB, 0, 8 * MIB, 0, 8 * MIB, true);
	expect(TOP, VALUE_ABSENT);
	expect(SERVICE, 32 * MIB); /* although it uses less */
}

Test(protection, a_child_gets_no_more_than_its_parent)
{
	effective(16 * MIB, 64 * MIB, 48 * MIB, 0, 0, true);
	expect(A, 16 * MIB);
	expect(B, 0);
	effective(0, 64 * MIB, 48 * MIB, 0, 0, true);
	expect(A, 0);
}

Test(protection, too_much_claimed_is_shared_by_what_is_claimed_and_used)
{
	effective(16 * MIB, 24 * MIB, 48 * MIB, 8 * MIB, 48 * MIB, true);
	expect(A, 12 * MIB);
	expect(B, 4 * MIB);
	/* b claims 24M and uses 8M: what it does not use goes to a. */
	effective(16 * MIB, 24 * MIB, 48 * MIB, 24 * MIB, 8 * MIB, false);
	expect(A, 12 * MIB);
	expect(B, 4 * MIB);
}

Test(protection, shares_round_down_to_pages)
{
	effective(4 * 4096, 4 * 4096, 4 * 4096, 3 * 4096, 3 * 4096, false);
	expect(A, 2 * 4096); /* 16/7 */
	expect(B, 1 * 4096); /* 12/7 */
}

Test(protection, what_nobody_claims_goes_by_usage_where_it_is_recursive)
{
	effective(32 * MIB, 0, 48 * MIB, 0, 16 * MIB, true);
	expect(A, 24 * MIB);
	expect(B, 8 * MIB);
	effective(32 * MIB, 0, 48 * MIB, 0, 16 * MIB, false);
	expect(A, 0);
	expect(B, 0);
	/* Claimed bytes are not protected twice: a has 16 of its 32 MiB open, b all of its 16. */
	effective(32 * MIB, 16 * MIB, 32 * MIB, 0, 16 * MIB, true);
	expect(A, 24 * MIB);
	expect(B, 8 * MIB);
}

Test(protection, max_protects_all_that_is_used)
{
	effective(VALUE_MAX, VALUE_MAX, 48 * MIB, 0, 16 * MIB, true);
	expect(SERVICE, VALUE_MAX);
	cr_expect_geq(got[A], 48 * MIB);
}

Test(protection, what_is_not_known_stays_so)
{
	effective(VALUE_ABSENT, 1 * MIB, 8 * MIB, 0, 8 * MIB, true);
	expect(SERVICE, VALUE_ABSENT);
	expect(A, VALUE_ABSENT);
	effective(32 * MIB, VALUE_ABSENT, 8 * MIB, 0, 8 * MIB, true);
	expect(B, VALUE_ABSENT); /* its sibling's claim is part of the sum */
}
