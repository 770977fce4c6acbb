/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The line with which somebody else makes the same trials: by the tables that the parser reads. */
#include <string.h>

#include "base/cleanup.h"
#include "base/words.h"
#include "cli/cli.h"

/* How it is told and kept is up to whoever runs it again. */
static bool is_aside(const struct cli_option *o)
{
	static const size_t aside[] = {
#define FIELD(field) offsetof(struct cli, field)
		FIELD(format),	FIELD(output),	 FIELD(save),	 FIELD(console), FIELD(stream),
		FIELD(verbose), FIELD(quiet),	 FIELD(help),	 FIELD(color),	 FIELD(history),
		FIELD(label),	FIELD(baseline), FIELD(fail_on),
#undef FIELD
	};

	for (size_t i = 0; i < ARRAY_SIZE(aside); i++)
		if (o->offset == aside[i])
			return true;
	return false;
}

const char *cli_quoted(struct arena *a, const char *word)
{
	static const char *const plain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
					 "0123456789_-+=./,:@%";
	char *s = arena_strdup(a, "'");

	if (word[0] && !word[strspn(word, plain)])
		return word;
	for (const char *at = word;; at++) {
		size_t n = strcspn(at, "'");

		s = arena_printf(a, "%s%.*s", s, (int)n, at);
		at += n;
		if (!*at)
			return arena_printf(a, "%s'", s);
		s = arena_printf(a, "%s'\\''", s);
	}
}

static const char *with(struct arena *a, const char *line, const char *name, const char *value)
{
	return value ? arena_printf(a, "%s --%s %s", line, name, cli_quoted(a, value)) : line;
}

static const char *add_list(const struct cli *cli, struct arena *a, const char *line,
			    const struct cli_option *o)
{
	if (o->offset != offsetof(struct cli, set)) {
		for (size_t i = 0; i < cli->n_tags; i++)
			line = with(a, line, o->name, cli->tags[i]);
		return line;
	}
	for (size_t i = 0; i < cli->n_set; i++)
		line = with(a, line, o->name,
			    arena_printf(a, "%s=%s", cli->set[i].name, cli->set[i].value));
	return line;
}

static const char *add_options(const struct cli *cli, struct arena *a, const char *line,
			       const struct cli_option *table)
{
	for (const struct cli_option *o = table; o->name; o++) {
		const void *field = (const char *)cli + o->offset;

		if (is_aside(o))
			continue;
		if (o->kind == CLI_LIST)
			line = add_list(cli, a, line, o);
		else if (o->kind == CLI_VALUE)
			line = with(a, line, o->name, *(const char *const *)field);
		else if (*(const bool *)field)
			line = arena_printf(a, "%s --%s", line, o->name);
	}
	return line;
}

const char *cli_again(const struct cli *cli, struct arena *a)
{
	const char *line = arena_printf(a, "memtrial %s", cli->command->name);

	line = add_options(cli, a, line, cli->command->options);
	line = add_options(cli, a, line, global_options);
	for (size_t i = 0; i < cli->n_args; i++)
		line = arena_printf(a, "%s %s", line, cli_quoted(a, cli->args[i]));
	return line;
}
