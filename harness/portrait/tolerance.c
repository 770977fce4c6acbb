/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "portrait/tolerance.h"

#include <math.h>

#include "base/cleanup.h"

/* Beyond so many events a Poisson distribution is a normal one. */
#define POISSON_EVENTS 1000

/* P(|T| <= t): Abramowitz and Stegun 26.7.3 and 26.7.4. */
static double student_within(double t, int freedom)
{
	double theta = atan(t / sqrt(freedom)), c = cos(theta), term = 1, sum = 0;
	int first = freedom % 2;

	if (freedom == 1)
		return 2 * theta / M_PI;
	if (first)
		term = c;
	for (int k = 2 + first; k <= freedom; k += 2) {
		sum += term;
		term *= c * c * (k - 1) / k;
	}
	sum *= sin(theta);
	return first ? 2 / M_PI * (theta + sum) : sum;
}

double student_t(double tail, int freedom)
{
	double low = 0, high = 1;

	while (student_within(high, freedom) < 1 - 2 * tail && high < 1e12)
		high *= 2;
	for (int i = 0; i < 100; i++) {
		double mid = (low + high) / 2;

		*(student_within(mid, freedom) < 1 - 2 * tail ? &low : &high) = mid;
	}
	return high;
}

struct moments {
	double mean, deviation, low, high;
};

static struct moments moments_of(const int64_t *v, size_t n)
{
	struct moments m = {.low = (double)v[0], .high = (double)v[0]};

	for (size_t i = 0; i < n; i++) {
		m.mean += (double)v[i] / (double)n;
		m.low = fmin(m.low, (double)v[i]);
		m.high = fmax(m.high, (double)v[i]);
	}
	for (size_t i = 0; i < n; i++)
		m.deviation += pow((double)v[i] - m.mean, 2);
	m.deviation = sqrt(m.deviation / (double)(n - 1));
	return m;
}

/* Half of what misses is above. */
static double reach(double deviation, size_t n, double miss)
{
	return student_t(miss / 2, (int)n - 1) * deviation * sqrt(1 + 1 / (double)n);
}

struct span tolerance_of(const int64_t *v, size_t n, double miss, double step)
{
	struct moments m = moments_of(v, n);
	double far = reach(fmax(m.deviation, GRAIN * step), n, miss);

	return (struct span){fmin(m.mean - far, m.low), fmax(m.mean + far, m.high)};
}

/* The prediction is a negative binomial distribution: Gamma(sum + 1/2, n) mixed over Poisson. */
static double poisson_most(double sum, double n, double miss)
{
	double p = pow(n / (n + 1), sum + 0.5), left = 1 - p;
	int k = 0;

	while (left > miss && k < 4 * POISSON_EVENTS) {
		p *= (sum + 0.5 + k) / (k + 1) / (n + 1);
		left -= p;
		k++;
	}
	return k;
}

int64_t tolerance_of_events(const int64_t *v, size_t n, double miss)
{
	struct moments m = moments_of(v, n);
	double sum = m.mean * (double)n, most = fmax(m.high, 0);

	if (sum > 0)
		most = fmax(most, m.mean + reach(fmax(m.deviation, sqrt(m.mean)), n, miss));
	if (sum <= POISSON_EVENTS)
		most = fmax(most, poisson_most(sum, (double)n, miss));
	return (int64_t)ceil(most);
}
