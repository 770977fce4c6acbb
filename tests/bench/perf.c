/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "perf.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/table.h"
#include "load.h"

#define SUBJECTS_MAX 128
#define SYMBOLS_MAX  2048
#define SHOWN	     4
#define PIDS_MAX     16

struct symbol {
	char name[64];
	int hits;
};

/* What was sampled: how often in all, in our own code, and the most frequent of the kernel's. */
struct subject {
	const char *what;
	int hits, own;
	struct symbol top[SHOWN];
	char why[96]; /* there is nothing */
};

struct perf {
	pid_t pid;	     /* of the perf that runs; 0: none */
	int control, answer; /* its ends of --control */
	char file[256];
	struct subject subjects[SUBJECTS_MAX];
	int n;
	struct symbol symbols[SYMBOLS_MAX];
	int n_symbols;
};

const size_t perf_size = sizeof(struct perf);

struct perf *perf_open(const struct bench *b, void *room, struct err *err)
{
	struct perf *p = room;

	if (!peer_there("perf")) {
		err_set_class(err, ERR_SKIP, -ENOENT, "perf is not installed (Debian: linux-perf)");
		return NULL;
	}
	if (!p) {
		err_set(err, -ENOMEM, "no memory for perf's samples");
		return NULL;
	}
	*p = (struct perf){.control = -1, .answer = -1};
	snprintf(p->file, sizeof(p->file), "%s/perf.data", b->dir);
	return p;
}

static _Noreturn void be_perf(const struct perf *p, const char *pids, int control, int answer)
{
	char ends[64];
	sigset_t none;
	int null = open("/dev/null", O_RDWR);

	snprintf(ends, sizeof(ends), "--control=fd:%d,%d", control, answer);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	dup2(null, 0);
	dup2(null, 1);
	dup2(null, 2);
	execlp("perf", "perf", "record", "-q", "-e", "cpu-clock", "-F", "9973", "-D", "-1", ends,
	       "-o", p->file, "-p", pids, (char *)NULL);
	_exit(127);
}

static int tell(struct perf *p, const char *command)
{
	char line[16];
	size_t len = strlen(command);

	if (write(p->control, command, len) != (ssize_t)len)
		return -errno;
	/* "ack" and a line's end; nothing when it has gone. */
	return read(p->answer, line, sizeof(line)) > 0 ? 0 : -EPIPE;
}

static int start(struct perf *p, const char *pids)
{
	int control[2], answer[2];
	pid_t pid;

	if (pipe(control) < 0)
		return -errno;
	if (pipe(answer) < 0) {
		close(control[0]);
		close(control[1]);
		return -errno;
	}
	fcntl(control[1], F_SETFD, FD_CLOEXEC);
	fcntl(answer[0], F_SETFD, FD_CLOEXEC);
	fflush(NULL);
	/* Not into *p, which the child shares. */
	pid = fork();
	if (pid == 0)
		be_perf(p, pids, control[0], answer[1]);
	close(control[0]);
	close(answer[1]);
	p->pid = pid;
	p->control = control[1];
	p->answer = answer[0];
	return pid < 0 ? -errno : tell(p, "enable\n");
}

static int stop(struct perf *p)
{
	int status = 0;

	/* What was watched may have ended, and perf with it. */
	(void)tell(p, "disable\n");
	(void)tell(p, "stop\n");
	close_fd(&p->control);
	close_fd(&p->answer);
	while (p->pid > 0 && waitpid(p->pid, &status, 0) < 0 && errno == EINTR)
		;
	p->pid = 0;
	return status;
}

void perf_begin(struct bench *b, const char *what, const pid_t *pids, int n)
{
	char list[PIDS_MAX * 12] = "";
	struct perf *p = b->perf;
	size_t len = 0;
	struct subject *s;

	if (!p || p->n == SUBJECTS_MAX || !b->perf_on)
		return;
	signal(SIGPIPE, SIG_IGN);
	s = &p->subjects[p->n++];
	*s = (struct subject){.what = what};
	for (int i = 0; i < MIN(n, PIDS_MAX); i++)
		len += (size_t)snprintf(list + len, sizeof(list) - len, "%s%d", i ? "," : "",
					pids[i]);
	if (start(p, list) < 0)
		snprintf(s->why, sizeof(s->why), "perf ended with %d", stop(p));
}

static void hit(struct perf *p, const char *name)
{
	for (int i = 0; i < p->n_symbols; i++)
		if (!strcmp(p->symbols[i].name, name)) {
			p->symbols[i].hits++;
			return;
		}
	if (p->n_symbols == SYMBOLS_MAX)
		return;
	snprintf(p->symbols[p->n_symbols].name, sizeof(p->symbols[0].name), "%s", name);
	p->symbols[p->n_symbols++].hits = 1;
}

static int by_hits(const void *a, const void *b)
{
	return ((const struct symbol *)b)->hits - ((const struct symbol *)a)->hits;
}

/* Lines of "address symbol": the kernel's half of the addresses is the upper one. */
static void count(struct perf *p, struct subject *s)
{
	_cleanup_free_ char *line = NULL;
	char command[400], name[64];
	size_t size = 0;
	FILE *f;

	snprintf(command, sizeof(command), "perf script -i %s -F ip,sym 2>/dev/null", p->file);
	f = popen(command, "r");
	p->n_symbols = 0;
	while (f && getline(&line, &size, f) > 0) {
		uint64_t at;

		if (sscanf(line, "%" SCNx64 " %63s", &at, name) != 2)
			continue;
		s->hits++;
		if (at >> 63)
			hit(p, name);
		else
			s->own++;
	}
	if (f)
		pclose(f);
	qsort(p->symbols, (size_t)p->n_symbols, sizeof(p->symbols[0]), by_hits);
	memcpy(s->top, p->symbols, sizeof(s->top));
	if (!s->hits)
		snprintf(s->why, sizeof(s->why), "no samples");
}

void perf_end(struct bench *b)
{
	struct perf *p = b->perf;
	struct subject *s;

	if (!p || p->pid <= 0)
		return;
	s = &p->subjects[p->n - 1];
	stop(p);
	memset(p->symbols, 0, sizeof(p->symbols));
	count(p, s);
	unlink(p->file);
}

static const struct table_column columns[] = {
	{.title = ""},
	{.title = "samples", .align = ALIGN_RIGHT},
	{.title = "user", .align = ALIGN_RIGHT},
	{.title = "kernel functions"},
};

static void print_subject(const struct subject *s, struct table *t)
{
	char text[SHOWN * 80] = "";
	size_t len = 0;

	table_row(t);
	table_cell(t, STYLE_PLAIN, "%s", s->what);
	if (!s->hits) {
		table_cell(t, STYLE_DIM, "-");
		table_cell(t, STYLE_DIM, "-");
		table_cell(t, STYLE_DIM, "%s", s->why);
		return;
	}
	table_cell(t, STYLE_DIM, "%d", s->hits);
	table_cell(t, STYLE_BOLD, "%.0f %%", 100.0 * s->own / s->hits);
	for (int i = 0; i < SHOWN && s->top[i].hits * 100 >= s->hits; i++)
		len += (size_t)snprintf(text + len, sizeof(text) - len, "%s%s %.0f", i ? ", " : "",
					s->top[i].name, 100.0 * s->top[i].hits / s->hits);
	table_cell(t, STYLE_PLAIN, "%s", text);
}

void perf_print(const struct bench *b)
{
	struct table_look look = {.colour = term_colour(STDOUT_FILENO, COLOUR_AUTO)};
	struct arena arena = {0};
	struct table t;

	if (!b->perf)
		return;
	table_init(&t, &arena, columns, ARRAY_SIZE(columns));
	putchar('\n');
	table_line(&t, STYLE_BOLD,
		   "where the CPU time went, %% of samples (perf record -e "
		   "cpu-clock, a round of its own)");
	for (int i = 0; i < b->perf->n; i++)
		print_subject(&b->perf->subjects[i], &t);
	table_write(&t, stdout, &look);
	arena_free(&arena);
}
