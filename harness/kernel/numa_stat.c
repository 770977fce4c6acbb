/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "kernel/numa_stat.h"

#include <string.h>

#include "base/io.h"
#include "base/units.h"
#include "kernel/lines.h"

/* "N3=4096" */
static bool take_node(struct span word, struct numa_line *ret)
{
	const char *eq = memchr(word.p, '=', word.n), *end = word.p + word.n;
	int64_t node, bytes;

	if (word.n < 4 || word.p[0] != 'N' || !eq || parse_i64(word.p + 1, eq, &node) != eq ||
	    parse_i64(eq + 1, end, &bytes) != end || node < 0)
		return false;
	if (node < NUMA_STAT_NODES)
		ret->node[node] = bytes;
	return !__builtin_add_overflow(ret->sum, bytes, &ret->sum);
}

bool numa_stat_find(const char *text, size_t len, const char *key, struct numa_line *ret)
{
	struct span rest = span_of(text, len), line, word;

	while (next_line(&rest, &line)) {
		if (!next_word(&line, &word) || !span_eq(word, key))
			continue;
		ret->sum = 0;
		for (int i = 0; i < NUMA_STAT_NODES; i++)
			ret->node[i] = VALUE_ABSENT;
		while (next_word(&line, &word))
			if (!take_node(word, ret))
				return false;
		return true;
	}
	return false;
}
