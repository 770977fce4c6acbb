/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The samples of a trial inside of the page. Each column, the time first (in microseconds), is
 * divided by what divides all of its values (most are multiples of a page) and written as
 * differences, each a little-endian base-128 number: 0 is "was not there", 1 "no limit", n + 2 the
 * zigzag of a difference to the last number. All columns in a row, deflated, in base64: a column
 * that hardly moves costs nothing, and a browser unpacks it without a library.
 */
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "base/cleanup.h"
#include "base/words.h"
#include "report/html_parts.h"
#include "report/markup.h"

struct series {
	const struct record *r;
	size_t *rows; /* those that are written, ascending */
	size_t n_rows;
	unsigned char *bytes;
	size_t len;
};

static int64_t cell(const struct series *s, size_t row, size_t column)
{
	return s->r->samples[s->rows[row] * s->r->n_sampled + column];
}

static bool is_number(int64_t v)
{
	return v != VALUE_ABSENT && v != VALUE_MAX;
}

static int64_t divisor(const struct series *s, size_t column)
{
	uint64_t d = 0;

	for (size_t i = 0; i < s->n_rows && d != 1; i++) {
		int64_t v = cell(s, i, column);
		uint64_t a = is_number(v) ? (uint64_t)llabs(v) : 0;

		while (a) {
			uint64_t rest = d % a;

			d = a;
			a = rest;
		}
	}
	return d ? (int64_t)d : 1;
}

static void put_varint(struct series *s, uint64_t v)
{
	for (; v >= 0x80; v >>= 7)
		s->bytes[s->len++] = (unsigned char)(v | 0x80);
	s->bytes[s->len++] = (unsigned char)v;
}

/* A script's numbers are exact up to 2^53 only; nothing that is measured comes near. */
static void put_difference(struct series *s, int64_t v, int64_t *last)
{
	int64_t most = INT64_C(1) << 53, d;

	v = MAX(MIN(v, most), -most);
	d = v - *last;
	*last = v;
	put_varint(s, (d < 0 ? 2 * (uint64_t)-d - 1 : 2 * (uint64_t)d) + 2);
}

static void pack_column(struct series *s, size_t column, int64_t div)
{
	int64_t last = 0;

	for (size_t i = 0; i < s->n_rows; i++) {
		int64_t v = cell(s, i, column);

		if (is_number(v))
			put_difference(s, v / div, &last);
		else
			put_varint(s, v == VALUE_MAX);
	}
}

static bool is_drawn(const struct column *c)
{
	return c->sampled && c->unit != UNIT_TEXT;
}

/* Of a row: what the groups use, as it is peaks of that which must not be lost. */
static int64_t weight(const struct record *r, size_t row)
{
	int64_t sum = 0;

	for (size_t c = 0, at = 0; c < r->n_columns && at < r->n_sampled; c++) {
		const char *slash = strrchr(r->columns[c].name, '/');
		int64_t v;

		if (!r->columns[c].sampled)
			continue;
		v = r->samples[row * r->n_sampled + at++];
		if (slash && str_eq(slash + 1, "memory.current") && is_number(v))
			sum += v;
	}
	return sum;
}

/* Of every `of` rows the least and the greatest. */
static void choose_rows(struct series *s, size_t of)
{
	size_t n = s->r->n_samples;

	s->n_rows = 0;
	for (size_t from = 0; from < n; from += of) {
		int64_t least = INT64_MAX, most = INT64_MIN;
		size_t low = from, high = from;

		for (size_t i = from; of > 1 && i < MIN(from + of, n); i++) {
			int64_t w = weight(s->r, i);

			low = w < least ? i : low;
			high = w > most ? i : high;
			least = MIN(least, w);
			most = MAX(most, w);
		}
		s->rows[s->n_rows++] = MIN(low, high);
		if (low != high)
			s->rows[s->n_rows++] = MAX(low, high);
	}
}

static void pack(struct series *s)
{
	const struct record *r = s->r;
	int64_t last = 0;

	s->len = 0;
	for (size_t i = 0; i < s->n_rows; i++)
		put_difference(s, r->samples_t[s->rows[i]] / NSEC_PER_USEC, &last);
	for (size_t c = 0, at = 0; c < r->n_columns && at < r->n_sampled; c++) {
		if (is_drawn(&r->columns[c]))
			pack_column(s, at, divisor(s, at));
		at += r->columns[c].sampled;
	}
}

static void put_base64(FILE *out, const unsigned char *b, size_t len)
{
	static const char digits[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

	for (size_t i = 0; i < len; i += 3) {
		size_t n = MIN(len - i, (size_t)3);
		unsigned v = (unsigned)b[i] << 16 | (n > 1 ? (unsigned)b[i + 1] << 8 : 0) |
			     (n > 2 ? b[i + 2] : 0u);
		char four[] = {digits[v >> 18], digits[v >> 12 & 63],
			       n > 1 ? digits[v >> 6 & 63] : '=', n > 2 ? digits[v & 63] : '='};

		fwrite(four, 1, sizeof(four), out);
	}
}

static void put_columns(FILE *out, const struct series *s)
{
	const struct record *r = s->r;
	const char *sep = "";

	fputs("\"columns\":[", out);
	for (size_t c = 0, at = 0; c < r->n_columns && at < r->n_sampled; c++) {
		if (is_drawn(&r->columns[c])) {
			fprintf(out, "%s{\"name\":", sep);
			markup_json(out, r->columns[c].name);
			fprintf(out, ",\"by\":%lld}", (long long)divisor(s, at));
			sep = ",";
		}
		at += r->columns[c].sampled;
	}
	fputs("],", out);
}

void html_series(FILE *out, const struct record *r, size_t budget)
{
	size_t room = r->n_samples * (r->n_sampled + 1) * 10 + 16; /* ten bytes a number at most */
	_cleanup_free_ size_t *rows = calloc(r->n_samples + 1, sizeof(*rows));
	_cleanup_free_ unsigned char *bytes = malloc(room), *packed = NULL;
	struct series s = {.r = r, .rows = rows, .bytes = bytes};
	uLongf len = 0;

	/* Two of four are kept, then two of eight: two of two would be all. */
	for (size_t of = 1; rows && bytes; of = of == 1 ? 4 : of * 2) {
		choose_rows(&s, of);
		pack(&s);
		free(packed);
		len = compressBound(s.len);
		packed = malloc(len);
		if (!packed || compress2(packed, &len, bytes, s.len, 7) != Z_OK)
			s.n_rows = len = 0;
		if (len / 3 * 4 <= budget || s.n_rows < 256)
			break;
	}
	put_columns(out, &s);
	fprintf(out, "\"rows\":%zu,\"taken\":%lld,\"data\":\"", s.n_rows,
		(long long)r->n_samples_taken);
	put_base64(out, packed, len);
	putc('"', out);
}
