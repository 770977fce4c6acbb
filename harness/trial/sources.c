/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/io.h"
#include "trial/sources.h"
#include "trial/trial_state.h"

/* /proc/zoneinfo has a block for each CPU and zone, slabinfo a line for each of some 200 caches. */
#define TEXT_MAX (256 * 1024)

/* By so many bytes the numbers before a line may become longer until all is read again. */
#define GROWTH 64

struct source *source_add(struct sources *ss, size_t n)
{
	struct source *s = arena_push(&ss->room, ss->list, ss->n);

	s->first = ss->rec->n_columns;
	s->n = n;
	s->fd = s->fd2 = s->object = -1;
	for (size_t i = 0; i < n; i++)
		(void)arena_push(ss->arena, ss->rec->columns, ss->rec->n_columns);
	return s;
}

void source_column(struct sources *ss, size_t column, const char *name, enum unit unit)
{
	ss->rec->columns[column].name = arena_strdup(ss->arena, name);
	ss->rec->columns[column].unit = unit;
}

ssize_t source_text(struct sources *ss, int fd)
{
	return fd < 0 ? -ENOENT : fd_read_all(fd, ss->buf, ss->buf_size);
}

/* Does the text end with a whole line that has this key? */
static bool is_whole(const char *text, size_t len, const char *last)
{
	const char *line;
	size_t n = strlen(last);

	if (!len || text[len - 1] != '\n')
		return false;
	if (!n)
		return true;
	line = memrchr(text, '\n', len - 1);
	line = line ? line + 1 : text;
	return (size_t)(text + len - line) > n && !memcmp(line, last, n) &&
	       (line[n] == ' ' || line[n] == ':');
}

ssize_t source_text_to(struct sources *ss, int fd, const char *last)
{
	size_t len = 0;

	if (fd < 0)
		return -ENOENT;
	for (;;) {
		ssize_t n = pread(fd, ss->buf + len, ss->buf_size - 1 - len, (off_t)len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		len += (size_t)n;
		if (n == 0 || is_whole(ss->buf, len, last))
			break;
		if (len == ss->buf_size - 1)
			return -E2BIG;
	}
	ss->buf[len] = '\0';
	return (ssize_t)len;
}

void source_note_end(struct sources *ss, struct source *s, size_t len)
{
	const char *line = len > 1 ? memrchr(ss->buf, '\n', len - 1) : NULL;
	size_t n;

	line = line ? line + 1 : ss->buf;
	n = strcspn(line, " :\n");
	if (n && n < sizeof(s->last) && line[n] != '\n')
		snprintf(s->last, sizeof(s->last), "%.*s", (int)n, line);
}

static bool is_line(const char *text, size_t len, size_t at, const struct source_few *f)
{
	return at + f->len < len && (at == 0 || text[at - 1] == '\n') &&
	       !memcmp(text + at, f->key, f->len) &&
	       (text[at + f->len] == ' ' || text[at + f->len] == ':');
}

/*
 * The line of a key: where it was the last time, as numbers seldom become longer; else it is looked
 * for, which a text of 190 lines makes ten times dearer.
 */
static bool find_line(const char *text, size_t len, struct source_few *f)
{
	const char *p = text;

	if (is_line(text, len, f->at, f))
		return true;
	while ((p = memmem(p, (size_t)(text + len - p), f->key, f->len))) {
		f->at = (size_t)(p - text);
		if (is_line(text, len, f->at, f))
			return true;
		p++;
	}
	return false;
}

/* The end of the key's line, SIZE_MAX when that is not in the text. */
static size_t line_end(const char *text, size_t len, const struct source_few *f)
{
	const char *end = memchr(text + f->at, '\n', len - f->at);

	return end ? (size_t)(end - text) + 1 : SIZE_MAX;
}

/* Returns where the last of the needed lines ends, SIZE_MAX when one is not there or cut. */
static size_t read_few(struct source *s, const char *text, size_t len, int64_t *values)
{
	size_t last = 0;

	for (size_t i = 0; i < s->n_few; i++) {
		struct source_few *f = &s->few[i];

		values[f->column] = VALUE_ABSENT;
		if (!find_line(text, len, f)) {
			last = SIZE_MAX;
			continue;
		}
		values[f->column] = kv_get(text + f->at, len - f->at, s->kv.format, f->key);
		last = MAX(last, line_end(text, len, f));
	}
	return last;
}

/*
 * The kernel makes the lines of vmstat one by one until there are as many bytes as were asked for
 * (fs/seq_file.c:seq_read_iter()): a read that ends behind the last needed line saves the rest.
 */
static bool read_begin(struct sources *ss, struct source *s, int64_t *values)
{
	ssize_t n = s->enough ? pread(s->fd, ss->buf, s->enough, 0) : 0;

	if (n <= 0)
		return false;
	ss->buf[n] = '\0';
	return read_few(s, ss->buf, (size_t)n, values) != SIZE_MAX;
}

void source_read_kv(struct sources *ss, struct source *s, int64_t *values)
{
	bool few = ss->sampling && s->n_few;
	ssize_t len;

	if (few && read_begin(ss, s, values))
		return;
	len = s->last[0] ? source_text_to(ss, s->fd, s->last) : source_text(ss, s->fd);
	if (len < 0) {
		for (size_t i = 0; i < s->n; i++)
			values[s->first + i] = VALUE_ABSENT;
	} else if (few) {
		size_t last = read_few(s, ss->buf, (size_t)len, values);

		s->enough = last != SIZE_MAX && last + GROWTH < (size_t)len ? last + GROWTH : 0;
	} else {
		kv_read(&s->kv, ss->buf, (size_t)len, values + s->first);
	}
}

/* Columns that checks, `always` and `until` look at must be known by name before the first sample.
 */
static void flag_columns(struct sources *ss)
{
	const struct spec *spec = &ss->rec->spec;

	for (size_t i = 0; i < spec->n_checks; i++) {
		int c = record_column(ss->rec, spec->checks[i].metric.name);

		if (c >= 0)
			ss->rec->columns[c].flags = spec->checks[i].metric.flags;
	}
}

int sources_build(struct sources *ss, struct trial *t, struct err *err)
{
	int r;

	*ss = (struct sources){.trial = t, .rec = t->rec, .arena = &t->rec->arena};
	ss->buf_size = TEXT_MAX;
	ss->buf = arena_alloc(&ss->room, ss->buf_size);
	if ((r = sources_machine(ss, t->config->roots, err)) < 0 ||
	    (r = sources_groups(ss, err)) < 0 || (r = sources_own(ss, err)) < 0 ||
	    (r = sources_workers(ss, err)) < 0 || (r = sources_log(ss, err)) < 0 ||
	    (r = sources_faults(ss, err)) < 0 || (r = sources_others(ss, err)) < 0)
		return r;
	flag_columns(ss);
	return 0;
}

/* The needed keys of one source. */
static void narrow(struct sources *ss, struct source *s, const bool *needed)
{
	s->few = arena_array(&ss->room, s->n, sizeof(*s->few));
	for (size_t i = 0; i < s->kv.n; i++)
		if (needed[s->first + i])
			s->few[s->n_few++] = (struct source_few){
				.key = s->kv.keys[i].name,
				.len = strlen(s->kv.keys[i].name),
				.column = s->first + i,
			};
}

void sources_narrow(struct sources *ss, const bool *needed)
{
	for (size_t i = 0; i < ss->n; i++) {
		struct source *s = &ss->list[i];
		size_t n = 0;

		for (size_t c = 0; c < s->n; c++)
			n += needed[s->first + c];
		s->sampled = n > 0;
		/* Of many keys a table is read faster. */
		if (s->read == source_read_kv && s->kv.format != KV_NODE_MEMINFO && n <= s->n / 2)
			narrow(ss, s, needed);
	}
}

void sources_read(struct sources *ss, bool sampled_only, int64_t *values)
{
	ss->sampling = sampled_only;
	for (size_t i = 0; i < ss->n; i++) {
		struct source *s = &ss->list[i];

		if (!s->read || (sampled_only && !s->sampled))
			continue;
		s->read(ss, s, values);
	}
}

void sources_close(struct sources *ss)
{
	for (size_t i = 0; i < ss->n; i++) {
		close_fd(&ss->list[i].fd);
		close_fd(&ss->list[i].fd2);
	}
	if (ss->trial)
		sampler_close(ss->trial);
	arena_free(&ss->room);
	*ss = (struct sources){0};
}
