/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The command line's words, by the tables. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/cleanup.h"
#include "base/words.h"
#include "cli/cli.h"

static const struct cli_option *find_in(const struct cli_option *table, const char *name,
					size_t len, char letter)
{
	for (; table && table->name; table++)
		if (letter ? table->letter == letter
			   : strlen(table->name) == len && !strncmp(table->name, name, len))
			return table;
	return NULL;
}

static const struct cli_option *find_option(const struct cli *cli, const char *name, size_t len,
					    char letter)
{
	const struct cli_option *o = find_in(global_options, name, len, letter);

	return o || !cli->command ? o : find_in(cli->command->options, name, len, letter);
}

static int usage(const char *what, const char *word, const char *hint)
{
	struct err err = {0};

	err_set_class(&err, ERR_USAGE, -EINVAL, "%s%s%s%s%s", what, word,
		      hint ? "; did you mean \"" : "", hint ? hint : "", hint ? "\"?" : "");
	return cli_error(&err);
}

static int unknown_option(const struct cli *cli, const char *given)
{
	const char *word = given + strspn(given, "-");
	char name[64], hint[64];
	struct nearest n = {.want = name};

	/* "--sead=1" is --sead. */
	snprintf(name, sizeof(name), "%.*s", (int)strcspn(word, "="), word);
	for (const struct cli_option *o = global_options; o->name; o++)
		nearest_offer(&n, o->name);
	if (cli->command)
		for (const struct cli_option *o = cli->command->options; o && o->name; o++)
			nearest_offer(&n, o->name);
	if (n.best)
		snprintf(hint, sizeof(hint), "--%s", n.best);
	return usage("unknown option ", given, n.best ? hint : NULL);
}

static int add_set(struct cli *cli, const char *value)
{
	const char *eq = strchr(value, '=');

	if (!eq || eq == value)
		return usage("--set wants NAME=VALUE, not ", value, NULL);
	if (cli->n_set == ARRAY_SIZE(cli->set))
		return usage("too many --set: ", value, NULL);
	cli->set[cli->n_set].name = strndup(value, (size_t)(eq - value));
	cli->set[cli->n_set++].value = eq + 1;
	return 0;
}

static int put(struct cli *cli, const struct cli_option *o, const char *value)
{
	char *field = (char *)cli + o->offset;

	switch (o->kind) {
	case CLI_FLAG:
		*(bool *)(void *)field = true;
		return 0;
	case CLI_VALUE:
		*(const char **)(void *)field = value;
		return 0;
	case CLI_LIST:
		if (o->offset == offsetof(struct cli, set))
			return add_set(cli, value);
		if (o->offset == offsetof(struct cli, slo)) {
			if (cli->n_slo == ARRAY_SIZE(cli->slo))
				return usage("too many --slo: ", value, NULL);
			cli->slo[cli->n_slo++] = value;
			return 0;
		}
		if (cli->n_tags == ARRAY_SIZE(cli->tags))
			return usage("too many --tag: ", value, NULL);
		cli->tags[cli->n_tags++] = value;
		return 0;
	}
	return 0;
}

/* One word that begins with a dash; *i moves on when the value is the next word. */
static int option(struct cli *cli, int argc, char **argv, int *i)
{
	const char *word = argv[*i], *eq = strchr(word, '='), *value = NULL;
	const struct cli_option *o;

	if (word[1] == '-') {
		size_t len = eq ? (size_t)(eq - word - 2) : strlen(word + 2);

		o = find_option(cli, word + 2, len, 0);
		value = eq ? eq + 1 : NULL;
	} else {
		o = find_option(cli, NULL, 0, word[1]);
		value = word[2] ? word + 2 : NULL;
	}
	if (!o)
		return unknown_option(cli, word);
	if (o->kind == CLI_FLAG)
		return value ? usage("option takes no value: ", word, NULL) : put(cli, o, NULL);
	if (!value) {
		if (*i + 1 >= argc)
			return usage("option wants a value: ", word, NULL);
		value = argv[++*i];
	}
	return put(cli, o, value);
}

static int check_common(struct cli *cli)
{
	if (cli->color && colour_when_parse(cli->color, &cli->colour) < 0)
		return usage("--color is one of auto, always, never; not ", cli->color, NULL);
	if (cli->command && !cli->command->args[0] && cli->n_args && !cli->help)
		return usage("this command takes no arguments: ", cli->args[0], NULL);
	return 0;
}

static int command_word(struct cli *cli, const char *word)
{
	struct nearest n = {.want = word};

	cli->command = command_find(word);
	if (cli->command)
		return 0;
	for (const struct command *const *c = commands; *c; c++)
		nearest_offer(&n, (*c)->name);
	return usage("unknown command ", word, n.best);
}

int cli_parse(struct cli *cli, int argc, char **argv)
{
	const char **args = calloc((size_t)argc + 1, sizeof(*args));
	bool only_args = false;
	int r = 0;

	cli->args = args;
	for (int i = 1; i < argc && !r; i++) {
		if (!only_args && !strcmp(argv[i], "--") && cli->command &&
		    cli->command->separators)
			args[cli->n_args++] = argv[i];
		else if (!only_args && !strcmp(argv[i], "--"))
			only_args = true;
		else if (!only_args && argv[i][0] == '-' && argv[i][1])
			r = option(cli, argc, argv, &i);
		else if (!cli->command)
			r = command_word(cli, argv[i]);
		else
			args[cli->n_args++] = argv[i];
	}
	return r ? r : check_common(cli);
}

void cli_free(struct cli *cli)
{
	for (size_t i = 0; i < cli->n_set; i++)
		free((void *)cli->set[i].name);
	free((void *)cli->args);
	*cli = (struct cli){0};
}

int cli_seed(struct cli *cli, uint64_t *ret, struct err *err)
{
	const char *given = cli->seed;
	char *end = NULL;

	*ret = (uint64_t)time(NULL);
	errno = 0;
	if (given)
		*ret = strtoull(given, &end, 0);
	/* strtoull() takes "-1" for the largest number there is. */
	if (given && (*end || end == given || errno || strchr(given, '-')))
		return err_set_class(err, ERR_USAGE, -EINVAL, "--seed: \"%s\" is no number", given);
	snprintf(cli->seed_text, sizeof(cli->seed_text), "%llu", (unsigned long long)*ret);
	cli->seed = cli->seed_text;
	return 0;
}

int cli_quantity(const char *name, const char *text, enum unit unit, int64_t *ret, struct err *err)
{
	enum unit got;
	int r = quantity_parse(text, strlen(text), ret, &got);

	if (r == 0 && *ret >= 0 && (got == unit || *ret == 0))
		return 0;
	return err_set_class(err, ERR_USAGE, -EINVAL, "--%s: \"%s\" is no %s", name, text,
			     unit == UNIT_DUR	  ? "duration such as 50ms"
			     : unit == UNIT_BYTES ? "size such as 64M"
						  : "number");
}
