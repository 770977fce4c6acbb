/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What runs are worth as a yardstick, how much they differ by chance, and what a probe means. */
#include <math.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "capacity/capacity.h"

/* Few runs show too little of the noise: never held to be less than this. */
#define NOISE_LEAST 0.02
/* "As fast as without a limit": within so many standard deviations. */
#define EASY_SIGMAS 2

static int by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* Median, and the standard deviation by the mean distance to it (of a normal: sqrt(2 / pi)). */
static void median_of(double *v, int n, double *ret, double *ret_noise)
{
	double away = 0;

	*ret = NAN;
	*ret_noise = NOISE_LEAST;
	if (!n)
		return;
	qsort(v, (size_t)n, sizeof(*v), by_size);
	*ret = (v[(n - 1) / 2] + v[n / 2]) / 2;
	for (int i = 0; i < n; i++)
		away += fabs(v[i] - *ret);
	if (n > 1 && fabs(*ret) > 0)
		*ret_noise = fmax(NOISE_LEAST, away / (n - 1) / fabs(*ret) * 1.2533);
}

/* What is measured: an objective's number, the runtime where o is -1. */
static double measured(const struct probe *p, int o)
{
	if (o >= 0)
		return p->number[o];
	return p->runtime_ns == VALUE_ABSENT ? NAN : (double)p->runtime_ns;
}

#define WEIGHED_MAX 256

static int by_value(const void *a, const void *b)
{
	const struct probe *x = *(const struct probe *const *)a;
	const struct probe *y = *(const struct probe *const *)b;

	return (x->value > y->value) - (x->value < y->value);
}

/*
 * Noise by the steps from one run to the next one with a little more memory: a trend adds little
 * to each of them, and to their median nothing that a few large ones do. The median of the
 * distance of two of a normal is 0.954 standard deviations.
 */
static double noise_of_steps(const struct study *s, int o, double median)
{
	const struct probe *all[WEIGHED_MAX];
	double steps[WEIGHED_MAX], last = NAN;
	int n = 0, n_steps = 0;

	for (size_t i = 0; i < s->n_probes && n < WEIGHED_MAX; i++)
		if (s->probes[i].outcome == PROBE_FINISHED)
			all[n++] = &s->probes[i];
	for (size_t i = 1; i < s->n_references && n < WEIGHED_MAX; i++)
		all[n++] = &s->references[i];
	qsort(all, (size_t)n, sizeof(*all), by_value);
	for (int i = 0; i < n; i++) {
		double v = measured(all[i], o);

		if (isnan(v))
			continue;
		if (!isnan(last))
			steps[n_steps++] = fabs(v - last);
		last = v;
	}
	if (n_steps < 3 || !(fabs(median) > 0))
		return 0;
	qsort(steps, (size_t)n_steps, sizeof(*steps), by_size);
	return (steps[(n_steps - 1) / 2] + steps[n_steps / 2]) / 2 / 0.954 / fabs(median);
}

static void weigh_one(const struct study *s, int o, double *ret, double *ret_noise)
{
	/* The first one reads its files and gets memory from a host that took it back. */
	size_t warm = s->n_references > 1;
	double v[WEIGHED_MAX];
	int n = 0;

	for (size_t i = warm; i < s->n_references && n < WEIGHED_MAX; i++)
		if (!isnan(measured(&s->references[i], o)))
			v[n++] = measured(&s->references[i], o);
	median_of(v, n, ret, ret_noise);
	*ret_noise = fmax(*ret_noise, noise_of_steps(s, o, *ret));
}

void study_weigh(struct study *s)
{
	double runtime;

	weigh_one(s, -1, &runtime, &s->runtime_noise);
	s->runtime_ns = isnan(runtime) ? VALUE_ABSENT : (int64_t)runtime;
	for (int o = 0; o < s->n_objectives; o++)
		weigh_one(s, o, &s->reference[o], &s->noise[o]);
}

void study_judge(const struct study *s, struct probe *p)
{
	double surest = 1;

	p->broke = -1;
	p->wrong = 0;
	p->enough = p->outcome == PROBE_FINISHED;
	if (!p->enough)
		return;
	for (int i = 0; i < s->n_objectives; i++) {
		const struct objective *o = &s->objectives[i];
		double doubt = objective_doubt(o, p->number[i], s->reference[i], s->noise[i]);

		if (!objective_met(o, p->number[i], s->reference[i])) {
			/* The one that is missed most clearly decides. */
			if (p->broke < 0 || doubt < surest) {
				p->broke = i;
				surest = doubt;
			}
		} else if (p->broke < 0) {
			p->wrong = fmax(p->wrong, doubt);
		}
	}
	if (p->broke >= 0) {
		p->enough = false;
		p->wrong = surest;
	}
}

/* A probe as evidence for the three searches. */
static void believe(struct study *s, const struct probe *p)
{
	const struct objective fast = {.at_most = true,
				       .relative = true,
				       .bound = 1 + EASY_SIGMAS * s->runtime_noise};
	double reference = (double)s->runtime_ns, took = (double)p->runtime_ns;
	bool finished = p->outcome == PROBE_FINISHED;

	/* What is too much is an edge as well: the least that is. */
	search_add(&s->search, p->value, p->enough != questions[s->config.question].most, p->wrong);
	search_add(&s->cliff, p->value, p->outcome != PROBE_OOM, 0);
	if (s->runtime_ns == VALUE_ABSENT || (finished && p->runtime_ns == VALUE_ABSENT))
		return;
	if (finished)
		search_add(&s->easy, p->value, objective_met(&fast, took, reference),
			   objective_doubt(&fast, took, reference, s->runtime_noise));
	else
		search_add(&s->easy, p->value, false, 0);
}

void study_rethink(struct study *s)
{
	study_weigh(s);
	search_forget(&s->search);
	search_forget(&s->cliff);
	search_forget(&s->easy);
	for (size_t i = 0; i < s->n_probes; i++) {
		study_judge(s, &s->probes[i]);
		believe(s, &s->probes[i]);
	}
}
