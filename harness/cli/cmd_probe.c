/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <unistd.h>

#include "base/table.h"
#include "cli/cli.h"
#include "kernel/probe.h"

static void row(struct table *t, const char *name, const char *value)
{
	table_row(t);
	table_cell(t, STYLE_BOLD, "%s", name);
	table_cell(t, STYLE_PLAIN, "%s", value && value[0] ? value : "none");
}

static void facts(struct table *t, const struct machine *m)
{
	char a[QUANTITY_MAX], b[QUANTITY_MAX], text[300];

	row(t, "kernel", m->release);
	row(t, "config", m->config_source);
	snprintf(text, sizeof(text), "%d online of %d, %s", m->cpus_online, m->cpus_possible,
		 m->cpu_model);
	row(t, "CPUs", text);
	snprintf(text, sizeof(text), "%s, %s available, pages of %lld bytes, %d node%s",
		 quantity_format(a, m->mem_total, UNIT_BYTES),
		 quantity_format(b, m->mem_available, UNIT_BYTES), (long long)m->page_size,
		 m->nodes, m->nodes == 1 ? "" : "s");
	row(t, "memory", text);
	snprintf(text, sizeof(text), "%s, memory controller on %s", cgroup_mode_word(m->cgroup),
		 m->memcg_version == 1	 ? "v1"
		 : m->memcg_version == 2 ? "v2"
					 : "neither");
	row(t, "cgroup", text);
	row(t, "controllers", m->controllers);
	row(t, "groups below", m->memcg_base);
	if (m->base_limit != VALUE_MAX)
		row(t, "limit above", quantity_format(a, m->base_limit, UNIT_BYTES));
	row(t, "THP", m->thp);
	row(t, "container", m->container);
	row(t, "OOM daemons", m->oom_daemons);
	row(t, "DAMON", m->damon);
}

static void needs(struct table *t, const struct machine *m)
{
	for (unsigned i = 0; i < NEED_COUNT; i++) {
		bool has = m->has & NEED_BIT(i);

		if (i == NEED_INDEX_WHOLE_MACHINE)
			continue;
		table_row(t);
		table_cell(t, STYLE_BOLD, "%s", need_word(i));
		table_cell(t, has ? STYLE_GREEN : STYLE_YELLOW, has ? "yes" : "no");
		table_cell(t, STYLE_PLAIN, "%s", has ? need_help(i) : m->why_not[i]);
	}
}

static int run(struct cli *cli)
{
	static const struct table_column fact_columns[] = {{"machine", ALIGN_LEFT, 0},
							   {"", ALIGN_LEFT, 20}};
	static const struct table_column need_columns[] = {{"need", ALIGN_LEFT, 0},
							   {"here", ALIGN_LEFT, 0},
							   {"why", ALIGN_LEFT, 30}};
	struct table_look look = {.colour = term_colour(STDOUT_FILENO, cli->colour)};
	struct arena arena = {0};
	struct machine m;
	struct table t;
	struct err err = {0};

	if (probe_machine(&cli->roots, &m, &err) < 0)
		return cli_error(&err);
	table_init(&t, &arena, fact_columns, 2);
	facts(&t, &m);
	table_write(&t, stdout, &look);
	putchar('\n');
	table_init(&t, &arena, need_columns, 3);
	needs(&t, &m);
	table_write(&t, stdout, &look);
	arena_free(&arena);
	return EXIT_PASS;
}

static const struct cli_option options[] = {{0}};

const struct command command_probe = {
	.name = "probe",
	.args = "",
	.summary = "what this kernel and machine can do, with the reason of every \"no\"",
	.description = "Reads only. The words in the first column may stand in a profile's needs.",
	.options = options,
	.run = run,
};
