/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/io.h"
#include "gate/stream.h"

/* A trial's record with its samples is some 100 KiB; a line at most 700 bytes. */
#define RESULT_MAX ((size_t)256 << 20)
#define LINE_MAX   4096

static const struct {
	const char *word;
	bool number, text; /* what must follow */
} table[] = {
	[STREAM_HELLO] = {"hello", true, true},	  [STREAM_NOTE] = {"note", false, true},
	[STREAM_FAIL] = {"fail", false, true},	  [STREAM_PLAN] = {"plan", true, false},
	[STREAM_TRIAL] = {"trial", true, true},	  [STREAM_AT] = {"at", true, true},
	[STREAM_RESULT] = {"result", true, true}, [STREAM_END] = {"end", true, false},
	[STREAM_EXIT] = {"exit", true, false},	  [STREAM_LACKS] = {"lacks", false, true},
};

int stream_feed(struct stream_reader *r, const void *data, size_t len, struct err *err)
{
	if (r->broken)
		return 0;
	if (r->len + len + 1 > r->room) {
		size_t room = (r->len + len + 1) * 2;
		char *more;

		if (room > RESULT_MAX * 2)
			return err_set(err, -EFBIG, "the guest sends more than a result can be");
		more = realloc(r->text, room);
		if (!more)
			return err_errno(err, -ENOMEM, "cannot keep what the guest sends");
		r->text = more;
		r->room = room;
	}
	memcpy(r->text + r->len, data, len);
	r->len += len;
	return 0;
}

/* What was returned last stayed in front until now. */
static void drop(struct stream_reader *r, size_t n)
{
	if (n)
		memmove(r->text, r->text + n, r->len - n);
	r->len -= n;
}

static int bad(struct stream_reader *r, const char *line, struct err *err)
{
	r->broken = true;
	return err_set(err, -EPROTO, "the guest sent \"%.60s\", which is no line of the gate's",
		       line);
}

static int parse_line(char *line, size_t n, struct stream_line *ret)
{
	char *rest = line + strcspn(line, " "), *end = line + n;

	if (*rest)
		*rest++ = '\0';
	*ret = (struct stream_line){.word = STREAM_WORD_COUNT, .number = -1};
	for (unsigned i = 0; i < STREAM_WORD_COUNT; i++)
		if (!strcmp(line, table[i].word))
			ret->word = (enum stream_word)i;
	if (ret->word == STREAM_WORD_COUNT)
		return -EPROTO;
	if (table[ret->word].number) {
		const char *after = parse_i64(rest, end, &ret->number);

		if (!after || ret->number < 0 || (*after && *after != ' '))
			return -EPROTO;
		rest = line + (after - line);
		rest += *rest == ' ';
	}
	ret->text = rest;
	ret->len = (size_t)(end - rest);
	return table[ret->word].text && !*rest ? -EPROTO : 0;
}

/* "result I LENGTH": what follows is not a line. */
static int begin_result(struct stream_reader *r, const struct stream_line *line)
{
	int64_t len;

	if (!parse_i64(line->text, line->text + line->len, &len) || len <= 0 ||
	    len > (int64_t)RESULT_MAX)
		return -EPROTO;
	r->wanted = (size_t)len;
	r->trial = line->number;
	return 0;
}

static int next_result(struct stream_reader *r, struct stream_line *ret, struct err *err)
{
	if (r->len < r->used + r->wanted + 1)
		return 0;
	ret->word = STREAM_RESULT;
	ret->number = r->trial;
	ret->text = r->text + r->used;
	ret->len = r->wanted;
	if (r->text[r->used + r->wanted] != '\n')
		return bad(r, "a result that is longer than it said", err);
	r->text[r->used + r->wanted] = '\0';
	r->used += r->wanted + 1;
	r->wanted = 0;
	return 1;
}

int stream_next(struct stream_reader *r, struct stream_line *ret, struct err *err)
{
	char *line, *nl;

	drop(r, r->used);
	r->used = 0;
	if (r->broken)
		return 0;
	if (r->wanted)
		return next_result(r, ret, err);
	nl = r->len ? memchr(r->text, '\n', r->len) : NULL;
	if (!nl) {
		if (r->len > LINE_MAX) {
			r->text[60] = '\0';
			return bad(r, r->text, err);
		}
		return 0;
	}
	line = r->text;
	*nl = '\0';
	r->used = (size_t)(nl - line) + 1;
	if (memchr(line, '\0', (size_t)(nl - line)) ||
	    parse_line(line, (size_t)(nl - line), ret) < 0)
		return bad(r, line, err);
	if (ret->word != STREAM_RESULT)
		return 1;
	return begin_result(r, ret) < 0 ? bad(r, "result", err) : next_result(r, ret, err);
}

size_t stream_missing(const struct stream_reader *r)
{
	return r->wanted ? r->wanted + 1 -
				   (r->len - r->used < r->wanted ? r->len - r->used : r->wanted)
			 : 0;
}

void stream_reader_free(struct stream_reader *r)
{
	free(r->text);
	*r = (struct stream_reader){0};
}
