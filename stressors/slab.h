/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the files of the slab stressor share: the row that describes a kind of object, and the
 * worker's state. slab.c owns options, steps and the table of kinds, slab_info.c reads slabinfo;
 * slab_fd.c, slab_names.c and slab_queue.c know how objects are made and freed. Private to slab*.c.
 */
#ifndef MT_STRESSORS_SLAB_H
#define MT_STRESSORS_SLAB_H

#include "ring.h"
#include "stressor.h"

struct slab_opts {
	int64_t kind, count, target, object, fragment, keep, then;
};

enum slab_then { SLAB_HOLD, SLAB_CHURN, SLAB_EXIT };

/*
 * A kind of object. Objects have the numbers 0, 1, 2 ... in the order in which they are made. All
 * functions return 0 or a negative errno and say more in w->err where the number is not enough.
 */
struct slab_kind {
	const char *name;
	const char *help;
	/* Caches in slabinfo, the first that exists counts; %s is the size class ("64", "1k"). */
	const char *cache[3];
	int64_t charged; /* bytes charged for one object, beside `object` where that is chosen */
	int64_t disk;	 /* bytes in the scratch directory */
	bool sized;	 /* option object: the size class in bytes */
	int64_t header;	 /* of these, the kernel's own */
	int64_t largest; /* size class */
	int batch;	 /* objects a step: about a millisecond */
	bool whole;	 /* the kernel keeps freed ones together: fragment makes no sense */
	needs_t needs;
	/* Bytes of bookkeeping and of fixed objects that setup takes for count objects. May be
	 * NULL. */
	int64_t (*fixed)(int64_t count);
	int (*prepare)(struct worker *w); /* may be NULL */
	int (*setup)(struct worker *w);
	int (*make)(struct worker *w, int64_t i);
	/* Make what make() has only queued; after the last of a step. May be NULL. */
	int (*flush)(struct worker *w);
	/* Free the last of held objects, or a whole chunk at the end; returns how many are left. */
	int64_t (*trim)(struct worker *w, int64_t held);
	/* Free all objects at once. May be NULL. */
	int (*empty)(struct worker *w);
	/* Free object i; called with rising i, and only for those that slab_kept() is false of. */
	int (*thin)(struct worker *w, int64_t i);
	void (*release)(struct worker *w);
};

/* Rows of the table in slab.c, in the order of the words of option kind. */
extern const struct slab_kind slab_dentry_negative, slab_inode, slab_tmpfs_inode, slab_xattr,
	slab_pipe, slab_eventfd, slab_epoll, slab_socket, slab_msg, slab_poll;

/* Which of two bins an object belongs to, for kinds that free whole bins or from their front only.
 */
enum slab_bin { BIN_KEEP, BIN_DROP, BIN_COUNT };

struct slab {
	const struct slab_kind *kind;
	int64_t per_slab; /* objects a slab page of the kind's cache; each per_slab-th is kept */
	int64_t each;	  /* bytes charged for an object, as far as is known */
	int64_t held;	  /* objects there are */
	int64_t made;	  /* highest number in use + 1; differs from held after thinning */
	int64_t thinned;  /* objects gone through by fragment */
	bool draining;	  /* then: churn is on its way down */

	struct ring ring;	  /* kind poll */
	int chunk_dir[BIN_COUNT]; /* dentry-negative: the directories of chunk_open, -1 */
	int64_t chunk_open;
	int dir;		  /* directory or mount the names are in, -1 */
	int file;		  /* file that carries xattrs, -1 */
	int queue[BIN_COUNT];	  /* System V queues, -1 */
	int pair[BIN_COUNT][2];	  /* socket pairs, -1 */
	int32_t *fds;		  /* descriptors made, or those of epoll's set-up */
	int64_t fds_len, watched; /* room in fds; epoll: files that each instance watches */
};

static inline const struct slab_opts *slab_opts(const struct worker *w)
{
	return w->opts;
}

/* Append a number in hex digits to a name; printf costs more than some of the system calls. */
char *slab_hex(char *to, uint64_t n);

/* True for the objects that fragment keeps: one per slab page. */
static inline bool slab_kept(const struct slab *s, int64_t i)
{
	return i % s->per_slab == 0;
}

static inline enum slab_bin slab_bin(const struct slab *s, int64_t i)
{
	return slab_kept(s, i) ? BIN_KEEP : BIN_DROP;
}

struct slab_info {
	int64_t size;	  /* bytes that an object takes, with what slub_debug adds to it */
	int64_t per_slab; /* objects a slab page */
};
/* A cache, out of the text of /proc/slabinfo. Returns 0, or -ENOENT when it is not there. */
int slab_info_find(const char *slabinfo, const char *cache, struct slab_info *ret);
/* The same for the first cache of a kind that there is; a guess where slabinfo may not be read. */
struct slab_info slab_info_of(const struct worker *w, const struct slab_kind *k);
/* The name of a size class in slabinfo: 64 -> "64", 1024 -> "1k"; NULL when kmalloc has none such.
 */
const char *slab_size_class(int64_t bytes);

#endif
