/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "report/markup.h"

#include <stdarg.h>
#include <stdbool.h>

int utf8_char(const char *s, uint32_t *ret)
{
	static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
	const unsigned char *u = (const unsigned char *)s;
	int n = u[0] < 0x80	      ? 1
		: (u[0] >> 5) == 0x06 ? 2
		: (u[0] >> 4) == 0x0e ? 3
		: (u[0] >> 3) == 0x1e ? 4
				      : 0;
	uint32_t c = n == 1 ? u[0] : n ? u[0] & (0x7fu >> n) : 0;

	for (int i = 1; i < n; i++) {
		if ((u[i] & 0xc0) != 0x80)
			return 0;
		c = c << 6 | (u[i] & 0x3f);
	}
	if (!n || c < least[n] || c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff))
		return 0;
	*ret = c;
	return n;
}

/* XML 1.0, production 2 */
static bool is_char(uint32_t c)
{
	return c >= 0x20 ? c != 0xfffe && c != 0xffff : c == '\t' || c == '\n' || c == '\r';
}

static void put(FILE *out, const char *text, bool value)
{
	while (text && *text) {
		uint32_t c;
		int n = utf8_char(text, &c);

		if (!n || !is_char(c))
			fputs("\xef\xbf\xbd", out);
		else if (c == '&')
			fputs("&amp;", out);
		else if (c == '<')
			fputs("&lt;", out);
		else if (c == '>')
			fputs("&gt;", out);
		else if (c == '"' || c == '\'' || c == '\r' || (value && c < 0x20))
			fprintf(out, "&#%u;", c);
		else
			fwrite(text, 1, (size_t)n, out);
		text += n ? n : 1;
	}
}

void markup_text(FILE *out, const char *text)
{
	put(out, text, false);
}

void markup_value(FILE *out, const char *text)
{
	put(out, text, true);
}

void markup_printf(FILE *out, const char *fmt, ...)
{
	char text[2048];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	put(out, text, false);
}

/* escaped writes what stands for a character that may not stand for itself; false: it may. */
static void quoted(FILE *out, const char *text, bool (*escaped)(FILE *out, uint32_t c))
{
	putc('"', out);
	while (text && *text) {
		uint32_t c;
		int n = utf8_char(text, &c);

		if (!n)
			fputs("\xef\xbf\xbd", out);
		else if (c == '"' || c == '\\')
			fprintf(out, "\\%c", (int)c);
		else if (!escaped(out, c))
			fwrite(text, 1, (size_t)n, out);
		text += n ? n : 1;
	}
	putc('"', out);
}

static bool json_escaped(FILE *out, uint32_t c)
{
	bool special = c < 0x20 || c == '<' || c == 0x7f || c == 0x2028 || c == 0x2029;

	if (special)
		fprintf(out, "\\u%04x", c);
	return special;
}

static bool label_escaped(FILE *out, uint32_t c)
{
	if (c == '\n')
		fputs("\\n", out);
	return c == '\n';
}

void markup_json(FILE *out, const char *text)
{
	quoted(out, text, json_escaped);
}

void markup_label(FILE *out, const char *text)
{
	quoted(out, text, label_escaped);
}
