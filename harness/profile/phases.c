/* SPDX-License-Identifier: GPL-2.0-or-later */
/* phases: names, since, repeat, expect; their actions are in actions.c, set.c and until.c. */
#include <ctype.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/words.h"
#include "profile/decode.h"

#define NAME_LEN_MAX 48
#define REPEAT_MAX   100

static int phase_find(const struct profile *p, const char *name)
{
	for (size_t i = 0; i < p->n_phases; i++)
		if (p->phases[i].name.s && str_eq(p->phases[i].name.s, name))
			return (int)i;
	return -1;
}

static bool is_phase_name(const char *s)
{
	size_t len = strlen(s);

	if (!isalnum((unsigned char)*s) || len > NAME_LEN_MAX)
		return false;
	for (; *s; s++)
		if (!isalnum((unsigned char)*s) && !strchr("_- ", *s))
			return false;
	return true;
}

static void decode_name(struct decoder *dc, const struct node *key, const struct node *value,
			void *to)
{
	struct profile_phase *phase = to;
	int same;

	if (!decode_text(dc, key, value, &phase->name))
		return;
	same = phase_find(dc->p, phase->name.s);
	if (!is_phase_name(phase->name.s))
		diag_add(dc->diags, value->pos, NULL,
			 "a phase's name has letters, digits, \"_\", \"-\" and blanks, at most %d",
			 NAME_LEN_MAX);
	else if (same >= 0)
		diag_add(dc->diags, value->pos, NULL, "there is a phase \"%s\" already, in line %d",
			 phase->name.s, dc->p->phases[same].name.pos.line);
}

static void decode_since(struct decoder *dc, const struct node *key, const struct node *value,
			 void *to)
{
	struct profile_phase *phase = to;
	struct nearest near = {0};

	if (!decode_text(dc, key, value, &phase->since))
		return;
	phase->since_index = phase_find(dc->p, phase->since.s);
	if (phase->since_index >= 0)
		return;
	near.want = phase->since.s;
	for (size_t i = 0; i < dc->p->n_phases; i++)
		nearest_offer(&near, dc->p->phases[i].name.s);
	diag_add(dc->diags, value->pos, diag_did_you_mean(dc->diags, near.best),
		 "there is no phase \"%.64s\" before this one", phase->since.s);
}

static void decode_repeat(struct decoder *dc, const struct node *key, const struct node *value,
			  void *to)
{
	struct profile_phase *phase = to;
	struct text text;
	int64_t n;

	if (!decode_text(dc, key, value, &text))
		return;
	phase->repeat = decode_quantity(dc, text, UNIT_COUNT);
	if (constant_value(dc, phase->repeat, &n) && (n < 1 || n > REPEAT_MAX))
		diag_add(dc->diags, value->pos, NULL, "a phase can be repeated 1 to %d times",
			 REPEAT_MAX);
}

static void decode_expect(struct decoder *dc, const struct node *key, const struct node *value,
			  void *to)
{
	struct profile_phase *phase = to;

	if (decode_expects(dc, key, value, &phase->expects, &phase->n_expects) && !value->n)
		diag_add(dc->diags, key->pos, NULL, "\"expect\" expects nothing");
}

static const struct field phase_fields[] = {
	{"phase", true, decode_name},	  {"start", false, decode_start},
	{"stop", false, decode_stop},	  {"kill", false, decode_kill},
	{"set", false, decode_set},	  {"faults", false, decode_faults},
	{"wait", false, decode_wait},	  {"until", false, decode_until},
	{"repeat", false, decode_repeat}, {"since", false, decode_since},
	{"expect", false, decode_expect}, {.name = NULL},
};

static bool has_delta(const struct profile_phase *phase)
{
	for (size_t i = 0; i < phase->n_expects; i++)
		if (phase->expects[i].is.delta)
			return true;
	return false;
}

/* A name and how often is all that was said. */
static bool is_idle(const struct node *map)
{
	static const char *const deeds[] = {"start", "stop",  "kill",	"set",
					    "wait",  "until", "faults", "expect"};

	for (size_t i = 0; i < ARRAY_SIZE(deeds); i++)
		if (map_find(map, deeds[i]))
			return false;
	return true;
}

static void check_phase(struct decoder *dc, const struct profile_phase *phase,
			const struct node *map)
{
	if (is_idle(map))
		diag_add(dc->diags, map->pos, NULL, "this phase does nothing and expects nothing");
	if (phase->since.s && phase->repeat)
		diag_add(dc->diags, phase->since.pos, NULL,
			 "a repeated phase has no \"since\": each round is one of its own");
	else if (phase->since.s && !has_delta(phase))
		diag_add(dc->diags, phase->since.pos, "signs in expect: refer to that phase then",
			 "\"since\" without an expected change");
}

/* In the order of the file: what a phase does, it does in that order. */
static void decode_phase(struct decoder *dc, const struct node *map)
{
	struct profile_phase phase = {.since_index = -1};
	size_t errors = dc->diags->n;

	if (!fields_check(dc, map, map->pos, "a phase", phase_fields)) {
		dc->lives_unsure = true;
		return;
	}
	if (dc->diags->n > errors)
		dc->lives_unsure = true;
	for (size_t i = 0; i < map->n; i++)
		for (const struct field *f = phase_fields; f->name; f++)
			if (str_eq(f->name, map->pairs[i].key->s))
				f->decode(dc, map->pairs[i].key, map->pairs[i].value, &phase);
	if (dc->diags->n == errors)
		check_phase(dc, &phase, map);
	life_check_phase(dc, &phase);
	append(dc->arena, dc->p->phases, dc->p->n_phases, phase);
}

static bool is_phase_list(struct decoder *dc, const struct node *key, const struct node *value)
{
	if (value->kind == NODE_BAD)
		return false;
	if (value->kind == NODE_LIST && value->n && value->n <= PHASES_MAX)
		return true;
	if (value->kind == NODE_LIST && value->n)
		diag_add(dc->diags, key->pos, NULL, "a profile has at most %d phases", PHASES_MAX);
	else
		diag_add(dc->diags, key->pos, "- phase: NAME",
			 "\"phases\" wants a list of at least one phase");
	return false;
}

void decode_phases(struct decoder *dc, const struct node *key, const struct node *value, void *to)
{
	(void)to;
	if (!is_phase_list(dc, key, value)) {
		dc->lives_unsure = true;
		return;
	}
	for (size_t i = 0; i < value->n; i++)
		decode_phase(dc, value->items[i]);
}
