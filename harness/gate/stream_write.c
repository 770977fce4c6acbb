/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/io.h"
#include "base/units.h"
#include "gate/stream.h"

static const char *const words[] = {
#define X(id, word) word,
	STREAM_WORDS(X)
#undef X
};

void stream_say(struct stream *s, enum stream_word word, const char *fmt, ...)
{
	char line[700];
	va_list ap;
	size_t n;

	if (s->fd < 0)
		return;
	n = (size_t)snprintf(line, sizeof(line), "%s ", words[word]);
	va_start(ap, fmt);
	vsnprintf(line + n, sizeof(line) - n - 1, fmt, ap);
	va_end(ap);
	for (char *p = line; *p; p++)
		*p = *p == '\n' ? ' ' : *p;
	n = strlen(line);
	line[n++] = '\n';
	write_all(s->fd, line, n);
}

/* FNV-1a: enough to know a text again. */
static uint32_t checksum(uint32_t sum, const char *s)
{
	for (; *s; s++)
		sum = (sum ^ (unsigned char)*s) * 16777619u;
	return sum;
}

void stream_at(struct stream *s, size_t trial, const char *phase, const char *doing)
{
	uint32_t sum = checksum(checksum(2166136261u, phase), doing);
	int64_t now;

	if (s->fd < 0)
		return;
	now = mono_now().ns;
	if (sum == s->at_of && now - s->at_ns < NSEC_PER_SEC)
		return;
	s->at_of = sum;
	s->at_ns = now;
	stream_say(s, STREAM_AT, "%zu %s: %s", trial, phase, doing);
}

int stream_result(struct stream *s, const struct run *run, size_t at, size_t number,
		  struct err *err)
{
	struct run one = {.command = run->command,
			  .trials = &run->trials[at],
			  .n_trials = 1,
			  .n_planned = 1};
	_cleanup_free_ char *text = NULL;
	size_t len = 0;
	FILE *out;
	int r;

	if (s->fd < 0)
		return 0;
	memcpy(one.tool, run->tool, sizeof(one.tool));
	out = open_memstream(&text, &len);
	if (!out)
		return err_errno(err, -errno, "cannot write the result");
	r = run_write(&one, out, err);
	if (fclose(out) != 0 && r == 0)
		r = -EIO;
	if (r < 0)
		return err_errno(err, r, "cannot write the result");
	stream_say(s, STREAM_RESULT, "%zu %zu", number, len);
	r = write_all(s->fd, text, len);
	if (r == 0)
		r = write_all(s->fd, "\n", 1);
	return r < 0 ? err_errno(err, r, "cannot send the result") : 0;
}
