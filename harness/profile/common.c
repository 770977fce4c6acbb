/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the harness gives to every stressor. */
#include "profile/profile.h"

const char *const policy_words[] = {"default", "bind", "interleave", "preferred", NULL};

static const char *const tolerate_words[] = {"nothing", "errors", NULL};

#define OPT(field) .name = #field, .offset = offsetof(struct stressor_common, field)

const struct opt stressor_common_options[] = {
	{OPT(workers), .type = OPT_COUNT, .min = 1, .max = 4096, .def = "1",
	 .help = "processes in each of its groups"},
	{OPT(cpus), .type = OPT_TEXT, .def = "",
	 .help = "CPUs it may run on, like 0-1,3; all if empty"},
	{OPT(nodes), .type = OPT_TEXT, .def = "",
	 .help = "NUMA nodes that policy speaks of, like 0-1,3"},
	{OPT(policy), .type = OPT_ENUM, .words = policy_words, .def = "default",
	 .help = "how its memory is placed on nodes"},
	{OPT(rate), .type = OPT_BPS, .min = 0, .max = VALUE_MAX, .def = "0",
	 .help = "at most so many bytes per second and worker; 0: as fast as it goes"},
	{OPT(ops_rate), .type = OPT_PER_SEC, .min = 0, .max = VALUE_MAX, .def = "0",
	 .help = "at most so many operations per second and worker; 0: as fast as it goes"},
	/* OOM_SCORE_ADJ_MIN and _MAX, include/uapi/linux/oom.h */
	{OPT(oom_score_adj), .type = OPT_COUNT, .min = -1000, .max = 1000, .def = "0",
	 .help = "how much the OOM killer prefers it"},
	{OPT(start_delay), .type = OPT_DUR, .min = 0, .max = 3600 * NSEC_PER_SEC, .def = "0",
	 .help = "time between its start and its first step"},
	{OPT(tolerate), .type = OPT_ENUM, .words = tolerate_words, .def = "nothing",
	 .help = "errors: a step that fails counts in .errors, and the next one is tried"},
	{OPT(yardstick), .type = OPT_BOOL, .def = "no",
	 .help = "between steps a fixed piece of work, half of the time: .ops_yard_rate goes by "
		 "it"},
	OPT_END,
};
