/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "gate/watch.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "base/cleanup.h"

/* After a panic, or once the suite is over, QEMU should be gone soon: a kernel that cannot switch
 * the machine off (no ACPI) is helped. */
#define GRACE	  (5 * NSEC_PER_SEC)
#define AT_A_TIME 65536

struct watching {
	const struct watch_config *config;
	struct vm *vm;
	struct console *console;
	struct guest *guest;
	struct stream_reader reader;
	int64_t begin, last; /* CLOCK_MONOTONIC: start; last sign of life */
	int64_t grace;	     /* the end is near: until then; 0: not yet */
	bool over;
	bool silent;	   /* it hangs; an NMI was sent, to see where */
	char errors[2000]; /* of QEMU */
	size_t errors_len;
	char buf[AT_A_TIME];
};

const char *guest_end_text(enum guest_end end)
{
	static const char *const texts[] = {
#define X(id, what) what,
		GUEST_END_TABLE(X)
#undef X
	};

	return texts[end];
}

static void finish(struct watching *w, enum guest_end end)
{
	if (w->over)
		return;
	w->over = true;
	w->guest->end = end;
}

static void finish_silent(struct watching *w)
{
	finish(w, w->guest->hello ? GUEST_SILENT : GUEST_NOT_UP);
}

static void say(struct guest *g, const char *text)
{
	if (!g->said[0])
		snprintf(g->said, sizeof(g->said), "%s", text);
}

static void on_hello(struct watching *w, const struct stream_line *l)
{
	struct guest *g = w->guest;

	g->hello = true;
	g->up_ns = mono_now().ns - w->begin;
	snprintf(g->release, sizeof(g->release), "%s", l->text);
	if (l->number != STREAM_VERSION) {
		say(g, "it speaks another version of the gate's protocol");
		finish(w, GUEST_GARBLED);
	}
}

static void on_trial(struct watching *w, const struct stream_line *l)
{
	struct guest *g = w->guest;

	g->trial = l->number;
	g->at[0] = '\0';
	snprintf(g->name, sizeof(g->name), "%s", l->text);
	console_mark(w->console);
}

static void on_result(struct watching *w, const struct stream_line *l)
{
	struct err err = {0};

	w->guest->trial = -1;
	w->guest->done++;
	if (w->config->result(w->config->data, l->number, l->text, l->len, &err) < 0) {
		say(w->guest, err.text);
		finish(w, GUEST_GARBLED);
	}
}

static void on_exit_line(struct watching *w, const struct stream_line *l)
{
	w->guest->exited = true;
	w->guest->status = (int)l->number;
	w->grace = mono_now().ns + GRACE;
}

static void on_line(struct watching *w, const struct stream_line *l)
{
	struct guest *g = w->guest;

	switch (l->word) {
	case STREAM_HELLO:
		on_hello(w, l);
		break;
	case STREAM_NOTE:
		w->config->note(w->config->data, l->text);
		break;
	case STREAM_FAIL:
		say(g, l->text);
		finish(w, GUEST_GAVE_UP);
		break;
	case STREAM_LACKS:
		say(g, l->text);
		finish(w, GUEST_LACKS);
		break;
	case STREAM_PLAN:
		g->planned = l->number;
		break;
	case STREAM_TRIAL:
		on_trial(w, l);
		break;
	case STREAM_AT:
		snprintf(g->at, sizeof(g->at), "%s", l->text);
		break;
	case STREAM_RESULT:
		on_result(w, l);
		break;
	case STREAM_END:
		g->ended = true;
		g->code = (int)l->number;
		break;
	case STREAM_EXIT:
		on_exit_line(w, l);
		break;
	case STREAM_WORD_COUNT:
		break;
	}
	if (w->config->progress)
		w->config->progress(w->config->data, g);
}

static void take_stream(struct watching *w, size_t n)
{
	struct stream_line line;
	struct err err = {0};
	int r = stream_feed(&w->reader, w->buf, n, &err);

	while (r >= 0 && (r = stream_next(&w->reader, &line, &err)) > 0)
		on_line(w, &line);
	if (r < 0) {
		say(w->guest, err.text);
		finish(w, GUEST_GARBLED);
	}
	w->guest->missing = stream_missing(&w->reader);
}

static void take_console(struct watching *w, size_t n)
{
	bool before = w->console->panicked;

	console_feed(w->console, w->buf, n);
	if (w->console->panicked && !before)
		w->grace = mono_now().ns + GRACE;
}

static void take_errors(struct watching *w, size_t n)
{
	size_t room = sizeof(w->errors) - 1 - w->errors_len;

	n = MIN(n, room);
	memcpy(w->errors + w->errors_len, w->buf, n);
	w->errors_len += n;
	w->errors[w->errors_len] = '\0';
}

/* All that is there; the descriptor is closed at its end. Returns whether anything came. */
static bool drain(struct watching *w, int *fd, void (*take)(struct watching *w, size_t n))
{
	ssize_t n = *fd < 0 ? 0 : read(*fd, w->buf, sizeof(w->buf));

	if (n > 0) {
		take(w, (size_t)n);
		return true;
	}
	if (*fd >= 0 && (n == 0 || (errno != EAGAIN && errno != EINTR)))
		close_fd(fd);
	return false;
}

/* QEMU is gone: read what it left, then say why. */
static void at_end(struct watching *w)
{
	struct guest *g = w->guest;

	while (drain(w, &w->vm->port, take_stream))
		;
	while (drain(w, &w->vm->console, take_console))
		;
	while (drain(w, &w->vm->errors, take_errors))
		;
	if (w->over)
		return;
	if (w->silent)
		finish_silent(w);
	else if (w->console->panicked)
		finish(w, GUEST_PANICKED);
	else if (g->exited)
		finish(w, GUEST_FINISHED);
	else if (!WIFEXITED(w->vm->status) || WEXITSTATUS(w->vm->status))
		finish(w, GUEST_QEMU_FAILED);
	else if (!w->console->kernel && !g->hello)
		finish(w, GUEST_NO_OUTPUT);
	else
		finish(w, g->hello ? GUEST_RESET : GUEST_NOT_UP);
}

static int64_t next_deadline(const struct watching *w)
{
	int64_t d = MIN(w->last + w->config->silence.ns, w->begin + w->config->total.ns);

	if (w->config->first.ns && !w->console->kernel)
		d = MIN(d, w->begin + w->config->first.ns);
	return w->grace ? MIN(d, w->grace) : d;
}

/* Before it is ended it may say where it hangs. */
static void on_silence(struct watching *w)
{
	w->silent = true;
	vm_nmi(w->vm);
	w->grace = mono_now().ns + GRACE;
	w->last = mono_now().ns;
}

static void on_deadline(struct watching *w)
{
	const struct guest *g = w->guest;
	int64_t now = mono_now().ns;

	if (now < next_deadline(w))
		return;
	if (w->silent)
		finish_silent(w);
	else if (w->console->panicked)
		finish(w, GUEST_PANICKED);
	else if (g->exited)
		finish(w, GUEST_FINISHED);
	else if (!w->console->kernel && !g->hello)
		finish(w, GUEST_NO_OUTPUT);
	else if (now >= w->begin + w->config->total.ns)
		finish(w, GUEST_TOO_LONG);
	else
		on_silence(w);
}

static void wait_once(struct watching *w)
{
	struct pollfd p[] = {{w->vm->console, POLLIN, 0},
			     {w->vm->port, POLLIN, 0},
			     {w->vm->errors, POLLIN, 0},
			     {w->vm->pidfd, POLLIN, 0},
			     {w->config->signals, POLLIN, 0}};
	int64_t left = next_deadline(w) - mono_now().ns;
	bool alive = false;

	if (left > 0)
		poll(p, ARRAY_SIZE(p), (int)MIN(left / NSEC_PER_MSEC + 1, 1000));
	if (p[4].revents) {
		finish(w, GUEST_INTERRUPTED);
		return;
	}
	/* The port first: a trial that begins must not forget what the kernel says of it. */
	if (p[1].revents)
		alive |= drain(w, &w->vm->port, take_stream);
	/* Once init is up it tells itself that it lives; a kernel that only complains hangs. */
	if (p[0].revents)
		alive |= drain(w, &w->vm->console, take_console) && !w->guest->hello;
	if (p[2].revents)
		drain(w, &w->vm->errors, take_errors);
	if (alive)
		w->last = mono_now().ns;
	if (p[3].revents && vm_ended(w->vm))
		at_end(w);
	else
		on_deadline(w);
}

/* How QEMU ended: its last line, and the signal when it was one. */
static void how_qemu_ended(struct watching *w)
{
	char text[sizeof(w->guest->said)], signal[64] = "";
	char *nl;

	if (WIFSIGNALED(w->vm->status))
		w->guest->qemu_signal = WTERMSIG(w->vm->status);
	if (w->guest->qemu_signal)
		snprintf(signal, sizeof(signal), "killed by signal %d (%s), ",
			 w->guest->qemu_signal, strsignal(w->guest->qemu_signal));
	while (w->errors_len && w->errors[w->errors_len - 1] == '\n')
		w->errors[--w->errors_len] = '\0';
	nl = strrchr(w->errors, '\n');
	snprintf(text, sizeof(text), "%s%s", signal,
		 nl		? nl + 1
		 : w->errors[0] ? w->errors
				: "it said nothing");
	say(w->guest, text);
}

void watch_guest(const struct watch_config *config, struct vm *vm, struct console *console,
		 struct guest *guest)
{
	struct watching *w = calloc(1, sizeof(*w));

	*guest = (struct guest){.planned = -1, .trial = -1, .up_ns = -1};
	if (!w) {
		guest->end = GUEST_QEMU_FAILED;
		say(guest, "no memory to watch it");
		vm_stop(vm);
		return;
	}
	w->config = config;
	w->vm = vm;
	w->console = console;
	w->guest = guest;
	w->begin = w->last = mono_now().ns;
	while (!w->over)
		wait_once(w);
	if (guest->end == GUEST_QEMU_FAILED)
		how_qemu_ended(w);
	guest->took_ns = mono_now().ns - w->begin;
	stream_reader_free(&w->reader);
	vm_stop(vm);
	free(w);
}
