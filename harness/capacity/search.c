/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The probabilistic bisection of Horstein (1963), as Burnashev and Zigangirov (1974) discretised
 * it: probe where belief is halved, multiply it by how likely the outcome is on either side.
 */
#include "capacity/search.h"

#include <errno.h>
#include <math.h>
#include <string.h>

#include "base/cleanup.h"

/* Belief that the answer must have, that each end of the range is given in advance. */
#define SURE	  0.98
#define END_PRIOR (1.0 / 16)
/*
 * The edge is no wall: a workload's need varies from run to run, by one of so many cells (standard
 * deviation). By which is found out with it; who takes it for small by rule is surer than right as
 * soon as it is not. In advance most are held to be hardly soft.
 */
static const double soft[SEARCH_SOFTS] = {0.5, 1, 2, 4, 8, 16};
#define HARD_PRIOR 0.65

static double soft_prior(const struct search *s, int k)
{
	if (s->softs == 1)
		return 1;
	return k ? (1 - HARD_PRIOR) / (SEARCH_SOFTS - 1) : HARD_PRIOR;
}

void search_forget(struct search *s)
{
	s->probes = 0;
	/* A number is enough or not: there is nothing between two of them. */
	s->softs = s->span == 1 ? 1 : SEARCH_SOFTS;
	s->belief[0] = s->belief[s->n + 1] = END_PRIOR;
	for (int i = 1; i <= s->n; i++)
		s->belief[i] = (1 - 2 * END_PRIOR) / s->n;
	for (int k = 0; k < s->softs; k++)
		for (int i = 0; i <= s->n + 1; i++)
			s->joint[k][i] = s->belief[i] * soft_prior(s, k);
}

static void begin(struct search *s, int span, int bisect)
{
	s->span = span;
	s->bisect = bisect > 1 ? bisect : 1;
	s->limit = 2 * s->bisect;
	search_forget(s);
}

int search_sizes(struct search *s, int64_t low, int64_t high, double resolution, int64_t page)
{
	double ratio = log((double)high / (double)low), width = log1p(resolution);
	int steps;

	memset(s, 0, sizeof(*s));
	low = (low + page - 1) / page * page;
	high = high / page * page;
	if (low < page || low >= high || !(resolution > 0) || ratio / width * 2 > SEARCH_CELLS)
		return -EINVAL;
	/* Two cells are as wide as the answer may be: it may lie across a border. */
	steps = (int)ceil(ratio / width * 2);
	s->at[0] = low;
	for (int i = 1; i <= steps; i++) {
		int64_t v = (int64_t)((double)low * exp(ratio * i / steps)) / page * page;

		if (i == steps)
			v = high;
		if (v > s->at[s->n])
			s->at[++s->n] = v;
	}
	begin(s, 2, (int)ceil(log2(ratio / width)));
	return s->n >= 2 ? 0 : -EINVAL;
}

int search_numbers(struct search *s, int64_t low, int64_t high)
{
	memset(s, 0, sizeof(*s));
	if (low < 0 || low > high || high - low > SEARCH_CELLS)
		return -EINVAL;
	s->n = (int)(high - low);
	for (int i = 0; i <= s->n; i++)
		s->at[i] = low + i;
	begin(s, 1, (int)ceil(log2(s->n + 2)));
	return 0;
}

/* How likely "enough" is at at[i] when the edge is in cell c and so soft, apart from what goes
 * wrong. */
static double likely(const struct search *s, int i, int c, int k)
{
	double d = i - c + 0.5;

	if (s->span == 1)
		return d > 0;
	return 0.5 * erfc(-d / soft[k] / M_SQRT2);
}

static int index_of(const struct search *s, int64_t value)
{
	int low = 0, high = s->n;

	while (low < high) {
		int mid = (low + high) / 2;

		if (s->at[mid] < value)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

void search_add(struct search *s, int64_t value, bool enough, double wrong)
{
	int i = index_of(s, value);
	double sum = 0;

	wrong = MIN(MAX(wrong, SEARCH_WRONG), SEARCH_DOUBT);
	for (int c = 0; c <= s->n + 1; c++) {
		s->belief[c] = 0;
		for (int k = 0; k < s->softs; k++) {
			double p = wrong + (1 - 2 * wrong) * likely(s, i, c, k);

			s->joint[k][c] *= enough ? p : 1 - p;
			s->belief[c] += s->joint[k][c];
		}
		sum += s->belief[c];
	}
	for (int c = 0; c <= s->n + 1; c++) {
		s->belief[c] /= sum;
		for (int k = 0; k < s->softs; k++)
			s->joint[k][c] /= sum;
	}
	s->probes++;
}

/* The window of so many cells side by side that is believed in most; not across an end. */
static double best_window(const struct search *s, int *ret_first, int *ret_count)
{
	double best = s->belief[0];

	*ret_first = 0;
	*ret_count = 1;
	for (int c = 1; c <= s->n; c++) {
		int count = MIN(s->span, s->n + 1 - c);
		double sum = 0;

		for (int k = 0; k < count; k++)
			sum += s->belief[c + k];
		if (sum > best) {
			best = sum;
			*ret_first = c;
			*ret_count = count;
		}
	}
	if (s->belief[s->n + 1] > best) {
		best = s->belief[s->n + 1];
		*ret_first = s->n + 1;
		*ret_count = 1;
	}
	return best;
}

bool search_next(const struct search *s, int64_t *ret)
{
	int first, count, at = 0;
	double best = 2, below = 0;

	if (s->probes >= s->limit || best_window(s, &first, &count) >= SURE)
		return false;
	/*
	 * Where belief is halved, but not within what would be an answer already: there more
	 * probes make it narrower than was asked for, and no surer.
	 */
	for (int i = 0; i <= s->n; i++) {
		double uneven;

		below += s->belief[i];
		uneven = fabs(below - 0.5);
		if (i >= first && i < first + count - 1 && s->belief[i] + s->belief[i + 1] > 0.5)
			continue;
		if (uneven < best) {
			best = uneven;
			at = i;
		}
	}
	*ret = s->at[at];
	return true;
}

/* As sure, but wider than was asked for: what is left when there are no more probes. */
static void widen(const struct search *s, int *first, int *count, double *sum)
{
	double rest = (1 - SURE) / 2, left = s->belief[0], right = s->belief[s->n + 1];
	int low = 1, high = s->n;

	while (low < high && left + s->belief[low] <= rest)
		left += s->belief[low++];
	while (high > low && right + s->belief[high] <= rest)
		right += s->belief[high--];
	*first = low;
	*count = high - low + 1;
	*sum = 1 - left - right;
}

/* The middle of the cell in which belief is halved. */
static int64_t median(const struct search *s)
{
	double below = s->belief[0];
	int c = 1;

	while (c < s->n && below + s->belief[c] < 0.5)
		below += s->belief[c++];
	return s->at[c - 1] + (s->at[c] - s->at[c - 1]) / 2;
}

void search_answer(const struct search *s, struct search_answer *ret)
{
	int first, count;
	double sum = best_window(s, &first, &count);
	bool below = first == 0, above = first == s->n + 1;

	*ret = (struct search_answer){.sure = sum, .done = sum >= SURE};
	if (below || above || !s->n) {
		ret->where = above ? SEARCH_ABOVE : SEARCH_BELOW;
		ret->low = ret->high = ret->best = s->at[above ? s->n : 0];
		return;
	}
	if (!ret->done)
		widen(s, &first, &count, &ret->sure);
	ret->low = s->at[first - 1];
	ret->high = s->at[first + count - 1];
	ret->best = ret->done ? ret->low + (ret->high - ret->low) / 2 : median(s);
}
