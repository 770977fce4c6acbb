/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "profile/expr.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <string.h>

#include "base/cleanup.h"

/* A machine of round numbers, and params as a profile would have them. */
struct world {
	struct arena arena;
	struct diags diags;
	struct expr_param params[8];
	struct expr_env env;
};

static struct expr *parse(struct world *w, const char *text, enum unit want)
{
	struct pos pos = {.line = 1, .col = 1, .len = utf8_chars(text, text + strlen(text))};
	struct expr *e = expr_parse(&w->arena, text, pos, w->params, w->env.n_params, &w->diags);

	if (!e || expr_check(e, want, w->params, &w->diags) == UNIT_NONE)
		return NULL;
	return e;
}

static void add_param(struct world *w, const char *name, const char *text)
{
	struct expr *e = parse(w, text, UNIT_NONE);

	cr_assert(e, "%s", text);
	w->params[w->env.n_params++] = (struct expr_param){.name = name, .text = text, .value = e};
}

static void world_init(struct world *w)
{
	*w = (struct world){.diags.path = "test"};
	w->env.params = w->params;
	w->env.machine[MN_MEM_TOTAL] = 16 * GIB;
	w->env.machine[MN_MEM_AVAILABLE] = 8 * GIB;
	w->env.machine[MN_MEM_FREE] = 4 * GIB;
	w->env.machine[MN_SWAP_TOTAL] = 0;
	w->env.machine[MN_CPUS] = 4;
	w->env.machine[MN_NODES] = 1;
	w->env.machine[MN_PAGE_SIZE] = 4096;
	add_param(w, "limit", "256M");
	add_param(w, "zero", "0");
	add_param(w, "twice", "2 x $limit");
	add_param(w, "third", "(MemTotal / page_size) / 3");
}

static void world_free(struct world *w)
{
	arena_free(&w->arena);
	diags_free(&w->diags);
}

static const struct good {
	const char *text;
	enum unit want, unit;
	int64_t value;
} goods[] = {
	{"64M", UNIT_BYTES, UNIT_BYTES, 64 * MIB},
	{"0", UNIT_BYTES, UNIT_BYTES, 0},
	{"0", UNIT_DUR, UNIT_DUR, 0},
	{"$zero", UNIT_BYTES, UNIT_BYTES, 0},
	{"-$zero", UNIT_DUR, UNIT_DUR, 0},
	{"1.5G", UNIT_BYTES, UNIT_BYTES, 1536 * MIB},
	{"2 x $limit", UNIT_BYTES, UNIT_BYTES, 512 * MIB},
	{"2x$limit", UNIT_BYTES, UNIT_BYTES, 512 * MIB},
	{"2x4M", UNIT_BYTES, UNIT_BYTES, 8 * MIB},
	{"$limit * 2", UNIT_BYTES, UNIT_BYTES, 512 * MIB},
	{"25% of MemAvailable", UNIT_BYTES, UNIT_BYTES, 2 * GIB},
	{"25%of MemAvailable", UNIT_BYTES, UNIT_BYTES, 2 * GIB},
	{"12.5% of 8", UNIT_COUNT, UNIT_COUNT, 1},
	{"25% of 2 x $limit", UNIT_BYTES, UNIT_BYTES, 128 * MIB},
	{"2 x 25% of $limit", UNIT_BYTES, UNIT_BYTES, 128 * MIB},
	{"50% of 50% of 1G", UNIT_BYTES, UNIT_BYTES, 256 * MIB},
	{"150% of $limit", UNIT_BYTES, UNIT_BYTES, 384 * MIB},
	{"4M + 2 x 3M", UNIT_BYTES, UNIT_BYTES, 10 * MIB},
	{"(4M + 2M) x 3", UNIT_BYTES, UNIT_BYTES, 18 * MIB},
	{"10 - 3 - 2", UNIT_COUNT, UNIT_COUNT, 5},
	{"12 / 3 / 2", UNIT_COUNT, UNIT_COUNT, 2},
	{"2 x 12 / 3", UNIT_COUNT, UNIT_COUNT, 8},
	{"$limit / 4K + 3", UNIT_COUNT, UNIT_COUNT, 65539},
	{"$limit / 3", UNIT_BYTES, UNIT_BYTES, 256 * MIB / 3},
	{"+64M", UNIT_BYTES, UNIT_BYTES, 64 * MIB},
	{"-64M", UNIT_BYTES, UNIT_BYTES, -64 * MIB},
	{"-$twice + 1B", UNIT_BYTES, UNIT_BYTES, -512 * MIB + 1},
	{"- 2 x 3 + 10", UNIT_COUNT, UNIT_COUNT, 4},
	{"0 + 4M", UNIT_BYTES, UNIT_BYTES, 4 * MIB},
	{"4M - 0", UNIT_BYTES, UNIT_BYTES, 4 * MIB},
	{"64M", UNIT_PAGES, UNIT_BYTES, 16384},
	{"4095B", UNIT_PAGES, UNIT_BYTES, 0},
	{"64", UNIT_PAGES, UNIT_COUNT, 64},
	{"$third", UNIT_COUNT, UNIT_COUNT, 16 * GIB / 4096 / 3},
	{"cpus x 64 x page_size", UNIT_BYTES, UNIT_BYTES, MIB},
	{"MemTotal - MemFree", UNIT_BYTES, UNIT_BYTES, 12 * GIB},
	{"nodes + cpus", UNIT_COUNT, UNIT_COUNT, 5},
	{"SwapTotal", UNIT_BYTES, UNIT_BYTES, 0},
	{"2 x 30s", UNIT_DUR, UNIT_DUR, 60 * NSEC_PER_SEC},
	{"1min - 500ms", UNIT_DUR, UNIT_DUR, 59500 * NSEC_PER_MSEC},
	{"200M/s", UNIT_BPS, UNIT_BPS, 200 * MIB},
	{"2 x 1000/s", UNIT_PER_SEC, UNIT_PER_SEC, 2000000},
	{"200M/s / 2", UNIT_BPS, UNIT_BPS, 100 * MIB},
	{"5%", UNIT_PERCENT, UNIT_PERCENT, 5000},
	{"  7  ", UNIT_NONE, UNIT_COUNT, 7},
	{"8388607T", UNIT_BYTES, UNIT_BYTES, 8388607LL * 1024 * GIB},
};

Test(expr, values)
{
	struct world w;

	world_init(&w);
	for (size_t i = 0; i < ARRAY_SIZE(goods); i++) {
		const struct good *g = &goods[i];
		struct expr *e = parse(&w, g->text, g->want);
		struct err err = {0};
		int64_t value = 0;

		cr_assert(e, "%s: %s", g->text, w.diags.n ? w.diags.list[0].text : "");
		cr_expect_eq(expr_check(e, g->want, w.params, &w.diags), g->unit, "%s", g->text);
		cr_expect_eq(expr_eval(e, g->want, &w.env, &value, &err), 0, "%s", g->text);
		cr_expect_eq(value, g->value, "%s: %lld", g->text, (long long)value);
	}
	cr_expect_eq(w.diags.n, 0);
	world_free(&w);
}

/* A mistake, where it stands, and a part of what is said about it. */
static const struct bad {
	const char *text;
	enum unit want;
	int col, len;
	const char *message, *hint;
} bads[] = {
	{"", UNIT_BYTES, 1, 0, "missing", NULL},
	{"64", UNIT_BYTES, 1, 2, "a size needs a unit", NULL},
	{"64", UNIT_DUR, 1, 2, "a duration needs a unit", NULL},
	{"64M", UNIT_COUNT, 1, 3, "this is bytes; wanted is a plain number", NULL},
	{"64M", UNIT_DUR, 1, 3, "wanted is a duration", NULL},
	{"3s", UNIT_PAGES, 1, 2, "a number of pages or a size", NULL},
	{"64m", UNIT_BYTES, 3, 1, "is no unit", "\"M\""},
	{"2 x 64Kb", UNIT_BYTES, 7, 2, "is no unit", "\"KB\""},
	{"$limt", UNIT_BYTES, 1, 5, "no param \"limt\"", "\"$limit\""},
	{"2 x limit", UNIT_BYTES, 5, 5, "neither a number nor a name", "\"$limit\""},
	{"25% of MemTotl", UNIT_BYTES, 8, 7, "neither", "\"MemTotal\""},
	{"64M + 3s", UNIT_BYTES, 5, 1, "cannot be added", NULL},
	{"64M - 3", UNIT_BYTES, 5, 1, "cannot be subtracted", NULL},
	{"64M x 2M", UNIT_BYTES, 5, 1, "cannot be multiplied", NULL},
	{"3s / 2M", UNIT_DUR, 4, 1, "cannot be divided", NULL},
	{"64M / 0", UNIT_BYTES, 7, 1, "division by 0", NULL},
	{"1 / 2 x 64M", UNIT_BYTES, 3, 1, "no whole number", "25% of"},
	{"25 of 64M", UNIT_BYTES, 1, 2, "a percentage", NULL},
	{"(64M", UNIT_BYTES, 1, 1, "not closed", NULL},
	{"64M)", UNIT_BYTES, 4, 1, "not understood", NULL},
	{"64M 32M", UNIT_BYTES, 5, 3, "not understood", NULL},
	{"2 x xyz", UNIT_BYTES, 5, 3, "neither", "names of the machine"},
	{"4 ± 3", UNIT_COUNT, 3, 1, "\"±\" is not understood", NULL},
	{"1.5", UNIT_COUNT, 1, 3, "has a fraction", "150% of"},
	{"99999999999999999999", UNIT_COUNT, 1, 20, "too large", NULL},
	{"max", UNIT_BYTES, 1, 3, "neither", NULL},
};

Test(expr, mistakes)
{
	for (size_t i = 0; i < ARRAY_SIZE(bads); i++) {
		const struct bad *b = &bads[i];
		const struct diag *d;
		struct world w;

		world_init(&w);
		cr_expect_null(parse(&w, b->text, b->want), "%s", b->text);
		cr_assert_eq(w.diags.n, 1, "%s: %zu", b->text, w.diags.n);
		d = &w.diags.list[0];
		cr_expect_eq(d->pos.col, b->col, "%s: column %d", b->text, d->pos.col);
		cr_expect_eq(d->pos.len, b->len, "%s: length %d", b->text, d->pos.len);
		cr_expect(strstr(d->text, b->message), "%s: %s", b->text, d->text);
		if (b->hint)
			cr_expect(d->hint && strstr(d->hint, b->hint), "%s: %s", b->text,
				  d->hint ? d->hint : "no hint");
		world_free(&w);
	}
}

static const struct {
	const char *text;
	enum unit want;
} overflows[] = {
	{"8000000T x 2", UNIT_BYTES},	      {"8000000T + 8000000T", UNIT_BYTES},
	{"-8000000T - 8000000T", UNIT_BYTES}, {"1000% of 8000000T", UNIT_BYTES},
	{"MemTotal / SwapTotal", UNIT_COUNT}, {"5 / (nodes - 1)", UNIT_COUNT},
};

Test(expr, does_not_fit)
{
	struct world w;

	world_init(&w);
	for (size_t i = 0; i < ARRAY_SIZE(overflows); i++) {
		struct expr *e = parse(&w, overflows[i].text, overflows[i].want);
		struct err err = {0};
		int64_t value;

		cr_assert(e, "%s", overflows[i].text);
		cr_expect_eq(expr_eval(e, overflows[i].want, &w.env, &value, &err), -ERANGE, "%s",
			     overflows[i].text);
		cr_expect_neq(err.text[0], '\0');
	}
	world_free(&w);
}

Test(expr, pages_need_a_page_size)
{
	struct err err = {0};
	struct world w;
	int64_t value;

	world_init(&w);
	w.env.machine[MN_PAGE_SIZE] = 0;
	cr_expect_eq(expr_eval(parse(&w, "4M", UNIT_PAGES), UNIT_PAGES, &w.env, &value, &err),
		     -EINVAL);
	cr_expect(strstr(err.text, "page size"));
	err_clear(&err);
	cr_expect_eq(expr_eval(parse(&w, "40", UNIT_PAGES), UNIT_PAGES, &w.env, &value, &err), 0);
	world_free(&w);
}

Test(expr, knows_what_is_constant)
{
	struct world w;

	world_init(&w);
	cr_expect(parse(&w, "2 x $twice - 3M", UNIT_BYTES)->constant);
	cr_expect_not(parse(&w, "cpus x 1M", UNIT_BYTES)->constant);
	cr_expect_not(parse(&w, "$third", UNIT_COUNT)->constant, "through a param");
	cr_expect(expr_is_zero(parse(&w, "-$zero", UNIT_COUNT), w.params));
	cr_expect_not(expr_is_zero(parse(&w, "1 - 1", UNIT_COUNT), w.params), "only a plain 0");
	world_free(&w);
}

Test(expr, words_of_the_machine_match_their_numbers)
{
	cr_expect_str_eq(expr_machine_names[MN_MEM_TOTAL], "MemTotal");
	cr_expect_str_eq(expr_machine_names[MN_MEM_AVAILABLE], "MemAvailable");
	cr_expect_str_eq(expr_machine_names[MN_MEM_FREE], "MemFree");
	cr_expect_str_eq(expr_machine_names[MN_SWAP_TOTAL], "SwapTotal");
	cr_expect_str_eq(expr_machine_names[MN_CPUS], "cpus");
	cr_expect_str_eq(expr_machine_names[MN_NODES], "nodes");
	cr_expect_str_eq(expr_machine_names[MN_PAGE_SIZE], "page_size");
	cr_expect_null(expr_machine_names[MN_MAX]);
}
