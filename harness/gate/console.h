/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a guest's kernel wrote on its console: kept in full in a file when one is asked for, its end
 * in memory, and searched for the lines that tell of a crash. Does not own: reading the port.
 */
#ifndef MT_GATE_CONSOLE_H
#define MT_GATE_CONSOLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CONSOLE_KEEP ((size_t)256 << 10)
#define CONSOLE_LINE 400

struct console {
	int file;   /* -1: none */
	char *text; /* the last CONSOLE_KEEP bytes at least, NUL-terminated */
	size_t len;
	size_t line;   /* where the line begins that is not complete yet */
	size_t bad;    /* where the first bad line since console_mark() begins; SIZE_MAX: none */
	bool kernel;   /* the kernel itself has written: "Linux version ..." */
	int64_t bytes; /* in all */
	bool panicked;
	bool int3;		  /* the "Code:" of an int3 that nobody expected has yet to come */
	bool stale;		  /* that int3 was executed, but it is not in memory */
	char panic[CONSOLE_LINE]; /* "Kernel panic - not syncing: ...", without its time stamp */
	char bad_line[CONSOLE_LINE];
};

/* Returns 0 or -ENOMEM. */
int console_open(struct console *c, int file);
void console_feed(struct console *c, const char *data, size_t len);
/* Another kernel begins: what the last one said stays in the file only. */
void console_restart(struct console *c);
/* From now on: what came before has nothing to do with the trial that begins. */
void console_mark(struct console *c);
/*
 * The lines that tell most: from the first bad line on, or else the last ones; at most max of them,
 * "\n" between, carriage returns and other control characters left out. Returns buf.
 */
char *console_excerpt(const struct console *c, int max, char *buf, size_t size);
void console_close(struct console *c);

#endif
