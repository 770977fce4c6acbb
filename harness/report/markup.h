/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Text inside XML, HTML, JSON and OpenMetrics: names, sentences and kernel log lines come from
 * files and from programs, so nothing of them is ever read as markup. What is not UTF-8, or what
 * XML 1.0 section 2.2 forbids even as a reference (most of C0, surrogates, U+FFFE, U+FFFF), becomes
 * U+FFFD.
 */
#ifndef MT_REPORT_MARKUP_H
#define MT_REPORT_MARKUP_H

#include <stdint.h>
#include <stdio.h>

/* Between tags. NULL is "". */
void markup_text(FILE *out, const char *text);
/* Inside of a quoted attribute: line ends and tabs as references, so that a parser keeps them. */
void markup_value(FILE *out, const char *text);
/* printf, escaped as between tags; what is longer than 2 KiB is cut. */
void markup_printf(FILE *out, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/*
 * A JSON string with its quotes. "<" is written as an escape, so that it may stand in a script
 * element of HTML, which ends at the first "</script".
 */
void markup_json(FILE *out, const char *text);
/* The value of a label of OpenMetrics, with its quotes. */
void markup_label(FILE *out, const char *text);
/*
 * Bytes of the character of UTF-8 at s, 1 to 4, with its code point; 0 when there is none: cut,
 * overlong, a surrogate, out of Unicode.
 */
int utf8_char(const char *s, uint32_t *ret);

#endif
