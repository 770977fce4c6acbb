/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/gate_programs.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/words.h"

/* What separates words in a shell command, quotes and assignments included. */
#define SEPARATORS " \t\n;&|()<>'\"`$={}"

static bool is_program(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISREG(st.st_mode) && access(path, X_OK) == 0;
}

const char *gate_programs_find(struct arena *a, const char *word)
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

static bool is_there(const struct gate_programs *g, const char *path)
{
	for (size_t i = 0; i < g->n; i++)
		if (str_eq(g->list[i].host, path))
			return true;
	return false;
}

/* "#!/usr/bin/env -S python3 -u" is run by env and python3. Returns how many of its words, -1:
 * it cannot be read. */
static int interpreter(struct arena *a, const char *path, const char *ret[2])
{
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC);
	char line[256];
	ssize_t n = fd < 0 ? -1 : read(fd, line, sizeof(line) - 1);
	char *save = NULL, *word;

	if (n < 2)
		return -1;
	line[n] = '\0';
	line[strcspn(line, "\n")] = '\0';
	if (!str_starts(line, "#!") || !(word = strtok_r(line + 2, " \t", &save)))
		return 0;
	ret[0] = arena_strdup(a, word);
	if (!str_eq(word + strlen(word) - MIN(strlen(word), 4), "/env"))
		return 1;
	do
		word = strtok_r(NULL, " \t", &save);
	while (word && word[0] == '-');
	ret[1] = word ? arena_strdup(a, word) : NULL;
	return word ? 2 : 1;
}

bool gate_hides(const char *path)
{
	/* gate/init_mounts.c */
	static const char *const mounts[] = {"/proc/", "/sys/", "/dev/",
					     "/run/",  "/tmp/", "/var/tmp/"};

	for (size_t i = 0; i < ARRAY_SIZE(mounts); i++)
		if (str_starts(path, mounts[i]))
			return true;
	return false;
}

int gate_programs_add_path(struct gate_programs *g, const char *path, const char *guest)
{
	const char *by[2];
	int n;

	if (is_there(g, path))
		return 0;
	n = interpreter(g->arena, path, by);
	if (!is_program(path) || n < 0)
		return -ENOEXEC;
	*arena_push(g->arena, g->list, g->n) = (struct image_file){path, guest};
	for (int i = 0; i < n; i++) {
		const char *program = gate_programs_find(g->arena, by[i]);

		if (!program || gate_programs_add_path(g, program, program) < 0)
			return -ENOEXEC;
	}
	return 0;
}

static void add_word(struct gate_programs *g, const char *word)
{
	const char *path = gate_programs_find(g->arena, word);

	if (path)
		(void)gate_programs_add_path(g, path, path);
}

void gate_programs_add_command(struct gate_programs *g, const char *command)
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
				gate_programs_add_command(g, s->options[o].text.s);
	}
}
