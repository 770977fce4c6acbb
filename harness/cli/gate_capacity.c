/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/gate_capacity.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "base/table.h"
#include "base/words.h"
#include "cli/gate_question.h"
#include "gate/verdict.h"

#define usage(err, ...) err_set_class(err, ERR_USAGE, -EINVAL, __VA_ARGS__)

static int check_beside(const struct cli *cli, struct err *err)
{
	if (cli->n_args || cli->suite || cli->n_tags || cli->n_set || cli->rounds)
		return usage(err, "--capacity stands in place of profiles, suites, tags and "
				  "params; what a search takes stands in it: 'limit --set ...'");
	if (cli->history || cli->baseline || cli->label)
		return usage(err, "--capacity has no history: --save FILE keeps its answer");
	if (cli->format && !str_eq(cli->format, "text") && !str_eq(cli->format, "json"))
		return usage(err, "--capacity is answered as --format text or json, not %s",
			     cli->format);
	return 0;
}

int gate_capacity_check(struct cli *cli)
{
	struct gate_question q = {0};
	struct err err = {0};
	int code;

	if (check_beside(cli, &err) < 0)
		return cli_error(&err);
	code = gate_question_take(&q, cli);
	gate_question_free(&q);
	return code;
}

/* It lies in the guest's memory, once packed and once unpacked. */
static int check_size(const struct gate_guest *g, struct err *err)
{
	char size[QUANTITY_MAX], memory[QUANTITY_MAX];
	struct stat st;

	if (fstat(g->vm.initrd, &st) < 0 || st.st_size <= g->vm.memory / 4)
		return 0;
	quantity_format(size, st.st_size / MIB * MIB, UNIT_BYTES);
	quantity_format(memory, g->vm.memory, UNIT_BYTES);
	return usage(err,
		     "--capacity: its programs and files are %s, too much for a guest of %s: "
		     "give it more --memory",
		     size, memory);
}

/* A command that fails there may do so for what it did not get along. */
static void tell_failure(const struct gate_result *res, const struct gate_question *q,
			 const struct guest *guest)
{
	struct capacity_answer *a = res->answer;
	char why[700];

	if (!a->error)
		return;
	snprintf(why, sizeof(why), "in the guest: %s%s", a->error,
		 a->code == EXIT_USAGE && q->capacity.study.config.command
			 ? "; it has there what it is linked to, a shell, and the programs and "
			   "files "
			   "that its words name"
			 : "");
	gate_result_talk(res, guest, why);
}

static int conclude(struct gate_result *res, const struct gate_guest *g,
		    const struct gate_question *q, const struct guest *guest)
{
	struct guest_verdict v;

	if (res->live)
		fprintf(stderr, "\r\033[K");
	guest_judge(guest, &res->console, &g->watch, &v);
	if (guest->end == GUEST_INTERRUPTED)
		fprintf(stderr, "memtrial: interrupted\n");
	else if (v.verdict != V_PASS)
		gate_result_talk(res, guest, v.why);
	else
		tell_failure(res, q, guest);
	if (!res->cli->quiet && guest->took_ns)
		fprintf(stderr, "memtrial: guest %s: up after %lld ms, gone after %lld ms\n",
			guest->release[0] ? guest->release : g->release,
			(long long)(guest->up_ns < 0 ? -1 : guest->up_ns / NSEC_PER_MSEC),
			(long long)(guest->took_ns / NSEC_PER_MSEC));
	if (guest->end == GUEST_INTERRUPTED)
		return EXIT_SIGNAL + SIGINT;
	if (v.verdict != V_PASS)
		return v.verdict == V_FAIL ? EXIT_FAIL : EXIT_BROKEN;
	return res->answer->code;
}

static int open_console(struct gate_result *res, struct err *err)
{
	const char *path = res->cli->console;
	int r;

	res->live = term_is_tty(STDERR_FILENO) && !res->cli->quiet;
	res->trials = 1;
	if (path) {
		res->console_file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
		if (res->console_file < 0)
			return err_set_class(err, ERR_USAGE, -errno, "cannot write %s: %s", path,
					     strerror(errno));
	}
	r = console_open(&res->console, res->console_file);
	return r < 0 ? err_errno(err, r, "cannot keep the console") : 0;
}

static int save_answer(const struct cli *cli, const struct capacity_answer *a, struct err *err)
{
	int r = json_dump_file(a->capacity, cli->save, CAPACITY_JSON_FLAGS);

	return r < 0 ? err_set(err, -EIO, "cannot write %s", cli->save) : 0;
}

int gate_capacity_ask(struct cli *cli, struct capacity_answer *answer)
{
	struct gate_guest g = {.cli = cli, .vm = {.initrd = -1, .scratch = -1, .swap = -1}};
	struct selection none = {0};
	struct gate_result res = {.cli = cli, .sel = &none, .console_file = -1, .answer = answer};
	struct gate_question q = {0};
	struct guest guest = {0};
	struct err err = {0};
	uint64_t seed;
	int code = gate_question_take(&q, cli);

	*answer = (struct capacity_answer){0};
	g.programs.arena = &g.arena;
	if (code)
		;
	else if (cli_seed(cli, &seed, &err) < 0 || gate_question_pack(&q, &g, &err) < 0 ||
		 (cli->save && where_save(cli->save, &err) < 0) ||
		 gate_guest_prepare(&g, &none, &err) < 0 || check_size(&g, &err) < 0 ||
		 open_console(&res, &err) < 0 || gate_boot(&g, &res, &guest, &err) < 0)
		code = cli_error(&err);
	else
		code = conclude(&res, &g, &q, &guest);
	if (cli->save && answer->capacity && save_answer(cli, answer, &err) < 0)
		code = cli_error(&err);
	gate_result_free(&res);
	gate_guest_free(&g);
	gate_question_free(&q);
	return code;
}

static int report(struct cli *cli, const struct capacity_answer *a, struct err *err)
{
	struct output out = {0};
	int r = output_open(&out, cli, err);

	if (r < 0)
		return r;
	if (cli->format && str_eq(cli->format, "json"))
		json_dumpf(a->capacity, out.file, CAPACITY_JSON_FLAGS), fputc('\n', out.file);
	else
		fprintf(out.file, "on Linux %s: %s", a->kernel ? a->kernel : "?", a->text);
	return output_close(&out, err);
}

int gate_capacity(struct cli *cli)
{
	struct capacity_answer answer;
	struct err err = {0};
	int code;

	if (check_beside(cli, &err) < 0)
		return cli_error(&err);
	code = gate_capacity_ask(cli, &answer);
	if (answer.capacity && report(cli, &answer, &err) < 0)
		code = cli_error(&err);
	capacity_answer_free(&answer);
	return code;
}

/* "12 of 9": probes, and those of a bisection that is never wrong. */
static void put_cell(struct table *t, const struct gate_cell *cell)
{
	const struct capacity_answer *a = &cell->answer;
	json_t *c = a->capacity, *answer = json_object_get(c, "answer");
	char runtime[QUANTITY_MAX];

	table_row(t);
	table_cell(t, STYLE_PLAIN, "%s", cell->part.name.s);
	if (!c) {
		table_cell(t, STYLE_RED, "%s", a->error ? a->error : "no answer: see above");
		return;
	}
	table_cell(t, cell->code ? STYLE_RED : STYLE_PLAIN, "%s", a->says);
	table_cell(t, STYLE_PLAIN, "%.1f %%",
		   100 * json_real_value(json_object_get(answer, "sure")));
	table_cell(t, STYLE_PLAIN, "%lld",
		   (long long)json_integer_value(json_object_get(c, "n_probes")));
	quantity_format(runtime,
			json_integer_value(json_object_get(c, "runtime_ns")) / NSEC_PER_MSEC *
				NSEC_PER_MSEC,
			UNIT_DUR);
	table_cell(t, STYLE_PLAIN, "%s ± %.0f %%", runtime,
		   100 * json_real_value(json_object_get(c, "runtime_noise")));
	table_cell(t, STYLE_DIM, "%s", a->kernel ? a->kernel : "?");
}

static const char *asked(const struct gate_cell *cells, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (cells[i].answer.capacity)
			return json_string_value(
				json_object_get(cells[i].answer.capacity, "question"));
	return "answer";
}

int gate_capacity_table(const struct gate_cell *cells, size_t n, FILE *out, bool colour,
			struct arena *a)
{
	const struct table_column columns[] = {
		{.title = "cell"},
		{.title = asked(cells, n), .align = ALIGN_RIGHT},
		{.title = "sure", .align = ALIGN_RIGHT},
		{.title = "probes", .align = ALIGN_RIGHT},
		{.title = "without a limit", .align = ALIGN_RIGHT},
		{.title = "kernel"},
	};
	struct table_look look = {.colour = colour};
	struct table t;

	table_init(&t, a, columns, ARRAY_SIZE(columns));
	for (size_t i = 0; i < n; i++)
		if (cells[i].ran)
			put_cell(&t, &cells[i]);
	return table_write(&t, out, &look) < 0 || ferror(out) ? -EIO : 0;
}
