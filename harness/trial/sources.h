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

#define SOURCE_KEY_SIZE 48

struct source {
	/* Store the source's numbers at values[first] ... values[first + n - 1]. */
	void (*read)(struct sources *ss, struct source *s, int64_t *values);
	size_t first, n; /* columns */
	bool sampled;	 /* part of every sample; else of settled readings only */
	int fd, fd2;	 /* fd2: a second file to add, or of the second table; -1 */
	struct kv_table kv, kv2;
	char last[SOURCE_KEY_SIZE]; /* key of the text's last line: where it ends; "": not known */
	/* What a sample needs of kv, once sources_narrow() said so: key, column, place in the text.
	 */
	struct source_few {
		const char *key;
		size_t column, len, at;
	} * few;
	size_t n_few;	/* 0: all of kv */
	size_t enough;	/* of the text from its begin, for few; 0: all of it */
	int object;	/* group, stressor or node; -1 */
	int64_t fired;	/* a pressure trigger: how often */
	char cache[64]; /* slab: name as /proc/slabinfo lists it */
};

struct sources {
	struct trial *trial;
	struct record *rec;
	struct arena *arena; /* of the record: names */
	struct arena room;   /* what only reading needs; given back by sources_close() */
	bool sampling;	     /* this reading is a sample */
	struct source *list;
	size_t n;
	struct protect_columns *protect; /* sources_own.c; NULL without groups */
	char *buf;			 /* one text at a time */
	size_t buf_size;
};

/* Open and lay out everything the plan's groups, stressors and checks may need, on this machine. */
int sources_build(struct sources *ss, struct trial *t, struct err *err);
/*
 * From now on a sample reads and parses only what the needed columns want, which is an array of
 * one bool a column; the other columns keep their last values. Allocates.
 */
void sources_narrow(struct sources *ss, const bool *needed);
/* Read all sources (or the sampled ones) into values, one number a column of the record. */
void sources_read(struct sources *ss, bool sampled_only, int64_t *values);
/* Close the files and give back all that only reading and sampling needed (sampler_close()). */
void sources_close(struct sources *ss);

/* For the builders: a new source with n columns, all absent at first. */
struct source *source_add(struct sources *ss, size_t n);
/* Name and describe a column that belongs to a source. */
void source_column(struct sources *ss, size_t column, const char *name, enum unit unit);
/* The text of a descriptor in ss->buf; its length, or a negative errno. */
ssize_t source_text(struct sources *ss, int fd);
/*
 * The same for a text whose last line begins with the key `last`, "" for a text of one line: saves
 * the read that would only find the end.
 */
ssize_t source_text_to(struct sources *ss, int fd, const char *last);
/* Note where the text in ss->buf, just read for this source, ends. */
void source_note_end(struct sources *ss, struct source *s, size_t len);
/* A source.read for a text of keys: s->kv, or in a sample s->few. */
void source_read_kv(struct sources *ss, struct source *s, int64_t *values);

/* The builders, one file of them a topic. */
int sources_machine(struct sources *ss, const struct roots *roots, struct err *err);
int sources_groups(struct sources *ss, struct err *err);
int sources_own(struct sources *ss, struct err *err);
int sources_others(struct sources *ss, struct err *err);

/* Turn a knob that acts on a descriptor (struct knob.held) of a group. Returns 0 or -errno. */
int sources_turn(struct sources *ss, int group, const struct knob *k, int64_t value,
		 struct err *err);
/* Which further columns every sample must have: those that needed ones are computed from, and the
 * triggers that phases arm. */
void sources_need(struct sources *ss, bool *needed);
int sources_workers(struct sources *ss, struct err *err);
int sources_log(struct sources *ss, struct err *err);
int sources_faults(struct sources *ss, struct err *err);

#endif
