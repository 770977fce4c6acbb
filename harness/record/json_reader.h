/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The inside of the JSON reader, shared by its files: where we are in the text, refusing a value
 * with its path, and taking single values. Nobody else includes it.
 */
#ifndef MT_RECORD_JSON_READER_H
#define MT_RECORD_JSON_READER_H

#include <jansson.h>

#include "record/json_fields.h"

struct reader {
	struct arena *arena;
	struct record *record;
	struct err *err;
};

/* Where we are: a chain of keys and indices up to the root. */
struct place {
	const struct place *up;
	const char *key; /* NULL: an index */
	size_t index;
};

/* Set a sentence with the path in front. Returns the error code. */
int json_refuse(struct reader *rd, const struct place *p, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
/* "must be <want>, is a list" */
int json_refuse_kind(struct reader *rd, const struct place *p, const char *want, const json_t *v);

void *json_field_at(const struct field *f, void *base);
/* A whole number within the limits of its row and at most `most` (INT_MAX or INT64_MAX). */
int json_take_number(struct reader *rd, const struct field *f, const json_t *v,
		     const struct place *p, int64_t most, int64_t *ret);
/* A number, null (VALUE_ABSENT) or "max" (VALUE_MAX). */
int json_value_of(struct reader *rd, const json_t *v, const struct place *p, int64_t *ret);

/* One for each type of row: the value v goes to its place in the struct at base. */
typedef int take_fn(struct reader *rd, const struct field *f, void *base, const json_t *v,
		    const struct place *p);
take_fn json_take_int, json_take_i64, json_take_value, json_take_u64, json_take_bool,
	json_take_text, json_take_buf, json_take_word, json_take_flags;

/* All rows of a struct, in their order. */
int json_take_struct(struct reader *rd, const struct fields *fs, void *base, const json_t *v,
		     const struct place *p);

#endif
