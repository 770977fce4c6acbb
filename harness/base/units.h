/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Units as types, so that the compiler refuses to mix them, and the words people use for them.
 * Owns: conversion between raw numbers, typed numbers and text ("64M", "1.5s", "12%").
 * Does not own: arithmetic of profiles (profile/expr.h).
 */
#ifndef MT_BASE_UNITS_H
#define MT_BASE_UNITS_H

#include <stddef.h>
#include <stdint.h>

typedef struct {
	int64_t b;
} bytes_t;
typedef struct {
	int64_t n;
} pages_t;
typedef struct {
	int64_t ns;
} dur_t;

#define KIB	      1024LL
#define MIB	      (1024LL * KIB)
#define GIB	      (1024LL * MIB)
#define NSEC_PER_USEC 1000LL
#define NSEC_PER_MSEC 1000000LL
#define NSEC_PER_SEC  1000000000LL

/* The unit of a metric, an option or a quantity. Every value is one int64_t in its unit's base. */
enum unit {
	UNIT_NONE,    /* not known yet, or not a number */
	UNIT_COUNT,   /* plain number: events, objects, pages counted as such */
	UNIT_BYTES,   /* bytes */
	UNIT_PAGES,   /* pages of the machine's page size; a size in bytes converts */
	UNIT_DUR,     /* nanoseconds */
	UNIT_PERCENT, /* thousandths of one per cent: 12.5 % is 12500 */
	UNIT_BPS,     /* bytes per second */
	UNIT_PER_SEC, /* operations per second, in thousandths: 1/s is 1000 */
	UNIT_TEXT,    /* a word */
	UNIT_MAX
};

/* "no limit" where a knob knows one (v2 "max"): larger than any size that can be planned. */
#define VALUE_MAX INT64_MAX
/* A value that was not there to be read (no such line in this kernel's file). */
#define VALUE_ABSENT INT64_MIN

static inline bytes_t bytes(int64_t b)
{
	return (bytes_t){b};
}

static inline dur_t msec(int64_t ms)
{
	return (dur_t){ms * NSEC_PER_MSEC};
}

static inline dur_t nsec(int64_t ns)
{
	return (dur_t){ns};
}

/* The machine's page size in bytes. */
int64_t page_size(void);

/* CLOCK_MONOTONIC now. */
dur_t mono_now(void);

/* The name of a unit for messages: "bytes", "a duration", "a percentage" ... */
const char *unit_name(enum unit unit);

/*
 * One number with its suffix, whole string, no blanks inside: "64M", "1.5G", "4096B", "30s",
 * "100ms", "25%", "200M/s", "1000/s", "512". Suffixes: B K M G T (powers of 1024; an "iB" or "B"
 * tail is allowed), ns us ms s min h, %; a "-" in front is allowed. ret_unit gets UNIT_COUNT when
 * there is no suffix. A fraction is rounded to the nearest base unit. Returns 0, -EINVAL (not a
 * number), -ENOENT (unknown suffix) or -ERANGE (does not fit: too large, a fraction of a base unit
 * such as "1.5" or "0.5B", or so small that it would become 0).
 */
int quantity_parse(const char *text, size_t len, int64_t *ret_value, enum unit *ret_unit);

/* Longest text that quantity_format() writes, with its final NUL. */
#define QUANTITY_MAX 40

/*
 * Shortest text that people read: 64M, 63.9M, 1.25G, 812K, 0, 15.2ms, 12.5%, "max", "-" when
 * absent. Rounded to three decimals, and never to a wrong "0". Nor to a rounder value than it is:
 * one page more than 256M is 256.004M, one byte more 262144.001K, one nanosecond more than 2s
 * is 2.000000001s. With sign, "+64M" and "+0". Returns buf.
 */
char *quantity_format(char buf[QUANTITY_MAX], int64_t value, enum unit unit);
char *quantity_format_signed(char buf[QUANTITY_MAX], int64_t value, enum unit unit);

#endif
