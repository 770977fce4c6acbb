/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * shmem: a shared memory object (memfd, or an anonymous shared mapping) that one or several
 * processes map. However many map it, it is one copy: the worker takes each page, and its mates map
 * what is there.
 */
#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <unistd.h>

#include "area.h"
#include "base/cleanup.h"

enum kind { KIND_MEMFD, KIND_ANON, KIND_TMPFS };
static const char *const kind_words[] = {"memfd", "anon", "tmpfs", NULL};
/* After those of enum area_technique that shared memory knows. */
#define TECHNIQUE_CHARGE TECHNIQUE_SPLIT
static const char *const technique_words[] = {"auto", "touch", "populate", "charge", NULL};
enum then { THEN_HOLD, THEN_CHURN, THEN_EXIT };
static const char *const then_words[] = {"hold", "churn", "exit", NULL};

struct shmem_opts {
	int64_t size, target, step;
	int64_t kind, mappers, then, technique, verify;
};

#define OPT(field) .name = #field, .offset = offsetof(struct shmem_opts, field)

static const struct opt options[] = {
	{OPT(size), .type = OPT_SIZE, .min = 1, .max = AREA_SIZE_MAX, .flags = OPT_REQUIRED,
	 .help = "bytes of the object, all touched unless `target` says less"},
	{OPT(target), .type = OPT_SIZE, .def = AREA_TARGET_ALL, .flags = OPT_LIVE,
	 .help = "bytes to hold now, at most `size`; whole pages, given back from the end"},
	{OPT(step), .type = OPT_SIZE, .min = 1, .max = GIB, .def = "1M",
	 .help = "bytes touched in one step: the worker can be stopped between steps"},
	{OPT(kind), .type = OPT_ENUM, .words = kind_words, .def = "memfd",
	 .help = "memfd_create, mmap MAP_SHARED|MAP_ANONYMOUS, or a file on a tmpfs of its own, in "
		 "huge pages (needs root)"},
	{OPT(mappers), .type = OPT_COUNT, .min = 1, .max = MATE_MAX + 1, .def = "1",
	 .help = "processes that map the same object and touch all of it, the worker among them"},
	{OPT(then), .type = OPT_ENUM, .words = then_words, .def = "hold",
	 .help = "at the target: sleep, free and touch again for ever, or end"},
	{OPT(technique), .type = OPT_ENUM, .words = technique_words, .def = "auto",
	 .help = "how the worker takes pages: a fault for each, or MADV_POPULATE_WRITE; auto "
		 "populates unless it verifies; charge: fallocate, which is charged and not even "
		 "cleared (kind tmpfs: the fastest way to a limit)"},
	{OPT(verify), .type = OPT_BOOL, .def = "no",
	 .help = "fresh pages must be zero, every mapper must see what was written, and it must "
		 "be there until released"},
	OPT_END,
};

enum { TOUCHED, FREED, PASSES, MAPPED };
static const struct stressor_counter counters[] = {
	[TOUCHED] = {"touched", UNIT_PAGES, false, "pages touched, by all mappers"},
	[FREED] = {"freed", UNIT_PAGES, false, "pages of the object given back while it ran"},
	[PASSES] = {"passes", UNIT_COUNT, false, "times that churn went through"},
	[MAPPED] = {"mapped", UNIT_BYTES, true, "bytes in memory as mapped, over all mappers"},
	{.name = NULL},
};

struct shmem_state {
	struct area area;
	struct mate mates[MATE_MAX];
	struct mate_note note; /* what the mates were told to touch */
	int fd;		       /* technique charge: the file, -1 */
	int mates_n, waiting;  /* mates there are; the first `waiting` have not answered yet */
	bool emptying;	       /* churn: on the way down */
};

static void shmem_footprint(const void *opts, struct footprint *ret)
{
	const struct shmem_opts *o = opts;
	int64_t over = o->kind == KIND_TMPFS ? area_huge_page(page_size()) : page_size();
	int64_t object = o->size + over + o->size / 256; /* and the nodes of its xarray */

	*ret = (struct footprint){.memory = object + o->mappers * area_tables(o->size) +
					    (o->mappers - 1) * MATE_FOOTPRINT};
}

static int shmem_check(const void *opts, struct err *err)
{
	const struct shmem_opts *o = opts;

	if (o->technique == TECHNIQUE_CHARGE &&
	    (o->kind == KIND_ANON || o->mappers > 1 || o->verify))
		return err_set_class(err, ERR_USAGE, -EINVAL,
				     "technique: charge touches nothing: it wants kind: tmpfs or "
				     "memfd, mappers: 1 and verify: no");
	return 0;
}

static needs_t shmem_needs(const void *opts)
{
	return ((const struct shmem_opts *)opts)->kind == KIND_TMPFS ? NEED_ROOT : 0;
}

static bool shmem_endless(const void *opts)
{
	return ((const struct shmem_opts *)opts)->then == THEN_CHURN;
}

/* A mate touches what it is told, so that it maps what the worker holds, and says what it saw. */
static void mate_serve(int fd, void *arg)
{
	struct area *a = arg;
	struct mate_note note;

	while (mate_take(fd, &note)) {
		note.pages = area_visit(a, note.from, note.to);
		note.fault = a->fault;
		a->fault = (struct area_fault){0};
		if (!mate_answer(fd, &note))
			break;
	}
}

/* A file on a tmpfs that is mounted nowhere: it ends with its last descriptor or mapping. */
static int tmpfs_file(struct worker *w)
{
	_cleanup_close_ int context = fsopen("tmpfs", FSOPEN_CLOEXEC);
	_cleanup_close_ int mount = -1;
	int fd;

	/* size=0: no limit but the group's. A kernel without huge pages refuses the word huge. */
	if (context < 0 || fsconfig(context, FSCONFIG_SET_STRING, "size", "0", 0) < 0)
		return err_errno(&w->err, -errno, "cannot make a tmpfs");
	(void)fsconfig(context, FSCONFIG_SET_STRING, "huge", "always", 0);
	if (fsconfig(context, FSCONFIG_CMD_CREATE, NULL, NULL, 0) < 0)
		return err_errno(&w->err, -errno, "cannot make a tmpfs");
	mount = fsmount(context, FSMOUNT_CLOEXEC, MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC);
	if (mount < 0)
		return err_errno(&w->err, -errno, "cannot mount a tmpfs");
	fd = openat(mount, "object", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	return fd < 0 ? err_errno(&w->err, -errno, "cannot make a file on a tmpfs") : fd;
}

/* -1: none is needed. */
static int make_object(struct worker *w)
{
	const struct shmem_opts *o = w->opts;
	int fd;

	if (o->kind == KIND_ANON)
		return -1;
	if (o->kind == KIND_TMPFS)
		return tmpfs_file(w);
	fd = memfd_create("memtrial-shmem", MFD_CLOEXEC);
	return fd < 0 ? err_errno(&w->err, -errno, "memfd_create") : fd;
}

static int map_object(struct worker *w)
{
	const struct shmem_opts *o = w->opts;
	struct shmem_state *s = w->state;
	_cleanup_close_ int fd = -1;
	struct area_spec spec = {
		.size = o->size,
		.page = w->page_size,
		.seed = w->seed,
		.shared = true,
		.has_fd = o->kind != KIND_ANON,
		.technique = o->technique == TECHNIQUE_CHARGE ? TECHNIQUE_TOUCH
							      : (enum area_technique)o->technique,
		.verify = o->verify,
	};

	int r;

	s->fd = -1;
	if (o->kind != KIND_ANON) {
		fd = make_object(w);
		if (fd < 0)
			return fd;
		if (ftruncate(fd, o->size))
			return err_errno(&w->err, -errno, "sizing the object to %lld bytes",
					 (long long)o->size);
		spec.fd = fd;
	}
	/* The mapping keeps the object; the descriptor is needed to charge only. */
	r = area_map(&s->area, &spec, &w->err);
	if (r == 0 && o->technique == TECHNIQUE_CHARGE)
		s->fd = take_fd(&fd);
	return r;
}

static int shmem_setup(struct worker *w)
{
	const struct shmem_opts *o = w->opts;
	struct shmem_state *s = w->state;
	int r = map_object(w);

	/* A shared mapping is inherited as it is, and its page tables are not: each mate faults. */
	while (!r && s->mates_n < o->mappers - 1) {
		r = mate_start(&s->mates[s->mates_n], mate_serve, &s->area, &w->err);
		if (!r)
			s->mates_n++;
	}
	return r;
}

static void count_touches(struct worker *w, int64_t pages)
{
	worker_add(&w->page->ops, pages);
	worker_add(&w->page->counter[TOUCHED], pages);
}

/*
 * fallocate() takes pages and leaves clearing to who looks at them first
 * (mm/shmem.c:shmem_fallocate), 512 at a time on a huge tmpfs.
 */
static int charge(struct worker *w, int64_t target)
{
	const struct shmem_opts *o = w->opts;
	struct shmem_state *s = w->state;
	struct area *a = &s->area;
	int64_t most = MAX(o->step, area_huge_page(a->page)) / a->page;
	int64_t pages = MIN(target - a->held, most);

	if (fallocate(s->fd, 0, a->held * a->page, pages * a->page) < 0) {
		if (errno == EINTR)
			return STEP_MORE;
		return err_errno(&w->err, -errno, "fallocate of %lld bytes",
				 (long long)(pages * a->page));
	}
	a->held += pages;
	a->bytes += pages * a->page;
	count_touches(w, pages);
	return STEP_MORE;
}

/* The worker takes pages, and then tells the mates to map them too. */
static int grow(struct worker *w, int64_t target)
{
	const struct shmem_opts *o = w->opts;
	struct shmem_state *s = w->state;

	s->note = (struct mate_note){.from = s->area.held};
	count_touches(w, area_grow(&s->area, target, o->step));
	s->note.to = s->area.held;
	for (int i = 0; i < s->mates_n; i++) {
		int r = mate_send(&s->mates[i], &s->note, &w->err);

		if (r)
			return r;
		s->waiting = i + 1; /* only those that were told will answer */
	}
	return STEP_MORE;
}

/* Mates answer in any order; asking the last one first is good enough, as all must. */
static int await(struct worker *w)
{
	struct shmem_state *s = w->state;
	struct mate_note note;

	while (s->waiting > 0) {
		int r = mate_receive(&s->mates[s->waiting - 1], &note, 50, &w->err);

		if (!r)
			return STEP_MORE;
		s->waiting--; /* also after an error: its answer is lost, or it is gone */
		if (r < 0)
			return err_prefix(&w->err, "mapper");
		count_touches(w, note.pages);
		area_report(w, &note.fault);
	}
	return STEP_MORE;
}

static int shrink(struct worker *w, int64_t target)
{
	const struct shmem_opts *o = w->opts;
	struct shmem_state *s = w->state;
	int64_t pages = area_shrink(&s->area, target, o->step, &w->err);

	if (pages < 0)
		return (int)pages;
	worker_add(&w->page->counter[FREED], pages);
	return STEP_MORE;
}

static int settle(struct worker *w)
{
	const struct shmem_opts *o = w->opts;
	struct shmem_state *s = w->state;

	if (o->then == THEN_EXIT)
		return STEP_DONE;
	if (o->then == THEN_HOLD || !s->area.held)
		return STEP_HOLD;
	s->emptying = true;
	return STEP_MORE;
}

static int move(struct worker *w)
{
	const struct shmem_opts *o = w->opts;
	struct shmem_state *s = w->state;
	int64_t target = area_units(&s->area, o->target);

	if (s->emptying && !s->area.held) {
		s->emptying = false;
		worker_add(&w->page->counter[PASSES], 1);
	}
	if (s->emptying)
		target = 0;
	if (s->area.held < target)
		return s->fd < 0 ? grow(w, target) : charge(w, target);
	return s->area.held > target ? shrink(w, target) : settle(w);
}

static int shmem_step(struct worker *w)
{
	struct shmem_state *s = w->state;
	int r = s->waiting ? STEP_MORE : move(w);

	if (r == STEP_MORE && s->waiting)
		r = await(w);
	worker_put(&w->page->bytes, s->area.bytes);
	worker_put(&w->page->counter[MAPPED], s->area.bytes * (1 + s->mates_n - s->waiting));
	area_report(w, &s->area.fault);
	return r;
}

static void shmem_release(struct worker *w)
{
	struct shmem_state *s = w->state;

	for (int i = 0; i < s->mates_n; i++)
		if (!mate_end(&s->mates[i]))
			worker_add(&w->page->errors, 1);
	s->mates_n = s->waiting = 0;
	if (s->area.verify) {
		area_check(&s->area, 0, s->area.held);
		area_report(w, &s->area.fault);
	}
	area_unmap(&s->area);
	close_fd(&s->fd);
	worker_put(&w->page->bytes, 0);
	worker_put(&w->page->counter[MAPPED], 0);
}

const struct stressor stressor_shmem = {
	.name = "shmem",
	.summary = "shared memory, one copy however many processes map it",
	.bytes_help = "bytes of the object in memory now, counted once",
	.options = options,
	.options_size = sizeof(struct shmem_opts),
	.counters = counters,
	.state_size = sizeof(struct shmem_state),
	.check = shmem_check,
	.needs_of = shmem_needs,
	.footprint = shmem_footprint,
	.endless = shmem_endless,
	.setup = shmem_setup,
	.step = shmem_step,
	.release = shmem_release,
};
