/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "judge/value.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/words.h"
#include "metric/derived.h"

/* Where a derived metric takes its terms from: values, or their changes when there is a base. */
struct source {
	const struct record *r;
	const struct reading *rd, *base;
};

static int64_t get_term(void *arg, const char *name)
{
	const struct source *s = arg;
	int64_t now = record_value(s->r, s->rd, name);

	return s->base ? value_minus(now, record_value(s->r, s->base, name)) : now;
}

bool value_is_ratio(const struct metric *m)
{
	return m->origin == MO_DERIVED && derived_table[m->formula].ratio;
}

int64_t value_at(const struct record *r, const struct metric *m, const struct reading *rd)
{
	struct source s = {.r = r, .rd = rd};
	int64_t v = VALUE_ABSENT;

	if (value_is_ratio(m))
		return VALUE_ABSENT;
	if (m->origin == MO_DERIVED)
		v = derived_value(&derived_table[m->formula], get_term, &s);
	return v == VALUE_ABSENT ? record_value(r, rd, m->name) : v;
}

int64_t value_minus(int64_t a, int64_t b)
{
	int64_t d;

	if (a == VALUE_ABSENT || b == VALUE_ABSENT || a == VALUE_MAX || b == VALUE_MAX)
		return VALUE_ABSENT;
	return __builtin_sub_overflow(a, b, &d) ? VALUE_ABSENT : d;
}

int64_t value_plus(int64_t a, int64_t b)
{
	int64_t sum;

	if (a == VALUE_MAX || a == VALUE_ABSENT)
		return a;
	if (__builtin_add_overflow(a, b, &sum))
		return b > 0 ? VALUE_MAX : INT64_MIN + 1;
	return sum;
}

int64_t value_change(const struct record *r, const struct metric *m, const struct reading *base,
		     const struct reading *rd)
{
	struct source s = {.r = r, .rd = rd, .base = base};

	if (value_is_ratio(m))
		return derived_value(&derived_table[m->formula], get_term, &s);
	return value_minus(value_at(r, m, rd), value_at(r, m, base));
}

int64_t value_from_bytes(const struct record *r, const struct metric *m, int64_t bytes)
{
	if (m->unit == UNIT_BYTES)
		return bytes;
	return m->flags & MF_KIB ? bytes / KIB : bytes / (r->page_size ? r->page_size : 4096);
}

int64_t value_from_pages(const struct record *r, const struct metric *m, int64_t pages)
{
	return m->unit == UNIT_BYTES ? pages * r->page_size : pages;
}

static int64_t others_change(const struct record *r, const struct metric *m,
			     const struct reading *base, const struct reading *rd)
{
	int64_t moved;

	if (!m->others)
		return 0;
	moved = value_minus(record_value(r, rd, m->others), record_value(r, base, m->others));
	return moved == VALUE_ABSENT ? 0 : value_from_bytes(r, m, moved);
}

int64_t value_others(const struct record *r, const struct metric *m, const struct reading *base,
		     const struct reading *rd)
{
	return m->others_sign * others_change(r, m, base, rd);
}

/* All its workers, at least one, had ended by then. */
static bool all_ended(const struct record *r, int group, const struct reading *rd)
{
	int n = 0;

	for (size_t i = 0; i < r->n_workers; i++) {
		const struct worker_result *w = &r->workers[i];

		if (!group_within(&r->spec, w->group, group))
			continue;
		if (w->exited_ns < 0 || w->exited_ns > rd->t_ns)
			return false;
		n++;
	}
	return n > 0;
}

int64_t value_gone(const struct record *r, const struct metric *m, const struct reading *base,
		   const struct reading *rd)
{
	const char *key = m->others ? strchr(m->others, '.') : NULL;
	int64_t sum = 0;

	for (int g = 0; key && (size_t)g < r->spec.n_groups; g++) {
		const struct spec_group *group = &r->spec.groups[g];
		char name[METRIC_NAME_MAX];
		int64_t own, less;

		/* What is above counts what is below. */
		if (!all_ended(r, g, rd) || (group->parent >= 0 && all_ended(r, group->parent, rd)))
			continue;
		snprintf(name, sizeof(name), "%s/memory.stat%s", group->path, key);
		own = record_value(r, record_reading(r, -1), name);
		less = value_minus(record_value(r, base, name), record_value(r, rd, name));
		if (own != VALUE_ABSENT && less != VALUE_ABSENT)
			sum += MAX(0, MIN(own, less));
	}
	return m->others_sign * value_from_bytes(r, m, sum);
}

int value_free_sign(const struct metric *m)
{
	static const struct metric_names none;
	const struct derived_term *t;
	char nearest[METRIC_NAME_MAX];
	int sign = 0;

	if (!(m->flags & MF_PCP) || value_is_ratio(m))
		return 0;
	if (m->origin != MO_DERIVED)
		return m->origin == MO_MEMINFO || m->origin == MO_VMSTAT || m->origin == MO_ZONE;
	for (t = derived_table[m->formula].num; t->sign; t++) {
		struct metric term;

		if (metric_parse(t->name, &none, &term, nearest, NULL) == 0)
			sign += t->sign * value_free_sign(&term);
	}
	return sign;
}

int64_t value_lists(const struct record *r, const struct metric *m, const struct reading *base,
		    const struct reading *rd)
{
	int64_t moved = value_minus(record_value(r, rd, "zoneinfo.pcp"),
				    record_value(r, base, "zoneinfo.pcp"));

	return moved == VALUE_ABSENT ? 0 : -value_free_sign(m) * value_from_pages(r, m, moved);
}

int64_t value_reported(const struct record *r, const struct metric *m, const struct reading *base,
		       const struct reading *rd)
{
	struct source now = {.r = r, .rd = rd}, before = {.r = r, .rd = base};
	const char *on = fact_value(r, "page_reporting");
	int64_t less;

	if (!on || !str_eq(on, "on") || !value_free_sign(m))
		return 0;
	less = value_minus(derived_hidden(get_term, &before, r->page_size),
			   derived_hidden(get_term, &now, r->page_size));
	return less == VALUE_ABSENT || less < HIDDEN_LEAST ? 0 : value_from_bytes(r, m, less);
}

int64_t value_others_somewhere(const struct record *r, const struct metric *m,
			       const struct reading *base, const struct reading *rd)
{
	return m->others_sign ? 0 : llabs(others_change(r, m, base, rd));
}

int64_t value_moved(const struct record *r, const struct metric *m, const struct reading *base,
		    const struct reading *rd)
{
	const struct reading *both[] = {base, rd};
	char name[METRIC_NAME_MAX];
	int64_t sum = 0, v;

	if (!m->others)
		return 0;
	snprintf(name, sizeof(name), "%s.moved", m->others);
	for (int i = 0; i < 2; i++) {
		v = both[i] ? record_value(r, both[i], name) : VALUE_ABSENT;
		if (v != VALUE_ABSENT)
			sum += v < 0 ? -v : v;
	}
	return value_from_bytes(r, m, sum);
}

const char *fact_value(const struct record *r, const char *name)
{
	for (size_t i = 0; i < r->n_facts; i++)
		if (str_eq(r->facts[i].name, name))
			return r->facts[i].value;
	return NULL;
}

const struct reading *last_reading(const struct record *r)
{
	for (size_t i = r->n_readings; i > 0; i--)
		if (r->readings[i - 1].done)
			return &r->readings[i - 1];
	return NULL;
}

const char *phase_name(const struct record *r, int phase)
{
	if (phase >= 0 && (size_t)phase < r->spec.n_phases)
		return r->spec.phases[phase].name;
	return phase == CHECK_ALWAYS ? "baseline" : "the trial";
}

bool group_within(const struct spec *s, int group, int ancestor)
{
	while (group >= 0 && (size_t)group < s->n_groups) {
		if (group == ancestor)
			return true;
		group = s->groups[group].parent;
	}
	return false;
}
