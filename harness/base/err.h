/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One sentence beside a negative errno. The buffer is the caller's and of fixed size: no allocation
 * on an error path, because we run out of memory on purpose. The first error wins; on the way up
 * callers put their context in front. Library code returns errors, only cli/ prints them.
 */
#ifndef MT_BASE_ERR_H
#define MT_BASE_ERR_H

#include <stdbool.h>

/* What an error means for the verdict and the exit code. */
enum err_class {
	ERR_BROKEN = 0, /* we could not carry it out */
	ERR_USAGE,	/* the user's option, profile or file is wrong */
	ERR_SKIP,	/* this machine cannot; the sentence says why */
	ERR_FAIL,	/* the kernel is not what was demanded of it */
};

struct err {
	int code; /* negative errno, 0: no error yet */
	enum err_class class;
	char text[512];
};

/*
 * Set the sentence unless one is there already. code is a negative errno; returns the code that
 * stands. err may be NULL. What does not fit is cut and ends in "...".
 */
int err_set(struct err *err, int code, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
/* The same with a class. */
int err_set_class(struct err *err, enum err_class class, int code, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));
/* As err_set, with ": " and strerror(-code) at the end. */
int err_errno(struct err *err, int code, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
/* Put "context: " in front of the sentence, if there is one. Returns the code that stands. */
int err_prefix(struct err *err, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* Forget the error, so that the struct can be used again. */
void err_clear(struct err *err);

#endif
