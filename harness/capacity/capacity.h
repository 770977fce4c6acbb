/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How much memory a workload needs: the same trial again and again, each in fresh groups, with the
 * value that the search asks for. Owns the runs, what each of them showed, and the answer. Does
 * not own: how a trial runs (trial/), where to probe next (search.h).
 */
#ifndef MT_CAPACITY_CAPACITY_H
#define MT_CAPACITY_CAPACITY_H

#include <jansson.h>
#include <stdio.h>

#include "capacity/objective.h"
#include "capacity/search.h"
#include "plan/plan.h"
#include "trial/trial.h"

/* X(id, word, the largest value that is fine is asked for, a number and no size, what is searched)
 */
#define QUESTION_TABLE(X)                                                                          \
	X(LIMIT, "limit", false, false, "limit")                                                   \
	X(NEIGHBOURS, "neighbours", true, true, "copies")                                          \
	X(PROTECT, "protect", true, false, "hog")

enum ask {
#define X(id, word, most, number, what) ASK_##id,
	QUESTION_TABLE(X)
#undef X
		ASK_MAX
};
struct question {
	const char *word;
	bool most, number;
	const char *what;
};
extern const struct question questions[ASK_MAX];

enum probe_outcome {
	PROBE_FINISHED,
	PROBE_OOM,     /* a task of it was OOM-killed */
	PROBE_FAILED,  /* it ended with an error of its own */
	PROBE_TIMEOUT, /* it did not end in time */
	PROBE_MAX
};
extern const char *const probe_words[]; /* "finished", "oom-killed", "failed", "timeout" */

/* What one run showed. Numbers that could not be had are VALUE_ABSENT or NAN. */
struct probe {
	int64_t value; /* of what is searched; VALUE_MAX: without a limit, neighbour or hog */
	int outcome;   /* enum probe_outcome */
	int64_t exit_code;
	int64_t runtime_ns, refaults, majfaults, peak;
	double psi_some, psi_full; /* share of the runtime, UNIT_PERCENT */
	double number[OBJECTIVES_MAX];
	int64_t took_ns; /* the whole trial */
	/* By study_judge(). */
	bool enough;
	int broke;    /* index of the objective that was missed; -1 */
	double wrong; /* how likely the next run's outcome differs */
};

struct study_config {
	enum ask question;
	const struct plan_config *plan;
	struct trial_config trial;
	const char *command;		    /* for /bin/sh; NULL: a profile */
	const char *title;		    /* the command or the profile's name, for people */
	const char *profile, *param;	    /* its file; the name of the searched param */
	const struct profile_override *set; /* of its other params */
	size_t n_set;
	int64_t low, high;
	double resolution;
	bool search_high;  /* memory.high is searched, not memory.max */
	int64_t room;	   /* bytes that a run without a limit, or all together, may use */
	int64_t protect;   /* memory.low of the command's group beside a hog; 0: none */
	bool protect_min;  /* memory.min instead */
	int64_t swap_max;  /* of the command's group; VALUE_MAX: as the machine has it */
	dur_t timeout;	   /* of one run; 0: by the runs without a limit */
	const char *regex; /* finds a number in the command's output; NULL */
	bool show_stderr;
	int references;	   /* runs without a limit, after one to warm up */
	bool knee;	   /* go on until the ends of the knee are known too */
	const char *state; /* file to keep probes in and to go on from; NULL */
	/* After each run: which, and how many are likely to come. */
	void (*told)(void *data, const struct probe *p, int done, int about);
	/* The signal that asks to end between two runs, 0 for none. */
	int (*caught)(void);
	void *data;
};

struct study {
	struct arena arena;
	struct study_config config;
	struct objective objectives[OBJECTIVES_MAX];
	int n_objectives;
	char group[64]; /* whose faults and pressure are counted */

	struct probe *references, *probes; /* in the order in which they ran */
	size_t n_references, n_probes;
	double reference[OBJECTIVES_MAX], noise[OBJECTIVES_MAX]; /* median, relative deviation */
	int64_t runtime_ns;					 /* of the references: median */
	double runtime_noise;

	struct search search; /* enough, and too little; of most: too much, and still fine */
	struct search cliff;  /* OOM kills or not */
	struct search easy;   /* as fast as without a limit or not */
	int64_t took_ns;
	int resumed; /* probes that came from the state file */
};

/*
 * Everything up to the answer. Returns 0, a negative errno with its sentence (ERR_USAGE: the
 * command cannot be; ERR_SKIP: not on this machine), or the signal that ended it: what is known by
 * then stands in *s in any case.
 */
int study_run(struct study *s, struct err *err);
void study_free(struct study *s);

/* capacity/probe.c: one run. Returns as study_run(). */
int probe_run(struct study *s, int64_t value, dur_t timeout, struct probe *ret, struct err *err);
/* capacity/weigh.c: medians of the references and the noise of all; what a probe means. */
void study_weigh(struct study *s);
void study_judge(const struct study *s, struct probe *p);
/*
 * All of it anew, from all probes so far: each shows how much runs differ by chance, and by that
 * what those before it are worth.
 */
void study_rethink(struct study *s);

/* capacity/state.c. A file that is not there is an empty state. */
int state_load(struct study *s, struct err *err);
int state_save(const struct study *s, struct err *err);

/* What was found, for people and as JSON (within a version keys are only added). */
void capacity_text(const struct study *s, FILE *out, bool colour);
void capacity_json(const struct study *s, FILE *out);
#define CAPACITY_JSON_FLAGS (JSON_INDENT(1) | JSON_REAL_PRECISION(12))
json_t *capacity_json_of(const struct study *s);
/* The answer alone, for a table: "32.6M ± 160K", "7", "more than 256M". Returns buf. */
#define CAPACITY_SAYS_MAX 120
char *capacity_says(const struct study *s, char buf[CAPACITY_SAYS_MAX]);

#endif
