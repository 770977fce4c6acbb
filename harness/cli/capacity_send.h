/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Inside cli/: the answer of a capacity search on its way from a guest to the gate, as the one
 * result of its stream: {"code": 0, "says": "32.6M ± 160K", "text": "...", "capacity": {...}}, or
 * with an "error" alone beside the code.
 */
#ifndef MT_CLI_CAPACITY_SEND_H
#define MT_CLI_CAPACITY_SEND_H

#include <jansson.h>

#include "capacity/capacity.h"
#include "gate/stream.h"

/* In the guest. err: what it ended with instead of an answer; NULL. */
void capacity_send(struct stream *s, const struct study *study, int code, const struct err *err);

/* At the host. */
struct capacity_answer {
	json_t *all;	    /* NULL: none came; what follows points into it */
	int code;	    /* exit code of the search */
	const char *error;  /* NULL: there is an answer */
	const char *says;   /* "32.6M ± 160K" */
	const char *text;   /* the report for people */
	json_t *capacity;   /* as `capacity --format json` */
	const char *kernel; /* that answered */
};

/* Returns 0 or -EPROTO with a sentence. */
int capacity_receive(struct capacity_answer *ret, const char *json, size_t len, struct err *err);
void capacity_answer_free(struct capacity_answer *a);

#endif
