/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * slab: kernel objects of a chosen kind in bulk, then freed so that every slab page keeps one. This
 * file counts; how a kind is made and freed says its row.
 */
#include <errno.h>

#include "base/cleanup.h"
#include "base/units.h"
#include "slab.h"

/* Words of option kind and their rows, in the same order. */
static const char *const kind_words[] = {
	"dentry-negative", "inode",  "tmpfs-inode", "xattr", "pipe", "eventfd",
	"epoll",	   "socket", "msg",	    "poll",  NULL};
static const struct slab_kind *const kinds[] = {
	&slab_dentry_negative, &slab_inode, &slab_tmpfs_inode, &slab_xattr, &slab_pipe,
	&slab_eventfd,	       &slab_epoll, &slab_socket,      &slab_msg,   &slab_poll,
};
static const char *const then_words[] = {"hold", "churn", "exit", NULL};

#define COUNT_MAX 100000000

#define FIELD(field) .offset = offsetof(struct slab_opts, field)

static const struct opt options[] = {
	{.name = "kind",
	 .type = OPT_ENUM,
	 FIELD(kind),
	 .words = kind_words,
	 .flags = OPT_REQUIRED,
	 .help = "what is made; utilisation shows in slab.<cache>: dentry, ext4_inode_cache, "
		 "shmem_inode_cache, kmalloc-cg-<object>, kmalloc-cg-1k, filp, eventpoll_epi, "
		 "kmalloc-cg-512, msg_msg-<object>, io_kiocb"},
	{.name = "count",
	 .type = OPT_COUNT,
	 FIELD(count),
	 .min = 1,
	 .max = COUNT_MAX,
	 .flags = OPT_REQUIRED,
	 .help = "objects to make"},
	{.name = "target",
	 .type = OPT_COUNT,
	 FIELD(target),
	 .min = -1,
	 .max = COUNT_MAX,
	 .def = "-1",
	 .flags = OPT_LIVE,
	 .help = "objects to hold now, at most count; -1: count"},
	{.name = "object",
	 .type = OPT_SIZE,
	 FIELD(object),
	 .min = 64,
	 .max = 8 * KIB,
	 .def = "64B",
	 .help = "size class of kinds msg (to 4K) and xattr: 64, 96, 128, 192, 256, 512, 1K, 2K "
		 "..."},
	{.name = "fragment",
	 .type = OPT_BOOL,
	 FIELD(fragment),
	 .def = "no",
	 .flags = OPT_LIVE,
	 .help = "once all are made, free all but one of each slab page; cannot be taken back"},
	{.name = "keep",
	 .type = OPT_COUNT,
	 FIELD(keep),
	 .min = 0,
	 .max = COUNT_MAX,
	 .def = "0",
	 .help = "fragment keeps each keep-th object; 0: as many as slabinfo says fit a slab page"},
	{.name = "then",
	 .type = OPT_ENUM,
	 FIELD(then),
	 .words = then_words,
	 .def = "hold",
	 .help = "when all are made: hold them, free and make them again for ever, or exit"},
	OPT_END,
};

enum { COUNTER_HELD, COUNTER_FREED, COUNTER_PER_SLAB };
static const struct stressor_counter counters[] = {
	[COUNTER_HELD] = {"held", UNIT_COUNT, true,
			  "objects made and not freed by the worker: the kernel may have "
			  "reclaimed dentries and inodes of them"},
	[COUNTER_FREED] = {"freed", UNIT_COUNT, false, "objects freed"},
	[COUNTER_PER_SLAB] = {"per_slab", UNIT_COUNT, true,
			      "objects a slab page: one of so many is kept by fragment"},
	{.name = NULL},
};

char *slab_hex(char *to, uint64_t n)
{
	static const char digits[] = "0123456789abcdef";
	int len = n ? (67 - __builtin_clzll(n)) / 4 : 1;

	for (int i = len; i-- > 0; n >>= 4)
		to[i] = digits[n & 15];
	to[len] = 0;
	return to + len;
}

static const struct slab_kind *kind_of(const void *opts)
{
	return kinds[((const struct slab_opts *)opts)->kind];
}

static int64_t object_bytes(const void *opts)
{
	const struct slab_kind *k = kind_of(opts);

	return k->charged + (k->sized ? ((const struct slab_opts *)opts)->object : 0);
}

static int slab_check(const void *opts, struct err *err)
{
	const struct slab_opts *o = opts;
	const struct slab_kind *k = kind_of(opts);

	if (k->sized && (!slab_size_class(o->object) || o->object > k->largest))
		return err_set_class(
			err, ERR_USAGE, -EINVAL,
			"object of kind %s must be a size class of kmalloc from 64 to %lld",
			k->name, (long long)k->largest);
	if (o->target > o->count)
		return err_set_class(err, ERR_USAGE, -EINVAL, "target must be at most count");
	if (o->fragment && k->whole)
		return err_set_class(err, ERR_USAGE, -EINVAL, "kind %s cannot be fragmented: %s",
				     k->name, k->help);
	if (o->fragment && o->then != SLAB_HOLD)
		return err_set_class(err, ERR_USAGE, -EINVAL, "fragment goes with then: hold only");
	return 0;
}

static needs_t slab_needs(const void *opts)
{
	return kind_of(opts)->needs;
}

static bool slab_endless(const void *opts)
{
	return ((const struct slab_opts *)opts)->then == SLAB_CHURN;
}

/* A quarter more for what is left free in slab pages and waits for RCU. */
static void slab_footprint(const void *opts, struct footprint *ret)
{
	const struct slab_opts *o = opts;
	const struct slab_kind *k = kind_of(opts);

	ret->memory = o->count * object_bytes(opts) / 4 * 5 + 2 * MIB;
	if (k->fixed)
		ret->memory += k->fixed(o->count);
	ret->disk = o->count * k->disk + (k->disk ? MIB : 0);
}

static int slab_prepare(struct worker *w)
{
	struct slab *s = w->state;

	*s = (struct slab){
		.kind = kind_of(w->opts),
		.dir = -1,
		.chunk_dir = {-1, -1},
		.file = -1,
		.queue = {-1, -1},
		.pair = {{-1, -1}, {-1, -1}},
	};
	return s->kind->prepare ? s->kind->prepare(w) : 0;
}

static int slab_setup(struct worker *w)
{
	struct slab *s = w->state;
	struct slab_info i = slab_info_of(w, kind_of(w->opts));

	s->per_slab = slab_opts(w)->keep ? slab_opts(w)->keep : i.per_slab;
	s->each = s->kind->charged + (s->kind->sized ? i.size : 0);
	worker_put(&w->page->counter[COUNTER_PER_SLAB], s->per_slab);
	return s->kind->setup(w);
}

static void publish(struct worker *w)
{
	const struct slab *s = w->state;

	worker_put(&w->page->counter[COUNTER_HELD], s->held);
	worker_put(&w->page->bytes, s->held * s->each);
}

static int failed(struct worker *w, int code, const char *what, int64_t i)
{
	return err_errno(&w->err, code, "cannot %s object %lld of kind %s", what, (long long)i,
			 ((struct slab *)w->state)->kind->name);
}

static int grow(struct worker *w, int64_t want)
{
	struct slab *s = w->state;
	int64_t end = MIN(s->made + worker_most(w, s->kind->batch), want);
	int64_t begin = s->made;
	int code = 0;

	while (s->made < end && code == 0) {
		code = s->kind->make(w, s->made);
		s->made += code == 0;
	}
	if (code == 0 && s->kind->flush)
		code = s->kind->flush(w);
	s->held = s->made;
	worker_add(&w->page->ops, s->made - begin);
	return code < 0 ? failed(w, code, "make", s->made) : STEP_MORE;
}

/* A step is to be short: more objects than these are freed one by one until so many are left. */
#define EMPTY_MOST 16384

static int empty(struct worker *w)
{
	struct slab *s = w->state;
	int code = s->kind->empty(w);

	if (code < 0)
		return code;
	worker_add(&w->page->counter[COUNTER_FREED], s->made);
	s->made = s->held = 0;
	return STEP_MORE;
}

static int shrink(struct worker *w, int64_t want)
{
	struct slab *s = w->state;
	int64_t begin = s->made;

	if (want == 0 && s->kind->empty && s->made <= EMPTY_MOST)
		return empty(w);
	for (int i = 0; i < s->kind->batch && s->made > want; i++) {
		int64_t left = s->kind->trim(w, s->made);

		if (left < 0)
			return failed(w, (int)left, "free", s->made - 1);
		/* A chunk at a time is a step of its own. */
		i += (int)(s->made - left) - 1;
		s->made = left;
	}
	s->held = s->made;
	worker_add(&w->page->counter[COUNTER_FREED], begin - s->made);
	return STEP_MORE;
}

static int thin(struct worker *w)
{
	struct slab *s = w->state;
	int64_t end = MIN(s->thinned + s->kind->batch, s->made), freed = 0;
	int code = 0;

	for (; s->thinned < end && code == 0; s->thinned++) {
		if (slab_kept(s, s->thinned))
			continue;
		code = s->kind->thin(w, s->thinned);
		freed += code == 0;
	}
	s->held -= freed;
	worker_add(&w->page->counter[COUNTER_FREED], freed);
	return code < 0 ? failed(w, code, "free", s->thinned - 1) : STEP_MORE;
}

/* How many objects there should be now. */
static int64_t wanted(const struct worker *w)
{
	const struct slab_opts *o = slab_opts(w);
	const struct slab *s = w->state;

	if (s->draining)
		return 0;
	return o->target < 0 ? o->count : MIN(o->target, o->count);
}

static int reached(struct worker *w)
{
	struct slab *s = w->state;

	switch (slab_opts(w)->then) {
	case SLAB_CHURN:
		s->draining = !s->draining;
		return wanted(w) == s->made ? STEP_HOLD : STEP_MORE;
	case SLAB_EXIT:
		return STEP_DONE;
	default:
		return STEP_HOLD;
	}
}

static int slab_step(struct worker *w)
{
	struct slab *s = w->state;
	int64_t want = wanted(w);
	int code;

	if (s->thinned && (want != s->made || !slab_opts(w)->fragment))
		return err_set(
			&w->err, -EINVAL,
			"the objects are fragmented: target and fragment cannot change any more");
	if (s->made < want)
		code = grow(w, want);
	else if (s->made > want)
		code = shrink(w, want);
	else if (slab_opts(w)->fragment && s->thinned < s->made)
		code = thin(w);
	else
		code = reached(w);
	publish(w);
	return code;
}

static void slab_release(struct worker *w)
{
	struct slab *s = w->state;

	if (!s->kind)
		return;
	s->kind->release(w);
	s->held = 0;
	publish(w);
}

const struct stressor stressor_slab = {
	.name = "slab",
	.summary = "kernel objects in bulk, and slab pages fragmented down to one object each",
	.bytes_help = "bytes of the objects held now, as charged (an estimate)",
	.uses_scratch = true,
	.options = options,
	.options_size = sizeof(struct slab_opts),
	.counters = counters,
	.state_size = sizeof(struct slab),
	.check = slab_check,
	.needs_of = slab_needs,
	.footprint = slab_footprint,
	.endless = slab_endless,
	.prepare = slab_prepare,
	.setup = slab_setup,
	.step = slab_step,
	.release = slab_release,
};
