/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/io.h"
#include "base/units.h"
#include "pagecache.h"
#include "pattern.h"

#define PREPARE_CHUNK MIB
#define SYNC_CHUNK    (8 * MIB)
#define DROP_CHUNK    (64 * MIB)
#define MINCORE_PAGES 4096

/* cachestat(2), 6.5: not in the C library yet. */
#ifndef SYS_cachestat
#define SYS_cachestat 451
#endif
struct cache_range {
	uint64_t off, len;
};
struct cache_stat {
	uint64_t cache, dirty, writeback, evicted, recently_evicted;
};

static int mincore_range(int fd, int64_t begin, int64_t end, int64_t page, int64_t *ret)
{
	unsigned char vec[MINCORE_PAGES];
	int64_t pages = 0;

	for (int64_t at = begin; at < end; at += MINCORE_PAGES * page) {
		size_t len = (size_t)MIN(end - at, MINCORE_PAGES * page);
		void *map = mmap(NULL, len, PROT_READ, MAP_SHARED, fd, at);
		int code = 0;

		if (map == MAP_FAILED)
			return -errno;
		if (mincore(map, len, vec) < 0)
			code = -errno;
		munmap(map, len);
		if (code < 0)
			return code;
		for (size_t i = 0; i < (len + (size_t)page - 1) / (size_t)page; i++)
			pages += vec[i] & 1;
	}
	*ret = pages * page;
	return 0;
}

int pc_resident(struct worker *w, int64_t begin, int64_t end, int64_t *ret)
{
	struct pagecache *s = w->state;
	struct cache_range range = {.off = (uint64_t)begin, .len = (uint64_t)(end - begin)};
	struct cache_stat stat = {0};
	int code;

	*ret = 0;
	if (begin >= end)
		return 0;
	if (syscall(SYS_cachestat, s->fd, &range, &stat, 0) == 0) {
		*ret = (int64_t)stat.cache * w->page_size;
		return 0;
	}
	/* Any refusal: an old kernel, a seccomp filter that does not know the number. */
	code = mincore_range(s->fd, begin, end, w->page_size, ret);
	return code < 0 ? err_errno(&w->err, code, "cannot count the file's pages in the cache")
			: 0;
}

static int write_error(struct worker *w, int code, int64_t at)
{
	if (code == -ENOSPC || code == -EDQUOT)
		return err_set(
			&w->err, code,
			"the disk is full after %lld of %lld bytes of the test file; give the "
			"scratch directory a larger file system",
			(long long)at, (long long)pc_opts(w)->size);
	return err_errno(&w->err, code, "cannot write the test file at offset %lld", (long long)at);
}

static int write_content(struct worker *w, void *buf)
{
	struct pagecache *s = w->state;

	for (int64_t at = 0; at < s->size; at += PREPARE_CHUNK) {
		size_t len = (size_t)MIN(s->size - at, PREPARE_CHUNK);
		int code;

		if (worker_stopping(w))
			return err_set(&w->err, -EINTR, "stopped while the test file was written");
		pattern_fill(buf, len, w->seed, (uint64_t)at);
		code = write_all(s->fd, buf, len);
		if (code < 0)
			return write_error(w, code, at);
		/* Start the write-back now: the fsync at the end then has little left to wait for.
		 */
		(void)sync_file_range(s->fd, at, (off_t)len, SYNC_FILE_RANGE_WRITE);
	}
	return 0;
}

/*
 * POSIX_FADV_DONTNEED passes over pages that are dirty, under write-back, or still in another CPU's
 * LRU batch (mm/fadvise.c:generic_fadvise), so look and try again a few times.
 */
static int leave_nothing(struct worker *w)
{
	struct pagecache *s = w->state;
	int64_t left = 0;

	for (int tries = 0; tries < 20; tries++) {
		int code;

		if (fsync(s->fd) < 0)
			return write_error(w, -errno, s->size);
		code = posix_fadvise(s->fd, 0, 0, POSIX_FADV_DONTNEED);
		if (code)
			return err_errno(&w->err, -code,
					 "cannot drop the test file from the cache");
		code = pc_resident(w, 0, s->size, &left);
		if (code < 0 || left == 0)
			return code;
		usleep(20000);
	}
	return err_set(&w->err, -EBUSY,
		       "%lld bytes of the test file stay in the page cache after fsync and "
		       "POSIX_FADV_DONTNEED: something else reads or maps the file, or the scratch "
		       "directory is on a file system without a disk",
		       (long long)left);
}

static int fill_file(struct worker *w)
{
	void *buf = mmap(NULL, PREPARE_CHUNK, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
			 -1, 0);
	int code;

	if (buf == MAP_FAILED)
		return err_errno(&w->err, -errno, "cannot map a buffer");
	code = write_content(w, buf);
	munmap(buf, PREPARE_CHUNK);
	return code < 0 ? code : leave_nothing(w);
}

int pc_prepare(struct worker *w)
{
	struct pagecache *s = w->state;
	_cleanup_close_ int fd = openat(w->scratch, PC_FILE,
					O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
	int code = 0;

	s->fd = -1;
	if (fd < 0)
		return err_errno(&w->err, -errno,
				 "cannot make the test file in the scratch directory");
	s->fd = fd;
	s->size = (pc_opts(w)->size + w->page_size - 1) / w->page_size * w->page_size;
	if (!pc_sparse(pc_opts(w)))
		code = fill_file(w);
	else if (ftruncate(fd, s->size) < 0)
		code = err_errno(&w->err, -errno, "cannot make the test file %lld bytes large",
				 (long long)s->size);
	s->fd = -1;
	return code;
}

int pc_open(struct worker *w)
{
	struct pagecache *s = w->state;

	s->fd = openat(w->scratch, PC_FILE, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
	if (s->fd < 0)
		return err_errno(&w->err, -errno, "cannot open the test file");
	if (pc_opts(w)->order == ORDER_RANDOM)
		(void)posix_fadvise(s->fd, 0, 0, POSIX_FADV_RANDOM);
	return 0;
}

/* Truncating gives the pages back before the call returns, whoever else holds the inode. */
void pc_close(struct worker *w)
{
	struct pagecache *s = w->state;

	if (pc_opts(w)->delete) {
		if (s->fd >= 0)
			(void)ftruncate(s->fd, 0);
		(void)unlinkat(w->scratch, PC_FILE, 0);
	}
	close_fd(&s->fd);
}

int pc_sync_step(struct worker *w)
{
	struct pagecache *s = w->state;

	if (s->at < s->size) {
		if (sync_file_range(s->fd, s->at, SYNC_CHUNK,
				    SYNC_FILE_RANGE_WAIT_BEFORE | SYNC_FILE_RANGE_WRITE |
					    SYNC_FILE_RANGE_WAIT_AFTER) < 0)
			return write_error(w, -errno, s->at);
		s->at += SYNC_CHUNK;
		return 0;
	}
	if (fsync(s->fd) < 0)
		return write_error(w, -errno, s->size);
	return 1;
}

int pc_drop_step(struct worker *w)
{
	struct pagecache *s = w->state;

	/* A page that is mapped stays (mm/truncate.c:mapping_evict_folio): unmap it first. */
	if (s->at == 0 && s->map)
		madvise(s->map, (size_t)s->map_len, MADV_DONTNEED);
	if (s->at < s->size) {
		posix_fadvise(s->fd, s->at, DROP_CHUNK, POSIX_FADV_DONTNEED);
		s->at += DROP_CHUNK;
	}
	return s->at >= s->size;
}
