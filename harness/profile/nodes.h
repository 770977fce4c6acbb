/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A YAML file as a tree with positions: the strict subset that a profile may use. Owns the syntax
 * (no tags, anchors, aliases, directives, duplicate keys, tabs, second documents; size and depth
 * capped), not what a key means.
 */
#ifndef MT_PROFILE_NODES_H
#define MT_PROFILE_NODES_H

#include <stddef.h>

#include "base/arena.h"
#include "profile/diag.h"

#define NODES_SIZE_MAX	(256 << 10) /* bytes of a file */
#define NODES_DEPTH_MAX 8
#define NODES_WIDTH_MAX 1024 /* entries of one list or map */

/* Append an item to a growing array in an arena. */
#define append(a, array, n, item)                                                                  \
	do {                                                                                       \
		__typeof__(array) slot_ = arena_push(a, array, n);                                 \
		*slot_ = (item);                                                                   \
	} while (0)

enum node_kind {
	NODE_BAD, /* was diagnosed: what is wrong with it follows from that */
	NODE_NULL,
	NODE_SCALAR,
	NODE_LIST,
	NODE_MAP,
};

struct node_pair;

struct node {
	enum node_kind kind;
	struct pos pos; /* a scalar's text without its quotes, see pos_part() */
	const char *s;	/* NODE_SCALAR: the text, without control characters, in UTF-8 */
	struct node_pair *pairs;
	struct node **items;
	size_t n; /* of pairs or items */
};

struct node_pair {
	struct node *key, *value; /* the key is a scalar */
};

/*
 * The tree of a text. NULL when it is no YAML at all, after a diagnostic; lesser mistakes are
 * diagnosed and the tree goes on after them.
 */
struct node *nodes_parse(struct arena *a, const char *text, size_t len, struct diags *d);
/* "a list", "a map" ... for messages. */
const char *node_kind_name(const struct node *n);

#endif
