/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A constraint that can never fail checks nothing, and one that can never hold says nothing: both
 * are mistakes. What is judged here needs no machine; no metric but a difference is below 0, only
 * its change can be.
 */
#include "profile/decode.h"

#define WHOLE_PERCENT 100000 /* thousandths of one per cent */

/* A constraint in numbers, as far as they are constant. */
struct numbers {
	bool has_a, has_b, has_slack;
	int64_t a, b, slack;
};

/* Bytes are not compared with pages: they need the machine's page size. */
static bool value_in(struct decoder *dc, const struct expr *e, const struct expr *unit_of,
		     int64_t *ret)
{
	return constant_value(dc, e, ret) && (*ret == 0 || e->unit == unit_of->unit);
}

static int64_t magnitude(int64_t v)
{
	return v == INT64_MIN ? INT64_MAX : v < 0 ? -v : v;
}

static struct numbers find_numbers(struct decoder *dc, const struct constraint *c)
{
	struct numbers n = {.has_slack = !c->slack};

	n.has_a = value_in(dc, c->a, c->a, &n.a);
	n.has_b = c->b && value_in(dc, c->b, c->a, &n.b);
	if (c->slack_percent && n.has_a && constant_value(dc, c->slack, &n.slack)) {
		n.slack = (int64_t)((__int128)magnitude(n.a) * n.slack / WHOLE_PERCENT);
		n.has_slack = true;
	} else if (c->slack && !c->slack_percent) {
		n.has_slack = value_in(dc, c->slack, c->a, &n.slack);
	}
	return n;
}

static bool is_unlimited(const struct expr *e)
{
	return e && e->op == EXPR_NUMBER && e->value == VALUE_MAX;
}

static bool never_fails(struct decoder *dc, struct pos pos, const char *why)
{
	diag_add(dc->diags, pos, NULL, "this can never fail: %s", why);
	return false;
}

static bool check_slack(struct decoder *dc, const struct constraint *c)
{
	int64_t v;

	if (!c->slack || !constant_value(dc, c->slack, &v))
		return true;
	if (v < 0) {
		diag_add(dc->diags, expr_start(c->slack), NULL,
			 "a ± below 0 leaves no value at all");
		return false;
	}
	if (c->slack_percent && v >= WHOLE_PERCENT) {
		diag_add(dc->diags, expr_start(c->slack), NULL,
			 "± 100%% or more of what is expected checks nothing");
		return false;
	}
	if (c->slack_percent && expr_is_zero(c->a, dc->p->params) &&
	    (!c->b || expr_is_zero(c->b, dc->p->params))) {
		diag_add(dc->diags, expr_start(c->slack), "write a quantity: ± 1M",
			 "a percentage of 0 is 0");
		return false;
	}
	return true;
}

static bool check_max(struct decoder *dc, const struct constraint *c)
{
	if (is_unlimited(c->b) || (is_unlimited(c->a) && c->kind == C_AT_MOST))
		return never_fails(dc, is_unlimited(c->b) ? c->b->pos : c->a->pos,
				   "nothing is above \"max\"");
	if (!is_unlimited(c->a) || !c->slack)
		return true;
	diag_add(dc->diags, expr_start(c->slack), NULL, "\"max\" is no number: it has no ±");
	return false;
}

/* The lower edge is at 0 or below: what never falls below 0 is always above it. */
static bool is_free_below(const struct metric *m, const struct constraint *c,
			  const struct numbers *n)
{
	int64_t edge;

	if (c->kind != C_AT_LEAST || !n->has_a || !n->has_slack)
		return false;
	if ((c->delta && !(m->flags & MF_COUNTER)) || (m->flags & MF_SIGNED))
		return false;
	return __builtin_sub_overflow(n->a, n->slack, &edge) || edge <= 0;
}

static bool is_of_machine(const struct metric *m)
{
	return m->origin == MO_VMSTAT || m->origin == MO_PSI || m->origin == MO_ZONE;
}

static bool check_counter(struct decoder *dc, const struct metric *m, const struct constraint *c)
{
	if (c->delta || !(m->flags & MF_COUNTER) || !is_of_machine(m))
		return true;
	diag_add(dc->diags, c->text.pos, "with a sign it is the change since the baseline",
		 "%s counts since boot: write a sign", m->name);
	return false;
}

void check_constraint(struct decoder *dc, const struct metric *metric, struct constraint *c)
{
	struct numbers n;

	if (!check_counter(dc, metric, c) || !check_max(dc, c) || !check_slack(dc, c))
		return;
	n = find_numbers(dc, c);
	if (c->kind == C_RANGE && n.has_a && n.has_b && n.a > n.b)
		diag_add(dc->diags, c->text.pos, "the smaller number stands first",
			 "the range is empty");
	else if (is_free_below(metric, c, &n))
		never_fails(dc, c->text.pos,
			    c->delta ? "this counter never falls" : "this metric is never below 0");
}
