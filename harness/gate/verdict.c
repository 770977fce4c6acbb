/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "gate/verdict.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/cleanup.h"

#define EVENTS_MAX 48

static void set(struct guest_verdict *v, enum verdict verdict, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
static void set(struct guest_verdict *v, enum verdict verdict, const char *fmt, ...)
{
	va_list ap;

	v->verdict = verdict;
	va_start(ap, fmt);
	vsnprintf(v->why, sizeof(v->why), fmt, ap);
	va_end(ap);
}

/* "while limits/high ran (settle: settling)", "after 3 of 7 trials" ... */
static void when(const struct guest *g, char *buf, size_t size)
{
	if (g->trial >= 0 && g->at[0])
		snprintf(buf, size, "while %.120s ran (%.120s)", g->name, g->at);
	else if (g->trial >= 0)
		snprintf(buf, size, "while %.120s ran", g->name);
	else if (g->planned >= 0 && g->done >= g->planned)
		snprintf(buf, size, "after the last trial");
	else if (g->planned >= 0)
		snprintf(buf, size, "after %lld of %lld trials", (long long)g->done,
			 (long long)g->planned);
	else if (g->hello)
		snprintf(buf, size, "after init was up, before the first trial");
	else
		snprintf(buf, size, "while it booted");
}

/* Did the kernel do it while it was on trial? Before that it may as well be the guest that we made.
 */
static enum verdict kernels_fault(const struct guest *g)
{
	return g->planned >= 0 ? V_FAIL : V_BROKEN;
}

static void finished(const struct guest *g, struct guest_verdict *v)
{
	if (g->status > 128)
		set(v, V_BROKEN, "memtrial itself was killed by signal %d in the guest",
		    g->status - 128);
	else if (!g->ended)
		set(v, V_BROKEN,
		    "memtrial ended with code %d in the guest before its suite was over; the "
		    "console says why",
		    g->status);
	else if (g->planned >= 0 && g->done < g->planned)
		set(v, V_BROKEN, "only %lld of %lld results came", (long long)g->done,
		    (long long)g->planned);
}

static void panicked(const struct guest *g, const struct console *c, const char *at,
		     struct guest_verdict *v)
{
	if (g->emulated && c->stale)
		set(v, V_BROKEN,
		    "the guest's kernel panicked %s: %.160s; its CPU had run an int3 that is "
		    "not in memory, which emulated CPUs do (QEMU before 8.1) and kernels cannot "
		    "cause",
		    at, c->panic);
	else
		set(v, kernels_fault(g), "the guest's kernel panicked %s: %.160s", at, c->panic);
}

static long long seconds(dur_t d)
{
	return (long long)(d.ns / NSEC_PER_SEC);
}

void guest_judge(const struct guest *g, const struct console *c, const struct watch_config *config,
		 struct guest_verdict *v)
{
	char at[300];

	*v = (struct guest_verdict){.verdict = V_PASS};
	when(g, at, sizeof(at));
	switch (g->end) {
	case GUEST_FINISHED:
		finished(g, v);
		break;
	case GUEST_PANICKED:
		panicked(g, c, at, v);
		break;
	case GUEST_RESET:
		set(v, kernels_fault(g), "the guest was reset or switched off %s%s", at,
		    g->missing ? ", in the middle of a result" : "");
		break;
	case GUEST_SILENT:
		set(v, kernels_fault(g), "the guest hangs: it said nothing for %lld s %s",
		    seconds(config->silence), at);
		break;
	case GUEST_TOO_LONG:
		set(v, V_BROKEN,
		    "the suite was not over after %lld s, %s; allow more with "
		    "--timeout",
		    seconds(config->total), at);
		break;
	case GUEST_NO_OUTPUT:
		set(v, V_BROKEN,
		    "the kernel never came up: no line of it on the console in %lld.%lld s (does "
		    "it have CONFIG_SERIAL_8250_CONSOLE?)",
		    (long long)(g->took_ns / NSEC_PER_SEC),
		    (long long)(g->took_ns / (NSEC_PER_SEC / 10) % 10));
		break;
	case GUEST_NOT_UP:
		set(v, V_BROKEN,
		    "the kernel started, but its first process never did (does it have "
		    "CONFIG_BLK_DEV_INITRD and CONFIG_VIRTIO_CONSOLE, or --modules?)");
		break;
	case GUEST_GAVE_UP:
		set(v, V_BROKEN, "the guest cannot carry it out: %.400s", g->said);
		break;
	case GUEST_LACKS:
		set(v, V_FAIL, "%.500s", g->said);
		break;
	case GUEST_GARBLED:
		set(v, V_BROKEN, "what the guest sent makes no sense: %.300s (%.100s)", g->said,
		    at);
		break;
	case GUEST_QEMU_FAILED:
		set(v, V_BROKEN, "QEMU failed %s: %.300s", at, g->said);
		break;
	case GUEST_INTERRUPTED:
		set(v, V_BROKEN, "interrupted %s", at);
		break;
	case GUEST_END_COUNT:
		break;
	}
}

static void add_events(struct record *r, const char *lines)
{
	r->max_events = EVENTS_MAX;
	r->events = arena_array(&r->arena, r->max_events, sizeof(*r->events));
	while (lines && *lines) {
		size_t n = strcspn(lines, "\n");

		record_event(r, EV_KMSG, 0, -1, "%.*s", (int)n, lines);
		lines += n + (lines[n] == '\n');
	}
}

void guest_record(struct record *r, const char *name, const char *profile, enum verdict verdict,
		  const char *why, const char *lines)
{
	struct check_verdict *v;
	struct timespec ts;

	*r = (struct record){.fate = verdict == V_FAIL ? V_BROKEN : verdict, .verdict = verdict};
	clock_gettime(CLOCK_REALTIME, &ts);
	r->started_unix_ns = ts.tv_sec * NSEC_PER_SEC + ts.tv_nsec;
	r->page_size = page_size();
	r->spec.name = name;
	r->spec.profile = profile;
	snprintf(r->reason, sizeof(r->reason), "%s", why);
	snprintf(r->verdict_why, sizeof(r->verdict_why), "%s", why);
	add_events(r, lines);
	if (verdict == V_SKIP)
		return;
	v = arena_push(&r->arena, r->verdicts, r->n_verdicts);
	*v = (struct check_verdict){.check = -1,
				    .phase = CHECK_TRIAL,
				    .verdict = verdict,
				    .base = VALUE_ABSENT,
				    .value = VALUE_ABSENT,
				    .compared = VALUE_ABSENT,
				    .low = INT64_MIN,
				    .high = VALUE_MAX};
	snprintf(v->name, sizeof(v->name), "guest");
	snprintf(v->expected, sizeof(v->expected), "runs to the end of the suite");
	snprintf(v->why, sizeof(v->why), "%s", why);
}
