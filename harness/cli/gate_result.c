/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/gate_result.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/words.h"
#include "cli/keep.h"
#include "cli/run_rounds.h"
#include "gate/verdict.h"

#define EXCERPT_LINES 24

#ifndef MT_VERSION
#define MT_VERSION "unknown"
#endif

int gate_result_open(struct gate_result *res, struct err *err)
{
	struct rounds rounds;
	size_t room;
	int r = rounds_take(&rounds, res->cli, err);

	if (r < 0)
		return r;
	res->trials = rounds_trials(&rounds, res->sel->n);
	if (!res->trials)
		return err_set_class(
			err, ERR_USAGE, -EINVAL,
			"the suite %s goes round and round: --rounds N says how often in a guest",
			res->cli->suite);
	room = res->trials + 2;
	res->live = term_is_tty(STDERR_FILENO) && !res->cli->quiet;
	res->parts = calloc(room, sizeof(*res->parts));
	res->made = calloc(room, sizeof(*res->made));
	res->run.trials = arena_array(&res->run.arena, room, sizeof(*res->run.trials));
	res->run.command = cli_again(res->cli, &res->run.arena);
	res->run.n_planned = res->trials;
	snprintf(res->run.tool, sizeof(res->run.tool), "memtrial %s", MT_VERSION);
	if (res->cli->console) {
		res->console_file =
			open(res->cli->console, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
		if (res->console_file < 0)
			return err_set_class(err, ERR_USAGE, -errno, "cannot write %s: %s",
					     res->cli->console, strerror(errno));
	}
	r = console_open(&res->console, res->console_file);
	return r < 0 ? err_errno(err, r, "cannot keep the console")
		     : output_open(&res->out, res->cli, err);
}

static void lose(struct gate_result *res, const struct err *err)
{
	res->lost = true;
	cli_error(err);
}

/* A report that cannot be written does not end the guest: results are still saved. */
static void write_trial(struct gate_result *res)
{
	struct err err = {0};

	if (res->live)
		fprintf(stderr, "\r\033[K");
	if (!res->begun && !res->lost && output_begin(&res->out, &res->run, &err) < 0)
		lose(res, &err);
	res->begun = true;
	if (!res->lost && output_trial(&res->out, &res->run, res->run.n_trials - 1, &err) < 0)
		lose(res, &err);
}

static void append(struct gate_result *res, struct record *r)
{
	res->run.trials[res->run.n_trials++] = r;
	write_trial(res);
}

int gate_result_add(void *data, int64_t trial, const char *json, size_t len, struct err *err)
{
	struct gate_result *res = data;
	struct run *part = &res->parts[res->n_parts];
	int r;

	if (res->answer)
		return trial || res->answer->all ? err_set(err, -EPROTO, "a second answer came")
						 : capacity_receive(res->answer, json, len, err);
	if (trial != (int64_t)res->n_parts || res->n_parts >= res->trials)
		return err_set(err, -EPROTO, "result %lld came, %zu was awaited", (long long)trial,
			       res->n_parts);
	r = run_load_text(part, json, len, err);
	if (r < 0)
		return err_prefix(err, "result %lld", (long long)trial);
	res->n_parts++;
	if (part->n_trials != 1)
		return err_set(err, -EPROTO, "result %lld holds %zu trials", (long long)trial,
			       part->n_trials);
	append(res, part->trials[0]);
	return 0;
}

void gate_result_note(void *data, const char *text)
{
	struct gate_result *res = data;

	fprintf(stderr, "%smemtrial: guest: %s\n", res->live ? "\r\033[K" : "", text);
}

void gate_result_progress(void *data, const struct guest *g)
{
	struct gate_result *res = data;
	char text[400];
	int n, at = 0;

	if (res->cli->cell)
		at = snprintf(text, 200, "%s ", res->cli->cell);
	if (g->trial < 0)
		n = snprintf(text + at, sizeof(text) - (size_t)at, "guest: %s",
			     g->hello ? g->release : "booting");
	else
		n = snprintf(text + at, sizeof(text) - (size_t)at, "[%lld/%zu] %s: %s",
			     (long long)g->trial + 1, res->trials, g->name, g->at);
	n = MIN(n + at, (int)term_width(STDERR_FILENO) - 1);
	fprintf(stderr, "\r\033[K%.*s", n, text);
}

/* A record for each trial without a result: the one that was hit, and those that never began. */
static void fill_up(struct gate_result *res, const struct gate_guest *g, const struct guest *guest,
		    const struct guest_verdict *v)
{
	char lines[4000], never[128];
	bool hit = false;

	snprintf(never, sizeof(never), "not run: %s",
		 guest->end == GUEST_LACKS ? guest_end_text(guest->end) : "the guest ended before");
	/* The guest itself comes last then. */
	if (!res->begun && guest->trial < (int64_t)res->n_parts)
		res->run.n_planned++;
	lines[0] = '\0';
	if (guest->end != GUEST_LACKS)
		console_excerpt(&res->console, EXCERPT_LINES, lines, sizeof(lines));
	for (size_t i = res->n_parts; i < res->trials; i++) {
		struct record *r = &res->made[res->n_made++];
		bool this = !hit && guest->trial == (int64_t)i;
		size_t at = i % res->sel->n;
		/* One more than whole rounds: that of the soak. */
		bool soak = at == 0 && i > 0 && i + 1 == res->trials;

		guest_record(r, soak ? SOAK_TRIAL : g->titles[at],
			     soak ? NULL : res->sel->paths[at], this ? v->verdict : V_SKIP,
			     this ? v->why : never, this ? lines : NULL);
		hit |= this;
		append(res, r);
	}
	if (hit)
		return;
	guest_record(&res->made[res->n_made], "guest", NULL, v->verdict, v->why, lines);
	append(res, &res->made[res->n_made++]);
}

void gate_result_talk(const struct gate_result *res, const struct guest *guest, const char *why)
{
	char lines[4000];

	fprintf(stderr, "memtrial: %s\n", why);
	if (guest->end != GUEST_INTERRUPTED && guest->end != GUEST_LACKS && res->console.bytes)
		fprintf(stderr, "%s of the guest's console:\n%s\n",
			res->console.bad_line[0] ? "from the first bad line" : "the last lines",
			console_excerpt(&res->console, EXCERPT_LINES, lines, sizeof(lines)));
}

static int write_end(struct gate_result *res, int code)
{
	struct err err = {0};

	if (res->begun && !res->lost && output_end(&res->out, &res->run, &err) < 0)
		lose(res, &err);
	if (output_close(&res->out, &err) < 0 && !res->lost)
		lose(res, &err);
	if (res->cli->save && res->run.n_trials) {
		err_clear(&err);
		if (run_save(&res->run, res->cli->save, &err) < 0)
			lose(res, &err);
	}
	code = keep_conclude(res->cli, &res->run, code);
	return res->lost && code != EXIT_FAIL ? EXIT_BROKEN : code;
}

/* The report for people ends with it; whoever reads another one finds it on the console. */
static void say_again(const struct gate_result *res)
{
	if (res->cli->cell)
		return;
	if (res->out.path || !str_eq(res->out.format->name, "text"))
		fprintf(stderr, "memtrial: run again: %s\n", res->run.command);
}

int gate_result_conclude(struct gate_result *res, const struct gate_guest *g,
			 const struct guest *guest)
{
	struct guest_verdict v;
	int code;

	if (res->live)
		fprintf(stderr, "\r\033[K");
	guest_judge(guest, &res->console, &g->watch, &v);
	if (v.verdict != V_PASS) {
		gate_result_talk(res, guest, v.why);
		fill_up(res, g, guest, &v);
	}
	if (!res->cli->quiet && guest->took_ns)
		fprintf(stderr, "memtrial: guest %s: up after %lld ms, gone after %lld ms\n",
			guest->release[0] ? guest->release : g->release,
			(long long)(guest->up_ns < 0 ? -1 : guest->up_ns / NSEC_PER_MSEC),
			(long long)(guest->took_ns / NSEC_PER_MSEC));
	code = write_end(res, exit_code_of_run(&res->run));
	say_again(res);
	return guest->end == GUEST_INTERRUPTED ? EXIT_SIGNAL + SIGINT : code;
}

void gate_result_free(struct gate_result *res)
{
	for (size_t i = 0; i < res->n_parts; i++)
		run_free(&res->parts[i]);
	for (size_t i = 0; i < res->n_made; i++)
		record_free(&res->made[i]);
	free(res->parts);
	free(res->made);
	console_close(&res->console);
	close_fd(&res->console_file);
	arena_free(&res->run.arena);
}
