/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The list of verdicts while it is made, and which of them decides the trial. Only for judge/.
 *
 * The verdict of a trial is that of its highest rank. A FAIL is the kernel's word against itself
 * and stands, unless something that is not the kernel's doing can explain it: whoever cannot rule
 * that out must not blame the kernel. A log line or wrong data are explained by nothing.
 */
#ifndef MT_JUDGE_VERDICT_H
#define MT_JUDGE_VERDICT_H

#include "record/record.h"

enum rank {
	RANK_NONE,	   /* SKIP, and what decides nothing */
	RANK_PASS,	   /* PASS */
	RANK_FAIL_GLOBAL,  /* FAIL of a number of the whole machine */
	RANK_BROKEN_CHECK, /* BROKEN: one number that others moved, an interrupted trial */
	RANK_FAIL,	   /* FAIL of what belongs to the trial alone */
	RANK_BROKEN,	   /* BROKEN for all: fuse, a failed worker, a machine that changed */
	RANK_FAIL_KERNEL,  /* FAIL: kernel log, corruption, OOM sources that differ */
};

struct judging {
	struct record *r;
	enum rank best;
	size_t decides; /* index of the first verdict of that rank */
};

/* A new verdict, SKIP until it is set; name is cut to fit. The pointer holds until the next one. */
struct check_verdict *verdict_add(struct judging *j, const char *name, int phase);
/* Say what it is and why; fmt "" for none. */
void verdict_set(struct judging *j, struct check_verdict *v, enum verdict verdict, enum rank rank,
		 const char *fmt, ...) __attribute__((format(printf, 5, 6)));

/* expectation.c: one check of the spec. */
void judge_check(struct judging *j, size_t index);
/* implicit.c, limit.c, cross.c: what every trial must show. */
void judge_kernel_log(struct judging *j);
void judge_corruption(struct judging *j);
void judge_ends(struct judging *j);
void judge_oom(struct judging *j);
void judge_faults(struct judging *j);
void judge_untils(struct judging *j);
void judge_machine(struct judging *j);
void judge_limits(struct judging *j);
void judge_cross(struct judging *j);
void judge_cross_machine(struct judging *j);

/* explain.c: sentences. All return buf. */

/* "+64M ± 1M", "at most 256M", "not oom-killed": the constraint with absolute numbers. */
char *explain_expected(char *buf, size_t size, const struct check *c);
/* Why there is nothing to judge: "this kernel's /proc/meminfo has no Zswap line". */
char *explain_absent(char *buf, size_t size, const struct record *r, const struct metric *m);
/* "wrong content in 3 places, the first at address ...: wanted ..., got ..." */
char *explain_corruption(char *buf, size_t size, const struct worker_result *w);
/* Why a reading was never made. */
char *explain_not_reached(char *buf, size_t size, const struct record *r, int phase);
/* "meminfo.AnonPages rose by 12M, expected +64M: 52M of it is missing, 400K are tolerated". */
char *explain_miss(char *buf, size_t size, const struct check *c, const struct check_verdict *v,
		   const char *when);

#endif
