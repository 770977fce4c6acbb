/* SPDX-License-Identifier: GPL-2.0-or-later */
/* start, stop, kill, wait. */
#include "base/words.h"
#include "profile/decode.h"

struct profile_action *new_action(struct decoder *dc, struct profile_phase *phase,
				  enum action_kind kind, const struct node *key,
				  const struct node *value)
{
	struct profile_action *action = arena_push(dc->arena, phase->actions, phase->n_actions);

	action->kind = kind;
	action->pos = value->kind == NODE_SCALAR ? value->pos : key->pos;
	action->text.pos = action->pos;
	action->set.group = action->set.stressor = -1;
	return action;
}

bool decode_stressor_list(struct decoder *dc, struct text *words, size_t n_words, int **ret,
			  size_t *ret_n)
{
	bool ok = true;

	for (size_t i = 0; i < n_words; i++) {
		int s = decode_stressor_name(dc, words[i]);

		if (s < 0) {
			ok = false;
			continue;
		}
		for (size_t j = 0; j < i; j++)
			if (str_eq(words[j].s, words[i].s)) {
				diag_add(dc->diags, words[i].pos, NULL, "\"%s\" is named twice",
					 words[i].s);
				ok = false;
			}
		append(dc->arena, *ret, *ret_n, s);
	}
	return ok;
}

static const char *join(struct decoder *dc, const char *verb, const struct text *words, size_t n)
{
	const char *s = verb;

	for (size_t i = 0; i < n; i++)
		s = arena_printf(dc->arena, "%s%s %s", s, i ? "," : "", words[i].s);
	return s;
}

static void decode_stressors_action(struct decoder *dc, enum action_kind kind,
				    const struct node *key, const struct node *value,
				    struct profile_phase *phase)
{
	struct profile_action *action;
	struct text *words = NULL;
	size_t n;

	if (!decode_words(dc, key, value, &words, &n)) {
		dc->lives_unsure = true;
		return;
	}
	action = new_action(dc, phase, kind, key, value);
	action->text.s = join(dc, key->s, words, n);
	if (n == 1 && str_eq(words[0].s, "all")) {
		life_all(dc, action);
		life_apply(dc, action, NULL);
	} else if (decode_stressor_list(dc, words, n, &action->stressors, &action->n_stressors)) {
		life_apply(dc, action, words);
	} else {
		dc->lives_unsure = true;
	}
}

void decode_start(struct decoder *dc, const struct node *key, const struct node *value, void *to)
{
	decode_stressors_action(dc, ACT_START, key, value, to);
}

void decode_stop(struct decoder *dc, const struct node *key, const struct node *value, void *to)
{
	decode_stressors_action(dc, ACT_STOP, key, value, to);
}

void decode_kill(struct decoder *dc, const struct node *key, const struct node *value, void *to)
{
	decode_stressors_action(dc, ACT_KILL, key, value, to);
}

void decode_wait(struct decoder *dc, const struct node *key, const struct node *value, void *to)
{
	struct profile_action *action;
	struct text text;
	int64_t ns;

	if (!decode_text(dc, key, value, &text))
		return;
	action = new_action(dc, to, ACT_WAIT, key, value);
	action->text.s = arena_printf(dc->arena, "wait %s", text.s);
	action->duration = decode_quantity(dc, text, UNIT_DUR);
	if (constant_value(dc, action->duration, &ns) && ns <= 0)
		diag_add(dc->diags, text.pos, NULL, "a wait must be longer than 0");
}
