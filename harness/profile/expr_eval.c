/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The value of a quantity. Each step is exact or an error: a wrong limit must not be tried out. */
#include "profile/expr.h"

#include <errno.h>

static int overflow(struct err *err)
{
	return err_set_class(err, ERR_USAGE, -ERANGE, "the quantity does not fit 63 bits");
}

static int quotient(int64_t l, int64_t r, int64_t *ret, struct err *err)
{
	if (r == 0)
		return err_set_class(err, ERR_USAGE, -ERANGE, "division by 0");
	if (l == INT64_MIN && r == -1)
		return overflow(err);
	*ret = l / r;
	return 0;
}

/* l is in thousandths of one per cent. Rounded towards 0. */
static int percent_of(int64_t l, int64_t r, int64_t *ret, struct err *err)
{
	__int128 v = (__int128)l * r / 100000;

	if (v > INT64_MAX || v < -INT64_MAX)
		return overflow(err);
	*ret = (int64_t)v;
	return 0;
}

static int eval(const struct expr *e, const struct expr_env *env, int64_t *ret, struct err *err);

static int eval_binary(const struct expr *e, const struct expr_env *env, int64_t *ret,
		       struct err *err)
{
	int64_t a = 0, b = 0;
	int r = eval(e->l, env, &a, err);

	if (r == 0)
		r = eval(e->r, env, &b, err);
	if (r < 0)
		return r;
	switch (e->op) {
	case EXPR_ADD:
		return __builtin_add_overflow(a, b, ret) ? overflow(err) : 0;
	case EXPR_SUB:
		return __builtin_sub_overflow(a, b, ret) ? overflow(err) : 0;
	case EXPR_MUL:
		return __builtin_mul_overflow(a, b, ret) ? overflow(err) : 0;
	case EXPR_DIV:
		return quotient(a, b, ret, err);
	default:
		return percent_of(a, b, ret, err);
	}
}

static int eval(const struct expr *e, const struct expr_env *env, int64_t *ret, struct err *err)
{
	int r;

	switch (e->op) {
	case EXPR_NUMBER:
		*ret = e->value;
		return 0;
	case EXPR_PARAM:
		return eval(env->params[e->param].value, env, ret, err);
	case EXPR_MACHINE:
		*ret = env->machine[e->param];
		return 0;
	case EXPR_NEG:
		r = eval(e->l, env, ret, err);
		if (r == 0 && __builtin_sub_overflow(0, *ret, ret))
			return overflow(err);
		return r;
	default:
		return eval_binary(e, env, ret, err);
	}
}

int expr_eval(const struct expr *e, enum unit want, const struct expr_env *env, int64_t *ret,
	      struct err *err)
{
	int r = eval(e, env, ret, err);

	if (r < 0 || want != UNIT_PAGES || e->unit != UNIT_BYTES)
		return r;
	if (env->machine[MN_PAGE_SIZE] <= 0)
		return err_set(err, -EINVAL, "the machine's page size is not known");
	*ret /= env->machine[MN_PAGE_SIZE];
	return 0;
}
