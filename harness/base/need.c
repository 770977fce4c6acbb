/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/need.h"

#include <string.h>

_Static_assert(NEED_COUNT <= 8 * sizeof(needs_t), "needs_t has a bit for each need");

static const struct {
	const char *word, *help;
} needs[NEED_COUNT] = {
#define X(id, word, help) [NEED_INDEX_##id] = {word, help},
	NEED_TABLE(X)
#undef X
};

const char *need_word(unsigned index)
{
	return needs[index].word;
}

const char *need_help(unsigned index)
{
	return needs[index].help;
}

int need_find(const char *word)
{
	for (unsigned i = 0; i < NEED_COUNT; i++)
		if (strcmp(needs[i].word, word) == 0)
			return (int)i;
	return -1;
}
