/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Memory that a worker takes and gives back unit by unit, in an order, with content that can be
 * checked; and "mates", the processes that a worker forks to share it with. Owns: mapping,
 * touching, checking and dropping of pages. Does not own: when to do so (the stressor's step).
 * Nothing here allocates: a struct area and a struct mate lie in the worker's state.
 */
#ifndef MT_STRESSOR_AREA_H
#define MT_STRESSOR_AREA_H

#include <sys/types.h>

#include "stressor.h"

/* How far a size goes: less than the 47 bits of address space that every machine of ours has. */
#define AREA_SIZE_MAX (1LL << 46)
/* The default of a `target` option: more than any size, so it means all of `size`. */
#define AREA_TARGET_ALL "1048576T"

enum area_order { ORDER_SEQ, ORDER_RANDOM, ORDER_STRIDE };
enum area_thp { THP_OFF, THP_ON, THP_DEFAULT };
enum area_technique {
	TECHNIQUE_AUTO,
	TECHNIQUE_TOUCH,
	TECHNIQUE_POPULATE,
	/* Private memory in order, in small pages: taken as huge pages that are split at once.
	 */
	TECHNIQUE_SPLIT,
};
/* The first word of a page; its first half, so that the page compresses to half; or all of it. */
enum area_fill { FILL_WORD, FILL_HALF, FILL_PAGE };
extern const char *const area_order_words[];
extern const char *const area_thp_words[];
extern const char *const area_technique_words[];
extern const char *const area_fill_words[];

/* What to map; everything that is 0 means the plain thing: private, one page after the other. */
struct area_spec {
	int64_t size; /* bytes, above 0; whole pages are taken */
	int64_t page; /* the machine's page size */
	uint64_t seed;
	bool shared; /* MAP_SHARED, of fd when has_fd, anonymous otherwise */
	bool has_fd;
	int fd;
	enum area_order order;
	int64_t stride; /* bytes from one touch to the next with ORDER_STRIDE, at least a page */
	enum area_thp thp;
	enum area_technique technique;
	enum area_fill fill; /* how much of each page is written */
	bool verify; /* check what was written, and that the rest is zero; FILL_WORD means FILL_PAGE
		      */
};

/* Wrong content that was found and not reported yet: how often, and the first in detail. */
struct area_fault {
	int64_t count;
	const void *addr;
	int64_t offset; /* in the area */
	uint64_t want, got;
};

struct area {
	unsigned char *base; /* NULL: not mapped */
	void *mapping;	     /* what munmap() gets: base less its alignment */
	size_t mapping_len;
	int64_t size, page; /* bytes; size is a multiple of page */
	int64_t unit,
		units;	/* bytes that come and go together: a page, or a huge page with THP_ON */
	int64_t stride; /* units */
	int64_t held;	/* positions 0 .. held-1 of the order are in memory, */
	int64_t bytes;	/* which are so many bytes */
	int64_t cursor,
		pass; /* positions below cursor were rewritten in this pass, others in the last */
	uint64_t seed, salt;
	enum area_order order;
	int64_t content; /* bytes of a page that are written, from its beginning */
	bool shared, populate, split, verify;
	struct area_fault fault;
};

/* Map what spec says. Raises the address space and nothing else. Returns 0 or a negative errno. */
int area_map(struct area *a, const struct area_spec *spec, struct err *err);
/* Unmap; also when it was never mapped. */
void area_unmap(struct area *a);

/* The units that bytes need: rounded up, at most all. */
int64_t area_units(const struct area *a, int64_t bytes);
/* The unit at a position of the order: a bijection of 0 .. units-1. */
int64_t area_unit_at(const struct area *a, int64_t pos);

/*
 * Touch up to max bytes more (at least one unit), never more than target units in all. Returns the
 * pages touched. Cannot fail: where the kernel has no page to give, it kills or signals.
 */
int64_t area_grow(struct area *a, int64_t target, int64_t max);
/* Give up to max bytes back from the end of the order, never below target units. Pages, or -errno.
 */
int64_t area_shrink(struct area *a, int64_t target, int64_t max, struct err *err);
/*
 * Write the next held pages, up to max bytes, with new content, checking the old one if verify;
 * goes round for ever and never past the end in one call. Returns the pages written.
 */
int64_t area_rewrite(struct area *a, int64_t max);
/* For other processes that map the same: write the first word of each page as it is, and check.
 * Pages. */
int64_t area_visit(struct area *a, int64_t from, int64_t to);
/* Compare positions from .. to-1 with what was written. */
void area_check(struct area *a, int64_t from, int64_t to);

/* Hand the faults found to the worker's page and forget them. */
void area_report(struct worker *w, struct area_fault *fault);

/* The size of a transparent huge page on a machine with such pages: 2M for 4K. */
int64_t area_huge_page(int64_t page);
/* Upper bound of the page tables that size bytes of mapping can need, wherever it lies. */
int64_t area_tables(int64_t size);

/* A process of the worker's own, in the worker's group, that dies with the worker. */
struct mate {
	pid_t pid;  /* 0: none */
	int fd;	    /* one message at a time in both directions */
	int signal; /* what ended it before anybody asked; 0: nothing */
};
#define MATE_MAX 64
/* Kernel memory of one mate apart from what it maps: task, stacks, copied page tables and pages. */
#define MATE_FOOTPRINT (512 * KIB)

/* The message in both directions: what to do, and what came of it. */
struct mate_note {
	int64_t from, to; /* positions */
	int64_t pages;	  /* touched */
	struct area_fault fault;
};

/*
 * Fork; the child calls serve() and exits when it returns. It must not return to its caller's work,
 * print or allocate. Returns 0 or a negative errno.
 */
int mate_start(struct mate *m, void (*serve)(int fd, void *arg), void *arg, struct err *err);
/* Send a note. Returns 0 or a negative errno. */
int mate_send(struct mate *m, const struct mate_note *note, struct err *err);
/*
 * Wait at most wait_ms for a note (-1: for ever; in the mate itself use its fd). Returns 1 with a
 * note, 0 when there is none yet, or a negative errno with the way the mate ended in err.
 */
int mate_receive(struct mate *m, struct mate_note *ret, int wait_ms, struct err *err);
/*
 * Kill and reap; signal stays. Returns false when it had died before and nobody was told yet. Also
 * when there is none.
 */
bool mate_end(struct mate *m);
/* The mate's side: 1 with a note, 0 when the worker is gone. */
int mate_take(int fd, struct mate_note *ret);
int mate_answer(int fd, const struct mate_note *note);

#endif
