/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/output.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio_ext.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/where.h"

static int choose_format(struct output *o, struct cli *cli, struct err *err)
{
	const char *name = cli->format ? cli->format : "text";
	char known[128] = "";

	o->format = report_find(name);
	if (o->format)
		return 0;
	for (const struct report_format *const *f = report_formats; *f; f++)
		snprintf(known + strlen(known), sizeof(known) - strlen(known), "%s%s",
			 known[0] ? ", " : "", (*f)->name);
	return err_set_class(err, ERR_USAGE, -EINVAL, "--format: \"%s\" is not one of %s", name,
			     known);
}

/* A device or a pipe is written to; a file is replaced once the new one is complete. */
static int open_path(struct output *o, struct err *err)
{
	struct stat st;

	if (!realpath(o->path, o->target))
		snprintf(o->target, sizeof(o->target), "%s", o->path);
	if (stat(o->target, &st) == 0 && !S_ISREG(st.st_mode)) {
		o->file = fopen(o->target, "we");
	} else {
		snprintf(o->temporary, sizeof(o->temporary), "%.4000s.tmp-%d", o->target, getpid());
		o->file = fopen(o->temporary, "wxe");
	}
	return o->file ? 0
		       : err_set_class(err, ERR_USAGE, -errno, "cannot write %s: %s", o->path,
				       strerror(errno));
}

int output_open(struct output *o, struct cli *cli, struct err *err)
{
	int r = choose_format(o, cli, err);

	if (r < 0)
		return r;
	o->file = stdout;
	o->options = (struct report_options){
		.colour = term_colour(STDOUT_FILENO, cli->colour),
		.verbose = cli->verbose,
		.quiet = cli->quiet,
		.width = (int)term_width(STDOUT_FILENO),
	};
	if (!cli->output || !strcmp(cli->output, "-"))
		return 0;
	o->path = cli->output;
	o->options.colour = cli->colour == COLOUR_ALWAYS;
	r = where_save(o->path, err);
	return r < 0 ? r : open_path(o, err);
}

/* Which of several outputs it was. */
static int told(const struct output *o, int r, struct err *err)
{
	return r < 0 && o->path ? err_prefix(err, "%s", o->path) : r;
}

int output_begin(struct output *o, const struct run *run, struct err *err)
{
	int r = o->format->begin ? o->format->begin(run, o->file, &o->options, err) : 0;

	return told(o, r, err);
}

int output_trial(struct output *o, const struct run *run, size_t trial, struct err *err)
{
	int r = o->format->trial ? o->format->trial(run, trial, o->file, &o->options, err) : 0;

	/* Trials take long: each is seen when it is over, and an output that is gone is noticed. */
	if (r == 0 && fflush(o->file) != 0)
		r = err_errno(err, -errno, "cannot write the report");
	return told(o, r, err);
}

int output_end(struct output *o, const struct run *run, struct err *err)
{
	int r = o->format->end ? o->format->end(run, o->file, &o->options, err) : 0;

	return told(o, r, err);
}

int output_close(struct output *o, struct err *err)
{
	int failed = ferror(o->file) | fflush(o->file);

	if (!o->path && failed) {
		/* Told here, so main() need not find it again. */
		__fpurge(stdout);
		clearerr(stdout);
		return err_set(err, -EIO, "cannot write the output");
	}
	if (!o->path)
		return 0;
	failed |= fclose(o->file);
	if (!o->temporary[0])
		return failed ? err_set(err, -EIO, "cannot write %s", o->path) : 0;
	if (!failed && rename(o->temporary, o->target) == 0)
		return 0;
	failed = errno;
	unlink(o->temporary);
	return err_set(err, -EIO, "cannot write %s: %s", o->path, strerror(failed));
}

int exit_code_of_run(const struct run *run)
{
	static const int codes[] = {[V_PASS] = EXIT_PASS,
				    [V_FAIL] = EXIT_FAIL,
				    [V_BROKEN] = EXIT_BROKEN,
				    [V_SKIP] = EXIT_SKIP};

	return codes[run_verdict(run)];
}
