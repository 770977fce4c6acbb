/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <criterion/criterion.h>
#include <errno.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/units.h"

#define TIB (1024 * GIB)

static const struct {
	const char *text;
	int64_t value;
	enum unit unit;
} good[] = {
	{"0", 0, UNIT_COUNT},
	{"512", 512, UNIT_COUNT},
	{"-1000", -1000, UNIT_COUNT},
	{"007", 7, UNIT_COUNT},
	{"9223372036854775806", INT64_MAX - 1, UNIT_COUNT},
	{"2.0", 2, UNIT_COUNT},
	{"4096B", 4096, UNIT_BYTES},
	{"1K", KIB, UNIT_BYTES},
	{"1KB", KIB, UNIT_BYTES},
	{"1KiB", KIB, UNIT_BYTES},
	{"64M", 64 * MIB, UNIT_BYTES},
	{"64MB", 64 * MIB, UNIT_BYTES},
	{"64MiB", 64 * MIB, UNIT_BYTES},
	{"1.5G", 1536 * MIB, UNIT_BYTES},
	{"2TiB", 2 * TIB, UNIT_BYTES},
	{"-64M", -64 * MIB, UNIT_BYTES},
	{"63.9M", 67004006, UNIT_BYTES},
	{"0.5K", 512, UNIT_BYTES},
	{"0.7K", 717, UNIT_BYTES},   /* 716.8 */
	{"-0.7K", -717, UNIT_BYTES}, /* away from 0 as well */
	{"0.3K", 307, UNIT_BYTES},   /* 307.2 */
	{"1.5000000000000000000000K", 1536, UNIT_BYTES},
	{"5ns", 5, UNIT_DUR},
	{"100us", 100 * NSEC_PER_USEC, UNIT_DUR},
	{"100ms", 100 * NSEC_PER_MSEC, UNIT_DUR},
	{"30s", 30 * NSEC_PER_SEC, UNIT_DUR},
	{"1.5s", 1500 * NSEC_PER_MSEC, UNIT_DUR},
	{"2min", 120 * NSEC_PER_SEC, UNIT_DUR},
	{"1h", 3600 * NSEC_PER_SEC, UNIT_DUR},
	{"25%", 25000, UNIT_PERCENT},
	{"12.5%", 12500, UNIT_PERCENT},
	{"0.001%", 1, UNIT_PERCENT},
	{"200M/s", 200 * MIB, UNIT_BPS},
	{"1B/s", 1, UNIT_BPS},
	{"1.5KiB/s", 1536, UNIT_BPS},
	{"1000/s", 1000000, UNIT_PER_SEC},
	{"0.5/s", 500, UNIT_PER_SEC},
};

Test(units, parse_good)
{
	for (size_t i = 0; i < ARRAY_SIZE(good); i++) {
		enum unit unit = UNIT_NONE;
		int64_t value = -1;
		int r = quantity_parse(good[i].text, strlen(good[i].text), &value, &unit);

		cr_expect_eq(r, 0, "%s: %d", good[i].text, r);
		cr_expect_eq(value, good[i].value, "%s: %ld", good[i].text, value);
		cr_expect_eq(unit, good[i].unit, "%s: %s", good[i].text, unit_name(unit));
	}
}

static const struct {
	const char *text;
	int code;
} bad[] = {
	{"", -EINVAL},
	{"-", -EINVAL},
	{"+5", -EINVAL},
	{"--5", -EINVAL},
	{" 5", -EINVAL},
	{"M", -EINVAL},
	{".5M", -EINVAL},
	{"1.M", -EINVAL},
	{"max", -EINVAL},
	{"5 ", -ENOENT},
	{"64 M", -ENOENT},
	{"64m", -ENOENT},
	{"64k", -ENOENT},
	{"64Q", -ENOENT},
	{"64MBB", -ENOENT},
	{"64iB", -ENOENT},
	{"5sec", -ENOENT},
	{"5ms/s", -ENOENT},
	{"5%/s", -ENOENT},
	{"5/s/s", -ENOENT},
	{"5/", -ENOENT},
	{"1.2.3", -ENOENT},
	{"0x10", -ENOENT},
	{"1e3", -ENOENT},
	{"9223372036854775807", -ERANGE}, /* would be taken for "max" */
	{"9223372036854775808", -ERANGE},
	{"99999999999999999999999999", -ERANGE},
	{"8388608T", -ERANGE},
	{"-8388608T", -ERANGE},
	{"3000000h", -ERANGE},
	{"1.5", -ERANGE},
	{"0.5B", -ERANGE},
	{"0.1ns", -ERANGE},
	{"0.0001K", -ERANGE},
	{"0.0001%", -ERANGE},
	{"1.1234567890123456789K", -ERANGE},
	{"99999999999999999999Q", -ENOENT},
};

Test(units, parse_bad)
{
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		enum unit unit = UNIT_MAX;
		int64_t value = 77;
		int r = quantity_parse(bad[i].text, strlen(bad[i].text), &value, &unit);

		cr_expect_eq(r, bad[i].code, "\"%s\": %d", bad[i].text, r);
		cr_expect_eq(value, 77, "\"%s\" left a value", bad[i].text);
		cr_expect_eq(unit, UNIT_MAX, "\"%s\" left a unit", bad[i].text);
	}
}

Test(units, parse_looks_at_len_only)
{
	enum unit unit;
	int64_t value;

	cr_expect_eq(quantity_parse("64Mx", 3, &value, &unit), 0);
	cr_expect_eq(value, 64 * MIB);
	cr_expect_eq(quantity_parse("64M", 2, &value, &unit), 0);
	cr_expect_eq(value, 64);
	cr_expect_eq(unit, UNIT_COUNT);
	cr_expect_eq(quantity_parse("64M", 0, &value, &unit), -EINVAL);
}

static const struct {
	int64_t value;
	enum unit unit;
	const char *text;
} forms[] = {
	{0, UNIT_BYTES, "0"},
	{1, UNIT_BYTES, "1B"},
	{512, UNIT_BYTES, "512B"},
	{1023, UNIT_BYTES, "1023B"},
	{4096, UNIT_BYTES, "4K"},
	{1536 * KIB, UNIT_BYTES, "1.5M"},
	{64 * MIB, UNIT_BYTES, "64M"},
	{-64 * MIB, UNIT_BYTES, "-64M"},
	{67004006, UNIT_BYTES, "63.9M"},
	{1280 * MIB, UNIT_BYTES, "1.25G"},
	{812 * KIB, UNIT_BYTES, "812K"},
	{256 * MIB + 4096, UNIT_BYTES, "256.004M"},
	{256 * MIB - 4096, UNIT_BYTES, "255.996M"},
	{256 * MIB + 1, UNIT_BYTES, "262144.001K"},
	{256 * MIB - 1, UNIT_BYTES, "262143.999K"},
	{GIB + 4096, UNIT_BYTES, "1024.004M"},
	{MIB - 1, UNIT_BYTES, "1023.999K"},
	{TIB, UNIT_BYTES, "1T"},
	{INT64_MAX - 1, UNIT_BYTES, "9007199254740991.998K"},
	{-INT64_MAX, UNIT_BYTES, "-9007199254740991.999K"},
	{VALUE_MAX, UNIT_BYTES, "max"},
	{VALUE_ABSENT, UNIT_BYTES, "-"},
	{0, UNIT_DUR, "0s"},
	{7, UNIT_DUR, "7ns"},
	{999, UNIT_DUR, "999ns"},
	{1500, UNIT_DUR, "1.5us"},
	{15200 * NSEC_PER_USEC, UNIT_DUR, "15.2ms"},
	{15234567, UNIT_DUR, "15.235ms"},
	{15230412, UNIT_DUR, "15.23ms"},
	{2 * NSEC_PER_SEC, UNIT_DUR, "2s"},
	{90 * NSEC_PER_SEC, UNIT_DUR, "90s"},
	{2 * NSEC_PER_SEC + 1, UNIT_DUR, "2.000000001s"},
	{2 * NSEC_PER_SEC - 1, UNIT_DUR, "1.999999999s"},
	{-1500 * NSEC_PER_MSEC, UNIT_DUR, "-1.5s"},
	{12500, UNIT_PERCENT, "12.5%"},
	{100000, UNIT_PERCENT, "100%"},
	{1, UNIT_PERCENT, "0.001%"},
	{-250, UNIT_PERCENT, "-0.25%"},
	{0, UNIT_PERCENT, "0%"},
	{200 * MIB, UNIT_BPS, "200M/s"},
	{1, UNIT_BPS, "1B/s"},
	{0, UNIT_BPS, "0B/s"},
	{1000000, UNIT_PER_SEC, "1000/s"},
	{500, UNIT_PER_SEC, "0.5/s"},
	{0, UNIT_PER_SEC, "0/s"},
	{12, UNIT_PAGES, "12 pages"},
	{1, UNIT_PAGES, "1 page"},
	{0, UNIT_PAGES, "0 pages"},
	{1234567890123, UNIT_COUNT, "1234567890123"},
	{-5, UNIT_COUNT, "-5"},
	{0, UNIT_COUNT, "0"},
	{VALUE_ABSENT, UNIT_COUNT, "-"},
	{42, UNIT_NONE, "42"},
};

Test(units, format)
{
	char buf[QUANTITY_MAX];

	for (size_t i = 0; i < ARRAY_SIZE(forms); i++)
		cr_expect_str_eq(quantity_format(buf, forms[i].value, forms[i].unit), forms[i].text,
				 "%s, not %s", buf, forms[i].text);
}

Test(units, format_signed)
{
	char buf[QUANTITY_MAX];

	cr_expect_str_eq(quantity_format_signed(buf, 64 * MIB, UNIT_BYTES), "+64M");
	cr_expect_str_eq(quantity_format_signed(buf, -64 * MIB, UNIT_BYTES), "-64M");
	cr_expect_str_eq(quantity_format_signed(buf, 0, UNIT_BYTES), "+0");
	cr_expect_str_eq(quantity_format_signed(buf, 12, UNIT_PAGES), "+12 pages");
	cr_expect_str_eq(quantity_format_signed(buf, VALUE_MAX, UNIT_BYTES), "max");
	cr_expect_str_eq(quantity_format_signed(buf, VALUE_ABSENT, UNIT_BYTES), "-");
}

/* xorshift: the same values in every run. */
static uint64_t next(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}

/*
 * What is written is read back to within half of the last decimal, in the same unit, and a value is
 * never written as the whole number beside it.
 */
static void round_trip(int64_t value, enum unit unit)
{
	char buf[QUANTITY_MAX];
	enum unit got_unit = UNIT_NONE;
	int64_t got = 0, error;

	quantity_format(buf, value, unit);
	cr_assert_lt(strlen(buf), (size_t)QUANTITY_MAX);
	cr_assert_eq(quantity_parse(buf, strlen(buf), &got, &got_unit), 0, "%ld: %s", value, buf);
	cr_assert_eq(got_unit, unit, "%ld: %s", value, buf);
	error = got > value ? got - value : value - got;
	cr_assert_leq(error, value / 2000 + 1, "%ld: %s is %ld", value, buf, got);
	if (!strchr(buf, '.'))
		cr_assert_eq(got, value, "%ld: %s looks exact", value, buf);
}

Test(units, round_trip)
{
	static const enum unit units[] = {UNIT_BYTES, UNIT_DUR,	    UNIT_PERCENT,
					  UNIT_BPS,   UNIT_PER_SEC, UNIT_COUNT};
	uint64_t state = 88172645463325252ULL;

	for (int i = 0; i < 20000; i++) {
		uint64_t bits = next(&state) % 62;
		int64_t value = (int64_t)(next(&state) >> (2 + bits)) + 1;

		round_trip(value, units[i % (int)ARRAY_SIZE(units)]);
	}
}

Test(units, names_and_clock)
{
	dur_t a = mono_now(), b = mono_now();

	for (int u = 0; u < UNIT_MAX; u++)
		cr_expect_gt(strlen(unit_name((enum unit)u)), 0u);
	cr_expect_str_eq(unit_name(UNIT_BYTES), "bytes");
	cr_expect_str_eq(unit_name(UNIT_MAX), "no unit");
	cr_expect_gt(a.ns, 0);
	cr_expect_geq(b.ns, a.ns);
	cr_expect_geq(page_size(), 4096);
	cr_expect_eq(page_size() & (page_size() - 1), 0);
	cr_expect_eq(msec(3).ns, 3000000);
}
