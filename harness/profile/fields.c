/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <string.h>

#include "base/cleanup.h"
#include "base/words.h"
#include "profile/decode.h"

const struct node_pair *map_find(const struct node *map, const char *key)
{
	for (size_t i = 0; i < map->n; i++)
		if (str_eq(map->pairs[i].key->s, key))
			return &map->pairs[i];
	return NULL;
}

static const struct field *field_find(const struct field *table, const char *name)
{
	for (; table->name; table++)
		if (str_eq(table->name, name))
			return table;
	return NULL;
}

static const char *field_nearest(const struct field *table, const char *name)
{
	struct nearest near = {.want = name};

	for (; table->name; table++)
		nearest_offer(&near, table->name);
	return near.best;
}

static const char *all_fields(struct decoder *dc, const struct field *table)
{
	const char *s = "keys:";

	for (; table->name; table++)
		s = arena_printf(dc->arena, "%s %s%s", s, table->name, table[1].name ? "," : "");
	return s;
}

/* A key that is written wrong is not missing as well. */
static bool is_meant(const struct node *map, const struct field *table, const char *name)
{
	for (size_t i = 0; i < map->n; i++) {
		const char *key = map->pairs[i].key->s, *near;

		if (str_eq(key, name))
			return true;
		near = field_find(table, key) ? NULL : field_nearest(table, key);
		if (near && str_eq(near, name))
			return true;
	}
	return false;
}

/* One message for all of them, as they are missing at the same place. */
void fields_required(struct decoder *dc, const struct node *map, struct pos at, const char *what,
		     const struct field *table)
{
	const char *list = NULL;
	int n = 0;

	for (const struct field *f = table; f->name; f++) {
		if (!f->required || is_meant(map, table, f->name))
			continue;
		list = list ? arena_printf(dc->arena, "%s, \"%s\"", list, f->name)
			    : arena_printf(dc->arena, "\"%s\"", f->name);
		n++;
	}
	if (n)
		diag_add(dc->diags, at, NULL, "%s needs the key%s %s", what, n > 1 ? "s" : "",
			 list);
}

bool fields_check(struct decoder *dc, const struct node *map, struct pos at, const char *what,
		  const struct field *table)
{
	if (map->kind == NODE_BAD)
		return false;
	if (map->kind != NODE_MAP) {
		diag_add(dc->diags, map->kind == NODE_NULL ? at : map->pos, all_fields(dc, table),
			 "%s is a map of keys and values, not %s", what, node_kind_name(map));
		return false;
	}
	for (size_t i = 0; i < map->n; i++) {
		const struct node *key = map->pairs[i].key;
		const char *near;

		if (field_find(table, key->s))
			continue;
		near = field_nearest(table, key->s);
		diag_add(dc->diags, key->pos,
			 near ? diag_did_you_mean(dc->diags, near) : all_fields(dc, table),
			 "\"%.64s\" is no key of %s", key->s, what);
	}
	fields_required(dc, map, at, what, table);
	return true;
}

bool fields_decode(struct decoder *dc, const struct node *map, struct pos at, const char *what,
		   const struct field *table, void *to)
{
	if (!fields_check(dc, map, at, what, table))
		return false;
	for (const struct field *f = table; f->name; f++) {
		const struct node_pair *pair = map_find(map, f->name);

		if (pair)
			f->decode(dc, pair->key, pair->value, to);
	}
	return true;
}

static bool wrong_kind(struct decoder *dc, const struct node *key, const struct node *value,
		       const char *wanted)
{
	if (value->kind != NODE_BAD)
		diag_add(dc->diags, value->kind == NODE_NULL ? key->pos : value->pos, NULL,
			 "\"%.64s\" wants %s, not %s", key->s, wanted, node_kind_name(value));
	return false;
}

bool is_map(struct decoder *dc, const struct node *key, const struct node *value)
{
	return value->kind == NODE_MAP || wrong_kind(dc, key, value, "a map of keys and values");
}

struct text node_text(const struct node *n)
{
	return (struct text){.s = n->s, .pos = n->pos};
}

bool decode_text(struct decoder *dc, const struct node *key, const struct node *value,
		 struct text *ret)
{
	if (value->kind != NODE_SCALAR)
		return wrong_kind(dc, key, value, "one value");
	*ret = node_text(value);
	if (ret->s[strspn(ret->s, " ")])
		return true;
	diag_add(dc->diags, value->pos, NULL, "\"%.64s\" is empty", key->s);
	return false;
}

bool decode_words(struct decoder *dc, const struct node *key, const struct node *value,
		  struct text **ret, size_t *ret_n)
{
	*ret_n = 0;
	if (value->kind == NODE_SCALAR) {
		struct text *word = arena_push(dc->arena, *ret, *ret_n);

		return decode_text(dc, key, value, word);
	}
	if (value->kind != NODE_LIST)
		return wrong_kind(dc, key, value, "a word or a list of words");
	if (!value->n)
		diag_add(dc->diags, value->pos, NULL, "the list of \"%.64s\" is empty", key->s);
	for (size_t i = 0; i < value->n; i++) {
		struct text word;

		if (!decode_text(dc, key, value->items[i], &word))
			return false;
		append(dc->arena, *ret, *ret_n, word);
	}
	return *ret_n > 0;
}

static bool is_tag(const char *s)
{
	return !s[strspn(s, "abcdefghijklmnopqrstuvwxyz0123456789_-")];
}

void decode_tag_list(struct decoder *dc, const struct node *key, const struct node *value,
		     struct text **ret, size_t *ret_n)
{
	if (!decode_words(dc, key, value, ret, ret_n))
		return;
	for (size_t i = 0; i < *ret_n; i++)
		if (!is_tag((*ret)[i].s))
			diag_add(dc->diags, (*ret)[i].pos, NULL,
				 "a tag has small letters, digits, \"_\" and \"-\"");
}

struct text text_part(struct decoder *dc, struct text whole, const char *from, const char *to)
{
	while (from < to && *from == ' ')
		from++;
	while (to > from && to[-1] == ' ')
		to--;
	return (struct text){.s = arena_strndup(dc->arena, from, (size_t)(to - from)),
			     .pos = pos_part(whole.pos, whole.s, from, to)};
}

bool constant_value(struct decoder *dc, const struct expr *e, int64_t *ret)
{
	struct expr_env env = {.params = dc->p->params, .n_params = dc->p->n_params};
	struct err err = {0};

	if (!e || !e->constant)
		return false;
	if (expr_eval(e, UNIT_NONE, &env, ret, &err) == 0)
		return true;
	diag_add(dc->diags, expr_start(e), NULL, "%s", err.text);
	return false;
}

struct expr *decode_quantity(struct decoder *dc, struct text text, enum unit want)
{
	const struct profile *p = dc->p;
	struct expr *e = expr_parse(dc->arena, text.s, text.pos, p->params, p->n_params, dc->diags);
	int64_t value;

	if (!e || expr_check(e, want, p->params, dc->diags) == UNIT_NONE)
		return NULL;
	if (e->constant && !constant_value(dc, e, &value))
		return NULL;
	return e;
}
