/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/units.h"

#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/cleanup.h"

#define TIB (1024LL * GIB)

int64_t page_size(void)
{
	return sysconf(_SC_PAGESIZE);
}

dur_t mono_now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return nsec(ts.tv_sec * NSEC_PER_SEC + ts.tv_nsec);
}

const char *unit_name(enum unit unit)
{
	static const char *const names[UNIT_MAX] = {
		[UNIT_NONE] = "no unit",	 [UNIT_COUNT] = "a plain number",
		[UNIT_BYTES] = "bytes",		 [UNIT_PAGES] = "pages",
		[UNIT_DUR] = "a duration",	 [UNIT_PERCENT] = "a percentage",
		[UNIT_BPS] = "bytes per second", [UNIT_PER_SEC] = "operations per second",
		[UNIT_TEXT] = "a word",
	};

	return (unsigned)unit < UNIT_MAX ? names[unit] : "no unit";
}

/* What a suffix multiplies by. The first row of a scale is the one that is written. */
struct suffix {
	const char *text;
	enum unit unit;
	int64_t scale;
};

static const struct suffix suffixes[] = {
	{"", UNIT_COUNT, 1},
	{"B", UNIT_BYTES, 1},
	{"K", UNIT_BYTES, KIB},
	{"KB", UNIT_BYTES, KIB},
	{"KiB", UNIT_BYTES, KIB},
	{"M", UNIT_BYTES, MIB},
	{"MB", UNIT_BYTES, MIB},
	{"MiB", UNIT_BYTES, MIB},
	{"G", UNIT_BYTES, GIB},
	{"GB", UNIT_BYTES, GIB},
	{"GiB", UNIT_BYTES, GIB},
	{"T", UNIT_BYTES, TIB},
	{"TB", UNIT_BYTES, TIB},
	{"TiB", UNIT_BYTES, TIB},
	{"ns", UNIT_DUR, 1},
	{"us", UNIT_DUR, NSEC_PER_USEC},
	{"ms", UNIT_DUR, NSEC_PER_MSEC},
	{"s", UNIT_DUR, NSEC_PER_SEC},
	{"min", UNIT_DUR, 60 * NSEC_PER_SEC},
	{"h", UNIT_DUR, 3600 * NSEC_PER_SEC},
	{"%", UNIT_PERCENT, 1000},
};

static bool suffix_find(const char *s, size_t len, struct suffix *ret)
{
	bool per_sec = len >= 2 && memcmp(s + len - 2, "/s", 2) == 0;

	if (per_sec && len == 2) {
		*ret = (struct suffix){"/s", UNIT_PER_SEC, 1000};
		return true;
	}
	if (per_sec)
		len -= 2;
	for (size_t i = 0; i < ARRAY_SIZE(suffixes); i++) {
		const struct suffix *row = &suffixes[i];

		if (strlen(row->text) != len || memcmp(row->text, s, len) != 0)
			continue;
		if (per_sec && row->unit != UNIT_BYTES)
			return false;
		*ret = *row;
		if (per_sec)
			ret->unit = UNIT_BPS;
		return true;
	}
	return false;
}

/* A decimal number as digits / 10^decimals: 1.25 is 125 and 2. */
struct decimal {
	int64_t digits;
	unsigned decimals;
};

static bool is_digit(const char *s, const char *end)
{
	return s < end && *s >= '0' && *s <= '9';
}

/* Decimals beyond this have no meaning in any base: an hour has 3.6e12 of them. */
#define DECIMALS_MAX 15

static int digits_read(const char **s, const char *end, bool fraction, struct decimal *d)
{
	const char *p = *s;

	if (!is_digit(p, end))
		return -EINVAL;
	while (fraction && end > p + 1 && end[-1] == '0') /* 1.50 is 1.5 */
		end--;
	for (; is_digit(p, end); p++) {
		if (fraction && ++d->decimals > DECIMALS_MAX)
			return -ERANGE;
		if (__builtin_mul_overflow(d->digits, 10, &d->digits) ||
		    __builtin_add_overflow(d->digits, *p - '0', &d->digits))
			return -ERANGE;
	}
	*s = p;
	return 0;
}

static const char *digits_end(const char *s, const char *end)
{
	while (is_digit(s, end))
		s++;
	return s;
}

/* Where the number ends, ret_range whether it fits. NULL when there is no number. */
static const char *decimal_read(const char *s, const char *end, struct decimal *d, int *ret_range)
{
	const char *stop = digits_end(s, end);

	if (stop == s)
		return NULL;
	*ret_range = digits_read(&s, stop, false, d);
	if (stop < end && *stop == '.') {
		s = stop + 1;
		stop = digits_end(s, end);
		if (stop == s)
			return NULL;
		if (*ret_range == 0)
			*ret_range = digits_read(&s, stop, true, d);
	}
	return stop;
}

/*
 * Rounded to the nearest base unit (63.9M has no whole number of bytes), but a fraction of the base
 * unit itself is a mistake, and nothing that is not 0 becomes 0.
 */
static int decimal_scale(const struct decimal *d, int64_t scale, int64_t *ret)
{
	__int128 divisor = 1, product = (__int128)d->digits * scale, value;

	for (unsigned i = 0; i < d->decimals; i++)
		divisor *= 10;
	if (scale == 1 && product % divisor != 0)
		return -ERANGE;
	value = (product + divisor / 2) / divisor;
	if (value >= VALUE_MAX || (value == 0 && d->digits != 0))
		return -ERANGE;
	*ret = (int64_t)value;
	return 0;
}

int quantity_parse(const char *text, size_t len, int64_t *ret_value, enum unit *ret_unit)
{
	const char *end = text + len, *p = text;
	bool negative = p < end && *p == '-';
	struct decimal d = {0};
	struct suffix suffix;
	int64_t value;
	int range, r;

	p = decimal_read(p + negative, end, &d, &range);
	if (!p)
		return -EINVAL;
	if (!suffix_find(p, (size_t)(end - p), &suffix))
		return -ENOENT;
	if (range < 0)
		return range;
	r = decimal_scale(&d, suffix.scale, &value);
	if (r < 0)
		return r;
	*ret_value = negative ? -value : value;
	*ret_unit = suffix.unit;
	return 0;
}

/* A scale that is written, largest first; digits: its power of ten, 0 for a power of two. */
struct scale {
	const char *suffix;
	uint64_t size;
	int digits;
};

static const struct scale size_scales[] = {
	{"T", TIB, 0}, {"G", GIB, 0}, {"M", MIB, 0}, {"K", KIB, 0}, {"B", 1, 0},
};
static const struct scale dur_scales[] = {
	{"s", NSEC_PER_SEC, 9},
	{"ms", NSEC_PER_MSEC, 6},
	{"us", NSEC_PER_USEC, 3},
	{"ns", 1, 0},
};
static const struct scale thousandths[] = {{"", 1000, 3}};
static const struct scale plain[] = {{"", 1, 0}};

/*
 * How a unit is written. A rounded text with fewer than `honest` decimals must be exact, as it
 * would be taken for the round value it looks like: 256M is not 256M and one byte.
 */
static const struct form {
	const struct scale *scales;
	size_t n;
	unsigned honest;
	const char *tail, *zero;
} forms[UNIT_MAX] = {
	[UNIT_NONE] = {plain, ARRAY_SIZE(plain), 0, "", "0"},
	[UNIT_COUNT] = {plain, ARRAY_SIZE(plain), 0, "", "0"},
	[UNIT_BYTES] = {size_scales, ARRAY_SIZE(size_scales), 3, "", "0"},
	[UNIT_PAGES] = {plain, ARRAY_SIZE(plain), 0, " pages", "0 pages"},
	[UNIT_DUR] = {dur_scales, ARRAY_SIZE(dur_scales), 2, "", "0s"},
	[UNIT_PERCENT] = {thousandths, ARRAY_SIZE(thousandths), 0, "%", "0%"},
	[UNIT_BPS] = {size_scales, ARRAY_SIZE(size_scales), 3, "/s", "0B/s"},
	[UNIT_PER_SEC] = {thousandths, ARRAY_SIZE(thousandths), 0, "/s", "0/s"},
	[UNIT_TEXT] = {plain, ARRAY_SIZE(plain), 0, "", "0"},
};

#define DECIMALS 3

static uint64_t to_thousandths(uint64_t v, uint64_t size)
{
	return (uint64_t)(((unsigned __int128)v * 1000 + size / 2) / size);
}

static bool is_honest(const struct form *f, const struct scale *s, uint64_t v)
{
	uint64_t t = to_thousandths(v, s->size);
	unsigned decimals = t % 10 ? 3 : t % 100 ? 2 : t % 1000 ? 1 : 0;

	return decimals >= f->honest || ((unsigned __int128)t * s->size + 500) / 1000 == v;
}

/*
 * The largest scale not above v. A power of two that would be dishonest gives way to a smaller one;
 * a power of ten can be written with all its digits.
 */
static const struct scale *scale_choose(const struct form *f, uint64_t v)
{
	const struct scale *s = f->scales, *last = s + f->n - 1;

	while (s < last && (s->size > v || (!s->digits && !is_honest(f, s, v))))
		s++;
	return s;
}

/* whole.fraction without the zeros at its end. */
static int put_decimal(char *buf, uint64_t whole, uint64_t fraction, int digits)
{
	int n = snprintf(buf, QUANTITY_MAX, "%" PRIu64 ".%0*" PRIu64, whole, digits, fraction);

	while (buf[n - 1] == '0')
		n--;
	return buf[n - 1] == '.' ? n - 1 : n;
}

static char *format(char *buf, const char *sign, uint64_t v, enum unit unit)
{
	const struct form *f = &forms[(unsigned)unit < UNIT_MAX ? unit : UNIT_NONE];
	const struct scale *s = scale_choose(f, v);
	const char *tail = unit == UNIT_PAGES && v == 1 ? " page" : f->tail;
	char number[QUANTITY_MAX];
	int n;

	if (v == 0) {
		snprintf(buf, QUANTITY_MAX, "%s%s", sign, f->zero);
		return buf;
	}
	if (s->size == 1) {
		n = snprintf(number, sizeof(number), "%" PRIu64, v);
	} else if (s->digits && !is_honest(f, s, v)) {
		n = put_decimal(number, v / s->size, v % s->size, s->digits);
	} else {
		uint64_t t = to_thousandths(v, s->size);

		n = put_decimal(number, t / 1000, t % 1000, DECIMALS);
	}
	snprintf(buf, QUANTITY_MAX, "%s%.*s%s%s", sign, n, number, s->suffix, tail);
	return buf;
}

static char *format_any(char *buf, const char *plus, int64_t value, enum unit unit)
{
	if (value == VALUE_ABSENT)
		return strcpy(buf, "-");
	if (value == VALUE_MAX)
		return strcpy(buf, "max");
	if (value < 0)
		return format(buf, "-", (uint64_t)-value, unit);
	return format(buf, plus, (uint64_t)value, unit);
}

char *quantity_format(char buf[QUANTITY_MAX], int64_t value, enum unit unit)
{
	return format_any(buf, "", value, unit);
}

char *quantity_format_signed(char buf[QUANTITY_MAX], int64_t value, enum unit unit)
{
	return format_any(buf, "+", value, unit);
}
