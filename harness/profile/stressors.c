/* SPDX-License-Identifier: GPL-2.0-or-later */
/* stressors: kind, groups, options. */
#include <ctype.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/words.h"
#include "profile/decode.h"

#define NAME_LEN_MAX 32

int stressor_index(const struct profile *p, const char *name)
{
	for (size_t i = 0; i < p->n_stressors; i++)
		if (str_eq(p->stressors[i].name.s, name))
			return (int)i;
	return -1;
}

int decode_stressor_name(struct decoder *dc, struct text name)
{
	int i = stressor_index(dc->p, name.s);
	struct nearest near = {.want = name.s};

	if (i >= 0)
		return i;
	for (size_t j = 0; j < dc->p->n_stressors; j++)
		nearest_offer(&near, dc->p->stressors[j].name.s);
	diag_add(dc->diags, name.pos, diag_did_you_mean(dc->diags, near.best),
		 "there is no stressor \"%.64s\"", name.s);
	return -1;
}

/* Names ----------------------------------------------------------------------------------------*/

/* What stands before the first dot of other metrics, and words of phases. */
static const char *const taken[] = {"meminfo",	"vmstat", "oom",       "kmsg",	 "free",
				    "faults",	"sar",	  "psi",       "slab",	 "others",
				    "zoneinfo", "trial",  "buddyinfo", "sysctl", "all"};

static bool is_taken(const char *s)
{
	if (word_index(taken, ARRAY_SIZE(taken), s) >= 0)
		return true;
	return str_starts(s, "node") && s[4] && !s[4 + strspn(s + 4, "0123456789")];
}

static bool bad_name(struct decoder *dc, const struct node *key, const char *why)
{
	diag_add(dc->diags, key->pos, NULL, "\"%.64s\" cannot be a stressor's name: %s", key->s,
		 why);
	return false;
}

static bool is_group_word(const struct profile *p, const char *name)
{
	for (size_t i = 0; i < p->n_groups; i++)
		if (str_eq(p->groups[i].path.s, name)) /* parents are groups as well */
			return true;
	return false;
}

static bool check_name(struct decoder *dc, const struct node *key)
{
	bool ok = islower((unsigned char)key->s[0]);

	for (const char *s = key->s; *s; s++)
		ok = ok &&
		     (islower((unsigned char)*s) || isdigit((unsigned char)*s) || strchr("_-", *s));
	if (!ok)
		return bad_name(dc, key,
				"it has small letters, digits, \"_\" and \"-\", a letter first");
	if (strlen(key->s) > NAME_LEN_MAX)
		return bad_name(dc, key, "it has more than 32 characters");
	if (is_taken(key->s))
		return bad_name(dc, key, "that word has a meaning of its own");
	if (is_group_word(dc->p, key->s))
		return bad_name(dc, key, "a group has it");
	return true;
}

/* use: and in: ---------------------------------------------------------------------------------*/

static void decode_use(struct decoder *dc, const struct node *key, const struct node *value,
		       void *to)
{
	struct profile_stressor *s = to;
	struct nearest near = {0};

	if (!decode_text(dc, key, value, &s->use))
		return;
	s->kind = stressor_find(s->use.s);
	near.want = s->use.s;
	for (const struct stressor *const *k = stressor_registry; *k && !s->kind; k++)
		nearest_offer(&near, (*k)->name);
	if (!s->kind)
		diag_add(dc->diags, s->use.pos,
			 near.best ? diag_did_you_mean(dc->diags, near.best)
				   : "`memtrial list stressors` shows all",
			 "there is no kind of stressor \"%.64s\"", s->use.s);
}

/* A group that stands below this one, or NULL. */
static const char *child_of(const struct profile *p, const char *path)
{
	size_t len = strlen(path);

	for (size_t i = 0; i < p->n_groups; i++)
		if (str_starts(p->groups[i].path.s, path) && p->groups[i].path.s[len] == '/')
			return p->groups[i].path.s;
	return NULL;
}

/* "no internal processes": Documentation/admin-guide/cgroup-v2.rst, No Internal Process Constraint.
 */
static void check_leaf(struct decoder *dc, struct text word)
{
	const char *child = child_of(dc->p, word.s);

	if (child)
		diag_add(dc->diags, word.pos,
			 "cgroup v2 gives memory to groups below only if no process is beside them",
			 "no stressor can be in \"%s\", as \"%s\" is below it", word.s, child);
}

static bool has_group(const struct profile_stressor *s, int group)
{
	for (size_t i = 0; i < s->n_groups; i++)
		if (s->groups[i] == group)
			return true;
	return false;
}

static void decode_in(struct decoder *dc, const struct node *key, const struct node *value,
		      void *to)
{
	struct profile_stressor *s = to;
	struct text *words = NULL;
	size_t n;

	if (!decode_words(dc, key, value, &words, &n))
		return;
	for (size_t i = 0; i < n; i++) {
		int group = decode_group_name(dc, words[i]);

		if (group < 0)
			continue;
		if (has_group(s, group)) {
			diag_add(dc->diags, words[i].pos, "workers: 2 puts two into each group",
				 "\"%s\" is named twice", words[i].s);
			continue;
		}
		check_leaf(dc, words[i]);
		append(dc->arena, s->groups, s->n_groups, group);
	}
}

static const struct field stressor_fields[] = {
	{"use", true, decode_use},
	{"in", true, decode_in},
	{.name = NULL},
};

/* Options --------------------------------------------------------------------------------------*/

/* The option structs of one stressor while it is checked. */
struct blobs {
	void *own;
	struct stressor_common *common;
	bool complete; /* all values known without a machine, and none wrong */
};

static void unknown_option(struct decoder *dc, const struct profile_stressor *s,
			   const struct node *key)
{
	struct nearest near = {.want = key->s};

	for (const struct opt *o = s->kind->options; o->name; o++)
		nearest_offer(&near, o->name);
	for (const struct opt *o = stressor_common_options; o->name; o++)
		nearest_offer(&near, o->name);
	for (const struct field *f = stressor_fields; f->name; f++)
		nearest_offer(&near, f->name);
	diag_add(dc->diags, key->pos,
		 near.best
			 ? diag_did_you_mean(dc->diags, near.best)
			 : arena_printf(dc->arena, "`memtrial show %s` lists them", s->kind->name),
		 "\"%.64s\" is no option of %s", key->s, s->kind->name);
}

static void decode_option(struct decoder *dc, struct profile_stressor *s, struct blobs *blobs,
			  const struct node *key, const struct node *value)
{
	struct profile_option out = {.name = node_text(key)};
	void *blob = blobs->own;

	out.opt = opt_find(s->kind->options, key->s);
	if (!out.opt) {
		out.opt = opt_find(stressor_common_options, key->s);
		blob = blobs->common;
	}
	if (!out.opt)
		unknown_option(dc, s, key);
	if (!out.opt || !decode_text(dc, key, value, &out.text) ||
	    !decode_option_value(dc, out.opt, out.text, blob, &out.value)) {
		blobs->complete = false;
		return;
	}
	if (out.value && !out.value->constant)
		blobs->complete = false;
	append(dc->arena, s->options, s->n_options, out);
}

static bool is_field(const char *key)
{
	for (const struct field *f = stressor_fields; f->name; f++)
		if (str_eq(f->name, key))
			return true;
	return false;
}

/* A required option that is written wrong was named already: it is not missing as well. */
static bool is_given(const struct profile_stressor *s, const struct node *map,
		     const struct opt *opt)
{
	for (size_t i = 0; i < map->n; i++) {
		const char *key = map->pairs[i].key->s;
		struct nearest near = {.want = key};

		if (str_eq(key, opt->name))
			return true;
		nearest_offer(&near, opt->name);
		if (near.best && !is_field(key) && !opt_find(s->kind->options, key) &&
		    !opt_find(stressor_common_options, key))
			return true;
	}
	return false;
}

static bool check_required(struct decoder *dc, const struct profile_stressor *s,
			   const struct node *map)
{
	const char *list = NULL;

	for (const struct opt *o = s->kind->options; o->name; o++) {
		if (!(o->flags & OPT_REQUIRED) || is_given(s, map, o))
			continue;
		list = list ? arena_printf(dc->arena, "%s, %s", list, o->name) : o->name;
	}
	if (list)
		diag_add(dc->diags, s->name.pos, NULL, "\"%s\" needs these options of %s: %s",
			 s->name.s, s->kind->name, list);
	return !list;
}

static void check_together(struct decoder *dc, const struct profile_stressor *s,
			   const struct blobs *blobs)
{
	struct err err = {0};

	if (blobs->complete && s->kind->check && s->kind->check(blobs->own, &err) < 0)
		diag_add(dc->diags, s->name.pos, NULL, "%s", err.text);
}

static void decode_options(struct decoder *dc, struct profile_stressor *s, struct life *life,
			   const struct node *map)
{
	struct blobs blobs = {.complete = true};
	struct err err = {0};

	blobs.own = arena_alloc(dc->arena, s->kind->options_size);
	blobs.common = arena_alloc(dc->arena, sizeof(*blobs.common));
	if (opt_defaults(s->kind->options, blobs.own, &err) < 0)
		blobs.complete = false;
	for (size_t i = 0; i < map->n; i++)
		if (!is_field(map->pairs[i].key->s))
			decode_option(dc, s, &blobs, map->pairs[i].key, map->pairs[i].value);
	if (!check_required(dc, s, map))
		blobs.complete = false;
	check_together(dc, s, &blobs);
	life->endless = s->kind->endless && s->kind->endless(blobs.own);
}

/*
 * Without a kind nobody knows its options, so nobody else names the key that fields_required() took
 * for "use".
 */
static void misspelt_fields(struct decoder *dc, const struct node *map)
{
	for (size_t i = 0; i < map->n; i++) {
		const struct node *key = map->pairs[i].key;
		struct nearest near = {.want = key->s};

		for (const struct field *f = stressor_fields; f->name; f++)
			nearest_offer(&near, f->name);
		if (near.best && !is_field(key->s))
			diag_add(dc->diags, key->pos, diag_did_you_mean(dc->diags, near.best),
				 "\"%.64s\" is no key of a stressor", key->s);
	}
}

static void decode_stressor(struct decoder *dc, const struct node *key, const struct node *map)
{
	struct profile_stressor s = {.name = node_text(key)};
	struct life life = {0};

	if (!check_name(dc, key))
		return;
	if (map->kind == NODE_MAP) {
		fields_required(dc, map, key->pos, "a stressor", stressor_fields);
		for (const struct field *f = stressor_fields; f->name; f++) {
			const struct node_pair *pair = map_find(map, f->name);

			if (pair)
				f->decode(dc, pair->key, pair->value, &s);
		}
		if (s.kind)
			decode_options(dc, &s, &life, map);
		else if (!map_find(map, "use"))
			misspelt_fields(dc, map);
	} else {
		is_map(dc, key, map);
	}
	append(dc->arena, dc->p->stressors, dc->p->n_stressors, s);
	dc->lives[dc->p->n_stressors - 1] = life;
}

void decode_stressors(struct decoder *dc, const struct node *key, const struct node *value,
		      void *to)
{
	(void)to;
	if (value->kind == NODE_NULL)
		return;
	dc->lives_unsure = !is_map(dc, key, value) || value->n > STRESSORS_MAX;
	if (value->kind == NODE_MAP && value->n > STRESSORS_MAX)
		diag_add(dc->diags, key->pos, NULL, "a profile has at most %d stressors",
			 STRESSORS_MAX);
	for (size_t i = 0; i < value->n && !dc->lives_unsure; i++)
		decode_stressor(dc, value->pairs[i].key, value->pairs[i].value);
}
