/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Inside cli/: results as a guest sends them, put together into one run, reported and saved. */
#ifndef MT_CLI_GATE_RESULT_H
#define MT_CLI_GATE_RESULT_H

#include "cli/capacity_send.h"
#include "cli/gate_guest.h"
#include "cli/output.h"

struct gate_result {
	struct cli *cli;
	const struct selection *sel;
	size_t trials; /* to come: sel's, in each round, and that of the soak */
	struct output out;
	struct console console;
	int console_file;
	struct run run;
	struct run *parts; /* as they came, one trial each; run borrows from them */
	size_t n_parts;
	struct record *made; /* for trials without a result */
	size_t n_made;
	bool live, begun, lost;
	struct capacity_answer *answer; /* with --capacity, in place of all trials */
};

int gate_result_open(struct gate_result *res, struct err *err);
/* Called by the watch; data is the gate_result. */
int gate_result_add(void *data, int64_t trial, const char *json, size_t len, struct err *err);
void gate_result_note(void *data, const char *text);
void gate_result_progress(void *data, const struct guest *guest);
/* Why a guest ended as it did not have to, with the end of its console. */
void gate_result_talk(const struct gate_result *res, const struct guest *guest, const char *why);
/* Say what became of the guest, complete the report, save; returns the exit code. */
int gate_result_conclude(struct gate_result *res, const struct gate_guest *g,
			 const struct guest *guest);
void gate_result_free(struct gate_result *res);

#endif
