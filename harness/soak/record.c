/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <time.h>

#include "base/cleanup.h"
#include "soak/soak.h"

#define HOUR_S 3600

static const char *rate(char *buf, double per_second, enum unit unit)
{
	int64_t v = llround(per_second * HOUR_S);

	/* Digits that say something: pages, or eighths of a megabyte. */
	if (unit == UNIT_BYTES)
		v -= v % (llabs(v) < 16 * MIB ? 4 * KIB : 128 * KIB);
	return quantity_format_signed(buf, v, unit);
}

char *soak_per_hour(char buf[SOAK_TEXT_MAX], const struct soak_drift *d)
{
	char at[QUANTITY_MAX], low[QUANTITY_MAX], high[QUANTITY_MAX];

	if (!d->drift.known)
		snprintf(buf, SOAK_TEXT_MAX, "too few rounds to say");
	else
		snprintf(buf, SOAK_TEXT_MAX, "%s an hour (%s .. %s)",
			 rate(at, d->drift.slope, d->unit), rate(low, d->drift.low, d->unit),
			 rate(high, d->drift.high, d->unit));
	return buf;
}

static void add_verdict(struct record *r, const struct soak_drift *d)
{
	struct check_verdict *v = arena_push(&r->arena, r->verdicts, r->n_verdicts);
	char how[SOAK_TEXT_MAX], first[QUANTITY_MAX], last[QUANTITY_MAX];

	*v = (struct check_verdict){
		.check = -1,
		.phase = CHECK_TRIAL,
		.verdict = d->leak	    ? V_FAIL
			   : d->drift.known ? V_PASS
					    : V_SKIP,
		.base = VALUE_ABSENT,
		.value = VALUE_ABSENT,
		.compared = VALUE_ABSENT,
		.low = INT64_MIN,
		.high = VALUE_MAX,
		.word = arena_strdup(&r->arena, soak_per_hour(how, d)),
	};
	snprintf(v->name, sizeof(v->name), "drift of %s", d->name);
	if (d->judged)
		snprintf(v->expected, sizeof(v->expected), "no growth that lasts");
	if (d->leak)
		snprintf(v->why, sizeof(v->why),
			 "%s grew in both halves of the soak, by %s, from %s to %s: memory is lost",
			 d->name, how, quantity_format(first, d->first, d->unit),
			 quantity_format(last, d->last, d->unit));
}

/* What is lost fastest: a file that stays takes some slab along. Numbers of bytes come before
 * counts. */
static bool is_worse(const struct soak_drift *a, const struct soak_drift *b)
{
	if (!a->leak || !b)
		return a->leak;
	if ((a->unit == UNIT_BYTES) != (b->unit == UNIT_BYTES))
		return a->unit == UNIT_BYTES;
	return a->drift.slope > b->drift.slope;
}

int soak_record(const struct soak *s, const char *name, struct record *ret)
{
	_cleanup_free_ struct soak_drift *all = calloc(soak_numbers(), sizeof(*all));
	const struct soak_drift *worst = NULL;
	int leaks = all ? soak_judge(s, all) : -ENOMEM;
	struct timespec ts;

	if (leaks < 0)
		return leaks;
	clock_gettime(CLOCK_REALTIME, &ts);
	*ret = (struct record){.fate = V_PASS, .verdict = leaks ? V_FAIL : V_PASS};
	if (s->n < SOAK_ROUNDS_MIN) {
		ret->fate = ret->verdict = V_SKIP;
		snprintf(ret->reason, sizeof(ret->reason),
			 "whether something leaks needs %d rounds, there were %zu", SOAK_ROUNDS_MIN,
			 s->n);
	}
	ret->started_unix_ns = ts.tv_sec * NSEC_PER_SEC + ts.tv_nsec;
	ret->page_size = page_size();
	if (s->n)
		ret->duration_ns = mono_now().ns - s->begin_ns;
	ret->spec.name = name;
	ret->spec.summary = "what the machine does not get back, round after round";
	for (size_t i = 0; i < soak_numbers(); i++) {
		add_verdict(ret, &all[i]);
		if (!is_worse(&all[i], worst))
			continue;
		worst = &all[i];
		snprintf(ret->verdict_why, sizeof(ret->verdict_why), "%.500s",
			 ret->verdicts[i].why);
	}
	return leaks;
}
