/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Metrics with constraints: always, expect, until. */
#include <string.h>

#include "base/words.h"
#include "profile/decode.h"

/* "eater.rss" when the kind of eater is not known: that was diagnosed where it stands. */
static bool is_of_unknown_kind(const struct profile *p, const char *name)
{
	for (size_t i = 0; i < p->n_stressors; i++) {
		size_t len = strlen(p->stressors[i].name.s);

		if (!p->stressors[i].kind && str_starts(name, p->stressors[i].name.s) &&
		    name[len] == '.')
			return true;
	}
	return false;
}

bool decode_metric(struct decoder *dc, struct text name, struct metric *ret)
{
	char near[METRIC_NAME_MAX] = "";
	struct err err = {0};

	if (is_of_unknown_kind(dc->p, name.s))
		return false;
	if (metric_parse(name.s, &dc->names, ret, near, &err) == 0)
		return true;
	diag_add(dc->diags, name.pos, diag_did_you_mean(dc->diags, *near ? near : NULL), "%s",
		 err.text);
	return false;
}

bool decode_expects(struct decoder *dc, const struct node *key, const struct node *value,
		    struct profile_expect **list, size_t *n)
{
	if (!is_map(dc, key, value))
		return false;
	for (size_t i = 0; i < value->n; i++) {
		const struct node *name = value->pairs[i].key;
		struct profile_expect out = {.name = node_text(name)};
		struct text text;

		if (dc->n_checks++ == CHECKS_MAX)
			diag_add(dc->diags, name->pos, NULL, "a profile has at most %d checks",
				 CHECKS_MAX);
		/* The nearest name of an unknown metric is dear; nobody reads on here. */
		if (dc->n_checks > CHECKS_MAX || dc->diags->dropped)
			break;
		if (!decode_metric(dc, out.name, &out.metric) ||
		    !decode_text(dc, name, value->pairs[i].value, &text) ||
		    !decode_constraint(dc, &out.metric, text, &out.is))
			continue;
		append(dc->arena, *list, *n, out);
	}
	return true;
}
