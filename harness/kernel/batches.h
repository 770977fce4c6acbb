/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The lots in which the kernel counts and maps, in pages. */
#ifndef MT_KERNEL_BATCHES_H
#define MT_KERNEL_BATCHES_H

/* A CPU charges so much ahead, and does not tell of less in memory.stat:
 * include/linux/memcontrol.h, MEMCG_CHARGE_BATCH. */
#define CHARGE_BATCH 64
/* A fault maps so much of what is in the cache around it: mm/memory.c, fault_around_bytes, 64 KiB.
 */
#define FAULT_AROUND 16

#endif
