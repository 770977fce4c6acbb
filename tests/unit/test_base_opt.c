/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <criterion/criterion.h>
#include <errno.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/opt.h"

struct opts {
	int64_t size, threads, share, every, rate, ops, verify, pattern, nudge, free_size;
	char command[OPT_TEXT_MAX];
	int64_t after;
};

static const char *const patterns[] = {"seq", "random", "stride", NULL};

#define AT(member) .offset = offsetof(struct opts, member)

static const struct opt table[] = {
	{.name = "size", .type = OPT_SIZE, AT(size), .min = MIB, .max = GIB, .flags = OPT_REQUIRED},
	{.name = "threads", .type = OPT_COUNT, AT(threads), .min = 1, .max = 64, .def = "2"},
	{.name = "share", .type = OPT_PERCENT, AT(share), .min = 0, .max = 100000, .def = "12.5%"},
	{.name = "every", .type = OPT_DUR, AT(every), .def = "100ms", .flags = OPT_LIVE},
	{.name = "rate", .type = OPT_BPS, AT(rate), .def = "200M/s"},
	{.name = "ops", .type = OPT_PER_SEC, AT(ops), .def = "0"},
	{.name = "verify", .type = OPT_BOOL, AT(verify), .def = "yes"},
	{.name = "pattern", .type = OPT_ENUM, AT(pattern), .words = patterns, .def = "random"},
	{.name = "nudge", .type = OPT_COUNT, AT(nudge), .def = "-5"},
	{.name = "free-size", .type = OPT_SIZE, AT(free_size), .min = KIB, .def = "1K"},
	{.name = "command", .type = OPT_TEXT, AT(command), .def = "true"},
	OPT_END,
};

static const struct opt *row(const char *name)
{
	const struct opt *o = opt_find(table, name);

	cr_assert_not_null(o, "%s", name);
	return o;
}

Test(opt, find)
{
	cr_expect_eq(opt_find(table, "size"), &table[0]);
	cr_expect_eq(opt_find(table, "command"), &table[10]);
	cr_expect_null(opt_find(table, "siz"));
	cr_expect_null(opt_find(table, ""));
}

Test(opt, defaults)
{
	struct opts o = {.after = 0x5a5a};
	struct err err = {0};

	cr_assert_eq(opt_defaults(table, &o, &err), 0, "%s", err.text);
	cr_expect_eq(o.size, 0, "required: left alone");
	cr_expect_eq(o.threads, 2);
	cr_expect_eq(o.share, 12500);
	cr_expect_eq(o.every, 100 * NSEC_PER_MSEC);
	cr_expect_eq(o.rate, 200 * MIB);
	cr_expect_eq(o.ops, 0);
	cr_expect_eq(o.verify, 1);
	cr_expect_eq(o.pattern, 1);
	cr_expect_eq(o.nudge, -5);
	cr_expect_str_eq(o.command, "true");
	cr_expect_eq(o.after, 0x5a5a);
}

Test(opt, bad_defaults)
{
	static const struct opt outside[] = {
		{.name = "n", .type = OPT_COUNT, .min = 1, .max = 4, .def = "5"}, OPT_END};
	static const struct opt missing[] = {{.name = "n", .type = OPT_COUNT}, OPT_END};
	struct opts o = {0};
	struct err err = {0};

	cr_expect_eq(opt_defaults(outside, &o, &err), -ERANGE);
	cr_expect_str_eq(err.text, "default: n: 5 is above the most of 4");
	err_clear(&err);
	cr_expect_eq(opt_defaults(missing, &o, &err), -EINVAL);
	cr_expect_str_eq(err.text, "n: has no default and is not required");
}

static const struct {
	const char *name, *text;
	int code;
	const char *message;
} wrong[] = {
	{"size", "4K", -ERANGE, "size: 4K is below the least of 1M"},
	{"size", "2G", -ERANGE, "size: 2G is above the most of 1G"},
	{"size", "1073741825B", -ERANGE, "size: 1048576.001K is above the most of 1G"},
	{"size", "0", -ERANGE, "size: 0 is below the least of 1M"},
	{"size", "64", -EINVAL, "size: 64 needs a unit: B, K, M, G or T"},
	{"size", "64Q", -EINVAL, "size: 64Q has an unknown unit; use B, K, M, G or T"},
	{"size", "64m", -EINVAL, "size: 64m has an unknown unit; use B, K, M, G or T"},
	{"size", "big", -EINVAL, "size: \"big\" is not a size like 64M"},
	{"size", "", -EINVAL, "size: \"\" is not a size like 64M"},
	{"size", "30s", -EINVAL, "size: 30s is a duration, not a size like 64M"},
	{"size", "99999999T", -ERANGE, "size: 99999999T is too large, or too small a fraction"},
	{"free-size", "1B", -ERANGE, "free-size: 1B is below the least of 1K"},
	{"threads", "0", -ERANGE, "threads: 0 is below the least of 1"},
	{"threads", "65", -ERANGE, "threads: 65 is above the most of 64"},
	{"threads", "4K", -EINVAL, "threads: 4K is bytes, not a plain number"},
	{"threads", "4x", -EINVAL, "threads: \"4x\" is not a plain number"},
	{"threads", "1.5", -ERANGE, "threads: 1.5 is too large, or too small a fraction"},
	{"share", "101%", -ERANGE, "share: 101% is above the most of 100%"},
	{"share", "25", -EINVAL, "share: 25 needs a unit: %"},
	{"every", "5", -EINVAL, "every: 5 needs a unit: ns, us, ms, s, min or h"},
	{"every", "-5s", -ERANGE, "every: -5s is below the least of 0s"},
	{"rate", "200M", -EINVAL, "rate: 200M is bytes, not a rate like 200M/s"},
	{"ops", "5M/s", -EINVAL, "ops: 5M/s is bytes per second, not a rate like 1000/s"},
	{"ops", "5", -EINVAL, "ops: 5 needs a unit: /s"},
	{"verify", "maybe", -EINVAL, "verify: \"maybe\" is not yes or no"},
	{"verify", "flase", -EINVAL, "verify: \"flase\" is not yes or no; did you mean \"false\"?"},
	{"verify", "1", -EINVAL, "verify: \"1\" is not yes or no"},
	{"pattern", "randm", -EINVAL,
	 "pattern: \"randm\" is not one of seq, random, stride; did you mean \"random\"?"},
	{"pattern", "zebra", -EINVAL, "pattern: \"zebra\" is not one of seq, random, stride"},
};

Test(opt, wrong_text)
{
	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
		struct opts o, before;
		struct err err = {0};
		int r;

		memset(&o, 0x77, sizeof(o));
		before = o;
		r = opt_set_text(row(wrong[i].name), &o, wrong[i].text, &err);
		cr_expect_eq(r, wrong[i].code, "%s %s: %d", wrong[i].name, wrong[i].text, r);
		cr_expect_str_eq(err.text, wrong[i].message);
		cr_expect_eq(err.class, ERR_USAGE);
		cr_expect_eq(memcmp(&o, &before, sizeof(o)), 0, "%s was set", wrong[i].name);
	}
}

static const struct {
	const char *name, *text;
	int64_t value;
	const char *written;
} right[] = {
	{"size", "1M", MIB, "1M"},
	{"size", "1G", GIB, "1G"},
	{"size", "268439552B", 268439552, "268439552B"}, /* 256.004M would be another size */
	{"free-size", "4T", 4 * 1024 * GIB, "4T"},
	{"threads", "64", 64, "64"},
	{"share", "0", 0, "0%"},
	{"share", "33.333%", 33333, "33.333%"},
	{"every", "0", 0, "0s"},
	{"every", "1.5min", 90 * NSEC_PER_SEC, "90s"},
	{"every", "15234567ns", 15234567, "15234567ns"},
	{"rate", "1000B/s", 1000, "1000B/s"},
	{"rate", "268439552B/s", 268439552, "268439552B/s"},
	{"ops", "0.5/s", 500, "0.5/s"},
	{"verify", "no", 0, "no"},
	{"verify", "false", 0, "no"},
	{"verify", "off", 0, "no"},
	{"verify", "on", 1, "yes"},
	{"verify", "true", 1, "yes"},
	{"pattern", "seq", 0, "seq"},
	{"pattern", "stride", 2, "stride"},
	{"nudge", "-1000", -1000, "-1000"},
};

Test(opt, right_text)
{
	for (size_t i = 0; i < ARRAY_SIZE(right); i++) {
		const struct opt *opt = row(right[i].name);
		struct opts o = {.after = 1};
		struct err err = {0};
		char buf[64];

		cr_expect_eq(opt_set_text(opt, &o, right[i].text, &err), 0, "%s", err.text);
		cr_expect_eq(opt_get_i64(opt, &o), right[i].value, "%s %s", right[i].name,
			     right[i].text);
		cr_expect_str_eq(opt_format(opt, &o, buf, sizeof(buf)), right[i].written);
		cr_expect_eq(opt_set_text(opt, &o, buf, &err), 0, "%s", err.text);
		cr_expect_eq(opt_get_i64(opt, &o), right[i].value);
	}
}

Test(opt, numbers)
{
	struct opts o = {0};
	struct err err = {0};

	cr_expect_eq(opt_set_i64(row("size"), &o, MIB, &err), 0);
	cr_expect_eq(o.size, MIB);
	cr_expect_eq(opt_set_i64(row("size"), &o, MIB - 1, &err), -ERANGE);
	cr_expect_str_eq(err.text, "size: 1023.999K is below the least of 1M");
	cr_expect_eq(o.size, MIB);
	err_clear(&err);
	cr_expect_eq(opt_set_i64(row("size"), &o, VALUE_ABSENT, &err), -EINVAL);
	err_clear(&err);
	cr_expect_eq(opt_set_i64(row("verify"), &o, 2, &err), -ERANGE);
	err_clear(&err);
	cr_expect_eq(opt_set_i64(row("pattern"), &o, 3, &err), -ERANGE);
	err_clear(&err);
	cr_expect_eq(opt_set_i64(row("pattern"), &o, 2, &err), 0);
	cr_expect_eq(o.pattern, 2);
	cr_expect_eq(opt_set_i64(row("command"), &o, 1, &err), -EINVAL);
	err_clear(&err);
	cr_expect_eq(opt_set_i64(row("rate"), &o, -1, &err), -ERANGE);
	cr_expect_str_eq(err.text, "rate: -1B/s is below the least of 0B/s");
}

Test(opt, text)
{
	struct opts o = {.after = 0x5a5a};
	struct err err = {0};
	char buf[OPT_TEXT_MAX], text[OPT_TEXT_MAX + 1];

	memset(text, 'x', sizeof(text));
	text[OPT_TEXT_MAX] = '\0';
	cr_expect_eq(opt_set_text(row("command"), &o, text, &err), -E2BIG);
	cr_expect_str_eq(err.text, "command: has 1024 bytes, at most 1023 are possible");
	text[OPT_TEXT_MAX - 1] = '\0';
	err_clear(&err);
	cr_expect_eq(opt_set_text(row("command"), &o, text, &err), 0);
	cr_expect_str_eq(opt_format(row("command"), &o, buf, sizeof(buf)), text);
	cr_expect_eq(opt_set_text(row("command"), &o, "sleep 1", &err), 0);
	cr_expect_str_eq(o.command, "sleep 1");
	cr_expect_eq(opt_get_i64(row("command"), &o), VALUE_ABSENT);
	cr_expect_eq(o.after, 0x5a5a);
}

Test(opt, names)
{
	char buf[64];

	cr_expect_str_eq(opt_type_name(row("size"), buf, sizeof(buf)), "size");
	cr_expect_str_eq(opt_type_name(row("verify"), buf, sizeof(buf)), "yes|no");
	cr_expect_str_eq(opt_type_name(row("pattern"), buf, sizeof(buf)), "seq|random|stride");
	cr_expect_str_eq(opt_type_name(row("pattern"), buf, 6), "seq|r");
	cr_expect_eq(opt_unit(row("size")), UNIT_BYTES);
	cr_expect_eq(opt_unit(row("every")), UNIT_DUR);
	cr_expect_eq(opt_unit(row("pattern")), UNIT_TEXT);
}
