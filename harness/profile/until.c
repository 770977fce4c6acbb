/* SPDX-License-Identifier: GPL-2.0-or-later */
/* until: "A, B exits within 10s", "A holds ...", "METRIC CONSTRAINT within 5s", or a list. */
#include <string.h>

#include "base/cleanup.h"
#include "base/words.h"
#include "profile/decode.h"

#define WITHIN " within "

#define FORMS "A exits within 10s, A holds within 10s, or METRIC at least 4M within 10s"

static const struct verb {
	const char *word;
	enum until_kind kind;
} verbs[] = {
	{"exits", UNTIL_EXITS},
	{"holds", UNTIL_HOLDS},
};

static const char *end_of(const char *s)
{
	return s + strlen(s);
}

static const char *last_within(const char *s)
{
	const char *found = NULL;

	while ((s = strstr(s, WITHIN)))
		found = s++;
	return found;
}

/* The words before the verb, separated by commas. */
static void decode_names(struct decoder *dc, struct profile_action *action, struct text list)
{
	const char *s = list.s;
	struct text *words = NULL;
	size_t n = 0;

	if (str_eq(list.s, "all")) {
		life_all(dc, action);
		life_apply(dc, action, NULL);
		return;
	}
	for (;; s++) {
		const char *comma = s + strcspn(s, ",");

		append(dc->arena, words, n, text_part(dc, list, s, comma));
		s = comma;
		if (!*s)
			break;
	}
	if (decode_stressor_list(dc, words, n, &action->stressors, &action->n_stressors))
		life_apply(dc, action, words);
	else
		dc->lives_unsure = true;
}

static const struct verb *verb_find(const char *s)
{
	for (size_t i = 0; i < ARRAY_SIZE(verbs); i++)
		if (str_eq(verbs[i].word, s))
			return &verbs[i];
	return NULL;
}

static bool starts_with_stressor(struct decoder *dc, struct text left)
{
	size_t len = strcspn(left.s, ", ");

	return stressor_index(dc->p, arena_strndup(dc->arena, left.s, len)) >= 0;
}

static void unknown_verb(struct decoder *dc, struct text verb)
{
	struct nearest near = {.want = verb.s};

	for (size_t i = 0; i < ARRAY_SIZE(verbs); i++)
		nearest_offer(&near, verbs[i].word);
	dc->lives_unsure = true;
	diag_add(dc->diags, verb.pos, diag_did_you_mean(dc->diags, near.best),
		 "a stressor \"exits\" or \"holds\", it does not \"%.64s\"", verb.s);
}

static void decode_until_metric(struct decoder *dc, struct profile_action *action, struct text left)
{
	const char *blank = left.s + strcspn(left.s, " ");
	struct text constraint = text_part(dc, left, blank, end_of(left.s));

	action->until = UNTIL_METRIC;
	action->when.name = text_part(dc, left, left.s, blank);
	if (!*blank) {
		diag_add(dc->diags, left.pos, FORMS, "\"until\" is not complete");
		return;
	}
	if (decode_metric(dc, action->when.name, &action->when.metric))
		decode_constraint(dc, &action->when.metric, constraint, &action->when.is);
}

static void decode_condition(struct decoder *dc, struct profile_action *action, struct text left)
{
	const char *blank = strrchr(left.s, ' ');
	struct text last = text_part(dc, left, blank ? blank : left.s, end_of(left.s));
	const struct verb *verb = blank ? verb_find(last.s) : NULL;

	if (verb) {
		action->until = verb->kind;
		decode_names(dc, action, text_part(dc, left, left.s, blank));
	} else if (blank && starts_with_stressor(dc, left)) {
		unknown_verb(dc, last);
	} else {
		decode_until_metric(dc, action, left);
	}
}

static void decode_one(struct decoder *dc, const struct node *key, const struct node *value,
		       void *to)
{
	struct profile_action *action;
	const char *within;
	struct text text;
	int64_t ns;

	if (!decode_text(dc, key, value, &text))
		return;
	action = new_action(dc, to, ACT_UNTIL, key, value);
	action->text.s = arena_printf(dc->arena, "until %s", text.s);
	within = last_within(text.s);
	if (!within) {
		diag_add(dc->diags, text.pos, FORMS, "\"until\" needs an end: \"within 10s\"");
		dc->lives_unsure = true;
		return;
	}
	action->duration =
		decode_quantity(dc, text_part(dc, text, within + strlen(WITHIN), end_of(within)),
				UNIT_DUR);
	if (constant_value(dc, action->duration, &ns) && ns <= 0)
		diag_add(dc->diags, expr_start(action->duration), NULL,
			 "\"within\" must be longer than 0");
	decode_condition(dc, action, text_part(dc, text, text.s, within));
}

/* Of a list each is waited for after the one before: of counters, all of them. */
void decode_until(struct decoder *dc, const struct node *key, const struct node *value, void *to)
{
	if (value->kind != NODE_LIST || !value->n) {
		decode_one(dc, key, value, to);
		return;
	}
	for (size_t i = 0; i < value->n; i++)
		decode_one(dc, key, value->items[i], to);
}
