/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a guest tells the gate while it runs: lines, and between them results as JSON whose length
 * was said before, so that half a result is known as such. Owns both ends: the writer inside the
 * guest and the parser on the host. Does not own: the port and when to read it (watch.h).
 *
 *   hello VERSION RELEASE     the guest's init is up
 *   note TEXT                 something that the suite goes without
 *   fail TEXT                 init cannot carry it out; it ends the guest
 *   lacks TEXT                the kernel has not what the suite demands of its config
 *   plan N                    so many trials are to come
 *   trial I NAME              trial I (from 0) begins
 *   at I TEXT                 where it is; once a second at least while it runs
 *   result I LENGTH           followed by LENGTH bytes of JSON and a newline
 *   end CODE                  memtrial run ends with this exit code
 *   exit STATUS               it has ended: its exit code, 128+n after signal n
 */
#ifndef MT_GATE_STREAM_H
#define MT_GATE_STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "record/record.h"

#define STREAM_VERSION 1

/* X(word): one row a kind of line */
#define STREAM_WORDS(X)                                                                            \
	X(HELLO, "hello")                                                                          \
	X(NOTE, "note")                                                                            \
	X(FAIL, "fail")                                                                            \
	X(LACKS, "lacks")                                                                          \
	X(PLAN, "plan")                                                                            \
	X(TRIAL, "trial") X(AT, "at") X(RESULT, "result") X(END, "end") X(EXIT, "exit")

enum stream_word {
#define X(id, word) STREAM_##id,
	STREAM_WORDS(X)
#undef X
		STREAM_WORD_COUNT
};

/* The writer. */
struct stream {
	int fd;		/* -1: nobody listens, all calls do nothing */
	int64_t at_ns;	/* CLOCK_MONOTONIC of the last line about where it is */
	uint32_t at_of; /* what that line said, as a checksum */
};

/* One line; newlines in the text become blanks. Does not allocate. */
void stream_say(struct stream *s, enum stream_word word, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
/* Where a trial is: when that changed, and else once a second. Does not allocate. */
void stream_at(struct stream *s, size_t trial, const char *phase, const char *doing);
/* One judged trial, run->trials[at], under its number. Returns 0 or a negative errno. Allocates:
 * between trials only. */
int stream_result(struct stream *s, const struct run *run, size_t at, size_t number,
		  struct err *err);

/* The reader. */
struct stream_line {
	enum stream_word word;
	int64_t number;	  /* I, N, CODE, STATUS or VERSION; -1 where the line has none */
	const char *text; /* the rest of the line; of a result its JSON */
	size_t len;	  /* of text, which ends with a NUL */
};

struct stream_reader {
	char *text; /* what has come and is not used up yet */
	size_t len, room;
	size_t used;   /* in front of it: what the last call returned */
	size_t wanted; /* a result of so many bytes is coming; 0: a line */
	int64_t trial; /* of that result */
	bool broken;   /* what came is not this protocol; nothing more is read */
};

/* Take bytes as they came. Returns 0, or a negative errno with a sentence. */
int stream_feed(struct stream_reader *r, const void *data, size_t len, struct err *err);
/*
 * The next complete line or result. Returns 1, 0 when more bytes must come first, or -EPROTO. ret
 * is valid until the next call with r.
 */
int stream_next(struct stream_reader *r, struct stream_line *ret, struct err *err);
/* How much of a result is missing: bytes, 0 when none was begun. */
size_t stream_missing(const struct stream_reader *r);
void stream_reader_free(struct stream_reader *r);

#endif
