/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/io.h"
#include "base/words.h"
#include "cli/cli.h"
#include "live/screen.h"
#include "live/watch_view.h"

#define INTERVAL_MIN (10 * NSEC_PER_MSEC)
/* Between two looks at a group whose events come without end. */
#define EVENT_PAUSE (100 * NSEC_PER_MSEC)

struct watcher {
	struct cli *cli;
	struct machine machine;
	struct watched watched;
	struct watch_reading reading;
	struct watch_view view;
	struct screen screen;
	bool json, colour;
	int64_t interval, count; /* count 0: until a signal */
	int events;		 /* memory.events of the group, for what happens between; -1 */
	sigset_t waiting;	 /* signals that may come while we wait */
};

static volatile sig_atomic_t caught;

static void on_signal(int signal)
{
	if (signal != SIGWINCH)
		caught = signal;
}

/* Signals come only while it waits; one that is ignored stays so. A resize is drawn at once. */
static void listen_signals(struct watcher *w)
{
	static const int signals[] = {SIGINT, SIGTERM, SIGHUP, SIGWINCH};
	const struct sigaction note = {.sa_handler = on_signal};
	struct sigaction now;
	sigset_t set;

	sigemptyset(&set);
	for (size_t i = 0; i < ARRAY_SIZE(signals); i++) {
		if (sigaction(signals[i], NULL, &now) < 0 || now.sa_handler == SIG_IGN)
			continue;
		sigaction(signals[i], &note, NULL);
		sigaddset(&set, signals[i]);
	}
	sigprocmask(SIG_BLOCK, &set, &w->waiting);
}

static int options_read(struct watcher *w, struct err *err)
{
	struct cli *cli = w->cli;
	int r;

	w->interval = NSEC_PER_SEC;
	if (cli->n_args > 1)
		return err_set_class(err, ERR_USAGE, -EINVAL, "watch wants one group or none");
	if (cli->format && !str_eq(cli->format, "text") && !str_eq(cli->format, "json"))
		return err_set_class(err, ERR_USAGE, -EINVAL,
				     "--format: %s: watch knows text and json", cli->format);
	if (cli->interval &&
	    (r = cli_quantity("interval", cli->interval, UNIT_DUR, &w->interval, err)) < 0)
		return r;
	if (w->interval < INTERVAL_MIN)
		return err_set_class(err, ERR_USAGE, -ERANGE, "--interval: %s is less than 10ms",
				     cli->interval);
	if (cli->count && (r = cli_quantity("count", cli->count, UNIT_COUNT, &w->count, err)) < 0)
		return r;
	if (cli->count && w->count < 1)
		return err_set_class(err, ERR_USAGE, -ERANGE, "--count: %s is less than 1",
				     cli->count);
	w->json = cli->format && str_eq(cli->format, "json");
	return 0;
}

static int watcher_open(struct watcher *w, struct err *err)
{
	struct cli *cli = w->cli;
	int r = options_read(w, err);

	if (r < 0 || (r = probe_machine(&cli->roots, &w->machine, err)) < 0 ||
	    (r = watch_open(&w->watched, &cli->roots, &w->machine,
			    cli->n_args ? cli->args[0] : NULL, err)) < 0)
		return r;
	watch_view_init(&w->view, &w->watched, w->interval);
	screen_open(&w->screen, STDOUT_FILENO, true);
	w->colour = term_colour(STDOUT_FILENO, cli->colour);
	/* The kernel wakes who polls it at each event (kernfs_notify()), once it was read. */
	if (w->watched.path[0] && w->watched.version == CG_V2 && !cli->roots.fake)
		w->events = file_open(w->watched.group, "memory.events");
	return 0;
}

static int show(struct watcher *w)
{
	char line[LIVE_LINE_BYTES + 1];
	unsigned columns, rows;
	enum screen_mode mode = screen_mode(&w->screen, &columns, &rows);

	if (w->json) {
		watch_json(stdout, &w->view);
		return fflush(stdout) == 0 ? 0 : -EIO;
	}
	if (mode == SCREEN_DRAWN) {
		watch_view_make(&w->view);
		screen_show(&w->screen, &w->view.view, columns, rows, w->colour);
		return 0;
	}
	screen_clear(&w->screen);
	watch_line(line, sizeof(line), &w->view, mode == SCREEN_LINES ? columns : 0);
	return puts(line) >= 0 && fflush(stdout) == 0 ? 0 : -EIO;
}

/* Until the clock, a signal, or an event in the group. Returns 1 for an event. */
static int wait_until(struct watcher *w, int64_t deadline)
{
	struct pollfd fd = {.fd = w->events, .events = POLLPRI};
	int64_t left = MAX(deadline - mono_now().ns, 0);
	struct timespec ts = {left / NSEC_PER_SEC, left % NSEC_PER_SEC};
	char text[512];

	if (ppoll(&fd, 1, &ts, &w->waiting) <= 0 || !(fd.revents & POLLPRI))
		return 0;
	/* Read, or it is ready for ever. */
	return fd_read_all(w->events, text, sizeof(text)) >= 0;
}

static bool resized(const struct watcher *w)
{
	unsigned columns, rows;

	return screen_mode(&w->screen, &columns, &rows) == SCREEN_DRAWN && w->screen.shown.n &&
	       (columns != w->screen.columns || rows != w->screen.rows);
}

static void wait_for_next(struct watcher *w, int64_t next)
{
	/* In a log one line an interval; on a terminal events as they happen. */
	bool drawn = w->screen.shown.n;

	while (!caught && mono_now().ns < next) {
		bool event = wait_until(w, next);

		if (drawn && resized(w))
			show(w);
		if (!event || !drawn)
			continue;
		/* Read again at once, but not more often than people see. */
		if (watch_read(&w->watched, &w->reading) == 0) {
			watch_view_add(&w->view, &w->reading, w->view.t_ns);
			show(w);
		}
		usleep((useconds_t)(EVENT_PAUSE / NSEC_PER_USEC));
	}
}

static int loop(struct watcher *w, struct err *err)
{
	int64_t begin = mono_now().ns, next = begin;

	for (int64_t i = 0; !caught; i++) {
		if (watch_read(&w->watched, &w->reading) < 0) {
			screen_leave(&w->screen);
			fprintf(stderr, "memtrial: group %s was removed\n", w->watched.path);
			return 0;
		}
		begin = i ? begin : mono_now().ns;
		watch_view_add(&w->view, &w->reading, i ? mono_now().ns - begin : 0);
		if (show(w) < 0)
			return err_set(err, -EIO, "cannot write to the output");
		if (w->count && i + 1 >= w->count)
			return 0;
		next = MAX(next + w->interval, mono_now().ns);
		wait_for_next(w, next);
	}
	return 0;
}

static int run(struct cli *cli)
{
	struct watcher *w = calloc(1, sizeof(*w));
	struct err err = {0};
	int r;

	if (!w)
		return EXIT_BROKEN;
	w->cli = cli;
	w->events = w->watched.group = -1;
	r = watcher_open(w, &err);
	if (r == 0) {
		listen_signals(w);
		r = loop(w, &err);
	}
	screen_leave(&w->screen);
	close_fd(&w->events);
	watch_close(&w->watched);
	free(w);
	return r < 0 ? cli_error(&err) : EXIT_PASS;
}

static const struct cli_option options[] = {
	{"interval", 'i', CLI_VALUE, offsetof(struct cli, interval), "INTERVAL", NULL,
	 "time between two looks (default: 1s, at least 10ms)"},
	{"count", 'n', CLI_VALUE, offsetof(struct cli, count), "N", NULL, "end after N looks"},
	{"format", 'f', CLI_VALUE, offsetof(struct cli, format), "FORMAT", "text json",
	 "text (default), or json: an object a line with the kernel's own numbers"},
	{0},
};

const struct command command_watch = {
	.name = "watch",
	.args = "[GROUP]",
	.summary =
		"a group's memory, or the whole machine's, as it moves: usage, pressure, reclaim",
	.description =
		"GROUP is the path of a cgroup's directory, or its path in the memory hierarchy "
		"(as in\n"
		"/proc/PID/cgroup); without one the whole machine is shown. On a terminal bars "
		"that are drawn\n"
		"over in place, elsewhere a line each interval. Numbers have cgroup v2 names on v1 "
		"too. Only\n"
		"reads, needs no root, and ends with Ctrl-C, after N looks, or when the group is "
		"removed.",
	.options = options,
	.run = run,
};
