/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How the structs of a run are laid out as JSON: one row a field. The writer, the reader and the
 * test of schema.json go through the same rows, so that nothing is saved that is not loaded again.
 * Does not own what the fields mean (record.h, spec.h) nor the references between them
 * (json_check.c).
 */
#ifndef MT_RECORD_JSON_FIELDS_H
#define MT_RECORD_JSON_FIELDS_H

#include "record/record.h"

#define RECORD_SCHEMA_NAME "memtrial-run"

enum field_type {
	J_INT,	  /* int, within min .. max */
	J_I64,	  /* int64_t or size_t, within min .. max */
	J_VALUE,  /* int64_t; VALUE_ABSENT is null, VALUE_MAX is "max" */
	J_U64,	  /* uint64_t as text, as JSON's readers keep 53 bits: "0x1f", with .decimal "31" */
	J_BOOL,	  /* bool */
	J_TEXT,	  /* const char *; null when .optional */
	J_BUF,	  /* char[.size] */
	J_WORD,	  /* an enum of int's size as its word */
	J_FLAGS,  /* unsigned bits as a list of words */
	J_TEXTS,  /* const char ** with its number at .count */
	J_INTS,	  /* int * with its number at .count */
	J_OBJECT, /* a struct inside */
	J_LIST,	  /* a pointer to structs with their number (size_t) at .count */
	J_TERMS,  /* at most .size structs inside, their number (int) at .count */
	J_FACTS,  /* struct fact * with its number at .count, as one object */
	J_ROW, /* int64_t *, one J_VALUE a column of the record; null when the reading was not made
		*/
	J_LABEL,   /* written only: the name of the phase whose index is at .offset */
	J_SAMPLES, /* the record's timeline, one list a sampled column */
};

struct fields;

struct field {
	const char *key;
	enum field_type type;
	size_t offset, count;
	size_t size;
	int64_t min, max;	  /* J_INT, J_I64; both 0: from 0 on */
	const char *const *words; /* J_WORD, J_FLAGS: NULL-terminated */
	const struct fields *of;  /* J_OBJECT, J_LIST, J_TERMS */
	bool optional, decimal;
	bool added; /* not in files of before: zero there */
};

/* A struct: its rows, ended by one without a key. */
struct fields {
	const struct field *rows;
	size_t size;
	bool tall; /* written with one row a line */
};

extern const struct fields run_fields, record_fields;

/* The number of elements of a list (J_LIST, J_TEXTS, J_INTS, J_FACTS, J_TERMS) in its struct. */
size_t field_count(const struct field *f, const void *base);

/* Text of len bytes in quotes, with what JSON cannot hold escaped or, when it is no UTF-8, as "?".
 */
void json_put_text(FILE *out, const char *text, size_t len);

/* A reference to something that is not there, a check whose metric no kernel has: -EINVAL with the
 * place. */
int json_check_record(struct record *r, size_t trial, struct err *err);

#endif
