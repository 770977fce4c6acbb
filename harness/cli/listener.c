/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/listener.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>

int listener_take(const struct cli *cli, struct stream *ret, struct err *err)
{
	int64_t fd;
	int r = 0;

	*ret = (struct stream){.fd = -1};
	if (cli->stream)
		r = cli_quantity("stream", cli->stream, UNIT_COUNT, &fd, err);
	if (r < 0 || !cli->stream)
		return r;
	if (fd < 0 || fd > INT_MAX || fcntl((int)fd, F_SETFD, FD_CLOEXEC) < 0)
		return err_set_class(err, ERR_USAGE, -EBADF, "--stream: descriptor %s is not open",
				     cli->stream);
	ret->fd = (int)fd;
	return 0;
}
