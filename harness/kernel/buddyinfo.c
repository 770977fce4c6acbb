/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "kernel/buddyinfo.h"

#include <errno.h>

#include "base/io.h"
#include "kernel/lines.h"
#include "kernel/zoneinfo.h"

/* 2 MiB of 4 KiB pages, a PMD of x86 and of the other machines with such pages. */
#define HUGE_ORDER 9

/* Counts behind "Node N, zone NAME", one per order. */
static int add_zone(struct span rest, struct buddyinfo *ret)
{
	struct span word;
	int order = 0;

	for (; next_word(&rest, &word); order++) {
		int64_t n, pages;

		if (order == BUDDY_ORDERS || span_number(word, &n) != word.n || n < 0 ||
		    n > INT64_MAX >> BUDDY_ORDERS)
			return -EINVAL;
		pages = n << order;
		if (__builtin_add_overflow(ret->blocks[order], n, &ret->blocks[order]) ||
		    __builtin_add_overflow(ret->pages_free, pages, &ret->pages_free))
			return -EINVAL;
		if (order >= HUGE_ORDER)
			ret->pages_huge += pages; /* at most pages_free */
	}
	if (!order)
		return -EINVAL;
	if (order > ret->orders)
		ret->orders = order;
	ret->zones++;
	return 0;
}

int buddyinfo_parse(const char *text, size_t len, int node, struct buddyinfo *ret)
{
	struct span rest = span_of(text, len), line, name;

	*ret = (struct buddyinfo){0};
	while (next_line(&rest, &line)) {
		int at;

		if (!line.n)
			continue;
		if (!zone_header(&line, &at, &name))
			return -EINVAL;
		if ((node < 0 || at == node) && add_zone(line, ret))
			return -EINVAL;
	}
	return ret->zones ? 0 : -EINVAL;
}

int buddyinfo_load(int procfd, int node, struct buddyinfo *ret)
{
	char text[16384];
	ssize_t n = file_read(procfd, "buddyinfo", text, sizeof(text));

	return n < 0 ? (int)n : buddyinfo_parse(text, (size_t)n, node, ret);
}
