/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A study as JSON; within a version keys are only added. Sizes are bytes, times nanoseconds. */
#include <jansson.h>
#include <math.h>

#include "base/cleanup.h"
#include "capacity/inside.h"

static json_t *real_or_null(double v)
{
	return isfinite(v) ? json_real(v) : json_null();
}

static json_t *value_or_null(int64_t v)
{
	return v == VALUE_ABSENT || v == VALUE_MAX ? json_null() : json_integer(v);
}

static json_t *answer_json(const struct search *search)
{
	static const char *const where[] = {"within", "below", "above"};
	struct search_answer a;

	if (!search->probes)
		return json_null();
	search_answer(search, &a);
	return json_pack("{s:s, s:I, s:I, s:I, s:f, s:b}", "where", where[a.where], "low",
			 (json_int_t)a.low, "best", (json_int_t)a.best, "high", (json_int_t)a.high,
			 "sure", a.sure, "done", a.done);
}

static json_t *probe_json(const struct study *s, const struct probe *p)
{
	json_t *numbers = json_array();

	for (int i = 0; i < s->n_objectives; i++)
		json_array_append_new(numbers, real_or_null(p->number[i]));
	return json_pack("{s:o, s:s, s:b, s:o, s:I, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "limit",
			 value_or_null(p->value), "outcome", probe_words[p->outcome], "enough",
			 p->enough, "broke",
			 p->broke >= 0 ? json_string(s->objectives[p->broke].text) : json_null(),
			 "exit_code", (json_int_t)p->exit_code, "runtime_ns",
			 value_or_null(p->runtime_ns), "refaults", value_or_null(p->refaults),
			 "majfaults", value_or_null(p->majfaults), "peak", value_or_null(p->peak),
			 "psi_some", real_or_null(p->psi_some / 1000), "psi_full",
			 real_or_null(p->psi_full / 1000), "numbers", numbers);
}

static json_t *objectives_json(const struct study *s)
{
	json_t *all = json_array();

	for (int i = 0; i < s->n_objectives; i++) {
		const struct objective *o = &s->objectives[i];

		json_array_append_new(all,
				      json_pack("{s:s, s:s, s:o, s:o, s:o}", "text", o->text,
						"name", o->name, "bound",
						real_or_null(objective_bound(o, s->reference[i])),
						"reference", real_or_null(s->reference[i]), "noise",
						real_or_null(s->noise[i])));
	}
	return all;
}

json_t *capacity_json_of(const struct study *s)
{
	const struct study_config *c = &s->config;
	json_t *probes = json_array(), *references = json_array(), *root;

	for (size_t i = 0; i < s->n_probes; i++)
		json_array_append_new(probes, probe_json(s, &s->probes[i]));
	for (size_t i = 0; i < s->n_references; i++)
		json_array_append_new(references, probe_json(s, &s->references[i]));
	root = json_pack(
		"{s:s, s:i, s:s, s:s, s:s, s:o, s:o, s:f, s:o, s:o, s:o, s:o, s:f, s:I, s:i, s:I, "
		"s:o, s:o}",
		"schema", "memtrial-capacity", "version", 1, "question",
		questions[c->question].word, "what", c->title, "kernel", c->plan->machine->release,
		"low", value_or_null(c->low), "high", value_or_null(c->high), "resolution",
		c->resolution, "answer", answer_json(&s->search), "cliff", answer_json(&s->cliff),
		"comfortable", answer_json(&s->easy), "runtime_ns",
		s->n_references ? value_or_null(s->runtime_ns) : json_null(), "runtime_noise",
		s->runtime_noise, "n_probes", (json_int_t)s->n_probes, "bisection",
		s->search.bisect, "took_ns", (json_int_t)s->took_ns, "objectives",
		objectives_json(s), "references", references);
	json_object_set_new(root, "probes", probes);
	return root;
}

void capacity_json(const struct study *s, FILE *out)
{
	json_t *root = capacity_json_of(s);

	json_dumpf(root, out, CAPACITY_JSON_FLAGS);
	fputc('\n', out);
	json_decref(root);
}
