/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Option tables: parser, validator, `memtrial show`, man page and completion read the same rows. An
 * option's value lives at an offset in its owner's option struct: an int64_t for every type but
 * OPT_TEXT, which is a char[OPT_TEXT_MAX].
 */
#ifndef MT_BASE_OPT_H
#define MT_BASE_OPT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/units.h"

#define OPT_TEXT_MAX 1024

enum opt_type {
	OPT_SIZE,    /* bytes */
	OPT_COUNT,   /* plain number */
	OPT_PERCENT, /* thousandths of one per cent */
	OPT_DUR,     /* nanoseconds */
	OPT_BPS,     /* bytes per second */
	OPT_PER_SEC, /* operations per second, in thousandths */
	OPT_BOOL,    /* 0 or 1; words yes/no, true/false, on/off */
	OPT_ENUM,    /* index into words */
	OPT_TEXT,    /* free text */
};

enum opt_flags {
	OPT_REQUIRED = 1 << 0, /* no default: the profile must say it */
	OPT_LIVE = 1 << 1,     /* a phase may `set` it while the worker runs */
};

struct opt {
	const char *name;
	enum opt_type type;
	size_t offset;
	/*
	 * Limits, inclusive, in the unit's base. Both 0: none, though only a count may then be
	 * negative. max below min: no upper limit.
	 */
	int64_t min, max;
	const char *def;	  /* default as a profile would write it; NULL with OPT_REQUIRED */
	const char *const *words; /* OPT_ENUM: NULL-terminated */
	unsigned flags;
	const char *help; /* one line, no full stop */
};

/* End of an option table. */
/* clang-format off */
#define OPT_END {.name = NULL}
/* clang-format on */

/* UNIT_TEXT for what is set by a word or a text. */
enum unit opt_unit(const struct opt *opt);
/* "size", "count", "a|b|c" ... for show and messages. Returns buf. */
const char *opt_type_name(const struct opt *opt, char *buf, size_t size);
const struct opt *opt_find(const struct opt *table, const char *name);
/* Fill a zeroed option struct with the table's defaults. Defaults are checked by a unit test. */
int opt_defaults(const struct opt *table, void *blob, struct err *err);
/* Set one option from a number already in its unit (OPT_TEXT: -EINVAL), checking the limits. */
int opt_set_i64(const struct opt *opt, void *blob, int64_t value, struct err *err);
/*
 * Set one option from its text, as a profile would write it. Returns 0, -EINVAL, -ERANGE (limits)
 * or -E2BIG (text); the sentence begins with the option's name and is of ERR_USAGE.
 */
int opt_set_text(const struct opt *opt, void *blob, const char *text, struct err *err);
/* VALUE_ABSENT for OPT_TEXT. */
int64_t opt_get_i64(const struct opt *opt, const void *blob);
/* The value as a profile would write it: opt_set_text() gives it back exactly. Returns buf. */
char *opt_format(const struct opt *opt, const void *blob, char *buf, size_t size);

#endif
