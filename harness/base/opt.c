/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/opt.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/words.h"

/* What each type is called, what is wanted of its text, and how its exact base is written. */
static const struct kind {
	const char *name, *wanted, *suffixes, *base;
	enum unit unit;
} kinds[] = {
	[OPT_SIZE] = {"size", "a size like 64M", "B, K, M, G or T", "B", UNIT_BYTES},
	[OPT_COUNT] = {"count", "a plain number", NULL, "", UNIT_COUNT},
	[OPT_PERCENT] = {"percent", "a percentage like 25%", "%", "", UNIT_PERCENT},
	[OPT_DUR] = {"duration", "a duration like 30s", "ns, us, ms, s, min or h", "ns", UNIT_DUR},
	[OPT_BPS] = {"bytes/s", "a rate like 200M/s", "B/s, K/s, M/s, G/s or T/s", "B/s", UNIT_BPS},
	[OPT_PER_SEC] = {"ops/s", "a rate like 1000/s", "/s", "", UNIT_PER_SEC},
	[OPT_BOOL] = {"yes|no", "yes or no", NULL, "", UNIT_TEXT},
	[OPT_ENUM] = {"word", "a word", NULL, "", UNIT_TEXT},
	[OPT_TEXT] = {"text", "text", NULL, "", UNIT_TEXT},
};

static const struct bool_word {
	const char *word;
	int64_t value;
} bool_words[] = {
	{"yes", 1}, {"no", 0}, {"true", 1}, {"false", 0}, {"on", 1}, {"off", 0},
};

enum unit opt_unit(const struct opt *opt)
{
	return kinds[opt->type].unit;
}

/* The words of an OPT_ENUM with a separator between them. */
static char *join_words(const struct opt *opt, const char *between, char *buf, size_t size)
{
	size_t len = 0;

	buf[0] = '\0';
	for (size_t i = 0; opt->words[i] && len < size; i++)
		len += (size_t)snprintf(buf + len, size - len, "%s%s", i ? between : "",
					opt->words[i]);
	return buf;
}

const char *opt_type_name(const struct opt *opt, char *buf, size_t size)
{
	if (opt->type == OPT_ENUM)
		return join_words(opt, "|", buf, size);
	snprintf(buf, size, "%s", kinds[opt->type].name);
	return buf;
}

const struct opt *opt_find(const struct opt *table, const char *name)
{
	for (const struct opt *o = table; o->name; o++)
		if (strcmp(o->name, name) == 0)
			return o;
	return NULL;
}

static void *place(const struct opt *opt, void *blob)
{
	return (char *)blob + opt->offset;
}

static int usage(struct err *err, int code, const struct opt *opt, const char *text)
{
	return err_set_class(err, ERR_USAGE, code, "%s: %s", opt->name, text);
}

int opt_defaults(const struct opt *table, void *blob, struct err *err)
{
	for (const struct opt *o = table; o->name; o++) {
		int r;

		if (o->flags & OPT_REQUIRED)
			continue;
		if (!o->def)
			return err_set(err, -EINVAL, "%s: has no default and is not required",
				       o->name);
		r = opt_set_text(o, blob, o->def, err);
		if (r < 0)
			return err_prefix(err, "default");
	}
	return 0;
}

static size_t words_count(const struct opt *opt)
{
	size_t n = 0;

	while (opt->words[n])
		n++;
	return n;
}

/*
 * The limits that hold: words limit themselves, and without limits of its own only a plain number
 * may be negative.
 */
static void limits(const struct opt *opt, int64_t *ret_min, int64_t *ret_max)
{
	*ret_min = opt->min;
	*ret_max = opt->max;
	if (opt->type == OPT_BOOL || opt->type == OPT_ENUM) {
		*ret_min = 0;
		*ret_max = opt->type == OPT_BOOL ? 1 : (int64_t)words_count(opt) - 1;
	} else if (!opt->min && !opt->max) {
		*ret_min = opt->type == OPT_COUNT ? VALUE_ABSENT + 1 : 0;
		*ret_max = VALUE_MAX;
	} else if (opt->max < opt->min) {
		*ret_max = VALUE_MAX;
	}
}

/* A number as a profile would write it: when the short text is not exact, in the base unit. */
static void format_number(const struct opt *opt, int64_t value, char buf[QUANTITY_MAX])
{
	const struct kind *kind = &kinds[opt->type];
	enum unit unit;
	int64_t back;

	quantity_format(buf, value, kind->unit);
	if (value == VALUE_MAX || value == VALUE_ABSENT ||
	    (quantity_parse(buf, strlen(buf), &back, &unit) == 0 && back == value))
		return;
	snprintf(buf, QUANTITY_MAX, "%" PRId64 "%s", value, kind->base);
}

static int outside(const struct opt *opt, int64_t value, int64_t limit, struct err *err)
{
	char have[QUANTITY_MAX], edge[QUANTITY_MAX], text[3 * QUANTITY_MAX];

	format_number(opt, value, have);
	format_number(opt, limit, edge);
	if (value < limit)
		snprintf(text, sizeof(text), "%s is below the least of %s", have, edge);
	else
		snprintf(text, sizeof(text), "%s is above the most of %s", have, edge);
	return usage(err, -ERANGE, opt, text);
}

int opt_set_i64(const struct opt *opt, void *blob, int64_t value, struct err *err)
{
	int64_t min, max;

	if (opt->type == OPT_TEXT)
		return usage(err, -EINVAL, opt, "is text, not a number");
	if (value == VALUE_ABSENT)
		return usage(err, -EINVAL, opt, "there is no value to set it to");
	limits(opt, &min, &max);
	if (value < min)
		return outside(opt, value, min, err);
	if (value > max)
		return outside(opt, value, max, err);
	memcpy(place(opt, blob), &value, sizeof(value));
	return 0;
}

/* `pattern: "randm" is not one of seq, random, stride; did you mean "random"?` */
static int not_a_word(const struct opt *opt, const char *text, const char *wanted,
		      const struct nearest *near, struct err *err)
{
	if (near->best)
		return err_set_class(err, ERR_USAGE, -EINVAL,
				     "%s: \"%.64s\" is not %s; did you mean \"%s\"?", opt->name,
				     text, wanted, near->best);
	return err_set_class(err, ERR_USAGE, -EINVAL, "%s: \"%.64s\" is not %s", opt->name, text,
			     wanted);
}

static int set_bool(const struct opt *opt, void *blob, const char *text, struct err *err)
{
	struct nearest near = {.want = text};

	for (size_t i = 0; i < ARRAY_SIZE(bool_words); i++) {
		if (strcmp(bool_words[i].word, text) == 0)
			return opt_set_i64(opt, blob, bool_words[i].value, err);
		nearest_offer(&near, bool_words[i].word);
	}
	return not_a_word(opt, text, kinds[OPT_BOOL].wanted, &near, err);
}

static int set_enum(const struct opt *opt, void *blob, const char *text, struct err *err)
{
	int i = word_index(opt->words, words_count(opt), text);
	struct nearest near = {.want = text};
	char words[256], wanted[272];

	if (i >= 0)
		return opt_set_i64(opt, blob, i, err);
	for (i = 0; opt->words[i]; i++)
		nearest_offer(&near, opt->words[i]);
	snprintf(wanted, sizeof(wanted), "one of %s", join_words(opt, ", ", words, sizeof(words)));
	return not_a_word(opt, text, wanted, &near, err);
}

static int set_free_text(const struct opt *opt, void *blob, const char *text, struct err *err)
{
	size_t len = strlen(text);

	if (len >= OPT_TEXT_MAX)
		return err_set_class(err, ERR_USAGE, -E2BIG,
				     "%s: has %zu bytes, at most %d are possible", opt->name, len,
				     OPT_TEXT_MAX - 1);
	memcpy(place(opt, blob), text, len + 1);
	return 0;
}

/* The text was no quantity, or one that does not fit. */
static int not_a_number(const struct opt *opt, const char *text, int code, struct err *err)
{
	const struct kind *kind = &kinds[opt->type];

	if (code == -ERANGE)
		return err_set_class(err, ERR_USAGE, code,
				     "%s: %.64s is too large, or too small a fraction", opt->name,
				     text);
	if (code == -ENOENT && kind->suffixes)
		return err_set_class(err, ERR_USAGE, -EINVAL,
				     "%s: %.64s has an unknown unit; use %s", opt->name, text,
				     kind->suffixes);
	return err_set_class(err, ERR_USAGE, -EINVAL, "%s: \"%.64s\" is not %s", opt->name, text,
			     kind->wanted);
}

static int set_number(const struct opt *opt, void *blob, const char *text, struct err *err)
{
	const struct kind *kind = &kinds[opt->type];
	enum unit unit = UNIT_NONE;
	int64_t value = 0;
	int r = quantity_parse(text, strlen(text), &value, &unit);

	if (r < 0)
		return not_a_number(opt, text, r, err);
	if (unit == kind->unit || (unit == UNIT_COUNT && value == 0))
		return opt_set_i64(opt, blob, value, err);
	if (unit == UNIT_COUNT)
		return err_set_class(err, ERR_USAGE, -EINVAL, "%s: %.64s needs a unit: %s",
				     opt->name, text, kind->suffixes);
	return err_set_class(err, ERR_USAGE, -EINVAL, "%s: %.64s is %s, not %s", opt->name, text,
			     unit_name(unit), kind->wanted);
}

int opt_set_text(const struct opt *opt, void *blob, const char *text, struct err *err)
{
	switch (opt->type) {
	case OPT_BOOL:
		return set_bool(opt, blob, text, err);
	case OPT_ENUM:
		return set_enum(opt, blob, text, err);
	case OPT_TEXT:
		return set_free_text(opt, blob, text, err);
	default:
		return set_number(opt, blob, text, err);
	}
}

int64_t opt_get_i64(const struct opt *opt, const void *blob)
{
	int64_t value;

	if (opt->type == OPT_TEXT)
		return VALUE_ABSENT;
	memcpy(&value, (const char *)blob + opt->offset, sizeof(value));
	return value;
}

char *opt_format(const struct opt *opt, const void *blob, char *buf, size_t size)
{
	char number[QUANTITY_MAX];
	const char *text = number;
	int64_t value = opt_get_i64(opt, blob);

	if (opt->type == OPT_TEXT)
		text = (const char *)blob + opt->offset;
	else if (opt->type == OPT_BOOL)
		text = value ? "yes" : "no";
	else if (opt->type == OPT_ENUM)
		text = value >= 0 && value < (int64_t)words_count(opt) ? opt->words[value] : "?";
	else
		format_number(opt, value, number);
	snprintf(buf, size, "%s", text);
	return buf;
}
