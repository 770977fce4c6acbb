/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "gate/modules.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/io.h"
#include "base/words.h"
#include "gate/elf.h"
#include "gate/tool.h"

#define TREE_DEPTH  16
#define UNPACK_TIME msec(60000)

struct tree_entry {
	const char *name, *path;
};

struct tree {
	const char *dir;
	struct arena *arena;
	struct tree_entry *entries;
	size_t n;
	const char *builtin; /* modules.builtin as it is: a path a line */
	struct module_list *list;
};

/* "kernel/drivers/block/virtio_blk.ko.xz" is virtio_blk; NULL: no module. */
static const char *module_name(struct arena *a, const char *path)
{
	const char *base = strrchr(path, '/'), *ko;
	char *name;

	base = base ? base + 1 : path;
	ko = strstr(base, ".ko");
	if (!ko || ko == base || (ko[3] && ko[3] != '.'))
		return NULL;
	name = arena_strndup(a, base, (size_t)(ko - base));
	for (char *p = name; *p; p++)
		*p = *p == '-' ? '_' : *p;
	return name;
}

static void scan(struct tree *t, const char *dir, int depth)
{
	_cleanup_closedir_ DIR *d = opendir(dir);

	for (struct dirent *e; d && (e = readdir(d));) {
		const char *path, *name;

		if (e->d_name[0] == '.')
			continue;
		path = arena_printf(t->arena, "%s/%s", dir, e->d_name);
		name = module_name(t->arena, path);
		if (name)
			*arena_push(t->arena, t->entries, t->n) = (struct tree_entry){name, path};
		/* "build" and "source" lead out of the tree, to whole kernel sources. */
		else if (depth < TREE_DEPTH && e->d_type == DT_DIR)
			scan(t, path, depth + 1);
	}
}

static const struct tree_entry *find(const struct tree *t, const char *name)
{
	for (size_t i = 0; i < t->n; i++)
		if (str_eq(t->entries[i].name, name))
			return &t->entries[i];
	return NULL;
}

static bool is_builtin(const struct tree *t, const char *name)
{
	const char *line = t->builtin;

	while (line && *line) {
		size_t n = strcspn(line, "\n");
		const char *one = module_name(t->arena, arena_strndup(t->arena, line, n));

		if (one && str_eq(one, name))
			return true;
		line += n + (line[n] == '\n');
	}
	return false;
}

static int read_module(struct tree *t, const char *path, struct module_file *f, struct err *err)
{
	static const struct {
		const char *ending, *tool;
	} packed[] = {{".xz", "xz"}, {".zst", "zstd"}, {".gz", "gzip"}};
	_cleanup_free_ char *text = NULL;
	const char *tool = NULL;
	size_t len = 0;
	char *copy;
	int r;

	for (size_t i = 0; i < ARRAY_SIZE(packed); i++) {
		size_t a = strlen(path), b = strlen(packed[i].ending);

		if (a > b && str_eq(path + a - b, packed[i].ending))
			tool = packed[i].tool;
	}
	if (tool)
		r = tool_run((const char *const[]){tool, "-dc", path, NULL}, UNPACK_TIME, &text,
			     &len, err);
	else
		r = file_read_alloc(AT_FDCWD, path, &text, &len);
	if (r < 0)
		return err_errno(err, r, "cannot read the module %s", path);
	copy = arena_alloc(t->arena, len + 1);
	memcpy(copy, text, len);
	f->data = copy;
	f->len = len;
	return 0;
}

static int add(struct tree *t, const char *name, int depth, struct err *err);

static int add_needed(struct tree *t, const char *depends, int depth, struct err *err)
{
	int r = 0;

	while (depends && *depends && r == 0) {
		size_t n = strcspn(depends, ",");
		char *one = arena_strndup(t->arena, depends, n);

		for (char *p = one; *p; p++)
			*p = *p == '-' ? '_' : *p;
		r = add(t, one, depth + 1, err);
		depends += n + (depends[n] == ',');
	}
	return r;
}

static int add(struct tree *t, const char *name, int depth, struct err *err)
{
	const struct tree_entry *e = find(t, name);
	struct module_file f = {.name = name};
	const char *vermagic;
	int r;

	for (size_t i = 0; i < t->list->n; i++)
		if (str_eq(t->list->files[i].name, name))
			return 0;
	if (!e)
		return is_builtin(t, name)
			       ? 0
			       : err_set(err, -ENOENT, "module %s is neither below %s nor built in",
					 name, t->dir);
	if (depth > TREE_DEPTH)
		return err_set(err, -ELOOP, "modules depend on each other in a circle at %s", name);
	if ((r = read_module(t, e->path, &f, err)) < 0 ||
	    (r = add_needed(t, elf_modinfo(f.data, f.len, "depends"), depth, err)) < 0)
		return r;
	vermagic = elf_modinfo(f.data, f.len, "vermagic");
	if (!vermagic)
		return err_set(err, -ENOEXEC, "%s is no kernel module", e->path);
	snprintf(t->list->version, sizeof(t->list->version), "%.*s", (int)strcspn(vermagic, " "),
		 vermagic);
	*arena_push(t->arena, t->list->files, t->list->n) = f;
	return 0;
}

int modules_resolve(const char *dir, const struct module_want *want, size_t n, struct arena *arena,
		    struct module_list *ret, struct err *err)
{
	_cleanup_free_ char *builtin = NULL;
	struct tree t = {.dir = dir, .arena = arena, .list = ret};
	size_t len;

	*ret = (struct module_list){0};
	scan(&t, dir, 0);
	if (file_read_alloc(AT_FDCWD, arena_printf(arena, "%s/modules.builtin", dir), &builtin,
			    &len) < 0)
		builtin = NULL;
	t.builtin = builtin;
	if (!t.n && !t.builtin)
		return err_set_class(err, ERR_USAGE, -ENOENT,
				     "%s holds no kernel modules; --modules wants a "
				     "lib/modules/VERSION tree",
				     dir);
	for (size_t i = 0; i < n; i++) {
		struct err why = {0};
		int r = add(&t, want[i].name, 0, &why);

		if (r < 0 && (want[i].required || r != -ENOENT))
			return err_set(err, r, "%s (%s)", why.text, want[i].why);
	}
	return 0;
}
