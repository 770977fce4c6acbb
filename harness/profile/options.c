/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The value of one option: its type, its unit and its limits. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/words.h"
#include "profile/decode.h"

static const char *const bool_words[] = {"yes", "no", NULL};

/* A word of a table. The option's own parser has the last word, as it knows spellings beside these.
 */
static bool decode_word(struct decoder *dc, const struct opt *opt, struct text text, void *blob)
{
	const char *const *words = opt->type == OPT_ENUM ? opt->words : bool_words;
	struct nearest near = {.want = text.s};
	const char *all = "";
	struct err err = {0};

	if (opt_set_text(opt, blob, text.s, &err) == 0)
		return true;
	for (size_t i = 0; words[i]; i++) {
		nearest_offer(&near, words[i]);
		all = arena_printf(dc->arena, "%s%s%s", all, i ? ", " : "", words[i]);
	}
	diag_add(dc->diags, text.pos, diag_did_you_mean(dc->diags, near.best),
		 "\"%.64s\" is none of: %s", text.s, all);
	return false;
}

/* "0-1,3": the kernel's format of lists (Documentation/admin-guide/kernel-parameters.rst). */
static bool is_list(const char *s)
{
	for (;;) {
		long from, to;
		char *end;

		if (!isdigit((unsigned char)*s))
			return false;
		from = to = strtol(s, &end, 10);
		if (*end == '-') {
			s = end + 1;
			if (!isdigit((unsigned char)*s))
				return false;
			to = strtol(s, &end, 10);
		}
		if (to < from || to > 65535)
			return false;
		if (!*end)
			return true;
		if (*end != ',')
			return false;
		s = end + 1;
	}
}

static bool is_list_option(const struct opt *opt)
{
	return opt == opt_find(stressor_common_options, "cpus") ||
	       opt == opt_find(stressor_common_options, "nodes");
}

static bool decode_free_text(struct decoder *dc, const struct opt *opt, struct text text,
			     void *blob)
{
	struct err err = {0};

	if (is_list_option(opt) && !is_list(text.s) && strcmp(text.s, "spread")) {
		diag_add(dc->diags, text.pos, "a list with commas needs quotes in { }",
			 "\"%.64s\" is no list of numbers like \"0-1,3\"", text.s);
		return false;
	}
	if (opt_set_text(opt, blob, text.s, &err) == 0)
		return true;
	diag_add(dc->diags, text.pos, NULL, "%s", err.text);
	return false;
}

static bool decode_number(struct decoder *dc, const struct opt *opt, struct text text, void *blob,
			  struct expr **ret)
{
	struct expr *e = decode_quantity(dc, text, opt_unit(opt));
	struct err err = {0};
	int64_t value;

	if (!e)
		return false;
	*ret = e;
	if (!constant_value(dc, e, &value) || opt_set_i64(opt, blob, value, &err) == 0)
		return true;
	diag_add(dc->diags, expr_start(e), NULL, "%s", err.text);
	return false;
}

bool decode_option_value(struct decoder *dc, const struct opt *opt, struct text text, void *blob,
			 struct expr **ret)
{
	*ret = NULL;
	switch (opt->type) {
	case OPT_ENUM:
	case OPT_BOOL:
		return decode_word(dc, opt, text, blob);
	case OPT_TEXT:
		return decode_free_text(dc, opt, text, blob);
	default:
		return decode_number(dc, opt, text, blob, ret);
	}
}
