/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The calls that a fail-nth sweep (failnth.c) makes fail, and what is left to undo of one. Owns the
 * calls and the errnos that each may give. Does not own when a fault is injected.
 */
#ifndef MT_STRESSOR_FAILNTH_H
#define MT_STRESSOR_FAILNTH_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include <time.h>

#include "base/err.h"
#include "base/need.h"

/* Where a call makes what it makes: opened before the first fault. */
struct nth_place {
	int files;	/* a directory on a tmpfs; -1 */
	int groups;	/* the cgroup above the worker's own; -1 */
	char group[24]; /* the name of one to make there */
};

/* What a call has made, also when it failed half-way. */
struct nth_made {
	int fd[2]; /* -1: none */
	char *map; /* NULL: none */
	size_t map_len;
	pid_t pid;    /* 0: none */
	int msg, shm; /* System V identifiers; -1: none */
	timer_t timer;
	bool has_timer;
	const char *dir; /* made in place->groups; NULL: none */
};

#define NTH_ERRNOS_MAX 6

struct nth_call {
	const char *name;
	needs_t needs;
	/* Opens what it needs of the place before the sweep; NULL: nothing. 0 or -errno. */
	int (*open)(struct nth_place *place);
	/* The call itself: 0 or -errno. Must touch no memory that it would have to fault in. */
	int (*make)(const struct nth_place *place, struct nth_made *made);
	int errnos[NTH_ERRNOS_MAX]; /* what an injected fault may give; ends with 0 */
};

/* Every call, ends with name NULL; and the same names as the words of an option. */
extern const struct nth_call nth_calls[];
extern const char *const nth_call_words[];

/* One sweep after the other over a call. */
struct nth_sweep {
	const struct nth_call *call;
	struct nth_place place;
	int nth;	  /* /proc/thread-self/fail-nth, or a file that plays it; -1 */
	int fds, maps;	  /* directory /proc/self/fd, file /proc/self/maps; -1 */
	int64_t had_fds;  /* before the first call */
	int64_t had_maps; /* likewise */
	unsigned n;	  /* the allocation that fails next; 1 begins a sweep */
};

/* What became of one call. */
struct nth_result {
	int code;      /* 0, or a negative errno */
	bool injected; /* a fault was injected into it */
	bool wrong;    /* an errno that it may not give */
	int64_t leaked_fds, leaked_maps;
};

/* Descriptors and mappings that the process has now. */
int nth_count(const struct nth_sweep *s, int64_t *ret_fds, int64_t *ret_maps, struct err *err);
/*
 * Make the call with its n-th allocation failing (0: with no fault), undo it, and count what it
 * left. Returns 0, or a negative errno when that could not be done.
 */
int nth_try(const struct nth_sweep *s, unsigned n, struct nth_result *ret, struct err *err);
/* The sentence of a result that is wrong or has leaked; returns its code, never 0. */
int nth_blame(const struct nth_sweep *s, unsigned n, const struct nth_result *r, struct err *err);

void nth_nothing(struct nth_made *made);
/* Give back what was made. Called with no fault armed. */
void nth_undo(const struct nth_place *place, struct nth_made *made);
void nth_close(struct nth_place *place);

#endif
