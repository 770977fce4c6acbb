/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Inside cli/: the guest that the gate's options describe: its image, its disks, its deadlines. */
#ifndef MT_CLI_GATE_GUEST_H
#define MT_CLI_GATE_GUEST_H

#include "cli/gate_programs.h"
#include "cli/load.h"
#include "gate/conf.h"
#include "gate/image.h"
#include "gate/vm.h"
#include "gate/watch.h"

#define GATE_KVM_TRIAL msec(4000)

struct gate_guest {
	struct cli *cli;
	struct arena arena;
	char release[80]; /* of the kernel file, "" when it does not say */
	enum accel accel; /* as asked for */
	struct vm_config vm;
	struct watch_config watch;
	struct guest_conf conf;
	/* These are filled in before gate_guest_prepare(). */
	struct gate_programs programs;
	const char **args; /* of memtrial, which is not to run sel: a command's name first; NULL */
	size_t n_args;
	struct image_file *files; /* beside sel's */
	size_t n_files;
	const char **titles;	   /* of the trials, as the guest names them */
	const char *suite;	   /* its path in the guest; NULL: none */
	const char *kernel_config; /* beside the kernel; NULL: none */
};

int gate_guest_prepare(struct gate_guest *g, const struct selection *sel, struct err *err);
/*
 * Does the kernel's config have what the suite demands? 0 also when there is none beside it;
 * -ENOTSUP with the lines that are missing.
 */
int gate_guest_demand(const struct gate_guest *g, const struct selection *sel, struct err *err);
/* Where a file of the host, named so, is in the guest: below GATE_TRIALS, where memtrial runs. */
const char *gate_guest_path(struct arena *a, const char *host);
void gate_guest_free(struct gate_guest *g);

#endif
