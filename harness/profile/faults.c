/* SPDX-License-Identifier: GPL-2.0-or-later */
/* faults: which kinds a phase injects, into whom, with which options. */
#include <string.h>

#include "base/words.h"
#include "profile/decode.h"

#define TARGET "in"

static const struct fault_kind *decode_kind(struct decoder *dc, const struct node *key)
{
	struct nearest near = {.want = key->s};
	int i = fault_kind_find(key->s);

	if (i >= 0)
		return &fault_kinds[i];
	for (const struct fault_kind *k = fault_kinds; k->name; k++)
		nearest_offer(&near, k->name);
	diag_add(dc->diags, key->pos,
		 near.best ? diag_did_you_mean(dc->diags, near.best)
			   : "`memtrial list faults` shows all",
		 "there is no kind of fault \"%.64s\"", key->s);
	return NULL;
}

static bool decode_target(struct decoder *dc, struct profile_action *action, const struct node *key,
			  const struct node *value)
{
	const struct fault_kind *kind = action->fault.kind;
	struct text *words = NULL;
	struct text path;
	size_t n;

	if (kind->target == FAULT_GROUP) {
		if (!decode_text(dc, key, value, &path))
			return false;
		action->fault.group = decode_group_name(dc, path);
		return action->fault.group >= 0;
	}
	if (!decode_words(dc, key, value, &words, &n) ||
	    !decode_stressor_list(dc, words, n, &action->stressors, &action->n_stressors)) {
		dc->lives_unsure |= kind->kills;
		return false;
	}
	if (kind->kills)
		life_apply(dc, action, words);
	return true;
}

static void unknown_option(struct decoder *dc, const struct fault_kind *kind,
			   const struct node *key)
{
	struct nearest near = {.want = key->s};

	for (const struct opt *o = kind->options; o->name; o++)
		nearest_offer(&near, o->name);
	if (kind->target != FAULT_MACHINE)
		nearest_offer(&near, TARGET);
	diag_add(dc->diags, key->pos,
		 near.best ? diag_did_you_mean(dc->diags, near.best)
			   : "`memtrial list faults` shows them",
		 "\"%.64s\" is no option of %s", key->s, kind->name);
}

/* One option; false when its value is wrong or not known without a machine. */
static bool decode_option(struct decoder *dc, struct profile_fault *f, void *blob,
			  const struct opt *opt, const struct node *key, const struct node *value)
{
	struct profile_option out = {.name = node_text(key), .opt = opt};

	if (!decode_text(dc, key, value, &out.text) ||
	    !decode_option_value(dc, opt, out.text, blob, &out.value))
		return false;
	append(dc->arena, f->options, f->n_options, out);
	return !out.value || out.value->constant;
}

static bool decode_map(struct decoder *dc, struct profile_action *action, void *blob,
		       const struct node *map)
{
	bool complete = true;

	for (size_t i = 0; i < map->n; i++) {
		const struct node *key = map->pairs[i].key, *value = map->pairs[i].value;
		const struct opt *opt = opt_find(action->fault.kind->options, key->s);

		if (str_eq(key->s, TARGET) && action->fault.kind->target != FAULT_MACHINE) {
			complete &= decode_target(dc, action, key, value);
		} else if (opt) {
			complete &= decode_option(dc, &action->fault, blob, opt, key, value);
		} else {
			unknown_option(dc, action->fault.kind, key);
			complete = false;
		}
	}
	return complete;
}

/* Whether a map says all that a kind must know. */
static bool is_complete(struct decoder *dc, const struct fault_kind *kind, const struct node *key,
			const struct node *map)
{
	static const char *const whom[] = {
		[FAULT_STRESSORS] = "a stressor or a list of them", [FAULT_GROUP] = "a group"};

	if (kind->target != FAULT_MACHINE && !map_find(map, TARGET)) {
		diag_add(dc->diags, key->pos, NULL, "%s needs \"in\": %s", kind->name,
			 whom[kind->target]);
		return false;
	}
	for (const struct opt *o = kind->options; o->name; o++)
		if ((o->flags & OPT_REQUIRED) && !map_find(map, o->name)) {
			diag_add(dc->diags, key->pos, NULL, "%s needs its option \"%s\"",
				 kind->name, o->name);
			return false;
		}
	return true;
}

/* A plain value: whom it is for, or of the whole machine the first option. */
static bool decode_plain(struct decoder *dc, struct profile_action *action, void *blob,
			 const struct node *key, const struct node *value)
{
	const struct fault_kind *kind = action->fault.kind;
	const struct opt *first = kind->options;

	if (kind->target == FAULT_MACHINE)
		return decode_option(dc, &action->fault, blob, first, key, value);
	for (const struct opt *o = first; o->name; o++)
		if (o->flags & OPT_REQUIRED) {
			diag_add(dc->diags, value->pos,
				 arena_printf(dc->arena, "%s: { in: ..., %s: ... }", kind->name,
					      o->name),
				 "%s needs its option \"%s\"", kind->name, o->name);
			return false;
		}
	return decode_target(dc, action, key, value);
}

/* "failslab in churner (probability 10, times 200)" */
static const char *options_text(struct decoder *dc, const struct profile_fault *f, const char *text)
{
	for (size_t i = 0; i < f->n_options; i++)
		text = arena_printf(dc->arena, "%s%s%s %s", text, i ? ", " : " (",
				    f->options[i].name.s, f->options[i].text.s);
	return f->n_options ? arena_printf(dc->arena, "%s)", text) : text;
}

static void decode_fault(struct decoder *dc, const struct node *key, const struct node *value,
			 struct profile_phase *phase)
{
	const struct fault_kind *kind = decode_kind(dc, key);
	struct profile_action *action;
	struct err err = {0};
	bool ok;
	void *blob;

	if (!kind || value->kind == NODE_BAD)
		return;
	action = new_action(dc, phase, ACT_FAULT, key, value);
	action->pos = key->pos;
	action->fault = (struct profile_fault){.kind = kind, .group = -1, .pos = key->pos};
	blob = arena_alloc(dc->arena, kind->options_size + 1);
	ok = opt_defaults(kind->options, blob, &err) == 0;
	if (value->kind == NODE_MAP)
		ok &= decode_map(dc, action, blob, value) && is_complete(dc, kind, key, value);
	else
		ok &= decode_plain(dc, action, blob, key, value);
	if (ok && kind->check && kind->check(blob, &err) < 0)
		diag_add(dc->diags, key->pos, NULL, "%s: %s", kind->name, err.text);
	action->text.s = arena_printf(dc->arena, "%s", kind->name);
	for (size_t i = 0; i < action->n_stressors; i++)
		action->text.s = arena_printf(dc->arena, "%s%s %s", action->text.s, i ? "," : " in",
					      dc->p->stressors[action->stressors[i]].name.s);
	if (action->fault.group >= 0)
		action->text.s = arena_printf(dc->arena, "%s in %s", action->text.s,
					      dc->p->groups[action->fault.group].path.s);
	action->text.s = options_text(dc, &action->fault, action->text.s);
}

/* fail-nth goes before each kind's probability (should_fail_ex()): both would count wrong. */
static void check_alone(struct decoder *dc, const struct profile_phase *phase)
{
	const struct profile_fault *sweep = NULL, *other = NULL;

	for (size_t i = 0; i < phase->n_actions; i++) {
		const struct profile_fault *f = &phase->actions[i].fault;

		if (phase->actions[i].kind != ACT_FAULT)
			continue;
		sweep = f->kind->counts ? f : sweep;
		other = f->kind->injected ? f : other;
	}
	if (sweep && other)
		diag_add(dc->diags, other->pos, "in a phase of its own",
			 "%s beside %s: each would count what the other makes fail",
			 other->kind->name, sweep->kind->name);
}

void decode_faults(struct decoder *dc, const struct node *key, const struct node *value, void *to)
{
	if (!is_map(dc, key, value))
		return;
	if (!value->n)
		diag_add(dc->diags, key->pos, NULL, "\"faults\" injects nothing");
	for (size_t i = 0; i < value->n; i++)
		decode_fault(dc, value->pairs[i].key, value->pairs[i].value, to);
	check_alone(dc, to);
}
