/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "gate/tsc.h"

#include <stdint.h>

#include "base/cleanup.h"
#include "base/units.h"

#if defined(__x86_64__)

#include <time.h>
#include <x86intrin.h>

#define SPAN	     (20 * NSEC_PER_MSEC)
#define SPANS	     5
#define LOOKS	     32
#define PERMILLE_MAX 1000

struct moment {
	int64_t ns;
	uint64_t ticks;
	int64_t unsure_ns; /* between the clock's two readings */
};

static int64_t raw_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC_RAW, &ts);
	return ts.tv_sec * NSEC_PER_SEC + ts.tv_nsec;
}

/* The look in which least time went by: another process may run between any two instructions. */
static struct moment look(void)
{
	struct moment best = {.unsure_ns = INT64_MAX};

	for (int i = 0; i < LOOKS; i++) {
		int64_t before = raw_ns();
		uint64_t ticks = __rdtsc();
		int64_t after = raw_ns();

		if (after - before < best.unsure_ns)
			best = (struct moment){before, ticks, after - before};
	}
	return best;
}

unsigned tsc_khz(void)
{
	struct moment a = look(), b;

	for (int i = 0; i < SPANS; i++) {
		struct timespec span = {0, SPAN};

		clock_nanosleep(CLOCK_MONOTONIC, 0, &span, NULL);
		b = look();
		if ((a.unsure_ns + b.unsure_ns) * PERMILLE_MAX < b.ns - a.ns && b.ticks > a.ticks)
			return (unsigned)((double)(b.ticks - a.ticks) * 1e6 /
					  (double)(b.ns - a.ns));
	}
	return 0;
}

#else

unsigned tsc_khz(void)
{
	return 0;
}

#endif
