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

static void disk(struct words *w, int fd, const char *serial)
{
	struct arena *a = w->arena;

	if (fd < 0)
		return;
	pair(w, "-drive",
	     arena_printf(a,
			  "if=none,id=%s,format=raw,cache=unsafe,file.filename="
			  "/proc/self/fd/%d,file.locking=off",
			  serial, fd));
	pair(w, "-device", arena_printf(a, "virtio-blk-pci,drive=%s,serial=%s", serial, serial));
}

static void accel(struct words *w, const struct vm_config *c)
{
	bool kvm = c->accel == ACCEL_KVM;

	pair(w, "-accel", kvm ? "kvm" : "tcg,thread=multi");
	/* Five levels of page tables cost the emulator a fifth more for each miss of its TLB. */
	pair(w, "-cpu", kvm ? "host" : "max,la57=off");
}

const char **vm_command(const struct vm_config *c, int console, int port, struct arena *a)
{
	struct words w = {.arena = a};

	word(&w, c->qemu ? c->qemu : QEMU);
	pair(&w, "-machine", MACHINE);
	accel(&w, c);
	pair(&w, "-m", arena_printf(a, "%lldM", (long long)(c->memory / MIB)));
	pair(&w, "-smp", arena_printf(a, "%d", c->cpus));
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
	 * memtrial.whole_machine: whoever boots a guest may lose it.
	 */
	pair(&w, "-append",
	     arena_printf(a,
			  "console=" CONSOLE " earlyprintk=" CONSOLE " panic=-1 "
			  "unknown_nmi_panic=1 memtrial.whole_machine=1%s%s",
			  c->append ? " " : "", c->append ? c->append : ""));
	pair(&w, "-chardev", arena_printf(a, "socket,id=console,fd=%d", console));
	pair(&w, "-serial", "chardev:console");
	pair(&w, "-device", "virtio-serial-pci,max_ports=2");
	pair(&w, "-chardev", arena_printf(a, "socket,id=port,fd=%d", port));
	pair(&w, "-device", "virtserialport,chardev=port,name=" GATE_PORT);
	disk(&w, c->scratch, DISK_SCRATCH);
	disk(&w, c->swap, DISK_SWAP);
	word(&w, NULL);
	return w.list;
}

static void keep_at_exec(int fd)
{
	if (fd >= 0)
		fcntl(fd, F_SETFD, 0);
}

static _Noreturn void child(const char **argv, const struct vm_config *c, int console, int port,
			    int errors)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	/* Ctrl-C is for us: the guest is ended in an orderly way. */
	setpgid(0, 0);
	signal(SIGPIPE, SIG_DFL);
	dup2(open("/dev/null", O_RDWR), STDIN_FILENO);
	dup2(STDIN_FILENO, STDOUT_FILENO);
	dup2(errors, STDERR_FILENO);
	keep_at_exec(console);
	keep_at_exec(port);
	keep_at_exec(c->initrd);
	keep_at_exec(c->scratch);
	keep_at_exec(c->swap);
	execvp(argv[0], (char *const *)argv);
	dprintf(STDERR_FILENO, "%s: %s\n", argv[0], strerror(errno));
	_exit(127);
}

static int ends(int pair_fds[2])
{
	return socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair_fds) < 0 ? -errno : 0;
}

int vm_start(struct vm *vm, const struct vm_config *c, struct err *err)
{
	struct arena arena = {0};
	int console[2] = {-1, -1}, port[2] = {-1, -1}, errors[2] = {-1, -1}, r = 0;

	*vm = (struct vm){.pidfd = -1, .console = -1, .port = -1, .errors = -1};
	if (ends(console) < 0 || ends(port) < 0 || pipe2(errors, O_CLOEXEC) < 0) {
		r = -errno;
	} else {
		const char **argv = vm_command(c, console[1], port[1], &arena);

		fflush(NULL);
		vm->pid = fork();
		if (vm->pid == 0)
			child(argv, c, console[1], port[1], errors[1]);
		r = vm->pid < 0 ? -errno : 0;
	}
	close_fd(&console[1]);
	close_fd(&port[1]);
	close_fd(&errors[1]);
	vm->console = console[0];
	vm->port = port[0];
	vm->errors = errors[0];
	if (r == 0) {
		vm->pidfd = (int)syscall(SYS_pidfd_open, vm->pid, 0);
		r = vm->pidfd < 0 ? -errno : 0;
	}
	arena_free(&arena);
	return r < 0 ? err_errno(err, r, "cannot start QEMU") : 0;
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
