/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which quantities go together. */
#include "profile/expr.h"

#include <string.h>

bool expr_is_zero(const struct expr *e, const struct expr_param *params)
{
	while (e->op == EXPR_PARAM || e->op == EXPR_NEG)
		e = e->op == EXPR_PARAM ? params[e->param].value : e->l;
	return e->op == EXPR_NUMBER && e->value == 0 && e->unit == UNIT_COUNT;
}

struct pos expr_start(const struct expr *e)
{
	while (e->l && e->op != EXPR_NEG)
		e = e->l;
	return e->pos;
}

static enum unit machine_unit(int name)
{
	return name == MN_CPUS || name == MN_NODES ? UNIT_COUNT : UNIT_BYTES;
}

static enum unit check_sum(const struct expr *e, enum unit l, enum unit r,
			   const struct expr_param *params, struct diags *d)
{
	if (l == r || expr_is_zero(e->r, params))
		return l;
	if (expr_is_zero(e->l, params))
		return r;
	diag_add(d, e->pos, NULL, "%s and %s cannot be %s", unit_name(l), unit_name(r),
		 e->op == EXPR_ADD ? "added" : "subtracted");
	return UNIT_NONE;
}

static enum unit check_product(const struct expr *e, enum unit l, enum unit r, struct diags *d)
{
	if (l == UNIT_COUNT)
		return r;
	if (r == UNIT_COUNT)
		return l;
	diag_add(d, e->pos,
		 l == UNIT_PERCENT || r == UNIT_PERCENT ? "a part is written: 25% of ..." : NULL,
		 "%s and %s cannot be multiplied: one must be a plain number", unit_name(l),
		 unit_name(r));
	return UNIT_NONE;
}

static bool is_plain_number(const struct expr *e)
{
	return e->op == EXPR_NUMBER && e->unit == UNIT_COUNT;
}

static enum unit check_quotient(const struct expr *e, enum unit l, enum unit r, struct diags *d)
{
	if (e->r->op == EXPR_NUMBER && e->r->value == 0) {
		diag_add(d, e->r->pos, NULL, "division by 0");
		return UNIT_NONE;
	}
	/* It would be cut to a whole number before it multiplies anything. */
	if (is_plain_number(e->l) && is_plain_number(e->r) && e->l->value % e->r->value) {
		diag_add(d, e->pos, "a part is written: 25% of ...",
			 "%lld / %lld is no whole number", (long long)e->l->value,
			 (long long)e->r->value);
		return UNIT_NONE;
	}
	if (r == UNIT_COUNT)
		return l;
	if (l == r)
		return UNIT_COUNT;
	diag_add(d, e->pos, NULL, "%s cannot be divided by %s", unit_name(l), unit_name(r));
	return UNIT_NONE;
}

static enum unit check_part(const struct expr *e, enum unit l, enum unit r, struct diags *d)
{
	if (l == UNIT_PERCENT)
		return r;
	diag_add(d, expr_start(e->l), NULL, "before \"of\" stands a percentage, not %s",
		 unit_name(l));
	return UNIT_NONE;
}

static enum unit find_unit(struct expr *e, const struct expr_param *params, struct diags *d);

static enum unit find_binary(struct expr *e, const struct expr_param *params, struct diags *d)
{
	enum unit l = find_unit(e->l, params, d), r = find_unit(e->r, params, d);

	if (l == UNIT_NONE || r == UNIT_NONE)
		return UNIT_NONE;
	switch (e->op) {
	case EXPR_MUL:
		return check_product(e, l, r, d);
	case EXPR_DIV:
		return check_quotient(e, l, r, d);
	case EXPR_PERCENT_OF:
		return check_part(e, l, r, d);
	default:
		return check_sum(e, l, r, params, d);
	}
}

static enum unit find_unit(struct expr *e, const struct expr_param *params, struct diags *d)
{
	switch (e->op) {
	case EXPR_NUMBER:
		return e->unit;
	case EXPR_PARAM:
		return e->unit = params[e->param].value->unit;
	case EXPR_MACHINE:
		return e->unit = machine_unit(e->param);
	case EXPR_NEG:
		return e->unit = find_unit(e->l, params, d);
	default:
		return e->unit = find_binary(e, params, d);
	}
}

/* What a plain number lacks to be of a unit. */
static const char *const lacks[UNIT_MAX] = {
	[UNIT_BYTES] = "a size needs a unit: B, K, M, G or T",
	[UNIT_DUR] = "a duration needs a unit: ns, us, ms, s, min or h",
	[UNIT_PERCENT] = "a percentage needs its sign: %",
	[UNIT_BPS] = "a rate of bytes needs a unit: B/s, K/s, M/s or G/s",
	[UNIT_PER_SEC] = "a rate of operations needs a unit: /s",
};

static void misfit(const struct expr *e, enum unit have, enum unit want, struct diags *d)
{
	struct pos pos = expr_start(e);

	if (have == UNIT_COUNT && lacks[want])
		diag_add(d, pos, NULL, "%s", lacks[want]);
	else if (want == UNIT_PAGES)
		diag_add(d, pos, NULL, "this is %s; wanted is a number of pages or a size",
			 unit_name(have));
	else
		diag_add(d, pos, NULL, "this is %s; wanted is %s", unit_name(have),
			 want == UNIT_BYTES ? "a size" : unit_name(want));
}

enum unit expr_check(struct expr *e, enum unit want, const struct expr_param *params,
		     struct diags *d)
{
	enum unit have = find_unit(e, params, d);

	if (have == UNIT_NONE || want == UNIT_NONE || have == want)
		return have;
	if (expr_is_zero(e, params))
		return want;
	if (want == UNIT_PAGES && (have == UNIT_BYTES || have == UNIT_COUNT))
		return have;
	misfit(e, have, want, d);
	return UNIT_NONE;
}
