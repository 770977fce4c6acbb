/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/output.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

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

int output_open(struct output *o, struct cli *cli, struct err *err)
{
	int r = choose_format(o, cli, err);
	struct stat st;

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
	/* A device or a pipe is written to; a file appears complete or not at all. */
	if (stat(o->path, &st) < 0 || S_ISREG(st.st_mode))
		snprintf(o->temporary, sizeof(o->temporary), "%s.tmp-%d", o->path, getpid());
	o->file = fopen(o->temporary[0] ? o->temporary : o->path, o->temporary[0] ? "wxe" : "we");
	if (!o->file)
		return err_set_class(err, ERR_USAGE, -errno, "cannot write %s: %s", o->path,
				     strerror(errno));
	return 0;
}

int output_begin(struct output *o, const struct run *run, struct err *err)
{
	return o->format->begin ? o->format->begin(run, o->file, &o->options, err) : 0;
}

int output_trial(struct output *o, const struct run *run, size_t trial, struct err *err)
{
	return o->format->trial ? o->format->trial(run, trial, o->file, &o->options, err) : 0;
}

int output_end(struct output *o, const struct run *run, struct err *err)
{
	return o->format->end ? o->format->end(run, o->file, &o->options, err) : 0;
}

int output_close(struct output *o, struct err *err)
{
	int failed = ferror(o->file) | fflush(o->file);

	if (!o->path)
		return failed ? err_set(err, -EIO, "cannot write the output") : 0;
	failed |= fclose(o->file);
	if (!failed && (!o->temporary[0] || rename(o->temporary, o->path) == 0))
		return 0;
	if (o->temporary[0])
		unlink(o->temporary);
	return err_set(err, -EIO, "cannot write %s: %s", o->path, strerror(errno));
}

int exit_code_of_run(const struct run *run)
{
	static const int codes[] = {[V_PASS] = EXIT_PASS,
				    [V_FAIL] = EXIT_FAIL,
				    [V_BROKEN] = EXIT_BROKEN,
				    [V_SKIP] = EXIT_SKIP};

	return codes[run_verdict(run)];
}
