/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/term.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/words.h"

#define WIDTH_MIN     20
#define WIDTH_MAX     1000
#define WIDTH_DEFAULT 80
#define ELLIPSIS      "\xe2\x80\xa6"

const char *const colour_when_words[] = {
	[COLOUR_AUTO] = "auto",
	[COLOUR_ALWAYS] = "always",
	[COLOUR_NEVER] = "never",
	NULL,
};

int colour_when_parse(const char *word, enum colour_when *ret)
{
	int i = word_index(colour_when_words, COLOUR_WHEN_MAX, word);

	if (i < 0)
		return -EINVAL;
	*ret = (enum colour_when)i;
	return 0;
}

bool term_is_tty(int fd)
{
	return isatty(fd) == 1;
}

bool term_colour(int fd, enum colour_when when)
{
	const char *no_color = getenv("NO_COLOR"), *term = getenv("TERM");

	if (when != COLOUR_AUTO)
		return when == COLOUR_ALWAYS;
	if ((no_color && *no_color) || (term && str_eq(term, "dumb")))
		return false;
	return term_is_tty(fd);
}

static unsigned columns_env(void)
{
	const char *text = getenv("COLUMNS");
	char *end;
	unsigned long n;

	if (!text || *text < '0' || *text > '9')
		return 0;
	n = strtoul(text, &end, 10);
	return *end ? 0 : (unsigned)MIN(n, (unsigned long)WIDTH_MAX);
}

unsigned term_width(int fd)
{
	unsigned n = columns_env();
	struct winsize ws;

	if (n == 0 && ioctl(fd, TIOCGWINSZ, &ws) == 0)
		n = ws.ws_col;
	if (n == 0)
		n = WIDTH_DEFAULT;
	return MAX(WIDTH_MIN, MIN(WIDTH_MAX, n));
}

static const char *const style_escapes[STYLE_MAX] = {
	[STYLE_PLAIN] = "",
	[STYLE_BOLD] = "\x1b[1m",
	[STYLE_DIM] = "\x1b[2m",
	[STYLE_RED] = "\x1b[31m",
	[STYLE_GREEN] = "\x1b[32m",
	[STYLE_YELLOW] = "\x1b[33m",
	[STYLE_BLUE] = "\x1b[34m",
	[STYLE_MAGENTA] = "\x1b[35m",
	[STYLE_CYAN] = "\x1b[36m",
	[STYLE_BOLD_RED] = "\x1b[1;31m",
	[STYLE_BOLD_GREEN] = "\x1b[1;32m",
	[STYLE_BOLD_YELLOW] = "\x1b[1;33m",
};

const char *style_begin(enum style style)
{
	return style_escapes[style];
}

const char *style_end(enum style style)
{
	return style == STYLE_PLAIN ? "" : "\x1b[0m";
}

/* Unicode's wide and empty characters, coarsely: what turns up in names, paths and our own symbols.
 */
static const struct range {
	uint32_t first, last;
	unsigned columns;
} ranges[] = {
	{0x0300, 0x036f, 0},   {0x200b, 0x200f, 0},   {0x20d0, 0x20f0, 0},   {0xfe00, 0xfe0f, 0},
	{0xfeff, 0xfeff, 0},   {0x1100, 0x115f, 2},   {0x2e80, 0x303e, 2},   {0x3041, 0xa4cf, 2},
	{0xac00, 0xd7a3, 2},   {0xf900, 0xfaff, 2},   {0xfe30, 0xfe6f, 2},   {0xff00, 0xff60, 2},
	{0xffe0, 0xffe6, 2},   {0x1f300, 0x1f64f, 2}, {0x1f680, 0x1f6ff, 2}, {0x1f900, 0x1faff, 2},
	{0x20000, 0x3fffd, 2},
};

static unsigned code_columns(uint32_t code)
{
	for (size_t i = 0; i < ARRAY_SIZE(ranges); i++)
		if (code >= ranges[i].first && code <= ranges[i].last)
			return ranges[i].columns;
	return 1;
}

/* Bytes of the character that a lead byte begins, 0 when it cannot begin one. */
static size_t lead_length(unsigned char c)
{
	return c < 0x80 ? 1 : c < 0xc2 ? 0 : c < 0xe0 ? 2 : c < 0xf0 ? 3 : c < 0xf5 ? 4 : 0;
}

/* The smallest code of each length: a longer form of a smaller one is invalid. */
static const uint32_t least_code[] = {0, 0, 0x80, 0x800, 0x10000};

/* Decode one character; returns its length, 0 when the bytes are invalid. */
static size_t decode(const char *s, uint32_t *ret)
{
	size_t len = lead_length((unsigned char)*s);
	uint32_t code;

	if (len <= 1) {
		*ret = (unsigned char)*s;
		return len;
	}
	code = (unsigned char)*s & (0x7fU >> len);
	for (size_t i = 1; i < len; i++) {
		if (((unsigned char)s[i] & 0xc0) != 0x80)
			return 0;
		code = code << 6 | ((unsigned char)s[i] & 0x3f);
	}
	*ret = code;
	return code < least_code[len] || (code >= 0xd800 && code <= 0xdfff) || code > 0x10ffff
		       ? 0
		       : len;
}

static bool is_control(uint32_t code)
{
	return code < 0x20 || (code >= 0x7f && code < 0xa0);
}

/* As text_char(), and whether it may be written as it is. */
static size_t next_char(const char *s, unsigned *ret_columns, bool *ret_clean)
{
	uint32_t code;
	size_t len = decode(s, &code);

	*ret_clean = len && !is_control(code);
	*ret_columns = *ret_clean ? code_columns(code) : 1;
	return len ? len : 1;
}

size_t text_char(const char *s, unsigned *ret_columns)
{
	bool clean;

	return next_char(s, ret_columns, &clean);
}

size_t text_width(const char *s)
{
	size_t width = 0;

	while (*s) {
		unsigned columns;

		s += text_char(s, &columns);
		width += columns;
	}
	return width;
}

size_t text_put(FILE *f, const char *s, size_t max)
{
	bool cut = text_width(s) > max;
	size_t width = 0, room = cut && max ? max - 1 : max;

	while (*s) {
		unsigned columns;
		bool clean;
		size_t len = next_char(s, &columns, &clean);

		if (width + columns > room)
			break;
		if (clean)
			fwrite(s, 1, len, f);
		else
			putc('?', f);
		width += columns;
		s += len;
	}
	if (cut && max) {
		fputs(ELLIPSIS, f);
		width++;
	}
	return width;
}

size_t text_copy(char *buf, size_t size, const char *s, size_t max)
{
	bool cut = text_width(s) > max;
	size_t width = 0, n = 0, room = cut && max ? max - 1 : max;

	while (*s) {
		unsigned columns;
		bool clean;
		size_t len = next_char(s, &columns, &clean), out = clean ? len : 1;

		if (width + columns > room || n + out >= size)
			break;
		memcpy(buf + n, clean ? s : "?", out);
		n += out;
		width += columns;
		s += len;
	}
	if (cut && max && n + strlen(ELLIPSIS) < size) {
		memcpy(buf + n, ELLIPSIS, strlen(ELLIPSIS));
		n += strlen(ELLIPSIS);
		width++;
	}
	buf[n] = '\0';
	return width;
}
