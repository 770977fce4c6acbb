/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/gate_run.h"

#include <errno.h>
#include <signal.h>
#include <sys/signalfd.h>

#include "base/cleanup.h"
#include "cli/keep.h"
#include "gate/tsc.h"

#define EMULATOR_STARTS 3

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
	g->vm.tsc_khz = accel == ACCEL_TCG ? tsc_khz() : 0;
	watch.signals = signals;
	watch.data = res;
	watch.result = gate_result_add;
	watch.note = gate_result_note;
	watch.progress = res->live ? gate_result_progress : NULL;
	/* A kernel under KVM that works writes its first line within a fraction of a second. */
	if (accel == ACCEL_KVM && g->accel == ACCEL_AUTO)
		watch.first = GATE_KVM_TRIAL;
	console_restart(&res->console);
	r = vm_start(&vm, &g->vm, err);
	if (r == 0)
		watch_guest(&watch, &vm, &res->console, guest);
	else
		vm_stop(&vm);
	guest->emulated = accel == ACCEL_TCG;
	return r;
}

/*
 * What the emulator did wrong before a trial had begun, which is no word on the kernel; or NULL.
 * QEMU 7.2 was seen to crash while a guest's devices get their addresses, and to run code that the
 * kernel had replaced (console.c).
 */
static const char *emulators_fault(const struct guest *guest, const struct console *c)
{
	if (guest->hello)
		return NULL;
	if (guest->end == GUEST_QEMU_FAILED &&
	    (guest->qemu_signal == SIGSEGV || guest->qemu_signal == SIGABRT))
		return guest->said;
	return guest->end == GUEST_PANICKED && c->stale ? "a CPU ran an int3 that is not in memory"
							: NULL;
}

static int emulate(struct gate_guest *g, struct gate_result *res, int signals, struct guest *guest,
		   struct err *err)
{
	int r = attempt(g, res, ACCEL_TCG, signals, guest, err);
	const char *fault;

	for (int again = 1;
	     r == 0 && again < EMULATOR_STARTS && (fault = emulators_fault(guest, &res->console));
	     again++) {
		fprintf(stderr,
			"memtrial: the emulator failed before the guest was up (%s): started "
			"again, %d of %d\n",
			fault, again, EMULATOR_STARTS - 1);
		r = attempt(g, res, ACCEL_TCG, signals, guest, err);
	}
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
	return emulate(g, res, signals, guest, err);
}

/* What the suite demands is looked up beside the kernel; where nothing is, the guest looks. */
int gate_boot(struct gate_guest *g, struct gate_result *res, struct guest *guest, struct err *err)
{
	_cleanup_close_ int signals = listen_signals();
	int r = gate_guest_demand(g, res->sel, err);

	if (r == 0)
		return boot(g, res, signals, guest, err);
	if (r != -ENOTSUP)
		return r;
	*guest = (struct guest){.planned = -1, .trial = -1, .up_ns = -1, .end = GUEST_LACKS};
	snprintf(guest->said, sizeof(guest->said), "%s", err->text);
	return 0;
}

int gate_run(struct cli *cli, const struct selection *sel, struct gate_result *res)
{
	struct gate_guest g = {.cli = cli, .vm = {.initrd = -1, .scratch = -1, .swap = -1}};
	struct guest guest = {0};
	struct err err = {0};
	uint64_t seed;
	int code;

	*res = (struct gate_result){
		.cli = cli,
		.sel = sel,
		.console_file = -1,
	};
	g.programs.arena = &g.arena;
	code = check_profiles(&g, sel);
	if (code)
		;
	else if (cli_seed(cli, &seed, &err) < 0 || keep_prepare(cli, &err) < 0 ||
		 gate_guest_prepare(&g, sel, &err) < 0 || gate_result_open(res, &err) < 0 ||
		 gate_boot(&g, res, &guest, &err) < 0)
		code = cli_error(&err);
	else
		code = gate_result_conclude(res, &g, &guest);
	gate_guest_free(&g);
	return code;
}
