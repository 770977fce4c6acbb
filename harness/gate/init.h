/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The guest's first process: memtrial as /init. Mounts what a trial needs, loads modules, sets up
 * swap and the disk for files, runs `memtrial run` and switches the machine off. Runs in a guest
 * only: everything here would ruin a real machine.
 */
#ifndef MT_GATE_INIT_H
#define MT_GATE_INIT_H

#include <stdbool.h>

#include "base/err.h"
#include "gate/conf.h"
#include "gate/stream.h"

/* Are we the first process of a guest that the gate made? */
bool gate_is_init(void);
/* All of it. Does not return. */
_Noreturn void gate_init(void);

/* Inside the room. What a guest goes without is a note, what it cannot do without an error. */
struct init {
	struct guest_conf conf;
	struct arena arena;
	struct stream stream;
};

/* init_mounts.c */
int init_mount_basics(struct err *err);
int init_mount_cgroup(int version, struct err *err);
/* For what comes afterwards: debugfs, tracefs, shared memory. */
void init_mount_extras(struct init *in);

/* init_devices.c */
int init_load_modules(struct init *in, struct err *err);
/* Wait for the port of the gate and open it. A descriptor or a negative errno. */
int init_open_port(struct err *err);
int init_swap(struct init *in, struct err *err);
int init_scratch(struct init *in, struct err *err);
void init_loopback(struct init *in);

#endif
