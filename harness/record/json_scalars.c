/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Single values of a saved run. The text may come from anywhere: every value is checked for its
 * type and range, and what is refused is named by its path in the file, as
 * trials[0].spec.checks[3].metric.
 */
#include "record/json_reader.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"

static void place_put(const struct place *p, char *buf, size_t size)
{
	size_t len;

	if (p->up)
		place_put(p->up, buf, size);
	len = strlen(buf);
	if (!p->key)
		snprintf(buf + len, size - len, "[%zu]", p->index);
	else
		snprintf(buf + len, size - len, "%s%s", len ? "." : "", p->key);
}

int json_refuse(struct reader *rd, const struct place *p, const char *fmt, ...)
{
	char where[200] = "", what[200];
	va_list ap;

	place_put(p, where, sizeof(where));
	va_start(ap, fmt);
	vsnprintf(what, sizeof(what), fmt, ap);
	va_end(ap);
	return err_set_class(rd->err, ERR_USAGE, -EINVAL, "%s: %s", where, what);
}

static const char *kind_of(const json_t *v)
{
	static const char *const names[] = {
		[JSON_OBJECT] = "an object",	  [JSON_ARRAY] = "a list",
		[JSON_STRING] = "text",		  [JSON_INTEGER] = "a whole number",
		[JSON_REAL] = "a decimal number", [JSON_TRUE] = "true",
		[JSON_FALSE] = "false",		  [JSON_NULL] = "null",
	};

	return names[json_typeof(v)];
}

int json_refuse_kind(struct reader *rd, const struct place *p, const char *want, const json_t *v)
{
	return json_refuse(rd, p, "must be %s, is %s", want, kind_of(v));
}

void *json_field_at(const struct field *f, void *base)
{
	return (char *)base + f->offset;
}

/* A number in the limits of its row; both 0: from 0 on. */
int json_take_number(struct reader *rd, const struct field *f, const json_t *v,
		     const struct place *p, int64_t most, int64_t *ret)
{
	int64_t least = MAX(f->min, most == INT_MAX ? INT_MIN : INT64_MIN), n;

	if (f->max > 0)
		most = MIN(most, f->max);
	if (!json_is_integer(v))
		return json_refuse_kind(rd, p, "a whole number", v);
	n = json_integer_value(v);
	if (n < least && least == 0)
		return json_refuse(rd, p, "must not be negative, is %" PRId64, n);
	if (n < least || n > most)
		return json_refuse(rd, p,
				   "%" PRId64 " is out of range (%" PRId64 " to %" PRId64 ")", n,
				   least, most);
	*ret = n;
	return 0;
}

int json_take_int(struct reader *rd, const struct field *f, void *base, const json_t *v,
		  const struct place *p)
{
	int64_t n;
	int r = json_take_number(rd, f, v, p, INT_MAX, &n);

	if (r == 0)
		memcpy(json_field_at(f, base), &(int){(int)n}, sizeof(int));
	return r;
}

int json_take_i64(struct reader *rd, const struct field *f, void *base, const json_t *v,
		  const struct place *p)
{
	int64_t n;
	int r = json_take_number(rd, f, v, p, INT64_MAX, &n);

	if (r == 0)
		memcpy(json_field_at(f, base), &n, sizeof(n));
	return r;
}

int json_value_of(struct reader *rd, const json_t *v, const struct place *p, int64_t *ret)
{
	if (json_is_null(v))
		*ret = VALUE_ABSENT;
	else if (json_is_string(v) && strcmp(json_string_value(v), "max") == 0)
		*ret = VALUE_MAX;
	else if (json_is_integer(v))
		*ret = json_integer_value(v);
	else
		return json_refuse_kind(rd, p, "a whole number, \"max\" or null", v);
	/* They have a spelling of their own, and only one, so that a file is written back as it
	 * was. */
	if (json_is_integer(v) && (*ret == VALUE_ABSENT || *ret == VALUE_MAX))
		return json_refuse(rd, p, "%" PRId64 " is out of range", *ret);
	return 0;
}

int json_take_value(struct reader *rd, const struct field *f, void *base, const json_t *v,
		    const struct place *p)
{
	int64_t n;
	int r = json_value_of(rd, v, p, &n);

	if (r == 0)
		memcpy(json_field_at(f, base), &n, sizeof(n));
	return r;
}

int json_take_u64(struct reader *rd, const struct field *f, void *base, const json_t *v,
		  const struct place *p)
{
	const char *s = json_string_value(v),
		   *digits = f->decimal ? "0123456789" : "0123456789abcdef";
	char *end;
	uint64_t n;

	if (!s)
		return json_refuse_kind(rd, p, "a number as text", v);
	if (!f->decimal && strncmp(s, "0x", 2) != 0)
		return json_refuse(rd, p, "must be text like \"0x1f\", is \"%.40s\"", s);
	s += f->decimal ? 0 : 2;
	errno = 0;
	n = strtoull(s, &end, f->decimal ? 10 : 16);
	if (!*s || s[strspn(s, digits)] || errno)
		return json_refuse(rd, p, "\"%.40s\" is no number of 64 bits",
				   json_string_value(v));
	memcpy(json_field_at(f, base), &n, sizeof(n));
	return 0;
}

int json_take_bool(struct reader *rd, const struct field *f, void *base, const json_t *v,
		   const struct place *p)
{
	if (!json_is_boolean(v))
		return json_refuse_kind(rd, p, "true or false", v);
	*(bool *)json_field_at(f, base) = json_is_true(v);
	return 0;
}

int json_take_text(struct reader *rd, const struct field *f, void *base, const json_t *v,
		   const struct place *p)
{
	const char *s = NULL;

	if (json_is_string(v))
		s = arena_strdup(rd->arena, json_string_value(v));
	else if (!f->optional || !json_is_null(v))
		return json_refuse_kind(rd, p, f->optional ? "text or null" : "text", v);
	memcpy(json_field_at(f, base), &s, sizeof(s));
	return 0;
}

int json_take_buf(struct reader *rd, const struct field *f, void *base, const json_t *v,
		  const struct place *p)
{
	if (!json_is_string(v))
		return json_refuse_kind(rd, p, "text", v);
	if (json_string_length(v) >= f->size)
		return json_refuse(rd, p, "the text is longer than %zu bytes", f->size - 1);
	strcpy(json_field_at(f, base), json_string_value(v));
	return 0;
}

static int word_of(struct reader *rd, const struct field *f, const json_t *v, const struct place *p,
		   int *ret)
{
	const char *s = json_string_value(v);

	if (!s)
		return json_refuse_kind(rd, p, "a word", v);
	for (int i = 0; f->words[i]; i++) {
		if (strcmp(f->words[i], s) == 0) {
			*ret = i;
			return 0;
		}
	}
	return json_refuse(rd, p, "unknown word \"%.40s\"", s);
}

int json_take_word(struct reader *rd, const struct field *f, void *base, const json_t *v,
		   const struct place *p)
{
	int word;
	int r = word_of(rd, f, v, p, &word);

	if (r == 0)
		memcpy(json_field_at(f, base), &word, sizeof(word));
	return r;
}

int json_take_flags(struct reader *rd, const struct field *f, void *base, const json_t *v,
		    const struct place *p)
{
	unsigned flags = 0;

	if (!json_is_array(v))
		return json_refuse_kind(rd, p, "a list of words", v);
	for (size_t i = 0; i < json_array_size(v); i++) {
		const struct place at = {p, NULL, i};
		int word;
		int r = word_of(rd, f, json_array_get(v, i), &at, &word);

		if (r < 0)
			return r;
		flags |= 1u << word;
	}
	memcpy(json_field_at(f, base), &flags, sizeof(flags));
	return 0;
}
