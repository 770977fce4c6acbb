/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Quantities of a profile: "64M", "2 x $limit", "25% of MemAvailable", "$size / 4K + 3", "30s".
 *   sum    = ["+"|"-"] term (("+"|"-") term)*
 *   term   = factor (("x"|"*"|"/") factor)*
 *   factor = value ["of" term]
 *   value  = NUMBER[unit] | "$"param | machine name | "(" sum ")"
 * Parsed and unit-checked without a machine, evaluated by the plan with one. Sizes in pages and
 * bytes convert; bytes / bytes is a count; a duration never meets a size.
 */
#ifndef MT_PROFILE_EXPR_H
#define MT_PROFILE_EXPR_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/units.h"
#include "profile/diag.h"

enum expr_op {
	EXPR_NUMBER,
	EXPR_PARAM,
	EXPR_MACHINE,
	EXPR_ADD,
	EXPR_SUB,
	EXPR_MUL,
	EXPR_DIV,
	EXPR_NEG,
	EXPR_PERCENT_OF
};

struct expr {
	enum expr_op op;
	struct pos pos;
	int64_t value;	/* EXPR_NUMBER */
	enum unit unit; /* EXPR_NUMBER; of the whole after expr_check() */
	int param;	/* EXPR_PARAM: index; EXPR_MACHINE: row of expr_machine_names */
	struct expr *l, *r;
	bool constant; /* no machine name in it, also not through a param */
	unsigned cost; /* parts to evaluate, params written out */
};

#define EXPR_TEXT_MAX 256
#define EXPR_COST_MAX 10000

struct expr_param {
	const char *name;
	struct pos pos;
	const char *text; /* value as written */
	struct expr *value;
};

/* Numbers of the machine that a quantity may name. */
enum machine_number {
	MN_MEM_TOTAL,
	MN_MEM_AVAILABLE,
	MN_MEM_FREE,
	MN_MEM_MAX,
	MN_SWAP_TOTAL,
	MN_CPUS,
	MN_NODES,
	MN_PAGE_SIZE,
	MN_MAX
};
extern const char
	*const expr_machine_names[]; /* MemTotal MemAvailable MemFree MemMax SwapTotal ... */

struct expr_env {
	const struct expr_param *params;
	size_t n_params;
	int64_t machine[MN_MAX]; /* bytes or counts */
};

/*
 * Parse text that stands at pos (for diagnostics inside it). Unknown params and names are
 * diagnosed. Returns NULL after a diagnostic.
 */
struct expr *expr_parse(struct arena *a, const char *text, struct pos pos,
			const struct expr_param *params, size_t n_params, struct diags *d);
/* True for a plain 0, also through params: it fits every unit. */
bool expr_is_zero(const struct expr *e, const struct expr_param *params);
/* The first character's position. */
struct pos expr_start(const struct expr *e);
/*
 * The unit of an expression, after checking that its parts go together and that it fits want (a
 * plain 0 fits any; UNIT_PAGES takes bytes and counts; UNIT_NONE: anything). UNIT_NONE after a
 * diagnostic.
 */
enum unit expr_check(struct expr *e, enum unit want, const struct expr_param *params,
		     struct diags *d);
/*
 * The value, in want's base. -ERANGE (overflow, division by 0) or -EINVAL with a sentence. When
 * want is UNIT_PAGES bytes become pages, rounded down.
 */
int expr_eval(const struct expr *e, enum unit want, const struct expr_env *env, int64_t *ret,
	      struct err *err);

#endif
