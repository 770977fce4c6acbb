/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The runs: each a trial by the draft, judged, so that a number is what a check would be told. */
#include <errno.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/words.h"
#include "judge/judge.h"
#include "portrait/portrait.h"

/* A plan and all that it was made of. */
struct made {
	struct profile profile;
	struct plan plan;
	struct diags diags;
};

static void made_free(struct made *m)
{
	plan_free(&m->plan);
	profile_free(&m->profile);
	diags_free(&m->diags);
}

static int make(const struct portrait *p, struct arena *a, struct made *m, struct err *err)
{
	const char *text = portrait_text(p, a, NULL);
	int r;

	if (profile_parse(&m->profile, "record", text, strlen(text), NULL, 0, &m->diags) < 0)
		return err_set_class(err, ERR_USAGE, -EINVAL,
				     "the command or its name cannot stand in a profile: %s; put "
				     "it into a script",
				     m->diags.n ? m->diags.list[0].text : "?");
	r = plan_build(&m->plan, &m->profile, p->config.plan, &m->diags, err);
	if (m->diags.n)
		return err_set_class(err, ERR_USAGE, -EINVAL, "%s", m->diags.list[0].text);
	if (r < 0)
		return r;
	return m->plan.skip ? err_set_class(err, ERR_SKIP, -ENODEV, "%s", m->plan.skip) : 0;
}

static bool was_killed(const struct record *r)
{
	for (size_t i = 0; i < r->n_workers; i++)
		if (r->workers[i].outcome == OUTCOME_OOM_KILLED)
			return true;
	return r->n_ooms > 0;
}

static int64_t exit_code(const struct record *r, int phase, const char *name)
{
	const struct reading *rd = record_reading(r, phase);

	return rd ? record_value(r, rd, name) : VALUE_ABSENT;
}

/* A command that does not do its work has no portrait. Its warm-up is a run like any other. */
static int check_exit(const struct portrait *p, int64_t code, struct err *err)
{
	const char *name = code > 128 && code < 256 ? sigabbrev_np((int)code - 128) : NULL;

	if (code == 0 || code == VALUE_ABSENT)
		return 0;
	if (name)
		return err_set_class(err, ERR_USAGE, -ECHILD, "%s was killed by SIG%s",
				     p->config.title, name);
	return err_set_class(err, ERR_USAGE, -ECHILD, "%s fails: it exited with %lld%s",
			     p->config.title, (long long)code,
			     code == 127 ? ", as a shell does when there is no such command" : "");
}

static int check_run(const struct portrait *p, const struct record *r, struct err *err)
{
	char room[QUANTITY_MAX];
	int ret;

	if (was_killed(r)) {
		quantity_format(room,
				p->config.limit != VALUE_MAX ? p->config.limit : p->config.room,
				UNIT_BYTES);
		return err_set_class(err, ERR_FAIL, -ENOMEM, "%s was OOM-killed within %s",
				     p->config.title, room);
	}
	if (r->fate != V_PASS)
		return err_set_class(err, r->fate == V_SKIP ? ERR_SKIP : ERR_BROKEN, -EIO, "%s",
				     r->reason);
	for (size_t i = 0; i < r->n_untils; i++)
		if (!r->untils[i].met)
			return err_set_class(err, ERR_BROKEN, -ETIMEDOUT,
					     "%s did not end in time (--timeout)", p->config.title);
	ret = check_exit(p, exit_code(r, 0, "warmup.exit_code"), err);
	if (ret == 0)
		ret = check_exit(p, exit_code(r, 1, "command.exit_code"), err);
	if (ret == 0 && r->verdict != V_PASS)
		ret = err_set_class(err, ERR_BROKEN, -EIO, "run %zu is no run to go by: %s",
				    p->n + 1, r->verdict_why);
	return ret;
}

static void read_values(const struct record *r, struct sitting *s)
{
	for (int i = 0; i < TRAITS; i++)
		s->values[i] = VALUE_ABSENT;
	for (size_t i = 0; i < r->n_verdicts; i++) {
		const struct check_verdict *v = &r->verdicts[i];

		if (v->check < 0 || v->verdict == V_SKIP || v->verdict == V_BROKEN)
			continue;
		for (int k = 0; k < TRAITS; k++)
			if (str_eq(v->name, traits[k].metric))
				s->values[k] = v->compared;
	}
	for (size_t i = 0; i < r->n_untils; i++)
		s->runtime_ns = MAX(s->runtime_ns, r->untils[i].took_ns);
}

static int sit(struct portrait *p, struct sitting *s, struct err *err)
{
	_cleanup_(arena_free) struct arena text = {0};
	struct made m = {0};
	struct record record = {0};
	int r = make(p, &text, &m, err);

	if (r == 0) {
		p->config.trial.number++;
		r = trial_run(&p->config.trial, &m.plan, &record);
		if (r == 0) {
			judge_record(&record);
			r = check_run(p, &record, err);
		}
		if (r == 0)
			read_values(&record, s);
		record_free(&record);
	}
	made_free(&m);
	return r;
}

int portrait_take(struct portrait *p, struct err *err)
{
	struct sitting *all = arena_array(&p->arena, (size_t)p->config.runs, sizeof(*all));
	int r = 0;

	/* Until all are there the text is the draft's. */
	for (int i = 0; i < p->config.runs && r == 0; i++) {
		r = sit(p, &all[i], err);
		if (r == 0 && p->config.told)
			p->config.told(p->config.data, &all[i], i + 1);
	}
	if (r == 0) {
		p->sittings = all;
		p->n = (size_t)p->config.runs;
	}
	return r;
}

void portrait_free(struct portrait *p)
{
	arena_free(&p->arena);
}
