/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "cli/capacity_send.h"
#include "cli/capacity_take.h"
#include "cli/signals.h"
#include "report/text_out.h"

/* Of the fuse beside the command: plan/groups.c. */
#define OVERHEAD     (64 * MIB)
#define HIGH_DEFAULT (4 * GIB)

static void told(void *data, const struct probe *p, int done, int about)
{
	struct capacity *c = data;
	const struct objective *missed = p->broke >= 0 ? &c->study.objectives[p->broke] : NULL;
	const struct question *q = &questions[c->study.config.question];
	char size[QUANTITY_MAX], took[QUANTITY_MAX], left[QUANTITY_MAX];
	int64_t spent = mono_now().ns - c->begun_ns;
	int ours = done - c->study.resumed;

	if (c->stream.fd >= 0)
		stream_say(&c->stream, STREAM_AT, "0 run %d of %d is over", done, about);
	if (c->cli->quiet)
		return;
	if (c->study.resumed && !c->resumed)
		fprintf(stderr, "memtrial: %d runs are in %s already\n", c->study.resumed,
			c->study.config.state);
	c->resumed = c->study.resumed;
	spent = spent / MAX(ours, 1) * MAX(about - done, 0);
	quantity_format(left, (spent / NSEC_PER_SEC + 1) * NSEC_PER_SEC, UNIT_DUR);
	fprintf(stderr, "[%d/%d] %s: %s%s%s in %s%s%s left\n", done, about,
		p->value == VALUE_MAX ? (q->most ? "alone" : "without a limit")
		: q->number	      ? quantity_format(size, p->value, UNIT_COUNT)
				      : quantity_format(size, p->value / KIB * KIB, UNIT_BYTES),
		missed ? "" : probe_words[p->outcome], missed ? "not " : "",
		missed ? missed->text : "",
		quantity_format(took, MAX(p->runtime_ns, 0) / NSEC_PER_MSEC * NSEC_PER_MSEC,
				UNIT_DUR),
		done < about ? ", about " : "", done < about ? left : ", nothing");
}

/* A guest that says nothing hangs. */
static void alive(void *data, const struct trial_progress *p)
{
	struct capacity *c = data;

	stream_at(&c->stream, 0, p->phase, p->doing);
}

/* Pressure of a group is read from its own file, which v1 has not. */
static int check_pressure(const struct capacity *c, struct err *err)
{
	for (int i = 0; i < c->study.n_objectives; i++) {
		const struct objective *o = &c->study.objectives[i];

		if ((o->kind == OBJ_PSI_SOME || o->kind == OBJ_PSI_FULL) &&
		    c->machine.memcg_version == 1)
			return err_set_class(err, ERR_SKIP, -ENOTSUP,
					     "--slo '%s': a group has a pressure of its own on "
					     "cgroup v2 only, and this machine has v1",
					     o->text);
	}
	return 0;
}

/* What the command may have without a limit, and the end of the range where none was given. */
static int make_room(struct capacity *c, struct err *err)
{
	const struct machine *m = &c->machine;
	struct study_config *s = &c->study.config;
	int64_t reserve = c->plan.reserve ? c->plan.reserve : plan_default_reserve(m);
	int64_t within = s->room;
	char room[QUANTITY_MAX];

	s->room = MIN(m->mem_total - reserve, m->mem_available);
	if (m->base_limit != VALUE_MAX)
		s->room = MIN(s->room, m->base_limit - MIN(reserve, m->base_limit / 4));
	s->room = (s->room - OVERHEAD) / MIB * MIB;
	quantity_format(room, MAX(s->room, 0), UNIT_BYTES);
	if (within > s->room)
		return err_set_class(err, ERR_SKIP, -E2BIG,
				     "--within: %s is more than %s, all that this machine can give "
				     "without touching its reserve",
				     c->cli->within, room);
	if (within)
		s->room = within;
	if (questions[s->question].number)
		return 0;
	if (!s->high)
		s->high = MIN(HIGH_DEFAULT, s->room);
	if (s->low >= s->high)
		return err_set_class(
			err, ERR_SKIP, -E2BIG,
			"%s can be given without touching the reserve: nothing to look in from "
			"%lldM on (--range)",
			room, (long long)(s->low / MIB));
	if (s->high > s->room)
		return err_set_class(
			err, ERR_SKIP, -E2BIG,
			"--range: %s ends above %s, all that can be given without touching "
			"the reserve",
			c->cli->range, within ? c->cli->within : room);
	if (s->question == ASK_LIMIT)
		s->room = MIN(s->room, MAX(2 * s->high, 256 * MIB));
	return 0;
}

static int prepare(struct capacity *c, struct err *err)
{
	struct study_config *s = &c->study.config;
	struct cli *cli = c->cli;
	int r;

	if ((r = probe_machine(&cli->roots, &c->machine, err)) < 0 ||
	    (r = where_find(cli, &c->machine, &c->where, err)) < 0 ||
	    (r = plan_options(cli, &c->machine, &c->plan, err)) < 0 ||
	    (r = cli_seed(cli, &s->trial.seed, err)) < 0 ||
	    (r = listener_take(cli, &c->stream, err)) < 0 ||
	    (cli->state_file && (r = where_save(cli->state_file, err)) < 0) ||
	    (r = check_pressure(c, err)) < 0)
		return r;
	if (s->protect && c->machine.memcg_version == 1)
		return err_set_class(
			err, ERR_SKIP, -ENOTSUP,
			"--low, --min: protection is on cgroup v2 only, and this machine "
			"has v1");
	if (s->search_high && c->machine.memcg_version == 1)
		return err_set_class(err, ERR_SKIP, -ENOTSUP,
				     "--high: memory.high is on cgroup v2 only, and this machine "
				     "has v1");
	if (!(c->machine.has & NEED_MEMCG))
		return err_set_class(err, ERR_SKIP, -ENODEV, "no groups can be made here: %s",
				     c->machine.why_not[NEED_INDEX_MEMCG]);
	if ((r = make_room(c, err)) < 0)
		return r;
	if (cli->roots.fake)
		return err_set_class(err, ERR_USAGE, -EINVAL,
				     "nothing can run on a captured machine (--sysroot)");
	s->plan = &c->plan;
	where_trial(&c->where, &s->trial);
	s->trial.profile_path = "capacity";
	s->trial.progress = c->stream.fd >= 0 ? alive : NULL;
	s->trial.progress_data = c;
	/* What the machine does by itself is no part of the question. */
	s->trial.rough = true;
	s->knee = cli->knee;
	s->state = cli->state_file;
	s->told = told;
	s->caught = cli_caught;
	s->data = c;
	c->json = cli->format && !strcmp(cli->format, "json");
	return 0;
}

static int found_code(const struct study *s)
{
	struct search_answer a;

	search_answer(&s->search, &a);
	return a.where == (questions[s->config.question].most ? SEARCH_BELOW : SEARCH_ABOVE)
		       ? EXIT_FAIL
		       : EXIT_PASS;
}

static int failed(struct capacity *c, const struct err *err)
{
	int code = cli_error(err);

	if (c->stream.fd >= 0)
		capacity_send(&c->stream, &c->study, code, err);
	return code;
}

static int answer(struct capacity *c, int r, struct err *err)
{
	const struct study *s = &c->study;

	if (r < 0)
		return failed(c, err);
	if (r == 0 && c->stream.fd >= 0) {
		capacity_send(&c->stream, s, found_code(s), NULL);
		return found_code(s);
	}
	if (c->json)
		capacity_json(s, stdout);
	else
		capacity_text(s, stdout, term_colour(STDOUT_FILENO, c->cli->colour));
	if (r > 0) {
		fflush(stdout);
		fprintf(stderr, "memtrial: interrupted%s%s\n",
			s->config.state ? "; the same command goes on from " : "",
			s->config.state ? s->config.state : " (--state FILE keeps what is known)");
		return EXIT_SIGNAL + r;
	}
	if (report_flush(stdout, err) < 0)
		return cli_error(err);
	return found_code(s);
}

static int execute(struct capacity *c)
{
	struct err err = {0};
	int r = capacity_take(c);

	if (r)
		return r;
	if (prepare(c, &err) < 0)
		return failed(c, &err);
	stream_say(&c->stream, STREAM_PLAN, "1");
	stream_say(&c->stream, STREAM_TRIAL, "0 capacity %s", c->cli->args[0]);
	cli_listen();
	c->begun_ns = mono_now().ns;
	r = study_run(&c->study, &err);
	return answer(c, r, &err);
}

static int run(struct cli *cli)
{
	struct capacity *c = calloc(1, sizeof(*c));
	int code;

	c->cli = cli;
	c->stream.fd = -1;
	code = execute(c);
	study_free(&c->study);
	loaded_free(&c->loaded);
	selection_free(&c->sel);
	free(c);
	return code;
}

static const struct cli_option options[] = {
	{"range", 0, CLI_VALUE, offsetof(struct cli, range), "LOW..HIGH", NULL,
	 "what to look in (default: 64M..4G, of a hog 16M..4G, less where the machine has less; of "
	 "neighbours 1..32)"},
	{"within", 0, CLI_VALUE, offsetof(struct cli, within), "SIZE", NULL,
	 "neighbours, protect: memory.max of all of it (default: all that the machine can give)"},
	{"high", 0, CLI_FLAG, offsetof(struct cli, high), NULL, NULL,
	 "limit: the least memory.high instead, in which the objectives are kept (cgroup v2)"},
	{"low", 0, CLI_VALUE, offsetof(struct cli, low), "SIZE", NULL,
	 "protect: memory.low of the command's group"},
	{"min", 0, CLI_VALUE, offsetof(struct cli, min), "SIZE", NULL,
	 "protect: memory.min of the command's group"},
	{"slo", 0, CLI_LIST, offsetof(struct cli, slo), "EXPR", NULL,
	 "an objective such as 'runtime <= 110%', 'refault.rate <= 100/s'; again for more"},
	{"metric", 0, CLI_VALUE, offsetof(struct cli, metric), "REGEX", NULL,
	 "a number in the command's output for an objective such as 'p99 <= 20ms'"},
	{"resolution", 0, CLI_VALUE, offsetof(struct cli, resolution), "PERCENT", NULL,
	 "how narrow the answer must be (default: 1%)"},
	{"repeat", 0, CLI_VALUE, offsetof(struct cli, repeat), "N", NULL,
	 "runs without a limit, which are the yardstick (default: 3)"},
	{"knee", 0, CLI_FLAG, offsetof(struct cli, knee), NULL, NULL,
	 "more probes, until cliff and comfortable are known as narrowly"},
	{"profile", 'p', CLI_VALUE, offsetof(struct cli, profile), "NAME", NULL,
	 "a profile instead of a command: its param is searched"},
	{"param", 0, CLI_VALUE, offsetof(struct cli, param), "NAME", NULL,
	 "which param of the profile (default: limit, copies or hog)"},
	OPTION_SET,
	{"swap", 0, CLI_VALUE, offsetof(struct cli, swap), "SIZE", NULL,
	 "the most swap that the command may use (default: as the machine has it)"},
	{"timeout", 0, CLI_VALUE, offsetof(struct cli, timeout), "TIME", NULL,
	 "of one run (default: ten times that without a limit, at least 10s)"},
	{"state", 0, CLI_VALUE, offsetof(struct cli, state_file), "FILE", "file",
	 "keep every run there; with the same FILE a search goes on where it was interrupted"},
	{"format", 'f', CLI_VALUE, offsetof(struct cli, format), "FORMAT", "text json",
	 "text (default) or json"},
	{"in", 0, CLI_VALUE, offsetof(struct cli, in), "GROUP", "dir",
	 "make the groups in this cgroup directory, for instance a delegated one"},
	{"scratch", 0, CLI_VALUE, offsetof(struct cli, scratch), "DIR", "dir",
	 "where stressors make their files (default: /var/tmp)"},
	OPTION_RESERVE,
	{"seed", 0, CLI_VALUE, offsetof(struct cli, seed), "N", NULL,
	 "of the data and of random orders (default: the time)"},
	{"verbose", 'v', CLI_FLAG, offsetof(struct cli, verbose), NULL, NULL,
	 "the command's standard error too"},
	{"quiet", 'q', CLI_FLAG, offsetof(struct cli, quiet), NULL, NULL, "no line for each run"},
	OPTION_STREAM,
	{0},
};

const struct command command_capacity = {
	.name = "capacity",
	.args = "limit|neighbours|protect -- COMMAND...",
	.summary = "find how much memory a workload needs, or what it bears beside it",
	.description =
		"Runs a command (or a profile, with --profile) again and again in fresh groups, "
		"and\nfinds\n"
		"  limit       the least memory.max in which it ends without an OOM kill and "
		"within "
		"the\n              objectives,\n"
		"  neighbours  how many copies of it fit --within a limit before one is missed,\n"
		"  protect     how big a hog beside it may be, which holds its memory before it "
		"begins, while\n              the command keeps nine tenths of its rate (--low, "
		"--min: its "
		"protection).\n"
		"Exit code 0: found, 1: not even the easiest of the range is fine.",
	.options = options,
	.run = run,
};
