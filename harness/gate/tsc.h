/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The rate of the time stamp counter, which an emulated guest has from us. */
#ifndef MT_GATE_TSC_H
#define MT_GATE_TSC_H

/* kHz, to 0.1 %; 0 where there is none or it could not be told. Takes 20 to 100 ms. */
unsigned tsc_khz(void);

#endif
