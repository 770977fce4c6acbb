/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What happens once: a limit that is reached, a kill that is noticed, slab that is fragmented. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/io.h"
#include "base/units.h"
#include "fixture.h"
#include "kernel/kv.h"
#include "load.h"

#define KILL_LIMIT (20 * NSEC_PER_SEC)
/* A peer's clock starts when so much of its memory is there: its start is not the kernel's. */
#define PEER_BEGUN (16 * MIB)

static int64_t kills_of(const struct run_of *run)
{
	struct cg_source src;

	if (!cg_source(run->tree.at.version, "memory.events.oom_kill", &src) || !src.key)
		return 0;
	return MAX(kv_load(run->group, src.file, KV_PLAIN, src.key), 0);
}

static int64_t usage_of(const struct run_of *run)
{
	struct cg_source src;
	int64_t n = 0;

	if (cg_source(run->tree.at.version, "memory.current", &src))
		(void)file_read_i64(run->group, src.file, &n);
	return n;
}

static void nap(void)
{
	struct timespec t = {.tv_nsec = 100 * NSEC_PER_USEC};

	clock_nanosleep(CLOCK_MONOTONIC, 0, &t, NULL);
}

static int await_kill(const struct run_of *run, int64_t begin, struct measured *ret,
		      struct err *err)
{
	while (!kills_of(run)) {
		if (mono_now().ns - begin > KILL_LIMIT)
			return err_set(err, -ETIMEDOUT, "nobody was OOM-killed");
		nap();
	}
	ret->wall_s = since(begin);
	return 0;
}

/* From the barrier until the group has counted the kill. */
static int ours_to_oom(struct run_of *run, struct measured *ret, struct err *err)
{
	struct ours o;
	int r = ours_open(&o, run, run->way->arg, err);

	if (r == 0) {
		warm_memory(run);
		int64_t begin = mono_now().ns;

		ours_start(&o);
		r = await_kill(run, begin, ret, err);
	}
	ours_close(&o);
	return r;
}

static int peer_to_oom(struct run_of *run, struct measured *ret, struct err *err)
{
	struct err end = {0};
	int64_t begin;
	pid_t pid;
	int r;

	warm_memory(run);
	begin = mono_now().ns;
	pid = peer_start(run, run->way->argv, NULL, err);
	if (pid < 0)
		return pid;
	while (usage_of(run) < PEER_BEGUN && since(begin) < 5)
		nap();
	r = await_kill(run, mono_now().ns, ret, err);
	(void)tree_kill(&run->tree, &end);
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
	return r;
}

#define TO_OOM(text_, stressor_)                                                                   \
	{                                                                                          \
		.text = text_, .unit = "ms", .of = OF_MS, .digits = 1, .special = ours_to_oom,     \
		.arg = stressor_                                                                   \
	}
#define PEER_TO_OOM(text_, ...)                                                                    \
	{                                                                                          \
		.text = text_, .unit = "ms", .of = OF_MS, .digits = 1, .special = peer_to_oom,     \
		.argv = (const char *const[])                                                      \
		{                                                                                  \
			__VA_ARGS__, NULL                                                          \
		}                                                                                  \
	}

#define CHARGE "use: shmem, size: 2G, kind: tmpfs, technique: charge, step: 64M"
enum { O_CHARGE2, O_CHARGE, O_THP2, O_THP1, O_SMALL, O_STRESS, O_STRESS2, O_MEMHOG };
static const struct way oom_ways[] = {
	[O_CHARGE2] = {.text = "shmem, kind: tmpfs, technique: charge, workers: 2",
		       .unit = "ms",
		       .of = OF_MS,
		       .digits = 1,
		       .special = ours_to_oom,
		       .target = 5,
		       .at_most = true,
		       .arg = CHARGE ", workers: 2"},
	[O_CHARGE] = TO_OOM("shmem, kind: tmpfs, technique: charge", CHARGE),
	[O_THP2] = TO_OOM("anon, thp: on, workers: 2",
			  "use: anon, size: 2G, thp: on, workers: 2, step: 2M"),
	[O_THP1] = TO_OOM("anon, thp: on", "use: anon, size: 2G, thp: on, step: 2M"),
	[O_SMALL] = TO_OOM("anon", "use: anon, size: 2G"),
	[O_STRESS] = PEER_TO_OOM("stress-ng --vm-populate", "stress-ng", "--vm", "1", "--vm-bytes",
				 "2g", "--vm-populate"),
	[O_STRESS2] = PEER_TO_OOM("stress-ng --vm 2 --vm-populate", "stress-ng", "--vm", "2",
				  "--vm-bytes", "4g", "--vm-populate"),
	[O_MEMHOG] = PEER_TO_OOM("memhog", "memhog", "2g"),
};
static const struct ratio oom_ratios[] = {
	{"2 workers, sooner than stress-ng --vm-populate", O_THP2, 1 << O_STRESS, 3, OF_MS},
	{"2 workers, sooner than stress-ng with 2", O_THP2, 1 << O_STRESS2, 0, OF_MS},
	{"1 worker, sooner than stress-ng --vm-populate", O_THP1, 1 << O_STRESS, 0, OF_MS},
};

const struct load load_oom = {
	.name = "oom",
	.heading = "from nothing to an OOM kill at 1 GiB, on the clock",
	.limit = 1 * GIB,
	.ways = oom_ways,
	.n_ways = ARRAY_SIZE(oom_ways),
	.ratios = oom_ratios,
	.n_ratios = ARRAY_SIZE(oom_ratios),
};

/* ---- noticed: the trial's own loop on a victim of 512 MiB ---- */

static const char victim[] = "summary: a victim\nsource: tests/bench\ngroups:\n"
			     "  box: { memory.max: 512M, memory.swap.max: 0 }\nstressors:\n"
			     "  eater: { use: anon, in: box, size: 600M, step: 64K }\nphases:\n"
			     "  - phase: run\n    start: eater\n    until: eater exits within 10s\n"
			     "    expect: { eater.outcome: oom-killed }\n";

static bool is_seen(struct trial *t, const void *arg)
{
	(void)arg;
	return t->kills.seen_ns;
}

static bool is_over(struct trial *t, const void *arg)
{
	(void)arg;
	return t->slots[0].exited;
}

static int notice_run(struct fixture *f, struct run_of *run, struct measured *ret, struct err *err)
{
	static const int first[] = {0};
	struct trial *t = &f->trial;
	const struct knob *max = knob_find("memory.max");
	struct knob_context ctx = {0};
	int64_t touched, end;
	int r = fixture_open(f, run->b, err);

	if (r == 0)
		r = knob_write(tree_group_fd(&t->tree, 0), t->version, max, 512 * MIB, &ctx, err);
	if (r == 0)
		r = workers_fork(t, err);
	if (r < 0)
		return r;
	kills_open(t);
	warm_memory(run);
	workers_start(t, first, 1);
	if (loop_until(t, mono_now().ns + KILL_LIMIT, is_seen, NULL) != 1)
		return err_set(err, -ETIMEDOUT, "no OOM kill was noticed");
	if (loop_until(t, mono_now().ns + KILL_LIMIT, is_over, NULL) != 1)
		return err_set(err, -ETIMEDOUT, "the victim did not end");
	/* The end of the last step but the fatal one: one of 64 KiB, some 30 us. */
	touched = atomic_load(&t->slots[0].page->end_ns);
	end = t->slots[0].exited_ns + t->t0;
	ret->wall_s = (double)((run->way->arg ? end : t->kills.seen_ns) - touched) / 1e9;
	return 0;
}

static int notice(struct run_of *run, struct measured *ret, struct err *err)
{
	struct fixture *f = calloc(1, sizeof(*f));
	struct err end = {0};
	int r = f ? fixture_plan(f, run->b, victim, err) : -ENOMEM, e;

	if (r == 0)
		r = notice_run(f, run, ret, err);
	e = f ? fixture_stop(f, &end) : 0;
	fixture_free(f);
	return r < 0 ? r : e < 0 ? err_set(err, e, "%s", end.text) : 0;
}

enum { N_SEEN, N_EXIT };
static const struct way notice_ways[] = {
	[N_SEEN] = {.text = "its group's count, in the trial's loop",
		    .unit = "ms",
		    .of = OF_MS,
		    .digits = 2,
		    .special = notice,
		    .target = 1.5,
		    .at_most = true},
	[N_EXIT] = {.text = "its exit, in the same loop (as waitpid)",
		    .unit = "ms",
		    .of = OF_MS,
		    .digits = 2,
		    .special = notice,
		    .arg = ""},
};
static const struct ratio notice_ratios[] = {
	{"sooner than the exit", N_SEEN, 1 << N_EXIT, 5, OF_MS},
};

const struct load load_notice = {
	.name = "notice",
	.heading = "an OOM kill noticed after the last touch, victim of 512 MiB in 4 KiB pages",
	.limit = 1 * GIB,
	.ways = notice_ways,
	.n_ways = ARRAY_SIZE(notice_ways),
	.ratios = notice_ratios,
	.n_ratios = ARRAY_SIZE(notice_ratios),
};

/* ---- slab fragmentation ---- */

enum { FRAG_UTIL, FRAG_TIMES, FRAG_HELD, FRAG_MS };
struct fragment {
	const char *stressor, *cache;
	int what;
};

struct objects {
	double active, all;
};

static int count_objects(const struct run_of *run, const char *cache, struct objects *ret,
			 struct err *err)
{
	_cleanup_free_ char *text = NULL;
	long long active, all;
	char word[80];
	size_t len;
	const char *at;
	int r = file_read_alloc(run->b->roots.proc, "slabinfo", &text, &len);

	if (r < 0)
		return err_errno(err, r, "cannot read slabinfo");
	snprintf(word, sizeof(word), "\n%s ", cache);
	at = strstr(text, word);
	if (!at || sscanf(at + strlen(word), "%lld %lld", &active, &all) != 2)
		return err_set_class(err, ERR_SKIP, -ENOENT, "slabinfo has no %s", cache);
	*ret = (struct objects){(double)active, (double)all};
	return 0;
}

/* Once what was freed is gone: inodes are freed after an RCU grace period, in several goes. */
static int count_at_rest(const struct run_of *run, const char *cache, struct objects *ret,
			 struct err *err)
{
	struct objects before;
	int r = count_objects(run, cache, ret, err);

	for (int same = 0, looks = 0; r == 0 && same < 5 && looks < 100; looks++) {
		before = *ret;
		usleep(50 * 1000);
		r = count_objects(run, cache, ret, err);
		same = ret->active < before.active || ret->all < before.all ? 0 : same + 1;
	}
	return r;
}

/* Of the objects that came since, as others' are in the cache too. */
static int utilisation(const struct run_of *run, const char *cache, const struct objects *before,
		       double *ret, struct err *err)
{
	struct objects now;
	int r = count_at_rest(run, cache, &now, err);

	if (r == 0)
		*ret = (now.active - before->active) / MAX(now.all - before->all, 1.0);
	return r;
}

static double unreclaimable(const struct run_of *run)
{
	return (double)kv_load(run->b->roots.proc, "meminfo", KV_MEMINFO, "SUnreclaim");
}

/* Set `fragment` while they hold. It is the stressor's second live option. */
static void set_fragment(struct ours *o)
{
	for (int i = 0; i < o->n; i++) {
		atomic_store(&o->pages[i].live[1], 1);
		atomic_store(&o->pages[i].state, WORKER_RUNNING);
		atomic_fetch_add(&o->pages[i].command, 1u << COMMAND_LIVE_SHIFT);
		futex_wake_all(&o->pages[i].command);
	}
}

static int fragment_run(struct ours *o, struct run_of *run, struct measured *ret, struct err *err)
{
	const struct fragment *f = run->way->arg;
	double before = unreclaimable(run), full, util = 0;
	struct objects others;
	int64_t begin;
	int r = count_at_rest(run, f->cache, &others, err);

	ours_start(o);
	if (r == 0)
		r = ours_wait_hold(o, err);
	if (r < 0)
		return r;
	full = unreclaimable(run);
	begin = mono_now().ns;
	set_fragment(o);
	r = ours_wait_hold(o, err);
	ret->wall_s = since(begin);
	if (r == 0)
		r = utilisation(run, f->cache, &others, &util, err);
	if (r < 0)
		return r;
	if (f->what == FRAG_UTIL)
		ret->work = util * 100;
	else if (f->what == FRAG_TIMES)
		ret->work = util * (double)atomic_load(&o->pages[0].counter[2]);
	else
		ret->work = (unreclaimable(run) - before) * 100 / MAX(full - before, 1.0);
	return 0;
}

static int fragment(struct run_of *run, struct measured *ret, struct err *err)
{
	const struct fragment *f = run->way->arg;
	struct ours o;
	int r = ours_open(&o, run, f->stressor, err);

	if (r == 0)
		r = fragment_run(&o, run, ret, err);
	if (r == 0)
		r = ours_stop(&o, err);
	ours_close(&o);
	return r;
}

#define MSG_64 "use: slab, kind: msg, object: 64B, count: 500000"
#define NODES  "use: slab, kind: tmpfs-inode, count: 100000"
#define FRAG(text_, unit_, of_, digits_, stressor_, cache_, what_, target_, most)                  \
	{                                                                                          \
		.text = text_, .unit = unit_, .scale = 1, .of = of_, .digits = digits_,            \
		.special = fragment, .arg = &(const struct fragment){stressor_, cache_, what_},    \
		.target = target_, .at_most = most                                                 \
	}
static const struct way fragment_ways[] = {
	FRAG("msg_msg-64, utilisation", "%", OF_WORK, 2, MSG_64, "msg_msg-64", FRAG_UTIL, 2, true),
	FRAG("  times objects per slab", "x", OF_WORK, 2, MSG_64, "msg_msg-64", FRAG_TIMES, 1.1,
	     true),
	FRAG("  of SUnreclaim still held", "%", OF_WORK, 1, MSG_64, "msg_msg-64", FRAG_HELD, 95,
	     false),
	FRAG("  time to free the others", "ms", OF_MS, 0, MSG_64, "msg_msg-64", FRAG_MS, 0, false),
	FRAG("shmem_inode_cache, utilisation", "%", OF_WORK, 2, NODES, "shmem_inode_cache",
	     FRAG_UTIL, 0, false),
	FRAG("  times objects per slab", "x", OF_WORK, 2, NODES, "shmem_inode_cache", FRAG_TIMES,
	     1.1, true),
	FRAG("  time to free the others", "ms", OF_MS, 0, NODES, "shmem_inode_cache", FRAG_MS, 0,
	     false),
};

const struct load load_fragment = {
	.name = "fragment",
	.heading = "slab fragmented: one object kept in each slab page",
	.limit = 1 * GIB,
	.ways = fragment_ways,
	.n_ways = ARRAY_SIZE(fragment_ways),
};

/* ---- sampling: the trial's own reader against sadc ---- */

static int ours_sample(struct run_of *run, struct measured *ret, struct err *err)
{
	double us = 0;
	int r = sampling_cost(run->b, &us, err);

	ret->wall_s = us / 1e6;
	return r;
}

static int cpu_of(pid_t pid, double *ret_s, struct err *err)
{
	struct timespec t;
	clockid_t clock;

	if (clock_getcpuclockid(pid, &clock) != 0 || clock_gettime(clock, &t) < 0)
		return err_set(err, -ESRCH, "sadc ended by itself");
	*ret_s = (double)t.tv_sec + (double)t.tv_nsec / 1e9;
	return 0;
}

/* It takes one each second, the first at once: what it uses from half a second on, by their number.
 */
static int sadc_sample(struct run_of *run, struct measured *ret, struct err *err)
{
	static const char *const argv[] = {"sadc", "1", "60", "samples", NULL};
	int seconds = run->b->quick ? 1 : 4, r;
	double begin = 0, end = 0;
	pid_t pid = peer_start(run, argv, NULL, err);

	if (pid < 0)
		return pid;
	sleep_ms(500);
	r = cpu_of(pid, &begin, err);
	sleep_ms(seconds * 1000L);
	if (r == 0)
		r = cpu_of(pid, &end, err);
	kill(pid, SIGKILL);
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
	ret->wall_s = (end - begin) / seconds;
	return r;
}

static const struct way sadc_ways[] = {
	{.text = "meminfo and vmstat, the trial's reader",
	 .unit = "ms",
	 .of = OF_MS,
	 .digits = 4,
	 .special = ours_sample,
	 .target = 0.010,
	 .at_most = true},
	{.text = "a sample of sadc",
	 .unit = "ms",
	 .of = OF_MS,
	 .digits = 4,
	 .special = sadc_sample,
	 .argv = (const char *const[]){"sadc", NULL}},
};
static const struct ratio sadc_ratios[] = {
	{"cheaper than sadc", 0, 1 << 1, 50, OF_MS},
};

const struct load load_sadc = {
	.name = "sadc",
	.heading = "a sample, CPU time",
	.limit = 256 * MIB,
	.ways = sadc_ways,
	.n_ways = ARRAY_SIZE(sadc_ways),
	.ratios = sadc_ratios,
	.n_ratios = ARRAY_SIZE(sadc_ratios),
};
