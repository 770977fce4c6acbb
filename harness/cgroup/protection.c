/* SPDX-License-Identifier: GPL-2.0-or-later */
/* mm/page_counter.c:effective_protection() and page_counter_calculate_protection() (6.12; up to 6.9
 * in mm/memcontrol.c, the same arithmetic). In pages, as its divisions round down. */
#include "cgroup/protection.h"

#include "base/cleanup.h"
#include "base/units.h"

struct tree {
	const struct protect_group *groups;
	size_t n;
	bool recursive;
	int64_t page;
};

static int64_t usage_of(const struct tree *t, int group)
{
	return t->groups[group].usage / t->page;
}

/* What the group both claims and uses: mm/page_counter.c:propagate_protected_usage(). */
static int64_t claimed(const struct tree *t, int group)
{
	const struct protect_group *g = &t->groups[group];

	return MIN(g->usage, g->setting) / t->page;
}

static bool is_known(const struct tree *t, int group)
{
	return t->groups[group].usage != VALUE_ABSENT && t->groups[group].setting != VALUE_ABSENT;
}

/* children_min_usage, children_low_usage; -1 when a number is missing. */
static int64_t claimed_by_children(const struct tree *t, int parent)
{
	int64_t sum = 0;

	for (size_t i = 0; i < t->n; i++) {
		if (t->groups[i].parent != parent)
			continue;
		if (!is_known(t, (int)i))
			return -1;
		sum += claimed(t, (int)i);
	}
	return sum;
}

static int64_t share(int64_t of, int64_t part, int64_t whole)
{
	return (int64_t)((__int128)of * part / whole);
}

/* afforded: what the parent's own protection is worth, pages. */
static int64_t below_top(const struct tree *t, int group, int64_t afforded)
{
	int parent = t->groups[group].parent;
	int64_t usage = usage_of(t, group), own = claimed(t, group);
	int64_t all = claimed_by_children(t, parent), above = usage_of(t, parent);

	if (all < 0)
		return VALUE_ABSENT;
	/* More is claimed than the parent has: everybody gets a share of it. */
	if (all > afforded)
		return share(own, afforded, all);
	/* What nobody claims goes, with memory_recursiveprot, to those who use memory. */
	if (t->recursive && afforded > all && above > all && usage > own)
		own += share(afforded - all, usage - own, above - all);
	return own;
}

void protect_effective(const struct protect_group *groups, size_t n, bool recursive,
		       int64_t page_size, int64_t *ret)
{
	struct tree t = {groups, n, recursive, page_size > 0 ? page_size : 4096};

	for (size_t i = 0; i < n; i++) {
		int parent = groups[i].parent;
		int64_t pages;

		ret[i] = VALUE_ABSENT;
		if (parent < 0 || !is_known(&t, (int)i) || !is_known(&t, parent))
			continue;
		/* At the first level below what is reclaimed the setting counts as it is. */
		if (groups[parent].parent < 0) {
			ret[i] = groups[i].setting;
			continue;
		}
		if (ret[parent] == VALUE_ABSENT)
			continue;
		pages = below_top(&t, (int)i, ret[parent] / t.page);
		ret[i] = pages == VALUE_ABSENT ? VALUE_ABSENT : pages * t.page;
	}
}
