/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "profile/suite.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>

#include "base/words.h"
#include "kernel/config.h"
#include "profile/decode.h"

#define OPTION "CONFIG_"

static void decode_summary(struct decoder *dc, const struct node *key, const struct node *value,
			   void *to)
{
	struct suite *s = to;

	decode_text(dc, key, value, &s->summary);
}

static void decode_profiles(struct decoder *dc, const struct node *key, const struct node *value,
			    void *to)
{
	struct suite *s = to;

	decode_words(dc, key, value, &s->profiles, &s->n_profiles);
}

static void decode_tags(struct decoder *dc, const struct node *key, const struct node *value,
			void *to)
{
	struct suite *s = to;

	decode_tag_list(dc, key, value, &s->tags, &s->n_tags);
}

static void decode_loop(struct decoder *dc, const struct node *key, const struct node *value,
			void *to)
{
	struct suite *s = to;
	struct text word;

	if (!decode_text(dc, key, value, &word))
		return;
	s->loop = str_eq(word.s, "yes");
	if (!s->loop && !str_eq(word.s, "no"))
		diag_add(dc->diags, word.pos, "yes or no", "\"%.64s\" is neither yes nor no",
			 word.s);
}

/* What the value means is up to each profile: its own diagnostics say so. */
static void decode_suite_params(struct decoder *dc, const struct node *key,
				const struct node *value, void *to)
{
	struct suite *s = to;

	if (!is_map(dc, key, value))
		return;
	if (value->n > SUITE_PARAMS_MAX) {
		diag_add(dc->diags, key->pos, NULL, "a suite has at most %d params",
			 SUITE_PARAMS_MAX);
		return;
	}
	for (size_t i = 0; i < value->n; i++) {
		const struct node_pair *pair = &value->pairs[i];
		struct text text;

		if (decode_text(dc, pair->key, pair->value, &text))
			append(dc->arena, s->params, s->n_params,
			       ((struct profile_override){pair->key->s, text.s}));
	}
}

/* "CONFIG_NAME=VALUE", where a string has no quotes; "CONFIG_NAME" is y or m. */
static bool is_option(const char *s)
{
	const char *name = s + strlen(OPTION);

	if (!str_starts(s, OPTION))
		return false;
	for (s = name; isupper((unsigned char)*s) || isdigit((unsigned char)*s) || *s == '_'; s++)
		;
	return s > name && (!*s || (*s == '=' && s[1]));
}

static void decode_configs(struct decoder *dc, const struct node *key, const struct node *value,
			   void *to)
{
	struct suite *s = to;

	if (!decode_words(dc, key, value, &s->configs, &s->n_configs))
		return;
	for (size_t i = 0; i < s->n_configs; i++)
		if (!is_option(s->configs[i].s))
			diag_add(dc->diags, s->configs[i].pos,
				 "CONFIG_NAME=VALUE, or CONFIG_NAME for y or m",
				 "\"%.64s\" is no line of a kernel's config", s->configs[i].s);
}

static const struct field suite_fields[] = {
	{"summary", true, decode_summary},
	{"profiles", false, decode_profiles},
	{"tags", false, decode_tags},
	{"params", false, decode_suite_params},
	{"requires-config", false, decode_configs},
	{"loop", false, decode_loop},
	{.name = NULL},
};

int suite_load(struct suite *s, const char *path, struct diags *diags, struct err *err)
{
	struct decoder dc = {.arena = &s->arena, .diags = diags};
	struct pos top = {.line = 1, .col = 1};
	struct node *root;
	int r;

	*s = (struct suite){0};
	s->path = arena_strdup(&s->arena, path);
	r = file_nodes(&dc, path, "suite", &root, err);
	if (r < 0)
		return r;
	if (root && fields_decode(&dc, root, top, "a suite", suite_fields, s) &&
	    !map_find(root, "profiles") && !map_find(root, "tags"))
		diag_add(diags, top, NULL, "a suite needs the key \"profiles\" or \"tags\"");
	return diags->n ? -EINVAL : 0;
}

void suite_free(struct suite *s)
{
	arena_free(&s->arena);
	*s = (struct suite){0};
}

/* True when the config has the line; has is then, or else, what it says. */
static bool config_has(const char *line, const char *config, size_t len, char *has, size_t size)
{
	char option[128];
	size_t n = strcspn(line, "=");

	snprintf(option, sizeof(option), "%.*s", (int)n, line);
	if (config_get(config, len, option, has, size) < 0)
		snprintf(has, size, "n");
	return line[n] ? !strcmp(line + n + 1, has) : !strcmp(has, "y") || !strcmp(has, "m");
}

size_t suite_lacks(const struct suite *s, const char *config, size_t len, char *buf, size_t size)
{
	size_t lacking = 0, at = 0;

	*buf = '\0';
	for (size_t i = 0; i < s->n_configs; i++) {
		const char *line = s->configs[i].s;
		char has[64];

		if (config_has(line, config, len, has, sizeof(has)))
			continue;
		if (at < size)
			at += (size_t)snprintf(buf + at, size - at, "%s%s%s (%s%s)",
					       lacking ? ", " : "", line,
					       strchr(line, '=') ? "" : "=y",
					       strcmp(has, "n") ? "it is " : "not set",
					       strcmp(has, "n") ? has : "");
		lacking++;
	}
	return lacking;
}
