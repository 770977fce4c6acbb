/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How many faults were injected: three columns for each kind that the plan has. */
#include <stdio.h>

#include "base/cleanup.h"
#include "trial/sources.h"
#include "trial/trial_state.h"

static const char *const numbers[] = {"injected", "armed", "idle"};

static void read_faults(struct sources *ss, struct source *s, int64_t *values)
{
	const struct fault_count *c = &ss->trial->fault_count[s->object];

	values[s->first] = faults_injected(ss->trial, (size_t)s->object);
	values[s->first + 1] = c->armed;
	values[s->first + 2] = c->idle;
}

static bool plan_has(const struct plan *plan, const struct fault_kind *kind)
{
	for (size_t i = 0; i < plan->spec.n_phases; i++)
		for (size_t j = 0; j < plan->phases[i].n_actions; j++) {
			const struct plan_action *act = &plan->phases[i].actions[j];

			if (act->kind == ACT_FAULT && act->fault.kind == kind)
				return true;
		}
	return false;
}

int sources_faults(struct sources *ss, struct err *err)
{
	char name[METRIC_NAME_MAX];

	(void)err;
	for (int k = 0; fault_kinds[k].name; k++) {
		struct source *s;

		if (!plan_has(ss->trial->plan, &fault_kinds[k]))
			continue;
		s = source_add(ss, ARRAY_SIZE(numbers));
		s->object = k;
		s->read = read_faults;
		for (size_t i = 0; i < ARRAY_SIZE(numbers); i++) {
			snprintf(name, sizeof(name), "faults.%s.%s", fault_kinds[k].name,
				 numbers[i]);
			source_column(ss, s->first + i, name, UNIT_COUNT);
		}
	}
	return 0;
}
