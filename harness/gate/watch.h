/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Watching a guest from its start to its end: what it says on its port and on its console, how it
 * ended, and that it ends at all: every wait has a deadline. Owns: which end it was. Does not own:
 * the verdict that follows (verdict.h), nor starting QEMU (vm.h).
 */
#ifndef MT_GATE_WATCH_H
#define MT_GATE_WATCH_H

#include "base/err.h"
#include "base/units.h"
#include "gate/console.h"
#include "gate/stream.h"
#include "gate/vm.h"

/* X(id, what it is): how a guest ended */
#define GUEST_END_TABLE(X)                                                                         \
	X(FINISHED, "ran to its end")                                                              \
	X(PANICKED, "its kernel panicked")                                                         \
	X(RESET, "it was reset or switched off before the suite was over")                         \
	X(SILENT, "it said nothing any more")                                                      \
	X(TOO_LONG, "it was still running when --timeout was over")                                \
	X(NO_OUTPUT, "its kernel wrote nothing at all")                                            \
	X(NOT_UP, "memtrial never began in it")                                                    \
	X(GAVE_UP, "its init could not carry the suite out")                                       \
	X(LACKS, "its kernel lacks what the suite demands")                                        \
	X(GARBLED, "what it sent makes no sense")                                                  \
	X(QEMU_FAILED, "QEMU failed")                                                              \
	X(INTERRUPTED, "the gate was interrupted")

enum guest_end {
#define X(id, what) GUEST_##id,
	GUEST_END_TABLE(X)
#undef X
		GUEST_END_COUNT
};
const char *guest_end_text(enum guest_end end);

/* What is known of the guest while it runs, and afterwards. */
struct guest {
	bool hello, ended, exited; /* which lines came */
	char release[96];
	int64_t planned;  /* trials that are to come; -1: not known yet */
	int64_t trial;	  /* the one that runs, -1: none */
	int64_t done;	  /* trials whose results came */
	char name[200];	  /* of the trial that runs or ran last */
	char at[300];	  /* where it was */
	int code, status; /* of "end" and "exit" */
	size_t missing;	  /* bytes of a result that never came */
	char said[600];	  /* GAVE_UP, LACKS: why; GARBLED: what; QEMU_FAILED: its last line */
	bool emulated;	  /* its CPUs; the caller of watch_guest() says so */
	int qemu_signal;  /* QEMU_FAILED: the signal that ended it, 0: none */
	int64_t up_ns;	  /* from the start of QEMU to hello; -1 */
	int64_t took_ns;  /* in all */
	enum guest_end end;
};

struct watch_config {
	dur_t silence; /* so long nothing from the guest: it hangs */
	dur_t total;   /* and so long it may take in all */
	/* By then the kernel must have written its first line (firmware and boot loader write to
	 * the console, too); 0: as silence says. */
	dur_t first;
	int signals; /* descriptor that is readable after SIGINT or SIGTERM (signalfd); -1 */
	void *data;
	/* A judged trial. Returns 0 or a negative errno: the result makes no sense. */
	int (*result)(void *data, int64_t trial, const char *json, size_t len, struct err *err);
	void (*note)(void *data, const char *text);
	void (*progress)(void *data, const struct guest *g); /* now and then; may be NULL */
};

/* Watch until the end; the VM is stopped on return. Fills guest and console. */
void watch_guest(const struct watch_config *config, struct vm *vm, struct console *console,
		 struct guest *guest);

#endif
