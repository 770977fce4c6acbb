/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "capacity/objective.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/words.h"

static const struct {
	const char *name;
	enum objective_kind kind;
	enum unit unit;
} known[] = {
	{"runtime", OBJ_RUNTIME, UNIT_DUR},
	{"majflt.rate", OBJ_MAJFLT, UNIT_PER_SEC},
	{"refault.rate", OBJ_REFAULT, UNIT_PER_SEC},
	{"psi.memory.some.avg", OBJ_PSI_SOME, UNIT_PERCENT},
	{"psi.memory.full.avg", OBJ_PSI_FULL, UNIT_PERCENT},
};

static int bad(struct err *err, const char *text, const char *what, const char *hint)
{
	return err_set_class(err, ERR_USAGE, -EINVAL, "--slo '%s': %s%s%s%s", text, what,
			     hint ? "; did you mean \"" : "", hint ? hint : "", hint ? "\"?" : "");
}

int objective_number(const char *text, const char *suffix, double *ret, enum unit *ret_unit)
{
	char unit[24], *end;
	int64_t one;

	*ret_unit = UNIT_COUNT;
	*ret = strtod(text, &end);
	if (end == text || !isfinite(*ret))
		return -EINVAL;
	end += strspn(end, " \t");
	if (!*end)
		end = (char *)suffix;
	if (!*end)
		return 0;
	/* What one of that unit is. */
	if (snprintf(unit, sizeof(unit), "1%s", end) >= (int)sizeof(unit) ||
	    quantity_parse(unit, strlen(unit), &one, ret_unit) < 0)
		return -EINVAL;
	*ret *= (double)one;
	return 0;
}

/* The parts of "name <= number"; false when it has not three. */
static bool split(struct objective *o, const char *text, const char **number)
{
	size_t n = strcspn(text, "<>= \t");
	const char *op = text + n + strspn(text + n, " \t");

	if (!n || n >= sizeof(o->name) || (!str_starts(op, "<=") && !str_starts(op, ">=")))
		return false;
	memcpy(o->name, text, n);
	o->name[n] = '\0';
	o->at_most = *op == '<';
	*number = op + 2 + strspn(op + 2, " \t");
	return **number;
}

/* What the name means. An output's number may have any name that nothing else nearly has. */
static int resolve(struct objective *o, const struct metric_names *names, bool with_output,
		   struct err *err)
{
	char nearest[METRIC_NAME_MAX];
	struct nearest near = {.want = o->name};
	struct metric m;
	struct err why = {0};

	for (size_t i = 0; i < ARRAY_SIZE(known); i++) {
		nearest_offer(&near, known[i].name);
		if (!str_eq(known[i].name, o->name))
			continue;
		o->kind = known[i].kind;
		o->unit = known[i].unit;
		return 0;
	}
	if (strpbrk(o->name, "./") && metric_parse(o->name, names, &m, nearest, &why) == 0) {
		o->kind = OBJ_METRIC;
		o->unit = m.unit;
		return m.unit == UNIT_TEXT ? bad(err, o->text, "that metric is a word", NULL) : 0;
	}
	if (near.best)
		return bad(err, o->text, "there is no such number", near.best);
	if (strpbrk(o->name, "./") && why.code)
		return bad(err, o->text, why.text, nearest[0] ? nearest : NULL);
	if (!with_output)
		return bad(err, o->text,
			   "no number has that name; one in the command's output needs --metric",
			   NULL);
	o->kind = OBJ_OUTPUT;
	o->unit = UNIT_NONE;
	return 0;
}

int objective_parse(struct objective *o, const char *text, const struct metric_names *names,
		    bool with_output, struct err *err)
{
	const char *number, *suffix;
	enum unit unit;
	int r;

	*o = (struct objective){.text = text};
	if (!split(o, text, &number))
		return bad(err, text, "an objective is NAME <= NUMBER or NAME >= NUMBER", NULL);
	if ((r = resolve(o, names, with_output, err)) < 0)
		return r;
	if (objective_number(number, "", &o->bound, &unit) < 0 || o->bound < 0)
		return bad(err, text, "what it is held against is no number such as 110% or 20ms",
			   NULL);
	suffix = number + strspn(number, "0123456789.eE+-");
	snprintf(o->suffix, sizeof(o->suffix), "%s", suffix + strspn(suffix, " \t"));
	if (unit == UNIT_PERCENT && o->unit != UNIT_PERCENT) {
		o->relative = true;
		o->bound /= 100000;
		return 0;
	}
	if (o->unit == UNIT_NONE)
		o->unit = unit;
	if (unit == o->unit)
		return 0;
	return bad(err, text,
		   o->unit == UNIT_DUR ? "it wants a duration such as 20ms, or a share such as 110%"
		   : o->unit == UNIT_PER_SEC
			   ? "it wants a rate such as 100/s, or a share such as 110%"
		   : o->unit == UNIT_PERCENT ? "it wants a percentage"
		   : o->unit == UNIT_BPS     ? "it wants bytes a second such as 20M/s, or a share"
		   : o->unit == UNIT_BYTES ? "it wants a size such as 20M, or a share such as 110%"
					   : "it wants a plain number, or a share such as 110%",
		   NULL);
}

double objective_bound(const struct objective *o, double reference)
{
	return o->relative ? o->bound * reference : o->bound;
}

bool objective_met(const struct objective *o, double value, double reference)
{
	double bound = objective_bound(o, reference);

	return o->at_most ? value <= bound : value >= bound;
}

double objective_doubt(const struct objective *o, double value, double reference, double noise)
{
	double bound = objective_bound(o, reference),
	       scale = noise * fmax(fabs(bound), fabs(value));

	if (!(scale > 0))
		return 0;
	return 0.5 * erfc(fabs(value - bound) / scale / M_SQRT2);
}
