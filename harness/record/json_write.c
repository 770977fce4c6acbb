/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A run as JSON, written straight to the file: a tree of a long timeline would need many times its
 * size, while a trial may have left little memory.
 */
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <string.h>

#include "record/json_fields.h"

struct writer {
	FILE *out;
	const struct record *record;
	int depth;   /* of indentation */
	int inlined; /* structs around that are written in one line */
};

static void put_string(FILE *out, const char *text)
{
	json_put_text(out, text, strlen(text));
}

static void put_value(FILE *out, int64_t v)
{
	if (v == VALUE_ABSENT)
		fputs("null", out);
	else if (v == VALUE_MAX)
		fputs("\"max\"", out);
	else
		fprintf(out, "%" PRId64, v);
}

static void new_line(struct writer *w)
{
	putc('\n', w->out);
	for (int i = 0; i < w->depth; i++)
		fputs("  ", w->out);
}

static const void *field_at(const struct field *f, const void *base)
{
	return (const char *)base + f->offset;
}

/* Pointers of any type are read by memcpy: their types differ from row to row. */
static const void *pointer_at(const struct field *f, const void *base)
{
	const void *p;

	memcpy(&p, field_at(f, base), sizeof(p));
	return p;
}

static void put_struct(struct writer *w, const struct fields *fs, const void *base);

static void put_int(struct writer *w, const struct field *f, const void *base)
{
	int v;

	memcpy(&v, field_at(f, base), sizeof(v));
	fprintf(w->out, "%d", v);
}

static void put_i64(struct writer *w, const struct field *f, const void *base)
{
	int64_t v;

	memcpy(&v, field_at(f, base), sizeof(v));
	fprintf(w->out, "%" PRId64, v);
}

static void put_j_value(struct writer *w, const struct field *f, const void *base)
{
	int64_t v;

	memcpy(&v, field_at(f, base), sizeof(v));
	put_value(w->out, v);
}

static void put_u64(struct writer *w, const struct field *f, const void *base)
{
	uint64_t v;

	memcpy(&v, field_at(f, base), sizeof(v));
	fprintf(w->out, f->decimal ? "\"%" PRIu64 "\"" : "\"0x%" PRIx64 "\"", v);
}

static void put_bool(struct writer *w, const struct field *f, const void *base)
{
	const void *at = field_at(f, base);

	fputs(*(const bool *)at ? "true" : "false", w->out);
}

static void put_j_text(struct writer *w, const struct field *f, const void *base)
{
	const char *s = pointer_at(f, base);

	if (!s && f->optional)
		fputs("null", w->out);
	else
		put_string(w->out, s ? s : "");
}

static void put_buf(struct writer *w, const struct field *f, const void *base)
{
	const void *at = field_at(f, base);

	json_put_text(w->out, at, strnlen(at, f->size));
}

static void put_word(struct writer *w, const struct field *f, const void *base)
{
	int v, n = 0;

	memcpy(&v, field_at(f, base), sizeof(v));
	while (f->words[n])
		n++;
	put_string(w->out, v >= 0 && v < n ? f->words[v] : "?");
}

static void put_flags(struct writer *w, const struct field *f, const void *base)
{
	const void *at = field_at(f, base);
	const char *comma = "";
	unsigned v;

	memcpy(&v, at, sizeof(v));
	putc('[', w->out);
	for (unsigned i = 0; f->words[i]; i++) {
		if (!(v & 1u << i))
			continue;
		fputs(comma, w->out);
		put_string(w->out, f->words[i]);
		comma = ", ";
	}
	putc(']', w->out);
}

static void put_texts(struct writer *w, const struct field *f, const void *base)
{
	const char *const *list = pointer_at(f, base);
	size_t n = field_count(f, base);

	putc('[', w->out);
	for (size_t i = 0; i < n; i++) {
		fputs(i ? ", " : "", w->out);
		put_string(w->out, list[i] ? list[i] : "");
	}
	putc(']', w->out);
}

static void put_ints(struct writer *w, const struct field *f, const void *base)
{
	const int *list = pointer_at(f, base);
	size_t n = field_count(f, base);

	putc('[', w->out);
	for (size_t i = 0; i < n; i++)
		fprintf(w->out, "%s%d", i ? ", " : "", list[i]);
	putc(']', w->out);
}

static void put_structs(struct writer *w, const struct fields *fs, const char *list, size_t n)
{
	bool one_a_line = w->inlined == 0;

	putc('[', w->out);
	w->depth++;
	for (size_t i = 0; i < n; i++) {
		if (one_a_line) {
			fputs(i ? "," : "", w->out);
			new_line(w);
		} else {
			fputs(i ? ", " : "", w->out);
		}
		put_struct(w, fs, list + i * fs->size);
	}
	w->depth--;
	if (n && one_a_line)
		new_line(w);
	putc(']', w->out);
}

static void put_facts(struct writer *w, const struct field *f, const void *base)
{
	const struct fact *facts = pointer_at(f, base);
	size_t n = field_count(f, base);

	putc('{', w->out);
	w->depth++;
	for (size_t i = 0; i < n; i++) {
		bool twice = false; /* the first one counts: a key stands once in an object */

		for (size_t k = 0; k < i; k++)
			twice |= strcmp(facts[k].name, facts[i].name) == 0;
		if (twice)
			continue;
		fputs(i ? "," : "", w->out);
		new_line(w);
		put_string(w->out, facts[i].name);
		fputs(": ", w->out);
		put_string(w->out, facts[i].value ? facts[i].value : "");
	}
	w->depth--;
	if (n)
		new_line(w);
	putc('}', w->out);
}

static void put_values(FILE *out, const int64_t *v, size_t n, size_t stride)
{
	putc('[', out);
	for (size_t i = 0; i < n; i++) {
		fputs(i ? "," : "", out);
		put_value(out, v[i * stride]);
	}
	putc(']', out);
}

static void put_row(struct writer *w, const struct field *f, const void *base)
{
	const struct reading *rd = base;

	(void)f;
	if (rd->done && rd->values)
		put_values(w->out, rd->values, w->record->n_columns, 1);
	else
		fputs("null", w->out);
}

static void put_label(struct writer *w, const struct field *f, const void *base)
{
	const void *at = field_at(f, base);
	const struct spec *spec = &w->record->spec;
	int phase;

	memcpy(&phase, at, sizeof(phase));
	if (phase >= 0 && (size_t)phase < spec->n_phases && spec->phases[phase].name)
		put_string(w->out, spec->phases[phase].name);
	else
		put_string(w->out, "baseline");
}

/* One list a column: neighbours resemble each other, so that the file packs well. */
static void put_samples(struct writer *w, const struct field *f, const void *base)
{
	const struct record *r = base;
	size_t at = 0;

	(void)f;
	fputs("{\"t_ns\": ", w->out);
	put_values(w->out, r->samples_t, r->n_samples, 1);
	fputs(", \"columns\": {", w->out);
	w->depth++;
	for (size_t c = 0; c < r->n_columns && r->n_samples && at < r->n_sampled; c++) {
		if (!r->columns[c].sampled)
			continue;
		fputs(at ? "," : "", w->out);
		new_line(w);
		put_string(w->out, r->columns[c].name);
		fputs(": ", w->out);
		put_values(w->out, r->samples + at, r->n_samples, r->n_sampled);
		at++;
	}
	w->depth--;
	if (at)
		new_line(w);
	fputs("}}", w->out);
}

static void put_object(struct writer *w, const struct field *f, const void *base)
{
	put_struct(w, f->of, field_at(f, base));
}

static void put_list(struct writer *w, const struct field *f, const void *base)
{
	put_structs(w, f->of, pointer_at(f, base), field_count(f, base));
}

static void put_terms(struct writer *w, const struct field *f, const void *base)
{
	put_structs(w, f->of, field_at(f, base), field_count(f, base));
}

static void (*const put[])(struct writer *w, const struct field *f, const void *base) = {
	[J_INT] = put_int,     [J_I64] = put_i64,     [J_VALUE] = put_j_value,
	[J_U64] = put_u64,     [J_BOOL] = put_bool,   [J_TEXT] = put_j_text,
	[J_BUF] = put_buf,     [J_WORD] = put_word,   [J_FLAGS] = put_flags,
	[J_TEXTS] = put_texts, [J_INTS] = put_ints,   [J_OBJECT] = put_object,
	[J_LIST] = put_list,   [J_TERMS] = put_terms, [J_FACTS] = put_facts,
	[J_ROW] = put_row,     [J_LABEL] = put_label, [J_SAMPLES] = put_samples,
};

static void put_rows(struct writer *w, const struct fields *fs, const void *base)
{
	for (const struct field *f = fs->rows; f->key; f++) {
		if (fs->tall)
			new_line(w);
		put_string(w->out, f->key);
		fputs(": ", w->out);
		put[f->type](w, f, base);
		if (f[1].key)
			fputs(fs->tall ? "," : ", ", w->out);
	}
}

static void put_struct(struct writer *w, const struct fields *fs, const void *base)
{
	putc('{', w->out);
	w->depth += fs->tall;
	w->inlined += !fs->tall;
	put_rows(w, fs, base);
	w->inlined -= !fs->tall;
	w->depth -= fs->tall;
	if (fs->tall)
		new_line(w);
	putc('}', w->out);
}

static void put_run(struct writer *w, const struct run *run)
{
	fputs("{", w->out);
	w->depth = 1;
	new_line(w);
	fprintf(w->out, "\"schema\": \"%s\",", RECORD_SCHEMA_NAME);
	new_line(w);
	fprintf(w->out, "\"version\": %d,", RECORD_SCHEMA_VERSION);
	put_rows(w, &run_fields, run);
	putc(',', w->out);
	new_line(w);
	fputs("\"trials\": [", w->out);
	w->depth = 2;
	for (size_t i = 0; i < run->n_trials; i++) {
		fputs(i ? "," : "", w->out);
		new_line(w);
		w->record = run->trials[i];
		put_struct(w, &record_fields, w->record);
	}
	w->depth = 1;
	if (run->n_trials)
		new_line(w);
	fputs("]\n}\n", w->out);
}

int run_write(const struct run *run, FILE *out, struct err *err)
{
	struct writer w = {.out = out};

	errno = 0;
	put_run(&w, run);
	if (fflush(out) == 0 && !ferror(out))
		return 0;
	return err_errno(err, errno ? -errno : -EIO, "cannot write the results");
}
