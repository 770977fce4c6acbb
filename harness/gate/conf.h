/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the host tells the guest's init: one text file in the initramfs, a line a thing,
 * "WORD VALUE". Owns writing and parsing it. Arguments keep their blanks; newlines cannot occur.
 */
#ifndef MT_GATE_CONF_H
#define MT_GATE_CONF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"

#define GATE_CONF     "/gate.conf"
#define GATE_PORT     "memtrial.gate" /* name of the virtio-serial port */
#define GATE_TRIALS   "/trials"	      /* where the profiles are, and the suite's directory */
#define GATE_SCRATCH  "/scratch"      /* mount point of the disk for files */
#define DISK_SCRATCH  "mt-scratch"    /* serial numbers of the virtio disks */
#define DISK_SWAP     "mt-swap"
#define GATE_ARGS_MAX 1024

enum swap_kind { SWAP_NONE, SWAP_DISK, SWAP_ZRAM };

struct guest_conf {
	int cgroup; /* 1 or 2 */
	enum swap_kind swap;
	int64_t swap_size;    /* bytes; of zram */
	bool scratch;	      /* there is a disk for files */
	const char **modules; /* paths in the guest, in loading order */
	size_t n_modules;
	const char **args; /* of memtrial, from argv[1] */
	size_t n_args;
};

/* A text in the arena. Returns NULL with err when an argument has a newline. */
char *conf_write(const struct guest_conf *conf, struct arena *arena, struct err *err);
/* text is changed and must outlive ret. Returns 0 or -EINVAL with the bad line. */
int conf_parse(char *text, struct guest_conf *ret, struct arena *arena, struct err *err);

#endif
