/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <criterion/criterion.h>
#include <errno.h>
#include <string.h>

#include "base/err.h"

Test(err, first_wins)
{
	struct err err = {0};

	cr_expect_eq(err_set(&err, -ENOENT, "no %s", "file"), -ENOENT);
	cr_expect_eq(err_set(&err, -EPERM, "later"), -ENOENT);
	cr_expect_eq(err_set_class(&err, ERR_USAGE, -EPERM, "later"), -ENOENT);
	cr_expect_eq(err_errno(&err, -EPERM, "later"), -ENOENT);
	cr_expect_str_eq(err.text, "no file");
	cr_expect_eq(err.code, -ENOENT);
	cr_expect_eq(err.class, ERR_BROKEN);
}

Test(err, class_and_errno)
{
	struct err err = {0};

	cr_expect_eq(err_set_class(&err, ERR_SKIP, -ENOSYS, "no %d", 5), -ENOSYS);
	cr_expect_eq(err.class, ERR_SKIP);
	cr_expect_str_eq(err.text, "no 5");
	err_clear(&err);
	cr_expect_eq(err.code, 0);
	cr_expect_eq(err.class, ERR_BROKEN);
	cr_expect_str_eq(err.text, "");

	cr_expect_eq(err_errno(&err, -EACCES, "open %s", "x"), -EACCES);
	cr_expect_str_eq(err.text, "open x: Permission denied");
	err_clear(&err);
	err_errno(&err, -99999, "open");
	cr_expect_str_eq(err.text, "open: error 99999");
}

Test(err, never_success)
{
	struct err err = {0};

	cr_expect_lt(err_set(&err, 0, "x"), 0);
	cr_expect_lt(err.code, 0);
	err_clear(&err);
	cr_expect_lt(err_set(&err, 5, "x"), 0);
	cr_expect_eq(err_set(NULL, -EPERM, "x"), -EPERM);
	cr_expect_eq(err_errno(NULL, -EPERM, "x"), -EPERM);
	cr_expect_eq(err_prefix(NULL, "x"), 0);
}

Test(err, prefix)
{
	struct err err = {0};

	cr_expect_eq(err_prefix(&err, "nothing"), 0);
	cr_expect_str_eq(err.text, "");
	err_set(&err, -EIO, "disk gone");
	cr_expect_eq(err_prefix(&err, "group %s", "hog"), -EIO);
	cr_expect_eq(err_prefix(&err, "phase 1"), -EIO);
	cr_expect_str_eq(err.text, "phase 1: group hog: disk gone");
}

static void expect_cut(const struct err *err)
{
	size_t len = strlen(err->text);

	cr_expect_lt(len, sizeof(err->text));
	cr_expect_geq(len, sizeof(err->text) - 5);
	cr_expect_str_eq(err->text + len - 3, "...");
}

Test(err, cut)
{
	struct err err = {0};
	char text[600];

	memset(text, 'a', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	err_set(&err, -EIO, "%s", text);
	expect_cut(&err);
	err_prefix(&err, "context");
	expect_cut(&err);
	cr_expect_eq(strncmp(err.text, "context: aaa", 12), 0);
	err_prefix(&err, "%s", text);
	expect_cut(&err);

	err_clear(&err);
	text[505] = '\0';
	err_errno(&err, -EACCES, "%s", text);
	expect_cut(&err);

	/* What just fits is whole. */
	err_clear(&err);
	text[505] = 'a';
	text[sizeof(err.text) - 1] = '\0';
	err_set(&err, -EIO, "%s", text);
	cr_expect_str_eq(err.text, text);
}

/* A cut between the bytes of a character would make the text invalid UTF-8. */
Test(err, cut_between_characters)
{
	for (unsigned shift = 0; shift < 3; shift++) {
		struct err err = {0};
		char text[700] = "";

		memset(text, 'a', shift);
		for (int i = 0; i < 200; i++)
			strcat(text, "\xe2\x80\xa6");
		err_set(&err, -EIO, "%s", text);
		expect_cut(&err);
		cr_expect_eq((strlen(err.text) - 3 - shift) % 3, 0, "shift %u", shift);
	}
}
