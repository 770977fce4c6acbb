/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * groups: groups that are made and removed while page cache is charged to them. The worker makes
 * each beside its own (a group with processes may have no groups below it that control memory, on
 * v2), goes in, reads a piece of a file, comes back and removes it: what remains is a group that
 * dies when its last page goes.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/io.h"
#include "own_group.h"
#include "stressor.h"

/* A group of its own: mm/memcontrol.c:mem_cgroup_alloc(), and the files of its directory. */
#define GROUP_BYTES (128 * KIB)
#define PIECE	    (16 * KIB)
#define FILE_NAME   "groups"

struct groups_opts {
	int64_t count, size;
};

#define OPT(field) .name = #field, .offset = offsetof(struct groups_opts, field)

static const struct opt options[] = {
	{OPT(count), .type = OPT_COUNT, .min = 1, .max = 1000000, .flags = OPT_REQUIRED,
	 .help = "groups to make and remove, one after the other"},
	{OPT(size), .type = OPT_SIZE, .min = 1, .max = GIB, .def = "16K",
	 .help = "page cache that is charged to each when it is removed, whole pages"},
	OPT_END,
};

enum { REMOVED };
static const struct stressor_counter counters[] = {
	[REMOVED] = {"removed", UNIT_COUNT, false, "groups made and removed"},
	{.name = NULL},
};

struct groups_state {
	int own, above, file; /* its group, the one above it, the file; each plus 1, 0: none */
	char name[48];	      /* of the group that stands now, "" */
};

static int64_t piece_of(const struct worker *w)
{
	const struct groups_opts *o = w->opts;

	return (o->size + w->page_size - 1) / w->page_size * w->page_size;
}

static void groups_footprint(const void *opts, struct footprint *ret)
{
	const struct groups_opts *o = opts;

	*ret = (struct footprint){.memory = o->count * (o->size + PIECE + GROUP_BYTES)};
}

static int groups_setup(struct worker *w)
{
	const struct groups_opts *o = w->opts;
	struct groups_state *s = w->state;

	s->own = own_group_open() + 1;
	s->above = s->own > 0 ? dir_open(s->own - 1, "..") + 1 : 0;
	if (s->own <= 0 || s->above <= 0)
		return err_set(&w->err, -ENOENT, "cannot open the worker's group");
	s->file = openat(w->scratch, FILE_NAME, O_CREAT | O_RDWR | O_CLOEXEC, 0600) + 1;
	if (s->file <= 0 || ftruncate(s->file - 1, o->count * piece_of(w)))
		return err_errno(&w->err, -errno, "cannot make a file to read");
	/* Blocks around what is read would be charged to the wrong group. */
	posix_fadvise(s->file - 1, 0, 0, POSIX_FADV_RANDOM);
	return 0;
}

/* "0" is who writes it (kernel/cgroup/cgroup.c:cgroup_procs_write_start()). */
static int enter(struct worker *w, int dir, const char *procs)
{
	int r = file_write(dir, procs, "0");

	return r < 0 ? err_errno(&w->err, r, "cannot go into %s", procs) : 0;
}

static int read_piece(struct worker *w, int64_t at, int64_t len)
{
	struct groups_state *s = w->state;
	char buf[PIECE];

	for (int64_t done = 0; done < len;) {
		ssize_t n = pread(s->file - 1, buf, (size_t)MIN(len - done, PIECE), at + done);

		if (n <= 0)
			return err_errno(&w->err, n ? -errno : -EIO, "cannot read the file");
		done += n;
	}
	return 0;
}

static int groups_step(struct worker *w)
{
	const struct groups_opts *o = w->opts;
	struct groups_state *s = w->state;
	int64_t made = atomic_load(&w->page->counter[REMOVED]), piece = piece_of(w);
	char procs[64];
	int r, back;

	if (made == o->count)
		return STEP_HOLD;
	snprintf(s->name, sizeof(s->name), "dying-%d-%lld", (int)getpid(), (long long)made);
	snprintf(procs, sizeof(procs), "%s/cgroup.procs", s->name);
	if (mkdirat(s->above - 1, s->name, 0755))
		return err_errno(&w->err, -errno, "cannot make the group %s", s->name);
	r = enter(w, s->above - 1, procs);
	if (!r)
		r = read_piece(w, made * piece, piece);
	back = enter(w, s->own - 1, "cgroup.procs");
	if (r || back)
		return r ? r : back;
	if (unlinkat(s->above - 1, s->name, AT_REMOVEDIR))
		return err_errno(&w->err, -errno, "cannot remove the group %s", s->name);
	s->name[0] = '\0';
	worker_add(&w->page->counter[REMOVED], 1);
	worker_add(&w->page->ops, 1);
	worker_add(&w->page->bytes, piece);
	return STEP_MORE;
}

static void groups_release(struct worker *w)
{
	struct groups_state *s = w->state;

	if (s->above > 0 && s->name[0])
		unlinkat(s->above - 1, s->name, AT_REMOVEDIR);
	if (s->file > 0) {
		unlinkat(w->scratch, FILE_NAME, 0);
		close(s->file - 1);
	}
	if (s->above > 0)
		close(s->above - 1);
	if (s->own > 0)
		close(s->own - 1);
	*s = (struct groups_state){0};
}

const struct stressor stressor_groups = {
	.name = "groups",
	.summary = "groups made and removed, with page cache left behind in them",
	.bytes_help = "page cache that was read in groups removed since",
	.needs = NEED_ROOT | NEED_MEMCG,
	.uses_scratch = true,
	.options = options,
	.options_size = sizeof(struct groups_opts),
	.counters = counters,
	.state_size = sizeof(struct groups_state),
	.footprint = groups_footprint,
	.setup = groups_setup,
	.step = groups_step,
	.release = groups_release,
};
