/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/capacity_take.h"

#include <errno.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/words.h"
#include "capacity/output.h"

#define usage(err, ...) err_set_class(err, ERR_USAGE, -EINVAL, __VA_ARGS__)

/* "64M..4G". */
static int take_range(struct capacity *c, struct err *err)
{
	const char *text = c->cli->range, *dots = text ? strstr(text, "..") : NULL;
	struct study_config *s = &c->study.config;
	enum unit low_unit, high_unit;

	s->low = 64 * MIB;
	if (!text)
		return 0;
	if (!dots || quantity_parse(text, (size_t)(dots - text), &s->low, &low_unit) < 0 ||
	    quantity_parse(dots + 2, strlen(dots + 2), &s->high, &high_unit) < 0 ||
	    low_unit != UNIT_BYTES || high_unit != UNIT_BYTES)
		return usage(err, "--range: \"%s\" is no range of sizes such as 64M..4G", text);
	if (s->low >= s->high)
		return usage(err, "--range: \"%s\" is empty", text);
	if (s->low < 64 * KIB)
		return usage(err, "--range: \"%s\" begins below 64K, where no process can live",
			     text);
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
	return take_range(c, err);
}

/* Found before anything is made, as a shell would say it only in the group. */
static int find_command(const char *name, struct err *err)
{
	const char *path = getenv("PATH");
	char full[PATH_MAX];

	if (strchr(name, '/'))
		return access(name, X_OK) == 0
			       ? 0
			       : err_set_class(err, ERR_USAGE, -errno, "cannot run %s: %s", name,
					       strerror(errno));
	for (const char *at = path ? path : "/usr/bin:/bin"; *at;) {
		size_t n = strcspn(at, ":");

		snprintf(full, sizeof(full), "%.*s/%s", (int)n, at, name);
		if (access(full, X_OK) == 0)
			return 0;
		at += n + (at[n] == ':');
	}
	return usage(err, "no command %s in $PATH (a shell's own words need: -- sh -c '...')",
		     name);
}

static int take_command(struct capacity *c, struct err *err)
{
	struct cli *cli = c->cli;
	struct study_config *s = &c->study.config;
	struct arena *a = &c->study.arena;
	int r = find_command(cli->args[1], err);

	s->command = "exec";
	s->title = "";
	for (size_t i = 1; i < cli->n_args; i++) {
		const char *word = cli_quoted(a, cli->args[i]);

		s->command = arena_printf(a, "%s %s", s->command, word);
		s->title = arena_printf(a, "%s%s%s", s->title, i > 1 ? " " : "", word);
	}
	if (r == 0 && strlen(s->command) >= OPT_TEXT_MAX)
		r = usage(err, "the command is too long: put it into a script");
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
	s->param = near.want = c->cli->param ? c->cli->param : "limit";
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
	const char **groups = arena_array(a, p->n_groups + 2, sizeof(*groups));
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
		kinds[0] = stressor_find("exec");
		stressors[names.n_stressors++] = "command";
	}
	for (size_t i = 0; i < c->cli->n_slo; i++) {
		struct objective *o = &s->objectives[s->n_objectives];

		if (objective_parse(o, c->cli->slo[i], &names, s->config.regex, err) < 0)
			return -EINVAL;
		s->n_objectives++;
	}
	return 0;
}

static int check_words(const struct cli *cli, struct err *err)
{
	if (!cli->n_args)
		return usage(err, "capacity wants a question: limit");
	if (!str_eq(cli->args[0], "limit"))
		return usage(err, "capacity has no question \"%s\"; there is: limit", cli->args[0]);
	if (cli->profile && cli->n_args > 1)
		return usage(err, "either --profile or a command, not both: %s", cli->args[1]);
	if (!cli->profile && cli->n_args < 2)
		return usage(err, "capacity limit wants -- COMMAND... or --profile NAME");
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

	if (check_words(c->cli, &err) < 0 || take_numbers(c, &err) < 0)
		return cli_error(&err);
	if (c->cli->profile) {
		if ((code = take_profile(c, &err)))
			return code;
	} else if (take_command(c, &err) < 0) {
		return cli_error(&err);
	}
	return take_objectives(c, &err) < 0 ? cli_error(&err) : 0;
}
