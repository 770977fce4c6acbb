/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Pressure stall information: /proc/pressure/{memory,io,cpu} and a group's *.pressure
 * (Documentation/accounting/psi.rst). Does not own triggers (poll) nor the descriptor.
 */
#ifndef MT_KERNEL_PSI_H
#define MT_KERNEL_PSI_H

#include <stddef.h>
#include <stdint.h>

struct psi_line {
	int64_t avg10, avg60, avg300; /* thousandths of one per cent: 1.25 % is 1250 */
	int64_t total_ns;	      /* the file has microseconds */
};

struct psi {
	struct psi_line some, full; /* all VALUE_ABSENT where the line is not there */
};

/* Returns 0, or -EINVAL when there is neither a "some" nor a "full" line, or one that is malformed.
 */
int psi_parse(const char *text, size_t len, struct psi *ret);

/*
 * Read and parse a file. -EOPNOTSUPP: compiled in but switched off (kernel/sched/psi.c:psi_show),
 * boot with psi=1; -ENOENT: not compiled in.
 */
int psi_load(int dirfd, const char *path, struct psi *ret);

#endif
