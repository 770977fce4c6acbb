/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * blockdev: page cache of a block device itself, which meminfo shows as Buffers. It reads the end
 * of the device that the scratch directory lies on, behind the tables of its file system; it writes
 * nothing.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/disk.h"
#include "base/units.h"
#include "stressor.h"

#define BLOCK (128 * KIB)

struct blockdev_opts {
	int64_t size;
};

#define OPT(field) .name = #field, .offset = offsetof(struct blockdev_opts, field)

static const struct opt options[] = {
	{OPT(size), .type = OPT_SIZE, .min = 1, .max = 16 * GIB, .flags = OPT_REQUIRED,
	 .help = "bytes to read into the cache, whole pages"},
	OPT_END,
};

struct blockdev_state {
	int fd;		     /* plus one; 0: not open */
	int64_t begin, size; /* of the part that is read, bytes */
	void *buffer;
};

static void blockdev_footprint(const void *opts, struct footprint *ret)
{
	const struct blockdev_opts *o = opts;

	*ret = (struct footprint){.memory = o->size + BLOCK + 64 * KIB};
}

static void drop(const struct blockdev_state *s)
{
	(void)posix_fadvise(s->fd - 1, s->begin, s->size, POSIX_FADV_DONTNEED);
}

static int open_device(struct worker *w)
{
	const struct blockdev_opts *o = w->opts;
	struct blockdev_state *s = w->state;
	char path[DISK_PATH_SIZE];
	uint64_t whole = 0;
	int fd = disk_open(w->scratch, path);

	if (fd < 0)
		return err_errno(&w->err, fd, "cannot open the disk of the scratch directory%s%s",
				 path[0] ? ", " : "", path);
	s->fd = fd + 1;
	if (ioctl(s->fd - 1, BLKGETSIZE64, &whole))
		return err_errno(&w->err, -errno, "cannot ask %s for its size", path);
	s->size = (o->size + w->page_size - 1) / w->page_size * w->page_size;
	s->begin = ((int64_t)whole - s->size) / w->page_size * w->page_size;
	if (s->begin < 0)
		return err_set(&w->err, -ENOSPC, "%s has %lld bytes, and size is %lld", path,
			       (long long)whole, (long long)s->size);
	return 0;
}

static int blockdev_setup(struct worker *w)
{
	struct blockdev_state *s = w->state;
	int r = open_device(w);

	if (r < 0)
		return r;
	s->buffer = mmap(NULL, BLOCK, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
	if (s->buffer == MAP_FAILED) {
		s->buffer = NULL;
		return err_errno(&w->err, -errno, "cannot map a buffer");
	}
	/* What others have read there would be charged to them. */
	drop(s);
	return 0;
}

static int blockdev_step(struct worker *w)
{
	struct blockdev_state *s = w->state;
	int64_t done = atomic_load(&w->page->bytes);
	ssize_t n;

	if (done >= s->size)
		return STEP_HOLD;
	n = pread(s->fd - 1, s->buffer, (size_t)MIN(BLOCK, s->size - done), s->begin + done);
	if (n <= 0)
		return err_errno(&w->err, n < 0 ? -errno : -EIO, "cannot read the disk");
	worker_add(&w->page->ops, 1);
	worker_put(&w->page->bytes, done + n);
	return STEP_MORE;
}

static void blockdev_release(struct worker *w)
{
	struct blockdev_state *s = w->state;

	if (s->fd) {
		drop(s);
		close(s->fd - 1);
	}
	s->fd = 0;
	if (s->buffer)
		munmap(s->buffer, BLOCK);
	s->buffer = NULL;
	worker_put(&w->page->bytes, 0);
}

const struct stressor stressor_blockdev = {
	.name = "blockdev",
	.summary = "page cache of a disk itself, which counts as Buffers",
	.bytes_help = "bytes read, as they lie in the cache unless it was reclaimed",
	.needs = NEED_ROOT | NEED_DISK,
	.options = options,
	.options_size = sizeof(struct blockdev_opts),
	.state_size = sizeof(struct blockdev_state),
	.uses_scratch = true,
	.footprint = blockdev_footprint,
	.setup = blockdev_setup,
	.step = blockdev_step,
	.release = blockdev_release,
};
