/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Objects with names: negative dentries, inodes on the scratch disk and on a tmpfs of our own,
 * xattrs. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "slab.h"

#define NAME_MAX_LEN 40

/* ---- negative dentries ---- */

/*
 * The kernel frees a negative dentry of ours only with its directory (fs/namei.c:vfs_rmdir prunes
 * it), so each chunk of objects has two directories, one for those that fragment keeps.
 */
#define CHUNK 4096

static void chunk_name(char name[NAME_MAX_LEN], int64_t chunk, int bin)
{
	snprintf(name, NAME_MAX_LEN, "names-%lld%c", (long long)chunk, bin == BIN_KEEP ? 'k' : 'd');
}

static int64_t chunks_of(const struct worker *w)
{
	return (slab_opts(w)->count + CHUNK - 1) / CHUNK;
}

static int chunk_make(struct worker *w, int64_t chunk)
{
	char name[NAME_MAX_LEN];

	for (int bin = 0; bin < BIN_COUNT; bin++) {
		chunk_name(name, chunk, bin);
		if (mkdirat(w->scratch, name, 0700) < 0)
			return err_errno(&w->err, -errno,
					 "cannot make the directory %s in the scratch directory",
					 name);
	}
	return 0;
}

static void chunk_leave(struct slab *s)
{
	for (int bin = 0; bin < BIN_COUNT; bin++)
		close_fd(&s->chunk_dir[bin]);
}

static int chunk_remove(struct worker *w, int64_t chunk, int bin)
{
	char name[NAME_MAX_LEN];

	/* A directory that is open keeps its dentries though it is removed. */
	chunk_leave(w->state);
	chunk_name(name, chunk, bin);
	if (unlinkat(w->scratch, name, AT_REMOVEDIR) < 0 && errno != ENOENT)
		return err_errno(&w->err, -errno, "cannot remove the directory %s", name);
	return 0;
}

static int negative_prepare(struct worker *w)
{
	int code = 0;

	for (int64_t i = 0; i < chunks_of(w) && code == 0; i++)
		code = chunk_make(w, i);
	return code;
}

static int negative_setup(struct worker *w)
{
	(void)w;
	return 0;
}

/* The directories of a chunk, kept open while its objects are made. */
static int chunk_enter(struct worker *w, int64_t chunk)
{
	struct slab *s = w->state;
	char name[NAME_MAX_LEN];

	if (s->chunk_dir[0] >= 0 && s->chunk_open == chunk)
		return 0;
	chunk_leave(s);
	for (int bin = 0; bin < BIN_COUNT; bin++) {
		chunk_name(name, chunk, bin);
		s->chunk_dir[bin] = openat(w->scratch, name, O_PATH | O_DIRECTORY | O_CLOEXEC);
		if (s->chunk_dir[bin] < 0) {
			int code = err_errno(&w->err, -errno, "cannot open the directory %s", name);

			chunk_leave(s);
			return code;
		}
	}
	s->chunk_open = chunk;
	return 0;
}

/* Looking up a name that is not there leaves a dentry which says so; to unlink is the fastest look.
 */
static int negative_make(struct worker *w, int64_t i)
{
	struct slab *s = w->state;
	char name[NAME_MAX_LEN];
	int code = chunk_enter(w, i / CHUNK);

	if (code < 0)
		return code;
	slab_hex(name, (uint64_t)i);
	if (unlinkat(s->chunk_dir[slab_bin(s, i)], name, 0) == 0)
		return -EEXIST;
	return errno == ENOENT ? 0 : -errno;
}

static int64_t negative_trim(struct worker *w, int64_t held)
{
	int64_t chunk = (held - 1) / CHUNK;
	int code = 0;

	for (int bin = 0; bin < BIN_COUNT && code == 0; bin++)
		code = chunk_remove(w, chunk, bin);
	if (code == 0)
		code = chunk_make(w, chunk);
	return code < 0 ? code : chunk * CHUNK;
}

static int negative_thin(struct worker *w, int64_t i)
{
	return chunk_remove(w, i / CHUNK, BIN_DROP);
}

static void negative_release(struct worker *w)
{
	for (int64_t i = 0; i < chunks_of(w); i++)
		for (int bin = 0; bin < BIN_COUNT; bin++)
			(void)chunk_remove(w, i, bin);
}

static int64_t negative_fixed(int64_t count)
{
	return (count / CHUNK + 1) * BIN_COUNT * 8192;
}

const struct slab_kind slab_dentry_negative = {
	.name = "dentry-negative",
	.help = "a dentry of a name that does not exist (reclaimable)",
	.cache = {"dentry"},
	.charged = 200,
	.disk = 4,
	.batch = 1024,
	.fixed = negative_fixed,
	.prepare = negative_prepare,
	.setup = negative_setup,
	.make = negative_make,
	.trim = negative_trim,
	.thin = negative_thin,
	.release = negative_release,
};

/* ---- inodes ---- */

static int node_make(struct worker *w, int64_t i)
{
	struct slab *s = w->state;
	char name[NAME_MAX_LEN];

	slab_hex(name, (uint64_t)i);
	return mknodat(s->dir, name, S_IFREG | 0600, 0) < 0 ? -errno : 0;
}

static int node_thin(struct worker *w, int64_t i)
{
	struct slab *s = w->state;
	char name[NAME_MAX_LEN];

	slab_hex(name, (uint64_t)i);
	return unlinkat(s->dir, name, 0) < 0 ? -errno : 0;
}

static int64_t node_trim(struct worker *w, int64_t held)
{
	int code = node_thin(w, held - 1);

	return code < 0 ? code : held - 1;
}

static int inode_prepare(struct worker *w)
{
	if (mkdirat(w->scratch, "inodes", 0700) < 0)
		return err_errno(&w->err, -errno,
				 "cannot make a directory in the scratch directory");
	return 0;
}

static int inode_setup(struct worker *w)
{
	struct slab *s = w->state;

	s->dir = openat(w->scratch, "inodes", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return s->dir < 0 ? err_errno(&w->err, -errno, "cannot open the directory inodes") : 0;
}

/* What fragment has freed is gone already; the directory takes its own dentries along. */
static void inode_release(struct worker *w)
{
	struct slab *s = w->state;

	for (int64_t i = 0; s->dir >= 0 && i < s->made; i++)
		if (slab_kept(s, i) || i >= s->thinned)
			(void)node_thin(w, i);
	close_fd(&s->dir);
	(void)unlinkat(w->scratch, "inodes", AT_REMOVEDIR);
}

/* The disk's inode table and the directory, which stay as buffers until they are written and
 * reclaimed. */
static int64_t inode_fixed(int64_t count)
{
	return count * 320;
}

const struct slab_kind slab_inode = {
	.name = "inode",
	.help = "an empty file in the scratch directory: inode and dentry (reclaimable once "
		"written)",
	.cache = {"ext4_inode_cache", "xfs_inode", "btrfs_inode"},
	.charged = 1344,
	.disk = 320,
	.batch = 32,
	.fixed = inode_fixed,
	.prepare = inode_prepare,
	.setup = inode_setup,
	.make = node_make,
	.trim = node_trim,
	.thin = node_thin,
	.release = inode_release,
};

/* ---- a tmpfs that is mounted nowhere: it ends with its descriptor, also when we are killed ----
 */

static int tmpfs_open(struct worker *w)
{
	struct slab *s = w->state;
	_cleanup_close_ int context = fsopen("tmpfs", FSOPEN_CLOEXEC);

	/* nr_inodes=0: no limit (Documentation/filesystems/tmpfs.rst). */
	if (context < 0 || fsconfig(context, FSCONFIG_SET_STRING, "nr_inodes", "0", 0) < 0 ||
	    fsconfig(context, FSCONFIG_CMD_CREATE, NULL, NULL, 0) < 0)
		return err_errno(&w->err, -errno, "cannot make a tmpfs");
	s->dir = fsmount(context, FSMOUNT_CLOEXEC, MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC);
	return s->dir < 0 ? err_errno(&w->err, -errno, "cannot mount a tmpfs") : 0;
}

static void tmpfs_close(struct worker *w)
{
	struct slab *s = w->state;

	close_fd(&s->file);
	close_fd(&s->dir);
}

/* With its tmpfs the kernel frees all files at once (fs/dcache.c:shrink_dcache_for_umount). */
static int tmpfs_empty(struct worker *w)
{
	tmpfs_close(w);
	return tmpfs_open(w);
}

const struct slab_kind slab_tmpfs_inode = {
	.name = "tmpfs-inode",
	.help = "an empty file on a tmpfs of its own: inode and dentry (not reclaimable)",
	.cache = {"shmem_inode_cache"},
	.charged = 960,
	.batch = 512,
	.needs = NEED_ROOT,
	.setup = tmpfs_open,
	.make = node_make,
	.trim = node_trim,
	.empty = tmpfs_empty,
	.thin = node_thin,
	.release = tmpfs_close,
};

/* ---- extended attributes ---- */

/* include/linux/xattr.h: struct simple_xattr, then the value; the name is an object of 32 bytes. */
#define XATTR_HEADER  40
#define XATTR_LARGEST 8192

static const char value[XATTR_LARGEST];

/* Always as long: the name's object has one size. */
static void xattr_name(char name[NAME_MAX_LEN], int64_t i)
{
	memcpy(name, "trusted.", 8);
	slab_hex(name + 8, (1ULL << 40) + (uint64_t)i);
}

static int xattr_setup(struct worker *w)
{
	struct slab *s = w->state;
	int code = tmpfs_open(w);

	if (code < 0)
		return code;
	s->file = openat(s->dir, "file", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	return s->file < 0 ? err_errno(&w->err, -errno, "cannot make a file on the tmpfs") : 0;
}

static int xattr_make(struct worker *w, int64_t i)
{
	struct slab *s = w->state;
	char name[NAME_MAX_LEN];
	size_t len = (size_t)(slab_opts(w)->object - XATTR_HEADER);

	xattr_name(name, i);
	return fsetxattr(s->file, name, value, len, XATTR_CREATE) < 0 ? -errno : 0;
}

static int xattr_thin(struct worker *w, int64_t i)
{
	char name[NAME_MAX_LEN];

	xattr_name(name, i);
	return fremovexattr(((struct slab *)w->state)->file, name) < 0 ? -errno : 0;
}

static int64_t xattr_trim(struct worker *w, int64_t held)
{
	int code = xattr_thin(w, held - 1);

	return code < 0 ? code : held - 1;
}

const struct slab_kind slab_xattr = {
	.name = "xattr",
	.help = "an attribute of a tmpfs file, of size class `object`, and its name",
	.cache = {"kmalloc-cg-%s", "kmalloc-%s"},
	.charged = 48,
	.sized = true,
	.header = XATTR_HEADER,
	.largest = XATTR_LARGEST,
	.batch = 1024,
	.needs = NEED_ROOT,
	.setup = xattr_setup,
	.make = xattr_make,
	.trim = xattr_trim,
	.thin = xattr_thin,
	.release = tmpfs_close,
};
