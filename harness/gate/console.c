/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "gate/console.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/io.h"
#include "base/words.h"
#include "kernel/kmsg.h"

#define NO_LINE SIZE_MAX
#define PANIC	"Kernel panic - not syncing"

int console_open(struct console *c, int file)
{
	*c = (struct console){.file = file, .bad = NO_LINE};
	c->text = malloc(CONSOLE_KEEP * 2 + 1);
	return c->text ? 0 : -ENOMEM;
}

void console_restart(struct console *c)
{
	*c = (struct console){.file = c->file, .text = c->text, .bytes = c->bytes, .bad = NO_LINE};
}

/* "[    3.302567][  T123] text": where the text begins. */
static const char *behind_stamp(const char *line)
{
	while (*line == '[') {
		const char *end = strchr(line, ']');

		if (!end || end - line > 24)
			break;
		line = end + 1 + strspn(end + 1, " ");
	}
	return line;
}

/*
 * A kernel changes its code in three steps, the first of which puts an int3 (cc) at the place; all
 * CPUs are made to see each step before the next (arch/x86/kernel/alternative.c:
 * text_poke_bp_batch). Who meets an int3 that is none of these says so, with the code around it
 * and "<" before the byte that follows it. Where the byte before that is not cc, the CPU ran what
 * was not there any more. QEMU before 8.1 does so with several emulated CPUs: one of them
 * translates a page while another writes to it.
 */
static bool is_not_int3(const char *code)
{
	const char *next = strstr(code, " <");

	return next && next - code >= 2 && strncmp(next - 2, "cc", 2) != 0;
}

static void look_for_int3(struct console *c, const char *text)
{
	if (strstr(text, "int3: 0000 [#")) {
		c->int3 = true;
	} else if (c->int3 && str_starts(text, "Code: ")) {
		c->int3 = false;
		c->stale |= is_not_int3(text);
	}
}

static void look_at(struct console *c, size_t begin, size_t end)
{
	char line[CONSOLE_LINE];
	const char *text, *panic;

	snprintf(line, sizeof(line), "%.*s", (int)(end - begin), c->text + begin);
	line[strcspn(line, "\r")] = '\0';
	text = behind_stamp(line);
	c->kernel |= str_starts(text, "Linux version ");
	look_for_int3(c, text);
	panic = strstr(text, PANIC);
	if (panic && !c->panicked) {
		c->panicked = true;
		snprintf(c->panic, sizeof(c->panic), "%s", panic);
	}
	if (c->bad == NO_LINE && (panic || kmsg_kind_fails(kmsg_classify(text)))) {
		c->bad = begin;
		snprintf(c->bad_line, sizeof(c->bad_line), "%s", text);
	}
}

/* Room for more: the older half goes. */
static void forget(struct console *c)
{
	size_t n = c->len - CONSOLE_KEEP;

	memmove(c->text, c->text + n, CONSOLE_KEEP);
	c->len = CONSOLE_KEEP;
	c->line = c->line > n ? c->line - n : 0;
	if (c->bad != NO_LINE)
		c->bad = c->bad > n ? c->bad - n : 0;
}

static void feed(struct console *c, const char *data, size_t len)
{
	char *nl;

	if (c->len + len > CONSOLE_KEEP * 2)
		forget(c);
	memcpy(c->text + c->len, data, len);
	c->len += len;
	c->text[c->len] = '\0';
	while ((nl = memchr(c->text + c->line, '\n', c->len - c->line))) {
		size_t end = (size_t)(nl - c->text);

		look_at(c, c->line, end);
		c->line = end + 1;
	}
}

void console_feed(struct console *c, const char *data, size_t len)
{
	c->bytes += (int64_t)len;
	if (c->file >= 0)
		write_all(c->file, data, len);
	while (len) {
		size_t n = len < CONSOLE_KEEP ? len : CONSOLE_KEEP;

		feed(c, data, n);
		data += n;
		len -= n;
	}
}

void console_mark(struct console *c)
{
	c->bad = NO_LINE;
	c->bad_line[0] = '\0';
}

/* Where the last max lines begin. */
static size_t tail_begin(const struct console *c, int max)
{
	size_t at = c->len;

	while (at && c->text[at - 1] == '\n')
		at--;
	for (; at; at--)
		if (c->text[at - 1] == '\n' && --max == 0)
			break;
	return at;
}

char *console_excerpt(const struct console *c, int max, char *buf, size_t size)
{
	size_t at = c->bad != NO_LINE ? c->bad : tail_begin(c, max), n = 0;

	for (; at < c->len && max > 0 && n + 2 < size; at++) {
		unsigned char ch = (unsigned char)c->text[at];

		if (ch == '\n' && --max == 0)
			break;
		if (ch >= ' ' || ch == '\n' || ch == '\t')
			buf[n++] = (char)ch;
	}
	while (n && buf[n - 1] == '\n')
		n--;
	buf[n] = '\0';
	return buf;
}

void console_close(struct console *c)
{
	free(c->text);
	c->text = NULL;
}
