/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "capacity/output.h"

#include <errno.h>
#include <fcntl.h>
#include <regex.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/io.h"

int output_check(const char *regex, struct err *err)
{
	char why[128];
	regex_t re;
	int r = regcomp(&re, regex, REG_EXTENDED);

	if (r == 0) {
		regfree(&re);
		return 0;
	}
	regerror(r, &re, why, sizeof(why));
	return err_set_class(err, ERR_USAGE, -EINVAL, "--metric: \"%s\": %s", regex, why);
}

/* In the reader: lines of stdin, the last match to `result`. */
static _Noreturn void read_lines(const char *regex, FILE *in, int result)
{
	char match[OUTPUT_MATCH] = "", *line = NULL;
	regmatch_t at[2];
	size_t size = 0;
	regex_t re;

	if (regcomp(&re, regex, REG_EXTENDED) != 0)
		_exit(1);
	while (getline(&line, &size, in) >= 0) {
		const regmatch_t *m;

		if (regexec(&re, line, 2, at, 0) != 0)
			continue;
		m = re.re_nsub > 0 && at[1].rm_so >= 0 ? &at[1] : &at[0];
		snprintf(match, sizeof(match), "%.*s", (int)(m->rm_eo - m->rm_so), line + m->rm_so);
	}
	write_all(result, match, strlen(match));
	_exit(0);
}

int output_begin_reading(struct output_reader *o, const char *regex, struct err *err)
{
	_cleanup_close_ int in = -1, out = -1, result = -1;
	int ends[2];
	pid_t pid;

	*o = (struct output_reader){.saved = -1, .result = -1};
	if (!regex)
		return 0;
	if (pipe2(ends, O_CLOEXEC) < 0)
		return err_errno(err, -errno, "making a pipe");
	in = ends[0];
	out = ends[1];
	if (pipe2(ends, O_CLOEXEC) < 0)
		return err_errno(err, -errno, "making a pipe");
	o->result = ends[0];
	result = ends[1];
	fflush(NULL);
	pid = fork();
	if (pid < 0)
		return err_errno(err, -errno, "forking a reader of the command's output");
	if (!pid) {
		/* A signal of the terminal is the supervisor's; the end of the pipe is ours. */
		setpgid(0, 0);
		close_fd(&out);
		read_lines(regex, fdopen(in, "r"), result);
	}
	o->pid = pid;
	o->saved = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3);
	if (o->saved < 0 || dup2(out, STDOUT_FILENO) < 0)
		return err_errno(err, -errno, "turning standard output aside");
	return 0;
}

void output_end_reading(struct output_reader *o, char match[OUTPUT_MATCH])
{
	size_t n = 0;
	ssize_t r;

	match[0] = '\0';
	if (o->saved < 0)
		return;
	fflush(stdout);
	dup2(o->saved, STDOUT_FILENO);
	close_fd(&o->saved);
	while ((r = read(o->result, match + n, OUTPUT_MATCH - 1 - n)) > 0 ||
	       (r < 0 && errno == EINTR))
		n += r > 0 ? (size_t)r : 0;
	match[n] = '\0';
	close_fd(&o->result);
	/* The trial may have reaped it already. */
	waitpid(o->pid, NULL, 0);
}
