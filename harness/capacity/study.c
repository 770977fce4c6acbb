/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The order of things: runs without a limit, the search, the ends of the knee. */
#include <errno.h>
#include <math.h>
#include <string.h>

#include "base/cleanup.h"
#include "capacity/capacity.h"

/* How long a run without a limit may take, and how much longer one with a limit. */
#define FREE_TIMEOUT   (3600 * NSEC_PER_SEC)
#define LIMITED_FACTOR 10
#define LIMITED_LEAST  (10 * NSEC_PER_SEC)

const struct question questions[ASK_MAX] = {
#define X(id, word, most, number, what) {word, most, number, what},
	QUESTION_TABLE(X)
#undef X
};

static int prepare_search(struct study *s, struct err *err)
{
	const struct study_config *c = &s->config;
	struct search *all[] = {&s->search, &s->cliff, &s->easy};

	for (size_t i = 0; i < ARRAY_SIZE(all); i++)
		if ((questions[c->question].number
			     ? search_numbers(all[i], c->low, c->high)
			     : search_sizes(all[i], c->low, c->high, c->resolution,
					    c->plan->machine->page_size)) < 0)
			return err_set_class(err, ERR_USAGE, -EINVAL,
					     "--range, --resolution: the range is empty, or has "
					     "more than %d steps",
					     SEARCH_CELLS / 2);
	return 0;
}

/* Probes and references that are still to come, roughly. */
static int about(const struct study *s)
{
	int left = s->search.bisect + 4 - s->search.probes;

	return (int)s->n_probes + MAX(left, 1);
}

static int tell(struct study *s, const struct probe *p, struct err *err)
{
	if (s->config.told)
		s->config.told(s->config.data, p, (int)(s->n_references + s->n_probes),
			       (int)s->n_references + about(s));
	return s->config.state ? state_save(s, err) : 0;
}

static dur_t timeout_of(const struct study *s)
{
	int64_t free = s->runtime_ns == VALUE_ABSENT ? 0 : s->runtime_ns;

	if (s->config.timeout.ns)
		return s->config.timeout;
	if (!s->n_references)
		return nsec(FREE_TIMEOUT);
	return nsec(MAX(LIMITED_FACTOR * free, LIMITED_LEAST));
}

/* During a run it listens itself. */
static int run(struct study *s, int64_t value, struct probe *p, struct err *err)
{
	int r = s->config.caught ? s->config.caught() : 0;

	return r ? r : probe_run(s, value, timeout_of(s), p, err);
}

static int check_reference(const struct study *s, const struct probe *p, struct err *err)
{
	char room[QUANTITY_MAX];

	quantity_format(room, s->config.command ? s->config.room : s->config.high, UNIT_BYTES);
	switch (p->outcome) {
	case PROBE_FINISHED:
		return 0;
	case PROBE_OOM:
		return err_set_class(err, ERR_FAIL, -ENOMEM,
				     "%s was OOM-killed with %s already, all that it was given",
				     s->config.title, room);
	case PROBE_TIMEOUT:
		return err_set_class(err, ERR_BROKEN, -ETIMEDOUT,
				     "%s did not end in time without a limit (--timeout)",
				     s->config.title);
	default:
		return err_set_class(err, ERR_USAGE, -ECHILD,
				     "%s fails without a limit too%s%s%lld%s", s->config.title,
				     p->exit_code ? "" : ": look at `memtrial run`",
				     p->exit_code ? ": it exited with " : "",
				     (long long)p->exit_code,
				     p->exit_code == 127
					     ? ", as a shell does when there is no such "
					       "command"
					     : "");
	}
}

static int run_references(struct study *s, struct err *err)
{
	while (s->n_references < (size_t)s->config.references + 1) {
		struct probe p;
		int r = run(s, VALUE_MAX, &p, err);

		if (r == 0)
			r = check_reference(s, &p, err);
		if (r == 0) {
			p.enough = true;
			*arena_push(&s->arena, s->references, s->n_references) = p;
			r = tell(s, &p, err);
		}
		if (r)
			return r;
		study_weigh(s);
	}
	return 0;
}

static int run_one(struct study *s, int64_t value, struct err *err)
{
	struct probe p;
	int r = run(s, value, &p, err);

	if (r)
		return r;
	*arena_push(&s->arena, s->probes, s->n_probes) = p;
	study_rethink(s);
	return tell(s, &s->probes[s->n_probes - 1], err);
}

static int follow(struct study *s, const struct search *search, struct err *err)
{
	int64_t value;
	int r = 0;

	while (r == 0 && search_next(search, &value))
		r = run_one(s, value, err);
	return r;
}

int study_run(struct study *s, struct err *err)
{
	int64_t begin = mono_now().ns;
	int r = prepare_search(s, err);

	if (r == 0 && s->config.state)
		r = state_load(s, err);
	if (r == 0)
		r = run_references(s, err);
	if (r == 0) {
		study_rethink(s);
		r = follow(s, &s->search, err);
	}
	if (r == 0 && s->config.knee) {
		/* What the first search has shown of them cost nothing. */
		s->cliff.limit += s->cliff.bisect;
		r = follow(s, &s->cliff, err);
		s->easy.limit = s->easy.probes + s->easy.bisect;
		r = r ? r : follow(s, &s->easy, err);
	}
	s->took_ns = mono_now().ns - begin;
	return r;
}

void study_free(struct study *s)
{
	arena_free(&s->arena);
}
