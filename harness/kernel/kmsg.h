/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The kernel log through /dev/kmsg (Documentation/ABI/testing/dev-kmsg): reading from now on,
 * parsing a record, telling what kind of message it is, and whether it fails a trial. OOM records
 * of several lines are put together in kernel/oom.h.
 */
#ifndef MT_KERNEL_KMSG_H
#define MT_KERNEL_KMSG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

/* A record's text is at most 1024 bytes (kernel/printk/internal.h PRINTKRB_RECORD_MAX). */
#define KMSG_TEXT_MAX 1056
/* One read: escaped text, its dictionary and the prefix (PRINTK_MESSAGE_MAX was 8192 before 6.3).
 */
#define KMSG_RAW_MAX 8192

struct kmsg_record {
	int priority; /* 0 emergency .. 7 debug */
	int facility; /* 0: the kernel itself; user space cannot write as 0 (devkmsg_write) */
	uint64_t seq;
	int64_t ts_us;	   /* CLOCK_MONOTONIC, nearly: the kernel's local_clock */
	bool continuation; /* a fragment of the line before it */
	char text[KMSG_TEXT_MAX];
};

/* X(id, word, fails a trial, what it is) */
#define KMSG_KIND_TABLE(X)                                                                         \
	X(OTHER, "other", false, "an ordinary message")                                            \
	X(WARNING, "warning", true, "a kernel WARNING")                                            \
	X(BUG, "bug", true, "a kernel BUG")                                                        \
	X(OOPS, "oops", true, "an Oops or a panic")                                                \
	X(LOCKUP, "lockup", true, "a soft or hard lock-up, or an RCU stall")                       \
	X(HUNG, "hung", true, "a task blocked for longer than hung_task_timeout_secs")             \
	X(LOCKDEP, "lockdep", true, "a locking rule broken")                                       \
	X(SANITIZER, "sanitizer", true, "a report of KASAN, KFENCE, KMSAN, KCSAN or UBSAN")        \
	X(SLAB_CORRUPTION, "slab-corruption", true, "a slab object or a list is corrupt")          \
	X(BAD_PAGE, "bad-page", true, "a page, page table or RSS counter in a bad state")          \
	X(NEGATIVE_COUNTER, "negative-counter", true, "a vmstat counter below zero")               \
	X(LEAK, "leak", false, "kmemleak suspects leaked objects")                                 \
	X(HARDWARE, "hardware", false, "a hardware error")                                         \
	X(MEMORY_FAILURE, "memory-failure", false, "a page taken out after a memory failure")      \
	X(OOM, "oom", false, "a line of the OOM killer")                                           \
	X(ALLOC_FAILURE, "alloc-failure", false, "an allocation that failed")                      \
	X(FAULT_INJECTION, "fault-injection", false, "a fault that was injected")                  \
	X(IO_ERROR, "io-error", false, "a block device or file system error")

enum kmsg_kind {
#define X(id, word, fails, help) KMSG_##id,
	KMSG_KIND_TABLE(X)
#undef X
		KMSG_KIND_COUNT
};

/* The word of a kind (metrics `kmsg.<word>`), what it is, and whether one such line fails a trial.
 */
const char *kmsg_kind_word(enum kmsg_kind kind);
const char *kmsg_kind_help(enum kmsg_kind kind);
bool kmsg_kind_fails(enum kmsg_kind kind);

/*
 * What kind of message a text is, by a table of patterns. For a text of unknown origin; user space
 * can write any text to the log, so for records ask kmsg_record_kind(), which gives OTHER for
 * theirs.
 */
enum kmsg_kind kmsg_classify(const char *text);
enum kmsg_kind kmsg_record_kind(const struct kmsg_record *r);

/*
 * Parse what one read(2) of /dev/kmsg gave: "6,1234,5678,-;text\n KEY=value\n". The text comes out
 * unescaped, other control characters than tab and newline as '?'; the dictionary is dropped.
 * Returns 0 or -EINVAL.
 */
int kmsg_parse(const char *raw, size_t len, struct kmsg_record *ret);

/* Open "kmsg" below devfd (/dev) at its end. Returns a descriptor to poll(2), or a negative errno.
 */
int kmsg_open(int devfd, struct err *err);

/*
 * The next record, without waiting or allocating. Returns 1, 0 when there is none yet, -EPIPE when
 * records were overwritten before they were read (the next call goes on with the oldest there is),
 * or another negative errno. A record that cannot be parsed is passed over.
 */
int kmsg_next(int fd, struct kmsg_record *ret);

/*
 * How many records are missing right before the one with this number: they were overwritten, or
 * could not be read. *next is the number that is due, 0 before the first record; it is moved on.
 */
int64_t kmsg_missing(uint64_t *next, uint64_t seq);

/*
 * Write "memtrial: text" to the log as a notice of user space. The log limits 10 messages in 5 s
 * for each opened descriptor (devkmsg_write) and then drops silently: each mark opens anew.
 */
int kmsg_mark(int devfd, const char *text);

#endif
