/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What single values cannot show: references between the parts of a record, and its metrics. */
#include "record/json_fields.h"

#include <errno.h>
#include <string.h>

#include "base/cleanup.h"

/* An index of each element of a list that points into another one. The rows keep it above -3. */
struct reference {
	const char *path, *key;
	const void *list;
	size_t n, size, offset;
	size_t limit;
};

#define REFERENCE(path, list, n, member, limit)                                                    \
	{                                                                                          \
		path, #member, list, n, sizeof(*(list)), offsetof(__typeof__(*(list)), member),    \
			limit                                                                      \
	}

static int no_such(struct err *err, size_t trial, const char *path, size_t i, const char *key,
		   int n)
{
	return err_set_class(err, ERR_USAGE, -EINVAL,
			     "trials[%zu].%s[%zu].%s: there is no number %d", trial, path, i, key,
			     n);
}

static int check_references(const struct record *r, size_t trial, struct err *err)
{
	const struct spec *s = &r->spec;
	const struct reference refs[] = {
		REFERENCE("spec.phases", s->phases, s->n_phases, since, s->n_phases),
		REFERENCE("spec.checks", s->checks, s->n_checks, phase, s->n_phases),
		REFERENCE("spec.checks", s->checks, s->n_checks, since, s->n_phases),
		REFERENCE("verdicts", r->verdicts, r->n_verdicts, check, s->n_checks),
		REFERENCE("verdicts", r->verdicts, r->n_verdicts, phase, s->n_phases),
		REFERENCE("untils", r->untils, r->n_untils, phase, s->n_phases),
		REFERENCE("workers", r->workers, r->n_workers, stressor, s->n_stressors),
		REFERENCE("workers", r->workers, r->n_workers, group, s->n_groups),
		REFERENCE("events", r->events, r->n_events, phase, s->n_phases),
		REFERENCE("extremes", r->extremes, r->n_extremes, check, s->n_checks),
		REFERENCE("readings", r->readings, r->n_readings, phase, s->n_phases),
	};

	for (size_t k = 0; k < ARRAY_SIZE(refs); k++) {
		const struct reference *ref = &refs[k];

		for (size_t i = 0; i < ref->n; i++) {
			int index;

			memcpy(&index, (const char *)ref->list + i * ref->size + ref->offset,
			       sizeof(index));
			if (index >= 0 && (size_t)index >= ref->limit)
				return no_such(err, trial, ref->path, i, ref->key, index);
		}
	}
	return 0;
}

static int check_groups(const struct spec *s, size_t trial, struct err *err)
{
	for (size_t i = 0; i < s->n_groups; i++)
		if (s->groups[i].parent >= (int)i)
			return err_set_class(err, ERR_USAGE, -EINVAL,
					     "trials[%zu].spec.groups[%zu].parent: parents stand "
					     "before their children",
					     trial, i);
	for (size_t i = 0; i < s->n_stressors; i++)
		for (size_t k = 0; k < s->stressors[i].n_groups; k++)
			if ((size_t)s->stressors[i].groups[k] >= s->n_groups)
				return no_such(err, trial, "spec.stressors", i, "groups",
					       s->stressors[i].groups[k]);
	return 0;
}

static bool needs_word(const struct check *c)
{
	return c->kind == C_WORD || c->kind == C_NOT_WORD;
}

/* The metric as this version understands its name; the numbers in the file are in its unit. */
static int check_metric(struct check *c, const struct metric_names *names, const char *path,
			struct err *err)
{
	char nearest[METRIC_NAME_MAX], name[METRIC_NAME_MAX];
	enum unit unit = c->metric.unit;
	struct err why = {0};

	memcpy(name, c->metric.name, sizeof(name));
	if (metric_parse(name, names, &c->metric, nearest, &why) < 0)
		return err_set_class(err, ERR_USAGE, -EINVAL, "%s.metric: %s", path, why.text);
	if (c->metric.unit != unit)
		return err_set_class(err, ERR_USAGE, -EINVAL, "%s.unit: \"%s\" is %s", path, name,
				     unit_name(c->metric.unit));
	if (needs_word(c) && !c->word)
		return err_set_class(err, ERR_USAGE, -EINVAL, "%s.word: must be text, is null",
				     path);
	return 0;
}

static int check_metrics(struct record *r, size_t trial, struct err *err)
{
	struct spec *s = &r->spec;
	const char **groups = arena_array(&r->arena, s->n_groups, sizeof(*groups));
	const char **stressors = arena_array(&r->arena, s->n_stressors, sizeof(*stressors));
	const struct stressor **kinds = arena_array(&r->arena, s->n_stressors, sizeof(*kinds));
	const struct metric_names names = {groups, s->n_groups, stressors, kinds, s->n_stressors};

	for (size_t i = 0; i < s->n_groups; i++)
		groups[i] = s->groups[i].path;
	for (size_t i = 0; i < s->n_stressors; i++) {
		stressors[i] = s->stressors[i].name;
		kinds[i] = stressor_find(s->stressors[i].kind);
	}
	for (size_t i = 0; i < s->n_checks; i++) {
		char path[64];
		int ret;

		snprintf(path, sizeof(path), "trials[%zu].spec.checks[%zu]", trial, i);
		ret = check_metric(&s->checks[i], &names, path, err);
		if (ret < 0)
			return ret;
	}
	return 0;
}

int json_check_record(struct record *r, size_t trial, struct err *err)
{
	int ret = check_references(r, trial, err);

	if (ret == 0)
		ret = check_groups(&r->spec, trial, err);
	if (ret == 0)
		ret = check_metrics(r, trial, err);
	return ret;
}
