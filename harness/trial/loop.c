/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The one place that waits: signals, children, workers' changes of state, the kernel log, the
 * clock. */
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "trial/trial_state.h"

/* How long at most nothing is looked at. */
#define LOOK_INTERVAL (100 * NSEC_PER_MSEC)

static int watch(struct trial *t, int fd)
{
	struct epoll_event e = {.events = EPOLLIN, .data = {.fd = fd}};

	return fd >= 0 && epoll_ctl(t->epoll, EPOLL_CTL_ADD, fd, &e) < 0 ? -errno : 0;
}

/* What asks us to end; ignored ones stay ignored (nohup, a script's job in the background). */
static const struct {
	int number;
	const char *name;
} endings[] = {{SIGINT, "SIGINT"}, {SIGTERM, "SIGTERM"}, {SIGHUP, "SIGHUP"}};

static bool is_ignored(int signal)
{
	struct sigaction now;

	return sigaction(signal, NULL, &now) == 0 && now.sa_handler == SIG_IGN;
}

int loop_open(struct trial *t, struct err *err)
{
	sigset_t set;
	int r;

	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	for (size_t i = 0; i < ARRAY_SIZE(endings); i++)
		if (!is_ignored(endings[i].number))
			sigaddset(&set, endings[i].number);
	t->masked = sigprocmask(SIG_BLOCK, &set, &t->mask_before) == 0;
	t->signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	t->notify = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	t->epoll = epoll_create1(EPOLL_CLOEXEC);
	if (t->signals < 0 || t->notify < 0 || t->epoll < 0)
		return err_errno(err, -errno, "cannot make the descriptors to wait on");
	if ((r = watch(t, t->signals)) < 0 || (r = watch(t, t->notify)) < 0 ||
	    (r = watch(t, t->kmsg)) < 0)
		return err_errno(err, r, "cannot wait on descriptors");
	return 0;
}

void loop_close(struct trial *t)
{
	kills_close(t);
	close_fd(&t->epoll);
	close_fd(&t->notify);
	close_fd(&t->signals);
	/* A signal that came meanwhile is now the caller's. */
	if (t->masked)
		sigprocmask(SIG_SETMASK, &t->mask_before, NULL);
	t->masked = false;
}

static void read_signals(struct trial *t)
{
	struct signalfd_siginfo si;

	while (read(t->signals, &si, sizeof(si)) == sizeof(si)) {
		if (si.ssi_signo == SIGCHLD)
			continue;
		for (size_t i = 0; i < ARRAY_SIZE(endings); i++)
			if (endings[i].number == (int)si.ssi_signo)
				record_event(t->rec, EV_INTERRUPT, trial_now(t), t->phase, "%s",
					     endings[i].name);
		if (!t->interrupts++)
			t->signal = (int)si.ssi_signo;
		t->rec->interrupted = true;
	}
}

/* Not `heard`: no descriptor had anything to tell, and only what must be looked for is. */
static void handle(struct trial *t, bool heard)
{
	uint64_t n;

	if (heard) {
		read_signals(t);
		while (read(t->notify, &n, sizeof(n)) == sizeof(n))
			;
	}
	kills_look(t);
	if (heard) {
		workers_reap(t);
		log_read(t);
	}
}

void loop_poll(struct trial *t)
{
	handle(t, true);
	sampler_tick(t);
}

int loop_until(struct trial *t, int64_t deadline, bool (*done)(struct trial *, const void *),
	       const void *arg)
{
	int interrupts = t->interrupts, n = -1;
	int64_t heard_ns = 0;

	for (;;) {
		struct epoll_event events[4];
		int64_t now = mono_now().ns, wake;
		bool heard = n != 0 || now - heard_ns >= LOOK_INTERVAL;

		heard_ns = heard ? now : heard_ns;
		handle(t, heard);
		sampler_tick(t);
		if (done && done(t, arg))
			return 1;
		if (t->interrupts > interrupts)
			return -EINTR;
		now = mono_now().ns;
		/* Also where reading took so long that nothing is left to wait for. */
		progress_tell(t, now);
		if (now >= deadline)
			return 0;
		wake = MIN(deadline, now + LOOK_INTERVAL);
		if (t->sampler.next)
			wake = MIN(wake, t->sampler.next);
		wake = kills_wake(t, now, wake);
		wake = MAX(wake - now, 0);
		struct timespec ts = {wake / NSEC_PER_SEC, wake % NSEC_PER_SEC};

		n = epoll_pwait2(t->epoll, events, 4, &ts, NULL);
		for (int i = 0; i < n; i++)
			kills_hear(t, events[i].data.u64);
	}
}
