/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/gate_question.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "base/words.h"

#define usage(err, ...) err_set_class(err, ERR_USAGE, -EINVAL, __VA_ARGS__)

/* One word from *at on, which is moved behind it; NULL: a quote is open. */
static const char *one_word(struct arena *a, const char **at)
{
	char *word = arena_alloc(a, strlen(*at) + 1), *to = word, quote = 0;
	const char *s = *at;

	for (; *s && (quote || !strchr(" \t\n", *s)); s++) {
		if (*s == quote)
			quote = 0;
		else if (!quote && (*s == '\'' || *s == '"'))
			quote = *s;
		else if (*s == '\\' && quote != '\'' && s[1] && (!quote || strchr("\\\"$`", s[1])))
			*to++ = *++s;
		else
			*to++ = *s;
	}
	*at = s;
	return quote ? NULL : word;
}

int shell_words(struct arena *a, const char *text, const char ***ret)
{
	const char **words = arena_array(a, strlen(text) / 2 + 2, sizeof(*words));
	int n = 0;

	while (*(text += strspn(text, " \t\n"))) {
		words[n] = one_word(a, &text);
		if (!words[n++])
			return -1;
	}
	*ret = words;
	return n;
}

/* What makes no sense in a guest, which is gone afterwards, or is the gate's own matter. */
static int check_options(const struct cli *inner, struct err *err)
{
	const struct {
		const char *name, *value, *why;
	} out_of_place[] = {
		{"--state", inner->state_file, "the guest and its files are gone afterwards"},
		{"--in", inner->in, "the guest has no groups but its own"},
		{"--format", inner->format, "it is gate's own: beside --capacity, not in it"},
		{"--sysroot", inner->sysroot, "nothing runs there"},
		{"--stream", inner->stream, "the gate sets it"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(out_of_place); i++)
		if (out_of_place[i].value)
			return usage(err, "--capacity: no place for %s in it: %s",
				     out_of_place[i].name, out_of_place[i].why);
	return 0;
}

int gate_question_take(struct gate_question *q, const struct cli *cli)
{
	const char **words, **argv;
	struct err err = {0};
	int n = shell_words(&q->arena, cli->capacity, &words), code;

	if (n < 0)
		return cli_error((usage(&err, "--capacity: a quote is not closed"), &err));
	argv = arena_array(&q->arena, (size_t)n + 3, sizeof(*argv));
	argv[0] = "memtrial";
	argv[1] = "capacity";
	memcpy(argv + 2, words, (size_t)n * sizeof(*words));
	code = cli_parse(&q->inner, n + 2, (char **)argv);
	if (code)
		return code;
	if (check_options(&q->inner, &err) < 0)
		return cli_error(&err);
	if (!q->inner.profiles)
		q->inner.profiles = cli->profiles;
	q->inner.roots = cli->roots;
	q->capacity.cli = &q->inner;
	return capacity_take(&q->capacity);
}

void gate_question_free(struct gate_question *q)
{
	study_free(&q->capacity.study);
	loaded_free(&q->capacity.loaded);
	selection_free(&q->capacity.sel);
	cli_free(&q->inner);
	arena_free(&q->arena);
}

static void add_arg(struct gate_guest *g, const char *arg)
{
	*arena_push(&g->arena, g->args, g->n_args) = arg;
}

static void add_option(struct gate_guest *g, const char *name, const char *value)
{
	if (!value)
		return;
	add_arg(g, name);
	add_arg(g, value);
}

/* Every option of the question that is not about files of the host, in the guest's words. */
static void add_options(struct gate_guest *g, const struct cli *inner)
{
	static const size_t aside[] = {offsetof(struct cli, profile), offsetof(struct cli, scratch),
				       offsetof(struct cli, quiet), offsetof(struct cli, verbose)};

	for (const struct cli_option *o = inner->command->options; o->name; o++) {
		const void *field = (const char *)inner + o->offset;
		const char *name = arena_printf(&g->arena, "--%s", o->name);
		bool skip = o->kind == CLI_LIST;

		for (size_t i = 0; i < ARRAY_SIZE(aside); i++)
			skip |= o->offset == aside[i];
		if (skip)
			continue;
		if (o->kind == CLI_VALUE)
			add_option(g, name, *(const char *const *)field);
		else if (*(const bool *)field)
			add_arg(g, name);
	}
	for (size_t i = 0; i < inner->n_slo; i++)
		add_option(g, "--slo", inner->slo[i]);
	for (size_t i = 0; i < inner->n_set; i++)
		add_option(g, "--set",
			   arena_printf(&g->arena, "%s=%s", inner->set[i].name,
					inner->set[i].value));
}

static void add_file(struct gate_guest *g, const char *host, const char *guest)
{
	*arena_push(&g->arena, g->files, g->n_files) = (struct image_file){host, guest};
}

/* A file that an argument names: at the same place, or below where the command is started. */
static int add_argument_file(struct gate_guest *g, const char *word, struct err *err)
{
	struct stat st;

	if (stat(word, &st) < 0 || !S_ISREG(st.st_mode))
		return 0;
	if (strstr(word, "..") || gate_hides(word))
		return usage(err,
			     "--capacity: %s cannot go into a guest: below /tmp, /run, /dev, "
			     "/proc, /sys and \"..\" there is something else; start it in the "
			     "file's directory and name it without one",
			     word);
	add_file(g, word,
		 word[0] == '/' ? word
				: arena_printf(&g->arena, GATE_TRIALS "/%s",
					       gate_guest_path(&g->arena, word)));
	return 0;
}

/* What the guest's own PATH finds (gate/init.c) keeps its name there. */
static bool is_found_there(const char *program, const char *word)
{
	static const char *const dirs[] = {"/usr/sbin/", "/usr/bin/", "/sbin/", "/bin/"};

	for (size_t i = 0; i < ARRAY_SIZE(dirs); i++)
		if (str_starts(program, dirs[i]) && str_eq(program + strlen(dirs[i]), word))
			return true;
	return false;
}

/* Its libraries, an interpreter and other programs that the words name go with it. */
static int pack_command(struct gate_guest *g, const struct cli *inner, struct err *err)
{
	const char *program = gate_programs_find(&g->arena, inner->args[1]);
	char full[PATH_MAX];
	const char *there;

	if (!program && realpath(inner->args[1], full))
		program = arena_strdup(&g->arena, full);
	there = program && gate_hides(program) ? arena_printf(&g->arena, GATE_TRIALS "%s", program)
					       : program;
	if (!program || gate_programs_add_path(&g->programs, program, there) < 0)
		return usage(err,
			     "--capacity: %s cannot go into a guest: it is no program, or a "
			     "script whose interpreter is not here",
			     inner->args[1]);
	add_arg(g, "--");
	add_arg(g, is_found_there(program, inner->args[1]) ? inner->args[1] : there);
	for (size_t i = 2; i < inner->n_args; i++) {
		gate_programs_add_command(&g->programs, inner->args[i]);
		if (add_argument_file(g, inner->args[i], err) < 0)
			return -EINVAL;
		add_arg(g, inner->args[i]);
	}
	return 0;
}

static void pack_profile(struct gate_guest *g, const struct capacity *c)
{
	const char *host = c->study.config.profile, *guest = gate_guest_path(&g->arena, host);

	gate_programs_add(&g->programs, &c->loaded.profile);
	add_file(g, host, arena_printf(&g->arena, GATE_TRIALS "/%s", guest));
	add_option(g, "--profile", guest);
}

int gate_question_pack(struct gate_question *q, struct gate_guest *g, struct err *err)
{
	const struct cli *inner = &q->inner;

	add_arg(g, "capacity");
	add_arg(g, inner->args[0]);
	add_options(g, inner);
	if (!inner->seed)
		add_option(g, "--seed", g->cli->seed);
	if (!inner->reserve)
		add_option(g, "--reserve", g->cli->reserve);
	/* What the command complains of is on the console. */
	add_arg(g, "--quiet");
	add_arg(g, "--verbose");
	add_option(g, "--stream", "3");
	if (inner->profile)
		pack_profile(g, &q->capacity);
	return inner->profile ? 0 : pack_command(g, inner, err);
}
