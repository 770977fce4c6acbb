/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Inside cli/: what the words of `memtrial capacity` ask for. Reads them; touches no machine. */
#ifndef MT_CLI_CAPACITY_TAKE_H
#define MT_CLI_CAPACITY_TAKE_H

#include "capacity/capacity.h"
#include "cli/cli.h"
#include "cli/listener.h"
#include "cli/load.h"
#include "cli/where.h"

struct capacity {
	struct cli *cli;
	struct machine machine;
	struct plan_config plan;
	struct leftovers_where where;
	struct loaded loaded; /* of --profile: for its names */
	struct selection sel;
	struct study study;
	int64_t begun_ns;
	int resumed; /* what came from the state was told of once */
	bool json;
	struct stream stream; /* to the gate, when this is a guest */
};

/*
 * Fill c->study.config and the objectives from c->cli. Returns 0 or an exit code, told already.
 * The end of a range that was not given stays 0.
 */
int capacity_take(struct capacity *c);

#endif
