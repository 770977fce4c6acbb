/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The grammar of constraints: [at most|at least|not] N [± slack], A .. B [± slack], a word. */
#include <ctype.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/words.h"
#include "profile/decode.h"

static const struct prefix {
	const char *words;
	enum constraint_kind kind;
} prefixes[] = {
	{"at most", C_AT_MOST},
	{"at least", C_AT_LEAST},
	{"not", C_NOT},
};

/* What other languages write for it. */
static const struct foreign {
	const char *sign, *ours;
} foreign_signs[] = {
	{"<", "at most"}, {">", "at least"}, {"!", "not"}, {"=", ""}, {"~", "64M ± 1M"},
};

static const char *end_of(const char *s)
{
	return s + strlen(s);
}

/* The constraint without its prefix. */
static struct text take_prefix(struct decoder *dc, struct text text, enum constraint_kind *ret)
{
	for (size_t i = 0; i < ARRAY_SIZE(prefixes); i++) {
		size_t len = strlen(prefixes[i].words);

		if (!str_starts(text.s, prefixes[i].words) || (text.s[len] && text.s[len] != ' '))
			continue;
		*ret = prefixes[i].kind;
		return text_part(dc, text, text.s + len, end_of(text.s));
	}
	*ret = C_EQUAL;
	return text;
}

/* Words ----------------------------------------------------------------------------------------*/

static bool check_word(struct decoder *dc, const char *const *words, struct text word)
{
	struct nearest near = {.want = word.s};
	const char *all = "words:";

	for (size_t i = 0; words[i]; i++) {
		if (str_eq(words[i], word.s))
			return true;
		nearest_offer(&near, words[i]);
		all = arena_printf(dc->arena, "%s%s %s", all, i ? "," : "", words[i]);
	}
	diag_add(dc->diags, word.pos, near.best ? diag_did_you_mean(dc->diags, near.best) : all,
		 "\"%.64s\" is no word of this metric", word.s);
	return false;
}

static bool decode_word(struct decoder *dc, const struct metric *m, struct text text,
			struct constraint *c)
{
	struct text word = take_prefix(dc, text, &c->kind);
	const char *const *words = metric_words(m);

	if (c->kind == C_AT_MOST || c->kind == C_AT_LEAST || strchr("+-", *word.s) ||
	    strstr(word.s, "±")) {
		diag_add(dc->diags, text.pos, NULL,
			 "the value of \"%s\" is a word: write it alone, or after \"not\"",
			 m->name);
		return false;
	}
	c->kind = c->kind == C_NOT ? C_NOT_WORD : C_WORD;
	c->word = word.s;
	return !words || check_word(dc, words, word);
}

/* Numbers --------------------------------------------------------------------------------------*/

/* Where the slack's sign stands, NULL: there is none. */
static const char *find_slack(const char *s, size_t *ret_len)
{
	const char *sign = strstr(s, "±"), *ascii = strstr(s, "+-");

	if (ascii && (!sign || ascii < sign))
		sign = ascii;
	*ret_len = 2; /* bytes, of both */
	return sign;
}

/* "5% of expected": the text before "of", or NULL. */
static const char *of_expected(const char *s)
{
	static const char of[] = "of", expected[] = "expected";
	const char *p = end_of(s) - (sizeof(expected) - 1);

	if (p <= s || !str_eq(p, expected) || p[-1] != ' ')
		return NULL;
	while (p > s && p[-1] == ' ')
		p--;
	p -= sizeof(of) - 1;
	return p > s && str_starts(p, of) ? p : NULL;
}

static bool decode_slack(struct decoder *dc, const struct metric *m, struct text text,
			 struct constraint *c)
{
	const char *of = of_expected(text.s);
	struct expr *e;

	if (of) {
		c->slack_percent = true;
		c->slack = decode_quantity(dc, text_part(dc, text, text.s, of), UNIT_PERCENT);
		return c->slack;
	}
	e = decode_quantity(dc, text, UNIT_NONE);
	if (!e)
		return false;
	if (e->unit == UNIT_PERCENT && m->unit != UNIT_PERCENT) {
		diag_add(dc->diags, text.pos, "write: ± 5% of expected", "a percentage of what?");
		return false;
	}
	c->slack = e;
	return expr_check(e, m->unit, dc->p->params, dc->diags) != UNIT_NONE;
}

/* "max" is no limit: the value of a knob, not of anything that is counted. */
static struct expr *max_value(struct decoder *dc, const struct metric *m, struct text text)
{
	struct expr *e = arena_alloc(dc->arena, sizeof(*e));

	*e = (struct expr){.op = EXPR_NUMBER,
			   .pos = text.pos,
			   .value = VALUE_MAX,
			   .unit = m->unit,
			   .constant = true,
			   .cost = 1};
	return e;
}

static struct expr *decode_bound(struct decoder *dc, const struct metric *m, struct text text)
{
	if (str_eq(text.s, "max") && m->unit == UNIT_BYTES)
		return max_value(dc, m, text);
	return decode_quantity(dc, text, m->unit);
}

static bool is_signed(struct text text)
{
	return *text.s == '+' || *text.s == '-';
}

static bool decode_range(struct decoder *dc, const struct metric *m, struct text text,
			 const char *dots, struct constraint *c)
{
	struct text a = text_part(dc, text, text.s, dots);
	struct text b = text_part(dc, text, dots + 2, end_of(text.s));

	if (c->kind != C_EQUAL) {
		diag_add(dc->diags, text.pos, NULL,
			 "a range stands alone: \"at most\", \"at least\" and \"not\" take one "
			 "number");
		return false;
	}
	c->kind = C_RANGE;
	c->delta = is_signed(a);
	if (*b.s && is_signed(a) != is_signed(b)) {
		diag_add(dc->diags, is_signed(a) ? b.pos : a.pos, "a change of nothing is +0",
			 "both ends of a range have a sign, or none has");
		return false;
	}
	c->a = decode_bound(dc, m, a);
	c->b = decode_bound(dc, m, b);
	return c->a && c->b;
}

static bool refuse_foreign(struct decoder *dc, struct text text)
{
	for (size_t i = 0; i < ARRAY_SIZE(foreign_signs); i++) {
		const char *sign = foreign_signs[i].sign;
		size_t len = strspn(text.s, "<>!=~");

		if (*text.s != *sign)
			continue;
		diag_add(dc->diags, pos_part(text.pos, text.s, text.s, text.s + len),
			 *foreign_signs[i].ours
				 ? arena_printf(dc->arena, "write: %s", foreign_signs[i].ours)
				 : "write the number alone",
			 "\"%.*s\" is no word of a constraint", (int)len, text.s);
		return true;
	}
	return false;
}

/* "atleast 4M", "at mots 4M": words in front of a number that are none of ours. */
static bool refuse_words(struct decoder *dc, struct text text)
{
	size_t len = strspn(text.s, "abcdefghijklmnopqrstuvwxyz ");
	const char *words;
	struct nearest near = {0};

	while (len && text.s[len - 1] == ' ')
		len--;
	words = arena_strndup(dc->arena, text.s, len);
	if (!len || isalnum((unsigned char)text.s[len]) || text.s[len] == '_' ||
	    word_index(expr_machine_names, MN_MAX, words) >= 0 || str_eq(words, "max"))
		return false;
	near.want = words;
	for (size_t i = 0; i < ARRAY_SIZE(prefixes); i++)
		nearest_offer(&near, prefixes[i].words);
	if (!near.best)
		return false;
	diag_add(dc->diags, pos_part(text.pos, text.s, text.s, text.s + len),
		 diag_did_you_mean(dc->diags, near.best), "\"%s\" is no word of a constraint",
		 words);
	return true;
}

static bool decode_bounds(struct decoder *dc, const struct metric *m, struct text text,
			  struct constraint *c)
{
	struct text bound = take_prefix(dc, text, &c->kind);
	const char *dots = strstr(bound.s, "..");

	if (c->kind == C_EQUAL && (refuse_foreign(dc, text) || refuse_words(dc, text)))
		return false;
	if (dots)
		return decode_range(dc, m, bound, dots, c);
	c->delta = is_signed(bound);
	c->a = decode_bound(dc, m, bound);
	return c->a;
}

static bool decode_number(struct decoder *dc, const struct metric *m, struct text text,
			  struct constraint *c)
{
	size_t len;
	const char *sign = find_slack(text.s, &len), *end = end_of(text.s);
	bool ok = decode_bounds(dc, m, sign ? text_part(dc, text, text.s, sign) : text, c);

	if (sign)
		ok = decode_slack(dc, m, text_part(dc, text, sign + len, end), c) && ok;
	return ok;
}

bool decode_constraint(struct decoder *dc, const struct metric *metric, struct text text,
		       struct constraint *ret)
{
	struct text trimmed = text_part(dc, text, text.s, end_of(text.s));

	*ret = (struct constraint){.text = trimmed};
	if (metric->unit == UNIT_TEXT)
		return decode_word(dc, metric, trimmed, ret);
	if (!decode_number(dc, metric, trimmed, ret))
		return false;
	check_constraint(dc, metric, ret);
	return true;
}
