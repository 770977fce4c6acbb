/* SPDX-License-Identifier: GPL-2.0-or-later */
/* set: knobs of groups, live options of stressors and where they are, sysctls. */
#include <ctype.h>
#include <string.h>

#include "base/words.h"
#include "profile/decode.h"

#define SYSCTL "sysctl."

static const char *end_of(const char *s)
{
	return s + strlen(s);
}

static bool set_group_knob(struct decoder *dc, struct profile_set *set, const char *slash)
{
	struct text path = text_part(dc, set->target, set->target.s, slash);
	const struct knob *knob;

	set->knob = text_part(dc, set->target, slash + 1, end_of(slash));
	set->group = decode_group_name(dc, path);
	knob = decode_knob(dc, set->knob);
	return knob && decode_knob_value(dc, knob, set->text, &set->value) && set->group >= 0;
}

static const struct opt *find_live(struct decoder *dc, const struct stressor *kind,
				   struct text name)
{
	const struct opt *opt = opt_find(kind->options, name.s);
	struct nearest near = {.want = name.s};
	const char *all = "in";

	if (!opt)
		opt = opt_find(stressor_common_options, name.s);
	if (opt && (opt->flags & OPT_LIVE))
		return opt;
	for (const struct opt *o = kind->options; o->name; o++) {
		if (!(o->flags & OPT_LIVE))
			continue;
		nearest_offer(&near, o->name);
		all = arena_printf(dc->arena, "%s, %s", all, o->name);
	}
	if (opt)
		diag_add(dc->diags, name.pos, arena_printf(dc->arena, "these can: %s", all),
			 "\"%s\" of %s cannot be set while it runs", name.s, kind->name);
	else
		diag_add(dc->diags, name.pos, diag_did_you_mean(dc->diags, near.best),
			 "\"%.64s\" is no option of %s that could be set", name.s, kind->name);
	return NULL;
}

static bool set_option(struct decoder *dc, struct profile_set *set, const char *dot)
{
	struct text name = text_part(dc, set->target, set->target.s, dot);
	const struct stressor *kind;
	void *blob;

	set->knob = text_part(dc, set->target, dot + 1, end_of(dot));
	set->stressor = decode_stressor_name(dc, name);
	kind = set->stressor < 0 ? NULL : dc->p->stressors[set->stressor].kind;
	if (!kind)
		return false;
	if (!strcmp(set->knob.s, "in")) {
		set->group = decode_group_name(dc, set->text);
		return set->group >= 0;
	}
	set->opt = find_live(dc, kind, set->knob);
	if (!set->opt)
		return false;
	/* Scratch: only the limits are of interest. */
	blob = arena_alloc(dc->arena, kind->options_size + sizeof(struct stressor_common));
	return decode_option_value(dc, set->opt, set->text, blob, &set->value);
}

static bool set_sysctl(struct decoder *dc, struct profile_set *set)
{
	const char *name = set->target.s + strlen(SYSCTL), *s = name + strlen("vm.");
	bool ok = str_starts(name, "vm.") && *s;

	for (; ok && *s; s++)
		ok = islower((unsigned char)*s) || isdigit((unsigned char)*s) || *s == '_';
	if (!ok) {
		diag_add(dc->diags, set->target.pos, NULL,
			 "\"%.64s\" is no sysctl of the memory management: sysctl.vm.NAME",
			 set->target.s);
		return false;
	}
	set->knob = text_part(dc, set->target, name, end_of(name));
	set->value = decode_quantity(dc, set->text, UNIT_COUNT);
	return set->value;
}

static bool decode_target(struct decoder *dc, struct profile_set *set)
{
	const char *slash = strrchr(set->target.s, '/'), *dot = strchr(set->target.s, '.');

	if (slash)
		return set_group_knob(dc, set, slash);
	if (str_starts(set->target.s, SYSCTL))
		return set_sysctl(dc, set);
	if (dot)
		return set_option(dc, set, dot);
	diag_add(dc->diags, set->target.pos, "GROUP/KNOB, STRESSOR.OPTION or sysctl.vm.NAME",
		 "\"%.64s\" is nothing that can be set", set->target.s);
	return false;
}

void decode_set(struct decoder *dc, const struct node *key, const struct node *value, void *to)
{
	if (!is_map(dc, key, value))
		return;
	if (!value->n)
		diag_add(dc->diags, key->pos, NULL, "\"set\" sets nothing");
	for (size_t i = 0; i < value->n; i++) {
		const struct node *name = value->pairs[i].key, *to_what = value->pairs[i].value;
		struct profile_set set = {.target = node_text(name), .group = -1, .stressor = -1};
		struct profile_action *action;

		if (!decode_text(dc, name, to_what, &set.text) || !decode_target(dc, &set))
			continue;
		action = new_action(dc, to, ACT_SET, name, to_what);
		action->set = set;
		action->text.s = arena_printf(dc->arena, "set %s to %s", name->s, set.text.s);
	}
}
