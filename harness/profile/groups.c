/* SPDX-License-Identifier: GPL-2.0-or-later */
/* groups: paths and knobs. */
#include <ctype.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/words.h"
#include "profile/decode.h"

#define PATH_MAX_LEN 64
#define PATH_DEPTH   8

int group_find(const struct profile *p, const char *path)
{
	for (size_t i = 0; i < p->n_groups; i++)
		if (str_eq(p->groups[i].path.s, path))
			return (int)i;
	return -1;
}

int decode_group_name(struct decoder *dc, struct text path)
{
	int i = group_find(dc->p, path.s);
	struct nearest near = {.want = path.s};

	if (i >= 0)
		return i;
	for (size_t j = 0; j < dc->p->n_groups; j++)
		nearest_offer(&near, dc->p->groups[j].path.s);
	diag_add(dc->diags, path.pos, diag_did_you_mean(dc->diags, near.best),
		 "there is no group \"%.64s\"", path.s);
	return -1;
}

/* Knobs --------------------------------------------------------------------------------------- */

const struct knob *decode_knob(struct decoder *dc, struct text name)
{
	const struct knob *knob = knob_find(name.s);
	struct nearest near = {.want = name.s};

	if (knob && knob->writable)
		return knob;
	if (knob || cg_known(name.s)) {
		diag_add(dc->diags, name.pos,
			 "it can be expected: write it below expect:", "\"%s\" can only be read",
			 name.s);
		return NULL;
	}
	for (knob = knob_table; knob->name; knob++)
		nearest_offer(&near, knob->name);
	diag_add(dc->diags, name.pos, diag_did_you_mean(dc->diags, near.best),
		 "\"%.64s\" is no knob of a group", name.s);
	return NULL;
}

static bool in_range(struct decoder *dc, const struct knob *knob, const struct expr *e)
{
	char edge[QUANTITY_MAX];
	int64_t value;

	if (!constant_value(dc, e, &value) || (value >= knob->min && value <= knob->max))
		return true;
	quantity_format(edge, value < knob->min ? knob->min : knob->max, knob->unit);
	diag_add(dc->diags, expr_start(e), NULL, "%s can be %s %s", knob->name,
		 value < knob->min ? "no less than" : "no more than", edge);
	return false;
}

bool decode_knob_value(struct decoder *dc, const struct knob *knob, struct text text,
		       struct expr **ret)
{
	*ret = NULL;
	if (str_eq(text.s, "max") && knob->unit == UNIT_BYTES && knob->readable)
		return true;
	if (str_eq(text.s, "max")) {
		diag_add(dc->diags, text.pos, NULL, "%s has no \"max\"", knob->name);
		return false;
	}
	*ret = decode_quantity(dc, text, knob->unit);
	return *ret && in_range(dc, knob, *ret);
}

static void decode_group_knob(struct decoder *dc, struct profile_group *group,
			      const struct node *key, const struct node *value)
{
	struct profile_knob out = {.name = node_text(key)};
	const struct knob *knob = decode_knob(dc, out.name);

	if (!knob || !decode_text(dc, key, value, &out.text))
		return;
	if (!knob->readable) {
		diag_add(dc->diags, key->pos, NULL,
			 "\"%s\" makes something happen: write it below set: in a phase",
			 knob->name);
		return;
	}
	if (decode_knob_value(dc, knob, out.text, &out.value))
		append(dc->arena, group->knobs, group->n_knobs, out);
}

/* Paths --------------------------------------------------------------------------------------- */

/* A group's directory stands among the kernel's files, and they are found by their names. */
static const char *const kernel_prefixes[] = {
	"cgroup.", "memory.", "cpu.",  "cpuset.",	    "io.",	    "pids.", "hugetlb.",
	"rdma.",   "misc.",   "tasks", "notify_on_release", "release_agent"};
static const char *const own_groups[] = {"drain", "memtrial-supervisor"};

static bool bad_path(struct decoder *dc, const struct node *key, const char *why)
{
	diag_add(dc->diags, key->pos, NULL, "\"%.80s\" cannot be a group's path: %s", key->s, why);
	return false;
}

static bool check_word(struct decoder *dc, const struct node *key, const char *s, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (!isalnum((unsigned char)s[i]) && !strchr("_.-", s[i]))
			return bad_path(dc, key,
					"its words have letters, digits, \"_\", \".\" and \"-\"");
	if (!len || *s == '.')
		return bad_path(dc, key, "a word between \"/\" is empty or begins with a dot");
	for (size_t i = 0; i < ARRAY_SIZE(kernel_prefixes); i++)
		if (str_starts(s, kernel_prefixes[i]))
			return bad_path(dc, key, "the kernel has files with such names");
	return true;
}

static bool check_path(struct decoder *dc, const struct node *key)
{
	const char *s = key->s, *end;
	int depth = 0;

	if (strlen(s) > PATH_MAX_LEN)
		return bad_path(dc, key, "it has more than 64 characters");
	for (;; s = end + 1, depth++) {
		end = s + strcspn(s, "/");
		if (!check_word(dc, key, s, (size_t)(end - s)))
			return false;
		if (!*end)
			break;
	}
	if (depth >= PATH_DEPTH)
		return bad_path(dc, key, "it has more than 8 words");
	for (size_t i = 0; i < ARRAY_SIZE(own_groups); i++) {
		size_t len = strlen(own_groups[i]);

		if (str_starts(key->s, own_groups[i]) && (!key->s[len] || key->s[len] == '/'))
			return bad_path(dc, key, "the trial has a group of its own there");
	}
	return true;
}

/* A group without knobs: nothing, {}, or what YAML writes for nothing. */
static bool has_knobs(struct decoder *dc, const struct node *key, const struct node *value)
{
	if (value->kind == NODE_NULL)
		return false;
	if (value->kind == NODE_SCALAR && (str_eq(value->s, "null") || str_eq(value->s, "~")))
		return false;
	return is_map(dc, key, value);
}

static void add_group(struct decoder *dc, const struct node *map, struct text path);

/* Parents come first; what the file does not name is made without knobs. */
static void add_parent(struct decoder *dc, const struct node *map, struct text path)
{
	const char *slash = strrchr(path.s, '/');
	const struct node_pair *pair;
	struct text parent;

	if (!slash)
		return;
	parent.s = arena_strndup(dc->arena, path.s, (size_t)(slash - path.s));
	pair = map_find(map, parent.s);
	parent.pos = pair ? pair->key->pos : path.pos;
	add_group(dc, map, parent);
}

static void add_group(struct decoder *dc, const struct node *map, struct text path)
{
	const struct node_pair *pair = map_find(map, path.s);
	struct profile_group group = {.path = path};

	if (group_find(dc->p, path.s) >= 0)
		return;
	add_parent(dc, map, path);
	if (pair && has_knobs(dc, pair->key, pair->value))
		for (size_t i = 0; i < pair->value->n; i++)
			decode_group_knob(dc, &group, pair->value->pairs[i].key,
					  pair->value->pairs[i].value);
	append(dc->arena, dc->p->groups, dc->p->n_groups, group);
}

void decode_groups(struct decoder *dc, const struct node *key, const struct node *value, void *to)
{
	(void)to;
	if (value->kind == NODE_NULL || !is_map(dc, key, value))
		return;
	for (size_t i = 0; i < value->n && dc->p->n_groups <= GROUPS_MAX; i++)
		if (check_path(dc, value->pairs[i].key))
			add_group(dc, value, node_text(value->pairs[i].key));
	if (dc->p->n_groups > GROUPS_MAX)
		diag_add(dc->diags, key->pos, NULL, "a profile has at most %d groups, with parents",
			 GROUPS_MAX);
}
