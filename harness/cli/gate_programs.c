/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/gate_programs.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/words.h"

/* What separates words in a shell command, quotes and assignments included. */
#define SEPARATORS " \t\n;&|()<>'\"`$={}"

static bool is_program(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISREG(st.st_mode) && access(path, X_OK) == 0;
}

static const char *find(struct arena *a, const char *word)
{
	const char *path = getenv("PATH");

	if (word[0] == '/')
		return is_program(word) ? word : NULL;
	if (strchr(word, '/'))
		return NULL;
	for (path = path ? path : "/usr/bin:/bin"; *path;) {
		size_t n = strcspn(path, ":");
		const char *full = arena_printf(a, "%.*s/%s", (int)n, path, word);

		if (full[0] == '/' && is_program(full))
			return full;
		path += n + (path[n] == ':');
	}
	return NULL;
}

static void add_word(struct gate_programs *g, const char *word)
{
	const char *path = find(g->arena, word);

	for (size_t i = 0; path && i < g->n; i++)
		if (str_eq(g->paths[i], path))
			return;
	if (path)
		*arena_push(g->arena, g->paths, g->n) = path;
}

static void add_command(struct gate_programs *g, const char *command)
{
	while (*command) {
		size_t n;

		command += strspn(command, SEPARATORS);
		n = strcspn(command, SEPARATORS);
		if (n)
			add_word(g, arena_strndup(g->arena, command, n));
		command += n;
	}
}

void gate_programs_add(struct gate_programs *g, const struct profile *p)
{
	for (size_t i = 0; i < p->n_stressors; i++) {
		const struct profile_stressor *s = &p->stressors[i];

		for (size_t o = 0; o < s->n_options; o++)
			if (s->kind && str_eq(s->kind->name, "exec") &&
			    str_eq(s->options[o].name.s, "command"))
				add_command(g, s->options[o].text.s);
	}
}
