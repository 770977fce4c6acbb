/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Between trials and while reports are written; during a trial the trial itself listens. */
#include "cli/signals.h"

#include <signal.h>
#include <stddef.h>

#include "base/cleanup.h"

static volatile sig_atomic_t caught;

static void on_signal(int signal)
{
	caught = signal;
}

void cli_listen(void)
{
	static const int signals[] = {SIGINT, SIGTERM, SIGHUP};
	const struct sigaction note = {.sa_handler = on_signal, .sa_flags = (int)SA_RESETHAND};
	struct sigaction now;

	for (size_t i = 0; i < ARRAY_SIZE(signals); i++)
		if (sigaction(signals[i], NULL, &now) == 0 && now.sa_handler != SIG_IGN)
			sigaction(signals[i], &note, NULL);
}

int cli_caught(void)
{
	return caught;
}
