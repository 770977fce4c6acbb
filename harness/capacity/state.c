/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What has been probed so far, in a file, so that a search of hours can be cut short and go on. */
#include <errno.h>
#include <jansson.h>
#include <math.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/words.h"
#include "capacity/capacity.h"

#define STATE_SCHEMA "memtrial-capacity-state"

/* What must be the same for probes to be worth anything. */
static const char *key_of(const struct study *s, struct arena *a)
{
	const struct study_config *c = &s->config;
	const char *key =
		arena_printf(a, "%s %s %s %s %lld..%lld %g swap %lld metric %s kernel %s",
			     questions[c->question].word, c->command ? "command" : c->param,
			     c->command ? c->command : c->profile, c->trial.base, (long long)c->low,
			     (long long)c->high, c->resolution, (long long)c->swap_max,
			     c->regex ? c->regex : "-", c->plan->machine->release);

	if (c->question != ASK_LIMIT)
		key = arena_printf(a, "%s within %lld %s %lld", key, (long long)c->room,
				   c->protect_min ? "min" : "low", (long long)c->protect);
	if (c->search_high)
		key = arena_printf(a, "%s high", key);
	for (size_t i = 0; i < c->n_set; i++)
		key = arena_printf(a, "%s %s=%s", key, c->set[i].name, c->set[i].value);
	for (int i = 0; i < s->n_objectives; i++)
		key = arena_printf(a, "%s slo %s", key, s->objectives[i].text);
	return key;
}

static json_t *real_or_null(double v)
{
	return isfinite(v) ? json_real(v) : json_null();
}

static json_t *value_or_null(int64_t v)
{
	return v == VALUE_ABSENT || v == VALUE_MAX ? json_null() : json_integer(v);
}

static json_t *write_probes(const struct study *s, const struct probe *list, size_t n)
{
	json_t *all = json_array();

	for (size_t i = 0; i < n; i++) {
		const struct probe *p = &list[i];
		json_t *numbers = json_array();

		for (int o = 0; o < s->n_objectives; o++)
			json_array_append_new(numbers, real_or_null(p->number[o]));
		json_array_append_new(
			all,
			json_pack("{s:o, s:s, s:I, s:o, s:o, s:o, s:o, s:o, s:o, s:I, s:o}",
				  "value", value_or_null(p->value), "outcome",
				  probe_words[p->outcome], "exit_code", (json_int_t)p->exit_code,
				  "runtime_ns", value_or_null(p->runtime_ns), "refaults",
				  value_or_null(p->refaults), "majfaults",
				  value_or_null(p->majfaults), "peak", value_or_null(p->peak),
				  "psi_some", real_or_null(p->psi_some), "psi_full",
				  real_or_null(p->psi_full), "took_ns", (json_int_t)p->took_ns,
				  "numbers", numbers));
	}
	return all;
}

int state_save(const struct study *s, struct err *err)
{
	const char *path = s->config.state;
	struct arena a = {0};
	json_t *root = json_pack("{s:s, s:i, s:s, s:o, s:o}", "schema", STATE_SCHEMA, "version", 1,
				 "of", key_of(s, &a), "references",
				 write_probes(s, s->references, s->n_references), "probes",
				 write_probes(s, s->probes, s->n_probes));
	const char *tmp = arena_printf(&a, "%s.tmp-%d", path, (int)getpid());
	int r = root && json_dump_file(root, tmp, JSON_INDENT(1) | JSON_REAL_PRECISION(17)) == 0
			? 0
			: -EIO;

	if (r == 0 && rename(tmp, path) < 0)
		r = -errno;
	if (r < 0)
		unlink(tmp);
	json_decref(root);
	arena_free(&a);
	return r < 0 ? err_errno(err, r, "cannot keep the state in %s", path) : 0;
}

static int64_t get_value(const json_t *o, const char *key, int64_t otherwise)
{
	const json_t *v = json_object_get(o, key);

	return json_is_integer(v) ? (int64_t)json_integer_value(v) : otherwise;
}

static double get_real(const json_t *v)
{
	return json_is_number(v) ? json_number_value(v) : NAN;
}

static bool read_probe(const json_t *o, const struct study *s, struct probe *p)
{
	const char *word = json_string_value(json_object_get(o, "outcome"));
	const json_t *numbers = json_object_get(o, "numbers");

	*p = (struct probe){
		.value = get_value(o, "value", VALUE_MAX),
		.outcome = word ? word_index(probe_words, PROBE_MAX, word) : -1,
		.exit_code = get_value(o, "exit_code", 0),
		.runtime_ns = get_value(o, "runtime_ns", VALUE_ABSENT),
		.refaults = get_value(o, "refaults", VALUE_ABSENT),
		.majfaults = get_value(o, "majfaults", VALUE_ABSENT),
		.peak = get_value(o, "peak", VALUE_ABSENT),
		.psi_some = get_real(json_object_get(o, "psi_some")),
		.psi_full = get_real(json_object_get(o, "psi_full")),
		.took_ns = get_value(o, "took_ns", 0),
		.broke = -1,
	};
	for (int i = 0; i < s->n_objectives; i++)
		p->number[i] = get_real(json_array_get(numbers, (size_t)i));
	return p->outcome >= 0 && json_array_size(numbers) == (size_t)s->n_objectives;
}

static int read_probes(struct study *s, const json_t *all, struct probe **list, size_t *n,
		       bool limited)
{
	for (size_t i = 0; i < json_array_size(all); i++) {
		struct probe p;

		if (!read_probe(json_array_get(all, i), s, &p) || limited != (p.value != VALUE_MAX))
			return -EINVAL;
		for (int o = 0; o < s->n_objectives; o++)
			if (p.outcome == PROBE_FINISHED && isnan(p.number[o]))
				return -EINVAL;
		*arena_push(&s->arena, *list, *n) = p;
	}
	return json_is_array(all) ? 0 : -EINVAL;
}

static int take(struct study *s, const json_t *root, struct err *err)
{
	const char *path = s->config.state;
	const char *schema = json_string_value(json_object_get(root, "schema"));
	const char *of = json_string_value(json_object_get(root, "of"));

	if (!schema || !str_eq(schema, STATE_SCHEMA) || get_value(root, "version", 0) != 1)
		return err_set_class(err, ERR_USAGE, -EINVAL,
				     "--state: %s is no state of this version of memtrial", path);
	if (!of || !str_eq(of, key_of(s, &s->arena)))
		return err_set_class(err, ERR_USAGE, -EINVAL,
				     "--state: %s is of another search; it was: %s", path,
				     of ? of : "?");
	if (read_probes(s, json_object_get(root, "references"), &s->references, &s->n_references,
			false) < 0 ||
	    read_probes(s, json_object_get(root, "probes"), &s->probes, &s->n_probes, true) < 0)
		return err_set_class(err, ERR_USAGE, -EINVAL, "--state: %s: a run in it is no run",
				     path);
	study_weigh(s);
	s->resumed = (int)(s->n_references + s->n_probes);
	return 0;
}

int state_load(struct study *s, struct err *err)
{
	const char *path = s->config.state;
	json_error_t why;
	json_t *root;
	int r;

	if (access(path, F_OK) < 0 && errno == ENOENT)
		return 0;
	root = json_load_file(path, 0, &why);
	if (!root)
		return err_set_class(err, ERR_USAGE, -EINVAL, "--state: %s: %s", path, why.text);
	r = take(s, root, err);
	json_decref(root);
	return r;
}
