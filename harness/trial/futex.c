/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <limits.h>
#include <linux/futex.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "trial/worker.h"

void futex_wake_all(_Atomic uint32_t *word)
{
	syscall(SYS_futex, word, FUTEX_WAKE, INT_MAX, NULL, NULL, 0);
}

void futex_wait(_Atomic uint32_t *word, uint32_t seen, dur_t deadline)
{
	struct timespec ts = {deadline.ns / NSEC_PER_SEC, deadline.ns % NSEC_PER_SEC};

	/* FUTEX_WAIT_BITSET takes an absolute time on CLOCK_MONOTONIC. */
	syscall(SYS_futex, word, FUTEX_WAIT_BITSET, seen, deadline.ns ? &ts : NULL, NULL,
		FUTEX_BITSET_MATCH_ANY);
}
