/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The plan for people: what would happen here, in absolute numbers. */
#include <stdio.h>

#include "plan/plan.h"

static const char *fmt(char buf[QUANTITY_MAX], int64_t v, enum unit u)
{
	return quantity_format(buf, v, u);
}

/* Text, and blanks up to a column when something follows; by characters, as "±" is one. */
static void print_padded(const char *text, int width, FILE *out)
{
	for (const char *s = text; *s; s++)
		width -= (*s & 0xc0) != 0x80;
	fprintf(out, "%s%*s", text, width > 0 ? width : 0, "");
}

static void print_groups(const struct plan *plan, FILE *out)
{
	char v[QUANTITY_MAX];

	fprintf(out, "groups (below memtrial-<pid>-<n>, memory.max = %s)\n",
		fmt(v, plan->spec.fuse, UNIT_BYTES));
	for (size_t i = 0; i < plan->spec.n_groups; i++) {
		const struct spec_group *g = &plan->spec.groups[i];

		fprintf(out, g->n_knobs ? "  %-16s" : "  %s", g->path);
		for (size_t j = 0; j < g->n_knobs; j++)
			fprintf(out, "%s%s = %s", j ? ", " : " ", g->knobs[j].name,
				fmt(v, g->knobs[j].value, g->knobs[j].unit));
		fputc('\n', out);
	}
}

static void print_stressors(const struct plan *plan, FILE *out)
{
	char v[QUANTITY_MAX];

	fprintf(out, "stressors\n");
	for (size_t i = 0; i < plan->spec.n_stressors; i++) {
		const struct spec_stressor *s = &plan->spec.stressors[i];

		fprintf(out, "  %-16s %s x %d in ", s->name, s->kind, s->workers);
		for (size_t j = 0; j < s->n_groups; j++)
			fprintf(out, "%s%s", j ? ", " : "", plan->spec.groups[s->groups[j]].path);
		fprintf(out, ": %s; may use %s of memory", s->text, fmt(v, s->memory, UNIT_BYTES));
		if (s->disk)
			fprintf(out, ", %s of disk", fmt(v, s->disk, UNIT_BYTES));
		fputc('\n', out);
	}
}

static void print_check(const struct check *c, FILE *out)
{
	char a[QUANTITY_MAX], b[QUANTITY_MAX];
	char *(*f)(char *, int64_t, enum unit) =
		c->delta ? quantity_format_signed : quantity_format;

	fprintf(out, "    %-36s ", c->metric.name);
	if (c->kind == C_WORD || c->kind == C_NOT_WORD) {
		fprintf(out, "%s\n", c->text);
		return;
	}
	print_padded(c->text, 28, out);
	switch (c->kind) {
	case C_AT_MOST:
		fprintf(out, " = at most %s", f(a, c->a, c->metric.unit));
		break;
	case C_AT_LEAST:
		fprintf(out, " = at least %s", f(a, c->a, c->metric.unit));
		break;
	case C_RANGE:
		fprintf(out, " = %s .. %s", f(a, c->a, c->metric.unit), f(b, c->b, c->metric.unit));
		break;
	default:
		fprintf(out, " = %s%s", c->kind == C_NOT ? "not " : "", f(a, c->a, c->metric.unit));
		break;
	}
	if (c->slack)
		fprintf(out, " ± %s", fmt(b, c->slack, c->metric.unit));
	fputc('\n', out);
}

static void print_checks(const struct plan *plan, int phase, FILE *out)
{
	for (size_t i = 0; i < plan->spec.n_checks; i++)
		if (plan->spec.checks[i].phase == phase)
			print_check(&plan->spec.checks[i], out);
}

void plan_print(const struct plan *plan, FILE *out)
{
	char a[QUANTITY_MAX], b[QUANTITY_MAX], d[QUANTITY_MAX];

	fprintf(out, "%s: %s\n", plan->spec.name, plan->spec.summary);
	if (plan->skip)
		fprintf(out, "SKIP here: %s\n", plan->skip);
	print_groups(plan, out);
	print_stressors(plan, out);
	fprintf(out, "at every sample (%s)\n", fmt(d, plan->spec.sample_interval_ns, UNIT_DUR));
	print_checks(plan, CHECK_ALWAYS, out);
	for (size_t i = 0; i < plan->spec.n_phases; i++) {
		fprintf(out, "phase %s: %s\n", plan->spec.phases[i].name,
			plan->spec.phases[i].action_text);
		print_checks(plan, (int)i, out);
	}
	fprintf(out, "sum: %s of memory, %s of disk, reserve %s, %d workers, at most %s\n",
		fmt(a, plan->memory_sum, UNIT_BYTES), fmt(b, plan->disk_sum, UNIT_BYTES),
		fmt(d, plan->spec.reserve, UNIT_BYTES), plan->n_workers,
		quantity_format((char[QUANTITY_MAX]){0}, plan->deadline.ns, UNIT_DUR));
}
