/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The names of cgroup v2 as our only vocabulary, translated to v1 where v1 has the same thing:
 * files, lines of flat-keyed files, knobs. Says why where it has not. Does not own: the tree of
 * groups (cgroup/tree.h), parsing of files that are read for metrics, and when a knob is turned.
 */
#ifndef MT_CGROUP_NAMES_H
#define MT_CGROUP_NAMES_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/units.h"

enum cg_version { CG_NONE, CG_V1, CG_V2 };

/* Files and lines to read */

/* Where the value of a v2 name is found. */
struct cg_source {
	const char *file;
	const char *key; /* the line of a flat-keyed file; NULL: the file is one number */
	/* One more file of one number, to be added; it may be absent. NULL: none. */
	const char *plus;
	const char *note; /* how it differs from v2, for reports; "" when it does not */
};

/*
 * Resolve "memory.current", "memory.stat.file", "memory.events.oom_kill", "memory.swap.events.max",
 * "cgroup.stat.nr_dying_descendants" ... False when this version has no such thing.
 */
bool cg_source(enum cg_version v, const char *v2name, struct cg_source *ret);
/* One sentence why cg_source() is false; NULL when it is true, or for a name that nobody knows. */
const char *cg_why_none(enum cg_version v, const char *v2name);
/* True when the name is one of the v2 vocabulary at all. */
bool cg_known(const char *v2name);
/* Bytes or count; UNIT_NONE for a name that nobody knows and for files that are no number. */
enum unit cg_unit(const char *v2name);

/*
 * "memory.current" -> "memory.usage_in_bytes": the file that has the same content, NULL when there
 * is none (then cg_source() may still find the number in a line of another file).
 */
const char *cg_file_name(enum cg_version v, const char *v2name);
/*
 * Key of memory.stat -> its line on this version. On v1 these are the total_ lines, as the numbers
 * of v2 are hierarchical. NULL when there is none ("kernel" is a file of its own on v1:
 * cg_source()).
 */
const char *cg_stat_key(enum cg_version v, const char *v2key);
/*
 * Key of memory.events -> file and line (*ret_key NULL: the file is one number). Returns how it
 * differs from v2 ("" when it does not), NULL when there is none. ret_file and ret_key may be NULL.
 */
const char *cg_event_source(enum cg_version v, const char *key, const char **ret_file,
			    const char **ret_key);

/* NULL-terminated: every key of the v2 file that any kernel since 6.1 has. */
extern const char *const cg_stat_keys[];
extern const char *const cg_event_keys[];
extern const char *const cg_swap_event_keys[];
/* NULL-terminated: the files of one number that can be read as metrics, v2 names. */
extern const char *const cg_number_files[];

/* Knobs */

enum knob_type {
	KNOB_SIZE,     /* bytes, or VALUE_MAX for "max" */
	KNOB_COUNT,    /* a plain number */
	KNOB_BOOL,     /* 0 or 1 */
	KNOB_DURATION, /* ns */
};

struct knob {
	const char *name; /* v2 name; memory.swappiness is the one that only v1 has */
	const char *v1;	  /* file on v1; NULL: none, or not one file (memory.swap.max) */
	enum knob_type type;
	enum unit unit;
	bool readable, writable;
	bool held; /* acts on the descriptor it is written through: the trial keeps that one */
	int order; /* write the knobs of one group in this order: memory.swap.max after memory.max
		    */
	int64_t min, max;      /* allowed values; a size may also be VALUE_MAX */
	const char *why_no_v1; /* NULL: v1 can */
	const char *why_no_v2; /* NULL: v2 can */
	const char *help;
	const char *source; /* where the kernel documents it */
};

/*
 * The number in a file of a group. Unlimited is VALUE_MAX: "max" on v2, the largest multiple of the
 * page size on v1. Returns 0 or a negative errno.
 */
int cg_read_value(int groupfd, const char *file, int64_t *ret);

/* Ends with a NULL name. */
extern const struct knob knob_table[];
const struct knob *knob_find(const char *v2name);
/* Why this version has no such knob, NULL when it has. */
const char *knob_why_none(enum cg_version v, const struct knob *k);

/* What a write must know beside the group. NULL counts as all zero. */
struct knob_context {
	bool has_swap; /* the machine has swap space: a v1 kernel without swap accounting cannot
			  limit it */
};

/*
 * Write a knob of the group that groupfd is the directory of. On v1 memory.swap.max becomes
 * memory.memsw.limit_in_bytes = memory.max + value, and memory.max keeps what memory.swap.max was.
 * Errors: -EINVAL out of range; -EOPNOTSUPP (class ERR_SKIP) this version or kernel has no such
 * knob; -EBUSY a v1 limit below what is in use and cannot be reclaimed; -EAGAIN memory.reclaim fell
 * short; another negative errno of the write. A failed write leaves the group as it was.
 */
int knob_write(int groupfd, enum cg_version v, const struct knob *k, int64_t value,
	       const struct knob_context *ctx, struct err *err);
/* Read it back; unlimited is VALUE_MAX on both versions. Errors as above. */
int knob_read(int groupfd, enum cg_version v, const struct knob *k, int64_t *ret, struct err *err);

#endif
