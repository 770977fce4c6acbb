/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the author of a profile asked for, with the position of every word. Numbers are still
 * expressions: params and the machine are known only to the plan. A profile that loads without a
 * diagnostic is free of mistakes that can be seen without a machine.
 */
#ifndef MT_PROFILE_PROFILE_H
#define MT_PROFILE_PROFILE_H

#include "base/arena.h"
#include "base/err.h"
#include "base/need.h"
#include "base/opt.h"
#include "faults/fault.h"
#include "metric/metric.h"
#include "profile/diag.h"
#include "profile/expr.h"
#include "stressor.h"

struct text {
	const char *s; /* NULL: not given */
	struct pos pos;
};

/* How a metric is held against a number or a word. */
enum constraint_kind { C_EQUAL, C_AT_MOST, C_AT_LEAST, C_RANGE, C_NOT, C_WORD, C_NOT_WORD };

struct constraint {
	enum constraint_kind kind;
	bool delta;	    /* a sign was written: the change since the baseline (or since:) */
	struct expr *a, *b; /* a; C_RANGE: a .. b. A leading minus is in the expression */
	struct expr *slack; /* ± quantity, or NULL */
	bool slack_percent; /* ± N% of expected */
	const char *word;   /* C_WORD, C_NOT_WORD */
	struct text text;   /* as written */
};

struct profile_expect {
	struct text name;
	struct metric metric;
	struct constraint is;
};

struct profile_knob {
	struct text name; /* "memory.max" */
	struct text text; /* value as written; "max" has value NULL */
	struct expr *value;
};

struct profile_group {
	struct text path;
	struct profile_knob *knobs;
	size_t n_knobs;
};

struct profile_option {
	struct text name;
	const struct opt *opt; /* of the kind's table, or of stressor_common_options */
	struct text text;
	struct expr *value; /* numbers; NULL for words and text */
};

struct profile_stressor {
	struct text name;
	struct text use;
	const struct stressor *kind;
	int *groups; /* indices; at least one */
	size_t n_groups;
	struct profile_option *options;
	size_t n_options;
};

/*
 * Options that the harness gives to every stressor, in struct stressor_common: workers (per group,
 * 1), cpus ("0-1,3", text), nodes (text), policy (default|bind|interleave|preferred), rate
 * (bytes/s, 0: none), ops_rate (operations/s), oom_score_adj (-1000..1000), start_delay, tolerate
 * (nothing|errors).
 */
struct stressor_common {
	int64_t workers;
	int64_t policy;
	int64_t rate;
	int64_t ops_rate;
	int64_t oom_score_adj;
	int64_t start_delay;
	int64_t yardstick; /* 1: a fixed piece of work between its steps */
	int64_t tolerate;  /* 1: a step that fails is counted, and the next one tried */
	char cpus[OPT_TEXT_MAX];
	char nodes[OPT_TEXT_MAX];
};
#define TOLERATE_ERRORS 1
extern const struct opt stressor_common_options[];
extern const char *const policy_words[]; /* default bind interleave preferred */

enum action_kind {
	ACT_START, /* release the barrier of stressors */
	ACT_STOP,  /* tell them to stop, wait until they have released everything and exited */
	ACT_KILL,  /* SIGKILL them */
	ACT_SET,   /* a knob of a group, a live option of a stressor, a sysctl */
	ACT_WAIT,  /* let time pass */
	ACT_UNTIL, /* wait for a condition, at most so long */
	ACT_FAULT, /* inject a fault until the phase settles */
};

enum until_kind { UNTIL_EXITS, UNTIL_HOLDS, UNTIL_METRIC };

struct profile_set {
	struct text target; /* "hog/memory.max", "eater.target", "eater.in", "sysctl.vm.NAME" */
	int group;	    /* -1; STRESSOR.in: where its workers go */
	int stressor;	    /* -1 */
	const struct opt *opt;
	struct text knob;   /* what is left of target: "memory.max", "target", "vm.swappiness" */
	struct text text;   /* value as written */
	struct expr *value; /* NULL: "max" or a word */
};

struct profile_fault {
	const struct fault_kind *kind;
	int group; /* -1 */
	struct profile_option *options;
	size_t n_options;
	struct pos pos;
};

struct profile_action {
	enum action_kind kind;
	struct pos pos;
	int *stressors; /* START, STOP, KILL, UNTIL exits/holds, FAULT */
	size_t n_stressors;
	struct profile_set set;	    /* SET: one action for each entry */
	struct profile_fault fault; /* FAULT: one action for each kind */
	struct expr *duration;	    /* WAIT; UNTIL: within */
	enum until_kind until;
	struct profile_expect when; /* UNTIL_METRIC */
	struct text text;	    /* as written, for progress and reports */
};

struct profile_phase {
	struct text name;
	struct text since; /* name of an earlier phase that signs refer to; NULL: the baseline */
	int since_index;   /* -1: baseline */
	struct profile_action *actions; /* in the order in which the file has them */
	size_t n_actions;
	struct profile_expect *expects;
	size_t n_expects;
	struct expr *repeat; /* NULL: once */
};

struct profile {
	struct arena arena;
	const char *path;
	struct text summary, source, why; /* why: what a FAIL means, one sentence, optional */
	struct text *tags;
	size_t n_tags;
	needs_t needs;
	struct expr_param *params;
	size_t n_params;
	struct profile_group *groups; /* parents before children; missing parents are added */
	size_t n_groups;
	struct profile_stressor *stressors;
	size_t n_stressors;
	struct profile_expect *always;
	size_t n_always;
	struct profile_phase *phases;
	size_t n_phases;
};

/* One --set k=v. */
struct profile_override {
	const char *name, *value;
};

/*
 * Read a profile. text is the whole file. Every mistake goes to diags (all of them, not only the
 * first); an override that names no param is one too. Returns 0, or -EINVAL when there is at least
 * one error. The caller frees with profile_free() in both cases.
 */
int profile_parse(struct profile *p, const char *path, const char *text, size_t len,
		  const struct profile_override *set, size_t n_set, struct diags *diags);
/* The same from a file; -errno with a sentence when it cannot be read. */
int profile_load(struct profile *p, const char *path, const struct profile_override *set,
		 size_t n_set, struct diags *diags, struct err *err);
void profile_free(struct profile *p);

#endif
