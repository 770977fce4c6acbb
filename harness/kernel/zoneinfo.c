/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "kernel/zoneinfo.h"

#include <errno.h>
#include <limits.h>

#include "base/cleanup.h"
#include "base/io.h"

/* What one zone says; added to the sum when the zone ends. */
struct zone {
	int64_t free, min, low, high, present, managed;
	int64_t count, pcp_high, threshold;
	int64_t reserve; /* kept from allocations that could have been served by a higher zone */
};

bool zone_header(struct span *line, int *ret_node, struct span *ret_name)
{
	struct span rest = *line, word;
	int64_t node;
	size_t n;

	if (!next_word(&rest, &word) || !span_eq(word, "Node") || !next_word(&rest, &word))
		return false;
	n = span_number(word, &node);
	if (!n || n + 1 != word.n || word.p[n] != ',' || node < 0 || node > INT_MAX)
		return false;
	if (!next_word(&rest, &word) || !span_eq(word, "zone") || !next_word(&rest, ret_name))
		return false;
	*ret_node = (int)node;
	*line = rest;
	return true;
}

/*
 * The field that a line's first word names. "high" is a watermark, "high:" a per-CPU list's limit;
 * "free" follows "pages". NULL for all that is not asked for.
 */
static int64_t *field(struct zone *z, struct span *line)
{
	const struct {
		const char *word;
		int64_t *to;
	} table[] = {
		{"min", &z->min},	  {"low", &z->low},	    {"high", &z->high},
		{"present", &z->present}, {"managed", &z->managed}, {"count:", &z->count},
		{"high:", &z->pcp_high},
	};
	struct span word;

	if (!next_word(line, &word))
		return NULL;
	if (span_eq(word, "pages"))
		return next_word(line, &word) && span_eq(word, "free") ? &z->free : NULL;
	if (span_eq(word, "vm"))
		return next_word(line, &word) && span_eq(word, "stats") && next_word(line, &word) &&
				       span_eq(word, "threshold:")
			       ? &z->threshold
			       : NULL;
	for (size_t i = 0; i < ARRAY_SIZE(table); i++)
		if (span_eq(word, table[i].word))
			return table[i].to;
	return NULL;
}

/* "protection: (0, 1899, 2988)": the last one is for what any zone can serve, and the largest. */
static bool take_protection(struct zone *z, struct span line)
{
	struct span word;
	int64_t v;

	while (next_word(&line, &word)) {
		if (word.n && *word.p == '(')
			word = span_from(word, 1);
		if (!span_number(word, &v) || v < 0)
			return false;
		z->reserve = v;
	}
	return true;
}

/* Per-CPU fields come once for each CPU and add up, the threshold is the same on all. */
static bool take(struct zone *z, struct span line)
{
	struct span word, rest = line;
	int64_t *to, v;

	if (next_word(&rest, &word) && span_eq(word, "protection:"))
		return take_protection(z, rest);
	to = field(z, &line);
	if (!to)
		return true;
	if (!next_word(&line, &word) || span_number(word, &v) != word.n || v < 0)
		return false;
	if (to == &z->count || to == &z->pcp_high)
		return !__builtin_add_overflow(*to, v, to);
	*to = v;
	return true;
}

static bool add(struct zoneinfo *sum, const struct zone *z)
{
	if (!z->managed)
		return true;
	sum->zones++;
	if (z->threshold > sum->stat_threshold_pages)
		sum->stat_threshold_pages = z->threshold;
	return !__builtin_add_overflow(sum->free_pages, z->free, &sum->free_pages) &&
	       !__builtin_add_overflow(sum->managed_pages, z->managed, &sum->managed_pages) &&
	       !__builtin_add_overflow(sum->present_pages, z->present, &sum->present_pages) &&
	       !__builtin_add_overflow(sum->min_wmark_pages, z->min, &sum->min_wmark_pages) &&
	       !__builtin_add_overflow(sum->low_wmark_pages, z->low, &sum->low_wmark_pages) &&
	       !__builtin_add_overflow(sum->high_wmark_pages, z->high, &sum->high_wmark_pages) &&
	       !__builtin_add_overflow(sum->pcp_pages, z->count, &sum->pcp_pages) &&
	       !__builtin_add_overflow(sum->pcp_high_pages, z->pcp_high, &sum->pcp_high_pages);
}

int zoneinfo_parse_node(const char *text, size_t len, int node, struct zoneinfo *ret)
{
	struct span rest = span_of(text, len), line, name;
	int at = -1, counted = -1;
	int64_t best = INT64_MAX, worst = INT64_MAX; /* zone of a node, node */
	struct zone z = {0};
	bool more = true;

	*ret = (struct zoneinfo){0};
	while (more) {
		int next = at;

		more = next_line(&rest, &line);
		if (more && !zone_header(&line, &next, &name)) {
			if (at >= 0 && !take(&z, line))
				return -EINVAL;
			continue;
		}
		/* A header or the end: the zone before it is complete. Nodes come in order. */
		if (at >= 0 && (node < 0 || at == node)) {
			if (!add(ret, &z))
				return -EINVAL;
			if (z.managed && at != counted) {
				ret->nodes++;
				counted = at;
				worst = MIN(worst, best);
				best = INT64_MIN;
			}
			if (z.managed)
				best = MAX(best, z.free - z.high - z.reserve);
		}
		z = (struct zone){0};
		at = next;
	}
	ret->over_high_pages = MIN(worst, best);
	return ret->zones ? 0 : -EINVAL;
}

int zoneinfo_parse(const char *text, size_t len, struct zoneinfo *ret)
{
	return zoneinfo_parse_node(text, len, -1, ret);
}

int zoneinfo_load(int procfd, int node, struct zoneinfo *ret)
{
	_cleanup_free_ char *text = NULL;
	size_t len;
	int r = file_read_alloc(procfd, "zoneinfo", &text, &len);

	return r < 0 ? r : zoneinfo_parse_node(text, len, node, ret);
}

#define ZONES_MAX 256

int zoneinfo_large_zones(const char *text, size_t len)
{
	struct span rest = span_of(text, len), line, word;
	int64_t managed[ZONES_MAX], sum = 0, v;
	int n = 0, large = 0;

	while (n < ZONES_MAX && next_line(&rest, &line))
		if (next_word(&line, &word) && span_eq(word, "managed") &&
		    next_word(&line, &word) && span_number(word, &v) == word.n)
			sum += managed[n++] = v;
	for (int i = 0; i < n; i++)
		large += managed[i] > sum / 16;
	return large;
}
