/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/err.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define CUT "..."

/* Marks a cut sentence, and cuts between characters: a report in JSON must stay valid UTF-8. */
static void mark_cut(char *text, size_t size)
{
	size_t at = size - sizeof(CUT);

	while (at > 0 && ((unsigned char)text[at] & 0xc0) == 0x80)
		at--;
	memcpy(text + at, CUT, sizeof(CUT));
}

static void put_text(struct err *err, const char *fmt, va_list ap)
{
	int n = vsnprintf(err->text, sizeof(err->text), fmt, ap);

	if (n >= (int)sizeof(err->text))
		mark_cut(err->text, sizeof(err->text));
}

/* True when the sentence is still to be written. A code that is not negative would look like
 * success. */
static bool take(struct err *err, enum err_class class, int *code)
{
	if (*code >= 0)
		*code = -EIO;
	if (!err)
		return false;
	if (err->code) {
		*code = err->code;
		return false;
	}
	err->code = *code;
	err->class = class;
	return true;
}

int err_set(struct err *err, int code, const char *fmt, ...)
{
	va_list ap;

	if (!take(err, ERR_BROKEN, &code))
		return code;
	va_start(ap, fmt);
	put_text(err, fmt, ap);
	va_end(ap);
	return code;
}

int err_set_class(struct err *err, enum err_class class, int code, const char *fmt, ...)
{
	va_list ap;

	if (!take(err, class, &code))
		return code;
	va_start(ap, fmt);
	put_text(err, fmt, ap);
	va_end(ap);
	return code;
}

int err_errno(struct err *err, int code, const char *fmt, ...)
{
	const char *why;
	size_t len;
	va_list ap;
	int n;

	if (!take(err, ERR_BROKEN, &code))
		return code;
	va_start(ap, fmt);
	put_text(err, fmt, ap);
	va_end(ap);

	/* Not strerror(): it may allocate for an unknown code or a translation. */
	why = strerrordesc_np(-code);
	len = strlen(err->text);
	if (why)
		n = snprintf(err->text + len, sizeof(err->text) - len, ": %s", why);
	else
		n = snprintf(err->text + len, sizeof(err->text) - len, ": error %d", -code);
	if (n >= (int)(sizeof(err->text) - len))
		mark_cut(err->text, sizeof(err->text));
	return code;
}

int err_prefix(struct err *err, const char *fmt, ...)
{
	char sentence[sizeof(err->text)];
	size_t len;
	va_list ap;
	int n;

	if (!err || !err->code)
		return 0;
	memcpy(sentence, err->text, sizeof(sentence));
	va_start(ap, fmt);
	put_text(err, fmt, ap);
	va_end(ap);

	len = strlen(err->text);
	n = snprintf(err->text + len, sizeof(err->text) - len, ": %s", sentence);
	if (n >= (int)(sizeof(err->text) - len))
		mark_cut(err->text, sizeof(err->text));
	return err->code;
}

void err_clear(struct err *err)
{
	err->code = 0;
	err->class = ERR_BROKEN;
	err->text[0] = '\0';
}
