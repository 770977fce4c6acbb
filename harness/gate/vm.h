/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A virtual machine: QEMU with a kernel, the guest's initramfs, its disks, a console and the port
 * for results. Owns: QEMU's command line, its process, its descriptors. Does not own: what the
 * guest says (watch.h).
 */
#ifndef MT_GATE_VM_H
#define MT_GATE_VM_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/arena.h"
#include "base/err.h"

#define VM_NODES_MAX 8
#define VM_SLOW_DISK ((int64_t)8 << 20) /* bytes per second, at most: the need slow-disk */

enum accel { ACCEL_AUTO, ACCEL_KVM, ACCEL_TCG };
extern const char *const accel_words[]; /* "auto", "kvm", "tcg"; NULL-terminated */

struct vm_config {
	const char *qemu;   /* program; NULL: the one for this machine's architecture */
	const char *kernel; /* bzImage or vmlinux */
	const char *append; /* more words for the kernel's command line, NULL: none */
	enum accel accel;   /* not ACCEL_AUTO */
	unsigned tsc_khz;   /* of an emulated guest's TSC, 0: it finds out itself */
	int64_t memory;	    /* bytes */
	int cpus, nodes;
	int initrd; /* descriptors; the disks -1: none */
	int scratch, swap;
	int64_t scratch_rate; /* bytes per second; 0: as fast as it is */
};

struct vm {
	pid_t pid; /* 0: not running */
	int pidfd;
	int console, port, errors; /* our ends; errors: QEMU's standard error */
	int monitor;		   /* QMP; nobody reads what it answers */
	int status;		   /* of waitpid, once it has ended */
};

/* QEMU's command line, NULL-terminated, in the arena; the descriptors are the guest's ends. */
const char **vm_command(const struct vm_config *c, int console, int port, int monitor,
			struct arena *arena);
int vm_start(struct vm *vm, const struct vm_config *c, struct err *err);
/* A non-maskable interrupt: with unknown_nmi_panic the kernel says where it hangs, and panics. */
void vm_nmi(struct vm *vm);
/* Has QEMU ended? Collects its status. */
bool vm_ended(struct vm *vm);
/* End it and close all. */
void vm_stop(struct vm *vm);

/* Whether KVM can be tried here; why not, in a few words. */
bool vm_kvm_usable(const char **ret_why);

#endif
