/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/words.h"
#include "cli/load.h"
#include "cli/output.h"
#include "judge/judge.h"
#include "trial/trial.h"

struct runner {
	struct cli *cli;
	struct machine machine;
	struct plan_config plan;
	struct trial_config trial;
	struct output out;
	struct run run;
	struct loaded *loaded; /* one a trial: records borrow from their plans */
	size_t n_loaded;
	size_t at, total;
	bool live; /* a progress line on the terminal */
};

static void progress(void *data, const struct trial_progress *p)
{
	struct runner *r = data;
	char text[200];
	int n;

	n = snprintf(text, sizeof(text), "[%zu/%zu] %s: %s: %s (%lld.%lld s)", r->at + 1, r->total,
		     p->record->spec.name, p->phase, p->doing,
		     (long long)(p->elapsed.ns / NSEC_PER_SEC),
		     (long long)(p->elapsed.ns / (NSEC_PER_SEC / 10) % 10));
	n = MIN(n, (int)term_width(STDERR_FILENO) - 1);
	fprintf(stderr, "\r\033[K%.*s", n, text);
	fflush(stderr);
}

static void progress_clear(const struct runner *r)
{
	if (r->live)
		fprintf(stderr, "\r\033[K");
}

/* Where groups are made: --in, else where the probe found that they can be. */
static int choose_base(struct runner *r, struct err *err)
{
	const struct machine *m = &r->machine;
	size_t mount = strlen(m->memcg_mount);
	const char *dir = r->cli->in ? r->cli->in : m->memcg_base;

	if (r->cli->in && !str_starts(dir, m->memcg_mount))
		return err_set_class(err, ERR_USAGE, -EINVAL,
				     "--in: %s is not below %s, where this machine's memory "
				     "controller is",
				     dir, m->memcg_mount[0] ? m->memcg_mount : "(nothing)");
	if (r->cli->in && access(dir, F_OK) < 0)
		return err_set_class(err, ERR_USAGE, -ENOENT, "--in: no group %s", dir);
	if (!str_starts(dir, m->memcg_mount))
		dir = m->memcg_mount;
	dir += mount;
	r->trial.base = dir + strspn(dir, "/");
	return 0;
}

static const char *state_dir(void)
{
	static char path[256];
	const char *own = getenv("XDG_RUNTIME_DIR");

	if (geteuid() == 0)
		return "/run/memtrial";
	if (!own || !own[0])
		return NULL;
	snprintf(path, sizeof(path), "%s/memtrial", own);
	return path;
}

static int seed(struct runner *r, struct err *err)
{
	char *end;

	r->trial.seed = (uint64_t)time(NULL);
	if (!r->cli->seed)
		return 0;
	errno = 0;
	r->trial.seed = strtoull(r->cli->seed, &end, 0);
	if (*end || end == r->cli->seed || errno)
		return err_set_class(err, ERR_USAGE, -EINVAL, "--seed: \"%s\" is no number",
				     r->cli->seed);
	return 0;
}

static int prepare(struct runner *r, struct err *err)
{
	struct cli *cli = r->cli;
	int ret;

	if (cli->roots.fake)
		return err_set_class(err, ERR_USAGE, -EINVAL,
				     "nothing can run on a captured machine (--sysroot); plan and "
				     "probe work there");
	if (!cli->scratch)
		cli->scratch = "/var/tmp";
	if ((ret = probe_machine(&cli->roots, &r->machine, err)) < 0 ||
	    (ret = plan_options(cli, &r->machine, &r->plan, err)) < 0 ||
	    (ret = choose_base(r, err)) < 0 || (ret = seed(r, err)) < 0)
		return ret;
	if (cli->control &&
	    (ret = cli_quantity("control", cli->control, UNIT_DUR, &r->trial.control.ns, err)) < 0)
		return ret;
	r->live = term_is_tty(STDERR_FILENO) && !cli->quiet;
	r->trial.machine = &r->machine;
	r->trial.roots = &cli->roots;
	r->trial.scratch = cli->scratch;
	r->trial.state_dir = state_dir();
	r->trial.progress = r->live ? progress : NULL;
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

static int run_one(struct runner *r, size_t i, struct err *err)
{
	const struct plan *plan = &r->loaded[i].plan;
	struct record *rec = calloc(1, sizeof(*rec));
	int ret = 0, wrote;

	r->at = i;
	r->trial.number = (unsigned)i;
	r->trial.profile_path = plan->spec.profile;
	if (plan->skip)
		skipped(rec, plan, &r->machine);
	else
		ret = trial_run(&r->trial, plan, rec);
	judge_record(rec);
	r->run.trials[r->run.n_trials++] = rec;
	progress_clear(r);
	wrote = output_trial(&r->out, &r->run, r->run.n_trials - 1, err);
	if (wrote < 0)
		return wrote;
	return ret < 0 || rec->interrupted ? -EINTR : 0;
}

static const char *command_line(struct runner *r)
{
	struct cli *cli = r->cli;
	struct arena *a = &r->run.arena;
	char *s = arena_strdup(a, "memtrial run");

	for (size_t i = 0; i < cli->n_set; i++)
		s = arena_printf(a, "%s --set %s=%s", s, cli->set[i].name, cli->set[i].value);
	for (size_t i = 0; i < cli->n_tags; i++)
		s = arena_printf(a, "%s --tag %s", s, cli->tags[i]);
	s = arena_printf(a, "%s --seed %llu", s, (unsigned long long)r->trial.seed);
	for (size_t i = 0; i < cli->n_args; i++)
		s = arena_printf(a, "%s %s", s, cli->args[i]);
	return s;
}

static int run_all(struct runner *r, struct err *err)
{
	int ret = output_begin(&r->out, &r->run, err);

	for (size_t i = 0; i < r->n_loaded && ret == 0; i++)
		ret = run_one(r, i, err);
	if (ret == 0 || ret == -EINTR) {
		int end = output_end(&r->out, &r->run, err);

		ret = end < 0 ? end : ret;
	}
	/* What was measured is kept, whatever became of the output. */
	if (r->cli->save && r->run.n_trials) {
		int saved = run_save(&r->run, r->cli->save, err);

		ret = saved < 0 && ret != -EINTR ? saved : ret;
	}
	return ret;
}

static int execute(struct runner *r, const struct selection *sel)
{
	struct err err = {0};
	int code, ret;

	if (prepare(r, &err) < 0)
		return cli_error(&err);
	code = load_all(r, sel, &err);
	if (code)
		return code;
	r->total = sel->n;
	r->run.trials = calloc(sel->n + 1, sizeof(*r->run.trials));
	r->run.n_planned = sel->n;
	r->run.command = command_line(r);
	snprintf(r->run.tool, sizeof(r->run.tool), "memtrial %s", MT_VERSION);
	if (output_open(&r->out, r->cli, &err) < 0)
		return cli_error(&err);
	ret = run_all(r, &err);
	if (ret < 0 && ret != -EINTR)
		code = cli_error(&err);
	else
		code = ret == -EINTR ? EXIT_SIGNAL + SIGINT : exit_code_of_run(&r->run);
	if (output_close(&r->out, &err) < 0 && code == EXIT_PASS)
		code = cli_error(&err);
	return code;
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
	arena_free(&r->run.arena);
}

static int run(struct cli *cli)
{
	struct runner r = {.cli = cli};
	struct selection sel;
	struct err err = {0};
	int code;

	if (select_profiles(cli, &sel, &err) < 0)
		return cli_error(&err);
	code = execute(&r, &sel);
	runner_free(&r);
	arena_free(&sel.arena);
	return code;
}

static const struct cli_option options[] = {
	{"set", 's', CLI_LIST, offsetof(struct cli, set), "NAME=VALUE", NULL,
	 "another value for a param"},
	{"tag", 't', CLI_LIST, offsetof(struct cli, tags), "TAG", NULL,
	 "only profiles with this tag"},
	{"format", 'f', CLI_VALUE, offsetof(struct cli, format), "FORMAT", "text json ktap",
	 "text (default), json or ktap"},
	{"output", 'o', CLI_VALUE, offsetof(struct cli, output), "FILE", "file",
	 "write the report to FILE instead of stdout"},
	{"save", 0, CLI_VALUE, offsetof(struct cli, save), "FILE", "file",
	 "keep samples and verdicts as JSON, for judge and report"},
	{"in", 0, CLI_VALUE, offsetof(struct cli, in), "GROUP", "dir",
	 "make the trial's groups in this cgroup directory, for instance a delegated one"},
	{"scratch", 0, CLI_VALUE, offsetof(struct cli, scratch), "DIR", "dir",
	 "where stressors make their files (default: /var/tmp)"},
	{"reserve", 0, CLI_VALUE, offsetof(struct cli, reserve), "SIZE", NULL,
	 "memory that no plan may touch (default: an eighth, at least 512M)"},
	{"seed", 0, CLI_VALUE, offsetof(struct cli, seed), "N", NULL,
	 "of the data and of random orders (default: the time)"},
	{"sample", 0, CLI_VALUE, offsetof(struct cli, sample), "INTERVAL", NULL,
	 "time between samples (default: 50ms)"},
	{"control", 0, CLI_VALUE, offsetof(struct cli, control), "INTERVAL", NULL,
	 "how long the machine's own noise is measured (default: 300ms)"},
	{"whole-machine", 0, CLI_FLAG, offsetof(struct cli, whole_machine), NULL, NULL,
	 "allow trials that change or exhaust the whole machine: in a guest"},
	{"verbose", 'v', CLI_FLAG, offsetof(struct cli, verbose), NULL, NULL,
	 "every term of every tolerance"},
	{"quiet", 'q', CLI_FLAG, offsetof(struct cli, quiet), NULL, NULL,
	 "only the table of verdicts"},
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
