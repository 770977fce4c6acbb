/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/capacity_send.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/io.h"

/* What a writer writes, as a string of JSON. */
static json_t *report_text(const struct study *study)
{
	_cleanup_free_ char *text = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);

	if (!out)
		return NULL;
	capacity_text(study, out, false);
	return fclose(out) == 0 ? json_stringn(text, len) : NULL;
}

static json_t *answer_of(const struct study *study, int code)
{
	char says[CAPACITY_SAYS_MAX];

	return json_pack("{s:i, s:s, s:o, s:o}", "code", code, "says", capacity_says(study, says),
			 "text", report_text(study), "capacity", capacity_json_of(study));
}

void capacity_send(struct stream *s, const struct study *study, int code, const struct err *err)
{
	json_t *all = err ? json_pack("{s:i, s:s}", "code", code, "error", err->text)
			  : answer_of(study, code);
	_cleanup_free_ char *text = all ? json_dumps(all, JSON_REAL_PRECISION(12)) : NULL;

	if (text) {
		stream_say(s, STREAM_RESULT, "0 %zu", strlen(text));
		if (write_all(s->fd, text, strlen(text)) == 0)
			(void)write_all(s->fd, "\n", 1);
	}
	stream_say(s, STREAM_END, "%d", code);
	json_decref(all);
}

int capacity_receive(struct capacity_answer *a, const char *json, size_t len, struct err *err)
{
	json_error_t where;

	*a = (struct capacity_answer){.all = json_loadb(json, len, 0, &where)};
	if (!a->all)
		return err_set(err, -EPROTO, "the answer is no JSON: %s", where.text);
	if (json_unpack(a->all, "{s:i, s?s, s?s, s?s, s?o}", "code", &a->code, "error", &a->error,
			"says", &a->says, "text", &a->text, "capacity", &a->capacity) < 0 ||
	    (!a->error && (!a->says || !a->text || !json_is_object(a->capacity)))) {
		capacity_answer_free(a);
		return err_set(err, -EPROTO, "the answer has not what an answer has");
	}
	a->kernel = a->capacity ? json_string_value(json_object_get(a->capacity, "kernel")) : NULL;
	return 0;
}

void capacity_answer_free(struct capacity_answer *a)
{
	json_decref(a->all);
	*a = (struct capacity_answer){0};
}
