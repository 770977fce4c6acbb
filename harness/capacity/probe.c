/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One run: a profile for it, its plan, the trial, and what the record says. */
#include <errno.h>
#include <math.h>
#include <string.h>
#include <sys/wait.h>

#include "base/cleanup.h"
#include "base/words.h"
#include "capacity/inside.h"
#include "capacity/output.h"
#include "judge/value.h"

const char *const probe_words[] = {"finished", "oom-killed", "failed", "timeout", NULL};

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

static int load_command(const struct study *s, struct made *m, int64_t limit, dur_t timeout,
			struct err *err)
{
	const char *text = command_profile(s, &m->profile.arena, limit, timeout);

	/* profile_parse() begins with an empty profile; the text must outlive it. */
	text = arena_strdup((struct arena *)&s->arena, text);
	arena_free(&m->profile.arena);
	return profile_parse(&m->profile, "capacity", text, strlen(text), NULL, 0, &m->diags) < 0
		       ? err_set(err, -EINVAL, "the profile of a probe is wrong: %s",
				 m->diags.n ? m->diags.list[0].text : "?")
		       : 0;
}

static int load_profile_at(const struct study *s, struct made *m, int64_t value, struct err *err)
{
	const struct study_config *c = &s->config;
	struct profile_override set[65];
	char text[24];
	int r;

	if (c->n_set >= ARRAY_SIZE(set))
		return err_set_class(err, ERR_USAGE, -E2BIG, "too many --set");
	if (c->n_set)
		memcpy(set, c->set, c->n_set * sizeof(*set));
	snprintf(text, sizeof(text), questions[c->question].number ? "%lld" : "%lldB",
		 (long long)value);
	set[c->n_set] = (struct profile_override){c->param, text};
	r = profile_load(&m->profile, c->profile, set, c->n_set + 1, &m->diags, err);
	if (m->diags.n)
		return err_set_class(err, ERR_USAGE, -EINVAL, "%s with %s=%s: %s", c->profile,
				     c->param, text, m->diags.list[0].text);
	return r;
}

/* Of a profile the yardstick is the end of the range where least can go wrong. */
static int64_t easiest(const struct study_config *c)
{
	return questions[c->question].most ? c->low : c->high;
}

static int make(const struct study *s, struct made *m, int64_t value, dur_t timeout,
		struct err *err)
{
	const struct study_config *c = &s->config;
	struct plan_stressor *ps;
	int r = c->command ? load_command(s, m, value, timeout, err)
			   : load_profile_at(s, m, value == VALUE_MAX ? easiest(c) : value, err);

	if (r < 0)
		return r;
	r = plan_build(&m->plan, &m->profile, c->plan, &m->diags, err);
	if (m->diags.n)
		return err_set_class(err, ERR_USAGE, -EINVAL, "%s: %s", c->title,
				     m->diags.list[0].text);
	if (r < 0)
		return r;
	if (m->plan.skip)
		return err_set_class(err, ERR_SKIP, -ENODEV, "%s", m->plan.skip);
	if (!c->command)
		return 0;
	/* Not through YAML: a command may have any letter in it. */
	ps = &m->plan.stressors[0];
	return opt_set_text(opt_find(ps->kind->options, "command"), ps->opts, c->command, err);
}

static const struct reading *last_done(const struct record *r, const struct study *s, int64_t value)
{
	/* A command's group is empty behind the phase in which it runs. */
	return s->config.command ? record_reading(r, command_phase(s, value)) : last_reading(r);
}

static int64_t group_value(const struct study *s, const struct record *r, const struct reading *rd,
			   const char *what)
{
	char name[METRIC_NAME_MAX];

	if (!rd)
		return VALUE_ABSENT;
	snprintf(name, sizeof(name), "%s/%s", s->group, what);
	return record_value(r, rd, name);
}

static int64_t plus(int64_t a, int64_t b)
{
	if (a == VALUE_ABSENT || b == VALUE_ABSENT)
		return a == VALUE_ABSENT ? b : a;
	return a + b;
}

/* When the last of the copies ended, -1 when one did not. */
static int64_t commands_end(const struct study *s, const struct record *r)
{
	int64_t end = -1;

	for (size_t i = 0; i < r->n_workers; i++) {
		if (!str_eq(r->spec.stressors[r->workers[i].stressor].name, "command"))
			continue;
		if (r->workers[i].exited_ns <= 0)
			return -1;
		end = MAX(end, r->workers[i].exited_ns);
	}
	return s->config.command ? end : -1;
}

static int64_t runtime_of(const struct study *s, const struct record *r, const struct reading *rd,
			  int64_t value)
{
	int phase = s->config.command ? command_phase(s, value) : 0;
	int64_t begin = -1, end;

	for (size_t i = 0; i < r->n_events && begin < 0; i++)
		if (r->events[i].kind == EV_START && r->events[i].phase == phase)
			begin = r->events[i].t_ns;
	end = s->config.command ? commands_end(s, r) : rd ? rd->t_ns - rd->settle_ns : -1;
	return begin >= 0 && end > begin ? end - begin : VALUE_ABSENT;
}

/* Kills in any group of the trial, or named by the log. */
static bool was_killed(const struct record *r)
{
	for (size_t i = 0; i < r->n_columns; i++) {
		const char *slash = strrchr(r->columns[i].name, '/');

		if (!slash || !str_eq(slash + 1, "memory.events.oom_kill"))
			continue;
		for (size_t k = 0; k < r->n_readings; k++)
			if (r->readings[k].done && r->readings[k].values[i] > 0)
				return true;
	}
	for (size_t i = 0; i < r->n_workers; i++)
		if (r->workers[i].outcome == OUTCOME_OOM_KILLED)
			return true;
	return r->n_ooms > 0;
}

static bool was_missed(const struct record *r)
{
	for (size_t i = 0; i < r->n_untils; i++)
		if (!r->untils[i].met)
			return true;
	return false;
}

static bool has_failed(const struct record *r)
{
	for (size_t i = 0; i < r->n_workers; i++)
		if (r->workers[i].outcome == OUTCOME_ERROR ||
		    r->workers[i].outcome == OUTCOME_CRASHED ||
		    r->workers[i].outcome == OUTCOME_CORRUPT)
			return true;
	return false;
}

static double share(int64_t stalled, int64_t runtime)
{
	return stalled == VALUE_ABSENT || runtime <= 0 ? NAN
						       : (double)stalled * 100000 / (double)runtime;
}

static double per_second(int64_t n, int64_t runtime)
{
	return n == VALUE_ABSENT || runtime <= 0 ? NAN : (double)n * 1e12 / (double)runtime;
}

static double number_of(const struct record *r, const struct reading *rd, const struct objective *o,
			const struct probe *p, const char *match)
{
	struct metric m = {0};
	enum unit unit;
	int64_t v;
	double d;

	switch (o->kind) {
	case OBJ_RUNTIME:
		return p->runtime_ns == VALUE_ABSENT ? NAN : (double)p->runtime_ns;
	case OBJ_MAJFLT:
		return per_second(p->majfaults, p->runtime_ns);
	case OBJ_REFAULT:
		return per_second(p->refaults, p->runtime_ns);
	case OBJ_PSI_SOME:
		return p->psi_some;
	case OBJ_PSI_FULL:
		return p->psi_full;
	case OBJ_OUTPUT:
		if (objective_number(match, o->suffix, &d, &unit) < 0)
			return NAN;
		return d;
	case OBJ_METRIC:
		snprintf(m.name, sizeof(m.name), "%s", o->name);
		v = rd ? record_value(r, rd, m.name) : VALUE_ABSENT;
		return v == VALUE_ABSENT ? NAN : (double)v;
	}
	return NAN;
}

static void read_record(const struct study *s, const struct record *r, const char *match,
			struct probe *p)
{
	const struct reading *rd = last_done(r, s, p->value);

	p->exit_code = s->config.command && rd ? record_value(r, rd, "command.exit_code") : 0;
	p->outcome = was_killed(r)		     ? PROBE_OOM
		     : was_missed(r)		     ? PROBE_TIMEOUT
		     : p->exit_code || has_failed(r) ? PROBE_FAILED
						     : PROBE_FINISHED;
	p->runtime_ns = runtime_of(s, r, rd, p->value);
	p->peak = group_value(s, r, rd, "memory.peak");
	p->majfaults = group_value(s, r, rd, "memory.stat.pgmajfault");
	p->refaults = plus(group_value(s, r, rd, "memory.stat.workingset_refault_anon"),
			   group_value(s, r, rd, "memory.stat.workingset_refault_file"));
	p->psi_some = share(group_value(s, r, rd, "memory.pressure.some.total"), p->runtime_ns);
	p->psi_full = share(group_value(s, r, rd, "memory.pressure.full.total"), p->runtime_ns);
	for (int i = 0; i < s->n_objectives; i++)
		p->number[i] = number_of(r, rd, &s->objectives[i], p, match);
	p->took_ns = r->duration_ns;
}

/* A probe that could not be carried out says nothing, unless the limit was the reason. */
static int check_fate(const struct record *r, struct err *err)
{
	if (r->fate == V_PASS || (r->fate == V_BROKEN && was_killed(r)))
		return 0;
	return err_set_class(err, r->fate == V_SKIP ? ERR_SKIP : ERR_BROKEN, -EIO, "%s", r->reason);
}

/* An objective without its number would be met by silence. */
static int check_numbers(const struct study *s, const struct probe *p, const char *match,
			 struct err *err)
{
	for (int i = 0; i < s->n_objectives; i++) {
		const struct objective *o = &s->objectives[i];

		if (!isnan(p->number[i]))
			continue;
		if (o->kind == OBJ_OUTPUT)
			return err_set_class(err, ERR_USAGE, -ENODATA,
					     "--slo '%s': the output has %s%s%s", o->text,
					     match[0] ? "\"" : "nothing that --metric matches",
					     match[0] ? match : "",
					     match[0] ? "\", no number" : "");
		return err_set_class(err, ERR_SKIP, -ENODATA,
				     "--slo '%s': this machine has no such number%s", o->text,
				     o->kind == OBJ_PSI_SOME || o->kind == OBJ_PSI_FULL
					     ? " (pressure of a group: cgroup v2 with PSI)"
					     : "");
	}
	return 0;
}

int probe_run(struct study *s, int64_t value, dur_t timeout, struct probe *p, struct err *err)
{
	struct made m = {0};
	struct record record = {0};
	struct output_reader reader;
	char match[OUTPUT_MATCH];
	int r, signal = 0;

	*p = (struct probe){.value = value, .broke = -1};
	r = make(s, &m, value, timeout, err);
	if (r == 0 && !s->group[0])
		snprintf(s->group, sizeof(s->group), "%s",
			 s->config.question == ASK_NEIGHBOURS && s->config.command
				 ? "box" /* all copies together */
				 : m.plan.spec.groups[m.plan.stressors[0].groups[0]].path);
	if (r == 0 && (r = output_begin_reading(&reader, s->config.regex, err)) == 0) {
		s->config.trial.number++;
		signal = trial_run(&s->config.trial, &m.plan, &record);
		output_end_reading(&reader, match);
		r = signal ? signal : check_fate(&record, err);
		if (r == 0)
			read_record(s, &record, match, p);
		if (r == 0 && p->outcome == PROBE_FINISHED)
			r = check_numbers(s, p, match, err);
		record_free(&record);
	}
	made_free(&m);
	return r;
}
