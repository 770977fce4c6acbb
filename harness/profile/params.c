/* SPDX-License-Identifier: GPL-2.0-or-later */
/* params: and --set. */
#include <ctype.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/words.h"
#include "profile/decode.h"

static bool is_param_name(const char *s)
{
	if (!isalpha((unsigned char)*s) && *s != '_')
		return false;
	for (; *s; s++)
		if (!isalnum((unsigned char)*s) && *s != '_')
			return false;
	return true;
}

static bool check_name(struct decoder *dc, const struct node *key)
{
	if (!is_param_name(key->s)) {
		diag_add(dc->diags, key->pos, NULL,
			 "a param's name has letters, digits and \"_\", and no digit in front");
		return false;
	}
	if (word_index(expr_machine_names, MN_MAX, key->s) < 0)
		return true;
	diag_add(dc->diags, key->pos, NULL, "\"%s\" is a name of the machine: choose another",
		 key->s);
	return false;
}

/* The last --set of a name holds, as with every option of a command. */
static const struct profile_override *override_find(const struct decoder *dc, const char *name)
{
	for (size_t i = dc->n_set; i > 0; i--)
		if (str_eq(dc->set[i - 1].name, name))
			return &dc->set[i - 1];
	return NULL;
}

static void override(struct decoder *dc, struct expr_param *param, const char *value)
{
	struct text text = {.s = arena_strdup(dc->arena, value)};
	enum unit want = expr_is_zero(param->value, dc->p->params) ? UNIT_NONE : param->value->unit;

	dc->diags->context = arena_printf(&dc->diags->arena, "--set %s=%s", param->name, value);
	param->text = text.s;
	param->pos = text.pos;
	param->value = decode_quantity(dc, text, want);
	dc->diags->context = NULL;
}

/* The param joins the table after its value was read: it sees only those before it. */
static void decode_param(struct decoder *dc, const struct node *key, const struct node *value)
{
	const struct profile_override *set = override_find(dc, key->s);
	struct expr_param param = {.name = key->s, .pos = key->pos};
	struct text text = {0};

	if (!check_name(dc, key))
		return;
	if (decode_text(dc, key, value, &text)) {
		param.text = text.s;
		param.value = decode_quantity(dc, text, UNIT_NONE);
	}
	if (set && param.value)
		override(dc, &param, set->value);
	append(dc->arena, dc->p->params, dc->p->n_params, param);
}

void decode_params(struct decoder *dc, const struct node *key, const struct node *value, void *to)
{
	(void)to;
	if (value->kind == NODE_NULL || !is_map(dc, key, value))
		return;
	if (value->n > PARAMS_MAX) {
		diag_add(dc->diags, key->pos, NULL, "a profile has at most %d params", PARAMS_MAX);
		return;
	}
	for (size_t i = 0; i < value->n; i++)
		decode_param(dc, value->pairs[i].key, value->pairs[i].value);
}

static void unknown_override(struct decoder *dc, const struct profile_override *set)
{
	struct nearest near = {.want = set->name};

	for (size_t i = 0; i < dc->p->n_params; i++)
		nearest_offer(&near, dc->p->params[i].name);
	dc->diags->context = arena_printf(&dc->diags->arena, "--set %s=%s", set->name, set->value);
	diag_add(dc->diags, (struct pos){0}, diag_did_you_mean(dc->diags, near.best),
		 "the profile has no param \"%.64s\"", set->name);
	dc->diags->context = NULL;
}

void check_overrides(struct decoder *dc)
{
	for (size_t i = 0; i < dc->n_set; i++) {
		bool known = false;

		for (size_t j = 0; j < dc->p->n_params; j++)
			known = known || str_eq(dc->p->params[j].name, dc->set[i].name);
		if (!known)
			unknown_override(dc, &dc->set[i]);
	}
}
