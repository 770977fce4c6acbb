/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "area.h"
#include "base/cleanup.h"
#include "pattern.h"

#ifndef MADV_POPULATE_WRITE
#define MADV_POPULATE_WRITE 23 /* include/uapi/asm-generic/mman-common.h, 5.14 */
#endif

const char *const area_order_words[] = {"seq", "random", "stride", NULL};
const char *const area_thp_words[] = {"off", "on", "default", NULL};
const char *const area_technique_words[] = {"auto", "touch", "populate", NULL};

static int64_t round_up(int64_t n, int64_t to)
{
	return (n + to - 1) / to * to;
}

int64_t area_huge_page(int64_t page)
{
	/* What one page-table page of 8-byte entries maps: a PMD, on every 64-bit machine. */
	return page / 8 * page;
}

static int64_t unit_bytes(const struct area *a, int64_t unit)
{
	return MIN(a->unit, a->size - unit * a->unit);
}

int64_t area_tables(int64_t size)
{
	/* 512 8-byte entries a 4K page; larger pages need less. The rest: partly used tables at the
	 * ends. */
	return size / 512 + 64 * KIB;
}

int64_t area_units(const struct area *a, int64_t bytes)
{
	if (bytes >= a->size)
		return a->units;
	return (bytes + a->unit - 1) / a->unit;
}

/*
 * A keyed bijection of 0 .. 2^bits-1: odd multiplications and right xor-shifts can be undone, hence
 * map one to one. No table of what was touched is needed, so no memory beside the memory under
 * test.
 */
static uint64_t scramble(uint64_t x, unsigned bits, uint64_t seed)
{
	uint64_t mask = (1ULL << bits) - 1;

	for (unsigned round = 0; round < 3; round++) {
		uint64_t key = pattern_word(seed, round * sizeof(uint64_t));

		x = (x * (key | 1) + (key >> 32)) & mask;
		x ^= x >> (bits / 2 + 1);
	}
	return x;
}

static int64_t random_unit(const struct area *a, int64_t pos)
{
	uint64_t x = (uint64_t)pos;
	unsigned bits = 0;

	while ((1LL << bits) < a->units)
		bits++;
	/* Walk the cycle until it is back inside: fewer than 2 steps on average, as 2^bits < 2
	 * units. */
	do
		x = scramble(x, bits, a->seed);
	while (x >= (uint64_t)a->units);
	return (int64_t)x;
}

/* Every stride-th unit, then every stride-th from the second on, and so forth. */
static int64_t stride_unit(const struct area *a, int64_t pos)
{
	int64_t rows = a->units / a->stride, longer = a->units % a->stride;
	int64_t in_longer = longer * (rows + 1);

	if (pos < in_longer)
		return pos % (rows + 1) * a->stride + pos / (rows + 1);
	pos -= in_longer;
	return pos % rows * a->stride + longer + pos / rows;
}

int64_t area_unit_at(const struct area *a, int64_t pos)
{
	switch (a->order) {
	case ORDER_RANDOM:
		return random_unit(a, pos);
	case ORDER_STRIDE:
		return stride_unit(a, pos);
	default:
		return pos;
	}
}

/*
 * populate is the fastest way (fewer exceptions; the kernel counts a minor fault a page all the
 * same: mm/memory.c:mm_account_fault), but only runs of pages profit, and fresh pages must be
 * looked at one by one when they are verified.
 */
static bool wants_populate(const struct area_spec *s)
{
	if (s->technique == TECHNIQUE_AUTO)
		return s->order == ORDER_SEQ && !s->verify;
	return s->technique == TECHNIQUE_POPULATE;
}

static int advise_thp(struct area *a, enum area_thp thp, struct err *err)
{
	if (thp == THP_DEFAULT)
		return 0;
	if (!madvise(a->base, (size_t)a->size, thp == THP_ON ? MADV_HUGEPAGE : MADV_NOHUGEPAGE))
		return 0;
	/* A kernel without huge pages does not know the advice: off is what it does anyway. */
	if (thp == THP_OFF && errno == EINVAL)
		return 0;
	return err_errno(err, -errno, "madvise %s of %lld bytes",
			 thp == THP_ON ? "MADV_HUGEPAGE" : "MADV_NOHUGEPAGE", (long long)a->size);
}

/* Length 0 tells whether the kernel knows the advice, and does nothing (mm/madvise.c:do_madvise).
 */
static int probe_populate(struct area *a, const struct area_spec *s, struct err *err)
{
	a->populate = wants_populate(s);
	if (!a->populate || !madvise(a->base, 0, MADV_POPULATE_WRITE))
		return 0;
	a->populate = false;
	if (s->technique == TECHNIQUE_AUTO)
		return 0;
	return err_set(
		err, -errno,
		"this kernel has no MADV_POPULATE_WRITE (5.14 and later): use `technique: touch`");
}

static int map_pages(struct area *a, const struct area_spec *s, struct err *err)
{
	size_t align = a->unit > a->page ? (size_t)a->unit : 0;
	int flags = s->shared ? MAP_SHARED : MAP_PRIVATE;
	void *p;

	a->mapping_len = (size_t)a->size + align;
	p = mmap(NULL, a->mapping_len, PROT_READ | PROT_WRITE,
		 flags | (s->has_fd ? 0 : MAP_ANONYMOUS), s->has_fd ? s->fd : -1, 0);
	if (p == MAP_FAILED)
		return err_errno(err, -errno,
				 "mapping %lld bytes (look at ulimit -v and vm.overcommit_memory)",
				 (long long)a->mapping_len);
	a->mapping = p;
	a->base = align ? (unsigned char *)round_up((intptr_t)p, a->unit) : p;
	return 0;
}

int area_map(struct area *a, const struct area_spec *s, struct err *err)
{
	int r;

	*a = (struct area){
		.size = round_up(s->size, s->page),
		.page = s->page,
		.unit = s->thp == THP_ON ? area_huge_page(s->page) : s->page,
		.pass = 1,
		.seed = s->seed,
		.order = s->order,
		.shared = s->shared,
		.full = s->full || s->verify,
		.verify = s->verify,
	};
	a->units = (a->size + a->unit - 1) / a->unit;
	a->stride = MIN(MAX(s->stride / a->unit, 1), a->units);
	r = map_pages(a, s, err);
	if (!r)
		r = advise_thp(a, s->thp, err);
	if (!r)
		r = probe_populate(a, s, err);
	if (r)
		area_unmap(a);
	return r;
}

void area_unmap(struct area *a)
{
	if (a->mapping)
		munmap(a->mapping, a->mapping_len);
	a->mapping = a->base = NULL;
	a->held = a->cursor = a->bytes = 0;
}

/* The first generation is the parent's and everybody's; what is written over it bears the salt. */
static uint64_t seed_of(const struct area *a, int64_t generation)
{
	return generation ? pattern_seed(a->seed ^ a->salt, (uint64_t)generation) : a->seed;
}

static int64_t generation_at(const struct area *a, int64_t pos)
{
	return pos < a->cursor ? a->pass : a->pass - 1;
}

static void note_fault(struct area *a, int64_t offset, uint64_t want, uint64_t got)
{
	if (a->fault.count++)
		return;
	a->fault.addr = a->base + offset;
	a->fault.offset = offset;
	a->fault.want = want;
	a->fault.got = got;
}

static void check_bytes(struct area *a, int64_t offset, int64_t len, uint64_t seed)
{
	uint64_t bad, want, got;

	if (!pattern_check(a->base + offset, (size_t)len, seed, (uint64_t)offset, &bad, &want,
			   &got))
		note_fault(a, (int64_t)bad, want, got);
}

static void check_zero(struct area *a, int64_t offset, int64_t len)
{
	uint64_t got;
	size_t bad;

	if (!pattern_zero(a->base + offset, (size_t)len, &bad, &got))
		note_fault(a, offset + (int64_t)bad, 0, got);
}

#define WORD ((int64_t)sizeof(uint64_t))

/*
 * The first access is a write that also returns what was there: a read would map the zero page
 * first, cost a second fault, and look at the wrong page. An atomic exchange is also nothing that
 * the optimiser may drop. Returns the old word.
 */
static uint64_t touch_page(const struct area *a, int64_t offset, uint64_t seed)
{
	return __atomic_exchange_n((uint64_t *)(a->base + offset),
				   pattern_word(seed, (uint64_t)offset), __ATOMIC_RELAXED);
}

/* The seed that an old page was written with, or "it is fresh and must be zero". */
struct before {
	bool fresh;
	uint64_t seed;
};

static void write_page(struct area *a, int64_t offset, struct before before, uint64_t seed)
{
	uint64_t old = touch_page(a, offset, seed);

	if (a->verify) {
		uint64_t want = before.fresh ? 0 : pattern_word(before.seed, (uint64_t)offset);

		if (old != want)
			note_fault(a, offset, want, old);
		else if (before.fresh)
			check_zero(a, offset + WORD, a->page - WORD);
		else
			check_bytes(a, offset + WORD, a->page - WORD, before.seed);
	}
	if (a->full && (before.fresh || before.seed != seed))
		pattern_fill(a->base + offset + WORD, (size_t)(a->page - WORD), seed,
			     (uint64_t)(offset + WORD));
}

/* Returns the pages written. */
static int64_t write_unit(struct area *a, int64_t pos, struct before before, uint64_t seed)
{
	int64_t unit = area_unit_at(a, pos), begin = unit * a->unit, len = unit_bytes(a, unit);

	for (int64_t offset = begin; offset < begin + len; offset += a->page)
		write_page(a, offset, before, seed);
	return len / a->page;
}

/* How many units a call with so many bytes may move. */
static int64_t bound(const struct area *a, int64_t units, int64_t max)
{
	return MIN(units, MAX(max / a->unit, 1));
}

/* How many positions one call can advise: only neighbours go together. */
static int64_t run_of(const struct area *a, int64_t n)
{
	return a->order == ORDER_SEQ ? n : 1;
}

/* Advise n positions from `from` on, which are neighbours. Returns 0 or a negative errno. */
static int advise_run(struct area *a, int64_t from, int64_t n, int advice)
{
	int64_t begin = area_unit_at(a, from) * a->unit;
	int64_t len = MIN(n * a->unit, a->size - begin);

	return madvise(a->base + begin, (size_t)len, advice) ? -errno : 0;
}

int64_t area_grow(struct area *a, int64_t target, int64_t max)
{
	int64_t n = bound(a, target - a->held, max), pages = 0;

	/*
	 * No look at the result: what could not be populated is touched below, and the page fault
	 * does what it does to any program: wait, kill, or signal.
	 */
	for (int64_t i = 0; a->populate && i < n; i += run_of(a, n))
		(void)advise_run(a, a->held + i, run_of(a, n), MADV_POPULATE_WRITE);
	for (int64_t i = 0; i < n; i++, a->held++)
		pages += write_unit(a, a->held, (struct before){.fresh = true},
				    seed_of(a, generation_at(a, a->held)));
	a->bytes += pages * a->page;
	return pages;
}

int64_t area_shrink(struct area *a, int64_t target, int64_t max, struct err *err)
{
	int64_t n = bound(a, a->held - target, max), freed = 0;
	/* Shared pages belong to the object: unmapping them from one process would free nothing. */
	int advice = a->shared ? MADV_REMOVE : MADV_DONTNEED;
	int64_t run = run_of(a, n), low = a->held - n;
	int r = 0;

	/* From the end, so that what was given back before a call failed is held no longer. */
	while (a->held > low && !r) {
		r = advise_run(a, a->held - run, run, advice);
		/* The last unit of the area may be a part of one; the order may put it anywhere. */
		for (int64_t i = 0; i < run && !r; i++)
			freed += unit_bytes(a, area_unit_at(a, --a->held));
	}
	a->bytes -= freed;
	return r ? err_errno(err, r, "madvise %s of %lld bytes",
			     a->shared ? "MADV_REMOVE" : "MADV_DONTNEED",
			     (long long)(run * a->unit))
		 : freed / a->page;
}

int64_t area_rewrite(struct area *a, int64_t max)
{
	int64_t n, pages = 0;

	if (a->cursor >= a->held) {
		a->cursor = 0;
		a->pass++;
	}
	n = bound(a, a->held - a->cursor, max);
	for (int64_t i = 0; i < n; i++) {
		struct before before = {.seed = seed_of(a, a->pass - 1)};

		pages += write_unit(a, a->cursor, before, seed_of(a, a->pass));
		a->cursor++;
	}
	return pages;
}

int64_t area_visit(struct area *a, int64_t from, int64_t to)
{
	int64_t pages = 0;

	for (int64_t pos = from; pos < to; pos++) {
		uint64_t seed = seed_of(a, generation_at(a, pos));

		pages += write_unit(a, pos, (struct before){.seed = seed}, seed);
	}
	return pages;
}

void area_check(struct area *a, int64_t from, int64_t to)
{
	for (int64_t pos = from; pos < to; pos++) {
		int64_t unit = area_unit_at(a, pos), begin = unit * a->unit;
		uint64_t seed = seed_of(a, generation_at(a, pos));

		for (int64_t at = begin; at < begin + unit_bytes(a, unit); at += a->page)
			check_bytes(a, at, a->full ? a->page : WORD, seed);
	}
}

void area_report(struct worker *w, struct area_fault *fault)
{
	if (!fault->count)
		return;
	worker_corrupt(w, fault->addr, fault->offset, fault->want, fault->got);
	worker_add(&w->page->corrupt, fault->count - 1);
	*fault = (struct area_fault){0};
}

/*
 * A mate inherits the worker's signal handlers, which would set flags that nobody looks at: it is
 * killed, never asked. The parent may have died before PR_SET_PDEATHSIG was set: hence the second
 * look.
 */
static void __attribute__((noreturn))
mate_main(int fd, pid_t parent, void (*serve)(int fd, void *arg), void *arg)
{
	if (!prctl(PR_SET_PDEATHSIG, SIGKILL) && getppid() == parent)
		serve(fd, arg);
	_exit(0);
}

int mate_start(struct mate *m, void (*serve)(int fd, void *arg), void *arg, struct err *err)
{
	_cleanup_close_ int ours = -1, theirs = -1;
	pid_t parent = getpid(), pid;
	int pair[2];

	/* Packets: a note arrives whole or not at all, and the end of the mate is the end of file.
	 */
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair))
		return err_errno(err, -errno, "making a socket pair to talk to a child");
	ours = pair[0];
	theirs = pair[1];
	pid = fork();
	if (pid < 0)
		return err_errno(err, -errno, "forking a child (look at pids.max and ulimit -u)");
	if (!pid) {
		close(ours);
		mate_main(theirs, parent, serve, arg);
	}
	m->pid = pid;
	m->fd = take_fd(&ours);
	return 0;
}

int mate_send(struct mate *m, const struct mate_note *note, struct err *err)
{
	if (send(m->fd, note, sizeof(*note), MSG_NOSIGNAL) == (ssize_t)sizeof(*note))
		return 0;
	return err_errno(err, -errno, "talking to child %d", (int)m->pid);
}

/* Say how the mate ended; it is reaped by this. */
static int mate_died(struct mate *m, struct err *err)
{
	pid_t pid = m->pid;
	int status = 0;

	waitpid(pid, &status, 0);
	close(m->fd);
	*m = (struct mate){0};
	if (WIFSIGNALED(status))
		return err_set(err, -ECHILD, "child %d was killed by SIG%s", (int)pid,
			       sigabbrev_np(WTERMSIG(status)) ?: "?");
	return err_set(err, -ECHILD, "child %d exited too early", (int)pid);
}

int mate_receive(struct mate *m, struct mate_note *ret, int wait_ms, struct err *err)
{
	struct pollfd p = {.fd = m->fd, .events = POLLIN};
	int r = poll(&p, 1, wait_ms);
	ssize_t n;

	if (r < 0 && errno != EINTR)
		return err_errno(err, -errno, "waiting for child %d", (int)m->pid);
	if (r <= 0)
		return 0;
	n = recv(m->fd, ret, sizeof(*ret), 0);
	/* A call that failed lost the note (net/unix/af_unix.c); the mate lives on. */
	if (n < 0)
		return err_errno(err, -errno, "listening to child %d", (int)m->pid);
	return n == (ssize_t)sizeof(*ret) ? 1 : mate_died(m, err);
}

bool mate_end(struct mate *m)
{
	bool alive = true;

	if (m->pid > 0) {
		alive = waitpid(m->pid, NULL, WNOHANG) != m->pid;
		if (alive)
			kill(m->pid, SIGKILL);
		while (alive && waitpid(m->pid, NULL, 0) < 0 && errno == EINTR)
			;
		close(m->fd);
	}
	*m = (struct mate){0};
	return alive;
}

int mate_take(int fd, struct mate_note *ret)
{
	ssize_t n;

	do
		n = recv(fd, ret, sizeof(*ret), 0);
	while (n < 0 && errno == EINTR);
	return n == (ssize_t)sizeof(*ret);
}

int mate_answer(int fd, const struct mate_note *note)
{
	return send(fd, note, sizeof(*note), MSG_NOSIGNAL) == (ssize_t)sizeof(*note);
}
