/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/capacity_take.h"

#include <errno.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/words.h"
#include "capacity/output.h"
#include "cli/own_command.h"

/* Each copy has a group of its own. */
#define COPIES_DEFAULT 32
#define COPIES_MAX     200

#define usage(err, ...) err_set_class(err, ERR_USAGE, -EINVAL, __VA_ARGS__)

/* "64M..4G", of copies "1..32". */
static int take_range(struct capacity *c, struct err *err)
{
	const char *text = c->cli->range, *dots = text ? strstr(text, "..") : NULL;
	struct study_config *s = &c->study.config;
	bool number = questions[s->question].number;
	enum unit low_unit, high_unit, unit = number ? UNIT_COUNT : UNIT_BYTES;

	s->low = number ? 1 : s->question == ASK_PROTECT ? 16 * MIB : 64 * MIB;
	s->high = number ? COPIES_DEFAULT : 0;
	if (!text)
		return 0;
	if (!dots || quantity_parse(text, (size_t)(dots - text), &s->low, &low_unit) < 0 ||
	    quantity_parse(dots + 2, strlen(dots + 2), &s->high, &high_unit) < 0 ||
	    low_unit != unit || high_unit != unit)
		return usage(err, "--range: \"%s\" is no range of %s", text,
			     number ? "numbers such as 1..32" : "sizes such as 64M..4G");
	if (s->low >= s->high)
		return usage(err, "--range: \"%s\" is empty", text);
	if (number && (s->low < 1 || s->high > COPIES_MAX))
		return usage(err, "--range: %s is not within 1..%d", text, COPIES_MAX);
	if (!number && s->low < 64 * KIB)
		return usage(err, "--range: \"%s\" begins below 64K, where no process can live",
			     text);
	return 0;
}

/* What all of it may use together, and what of it the command is promised. */
static int take_sizes(struct capacity *c, struct err *err)
{
	struct study_config *s = &c->study.config;
	struct cli *cli = c->cli;

	if (s->question == ASK_LIMIT && cli->within)
		return usage(err, "--within is of neighbours and protect; --range ends it here");
	if (s->question != ASK_LIMIT && cli->knee)
		return usage(err, "--knee is of the question limit");
	if (s->question != ASK_PROTECT && (cli->low || cli->min))
		return usage(err, "--low and --min are of the question protect");
	if (cli->high && (s->question != ASK_LIMIT || cli->profile))
		return usage(err, "--high is of the question limit and of a command: a profile has "
				  "memory.high in a group of its own");
	if (cli->high && !cli->n_slo)
		return usage(err, "--high: memory.high kills nobody, so say with --slo what is too "
				  "little, for instance 'runtime <= 120%%'");
	if (cli->low && cli->min)
		return usage(err, "either --low or --min");
	if (cli->profile && (cli->within || cli->low || cli->min))
		return usage(err,
			     "--within, --low and --min are of a command: a profile has groups "
			     "of its own");
	s->protect_min = cli->min;
	s->search_high = cli->high;
	if (cli->within && cli_quantity("within", cli->within, UNIT_BYTES, &s->room, err) < 0)
		return -EINVAL;
	if (cli->low && cli_quantity("low", cli->low, UNIT_BYTES, &s->protect, err) < 0)
		return -EINVAL;
	if (cli->min && cli_quantity("min", cli->min, UNIT_BYTES, &s->protect, err) < 0)
		return -EINVAL;
	if (s->room < 0 || s->protect < 0 || (s->room && s->protect > s->room))
		return usage(err, "--within, --low, --min: what is promised must fit in it");
	return 0;
}

static int take_numbers(struct capacity *c, struct err *err)
{
	struct study_config *s = &c->study.config;
	struct cli *cli = c->cli;
	int64_t n = 3;
	enum unit unit;

	s->resolution = 0.01;
	if (cli->resolution) {
		if (quantity_parse(cli->resolution, strlen(cli->resolution), &n, &unit) < 0 ||
		    unit != UNIT_PERCENT || n < 50 || n > 50000)
			return usage(err,
				     "--resolution: \"%s\" is no percentage from 0.05%% to 50%%",
				     cli->resolution);
		s->resolution = (double)n / 100000;
		n = 3;
	}
	if (cli->repeat && (cli_quantity("repeat", cli->repeat, UNIT_COUNT, &n, err) < 0))
		return -EINVAL;
	if (n < 1 || n > 50)
		return usage(err, "--repeat: %s is not within 1 .. 50", cli->repeat);
	s->references = (int)n;
	s->swap_max = VALUE_MAX;
	if (cli->swap && cli_quantity("swap", cli->swap, UNIT_BYTES, &s->swap_max, err) < 0)
		return -EINVAL;
	if (cli->timeout &&
	    cli_quantity("timeout", cli->timeout, UNIT_DUR, &s->timeout.ns, err) < 0)
		return -EINVAL;
	if (cli->timeout && s->timeout.ns < NSEC_PER_SEC)
		return usage(err, "--timeout: %s is below the least of 1s", cli->timeout);
	return take_sizes(c, err) < 0 ? -EINVAL : take_range(c, err);
}

static int take_command(struct capacity *c, struct err *err)
{
	struct cli *cli = c->cli;
	struct study_config *s = &c->study.config;
	struct own_command own;
	int r = own_command_take(&c->study.arena, cli->args + 1, cli->n_args - 1, &own, err);

	s->command = own.command;
	s->title = own.title;
	s->regex = cli->metric;
	s->show_stderr = cli->verbose;
	return r == 0 && s->regex ? output_check(s->regex, err) : r;
}

/* The profile, which must have the param that is searched. Returns an exit code. */
static int take_profile(struct capacity *c, struct err *err)
{
	struct study_config *s = &c->study.config;
	const char *args[] = {c->cli->profile}, **before = c->cli->args;
	struct nearest near = {0};
	int code;

	c->cli->args = args;
	c->cli->n_args = 1;
	code = select_profiles(c->cli, &c->sel, err);
	c->cli->args = before;
	if (code < 0)
		return cli_error(err);
	s->profile = c->sel.paths[0];
	s->title = plan_trial_name(&c->study.arena, s->profile);
	s->param = near.want = c->cli->param ? c->cli->param : questions[s->question].what;
	s->set = c->cli->set;
	s->n_set = c->cli->n_set;
	code = load_profile(c->cli, s->profile, NULL, &c->loaded, err);
	if (code)
		return err->code ? cli_error(err) : code;
	for (size_t i = 0; i < c->loaded.profile.n_params; i++) {
		nearest_offer(&near, c->loaded.profile.params[i].name);
		if (str_eq(c->loaded.profile.params[i].name, s->param))
			return 0;
	}
	err_set_class(err, ERR_USAGE, -ENOENT, "%s has no param \"%s\" to search%s%s%s", s->title,
		      s->param, near.best ? "; did you mean \"" : "", near.best ? near.best : "",
		      near.best ? "\"?" : " (--param)");
	return cli_error(err);
}

static int take_objectives(struct capacity *c, struct err *err)
{
	const struct profile *p = &c->loaded.profile;
	struct arena *a = &c->study.arena;
	const char **groups = arena_array(a, p->n_groups + 3, sizeof(*groups));
	const char **stressors = arena_array(a, p->n_stressors + 2, sizeof(*stressors));
	const struct stressor **kinds = arena_array(a, p->n_stressors + 2, sizeof(*kinds));
	struct metric_names names = {groups, p->n_groups, stressors, kinds, p->n_stressors};
	struct study *s = &c->study;

	for (size_t i = 0; i < p->n_groups; i++)
		groups[i] = p->groups[i].path.s;
	for (size_t i = 0; i < p->n_stressors; i++) {
		stressors[i] = p->stressors[i].name.s;
		kinds[i] = p->stressors[i].kind;
	}
	if (s->config.command) {
		groups[names.n_groups++] = "box";
		if (s->config.question == ASK_PROTECT)
			groups[names.n_groups++] = "box/kept";
		kinds[0] = stressor_find("exec");
		stressors[names.n_stressors++] = "command";
	}
	for (size_t i = 0; i < c->cli->n_slo; i++) {
		struct objective *o = &s->objectives[s->n_objectives];

		if (objective_parse(o, c->cli->slo[i], &names, s->config.regex, err) < 0)
			return -EINVAL;
		s->n_objectives++;
	}
	/* Nine tenths of its rate. */
	if (s->config.question == ASK_PROTECT && !s->n_objectives)
		return objective_parse(&s->objectives[s->n_objectives++], "runtime <= 111%", &names,
				       NULL, err);
	return 0;
}

static int check_words(struct capacity *c, struct err *err)
{
	const struct cli *cli = c->cli;
	int question = 0;

	if (!cli->n_args)
		return usage(err, "capacity wants a question: limit, neighbours or protect");
	while (question < ASK_MAX && !str_eq(cli->args[0], questions[question].word))
		question++;
	if (question == ASK_MAX)
		return usage(
			err,
			"capacity has no question \"%s\"; there are: limit, neighbours, protect",
			cli->args[0]);
	c->study.config.question = (enum ask)question;
	if (cli->profile && cli->n_args > 1)
		return usage(err, "either --profile or a command, not both: %s", cli->args[1]);
	if (!cli->profile && cli->n_args < 2)
		return usage(err, "capacity %s wants -- COMMAND... or --profile NAME",
			     cli->args[0]);
	if (!cli->profile && (cli->n_set || cli->param))
		return usage(err, "--set and --param are of --profile");
	if (cli->profile && cli->metric)
		return usage(err, "--metric is of a command's output, and a profile has none");
	if (cli->format && !str_eq(cli->format, "text") && !str_eq(cli->format, "json"))
		return usage(err, "--format is text or json, not %s", cli->format);
	return 0;
}

int capacity_take(struct capacity *c)
{
	struct err err = {0};
	int code;

	if (check_words(c, &err) < 0 || take_numbers(c, &err) < 0)
		return cli_error(&err);
	if (c->cli->profile) {
		if ((code = take_profile(c, &err)))
			return code;
	} else if (take_command(c, &err) < 0) {
		return cli_error(&err);
	}
	return take_objectives(c, &err) < 0 ? cli_error(&err) : 0;
}
