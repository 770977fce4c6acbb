/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What was measured in one trial, and on which machine: readings, samples, events, outcomes, and
 * the verdicts once it was judged. Filled by trial/, read by judge/ and report/, saved and loaded
 * as JSON. Everything is allocated before the trial begins; while it runs only numbers are written.
 */
#ifndef MT_RECORD_RECORD_H
#define MT_RECORD_RECORD_H

#include "base/arena.h"
#include "base/err.h"
#include "kernel/oom.h"
#include "plan/spec.h"

#define RECORD_SCHEMA_VERSION 1

enum verdict { V_PASS, V_FAIL, V_BROKEN, V_SKIP, V_MAX };
extern const char *const verdict_words[]; /* "PASS", "FAIL", "BROKEN", "SKIP" */

/* A number that was read again and again: one column of all readings. */
struct column {
	const char *name; /* the metric's name: "meminfo.AnonPages", "hog/memory.current",
			     "eater.rss" */
	enum unit unit;
	unsigned flags; /* enum metric_flags */
	int64_t noise;	/* largest movement within the control interval, in the unit; >= 0 */
	int64_t drift;	/* change from its first reading to its last one */
	bool sampled;	/* has a column in the samples */
};

/* What was done to make a reading right: bits of reading.settled. */
enum settled {
	SETTLED_STOCK = 1 << 0,	 /* charge stocks of all groups of the trial were drained */
	SETTLED_RSTAT = 1 << 1,	 /* memory.stat was flushed */
	SETTLED_PERCPU = 1 << 2, /* vm.stat_refresh folded the global counters */
	SETTLED_LRU = 1 << 3,	 /* LRU add batches were drained */
	SETTLED_SLAB = 1 << 4,	 /* slab stopped moving before its deadline */
	SETTLED_STILL = 1 << 5,	 /* two full readings in a row agreed */
	SETTLED_CALM = 1 << 6,	 /* others outside the trial hardly moved between those two */
};

/* All columns at one moment. Readings: the baseline first, then one at the end of each phase. */
struct reading {
	int phase;	   /* index, -1: baseline */
	int64_t t_ns;	   /* since the trial began */
	unsigned settled;  /* enum settled */
	int64_t settle_ns; /* how long settling took */
	int64_t *values;   /* one a column; VALUE_ABSENT */
	bool done;	   /* false: the trial never got here */
};

/* A check of `always`: the extremes over all samples, kept at the full rate. */
struct extreme {
	int check;	  /* index in spec.checks */
	int64_t min, max; /* of the metric (delta: of its change), VALUE_ABSENT when never read */
	int64_t min_ns, max_ns; /* when */
	int64_t n;		/* samples looked at */
};

enum event_kind {
	EV_NOTE,
	EV_PHASE,
	EV_START,
	EV_STOP,
	EV_SET,
	EV_EXIT,
	EV_OOM,
	EV_KMSG,
	EV_UNTIL,
	EV_INTERRUPT,
	EV_BROKEN,
	EV_FAULT,
	EV_KIND_MAX
};
extern const char *const event_words[];

struct event {
	enum event_kind kind;
	int64_t t_ns; /* since the trial began */
	int phase;
	bool bad; /* EV_KMSG: a kind that fails a trial */
	char text[240];
};

/* A line of the kernel's own in its log; the marks of memtrial and of other programs are left out.
 */
struct log_line {
	int64_t t_ns; /* when it was read, since the trial began */
	int level;    /* 0 emergency .. 7 debug */
	char text[400];
};

/* How an `until` ended. */
struct until_result {
	int phase;
	const char *text; /* "eater exits within 10s" */
	bool met;
	int64_t took_ns, within_ns;
	char seen[96]; /* a number that was waited for in vain: "box/memory.current was 40M" */
};

/* One worker's end. */
struct worker_result {
	int stressor, index, group;
	int pid;
	int outcome;	   /* enum outcome */
	int wait_status;   /* as waitpid gave it; -1: not ended */
	int64_t exited_ns; /* since the trial began, -1 */
	int error_code;
	char error_text[256];
	int64_t corrupt;
	uint64_t corrupt_addr, corrupt_want, corrupt_got;
	int64_t corrupt_offset;
};

/* The machine, as far as a comparison or a reader needs it. */
struct fact {
	const char *name;  /* "kernel", "cgroup", "cpus", "page_size" ... */
	const char *value; /* text; numbers in decimal */
};

/* One term of a tolerance. */
struct budget_term {
	char what[96]; /* "declared", "charge stock 64 pages x 2 CPUs", "noise of the control
			  interval" */
	int64_t size;  /* in the metric's unit, >= 0 */
};
#define BUDGET_TERMS 8

/* What the judge says of one check. */
struct check_verdict {
	int check;		    /* index in spec.checks; -1: a check of the harness itself */
	char name[METRIC_NAME_MAX]; /* the metric, or "kernel log", "until", "corruption" ... */
	int phase;
	enum verdict verdict;
	int64_t base, value; /* as read; VALUE_ABSENT */
	int64_t others;	     /* what others moved meanwhile, already taken out of `compared`; 0 */
	int64_t gone;	     /* what ended workers had had of their own, put back as well; 0 */
	int64_t lists;	   /* what pages on the CPUs' free lists did to it, taken out as well; 0 */
	int64_t compared;  /* what was held against the range: a value, or a change */
	int64_t low, high; /* accepted range, tolerance included; INT64_MIN / VALUE_MAX: open */
	int64_t tolerance; /* sum of terms */
	struct budget_term terms[BUDGET_TERMS];
	int n_terms;
	const char *word;   /* text metrics: what was found */
	char expected[120]; /* "+64M ± 1M", "at most 256M" */
	char why[512];	    /* FAIL, BROKEN, SKIP: one sentence of what it means */
};

struct record {
	struct arena arena;
	struct spec
		spec; /* strings live in this record's arena or in the plan that must outlive it */
	struct fact *facts;
	size_t n_facts;
	int64_t page_size;	  /* bytes */
	int cpus;		  /* online */
	int64_t percpu_threshold; /* largest pcp stat_threshold of any zone, pages */
	int cgroup_version;	  /* 1, 2; 0: none */
	char id[64];		  /* memtrial-<pid>-<n> */
	int64_t started_unix_ns;  /* CLOCK_REALTIME */
	int64_t duration_ns;
	uint64_t seed;
	int64_t control_ns; /* length of the control interval; 0: there was none */

	struct column *columns;
	size_t n_columns;
	struct reading *readings; /* 1 + spec.n_phases */
	size_t n_readings;

	const char **words; /* values of text columns are indices in here */
	char *word_room;    /* of record_reserve_words(), or NULL */
	size_t n_words, max_words;

	/* The timeline: rows of sampled columns, row-major; t_ns in samples_t. Thinned when full.
	 */
	int64_t *samples, *samples_t;
	size_t n_sampled, n_samples, max_samples;
	int64_t n_samples_taken; /* before thinning */

	struct extreme *extremes;
	size_t n_extremes;
	struct event *events;
	size_t n_events, max_events;
	int64_t events_dropped;
	struct oom_record *ooms;
	size_t n_ooms, max_ooms;
	struct log_line *log; /* the first ones */
	size_t n_log, max_log;
	int64_t log_dropped;
	struct until_result *untils;
	size_t n_untils, max_untils;
	struct worker_result *workers;
	size_t n_workers;

	enum verdict fate; /* V_PASS: carried out to the end; V_BROKEN, V_SKIP: not, see reason */
	char reason[512];
	bool interrupted;

	/* By the judge. */
	struct check_verdict *verdicts;
	size_t n_verdicts;
	enum verdict verdict;
	char verdict_why[512];
};

/* Index of a column by its metric's name, -1. */
int record_column(const struct record *r, const char *name);
/* Value of a column in a reading; VALUE_ABSENT when there is no such column. */
int64_t record_value(const struct record *r, const struct reading *rd, const char *name);
/* The reading of a phase (-1: baseline), NULL when it was never made. */
const struct reading *record_reading(const struct record *r, int phase);
/* Word of a text column's value, NULL. */
const char *record_word(const struct record *r, int64_t value);
/* Longest word kept in reserved room, with its NUL. */
#define RECORD_WORD_SIZE 128
/* Room for max words, so that record_add_word() allocates nothing. */
void record_reserve_words(struct record *r, size_t max);
/*
 * Keep a word and return its index; the same word has one index. -ENOSPC when the table is full,
 * -ENAMETOOLONG when the word does not fit in reserved room. Without record_reserve_words() the
 * word is copied into the arena, which may allocate.
 */
int record_add_word(struct record *r, const char *word);
/* Append an event; counts what no longer fits. */
void record_event(struct record *r, enum event_kind kind, int64_t t_ns, int phase, const char *fmt,
		  ...) __attribute__((format(printf, 5, 6)));
/* Append a line of the kernel log, its end cut if it is long; counts what no longer fits. */
void record_log(struct record *r, int64_t t_ns, int level, const char *text);
/* Frees all that is in the record, not the struct itself. NULL is allowed. */
void record_free(struct record *r);

/* A run of one or more trials. */
struct run {
	struct arena arena;
	char tool[32];	     /* "memtrial 0.1.0" */
	const char *command; /* as typed, to run it again */
	struct record *
		*trials; /* the array and the structs are in the arena, or not the run's to free */
	size_t n_trials;
	size_t n_planned; /* trials that are to come in all, for a plan in front; 0: not known */
};

/*
 * The worst verdict of a run for its exit code: see exit_code_of_run() in cli. A FAIL, as it is
 * proven, counts before a BROKEN, that before a PASS; SKIP when there was nothing else.
 */
enum verdict run_verdict(const struct run *run);

/* Save as JSON (schema record/schema.json): to a file by rename over it, so that nothing is half
 * written; "-" is stdout. */
int run_save(const struct run *run, const char *path, struct err *err);
int run_write(const struct run *run, FILE *out, struct err *err);
/* Load ("-" is stdin); ERR_USAGE class for bad JSON, another schema or a truncated file, with the
 * place. */
int run_load(struct run *run, const char *path, struct err *err);
/* The same from memory; err must not be NULL. */
int run_load_text(struct run *run, const char *text, size_t len, struct err *err);
void run_free(struct run *run);

#endif
