/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "profile/nodes.h"

#include <string.h>
#include <yaml.h>

#include "base/cleanup.h"
#include "base/words.h"
#include "profile/nodes_text.h"

struct builder {
	struct arena *arena;
	struct diags *diags;
	yaml_parser_t parser;
	yaml_event_t event;
	struct text_cursor cursor;
	size_t end_index; /* characters of the file */
	struct pos end;	  /* the last one that is seen */
	bool broken;	  /* libyaml gave up, or the tree is beyond a cap: no more events */
};

const char *node_kind_name(const struct node *n)
{
	static const char *const names[] = {"nothing", "nothing", "a text", "a list", "a map"};

	return names[n->kind];
}

static struct pos mark_pos(yaml_mark_t mark)
{
	return (struct pos){.line = (int)mark.line + 1, .col = (int)mark.column + 1};
}

/* What libyaml says, and what people mostly did when it says so. */
static const struct {
	const char *problem, *hint;
} syntax_hints[] = {
	{"mapping values are not allowed", "a text with \": \" in it needs quotes"},
	{"cannot start any token", "a text that begins with this character needs quotes"},
	{"expected comment or line break",
	 "\">\" begins a block of text; a constraint is written \"at least 4M\""},
	{"did not find expected key", "look for indentation, an open brace or an open quote"},
	{"did not find expected ',' or", "look for a missing comma, brace or bracket"},
	{"could not find expected ':'", "a key is followed by \": \""},
	{"unexpected end of stream", "look for an open quote"},
	{"did not find expected '-' indicator", "all entries of a list have the same indentation"},
};

/*
 * Where it is said. What was found wrong at the end of the file began somewhere: that place says
 * more. libyaml's end is a line behind the last one.
 */
static struct pos syntax_pos(const struct builder *b)
{
	const yaml_parser_t *p = &b->parser;

	if (p->problem_mark.index < b->end_index)
		return mark_pos(p->problem_mark);
	if (p->context && p->context_mark.index < b->end_index)
		return mark_pos(p->context_mark);
	return b->end;
}

static void syntax_error(struct builder *b)
{
	const yaml_parser_t *p = &b->parser;
	const char *problem = p->problem ? p->problem : "out of memory", *hint = NULL;
	struct pos pos = syntax_pos(b);

	for (size_t i = 0; i < ARRAY_SIZE(syntax_hints); i++)
		if (strstr(problem, syntax_hints[i].problem))
			hint = syntax_hints[i].hint;
	if (p->context && p->context_mark.line + 1 < (size_t)pos.line)
		diag_add(b->diags, pos, hint, "this is no YAML: %s %s that begins in line %zu",
			 problem, p->context, p->context_mark.line + 1);
	else
		diag_add(b->diags, pos, hint, "this is no YAML: %s", problem);
	b->broken = true;
}

/* The next event into b->event; the one before is freed. False when there is none. */
static bool next(struct builder *b)
{
	yaml_event_delete(&b->event);
	if (b->broken)
		return false;
	if (!yaml_parser_parse(&b->parser, &b->event)) {
		syntax_error(b);
		return false;
	}
	return true;
}

static struct node *new_node(struct builder *b, enum node_kind kind, struct pos pos)
{
	struct node *n = arena_alloc(b->arena, sizeof(*n));

	n->kind = kind;
	n->pos = pos;
	return n;
}

/* Tags and anchors are refused wherever they stand; the node itself is read. */
static void refuse_properties(struct builder *b, const yaml_char_t *anchor, const yaml_char_t *tag)
{
	struct pos pos = mark_pos(b->event.start_mark);

	if (anchor)
		diag_add(b->diags, pos, "params: can hold what is used twice",
			 "an anchor (&%.64s) is not allowed", (const char *)anchor);
	if (tag)
		diag_add(b->diags, pos, "a constraint is written \"not 0\", without \"!\"",
			 "a tag (%.64s) is not allowed", (const char *)tag);
}

static bool has_control(const char *s, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if ((unsigned char)s[i] < ' ' || s[i] == 0x7f)
			return true;
	return false;
}

/* Only nothing is nothing: "null" is a word, and a kind of stressor. */
static bool is_null(const yaml_event_t *e)
{
	return e->data.scalar.style == YAML_PLAIN_SCALAR_STYLE && !e->data.scalar.length;
}

/* A folded block ends with a line break that nobody wrote for its own sake. */
static size_t text_len(const yaml_event_t *e)
{
	size_t len = e->data.scalar.length;

	if (e->data.scalar.style == YAML_FOLDED_SCALAR_STYLE ||
	    e->data.scalar.style == YAML_LITERAL_SCALAR_STYLE)
		while (len && e->data.scalar.value[len - 1] == '\n')
			len--;
	return len;
}

static struct node *build_scalar(struct builder *b)
{
	const yaml_event_t *e = &b->event;
	bool quoted = e->data.scalar.style == YAML_SINGLE_QUOTED_SCALAR_STYLE ||
		      e->data.scalar.style == YAML_DOUBLE_QUOTED_SCALAR_STYLE;
	const char *s = (const char *)e->data.scalar.value;
	size_t len = text_len(e);
	struct node *n;

	refuse_properties(b, e->data.scalar.anchor, e->data.scalar.tag);
	n = new_node(b, is_null(e) ? NODE_NULL : NODE_SCALAR, mark_pos(e->start_mark));
	n->pos.len = e->end_mark.line == e->start_mark.line
			     ? (int)(e->end_mark.column - e->start_mark.column)
			     : 0;
	n->s = arena_strndup(b->arena, s, len);
	if (n->kind == NODE_NULL)
		return n;
	if (has_control(s, len)) {
		diag_add(b->diags, n->pos, "write it as one line",
			 "a line break or control character in a text");
		n->kind = NODE_BAD;
		return n;
	}
	text_cursor_move(&b->cursor, e->start_mark.index);
	if (text_cursor_has(&b->cursor, quoted, s, len)) {
		n->pos.col += quoted;
		n->pos.len = utf8_chars(s, s + len);
	}
	return n;
}

static struct node *build(struct builder *b, int depth);

static bool too_wide(struct builder *b, const struct node *n)
{
	if (n->n < NODES_WIDTH_MAX)
		return false;
	diag_add(b->diags, n->pos, NULL, "more than %d entries in one list or map",
		 NODES_WIDTH_MAX);
	b->broken = true;
	return true;
}

static struct node *build_list(struct builder *b, int depth)
{
	struct node *list = new_node(b, NODE_LIST, mark_pos(b->event.start_mark)), *item;

	refuse_properties(b, b->event.data.sequence_start.anchor, b->event.data.sequence_start.tag);
	while (next(b) && b->event.type != YAML_SEQUENCE_END_EVENT) {
		item = build(b, depth + 1);
		if (!item || too_wide(b, list))
			return NULL;
		append(b->arena, list->items, list->n, item);
	}
	return b->broken ? NULL : list;
}

static const struct node *find_key(const struct node *map, const char *key)
{
	for (size_t i = 0; i < map->n; i++)
		if (str_eq(map->pairs[i].key->s, key))
			return map->pairs[i].key;
	return NULL;
}

/* False when the pair must be left out. */
static bool check_key(struct builder *b, const struct node *map, const struct node *key)
{
	const struct node *first;

	if (key->kind == NODE_BAD)
		return false;
	if (key->kind != NODE_SCALAR) {
		diag_add(b->diags, key->pos, NULL, "a key must be a word, not %s",
			 node_kind_name(key));
		return false;
	}
	first = find_key(map, key->s);
	if (first)
		diag_add(b->diags, key->pos, NULL, "\"%.64s\" was given before, in line %d", key->s,
			 first->pos.line);
	return !first;
}

static struct node *build_map(struct builder *b, int depth)
{
	struct node *map = new_node(b, NODE_MAP, mark_pos(b->event.start_mark));

	refuse_properties(b, b->event.data.mapping_start.anchor, b->event.data.mapping_start.tag);
	while (next(b) && b->event.type != YAML_MAPPING_END_EVENT) {
		struct node *key = build(b, depth + 1), *value;
		struct node_pair *pair;

		value = key && next(b) ? build(b, depth + 1) : NULL;
		if (!value || too_wide(b, map))
			return NULL;
		if (!check_key(b, map, key))
			continue;
		pair = arena_push(b->arena, map->pairs, map->n);
		pair->key = key;
		pair->value = value;
	}
	return b->broken ? NULL : map;
}

static struct node *build(struct builder *b, int depth)
{
	struct pos pos = mark_pos(b->event.start_mark);

	if (depth > NODES_DEPTH_MAX) {
		diag_add(b->diags, pos, NULL, "more than %d levels of lists and maps",
			 NODES_DEPTH_MAX);
		b->broken = true;
		return NULL;
	}
	switch (b->event.type) {
	case YAML_SCALAR_EVENT:
		return build_scalar(b);
	case YAML_SEQUENCE_START_EVENT:
		return build_list(b, depth);
	case YAML_MAPPING_START_EVENT:
		return build_map(b, depth);
	default: /* nothing else can stand where a value does */
		diag_add(b->diags, pos, "params: can hold what is used twice",
			 "an alias (*%.64s) is not allowed",
			 (const char *)b->event.data.alias.anchor);
		return new_node(b, NODE_BAD, pos);
	}
}

static void refuse_directives(struct builder *b)
{
	const yaml_event_t *e = &b->event;

	if (e->data.document_start.version_directive ||
	    e->data.document_start.tag_directives.start !=
		    e->data.document_start.tag_directives.end)
		diag_add(b->diags, mark_pos(e->start_mark), NULL, "a %% directive is not allowed");
}

/* stream start, document start, the tree, document end, stream end */
static struct node *build_document(struct builder *b)
{
	struct node *root;

	if (!next(b) || !next(b))
		return NULL;
	if (b->event.type == YAML_STREAM_END_EVENT)
		return new_node(b, NODE_NULL, (struct pos){.line = 1, .col = 1});
	refuse_directives(b);
	root = next(b) ? build(b, 0) : NULL;
	if (!root || !next(b) || !next(b))
		return root;
	if (b->event.type != YAML_STREAM_END_EVENT)
		diag_add(b->diags, mark_pos(b->event.start_mark), "one file holds one profile",
			 "a second document begins here");
	return root;
}

struct node *nodes_parse(struct arena *a, const char *text, size_t len, struct diags *d)
{
	struct builder b = {.arena = a, .diags = d};
	struct node *root;
	const char *clean;

	if (len > NODES_SIZE_MAX) {
		diag_add(d, (struct pos){0}, NULL, "the file is larger than %d bytes",
			 NODES_SIZE_MAX);
		return NULL;
	}
	clean = nodes_text_check(a, text, len, d);
	if (!clean)
		return NULL;
	if (!yaml_parser_initialize(&b.parser)) {
		diag_add(d, (struct pos){0}, NULL, "out of memory");
		return NULL;
	}
	b.cursor = (struct text_cursor){.p = clean, .end = clean + len};
	b.end_index = (size_t)utf8_chars(clean, clean + len);
	b.end = text_end(clean, len);
	yaml_parser_set_encoding(&b.parser, YAML_UTF8_ENCODING);
	yaml_parser_set_input_string(&b.parser, (const unsigned char *)clean, len);
	root = build_document(&b);
	yaml_event_delete(&b.event);
	yaml_parser_delete(&b.parser);
	return root;
}
