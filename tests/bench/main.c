/* SPDX-License-Identifier: GPL-2.0-or-later */
/* memtrial-bench: options, the rounds, and the end of all groups whatever happened. */
#include <errno.h>
#include <ftw.h>
#include <getopt.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/io.h"
#include "bench.h"
#include "cgroup/end.h"
#include "cgroup/tree.h"
#include "base/table.h"
#include "load.h"
#include "perf.h"

/* Those of memtrial, which hands over to this program. */
enum { EXIT_WRONG_USE = 2, EXIT_ERROR = 3, EXIT_SKIPPED = 4 };

static const struct measure *const measures[] = {
	&measure_sampling, &measure_groups,	&measure_workers,
	&measure_steps,	   &measure_supervisor, &measure_suite,
};
#define MEASURES  ARRAY_SIZE(measures)
#define LOADS_MAX 32

void bench_put(struct bench *b, enum value v, double x)
{
	if (b->warm && b->n[v] < ROUNDS_MAX)
		b->values[v][b->n[v]++] = x;
}

static int tell(const char *what, const struct err *err)
{
	fprintf(stderr, "memtrial-bench: %s: %s\n", what, err->text);
	return err->class == ERR_SKIP ? EXIT_SKIPPED : EXIT_ERROR;
}

static bool is_chosen(const struct bench *b, const char *name)
{
	return !b->only || strcmp(b->only, name) == 0;
}

/*
 * What is measured in a process of its own: a measure, or a load. What others have open or mapped
 * would slow its forks and move its memory.
 */
struct part {
	const char *name;
	const struct measure *measure; /* NULL: a load */
	const struct load *load;
	struct load_result *result;
};

static int one_round(struct bench *b, const struct part *p, void *state)
{
	pid_t self = getpid();
	struct err err = {0};
	int r = 0;

	if (p->measure) {
		perf_begin(b, p->name, &self, 1);
		r = p->measure->round(b, state, &err);
		perf_end(b);
	} else if (b->warm || b->perf_on || !b->quick) {
		/* A quick look needs no warm memory. */
		r = load_round(b, p->load, p->result, &err);
	}
	return r < 0 ? tell(p->name, &err) : 0;
}

static int all_rounds(struct bench *b, const struct part *p, void *state)
{
	int code = 0;

	for (int round = 0; !code && round <= b->rounds; round++) {
		b->warm = round > 0;
		code = one_round(b, p, state);
	}
	if (code || !b->perf)
		return code;
	b->warm = false;
	b->perf_on = true;
	return one_round(b, p, state);
}

static int measure(struct bench *b, const struct part *p)
{
	struct err err = {0};
	void *state = NULL;
	int code = 0;

	if (p->measure && p->measure->open(b, &state, &err) < 0)
		code = tell(p->name, &err);
	if (code == 0)
		code = all_rounds(b, p, state);
	if (p->measure && p->measure->close)
		p->measure->close(b, state);
	return code;
}

static int print_loads(const struct bench *b, const struct load_result *results)
{
	struct table_look look = {.colour = term_colour(STDOUT_FILENO, COLOUR_AUTO)};
	int missed = 0;

	for (size_t i = 0; loads[i]; i++) {
		struct arena arena = {0};
		struct table t;

		if (!is_chosen(b, loads[i]->name))
			continue;
		table_init(&t, &arena, load_columns, LOAD_COLUMNS);
		missed += load_print(loads[i], &results[i], &t);
		putchar('\n');
		table_write(&t, stdout, &look);
		arena_free(&arena);
	}
	return missed;
}

static void print_head(const struct bench *b)
{
	struct utsname u;

	uname(&u);
	printf("memtrial-bench, memtrial %s\n%s, Linux %s, %d CPUs, %lld MiB, cgroup v%d\n"
	       "%d rounds after a warm one\n\n",
	       MT_VERSION, b->machine.cpu_model, u.release, b->machine.cpus_online,
	       (long long)(b->machine.mem_total / MIB), b->machine.memcg_version, b->rounds);
}

static int print_all(struct bench *b, const struct load_result *results)
{
	struct err err = {0};
	int missed = 0;

	print_head(b);
	missed = bench_print(b);
	missed += print_loads(b, results);
	printf("\n%d target%s missed\n", missed, missed == 1 ? "" : "s");
	perf_print(b);
	if (b->json && load_save(b, b->json, results, &err) < 0)
		return tell("saving", &err);
	return fflush(stdout) ? EXIT_ERROR : 0;
}

static const char *base_of(const struct machine *m)
{
	const char *base = m->memcg_base;
	size_t mount = strlen(m->memcg_mount);

	if (strncmp(base, m->memcg_mount, mount) != 0)
		return "";
	return base + mount + strspn(base + mount, "/");
}

static int prepare(struct bench *b)
{
	struct err err = {0};

	if (roots_open(NULL, &b->roots, &err) < 0 ||
	    probe_machine(&b->roots, &b->machine, &err) < 0)
		return tell("this machine", &err);
	if (!b->machine.memcg_version || geteuid() != 0) {
		err_set_class(&err, ERR_SKIP, -EPERM,
			      "needs root and a memory controller: run it with sudo");
		return tell("this machine", &err);
	}
	b->base = base_of(&b->machine);
	return 0;
}

/* The groups of a child that did not take its own away. */
static void clean_up(struct bench *b, pid_t child)
{
	struct cg_place at = {.version = b->machine.memcg_version == 1 ? CG_V1 : CG_V2,
			      .mount_fd = roots_dir(&b->roots, b->machine.memcg_mount),
			      .mount = b->machine.memcg_mount};
	char name[TREE_NAME_SIZE], path[PATH_MAX];
	size_t count;

	for (unsigned n = 0; at.mount_fd >= 0 && n < *b->trees; n++) {
		struct err err = {0};

		snprintf(path, sizeof(path), "%s%s%s", b->base, *b->base ? "/" : "",
			 tree_name(name, child, n));
		if (end_processes(&at, path, nsec(END_DEADLINE), &count, &err) < 0 ||
		    end_groups(&at, &cg_backend_dir, path, nsec(END_DEADLINE), &count, &err) < 0)
			tell("cleaning up", &err);
	}
	close_fd(&at.mount_fd);
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

/* With what a load that was killed has left in it. */
static void remove_dir(const char *path)
{
	nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

/*
 * A part runs in a child, so that a crash or an interrupt of it leaves nothing behind. The event
 * loop of a trial blocks signals: an interrupt comes here and ends the child for good.
 */
static int guarded(struct bench *b, const struct part *p)
{
	pid_t self = getpid(), child;
	sigset_t set, none;
	int status = 0;

	sigemptyset(&none);
	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGHUP);
	sigaddset(&set, SIGCHLD);
	sigprocmask(SIG_BLOCK, &set, NULL);
	*b->trees = 0;
	fflush(NULL);
	child = fork();
	if (child < 0)
		return EXIT_ERROR;
	if (child == 0) {
		sigprocmask(SIG_SETMASK, &none, NULL);
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		exit(getppid() == self ? measure(b, p) : EXIT_ERROR);
	}
	while (waitpid(child, &status, WNOHANG) == 0)
		if (sigwaitinfo(&set, NULL) != SIGCHLD)
			kill(child, SIGKILL);
	clean_up(b, child);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static int run_part(struct bench *b, const struct part *p)
{
	int64_t begin = mono_now().ns;
	int code;

	if (!is_chosen(b, p->name))
		return 0;
	code = guarded(b, p);
	b->perf_on = false;
	if (code == 0)
		fprintf(stderr, "%s: %d rounds in %.0f s\n", p->name, b->rounds, since(begin));
	return code;
}

static int run_all(struct bench *b, struct load_result *results)
{
	int code = 0;

	for (size_t i = 0; !code && i < MEASURES; i++)
		code = run_part(b,
				&(struct part){.name = measures[i]->name, .measure = measures[i]});
	for (size_t i = 0; !code && loads[i]; i++)
		code = run_part(b, &(struct part){.name = loads[i]->name,
						  .load = loads[i],
						  .result = &results[i]});
	return code ? code : print_all(b, results);
}

/* Called as the command of an exec stressor: the first thing it does is to look at the clock. */
static int stamp(const char *path)
{
	int64_t now = mono_now().ns;
	_cleanup_fclose_ FILE *f = fopen(path, "we");

	return f && fprintf(f, "%lld\n", (long long)now) > 0 && fflush(f) == 0 ? 0 : EXIT_ERROR;
}

static int usage(FILE *f)
{
	fputs("Usage: memtrial-bench [OPTION]...\n"
	      "Measures what memtrial itself costs and how fast its stressors are, and prints a "
	      "table with targets.\n"
	      "  --against peers   measure stress-ng, fio, memhog and sadc too, where installed\n"
	      "  --rounds N        after a warm one that does not count (default 7)\n"
	      "  --only NAME       one measure or load\n"
	      "  --json FILE       every round's numbers of the loads\n"
	      "  --perf            one more round, and where CPU time went in it, by perf record\n"
	      "  --quick           one short round, to see that everything works\n"
	      "  --memtrial PATH   the program\n"
	      "measures:",
	      f);
	for (size_t i = 0; i < MEASURES; i++)
		fprintf(f, " %s", measures[i]->name);
	fputs("\nloads:", f);
	for (size_t i = 0; loads[i]; i++)
		fprintf(f, " %s", loads[i]->name);
	fputs("\n", f);
	return f == stdout ? 0 : EXIT_WRONG_USE;
}

static const struct option options[] = {
	{"against", required_argument, NULL, 'a'},  {"quick", no_argument, NULL, 'q'},
	{"perf", no_argument, NULL, 'p'},	    {"rounds", required_argument, NULL, 'r'},
	{"only", required_argument, NULL, 'o'},	    {"json", required_argument, NULL, 'j'},
	{"memtrial", required_argument, NULL, 'm'}, {"stamp", required_argument, NULL, 's'},
	{"help", no_argument, NULL, 'h'},	    {0},
};

/* Returns 0, or -1 for an option that is wrong. */
static int take_option(struct bench *b, int c)
{
	switch (c) {
	case 'a':
		b->peers = true;
		return strcmp(optarg, "peers") == 0 ? 0 : -1;
	case 'q':
		b->quick = true;
		return 0;
	case 'p':
		b->perf_on = true;
		return 0;
	case 'r':
		b->rounds = atoi(optarg);
		return 0;
	case 'o':
		b->only = optarg;
		return 0;
	case 'j':
		b->json = optarg;
		return 0;
	case 'm':
		b->memtrial = optarg;
		return 0;
	default:
		return -1;
	}
}

/* Whether there is such a measure or load. */
static bool is_known(const char *name)
{
	for (size_t i = 0; i < MEASURES; i++)
		if (strcmp(name, measures[i]->name) == 0)
			return true;
	for (size_t i = 0; loads[i]; i++)
		if (strcmp(name, loads[i]->name) == 0)
			return true;
	return false;
}

static bool is_right(const struct bench *b)
{
	return b->rounds >= 1 && b->rounds <= ROUNDS_MAX && (!b->only || is_known(b->only));
}

/* Memory that children write to; NULL when there is none. It goes with the process. */
static void *shared(size_t size)
{
	void *map = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	return map == MAP_FAILED ? NULL : map;
}

static int run(struct bench *b, bool perf)
{
	struct load_result *results = shared(LOADS_MAX * sizeof(*results));
	char dir[] = "/tmp/memtrial-bench-XXXXXX";
	struct err err = {0};
	int code = prepare(b);

	if (code)
		return code;
	b->trees = shared(sizeof(*b->trees));
	b->dir = mkdtemp(dir);
	if (!results || !b->trees || !b->dir)
		return EXIT_ERROR;
	if (perf)
		b->perf = perf_open(b, shared(perf_size), &err);
	code = err.code ? tell("--perf", &err) : run_all(b, results);
	remove_dir(dir);
	roots_close(&b->roots);
	return code;
}

int main(int argc, char **argv)
{
	struct bench *b = shared(sizeof(*b));
	char self[PATH_MAX] = "";
	bool perf;
	int c;

	if (!b)
		return EXIT_ERROR;
	*b = (struct bench){.rounds = 7, .memtrial = BENCH_MEMTRIAL};
	while ((c = getopt_long(argc, argv, "h", options, NULL)) >= 0) {
		if (c == 's')
			return stamp(optarg);
		if (c == 'h')
			return usage(stdout);
		if (take_option(b, c) < 0)
			return usage(stderr);
	}
	b->rounds = b->quick ? 1 : b->rounds;
	if (optind != argc || !is_right(b) ||
	    readlink("/proc/self/exe", self, sizeof(self) - 1) < 0)
		return usage(stderr);
	b->self = self;
	perf = b->perf_on;
	b->perf_on = false;
	return run(b, perf);
}
