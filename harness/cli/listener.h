/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Inside cli/: the gate, when this is a guest: it is told through a descriptor what goes on. */
#ifndef MT_CLI_LISTENER_H
#define MT_CLI_LISTENER_H

#include "cli/cli.h"
#include "gate/stream.h"

/* --stream, when it was given. Returns 0 or a usage error. */
int listener_take(const struct cli *cli, struct stream *ret, struct err *err);

#endif
