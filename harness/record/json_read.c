/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Lists and structs of a saved run, by the same rows as they were written. */
#include "record/json_reader.h"

#include <inttypes.h>
#include <limits.h>
#include <string.h>

static void put_pointer(const struct field *f, void *base, const void *list, size_t n)
{
	memcpy(json_field_at(f, base), &list, sizeof(list));
	memcpy((char *)base + f->count, &n, sizeof(n));
}

static int take_texts(struct reader *rd, const struct field *f, void *base, const json_t *v,
		      const struct place *p)
{
	const char **list;

	if (!json_is_array(v))
		return json_refuse_kind(rd, p, "a list", v);
	list = arena_array(rd->arena, json_array_size(v), sizeof(*list));
	for (size_t i = 0; i < json_array_size(v); i++) {
		const struct place at = {p, NULL, i};
		const json_t *s = json_array_get(v, i);

		if (!json_is_string(s))
			return json_refuse_kind(rd, &at, "text", s);
		list[i] = arena_strdup(rd->arena, json_string_value(s));
	}
	put_pointer(f, base, list, json_array_size(v));
	return 0;
}

static int take_ints(struct reader *rd, const struct field *f, void *base, const json_t *v,
		     const struct place *p)
{
	int *list;

	if (!json_is_array(v))
		return json_refuse_kind(rd, p, "a list", v);
	list = arena_array(rd->arena, json_array_size(v), sizeof(*list));
	for (size_t i = 0; i < json_array_size(v); i++) {
		const struct place at = {p, NULL, i};
		int64_t n;
		int r = json_take_number(rd, f, json_array_get(v, i), &at, INT_MAX, &n);

		if (r < 0)
			return r;
		list[i] = (int)n;
	}
	put_pointer(f, base, list, json_array_size(v));
	return 0;
}

static int take_object(struct reader *rd, const struct field *f, void *base, const json_t *v,
		       const struct place *p)
{
	return json_take_struct(rd, f->of, json_field_at(f, base), v, p);
}

/* The array grows as elements turn out to be good: a short file of rubbish takes little memory. */
static int take_list(struct reader *rd, const struct field *f, void *base, const json_t *v,
		     const struct place *p)
{
	void *list = NULL;
	size_t n = 0;

	if (!json_is_array(v))
		return json_refuse_kind(rd, p, "a list", v);
	while (n < json_array_size(v)) {
		const struct place at = {p, NULL, n};
		const json_t *element = json_array_get(v, n);
		void *to = arena_push_raw(rd->arena, &list, &n, f->of->size);
		int r = json_take_struct(rd, f->of, to, element, &at);

		if (r < 0)
			return r;
	}
	put_pointer(f, base, list, n);
	return 0;
}

static int take_terms(struct reader *rd, const struct field *f, void *base, const json_t *v,
		      const struct place *p)
{
	size_t n = json_array_size(v);

	if (!json_is_array(v))
		return json_refuse_kind(rd, p, "a list", v);
	if (n > f->size)
		return json_refuse(rd, p, "more than %zu elements", f->size);
	for (size_t i = 0; i < n; i++) {
		const struct place at = {p, NULL, i};
		void *to = (char *)json_field_at(f, base) + i * f->of->size;
		int r = json_take_struct(rd, f->of, to, json_array_get(v, i), &at);

		if (r < 0)
			return r;
	}
	memcpy((char *)base + f->count, &(int){(int)n}, sizeof(int));
	return 0;
}

static int take_facts(struct reader *rd, const struct field *f, void *base, const json_t *v,
		      const struct place *p)
{
	struct fact *facts;
	const char *key;
	json_t *value;
	size_t n = 0;

	if (!json_is_object(v))
		return json_refuse_kind(rd, p, "an object", v);
	facts = arena_array(rd->arena, json_object_size(v), sizeof(*facts));
	json_object_foreach((json_t *)v, key, value)
	{
		const struct place at = {p, key, 0};

		if (!json_is_string(value))
			return json_refuse_kind(rd, &at, "text", value);
		facts[n].name = arena_strdup(rd->arena, key);
		facts[n++].value = arena_strdup(rd->arena, json_string_value(value));
	}
	put_pointer(f, base, facts, n);
	return 0;
}

static int take_values(struct reader *rd, const json_t *v, const struct place *p, int64_t *list,
		       size_t stride)
{
	for (size_t i = 0; i < json_array_size(v); i++) {
		const struct place at = {p, NULL, i};
		int r = json_value_of(rd, json_array_get(v, i), &at, &list[i * stride]);

		if (r < 0)
			return r;
	}
	return 0;
}

static int check_list(struct reader *rd, const json_t *v, const struct place *p, size_t n)
{
	if (!json_is_array(v))
		return json_refuse_kind(rd, p, "a list", v);
	if (json_array_size(v) != n)
		return json_refuse(rd, p, "must have %zu values, has %zu", n, json_array_size(v));
	return 0;
}

static int take_row(struct reader *rd, const struct field *f, void *base, const json_t *v,
		    const struct place *p)
{
	size_t n = rd->record->n_columns;
	struct reading *reading = base;
	int r;

	(void)f;
	if (!reading->done && !json_is_null(v))
		return json_refuse_kind(rd, p, "null, as the reading is not done", v);
	r = reading->done ? check_list(rd, v, p, n) : 0;
	if (r < 0)
		return r;
	reading->values = arena_array(rd->arena, n, sizeof(*reading->values));
	for (size_t i = 0; i < n; i++)
		reading->values[i] = VALUE_ABSENT;
	return reading->done ? take_values(rd, v, p, reading->values, 1) : 0;
}

static int take_label(struct reader *rd, const struct field *f, void *base, const json_t *v,
		      const struct place *p)
{
	(void)rd, (void)f, (void)base, (void)v, (void)p;
	return 0;
}

/* All lists are looked at before room is made for them: it is as large as their product. */
static int check_sampled(struct reader *rd, const json_t *columns, const struct place *p)
{
	struct record *r = rd->record;

	for (size_t c = 0; c < r->n_columns; c++) {
		const struct place at = {p, r->columns[c].name, 0};
		const json_t *list = json_object_get(columns, r->columns[c].name);
		int ret;

		if (!r->columns[c].sampled)
			continue;
		r->n_sampled++;
		if (r->n_samples == 0)
			continue;
		if (!list)
			return json_refuse(rd, &at, "is missing");
		ret = check_list(rd, list, &at, r->n_samples);
		if (ret < 0)
			return ret;
	}
	if (r->n_samples && r->n_sampled != json_object_size(columns))
		return json_refuse(rd, p, "must have %zu columns, those that are sampled, has %zu",
				   r->n_sampled, json_object_size(columns));
	return 0;
}

static int take_sampled(struct reader *rd, const json_t *columns, const struct place *p)
{
	struct record *r = rd->record;
	size_t to = 0;

	r->samples = arena_array(rd->arena, r->n_samples * r->n_sampled, sizeof(*r->samples));
	for (size_t c = 0; r->n_samples && c < r->n_columns; c++) {
		const struct place at = {p, r->columns[c].name, 0};
		int ret;

		if (!r->columns[c].sampled)
			continue;
		ret = take_values(rd, json_object_get(columns, r->columns[c].name), &at,
				  r->samples + to++, r->n_sampled);
		if (ret < 0)
			return ret;
	}
	return 0;
}

static int take_samples(struct reader *rd, const struct field *f, void *base, const json_t *v,
			const struct place *p)
{
	const json_t *t = json_object_get(v, "t_ns"), *columns = json_object_get(v, "columns");
	const struct place at_t = {p, "t_ns", 0}, at_columns = {p, "columns", 0};
	struct record *r = base;
	int ret;

	(void)f;
	if (!json_is_object(v))
		return json_refuse_kind(rd, p, "an object", v);
	if (!json_is_array(t))
		return json_refuse(rd, &at_t, "must be a list");
	if (!json_is_object(columns))
		return json_refuse(rd, &at_columns, "must be an object");
	r->n_samples = json_array_size(t);
	r->samples_t = arena_array(rd->arena, r->n_samples, sizeof(*r->samples_t));
	ret = take_values(rd, t, &at_t, r->samples_t, 1);
	if (ret == 0)
		ret = check_sampled(rd, columns, &at_columns);
	return ret == 0 ? take_sampled(rd, columns, &at_columns) : ret;
}

static take_fn *const take[] = {
	[J_INT] = json_take_int, [J_I64] = json_take_i64,   [J_VALUE] = json_take_value,
	[J_U64] = json_take_u64, [J_BOOL] = json_take_bool, [J_TEXT] = json_take_text,
	[J_BUF] = json_take_buf, [J_WORD] = json_take_word, [J_FLAGS] = json_take_flags,
	[J_TEXTS] = take_texts,	 [J_INTS] = take_ints,	    [J_OBJECT] = take_object,
	[J_LIST] = take_list,	 [J_TERMS] = take_terms,    [J_FACTS] = take_facts,
	[J_ROW] = take_row,	 [J_LABEL] = take_label,    [J_SAMPLES] = take_samples,
};

/* Keys that are not known are passed over: a later version may add some without harm. */
int json_take_struct(struct reader *rd, const struct fields *fs, void *base, const json_t *v,
		     const struct place *p)
{
	if (!json_is_object(v))
		return json_refuse_kind(rd, p, "an object", v);
	for (const struct field *f = fs->rows; f->key; f++) {
		const struct place at = {p, f->key, 0};
		const json_t *value = json_object_get(v, f->key);
		int r;

		if (!value && (f->type == J_LABEL || f->added))
			continue;
		if (!value)
			return json_refuse(rd, &at, "is missing");
		r = take[f->type](rd, f, base, value, &at);
		if (r < 0)
			return r;
	}
	return 0;
}
