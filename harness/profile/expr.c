/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The grammar of quantities; units are in expr_unit.c, values in expr_eval.c. */
#include "profile/expr.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/words.h"

#define DEPTH_MAX 32 /* parentheses: the parser descends by recursion */

#define MACHINE_NAMES "MemTotal, MemAvailable, MemFree, MemMax, SwapTotal, cpus, nodes, page_size"

const char *const expr_machine_names[] = {"MemTotal", "MemAvailable", "MemFree",
					  "MemMax",   "SwapTotal",    "cpus",
					  "nodes",    "page_size",    NULL};

_Static_assert(ARRAY_SIZE(expr_machine_names) == MN_MAX + 1, "a name for each machine number");

struct parser {
	struct arena *arena;
	const char *text, *p;
	struct pos pos;
	const struct expr_param *params;
	size_t n_params;
	struct diags *diags;
	int depth;
};

static struct expr *parse_sum(struct parser *ps);
static struct expr *parse_term(struct parser *ps);

static struct pos part(const struct parser *ps, const char *from, const char *to)
{
	return pos_part(ps->pos, ps->text, from, to);
}

static bool is_word(char c)
{
	return isalnum((unsigned char)c) || c == '_';
}

static void skip_blanks(struct parser *ps)
{
	while (*ps->p == ' ')
		ps->p++;
}

/* The end of the run of letters, digits and underscores at s. */
static const char *word_end(const char *s)
{
	while (is_word(*s))
		s++;
	return s;
}

static struct expr *new_expr(struct parser *ps, enum expr_op op, const char *from, const char *to)
{
	struct expr *e = arena_alloc(ps->arena, sizeof(*e));

	e->op = op;
	e->pos = part(ps, from, to);
	e->constant = true;
	e->cost = 1;
	return e;
}

static void adopt(struct expr *e, const struct expr *part_of)
{
	if (!part_of)
		return;
	e->constant = e->constant && part_of->constant;
	e->cost += part_of->cost;
}

static struct expr *new_binary(struct parser *ps, enum expr_op op, const char *at, size_t len,
			       struct expr *l, struct expr *r)
{
	struct expr *e = new_expr(ps, op, at, at + len);

	e->l = l;
	e->r = r;
	adopt(e, l);
	adopt(e, r);
	return e;
}

/* "64m": the nearest suffix that there is. */
static const char *suffix_hint(struct parser *ps, const char *suffix)
{
	static const char *const suffixes[] = {"B", "K",   "KB",  "KiB", "M",  "MB", "MiB",
					       "G", "GB",  "GiB", "T",	 "ns", "us", "ms",
					       "s", "min", "h",	  "M/s", "/s"};
	struct nearest near = {.want = suffix};

	for (size_t i = 0; i < ARRAY_SIZE(suffixes); i++)
		nearest_offer(&near, suffixes[i]);
	if (near.best)
		return diag_did_you_mean(ps->diags, near.best);
	return "units: B K M G T, ns us ms s min h, %, /s";
}

static void number_error(struct parser *ps, const char *from, const char *to, int code)
{
	const char *suffix = from + strspn(from, "0123456789.");
	int len = (int)MIN(to - from, 64);

	if (code == -ENOENT && suffix < to) {
		const char *word = arena_strndup(ps->arena, suffix, (size_t)(to - suffix));

		diag_add(ps->diags, part(ps, suffix, to), suffix_hint(ps, word),
			 "\"%.32s\" is no unit", word);
	} else if (code == -ERANGE && memchr(from, '.', (size_t)len)) {
		diag_add(ps->diags, part(ps, from, to),
			 "a plain number is whole; for parts write a percentage: 150% of ...",
			 "%.*s has a fraction that its unit cannot hold", len, from);
	} else if (code == -ERANGE) {
		diag_add(ps->diags, part(ps, from, to), NULL, "%.*s is too large", len, from);
	} else {
		diag_add(ps->diags, part(ps, from, to), NULL, "%.*s is no number", len, from);
	}
}

/* The end of NUMBER[unit]. The x of "2 x 4M" may stand without blanks: it is no unit. */
static const char *number_end(const char *s)
{
	s += strspn(s, "0123456789.");
	if (*s == 'x')
		return s;
	if (*s == '%')
		return s + 1;
	while (isalpha((unsigned char)*s))
		s++;
	if (s[0] == '/' && s[1] == 's' && !is_word(s[2]))
		s += 2;
	return s;
}

static struct expr *parse_number(struct parser *ps)
{
	const char *from = ps->p, *to = number_end(from);
	struct expr *e = new_expr(ps, EXPR_NUMBER, from, to);
	int r = quantity_parse(from, (size_t)(to - from), &e->value, &e->unit);

	if (r < 0) {
		number_error(ps, from, to, r);
		return NULL;
	}
	ps->p = to;
	return e;
}

static struct expr *unknown_param(struct parser *ps, const char *from, const char *to,
				  const char *name)
{
	struct nearest near = {.want = name};
	const char *hint = "a param is defined before it is used";

	for (size_t i = 0; i < ps->n_params; i++)
		nearest_offer(&near, ps->params[i].name);
	if (near.best)
		hint = arena_printf(ps->arena, "did you mean \"$%s\"?", near.best);
	diag_add(ps->diags, part(ps, from, to), hint, "there is no param \"%.64s\"", name);
	return NULL;
}

static struct expr *parse_param(struct parser *ps)
{
	const char *from = ps->p, *to = word_end(from + 1);
	const char *name = arena_strndup(ps->arena, from + 1, (size_t)(to - from - 1));

	ps->p = to;
	for (size_t i = 0; i < ps->n_params; i++) {
		struct expr *e;

		if (!str_eq(ps->params[i].name, name))
			continue;
		if (!ps->params[i].value) /* was diagnosed where it stands */
			return NULL;
		e = new_expr(ps, EXPR_PARAM, from, to);
		e->param = (int)i;
		adopt(e, ps->params[i].value);
		return e;
	}
	return unknown_param(ps, from, to, name);
}

static struct expr *parse_name(struct parser *ps)
{
	const char *from = ps->p, *to = word_end(from);
	const char *name = arena_strndup(ps->arena, from, (size_t)(to - from)), *hint;
	struct nearest near = {.want = name};
	int i = word_index(expr_machine_names, MN_MAX, name);
	struct expr *e;

	ps->p = to;
	if (i >= 0) {
		e = new_expr(ps, EXPR_MACHINE, from, to);
		e->param = i;
		e->constant = false;
		return e;
	}
	for (i = 0; i < MN_MAX; i++)
		nearest_offer(&near, expr_machine_names[i]);
	hint = diag_did_you_mean(ps->diags, near.best);
	for (size_t j = 0; !hint && j < ps->n_params; j++)
		if (str_eq(ps->params[j].name, name))
			hint = arena_printf(ps->arena, "a param is written \"$%s\"", name);
	diag_add(ps->diags, part(ps, from, to),
		 hint ? hint : "names of the machine: " MACHINE_NAMES,
		 "\"%.64s\" is neither a number nor a name of the machine", name);
	return NULL;
}

static struct expr *parse_parentheses(struct parser *ps)
{
	const char *open = ps->p++;
	struct expr *e;

	if (++ps->depth > DEPTH_MAX) {
		diag_add(ps->diags, part(ps, open, open + 1), NULL,
			 "more than %d parentheses in each other", DEPTH_MAX);
		return NULL;
	}
	e = parse_sum(ps);
	ps->depth--;
	if (!e)
		return NULL;
	skip_blanks(ps);
	if (*ps->p != ')') {
		diag_add(ps->diags, part(ps, open, open + 1), NULL,
			 "this parenthesis is not closed");
		return NULL;
	}
	ps->p++;
	return e;
}

/* The character at p as text, whole also when it has several bytes. */
static const char *char_at(struct parser *ps, const char *p, const char **ret_end)
{
	const char *end = p + 1;

	while (((unsigned char)*end & 0xc0) == 0x80)
		end++;
	*ret_end = end;
	return arena_strndup(ps->arena, p, (size_t)(end - p));
}

static struct expr *parse_value(struct parser *ps)
{
	const char *end, *what;

	skip_blanks(ps);
	if (isdigit((unsigned char)*ps->p))
		return parse_number(ps);
	if (*ps->p == '$')
		return parse_param(ps);
	if (isalpha((unsigned char)*ps->p))
		return parse_name(ps);
	if (*ps->p == '(')
		return parse_parentheses(ps);
	if (!*ps->p) {
		diag_add(ps->diags, part(ps, ps->p, ps->p), NULL, "a quantity is missing here");
		return NULL;
	}
	what = char_at(ps, ps->p, &end);
	diag_add(ps->diags, part(ps, ps->p, end), NULL, "a quantity cannot begin with \"%s\"",
		 what);
	return NULL;
}

/*
 * What follows "of" is a whole term: "25% of 2 x 3M" is a quarter of 6M. The other reading,
 * (25% of 2) x 3M, is the same number but would be rounded on its way, to 0.
 */
static struct expr *parse_factor(struct parser *ps)
{
	struct expr *l = parse_value(ps), *r;
	const char *at;

	if (!l)
		return NULL;
	skip_blanks(ps);
	at = ps->p;
	if (!str_starts(at, "of") || is_word(at[2]))
		return l;
	ps->p += 2;
	if (++ps->depth > DEPTH_MAX) {
		diag_add(ps->diags, part(ps, at, at + 2), NULL, "more than %d \"of\" in a row",
			 DEPTH_MAX);
		return NULL;
	}
	r = parse_term(ps);
	ps->depth--;
	return r ? new_binary(ps, EXPR_PERCENT_OF, at, 2, l, r) : NULL;
}

static bool term_operator(const char *p, enum expr_op *ret)
{
	if (*p == '/')
		*ret = EXPR_DIV;
	else if (*p == '*' || (*p == 'x' && !isalpha((unsigned char)p[1])))
		*ret = EXPR_MUL;
	else
		return false;
	return true;
}

static struct expr *parse_term(struct parser *ps)
{
	struct expr *e = parse_factor(ps);
	enum expr_op op;

	while (e) {
		const char *at;
		struct expr *r;

		skip_blanks(ps);
		at = ps->p;
		if (!term_operator(at, &op))
			return e;
		ps->p++;
		r = parse_factor(ps);
		e = r ? new_binary(ps, op, at, 1, e, r) : NULL;
	}
	return NULL;
}

static struct expr *parse_sign(struct parser *ps)
{
	const char *at;
	struct expr *e;

	skip_blanks(ps);
	at = ps->p;
	if (*at == '+' || *at == '-')
		ps->p++;
	e = parse_term(ps);
	return e && *at == '-' ? new_binary(ps, EXPR_NEG, at, 1, e, NULL) : e;
}

static struct expr *parse_sum(struct parser *ps)
{
	struct expr *e = parse_sign(ps);

	while (e) {
		const char *at;
		struct expr *r;

		skip_blanks(ps);
		at = ps->p;
		if (*at != '+' && *at != '-')
			return e;
		ps->p++;
		r = parse_term(ps);
		e = r ? new_binary(ps, *at == '+' ? EXPR_ADD : EXPR_SUB, at, 1, e, r) : NULL;
	}
	return NULL;
}

static bool is_whole(struct parser *ps)
{
	const char *end;

	skip_blanks(ps);
	if (!*ps->p)
		return true;
	end = word_end(ps->p);
	if (end == ps->p)
		char_at(ps, ps->p, &end);
	diag_add(ps->diags, part(ps, ps->p, end), NULL,
		 "\"%.*s\" is not understood after a quantity", (int)MIN(end - ps->p, 64), ps->p);
	return false;
}

struct expr *expr_parse(struct arena *a, const char *text, struct pos pos,
			const struct expr_param *params, size_t n_params, struct diags *d)
{
	struct parser ps = {.arena = a,
			    .text = text,
			    .p = text,
			    .pos = pos,
			    .params = params,
			    .n_params = n_params,
			    .diags = d};
	struct expr *e;

	if (strlen(text) > EXPR_TEXT_MAX) {
		diag_add(d, pos, NULL, "a quantity has at most %d characters", EXPR_TEXT_MAX);
		return NULL;
	}
	e = parse_sum(&ps);
	if (!e || !is_whole(&ps))
		return NULL;
	/* Params that use params can double with each line. */
	if (e->cost > EXPR_COST_MAX) {
		diag_add(d, pos, NULL, "with its params written out this has more than %d parts",
			 EXPR_COST_MAX);
		return NULL;
	}
	return e;
}
