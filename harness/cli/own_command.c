/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/own_command.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/cli.h"

static int find_command(const char *name, struct err *err)
{
	const char *path = getenv("PATH");
	char full[PATH_MAX];

	if (strchr(name, '/'))
		return access(name, X_OK) == 0
			       ? 0
			       : err_set_class(err, ERR_USAGE, -errno, "cannot run %s: %s", name,
					       strerror(errno));
	for (const char *at = path ? path : "/usr/bin:/bin"; *at;) {
		size_t n = strcspn(at, ":");

		snprintf(full, sizeof(full), "%.*s/%s", (int)n, at, name);
		if (access(full, X_OK) == 0)
			return 0;
		at += n + (at[n] == ':');
	}
	return err_set_class(err, ERR_USAGE, -EINVAL,
			     "no command %s in $PATH (a shell's own words need: -- sh -c '...')",
			     name);
}

int own_command_take(struct arena *a, const char *const *words, size_t n, struct own_command *ret,
		     struct err *err)
{
	int r = find_command(words[0], err);

	*ret = (struct own_command){"exec", ""};
	for (size_t i = 0; i < n; i++) {
		const char *word = cli_quoted(a, words[i]);

		ret->command = arena_printf(a, "%s %s", ret->command, word);
		ret->title = arena_printf(a, "%s%s%s", ret->title, i ? " " : "", word);
	}
	if (r == 0 && strlen(ret->command) >= OPT_TEXT_MAX)
		r = err_set_class(err, ERR_USAGE, -E2BIG,
				  "the command is too long: put it into a script");
	return r;
}
