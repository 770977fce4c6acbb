/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "profile/nodes_text.h"

#include <stdint.h>
#include <string.h>

struct scan {
	const char *p, *end;
	char *copy; /* the place of p in the copy */
	struct pos pos;
	bool in_indent, fatal;
	int tab_line; /* one message a line */
	struct diags *diags;
};

/* Length and value of the character at p; 0 when it is no UTF-8. */
static int utf8_read(const char *p, const char *end, uint32_t *ret)
{
	static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
	unsigned char c = (unsigned char)*p;
	int len = c < 0x80 ? 1 : (c & 0xe0) == 0xc0 ? 2 : (c & 0xf0) == 0xe0 ? 3 : 4;
	uint32_t v = len == 1 ? c : c & (0x7fu >> len);

	if ((len == 4 && (c & 0xf8) != 0xf0) || end - p < len)
		return 0;
	for (int i = 1; i < len; i++) {
		if (((unsigned char)p[i] & 0xc0) != 0x80)
			return 0;
		v = v << 6 | ((unsigned char)p[i] & 0x3f);
	}
	if (v < least[len] || v > 0x10ffff || (v >= 0xd800 && v < 0xe000))
		return 0;
	*ret = v;
	return len;
}

/* C0, C1, what libyaml takes for a line break, byte order marks and what is no character. */
static bool is_forbidden(uint32_t c)
{
	return c < ' ' || (c >= 0x7f && c < 0xa0) || c == 0x2028 || c == 0x2029 || c == 0xfeff ||
	       (c & 0xfffe) == 0xfffe;
}

static void scan_tab(struct scan *s)
{
	if (s->tab_line != s->pos.line)
		diag_add(s->diags, s->pos, "use blanks", "a tab is not allowed");
	s->tab_line = s->pos.line;
	*s->copy = ' ';
	s->fatal = s->fatal || s->in_indent;
}

static void scan_char(struct scan *s)
{
	uint32_t c = 0;
	int len = utf8_read(s->p, s->end, &c);
	bool crlf = c == '\r' && s->p + 1 < s->end && s->p[1] == '\n';

	if (len == 0) {
		diag_add(s->diags, s->pos, "save the file as UTF-8", "this is no UTF-8");
		s->fatal = true;
		len = 1;
	} else if (c == '\t') {
		scan_tab(s);
	} else if (c != '\n' && !crlf && is_forbidden(c)) {
		diag_add(s->diags, s->pos, NULL, "the character U+%04X is not allowed", c);
		s->fatal = true;
	}
	s->in_indent = c == '\n' || (s->in_indent && (c == ' ' || c == '\t'));
	s->p += len;
	s->copy += len;
	s->pos.col++;
	if (c == '\n') {
		s->pos.line++;
		s->pos.col = 1;
	}
}

const char *nodes_text_check(struct arena *a, const char *text, size_t len, struct diags *d)
{
	char *copy = arena_alloc(a, len + 1);
	struct scan s = {.p = text,
			 .end = text + len,
			 .copy = copy,
			 .pos = {.line = 1, .col = 1, .len = 1},
			 .in_indent = true,
			 .diags = d};

	memcpy(copy, text, len);
	while (s.p < s.end)
		scan_char(&s);
	return s.fatal ? NULL : copy;
}

struct pos text_end(const char *text, size_t len)
{
	struct pos pos = {.line = 1, .col = 1, .len = 1};
	const char *line = text;

	while (len && strchr(" \r\n", text[len - 1]))
		len--;
	for (const char *p = text; p < text + len; p++)
		if (*p == '\n') {
			pos.line++;
			line = p + 1;
		}
	if (line < text + len)
		pos.col = utf8_chars(line, text + len);
	return pos;
}

void text_cursor_move(struct text_cursor *c, size_t index)
{
	while (c->p < c->end && c->index < index) {
		c->p++;
		while (c->p < c->end && ((unsigned char)*c->p & 0xc0) == 0x80)
			c->p++;
		c->index++;
	}
}

bool text_cursor_has(const struct text_cursor *c, bool quoted, const char *s, size_t len)
{
	return (size_t)(c->end - c->p) >= len + quoted && memcmp(c->p + quoted, s, len) == 0;
}
