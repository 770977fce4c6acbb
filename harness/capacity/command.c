/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The profile of one run of a command, in the words of profiles. */
#include <string.h>

#include "base/cleanup.h"
#include "capacity/inside.h"

static char *size_text(char buf[24], int64_t v)
{
	if (v == VALUE_MAX)
		strcpy(buf, "max");
	else
		snprintf(buf, 24, "%lldB", (long long)v);
	return buf;
}

/* ", memory.swap.max: 64M"; nothing where the machine's swap is not touched. */
static const char *swap_of(const struct study_config *c, struct arena *a)
{
	char text[24];

	return c->swap_max == VALUE_MAX
		       ? ""
		       : arena_printf(a, ", memory.swap.max: %s", size_text(text, c->swap_max));
}

/* The group that takes the command, or those that take a copy each; and who is there beside it. */
static const char *groups_of(const struct study_config *c, struct arena *a, int64_t value)
{
	const char *swap = swap_of(c, a), *text;
	char max[24];
	int64_t copies = value == VALUE_MAX ? 1 : value;

	if (c->question == ASK_LIMIT)
		return arena_printf(a, "  box: { memory.%s: %s%s }\n",
				    c->search_high ? "high" : "max", size_text(max, value), swap);
	text = arena_printf(a, "  box: { memory.max: %s%s }\n", size_text(max, c->room), swap);
	if (c->question == ASK_PROTECT)
		return arena_printf(a, "%s  box/kept: { %s }\n  box/hog: {}\n", text,
				    !c->protect ? ""
						: arena_printf(a, "memory.%s: %s",
							       c->protect_min ? "min" : "low",
							       size_text(max, c->protect)));
	for (int64_t i = 0; i < copies; i++)
		text = arena_printf(a, "%s  box/copy%lld: {}\n", text, (long long)i);
	return text;
}

static const char *in_groups(const struct study_config *c, struct arena *a, int64_t value)
{
	const char *text = "box/copy0";

	if (c->question != ASK_NEIGHBOURS)
		return c->question == ASK_PROTECT ? "box/kept" : "box";
	for (int64_t i = 1; value != VALUE_MAX && i < value; i++)
		text = arena_printf(a, "%s, box/copy%lld", text, (long long)i);
	return arena_printf(a, "[%s]", text);
}

static const char *command_of(const struct study_config *c, struct arena *a, int64_t value)
{
	bool at_most = c->question == ASK_LIMIT && value != VALUE_MAX && !c->search_high;
	int64_t limit = at_most ? value : c->room;

	return arena_printf(a,
			    "  command:\n"
			    "    use: exec\n"
			    "    in: %s\n"
			    "    command: \"true\"\n"
			    "    memory: %lldB\n"
			    "    output: \"%s\"\n"
			    "    ignore_status: yes\n",
			    in_groups(c, a, value), (long long)limit,
			    c->regex	     ? "inherit"
			    : c->show_stderr ? "inherit-stderr"
					     : "null");
}

static bool has_hog(const struct study_config *c, int64_t value)
{
	return c->question == ASK_PROTECT && value != VALUE_MAX;
}

const char *command_profile(const struct study *s, struct arena *a, int64_t value, dur_t timeout)
{
	const struct study_config *c = &s->config;
	bool v1 = c->plan->machine->memcg_version == 1, hog = has_hog(c, value);
	const char *again = "";

	/* It presses by what it holds: one that touched it again would take a CPU away as well. */
	if (hog)
		again = arena_printf(a,
				     "  hog: { use: anon, in: box/hog, size: %lldB, then: hold }\n",
				     (long long)value);
	return arena_printf(a,
			    "summary: how much memory a command needs\n"
			    "source: memtrial capacity\n"
			    "groups:\n%s"
			    "stressors:\n%s%s"
			    "phases:\n%s"
			    "  - phase: run\n"
			    "    start: command\n"
			    "    until: command exits within %llds\n"
			    "  - phase: empty\n%s"
			    "    set: { %sbox/%s: %lldB }\n",
			    groups_of(c, a, value), command_of(c, a, value), again,
			    hog ? "  - phase: hog\n"
				  "    start: hog\n"
				  "    until: hog holds within 600s\n"
				: "",
			    (long long)((timeout.ns + NSEC_PER_SEC - 1) / NSEC_PER_SEC),
			    hog ? "    stop: hog\n" : "",
			    c->protect ? "box/kept/memory.min: 0, " : "",
			    v1 ? "memory.max" : "memory.reclaim",
			    (long long)(v1 ? 1 * MIB : c->room));
}

int command_phase(const struct study *s, int64_t value)
{
	return has_hog(&s->config, value);
}
