/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The top level of a profile, and its way in from a file. */
#include "profile/profile.h"

#include <errno.h>
#include <string.h>

#include "base/words.h"
#include "profile/decode.h"

static void decode_summary(struct decoder *dc, const struct node *key, const struct node *value,
			   void *to)
{
	(void)to;
	decode_text(dc, key, value, &dc->p->summary);
}

static void decode_source(struct decoder *dc, const struct node *key, const struct node *value,
			  void *to)
{
	(void)to;
	decode_text(dc, key, value, &dc->p->source);
}

static void decode_why(struct decoder *dc, const struct node *key, const struct node *value,
		       void *to)
{
	(void)to;
	decode_text(dc, key, value, &dc->p->why);
}

static void decode_tags(struct decoder *dc, const struct node *key, const struct node *value,
			void *to)
{
	(void)to;
	decode_tag_list(dc, key, value, &dc->p->tags, &dc->p->n_tags);
}

static void decode_need(struct decoder *dc, struct text word)
{
	int i = need_find(word.s);
	struct nearest near = {.want = word.s};
	const char *all = "needs:";

	if (i >= 0) {
		dc->p->needs |= NEED_BIT(i);
		return;
	}
	for (unsigned j = 0; j < NEED_COUNT; j++) {
		nearest_offer(&near, need_word(j));
		all = arena_printf(dc->arena, "%s%s %s", all, j ? "," : "", need_word(j));
	}
	diag_add(dc->diags, word.pos, near.best ? diag_did_you_mean(dc->diags, near.best) : all,
		 "\"%.64s\" is nothing that a machine could have", word.s);
}

static void decode_needs(struct decoder *dc, const struct node *key, const struct node *value,
			 void *to)
{
	struct text *words = NULL;
	size_t n;

	(void)to;
	if (!decode_words(dc, key, value, &words, &n))
		return;
	for (size_t i = 0; i < n; i++)
		decode_need(dc, words[i]);
}

static void decode_always(struct decoder *dc, const struct node *key, const struct node *value,
			  void *to)
{
	(void)to;
	if (value->kind != NODE_NULL)
		decode_expects(dc, key, value, &dc->p->always, &dc->p->n_always);
}

/* In the order in which they are read: each may use what those before it define. */
static const struct field profile_fields[] = {
	{"summary", true, decode_summary},
	{"source", true, decode_source},
	{"why", false, decode_why},
	{"tags", false, decode_tags},
	{"needs", false, decode_needs},
	{"params", false, decode_params},
	{"groups", false, decode_groups},
	{"stressors", false, decode_stressors},
	{"always", false, decode_always},
	{"phases", true, decode_phases},
	{.name = NULL},
};

/* Always and phases name groups and stressors: from here on they are known. */
static void collect_names(struct decoder *dc)
{
	const struct profile *p = dc->p;
	const char **groups = arena_array(dc->arena, p->n_groups, sizeof(*groups));
	const char **stressors = arena_array(dc->arena, p->n_stressors, sizeof(*stressors));
	const struct stressor **kinds = arena_array(dc->arena, p->n_stressors, sizeof(*kinds));

	for (size_t i = 0; i < p->n_groups; i++)
		groups[i] = p->groups[i].path.s;
	for (size_t i = 0; i < p->n_stressors; i++) {
		stressors[i] = p->stressors[i].name.s;
		kinds[i] = p->stressors[i].kind;
	}
	dc->names = (struct metric_names){.groups = groups,
					  .n_groups = p->n_groups,
					  .stressors = stressors,
					  .kinds = kinds,
					  .n_stressors = p->n_stressors};
}

static void decode_profile(struct decoder *dc, const struct node *root)
{
	struct pos top = {.line = 1, .col = 1};

	if (!fields_check(dc, root, top, "a profile", profile_fields))
		return;
	for (const struct field *f = profile_fields; f->name; f++) {
		const struct node_pair *pair = map_find(root, f->name);

		if (f->decode == decode_always)
			collect_names(dc);
		if (pair)
			f->decode(dc, pair->key, pair->value, NULL);
	}
	check_overrides(dc);
	if (map_find(root, "phases"))
		life_check_all(dc);
}

int profile_parse(struct profile *p, const char *path, const char *text, size_t len,
		  const struct profile_override *set, size_t n_set, struct diags *diags)
{
	struct decoder dc = {
		.p = p, .arena = &p->arena, .diags = diags, .set = set, .n_set = n_set};
	const struct node *root;

	*p = (struct profile){0};
	p->path = arena_strdup(&p->arena, path);
	diags->path = arena_strdup(&diags->arena, path);
	diags->source = text;
	diags->source_len = len;
	dc.lives = arena_array(&p->arena, STRESSORS_MAX, sizeof(*dc.lives));
	root = nodes_parse(&p->arena, text, len, diags);
	if (root)
		decode_profile(&dc, root);
	return diags->n ? -EINVAL : 0;
}

int profile_load(struct profile *p, const char *path, const struct profile_override *set,
		 size_t n_set, struct diags *diags, struct err *err)
{
	const char *text;
	size_t len;
	int r = file_text(diags, path, "profile", &text, &len, err);

	*p = (struct profile){0};
	return r < 0 ? r : profile_parse(p, path, text, len, set, n_set, diags);
}

void profile_free(struct profile *p)
{
	arena_free(&p->arena);
	*p = (struct profile){0};
}
