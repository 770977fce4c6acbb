/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "gate/cpio.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>

#define PATH_LIMIT 4096

struct entry {
	const char *path;
	unsigned mode, links, major, minor;
	const void *data;
	size_t len;
};

static void put(struct cpio *c, const void *data, size_t len)
{
	if (!c->failed && len && fwrite(data, 1, len, c->out) != len)
		c->failed = errno ? -errno : -EIO;
}

/* Names and contents end at multiples of 4 bytes. */
static void pad(struct cpio *c, size_t len)
{
	put(c, "\0\0\0", (4 - len % 4) % 4);
}

static void put_entry(struct cpio *c, const struct entry *e)
{
	size_t name = strlen(e->path) + 1;
	char head[120];
	int n;

	/* The format has 8 hexadecimal digits for a size. */
	if (e->len > UINT32_MAX) {
		c->failed = c->failed ? c->failed : -EFBIG;
		return;
	}
	n = snprintf(head, sizeof(head),
		     "070701%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x", ++c->entries,
		     e->mode, 0, 0, e->links, 0, (unsigned)e->len, 0, 0, e->major, e->minor,
		     (unsigned)name, 0);
	put(c, head, (size_t)n);
	put(c, e->path, name);
	pad(c, (size_t)n + name);
	put(c, e->data, e->len);
	pad(c, e->len);
}

static bool known(const struct cpio *c, const char *path)
{
	for (size_t i = 0; i < c->n_paths; i++)
		if (!strcmp(c->paths[i], path))
			return true;
	return false;
}

static void parents(struct cpio *c, const char *path)
{
	const char *slash = strrchr(path, '/');

	if (slash && slash > path)
		cpio_dir(c, arena_strndup(c->arena, path, (size_t)(slash - path)));
}

static void add(struct cpio *c, struct entry e)
{
	e.path += strspn(e.path, "/");
	if (!e.path[0] || known(c, e.path))
		return;
	if (strlen(e.path) >= PATH_LIMIT) {
		c->failed = c->failed ? c->failed : -ENAMETOOLONG;
		return;
	}
	parents(c, e.path);
	*arena_push(c->arena, c->paths, c->n_paths) = arena_strdup(c->arena, e.path);
	put_entry(c, &e);
}

void cpio_begin(struct cpio *c, FILE *out, struct arena *arena)
{
	*c = (struct cpio){.out = out, .arena = arena};
}

void cpio_dir(struct cpio *c, const char *path)
{
	add(c, (struct entry){.path = path, .mode = S_IFDIR | 0755, .links = 2});
}

void cpio_file(struct cpio *c, const char *path, unsigned mode, const void *data, size_t len)
{
	add(c, (struct entry){
		       .path = path, .mode = S_IFREG | mode, .links = 1, .data = data, .len = len});
}

void cpio_symlink(struct cpio *c, const char *path, const char *target)
{
	add(c, (struct entry){.path = path,
			      .mode = S_IFLNK | 0777,
			      .links = 1,
			      .data = target,
			      .len = strlen(target)});
}

void cpio_char_device(struct cpio *c, const char *path, unsigned mode, unsigned major,
		      unsigned minor)
{
	add(c, (struct entry){.path = path,
			      .mode = S_IFCHR | mode,
			      .links = 1,
			      .major = major,
			      .minor = minor});
}

int cpio_end(struct cpio *c, struct err *err)
{
	put_entry(c, &(struct entry){.path = "TRAILER!!!", .links = 1});
	if (!c->failed && fflush(c->out) != 0)
		c->failed = -errno;
	return c->failed ? err_errno(err, c->failed, "cannot write the guest's initramfs") : 0;
}
