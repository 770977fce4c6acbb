/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "gate/vm.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "base/cleanup.h"
#include "base/units.h"
#include "gate/conf.h"

#if defined(__x86_64__)
#define QEMU	"qemu-system-x86_64"
#define MACHINE "q35"
#define CONSOLE "ttyS0"
#else
#error "the gate knows how to boot x86-64 guests only"
#endif

const char *const accel_words[] = {"auto", "kvm", "tcg", NULL};

struct words {
	struct arena *arena;
	const char **list;
	size_t n;
};

static void word(struct words *w, const char *s)
{
	*arena_push(w->arena, w->list, w->n) = s;
}

static void pair(struct words *w, const char *option, const char *value)
{
	word(w, option);
	word(w, value);
}

static void numa(struct words *w, const struct vm_config *c)
{
	struct arena *a = w->arena;
	int64_t pages = c->memory / MIB, given = 0;

	for (int i = 0; i < c->nodes; i++) {
		int64_t mib = i + 1 < c->nodes ? pages / c->nodes : pages - given;
		const char *cpus = "";

		given += mib;
		for (int cpu = i; cpu < c->cpus; cpu += c->nodes)
			cpus = arena_printf(a, "%s,cpus=%d", cpus, cpu);
		pair(w, "-object",
		     arena_printf(a, "memory-backend-ram,id=mem%d,size=%lldM", i, (long long)mib));
		pair(w, "-numa", arena_printf(a, "node,nodeid=%d,memdev=mem%d%s", i, i, cpus));
	}
}

/* rate in bytes per second, both ways together; 0: no limit. */
static void disk(struct words *w, int fd, const char *serial, int64_t rate)
{
	struct arena *a = w->arena;
	const char *slow = "";

	if (fd < 0)
		return;
	if (rate)
		slow = arena_printf(a, ",throttling.bps-total=%lld", (long long)rate);
	pair(w, "-drive",
	     arena_printf(a,
			  "if=none,id=%s,format=raw,cache=unsafe,file.filename="
			  "/proc/self/fd/%d,file.locking=off%s",
			  serial, fd, slow));
	pair(w, "-device", arena_printf(a, "virtio-blk-pci,drive=%s,serial=%s", serial, serial));
}

static void accel(struct words *w, const struct vm_config *c)
{
	bool kvm = c->accel == ACCEL_KVM;

	pair(w, "-accel", kvm ? "kvm" : "tcg,thread=multi");
	/* Five levels of page tables cost the emulator a fifth more for each miss of its TLB. */
	pair(w, "-cpu", kvm ? "host" : "max,la57=off");
}

/*
 * For one emulated CPU QEMU makes a load and a store of an atomic instruction, so that a page that
 * is touched by one faults twice: reading maps the zero page, writing another. With a second CPU
 * that could be plugged in it does not (accel/tcg/tcg-accel-ops.c:tcg_cpu_init_cflags,
 * CF_PARALLEL); the kernel is told that there is none.
 */
static bool is_alone(const struct vm_config *c)
{
	return c->accel == ACCEL_TCG && c->cpus == 1;
}

static bool is_slow(const struct vm_config *c)
{
	return c->scratch >= 0 && c->scratch_rate > 0 && c->scratch_rate <= VM_SLOW_DISK;
}

const char **vm_command(const struct vm_config *c, int console, int port, int monitor,
			struct arena *a)
{
	struct words w = {.arena = a};

	word(&w, c->qemu ? c->qemu : QEMU);
	pair(&w, "-machine", MACHINE);
	accel(&w, c);
	pair(&w, "-m", arena_printf(a, "%lldM", (long long)(c->memory / MIB)));
	/* A node has whole packages: x86's topology_sane() warns of one that is shared. */
	pair(&w, "-smp",
	     c->nodes > 1 && c->cpus % c->nodes == 0
		     ? arena_printf(a, "%d,sockets=%d", c->cpus, c->nodes)
		     : arena_printf(a, is_alone(c) ? "%d,maxcpus=2" : "%d", c->cpus));
	if (c->nodes > 1)
		numa(&w, c);
	word(&w, "-no-user-config");
	word(&w, "-nodefaults");
	word(&w, "-no-reboot");
	pair(&w, "-display", "none");
	pair(&w, "-kernel", c->kernel);
	pair(&w, "-initrd", arena_printf(a, "/proc/self/fd/%d", c->initrd));
	/*
	 * panic=-1 with -no-reboot: a panic ends QEMU. An NMI shows where a silent kernel hangs.
	 * memtrial.whole_machine: whoever boots a guest may lose it. memtrial.slow_disk: what a
	 * profile may need, and no guest can see. tsc_early_khz: a guest that the host does not
	 * let run while it calibrates its TSC was seen to take 69 MHz for 2096, and its clocks
	 * and timers were wrong from then on (arch/x86/kernel/tsc.c:native_calibrate_cpu_early).
	 * no_timer_check: one that is not let run while it counts ten ticks panics, "IO-APIC +
	 * timer doesn't work" (io_apic.c:timer_irq_works); guests of KVM do not count.
	 * possible_cpus: see is_alone().
	 */
	pair(&w, "-append",
	     arena_printf(a,
			  "console=" CONSOLE " earlyprintk=" CONSOLE " panic=-1 "
			  "unknown_nmi_panic=1 no_timer_check memtrial.whole_machine=1%s%s%s%s%s",
			  is_alone(c) ? " possible_cpus=1" : "",
			  c->tsc_khz ? arena_printf(a, " tsc_early_khz=%u", c->tsc_khz) : "",
			  is_slow(c) ? " memtrial.slow_disk=1" : "", c->append ? " " : "",
			  c->append ? c->append : ""));
	pair(&w, "-chardev", arena_printf(a, "socket,id=console,fd=%d", console));
	pair(&w, "-serial", "chardev:console");
	pair(&w, "-device", "virtio-serial-pci,max_ports=2");
	pair(&w, "-chardev", arena_printf(a, "socket,id=port,fd=%d", port));
	pair(&w, "-device", "virtserialport,chardev=port,name=" GATE_PORT);
	pair(&w, "-chardev", arena_printf(a, "socket,id=monitor,fd=%d", monitor));
	pair(&w, "-mon", "chardev=monitor,mode=control");
	disk(&w, c->scratch, DISK_SCRATCH, c->scratch_rate);
	disk(&w, c->swap, DISK_SWAP, 0);
	word(&w, NULL);
	return w.list;
}

static void keep_at_exec(int fd)
{
	if (fd >= 0)
		fcntl(fd, F_SETFD, 0);
}

/* The ends of the guest: console, port, monitor; then its standard error. */
enum end { CONSOLE_END, PORT_END, MONITOR_END, ERRORS_END, ENDS };

static _Noreturn void child(const char **argv, const struct vm_config *c, const int theirs[ENDS])
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	/* Ctrl-C is for us: the guest is ended in an orderly way. */
	setpgid(0, 0);
	signal(SIGPIPE, SIG_DFL);
	dup2(open("/dev/null", O_RDWR), STDIN_FILENO);
	dup2(STDIN_FILENO, STDOUT_FILENO);
	dup2(theirs[ERRORS_END], STDERR_FILENO);
	for (int i = 0; i < ERRORS_END; i++)
		keep_at_exec(theirs[i]);
	keep_at_exec(c->initrd);
	keep_at_exec(c->scratch);
	keep_at_exec(c->swap);
	execvp(argv[0], (char *const *)argv);
	dprintf(STDERR_FILENO, "%s: %s\n", argv[0], strerror(errno));
	_exit(127);
}

static int make_ends(int ours[ENDS], int theirs[ENDS])
{
	for (int i = 0; i < ENDS; i++) {
		int pair_fds[2];
		int r = i == ERRORS_END
				? pipe2(pair_fds, O_CLOEXEC)
				: socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair_fds);

		if (r < 0)
			return -errno;
		ours[i] = pair_fds[0];
		theirs[i] = pair_fds[1];
	}
	return 0;
}

static int launch(struct vm *vm, const struct vm_config *c, const int theirs[ENDS])
{
	struct arena arena = {0};
	const char **argv =
		vm_command(c, theirs[CONSOLE_END], theirs[PORT_END], theirs[MONITOR_END], &arena);
	int r = 0;

	fflush(NULL);
	vm->pid = fork();
	if (vm->pid == 0)
		child(argv, c, theirs);
	if (vm->pid < 0)
		r = -errno;
	arena_free(&arena);
	if (r < 0)
		return r;
	vm->pidfd = (int)syscall(SYS_pidfd_open, vm->pid, 0);
	return vm->pidfd < 0 ? -errno : 0;
}

int vm_start(struct vm *vm, const struct vm_config *c, struct err *err)
{
	int ours[ENDS] = {-1, -1, -1, -1}, theirs[ENDS] = {-1, -1, -1, -1};
	int r = make_ends(ours, theirs);

	*vm = (struct vm){.pidfd = -1,
			  .console = ours[CONSOLE_END],
			  .port = ours[PORT_END],
			  .monitor = ours[MONITOR_END],
			  .errors = ours[ERRORS_END]};
	if (r == 0)
		r = launch(vm, c, theirs);
	for (int i = 0; i < ENDS; i++)
		close_fd(&theirs[i]);
	return r < 0 ? err_errno(err, r, "cannot start QEMU") : 0;
}

void vm_nmi(struct vm *vm)
{
	static const char commands[] = "{\"execute\": \"qmp_capabilities\"}\n"
				       "{\"execute\": \"inject-nmi\"}\n";

	/* Its answers fit in the socket's buffer. */
	if (vm->monitor >= 0)
		send(vm->monitor, commands, sizeof(commands) - 1, MSG_NOSIGNAL | MSG_DONTWAIT);
}

bool vm_ended(struct vm *vm)
{
	if (vm->pid > 0 && waitpid(vm->pid, &vm->status, WNOHANG) == vm->pid)
		vm->pid = 0;
	return vm->pid <= 0;
}

void vm_stop(struct vm *vm)
{
	if (vm->pid > 0) {
		kill(vm->pid, SIGKILL);
		waitpid(vm->pid, &vm->status, 0);
		vm->pid = 0;
	}
	close_fd(&vm->pidfd);
	close_fd(&vm->console);
	close_fd(&vm->port);
	close_fd(&vm->monitor);
	close_fd(&vm->errors);
}

bool vm_kvm_usable(const char **ret_why)
{
	if (access("/dev/kvm", F_OK) < 0)
		*ret_why = "there is no /dev/kvm";
	else if (access("/dev/kvm", R_OK | W_OK) < 0)
		*ret_why = "/dev/kvm may not be opened";
	else
		return true;
	return false;
}
