/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is no number: facts of the machines, and whether the sides can be compared at all. */
#include <errno.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/words.h"
#include "compare/inside.h"

/* " | " joined, each value once. */
static const char *with_value(struct arena *a, const char *have, const char *value)
{
	size_t n = strlen(value);

	if (!have)
		return arena_strdup(a, value);
	for (const char *at = have; at; at = strstr(at, " | ") ? strstr(at, " | ") + 3 : NULL)
		if (strncmp(at, value, n) == 0 && (!at[n] || str_starts(at + n, " | ")))
			return have;
	return arena_printf(a, "%s | %s", have, value);
}

void compare_add_fact(struct comparison *c, size_t side, const char *name, const char *value)
{
	struct fact_difference *f = NULL;

	for (size_t i = 0; i < c->n_facts && !f; i++)
		if (str_eq(c->facts[i].name, name))
			f = &c->facts[i];
	if (!f) {
		f = arena_push(&c->arena, c->facts, c->n_facts);
		f->name = arena_strdup(&c->arena, name);
	}
	f->value[side] = with_value(&c->arena, f->value[side], value);
}

/* The part of a plan up to its next ";", in short. */
static int piece(const char *plan)
{
	return (int)MIN(strcspn(plan, ";"), 60);
}

static int check_plan(const struct comparison *c, const struct compared_trial *t, size_t side,
		      struct err *err)
{
	const char *a = t->plan[0], *b = t->plan[side];
	size_t at = 0;

	if (!a || !b || str_eq(a, b))
		return 0;
	while (a[at] == b[at])
		at++;
	while (at > 0 && a[at - 1] != ';' && a[at - 1] != ' ')
		at--;
	return err_set_class(err, ERR_USAGE, -EINVAL,
			     "%s was planned otherwise in %s than in %s: \"%.*s\" is not \"%.*s\"; "
			     "compare runs of one plan, or use --force",
			     t->name, c->names[side], c->names[0], piece(b + at), b + at,
			     piece(a + at), a + at);
}

/* The first trial that a side has, for a message. */
static const char *first_trial(const struct comparison *c, size_t side)
{
	for (size_t i = 0; i < c->n_trials; i++)
		if (worst_verdict(c->trials[i].verdicts[side]) != V_MAX)
			return c->trials[i].name;
	return "nothing";
}

static int check_side(const struct comparison *c, size_t side, struct err *err)
{
	bool common = false;

	for (size_t i = 0; i < c->n_trials; i++) {
		const struct compared_trial *t = &c->trials[i];
		int r;

		if (worst_verdict(t->verdicts[0]) == V_MAX ||
		    worst_verdict(t->verdicts[side]) == V_MAX)
			continue;
		common = true;
		r = check_plan(c, t, side, err);
		if (r < 0)
			return r;
	}
	if (common)
		return 0;
	return err_set_class(err, ERR_USAGE, -EINVAL,
			     "%s and %s have no trial in common: \"%s\" is not \"%s\"", c->names[0],
			     c->names[side], first_trial(c, 0), first_trial(c, side));
}

int compare_check(struct comparison *c, struct err *err)
{
	int r = 0;

	if (c->n_sides < 2)
		return err_set_class(err, ERR_USAGE, -EINVAL,
				     "compare wants two sides: A.json B.json, or A1.json A2.json "
				     "-- B1.json B2.json");
	if (!c->n_runs[0])
		return err_set_class(err, ERR_USAGE, -ENOENT,
				     "%s: the history has no run of %s with this plan", c->names[0],
				     first_trial(c, 1));
	for (size_t side = 1; side < c->n_sides && r == 0; side++)
		r = check_side(c, side, err);
	return r;
}
