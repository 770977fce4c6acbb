/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A portrait in the words of profiles. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/words.h"
#include "portrait/portrait.h"
#include "portrait/tolerance.h"

/* What a draft expects: no machine has so much. */
#define ANYTHING (1LL << 50)
/* Twice what was used, so that a command that grew is measured rather than killed. */
#define ROOM_FACTOR 2
#define ROOM_LEAST  (64 * MIB)
#define FREE_LIMIT  (3600 * NSEC_PER_SEC)
/* Of one run, so many times the longest that was seen. */
#define TIME_FACTOR   10
#define TIME_LEAST    (10 * NSEC_PER_SEC)
#define SAMPLES_LEAST 10

const struct trait traits[TRAITS] = {
#define X(metric, kind, step, always, limited, what)                                               \
	{metric, TRAIT_##kind, step, always, limited, what},
	TRAIT_TABLE(X)
#undef X
};

int trait_index(const char *metric)
{
	for (int i = 0; i < TRAITS; i++)
		if (str_eq(traits[i].metric, metric))
			return i;
	abort();
}

/*
 * A text in double quotes, as YAML reads it back. Control characters too: no profile may have any,
 * and its reader says so.
 */
static const char *quoted(struct arena *a, const char *text)
{
	char *s = arena_alloc(a, 4 * strlen(text) + 3), *to = s;

	*to++ = '"';
	for (const char *at = text; *at; at++) {
		if (*at == '"' || *at == '\\')
			*to++ = '\\';
		if ((*at > 0 && *at < ' ') || *at == 0x7f)
			to += sprintf(to, "\\x%02x", (unsigned)*at);
		else
			*to++ = *at;
	}
	strcpy(to, "\"");
	return s;
}

/* A comment is one line of UTF-8, whatever the name of a directory has in it. */
static const char *plain(struct arena *a, const char *text)
{
	char *s = arena_strdup(a, text);

	for (char *at = s; *at; at++)
		if (*at < ' ' || *at == 0x7f)
			*at = '?';
	return s;
}

static const char *size_of(struct arena *a, int64_t bytes)
{
	return !bytes		  ? "0"
	       : bytes % MIB == 0 ? arena_printf(a, "%lldM", (long long)(bytes / MIB))
	       : bytes % KIB == 0 ? arena_printf(a, "%lldK", (long long)(bytes / KIB))
				  : arena_printf(a, "%lldB", (long long)bytes);
}

/* The highest of a few samples hangs on when they were taken. */
static bool is_sampled(const struct portrait *p, const struct trait *t)
{
	int64_t interval = p->config.plan->sample_interval.ns;

	interval = SAMPLES_LEAST * (interval ? interval : 50 * NSEC_PER_MSEC);
	for (size_t i = 0; i < p->n && t->always; i++)
		if (p->sittings[i].runtime_ns < interval)
			return false;
	return true;
}

/* One trait over all runs. */
struct drawn {
	bool there, held;
	int64_t least, most; /* seen */
	int64_t low, high;   /* accepted; low is VALUE_ABSENT where only the end is held */
};

static bool is_wanted(const struct portrait *p, int i)
{
	return traits[i].what && (!traits[i].limited || p->config.limit != VALUE_MAX);
}

static void see(const struct portrait *p, int i, int64_t *v, struct drawn *d)
{
	*d = (struct drawn){.there = p->n > 1, .least = VALUE_MAX, .most = VALUE_ABSENT};
	for (size_t k = 0; k < p->n; k++) {
		v[k] = p->sittings[k].values[i];
		d->there = d->there && v[k] != VALUE_ABSENT;
		d->least = MIN(d->least, v[k]);
		d->most = MAX(d->most, v[k]);
	}
}

static struct drawn draw(const struct portrait *p, int i, double miss)
{
	const struct trait *t = &traits[i];
	int64_t v[PORTRAIT_RUNS_MOST], step = 1;
	struct drawn d;
	struct span span;

	see(p, i, v, &d);
	d.low = VALUE_ABSENT;
	if (!d.there)
		return d;
	if (t->kind == TRAIT_EVENT) {
		d.high = tolerance_of_events(v, p->n, miss);
		d.held = true;
		return d;
	}
	if (t->kind == TRAIT_SIZE)
		step = p->config.plan->machine->page_size;
	span = tolerance_of(v, p->n, miss, (double)(t->step * step));
	d.high = (int64_t)ceil(span.high / (double)step) * step;
	if (!t->always)
		d.low = (int64_t)fmax(floor(span.low / (double)step), 0) * step;
	/* A range in which twice as much is fine would see nothing. */
	d.held = is_sampled(p, t) && d.high < 2 * MAX(d.most, 16 * step);
	return d;
}

/* By how many ranges a run may be outside by chance. */
static int count_ranges(const struct portrait *p)
{
	int64_t v[PORTRAIT_RUNS_MOST];
	struct drawn d;
	int n = 0;

	for (int i = 0; i < TRAITS; i++) {
		if (!is_wanted(p, i))
			continue;
		see(p, i, v, &d);
		n += d.there;
	}
	return n;
}

static const char *amount(struct arena *a, const struct trait *t, int64_t v)
{
	return t->kind == TRAIT_SIZE ? size_of(a, v) : arena_printf(a, "%lld", (long long)v);
}

/* "64M .. 66M", "at most 12": of a draft, anything. */
static const char *constraint(struct arena *a, const struct trait *t, const struct drawn *d)
{
	if (d->low == VALUE_ABSENT)
		return arena_printf(a, "at most %s", amount(a, t, d->high));
	return arena_printf(a, "%s .. %s", amount(a, t, d->low), amount(a, t, d->high));
}

static const char *seen(struct arena *a, const struct trait *t, const struct drawn *d)
{
	char low[QUANTITY_MAX], high[QUANTITY_MAX];
	enum unit unit = t->kind == TRAIT_SIZE ? UNIT_BYTES : UNIT_COUNT;

	quantity_format(low, d->least, unit);
	if (d->least == d->most)
		return arena_printf(a, "%s", low);
	return arena_printf(a, "%s .. %s", low, quantity_format(high, d->most, unit));
}

static const char *line_of(const struct portrait *p, struct arena *a, int i, double miss, int *held)
{
	const struct trait *t = &traits[i];
	const char *in = t->always ? "  " : "      ",
		   *why = is_sampled(p, t) ? "varies too much" : "was too short for samples";
	struct drawn d = {.high = ANYTHING, .low = VALUE_ABSENT};

	if (!p->n)
		return arena_printf(a, "%s%s: %s\n", in, t->metric, constraint(a, t, &d));
	d = draw(p, i, miss);
	if (!d.there)
		return "";
	if (!d.held)
		return arena_printf(a, "%s# %s: %s: %s (%s)\n", in, t->metric, seen(a, t, &d), why,
				    t->what);
	*held += 1;
	return arena_printf(a, "%s%s: %s # %s: %s\n", in, t->metric, constraint(a, t, &d), t->what,
			    seen(a, t, &d));
}

static const char *lines_of(const struct portrait *p, struct arena *a, bool always, int *held)
{
	double miss = p->n ? p->config.miss / count_ranges(p) : 1;
	const char *text = "";

	for (int i = 0; i < TRAITS; i++)
		if ((is_wanted(p, i) || (!p->n && !traits[i].limited)) &&
		    traits[i].always == always)
			text = arena_printf(a, "%s%s", text, line_of(p, a, i, miss, held));
	return text;
}

int64_t portrait_room(const struct portrait *p)
{
	const struct portrait_config *c = &p->config;
	int peak = trait_index("box/memory.peak");
	int64_t used = 0, room;

	if (c->limit != VALUE_MAX)
		return 2 * c->limit;
	for (size_t i = 0; i < p->n; i++)
		used = MAX(used, p->sittings[i].values[peak]);
	room = (MAX(ROOM_FACTOR * used, ROOM_LEAST) + MIB - 1) / MIB * MIB;
	return p->n ? MIN(room, c->room) : c->room;
}

static long long seconds_of(const struct portrait *p)
{
	int64_t longest = 0;

	for (size_t i = 0; i < p->n; i++)
		longest = MAX(longest, p->sittings[i].runtime_ns);
	if (p->config.timeout.ns)
		longest = p->config.timeout.ns;
	else
		longest = p->n ? MAX(TIME_FACTOR * longest, TIME_LEAST) : FREE_LIMIT;
	return (longest + NSEC_PER_SEC - 1) / NSEC_PER_SEC;
}

/* How the ranges came about, for whoever has to believe them. */
static const char *head_of(const struct portrait *p, struct arena *a)
{
	const struct portrait_config *c = &p->config;
	const struct machine *m = c->plan->machine;
	int n = (int)p->n, ranges = count_ranges(p);
	double factor = student_t(c->miss / ranges / 2, n - 1) * sqrt(1 + 1.0 / n);
	char share[QUANTITY_MAX];

	quantity_format(share, (int64_t)(c->miss * 100000 + 0.5), UNIT_PERCENT);
	return arena_printf(
		a,
		"# Recorded by `memtrial record` (%s) from %d runs on Linux %s,\n"
		"# cgroup v%d, %d CPUs, started in %s:\n"
		"#   %s\n"
		"#\n"
		"# A range is the mean of the %d runs ± %.2f s; s is their standard deviation, at "
		"least %.2f of the\n"
		"# steps that the kernel counts in: a page or a count, %d pages of memory.peak (a "
		"CPU charges ahead)\n"
		"# and %d of max_rss (faults map what is around them). %.2f is Student's t with %d "
		"degrees of freedom\n"
		"# times sqrt(1 + 1/%d): of further runs that vary in the same way, as a normal "
		"distribution does,\n"
		"# %s are outside of any of these %d by chance (--false-alarms). Of what is \"at "
		"most\" only the\n"
		"# upper end is held; of events there may be as many as one more run has by a "
		"Poisson distribution,\n"
		"# too. "
		"The error of its own readings memtrial adds itself. Behind a colon is what the "
		"runs showed.\n",
		c->tool, n, m->release, m->memcg_version, m->cpus_online, plain(a, c->dir),
		c->title, n, factor, GRAIN, CHARGE_BATCH, FAULT_AROUND, factor, n - 1, n, share,
		ranges);
}

/*
 * The first run reads files: they are charged to its group. Without it the second one's numbers
 * would hang on what others had in the cache.
 */
static const char *groups_of(const struct portrait *p, struct arena *a)
{
	const struct portrait_config *c = &p->config;

	if (c->limit != VALUE_MAX)
		return arena_printf(a,
				    "  box: {}\n"
				    "  box/warm: { memory.max: %s }\n"
				    "  box/run: { memory.max: %s }\n",
				    size_of(a, c->limit), size_of(a, c->limit));
	return arena_printf(a,
			    "  box: { memory.max: %s } # the most that a trial may use\n"
			    "  box/warm: {} # is charged for files that the command reads\n"
			    "  box/run: {}\n",
			    size_of(a, portrait_room(p)));
}

static const char *stressor_of(const struct portrait *p, struct arena *a, const char *name,
			       const char *group)
{
	const struct portrait_config *c = &p->config;
	int64_t most = c->limit != VALUE_MAX ? c->limit : portrait_room(p);

	return arena_printf(a,
			    "  %s:\n"
			    "    use: exec\n"
			    "    in: %s\n"
			    "    command: %s\n"
			    "    memory: %s\n"
			    "    output: %s\n"
			    "    ignore_status: yes # exit_code below is the check\n",
			    name, group, quoted(a, c->command), size_of(a, most),
			    c->show_stderr || p->n ? "inherit-stderr" : "null");
}

const char *portrait_text(const struct portrait *p, struct arena *a, int *ret_held)
{
	const struct portrait_config *c = &p->config;
	const char *always, *expect;
	int held = 0;

	always = lines_of(p, a, true, &held);
	expect = lines_of(p, a, false, &held);
	if (ret_held)
		*ret_held = held;
	return arena_printf(
		a,
		"%ssummary: %s\n"
		"source: memtrial record\n"
		"tags: [recorded]\n"
		"\n"
		"groups:\n%s\n"
		"stressors:\n%s%s\n"
		"%s%s%s"
		"phases:\n"
		"  - phase: warm-up\n"
		"    start: warmup\n"
		"    until: warmup exits within %llds\n"
		"%s"
		"  - phase: run\n"
		"    start: command\n"
		"    until: command exits within %llds\n"
		"    expect:\n%s%s",
		p->n ? head_of(p, a) : "",
		quoted(a, arena_printf(a, "%s uses the memory that it did when it was recorded",
				       c->name)),
		groups_of(p, a), stressor_of(p, a, "warmup", "box/warm"),
		stressor_of(p, a, "command", "box/run"), always[0] ? "always:\n" : "", always,
		always[0] ? "\n" : "", seconds_of(p),
		p->n ? "    expect:\n"
		       "      warmup.exit_code: 0\n"
		     : "",
		seconds_of(p),
		p->n ? "      command.outcome: done\n"
		       "      command.exit_code: 0\n"
		       "      box/run/memory.events.oom_kill: 0\n"
		     : "",
		expect);
}
