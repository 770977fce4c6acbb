/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Inside cli/: signals that ask a series of trials to end. */
#ifndef MT_CLI_SIGNALS_H
#define MT_CLI_SIGNALS_H

/* Once is noted, twice kills: nothing is left to undo then. Ignored signals stay ignored. */
void cli_listen(void);
/* The last one, 0 for none. */
int cli_caught(void);

#endif
