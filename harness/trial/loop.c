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

#define PROGRESS_INTERVAL (100 * NSEC_PER_MSEC)

static int watch(struct trial *t, int fd)
{
	struct epoll_event e = {.events = EPOLLIN, .data = {.fd = fd}};

	return fd >= 0 && epoll_ctl(t->epoll, EPOLL_CTL_ADD, fd, &e) < 0 ? -errno : 0;
}

int loop_open(struct trial *t, struct err *err)
{
	sigset_t set;
	int r;

	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGHUP);
	sigaddset(&set, SIGCHLD);
	sigprocmask(SIG_BLOCK, &set, NULL);
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
	sigset_t set;

	close_fd(&t->epoll);
	close_fd(&t->notify);
	close_fd(&t->signals);
	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGHUP);
	sigaddset(&set, SIGCHLD);
	sigprocmask(SIG_UNBLOCK, &set, NULL);
}

static void read_signals(struct trial *t)
{
	struct signalfd_siginfo si;

	while (read(t->signals, &si, sizeof(si)) == sizeof(si)) {
		if (si.ssi_signo == SIGCHLD)
			continue;
		t->interrupts++;
		t->rec->interrupted = true;
		record_event(t->rec, EV_INTERRUPT, trial_now(t), t->phase, "%s",
			     si.ssi_signo == SIGINT    ? "SIGINT"
			     : si.ssi_signo == SIGTERM ? "SIGTERM"
						       : "SIGHUP");
	}
}

static void handle(struct trial *t)
{
	uint64_t n;

	read_signals(t);
	while (read(t->notify, &n, sizeof(n)) == sizeof(n))
		;
	workers_reap(t);
	log_read(t);
}

static void tell_progress(struct trial *t, int64_t now)
{
	struct trial_progress p = {
		.record = t->rec,
		.phase = t->phase >= 0 ? t->plan->spec.phases[t->phase].name : "baseline",
		.doing = t->doing,
		.elapsed = nsec(now - t->t0),
		.deadline = nsec(t->deadline - t->t0),
	};

	if (!t->config->progress || now < t->next_progress)
		return;
	t->next_progress = now + PROGRESS_INTERVAL;
	t->config->progress(t->config->progress_data, &p);
}

void loop_poll(struct trial *t)
{
	handle(t);
	sampler_tick(t);
}

int loop_until(struct trial *t, int64_t deadline, bool (*done)(struct trial *, const void *),
	       const void *arg)
{
	int interrupts = t->interrupts;

	for (;;) {
		struct epoll_event events[4];
		int64_t now, wake;

		handle(t);
		sampler_tick(t);
		if (done && done(t, arg))
			return 1;
		if (t->interrupts > interrupts)
			return -EINTR;
		now = mono_now().ns;
		if (now >= deadline)
			return 0;
		tell_progress(t, now);
		wake = MIN(deadline, now + PROGRESS_INTERVAL);
		if (t->sampler.next)
			wake = MIN(wake, t->sampler.next);
		wake = MAX(wake - now, 0);
		struct timespec ts = {wake / NSEC_PER_SEC, wake % NSEC_PER_SEC};

		epoll_pwait2(t->epoll, events, 4, &ts, NULL);
	}
}
