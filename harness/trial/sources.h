/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Every file that a trial reads, opened once, and the columns of the record that its numbers go to.
 * Building looks which lines this kernel has and allocates; reading only preads, parses and stores.
 * Does not own: when to read (sampler.h, settle.h).
 */
#ifndef MT_TRIAL_SOURCES_H
#define MT_TRIAL_SOURCES_H

#include "cgroup/names.h"
#include "kernel/kv.h"
#include "kernel/roots.h"
#include "record/record.h"

struct trial;
struct sources;

struct source {
	/* Store the source's numbers at values[first] ... values[first + n - 1]. */
	void (*read)(struct sources *ss, struct source *s, int64_t *values);
	size_t first, n; /* columns */
	bool sampled;	 /* part of every sample; else of settled readings only */
	int fd, fd2;	 /* fd2: a second file to add, or of the second table; -1 */
	struct kv_table kv, kv2;
	int object;	/* group, stressor or node; -1 */
	char cache[64]; /* slab: name as /proc/slabinfo lists it */
};

struct sources {
	struct trial *trial;
	struct record *rec;
	struct arena *arena;
	struct source *list;
	size_t n;
	char *buf; /* one text at a time */
	size_t buf_size;
};

/* Open and lay out everything the plan's groups, stressors and checks may need, on this machine. */
int sources_build(struct sources *ss, struct trial *t, struct err *err);
/* Read all sources (or the sampled ones) into values, one number a column of the record. */
void sources_read(struct sources *ss, bool sampled_only, int64_t *values);
void sources_close(struct sources *ss);

/* For the builders: a new source with n columns, all absent at first. */
struct source *source_add(struct sources *ss, size_t n);
/* Name and describe a column that belongs to a source. */
void source_column(struct sources *ss, size_t column, const char *name, enum unit unit);
/* The text of a descriptor in ss->buf; its length, or a negative errno. */
ssize_t source_text(struct sources *ss, int fd);

/* The builders, one file of them a topic. */
int sources_machine(struct sources *ss, const struct roots *roots, struct err *err);
int sources_groups(struct sources *ss, struct err *err);
int sources_others(struct sources *ss, struct err *err);
int sources_workers(struct sources *ss, struct err *err);
int sources_log(struct sources *ss, struct err *err);

#endif
