/* SPDX-License-Identifier: GPL-2.0-or-later */
/* gate: boot a kernel, run a suite in it, one verdict. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "base/words.h"
#include "cli/gate_guest.h"
#include "cli/gate_result.h"
#include "cli/keep.h"

/* Ctrl-C ends the guest and is reported; it reaches us through the watch. */
static int listen_signals(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGHUP);
	sigprocmask(SIG_BLOCK, &set, NULL);
	return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

/* Mistakes in profiles are found here: booting a kernel for that would be a waste. */
static int check_profiles(struct gate_guest *g, const struct selection *sel)
{
	int code = 0;

	for (size_t i = 0; i < sel->n; i++) {
		struct loaded l;
		struct err err = {0};
		int c = load_profile(g->cli, sel->paths[i], NULL, &l, &err);

		if (c && err.code)
			cli_error(&err);
		if (!c)
			gate_programs_add(&g->programs, &l.profile);
		loaded_free(&l);
		code = code ? code : c;
	}
	return code;
}

/* One attempt to boot and run; the VM is gone on return. */
static int attempt(struct gate_guest *g, struct gate_result *res, enum accel accel, int signals,
		   struct guest *guest, struct err *err)
{
	struct watch_config watch = g->watch;
	struct vm vm;
	int r;

	g->vm.accel = accel;
	watch.signals = signals;
	watch.data = res;
	watch.result = gate_result_add;
	watch.note = gate_result_note;
	watch.progress = res->live ? gate_result_progress : NULL;
	/* A kernel under KVM that works writes its first line within a fraction of a second. */
	if (accel == ACCEL_KVM && g->accel == ACCEL_AUTO)
		watch.first = GATE_KVM_TRIAL;
	r = vm_start(&vm, &g->vm, err);
	if (r == 0)
		watch_guest(&watch, &vm, &res->console, guest);
	else
		vm_stop(&vm);
	return r;
}

static int boot(struct gate_guest *g, struct gate_result *res, int signals, struct guest *guest,
		struct err *err)
{
	const char *why = NULL;
	int r;

	if (g->accel != ACCEL_TCG && (vm_kvm_usable(&why) || g->accel == ACCEL_KVM)) {
		r = attempt(g, res, ACCEL_KVM, signals, guest, err);
		if (r < 0 || g->accel == ACCEL_KVM ||
		    (guest->end != GUEST_NO_OUTPUT &&
		     (guest->end != GUEST_QEMU_FAILED || res->console.kernel)))
			return r;
		why = guest->end == GUEST_QEMU_FAILED
			      ? "QEMU cannot use /dev/kvm"
			      : "/dev/kvm is here, but no kernel comes up under it";
	}
	if (why && !g->cli->quiet)
		fprintf(stderr, "memtrial: emulating the guest's CPUs (%s)\n", why);
	return attempt(g, res, ACCEL_TCG, signals, guest, err);
}

static int gate(struct cli *cli, const struct selection *sel)
{
	struct gate_guest g = {.cli = cli, .vm = {.initrd = -1, .scratch = -1, .swap = -1}};
	struct gate_result res = {.cli = cli, .sel = sel, .console_file = -1};
	_cleanup_close_ int signals = -1;
	struct guest guest = {0};
	struct err err = {0};
	int code;

	g.programs.arena = &g.arena;
	code = check_profiles(&g, sel);
	if (code)
		goto out;
	if (keep_prepare(cli, &err) < 0 || gate_guest_prepare(&g, sel, &err) < 0 ||
	    gate_result_open(&res, &err) < 0) {
		code = cli_error(&err);
	} else {
		signals = listen_signals();
		code = boot(&g, &res, signals, &guest, &err) < 0
			       ? cli_error(&err)
			       : gate_result_conclude(&res, &g, &guest);
	}
out:
	gate_result_free(&res);
	gate_guest_free(&g);
	return code;
}

static int run(struct cli *cli)
{
	struct selection sel;
	struct err err = {0};
	int code;

	if (select_profiles(cli, &sel, &err) < 0)
		return cli_error(&err);
	code = gate(cli, &sel);
	arena_free(&sel.arena);
	return code;
}

#define OPTION(name, letter, kind, field, value, words, help)                                      \
	{                                                                                          \
		name, letter, kind, offsetof(struct cli, field), value, words, help                \
	}

static const struct cli_option options[] = {
	OPTION("kernel", 'k', CLI_VALUE, kernel, "FILE", "file", "the bzImage or vmlinux to boot"),
	OPTION("modules", 'm', CLI_VALUE, modules, "DIR", "dir",
	       "its lib/modules/VERSION tree (default: beside /boot/vmlinuz-VERSION, when it is "
	       "there)"),
	OPTION("memory", 0, CLI_VALUE, memory, "SIZE", NULL, "of the guest (default: 2G)"),
	OPTION("cpus", 0, CLI_VALUE, cpus, "N", NULL, "of the guest (default: 2)"),
	OPTION("numa", 0, CLI_VALUE, numa, "N", NULL, "NUMA nodes, 1 to 8 (default: 1)"),
	OPTION("swap", 0, CLI_VALUE, swap, "SIZE", NULL,
	       "swap space on a disk, or zram:SIZE in memory (default: none)"),
	OPTION("disk", 0, CLI_VALUE, disk, "SIZE", NULL,
	       "ext4 disk for stressors' files, 0 for none (default: 2G, sparse)"),
	OPTION("disk-rate", 0, CLI_VALUE, disk_rate, "RATE", NULL,
	       "how slow that disk is: bytes per second, such as 4M/s (default: as it comes)"),
	OPTION("append", 0, CLI_VALUE, append, "WORDS", NULL,
	       "more words for the kernel's command line"),
	OPTION("cgroup", 0, CLI_VALUE, cgroup, "VERSION", "v1 v2",
	       "which cgroup hierarchy has the memory controller: v2 (default) or v1"),
	OPTION("accel", 0, CLI_VALUE, accel, "HOW", "auto kvm tcg",
	       "auto (default): KVM where a kernel comes up under it, else emulation (tcg)"),
	OPTION("qemu", 0, CLI_VALUE, qemu, "PROGRAM", "file", "default: qemu-system-x86_64"),
	OPTION("console", 0, CLI_VALUE, console, "FILE", "file", "keep the kernel's console there"),
	OPTION("silence", 0, CLI_VALUE, silence, "DURATION", NULL,
	       "a guest that says nothing for so long hangs (default: 120s)"),
	OPTION("timeout", 0, CLI_VALUE, timeout, "DURATION", NULL,
	       "for all of it (default: 30min)"),
	OPTION_SET,
	OPTION_TAG,
	OPTION("seed", 0, CLI_VALUE, seed, "N", NULL,
	       "of the data and of random orders (default: the time)"),
	OPTION("reserve", 0, CLI_VALUE, reserve, "SIZE", NULL,
	       "memory of the guest that no plan may touch (default: an eighth, at least 512M)"),
	OPTION_FORMAT,
	OPTION_OUTPUT,
	OPTION("save", 0, CLI_VALUE, save, "FILE", "file",
	       "keep samples and verdicts as JSON, for judge and report"),
	OPTION_HISTORY,
	OPTION_LABEL,
	OPTION_BASELINE,
	OPTION_FAIL_ON,
	OPTION_VERBOSE,
	OPTION_QUIET,
	{0},
};

const struct command command_gate = {
	.name = "gate",
	.args = "--kernel FILE [PROFILE|DIRECTORY|NAME]...",
	.summary = "boot a kernel in a virtual machine and run profiles in it",
	.description =
		"Boots the kernel in QEMU with memtrial as its first process, runs the profiles "
		"(without\narguments those tagged \"default\") inside and prints their verdicts. "
		"Needs no root and\nchanges nothing here. A kernel that crashes or hangs while it "
		"is on trial is a FAIL (1),\none that does not get that far is broken (3).",
	.options = options,
	.run = run,
};
