/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/io.h"
#include "base/words.h"
#include "cli/keep.h"
#include "cli/listener.h"
#include "cli/load.h"
#include "cli/output.h"
#include "cli/run_rounds.h"
#include "cli/signals.h"
#include "cli/suites.h"
#include "cli/where.h"
#include "cli/run_live.h"
#include "judge/judge.h"
#include "trial/trial.h"

struct runner {
	struct cli *cli;
	struct machine machine;
	struct plan_config plan;
	struct leftovers_where where;
	struct trial_config trial;
	struct output out;
	struct run run;
	struct stream stream;  /* to the gate, when this is a guest */
	struct loaded *loaded; /* one a trial: records borrow from their plans */
	size_t n_loaded;
	const struct selection *sel;
	struct loaded **anew; /* plans of whole-machine trials, made when these began */
	size_t n_anew;
	size_t at, total;
	struct rounds rounds;
	struct run_live *live; /* NULL: nobody is told */
	bool lost;	       /* the output could not be written: what follows is only saved */
	int signal;	       /* that ended the run, 0: none */
};

static void progress(void *data, const struct trial_progress *p)
{
	struct runner *r = data;

	stream_at(&r->stream, r->at, p->phase, p->doing);
	if (r->live)
		run_live_show(r->live, p);
}

static int prepare(struct runner *r, struct err *err)
{
	struct cli *cli = r->cli;
	int ret;

	if (cli->roots.fake)
		return err_set_class(err, ERR_USAGE, -EINVAL,
				     "nothing can run on a captured machine (--sysroot); plan and "
				     "probe work there");
	if ((ret = probe_machine(&cli->roots, &r->machine, err)) < 0 ||
	    (ret = where_find(cli, &r->machine, &r->where, err)) < 0 ||
	    (ret = plan_options(cli, &r->machine, &r->plan, err)) < 0 ||
	    (ret = cli_seed(cli, &r->trial.seed, err)) < 0 ||
	    (cli->save && (ret = where_save(cli->save, err)) < 0) ||
	    (ret = keep_prepare(cli, err)) < 0)
		return ret;
	if ((ret = listener_take(cli, &r->stream, err)) < 0 ||
	    (ret = rounds_take(&r->rounds, cli, err)) < 0)
		return ret;
	if (cli->control &&
	    (ret = cli_quantity("control", cli->control, UNIT_DUR, &r->trial.control.ns, err)) < 0)
		return ret;
	ret = cli->chosen ? suite_demand_here(cli, cli->chosen, r->machine.release, err) : 0;
	if (ret < 0) {
		stream_say(&r->stream, err->class == ERR_FAIL ? STREAM_LACKS : STREAM_FAIL, "%s",
			   err->text);
		return ret;
	}
	/* A guest tells its host, which shows it. */
	if (!cli->quiet && r->stream.fd < 0)
		r->live = run_live_new(STDERR_FILENO, cli->colour);
	where_trial(&r->where, &r->trial);
	r->trial.progress = r->live || r->stream.fd >= 0 ? progress : NULL;
	r->trial.progress_data = r;
	return 0;
}

/* Every profile is read before anything is touched: a mistake in the last one stops the first. */
static int load_all(struct runner *r, const struct selection *sel, struct err *err)
{
	int code = 0;

	r->loaded = calloc(sel->n + 1, sizeof(*r->loaded));
	for (size_t i = 0; i < sel->n; i++) {
		int c = load_profile(r->cli, sel->paths[i], &r->plan, &r->loaded[i], err);

		r->n_loaded++;
		if (c && err->code) {
			cli_error(err);
			err_clear(err);
		}
		code = code ? code : c;
	}
	return code;
}

static void skipped(struct record *rec, const struct plan *plan, const struct machine *m)
{
	struct timespec ts;

	clock_gettime(CLOCK_REALTIME, &ts);
	*rec = (struct record){.spec = plan->spec, .fate = V_SKIP};
	rec->started_unix_ns = ts.tv_sec * NSEC_PER_SEC + ts.tv_nsec;
	rec->page_size = m->page_size;
	rec->cpus = m->cpus_online;
	rec->cgroup_version = m->memcg_version;
	snprintf(rec->reason, sizeof(rec->reason), "%s", plan->skip);
}

/*
 * A reader that is gone or a full disk ends the output, not the results: with --save the run goes
 * on without a report.
 */
static void write_trial(struct runner *r)
{
	struct err err = {0};

	if (r->lost || output_trial(&r->out, &r->run, r->run.n_trials - 1, &err) == 0)
		return;
	r->lost = true;
	cli_error(&err);
}

/* The number of a trial goes on from round to round. */
static size_t number_of(const struct runner *r, size_t i)
{
	return (size_t)r->rounds.done * r->n_loaded + i;
}

static void add_record(struct runner *r, struct record *rec, size_t number, bool keep)
{
	r->run.trials[r->run.n_trials++] = rec;
	stream_result(&r->stream, &r->run, r->run.n_trials - 1, number, NULL);
	if (keep) {
		write_trial(r);
		return;
	}
	r->run.n_trials--;
	record_free(rec);
	free(rec);
}

/*
 * A trial of the whole machine goes by what is free when it begins, not before the first of many:
 * trials before it have left caches, and kernel memory that comes back late or never.
 */
static const struct plan *plan_of(struct runner *r, size_t i)
{
	const struct plan *plan = &r->loaded[i].plan;
	struct loaded *l;
	struct err err = {0};

	if (plan->skip || !(plan->needs & NEED_WHOLE_MACHINE))
		return plan;
	(void)file_write(r->cli->roots.proc, "sys/vm/drop_caches", "3");
	probe_free(&r->cli->roots, &r->machine);
	l = calloc(1, sizeof(*l));
	*arena_push(&r->run.arena, r->anew, r->n_anew) = l;
	if (load_profile(r->cli, r->sel->paths[i], &r->plan, l, &err) == 0)
		return &l->plan;
	err_clear(&err);
	return plan;
}

static void run_one(struct runner *r, size_t i)
{
	size_t plans = r->n_anew;
	const struct plan *plan = plan_of(r, i);
	struct record *rec = calloc(1, sizeof(*rec));
	bool keep;

	r->at = number_of(r, i);
	r->trial.number = (unsigned)i;
	r->trial.profile_path = plan->spec.profile;
	stream_say(&r->stream, STREAM_TRIAL, "%zu %s", r->at, plan->spec.name);
	if (r->live)
		run_live_begin(r->live, i, r->total);
	if (plan->skip)
		skipped(rec, plan, &r->machine);
	else
		r->signal = trial_run(&r->trial, plan, rec);
	judge_record(rec);
	if (r->live)
		run_live_end(r->live);
	keep = rounds_count(&r->rounds, rec);
	add_record(r, rec, r->at, keep);
	/* Nobody borrows from it any more, and a soak would take our own memory for a leak. */
	if (!keep && r->n_anew > plans) {
		loaded_free(r->anew[--r->n_anew]);
		free(r->anew[r->n_anew]);
	}
}

/* A trial that was killed with its guard may have left knobs turned: undone before measuring. */
static void clean_leftovers(struct runner *r)
{
	struct leftovers done;
	struct err err = {0};

	/* What belongs to another user stays, and hurts nobody. */
	leftovers_clean(&r->where, false, &done, &err);
	if (!r->cli->quiet && (done.groups.groups || done.knobs || done.dirs))
		fprintf(stderr,
			"memtrial: removed what a killed trial had left: %zu groups, %d "
			"directories; "
			"%d knobs restored\n",
			done.groups.groups, done.dirs, done.knobs);
}

/* What the soak says, as the last trial. */
static void add_drift(struct runner *r, struct err *err)
{
	struct record *rec = calloc(1, sizeof(*rec));

	if (!rec || soak_record(&r->rounds.soak, SOAK_TRIAL, rec) < 0) {
		free(rec);
		err_set(err, -ENOMEM, "no memory to judge what drifts");
		return;
	}
	add_record(r, rec, number_of(r, 0), true);
}

static bool stopped(const struct runner *r)
{
	return r->signal || cli_caught() || (r->lost && !r->cli->save);
}

static void run_all(struct runner *r)
{
	struct err err = {0};

	r->lost = output_begin(&r->out, &r->run, &err) < 0;
	while (!err.code && rounds_more(&r->rounds) && !stopped(r)) {
		for (size_t i = 0; i < r->n_loaded && !stopped(r); i++)
			run_one(r, i);
		if (!stopped(r))
			rounds_end(&r->rounds, r->cli, &err);
	}
	if (r->rounds.soak.n && !err.code)
		add_drift(r, &err);
	if (!r->lost && output_end(&r->out, &r->run, &err) < 0)
		r->lost = true;
	if (err.code)
		cli_error(&err);
	if (cli_caught() && !r->signal)
		r->signal = cli_caught();
}

/* FAIL stays FAIL; results that could not all be written are no success. */
static int lost_code(int code)
{
	return code == EXIT_FAIL ? code : EXIT_BROKEN;
}

static int finish(struct runner *r)
{
	int code = exit_code_of_run(&r->run);
	struct err err = {0};

	if (output_close(&r->out, &err) < 0 && !r->lost)
		cli_error(&err);
	if (r->lost || err.code)
		code = lost_code(code);
	err_clear(&err);
	/* What was measured is kept, whatever became of the output. */
	if (r->cli->save && r->run.n_trials && run_save(&r->run, r->cli->save, &err) < 0) {
		cli_error(&err);
		code = lost_code(code);
	}
	code = keep_conclude(r->cli, &r->run, code);
	code = r->signal ? EXIT_SIGNAL + r->signal : code;
	stream_say(&r->stream, STREAM_END, "%d", code);
	return code;
}

static int execute(struct runner *r, const struct selection *sel)
{
	struct cli *cli = r->cli;
	struct err err = {0};
	int code;

	if (prepare(r, &err) < 0)
		return cli_error(&err);
	code = load_all(r, sel, &err);
	if (code)
		return code;
	r->total = sel->n;
	r->sel = sel;
	stream_say(&r->stream, STREAM_PLAN, "%zu", rounds_trials(&r->rounds, sel->n));
	r->run.trials = calloc(sel->n + ROUNDS_KEPT_MAX + 2, sizeof(*r->run.trials));
	r->run.command = cli_again(cli, &r->run.arena);
	snprintf(r->run.tool, sizeof(r->run.tool), "memtrial %s", MT_VERSION);
	if (output_open(&r->out, cli, &err) < 0)
		return cli_error(&err);
	cli_listen();
	clean_leftovers(r);
	run_all(r);
	return finish(r);
}

static void runner_free(struct runner *r)
{
	for (size_t i = 0; i < r->run.n_trials; i++) {
		record_free(r->run.trials[i]);
		free(r->run.trials[i]);
	}
	free(r->run.trials);
	for (size_t i = 0; i < r->n_loaded; i++)
		loaded_free(&r->loaded[i]);
	free(r->loaded);
	for (size_t i = 0; i < r->n_anew; i++) {
		loaded_free(r->anew[i]);
		free(r->anew[i]);
	}
	run_live_free(r->live);
	soak_free(&r->rounds.soak);
	arena_free(&r->run.arena);
}

static int run(struct cli *cli)
{
	struct runner r = {.cli = cli, .stream = {.fd = -1}};
	struct selection sel;
	struct err err = {0};
	int code;

	if (select_profiles(cli, &sel, &err) < 0)
		return cli_error(&err);
	code = execute(&r, &sel);
	runner_free(&r);
	selection_free(&sel);
	return code;
}

static const struct cli_option options[] = {
	OPTION_SET,
	OPTION_SUITE,
	OPTION_TAG,
	OPTION_FORMAT,
	OPTION_OUTPUT,
	{"save", 0, CLI_VALUE, offsetof(struct cli, save), "FILE", "file",
	 "keep samples and verdicts as JSON, for judge and report"},
	OPTION_HISTORY,
	OPTION_LABEL,
	OPTION_BASELINE,
	OPTION_FAIL_ON,
	{"in", 0, CLI_VALUE, offsetof(struct cli, in), "GROUP", "dir",
	 "make the trial's groups in this cgroup directory, for instance a delegated one"},
	{"scratch", 0, CLI_VALUE, offsetof(struct cli, scratch), "DIR", "dir",
	 "where stressors make their files (default: /var/tmp)"},
	OPTION_ROUNDS,
	{"for", 0, CLI_VALUE, offsetof(struct cli, during), "TIME", NULL,
	 "begin another round until so much time has passed"},
	OPTION_RESERVE,
	{"seed", 0, CLI_VALUE, offsetof(struct cli, seed), "N", NULL,
	 "of the data and of random orders (default: the time)"},
	{"sample", 0, CLI_VALUE, offsetof(struct cli, sample), "INTERVAL", NULL,
	 "time between samples (default: 50ms)"},
	{"control", 0, CLI_VALUE, offsetof(struct cli, control), "INTERVAL", NULL,
	 "how long the machine's own noise is measured (default: 300ms)"},
	{"whole-machine", 0, CLI_FLAG, offsetof(struct cli, whole_machine), NULL, NULL,
	 "allow trials that change or exhaust the whole machine: in a guest"},
	OPTION_STREAM,
	OPTION_VERBOSE,
	OPTION_QUIET,
	{0},
};

const struct command command_run = {
	.name = "run",
	.args = "[PROFILE|DIRECTORY|NAME]...",
	.summary = "run profiles and judge what the kernel did",
	.description = "Runs the profiles (without arguments those tagged \"default\") one after "
		       "the other and\n"
		       "prints a verdict with numbers for every check. Ctrl-C once: stop, judge "
		       "what there is,\n"
		       "undo; twice: kill and undo at once.",
	.options = options,
	.run = run,
};
