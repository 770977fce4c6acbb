/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the way in which a guest ended says about the kernel: nothing (it ran to its end), a FAIL
 * (it crashed or hung while it was on trial), or BROKEN (we did not get that far). Pure.
 */
#ifndef MT_GATE_VERDICT_H
#define MT_GATE_VERDICT_H

#include "gate/watch.h"
#include "record/record.h"

struct guest_verdict {
	enum verdict verdict; /* V_PASS: judge by the results alone */
	char why[512];	      /* one sentence, with what to do; "" for V_PASS */
};

void guest_judge(const struct guest *g, const struct console *c, const struct watch_config *config,
		 struct guest_verdict *ret);

/*
 * A record for a trial that has no result: it was running when the guest ended (V_FAIL, V_BROKEN)
 * or never began (V_SKIP). name and profile must outlive it; console lines become its events.
 */
void guest_record(struct record *r, const char *name, const char *profile, enum verdict verdict,
		  const char *why, const char *lines);

#endif
