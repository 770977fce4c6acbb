/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli/cli.h"
#include "gate/init.h"

#ifndef MT_VERSION
#define MT_VERSION "unknown"
#endif

/* A closed or full stdout must not end in "passed": the exit code says so. */
static int flush_stdout(int code)
{
	struct err err = {0};

	if (fflush(stdout) == 0 && !ferror(stdout))
		return code;
	err_set(&err, -EIO, "cannot write the output: it was closed, or the disk is full");
	cli_error(&err);
	return code == EXIT_FAIL ? code : EXIT_BROKEN;
}

static int dispatch(struct cli *cli)
{
	struct err err = {0};
	int code;

	if (cli->help) {
		cli_help(cli->command, stdout);
		return EXIT_PASS;
	}
	if (!cli->command) {
		cli_help(NULL, stderr);
		return EXIT_USAGE;
	}
	if (roots_open(cli->sysroot, &cli->roots, &err) < 0)
		return cli_error(&err);
	code = cli->command->run(cli);
	roots_close(&cli->roots);
	return code;
}

/* Else the first file that is opened becomes stdout, and a report goes into a kernel file. */
static void open_missing(void)
{
	for (int fd = 0; fd < 3; fd++)
		if (fcntl(fd, F_GETFD) < 0)
			open("/dev/null", fd == STDERR_FILENO ? O_WRONLY : O_RDONLY);
}

int main(int argc, char **argv)
{
	struct cli cli = {0};
	int code;

	/* Fixed, so that what one trial gives back goes back, and does not lie locked in holes. */
	mallopt(M_MMAP_THRESHOLD, 64 * 1024);

	if (gate_is_init())
		gate_init();
	open_missing();
	/* A reader that goes away is an error to report, not a reason to leave groups behind. */
	signal(SIGPIPE, SIG_IGN);
	code = cli_parse(&cli, argc, argv);
	if (!code)
		code = flush_stdout(dispatch(&cli));
	cli_free(&cli);
	return code;
}
