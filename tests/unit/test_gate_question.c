/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The words of `gate --capacity` are those of a shell; an answer is one, or is told to be none. */
#include <criterion/criterion.h>
#include <errno.h>
#include <string.h>

#include "base/cleanup.h"
#include "cli/capacity_send.h"
#include "cli/gate_question.h"

static void words(const char *text, const char *const *want, int n)
{
	_cleanup_(arena_free) struct arena a = {0};
	const char **got;

	cr_assert_eq(shell_words(&a, text, &got), n, "%s", text);
	for (int i = 0; i < n; i++)
		cr_assert_str_eq(got[i], want[i], "%s: %s", text, got[i]);
}

#define WORDS(text, ...)                                                                           \
	words(text, (const char *const[]){__VA_ARGS__},                                            \
	      sizeof((const char *const[]){__VA_ARGS__}) / sizeof(const char *))

Test(gate_question, words_of_a_shell)
{
	WORDS("limit -- true", "limit", "--", "true");
	WORDS("  a\tb\n", "a", "b");
	WORDS("a 'b  c' \"d \\\" e\" f\\ g", "a", "b  c", "d \" e", "f g");
	WORDS("--slo='runtime <= 110%'x", "--slo=runtime <= 110%x");
	WORDS("'' \"\"", "", "");
	WORDS("'a\\b' \"c\\d\" e\\\\", "a\\b", "c\\d", "e\\");
	words("", NULL, 0);
	words(" \n", NULL, 0);
}

Test(gate_question, open_quotes)
{
	_cleanup_(arena_free) struct arena a = {0};
	const char **got;

	cr_assert_eq(shell_words(&a, "a 'b", &got), -1);
	cr_assert_eq(shell_words(&a, "\"", &got), -1);
	cr_assert_eq(shell_words(&a, "a \"b\\\"", &got), -1);
}

static int receive(const char *json, struct capacity_answer *a)
{
	struct err err = {0};
	int r = capacity_receive(a, json, strlen(json), &err);

	cr_assert_eq(r < 0, err.code != 0);
	return r;
}

Test(gate_question, answers)
{
	struct capacity_answer a;

	cr_assert_eq(receive("{\"code\": 1, \"says\": \"7\", \"text\": \"t\", \"capacity\": "
			     "{\"kernel\": \"6.1\"}}",
			     &a),
		     0);
	cr_assert(a.code == 1 && !a.error && !strcmp(a.says, "7") && !strcmp(a.kernel, "6.1"));
	capacity_answer_free(&a);
	cr_assert_eq(receive("{\"code\": 2, \"error\": \"no\"}", &a), 0);
	cr_assert(a.code == 2 && !strcmp(a.error, "no") && !a.capacity && !a.kernel);
	capacity_answer_free(&a);
}

Test(gate_question, no_answers)
{
	static const char *const bad[] = {
		"",
		"{",
		"[]",
		"{}",
		"{\"code\": \"1\", \"error\": \"no\"}",
		"{\"code\": 1}",
		"{\"code\": 0, \"says\": \"7\", \"text\": \"t\", \"capacity\": []}",
		"{\"code\": 0, \"says\": 7, \"text\": \"t\", \"capacity\": {}}",
	};
	struct capacity_answer a;

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		cr_assert_eq(receive(bad[i], &a), -EPROTO, "%s", bad[i]);
		cr_assert_null(a.all);
	}
}
