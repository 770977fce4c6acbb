/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/io.h"
#include "trial/sources.h"
#include "trial/trial_state.h"

/* /proc/zoneinfo has a block for each CPU and zone, slabinfo a line for each of some 200 caches. */
#define TEXT_MAX (256 * 1024)

struct source *source_add(struct sources *ss, size_t n)
{
	struct source *s = arena_push(ss->arena, ss->list, ss->n);

	s->first = ss->rec->n_columns;
	s->n = n;
	s->fd = s->fd2 = s->object = -1;
	for (size_t i = 0; i < n; i++)
		arena_push(ss->arena, ss->rec->columns, ss->rec->n_columns);
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
	ss->buf = arena_alloc(ss->arena, ss->buf_size);
	if ((r = sources_machine(ss, t->config->roots, err)) < 0 ||
	    (r = sources_groups(ss, err)) < 0 || (r = sources_workers(ss, err)) < 0 ||
	    (r = sources_log(ss, err)) < 0 || (r = sources_others(ss, err)) < 0)
		return r;
	flag_columns(ss);
	return 0;
}

void sources_read(struct sources *ss, bool sampled_only, int64_t *values)
{
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
}
