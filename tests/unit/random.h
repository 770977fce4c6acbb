/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Random numbers for made-up measurements: reproducible, and the same everywhere. */
#ifndef MT_TEST_RANDOM_H
#define MT_TEST_RANDOM_H

#include <math.h>
#include <stdint.h>

static uint64_t state;

/* Within (0, 1). */
static double uniform(void)
{
	state = state * 6364136223846793005ULL + 1442695040888963407ULL;
	return ((double)(state >> 11) + 0.5) / 9007199254740992.0;
}

/* Mean 0, standard deviation 1. */
static double gauss(void)
{
	return sqrt(-2 * log(uniform())) * cos(2 * M_PI * uniform());
}

#endif
