/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cgroup/tree.h"

#include <criterion/criterion.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "base/io.h"

/* A fake kernel: directories that get a group's files when they are made, and are busy like one. */

static const char *const v1_files[] = {"tasks", "cgroup.procs", "cgroup.clone_children",
				       "memory.limit_in_bytes", "memory.memsw.limit_in_bytes"};
static const char *const v2_files[] = {"cgroup.procs",	     "cgroup.subtree_control",
				       "cgroup.controllers", "cgroup.max.depth",
				       "cgroup.kill",	     "memory.max"};

static void put(int dirfd, const char *file, const char *text)
{
	_cleanup_close_ int fd = openat(dirfd, file, O_WRONLY | O_CREAT | O_TRUNC, 0644);

	cr_assert_geq(fd, 0, "%s", file);
	cr_assert_eq(write_all(fd, text, strlen(text)), 0);
}

static void populate(int fd, enum cg_version v)
{
	const char *const *files = v == CG_V1 ? v1_files : v2_files;
	size_t n = v == CG_V1 ? ARRAY_SIZE(v1_files) : ARRAY_SIZE(v2_files);

	for (size_t i = 0; i < n; i++)
		put(fd, files[i],
		    strcmp(files[i], "cgroup.controllers") ? "" : "cpu memory pids\n");
}

static int fake_create(const struct cg_place *at, const char *path)
{
	_cleanup_close_ int fd = -1;

	if (mkdirat(at->mount_fd, path, 0755) < 0)
		return -errno;
	fd = dir_open(at->mount_fd, path);
	populate(fd, at->version);
	return 0;
}

static int fake_remove(const struct cg_place *at, const char *path)
{
	_cleanup_close_ int fd = dir_open(at->mount_fd, path);
	const char *const *files = at->version == CG_V1 ? v1_files : v2_files;
	size_t n = at->version == CG_V1 ? ARRAY_SIZE(v1_files) : ARRAY_SIZE(v2_files);
	struct stat st;

	if (fd == -ENOENT)
		return 0;
	if (fstatat(fd, "busy", &st, 0) == 0 || (fstat(fd, &st) == 0 && st.st_nlink > 2))
		return -EBUSY;
	for (size_t i = 0; i < n; i++)
		unlinkat(fd, files[i], 0);
	return cg_backend_dir.remove(at, path);
}

static int no_init(const struct cg_place *at, struct err *err)
{
	(void)at;
	(void)err;
	return 0;
}

static int denied_create(const struct cg_place *at, const char *path)
{
	(void)at;
	(void)path;
	return -EACCES;
}

/* The third group and all after it cannot be made. */
static int third_fails(const struct cg_place *at, const char *path)
{
	return strstr(path, "third") ? -ENOSPC : fake_create(at, path);
}

static const struct cg_backend fake_kernel = {"fake", no_init, fake_create, fake_remove};
static const struct cg_backend denied_kernel = {"denied", no_init, denied_create, fake_remove};
static const struct cg_backend full_kernel = {"full", no_init, third_fails, fake_remove};

struct fake {
	char path[64];
	int fd, proc;
	enum cg_version v;
};

static struct fake fake_new(enum cg_version v)
{
	struct fake f = {.path = "/tmp/memtrial-tree-XXXXXX", .v = v};

	cr_assert(mkdtemp(f.path));
	f.fd = dir_open(AT_FDCWD, f.path);
	cr_assert_geq(f.fd, 0);
	cr_assert_eq(mkdirat(f.fd, "mount", 0755), 0);
	cr_assert_eq(mkdirat(f.fd, "proc", 0755), 0);
	f.proc = dir_open(f.fd, "proc");
	close_fd(&f.fd);
	f.fd = openat(f.proc, "../mount", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	populate(f.fd, v);
	return f;
}

static void fake_free(struct fake *f)
{
	char command[128];

	close_fd(&f->fd);
	close_fd(&f->proc);
	snprintf(command, sizeof(command), "rm -r %s", f->path);
	cr_assert_eq(system(command), 0);
}

static bool there(const struct fake *f, const char *path)
{
	return faccessat(f->fd, path, F_OK, 0) == 0;
}

static void expect_text(int dirfd, const char *file, const char *want)
{
	char got[64];

	cr_assert_geq(file_read(dirfd, file, got, sizeof(got)), 0, "%s", file);
	cr_expect_str_eq(got, want, "%s has %s, not %s", file, got, want);
}

#define NAME "memtrial-123-4"

static struct tree_config config(const struct fake *f, const struct tree_group *groups, size_t n)
{
	return (struct tree_config){.version = f->v,
				    .mount_fd = f->fd,
				    .mount = "/fake",
				    .base = "",
				    .name = NAME,
				    .fuse = 64 * MIB,
				    .groups = groups,
				    .n_groups = n,
				    .backend = &fake_kernel,
				    .deadline = msec(30)};
}

static const struct tree_group three[] = {{"hog", true}, {"parent", false}, {"parent/child", true}};

Test(cgroup_tree, v1_made_and_removed)
{
	struct fake f = fake_new(CG_V1);
	struct tree_config cfg = config(&f, three, ARRAY_SIZE(three));
	struct err err = {0};
	struct cg_tree t;

	cr_assert_eq(tree_create(&t, &cfg, &err), 0, "%s", err.text);
	cr_expect(there(&f, NAME "/drain"));
	cr_expect(there(&f, NAME "/hog"));
	cr_expect(there(&f, NAME "/parent/child"));
	expect_text(tree_root_fd(&t), "memory.limit_in_bytes", "67108864");
	expect_text(tree_group_fd(&t, 0), "memory.limit_in_bytes", "");
	cr_expect_str_eq(t.groups[2].path, NAME "/parent/child");
	cr_expect_eq(tree_group_fd(&t, 3), -1);
	cr_expect_eq(tree_enter(tree_group_fd(&t, 2), CG_V1), 0);
	expect_text(tree_group_fd(&t, 2), "tasks", "0");
	cr_expect_eq(tree_enter(tree_drain_fd(&t), CG_V1), 0);
	expect_text(tree_drain_fd(&t), "tasks", "0");
	/* A group that the user's command made. */
	cr_assert_eq(fake_create(&t.at, NAME "/hog/theirs"), 0);
	cr_expect_eq(tree_destroy(&t, &err), 0, "%s", err.text);
	cr_expect_not(there(&f, NAME));
	cr_expect_eq(tree_destroy(&t, &err), 0, "twice is harmless");
	fake_free(&f);
}

Test(cgroup_tree, v2_controllers_on_the_way_down)
{
	struct fake f = fake_new(CG_V2);
	struct tree_config cfg = config(&f, three, ARRAY_SIZE(three));
	struct err err = {0};
	struct cg_tree t;

	put(f.fd, "cgroup.subtree_control", "cpu memory\n");
	cr_assert_eq(tree_create(&t, &cfg, &err), 0, "%s", err.text);
	expect_text(f.fd, "cgroup.subtree_control", "cpu memory\n");
	expect_text(tree_root_fd(&t), "cgroup.subtree_control", "+memory");
	expect_text(tree_group_fd(&t, 1), "cgroup.subtree_control", "+memory");
	expect_text(tree_group_fd(&t, 0), "cgroup.subtree_control", "");
	expect_text(tree_root_fd(&t), "memory.max", "67108864");
	cr_expect_eq(tree_enter(tree_group_fd(&t, 0), CG_V2), 0);
	expect_text(tree_group_fd(&t, 0), "cgroup.procs", "0");
	put(tree_group_fd(&t, 0), "cgroup.procs", "");
	cr_expect_eq(tree_destroy(&t, &err), 0, "%s", err.text);
	cr_expect_not(there(&f, NAME));
	fake_free(&f);
}

Test(cgroup_tree, v2_own_delegated_group)
{
	struct fake f = fake_new(CG_V2);
	struct tree_config cfg = config(&f, three, 1);
	struct cg_place at = {CG_V2, f.fd, "/fake"};
	struct err err = {0};
	char leaf[64];
	struct cg_tree t;

	cr_assert_eq(fake_create(&at, "mine"), 0);
	cfg.base = "mine";
	cfg.base_is_own = true;
	snprintf(leaf, sizeof(leaf), "mine/memtrial-supervisor-%d/cgroup.procs", (int)getpid());
	cr_assert_eq(tree_create(&t, &cfg, &err), 0, "%s", err.text);
	expect_text(f.fd, leaf, "0");
	expect_text(f.fd, "mine/cgroup.subtree_control", "+memory");
	cr_expect(there(&f, "mine/" NAME "/hog"));
	cr_expect_eq(tree_destroy(&t, &err), 0, "%s", err.text);
	/* Given back: we are in it again, it has no controller enabled and no group in it. */
	expect_text(f.fd, "mine/cgroup.subtree_control", "-memory");
	expect_text(f.fd, "mine/cgroup.procs", "0");
	cr_expect_not(there(&f, leaf));
	fake_free(&f);
}

Test(cgroup_tree, v2_needs_the_controller)
{
	struct fake f = fake_new(CG_V2);
	struct tree_config cfg = config(&f, three, 1);
	struct err err = {0};
	struct cg_tree t;

	put(f.fd, "cgroup.controllers", "cpu memory_x pids\n");
	cr_expect_eq(tree_create(&t, &cfg, &err), -EOPNOTSUPP);
	cr_expect_eq(err.class, ERR_SKIP);
	cr_expect(strstr(err.text, "not delegated"), "%s", err.text);
	cr_expect_not(there(&f, NAME));
	fake_free(&f);
}

static void expect_usage(const struct fake *f, const struct tree_group *g, size_t n,
			 const char *sentence)
{
	struct tree_config cfg = config(f, g, n);
	struct err err = {0};
	struct cg_tree t;

	cr_expect_eq(tree_create(&t, &cfg, &err), -EINVAL, "%s", g[n - 1].path);
	cr_expect_eq(err.class, ERR_USAGE, "%s", g[n - 1].path);
	cr_expect(strstr(err.text, sentence), "%s: %s", g[n - 1].path, err.text);
	cr_expect_not(there(f, NAME));
}

Test(cgroup_tree, groups_that_cannot_be)
{
	static const char *const bad[] = {"",  "/",	 "/a",	"a/",	      "a//b",
					  ".", "../out", "a/.", "memory.max", "cgroup.procs"};
	static const struct tree_group worker_parent[] = {{"a", true}, {"a/b", true}};
	static const struct tree_group orphan[] = {{"aa", false}, {"a/b", true}};
	static const struct tree_group drain[] = {{"drain", true}};
	struct fake v1 = fake_new(CG_V1), v2 = fake_new(CG_V2);
	struct tree_config cfg = config(&v1, worker_parent, 2);
	struct err err = {0};

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		expect_usage(&v1, &(struct tree_group){bad[i], true}, 1, "cannot be the name");
	expect_usage(&v1, orphan, 2, "parent");
	expect_usage(&v1, drain, 1, "drain");
	expect_usage(&v2, worker_parent, 2, "child group");
	/* v1 has no such rule. */
	cr_expect_eq(tree_check(&cfg, &err), 0, "%s", err.text);
	fake_free(&v1);
	fake_free(&v2);
}

Test(cgroup_tree, failure_leaves_nothing)
{
	static const struct tree_group groups[] = {{"first", true},
						   {"second", true},
						   {"third", true}};
	struct fake f = fake_new(CG_V1);
	struct tree_config cfg = config(&f, groups, 3);
	struct err err = {0};
	struct cg_tree t;

	cfg.backend = &full_kernel;
	cr_expect_eq(tree_create(&t, &cfg, &err), -ENOSPC);
	cr_expect_not(there(&f, NAME));
	err = (struct err){0};
	cfg.backend = &denied_kernel;
	cr_expect_eq(tree_create(&t, &cfg, &err), -EACCES);
	cr_expect_eq(err.class, ERR_SKIP);
	cr_expect(strstr(err.text, "/fake") && strstr(err.text, "--in"), "%s", err.text);
	/* Somebody else's group of that name stays. */
	cfg.backend = &fake_kernel;
	cr_assert_eq(mkdirat(f.fd, NAME, 0755), 0);
	err = (struct err){0};
	cr_expect_eq(tree_create(&t, &cfg, &err), -EEXIST);
	cr_expect(there(&f, NAME));
	fake_free(&f);
}

Test(cgroup_tree, busy_until_the_deadline)
{
	struct fake f = fake_new(CG_V1);
	struct tree_config cfg = config(&f, three, 1);
	struct err err = {0};
	struct cg_tree t;

	cr_assert_eq(tree_create(&t, &cfg, &err), 0, "%s", err.text);
	put(tree_group_fd(&t, 0), "busy", "");
	cr_expect_eq(tree_destroy(&t, &err), -EBUSY);
	cr_expect(strstr(err.text, NAME "/hog"), "%s", err.text);
	cr_expect(there(&f, NAME "/hog"));
	fake_free(&f);
}

/* Larger than any pid of the kernel (PID_MAX_LIMIT), so that nobody is hit. */
#define NOBODY "4194400\n"

Test(cgroup_tree, processes_that_stay)
{
	struct fake f = fake_new(CG_V2);
	struct tree_config cfg = config(&f, three, 1);
	struct err err = {0};
	struct cg_tree t;

	put(f.fd, "cgroup.subtree_control", "memory\n");
	cr_assert_eq(tree_create(&t, &cfg, &err), 0, "%s", err.text);
	put(tree_group_fd(&t, 0), "cgroup.procs", NOBODY);
	cr_expect_eq(tree_kill(&t, &err), -ETIMEDOUT);
	cr_expect(strstr(err.text, "SIGKILL: 1 of"), "%s", err.text);
	expect_text(tree_root_fd(&t), "cgroup.kill", "1");
	put(tree_group_fd(&t, 0), "cgroup.procs", "");
	err = (struct err){0};
	cr_expect_eq(tree_kill(&t, &err), 0, "%s", err.text);
	cr_expect_eq(tree_destroy(&t, &err), 0, "%s", err.text);
	fake_free(&f);
}

/* 0 would be our own process group, and ourselves we do not kill. */
Test(cgroup_tree, processes_that_are_not_killed)
{
	struct fake f = fake_new(CG_V1);
	struct tree_config cfg = config(&f, three, 1);
	struct err err = {0};
	struct cg_tree t;
	char self[16];

	cr_assert_eq(tree_create(&t, &cfg, &err), 0, "%s", err.text);
	put(tree_group_fd(&t, 0), "cgroup.procs", "0\n");
	cr_expect_eq(tree_kill(&t, &err), -EPERM);
	err = (struct err){0};
	snprintf(self, sizeof(self), "%d\n", (int)getpid());
	put(tree_group_fd(&t, 0), "cgroup.procs", self);
	cr_expect_eq(tree_kill(&t, &err), -EDEADLK);
	put(tree_group_fd(&t, 0), "cgroup.procs", "");
	err = (struct err){0};
	cr_expect_eq(tree_destroy(&t, &err), 0, "%s", err.text);
	fake_free(&f);
}

Test(cgroup_tree, names)
{
	char buf[TREE_NAME_SIZE];
	pid_t pid = 0;

	cr_expect_str_eq(tree_name(buf, 123, 4), NAME);
	cr_expect(tree_name_parse(NAME, &pid));
	cr_expect_eq(pid, 123);
	cr_expect(tree_name_parse(tree_name(buf, 4194304, 4294967295U), &pid));
	cr_expect_eq(pid, 4194304);
	cr_expect_not(tree_name_parse("memtrial-123", NULL));
	cr_expect_not(tree_name_parse("memtrial-123-", NULL));
	cr_expect_not(tree_name_parse("memtrial--4", NULL));
	cr_expect_not(tree_name_parse("memtrial--1-4", NULL));
	cr_expect_not(tree_name_parse("memtrial-0-4", NULL));
	cr_expect_not(tree_name_parse("memtrial-12x-4", NULL));
	cr_expect_not(tree_name_parse("memtrial-12-4x", NULL));
	cr_expect_not(tree_name_parse("memtrial-99999999999-4", NULL));
	cr_expect_not(tree_name_parse("xmemtrial-1-4", NULL));
	cr_expect_not(tree_name_parse("memtrial-supervisor-12", NULL));
}

struct seen {
	char text[256];
	size_t n;
};

static int note(const struct tree_leftover *l, void *data)
{
	struct seen *s = data;
	size_t len = strlen(s->text);

	snprintf(s->text + len, sizeof(s->text) - len, "[%s %d %d]", l->path, (int)l->pid,
		 l->alive);
	s->n++;
	return 0;
}

static void process(const struct fake *f, const char *pid, const char *comm, char state)
{
	char stat[64];

	_cleanup_close_ int fd = -1;

	cr_assert_eq(mkdirat(f->proc, pid, 0755), 0);
	fd = dir_open(f->proc, pid);
	snprintf(stat, sizeof(stat), "%s (%s) %c 1 1\n", pid, comm, state);
	put(fd, "stat", stat);
}

static struct tree_search search(const struct fake *f)
{
	return (struct tree_search){.at = {f->v, f->fd, "/fake"},
				    .base = "base",
				    .backend = &fake_kernel,
				    .proc_fd = f->proc,
				    .deadline = msec(30)};
}

Test(cgroup_tree, leftovers)
{
	struct fake f = fake_new(CG_V1);
	struct tree_search s = search(&f);
	struct tree_cleaned count;
	struct seen seen = {0};
	struct err err = {0};

	cr_assert_eq(fake_create(&s.at, "base"), 0);
	/* Gone; another program of that pid; alive; other names; one of a dead supervisor's leaves.
	 */
	fake_create(&s.at, "base/memtrial-100-0");
	fake_create(&s.at, "base/memtrial-100-0/hog");
	fake_create(&s.at, "base/memtrial-200-7");
	process(&f, "200", "bash", 'S');
	fake_create(&s.at, "base/memtrial-300-1");
	process(&f, "300", "memtrial", 'S');
	/* Killed, and not yet waited for. */
	fake_create(&s.at, "base/memtrial-400-0");
	process(&f, "400", "memtrial", 'Z');
	fake_create(&s.at, "base/memtrial-mine");
	fake_create(&s.at, "base/user.slice");
	fake_create(&s.at, "base/memtrial-supervisor-100");

	cr_assert_eq(tree_list_leftovers(&s, note, &seen, &err), 0, "%s", err.text);
	cr_expect_eq(seen.n, 5, "%s", seen.text);
	cr_expect(strstr(seen.text, "[base/memtrial-400-0 400 0]"), "%s", seen.text);
	cr_expect(strstr(seen.text, "[base/memtrial-100-0 100 0]"), "%s", seen.text);
	cr_expect(strstr(seen.text, "[base/memtrial-200-7 200 0]"), "%s", seen.text);
	cr_expect(strstr(seen.text, "[base/memtrial-300-1 300 1]"), "%s", seen.text);
	cr_expect(strstr(seen.text, "[base/memtrial-supervisor-100 100 0]"), "%s", seen.text);

	cr_expect_eq(tree_clean(&s, false, &count, &err), 0, "%s", err.text);
	cr_expect_eq(count.groups, 5);
	cr_expect_eq(count.processes, 0);
	cr_expect_eq(count.alive, 1);
	cr_expect_not(there(&f, "base/memtrial-100-0"));
	cr_expect(there(&f, "base/memtrial-300-1"));
	cr_expect(there(&f, "base/memtrial-mine"));
	cr_expect(there(&f, "base/user.slice"));
	cr_expect_eq(tree_clean(&s, true, &count, &err), 0, "%s", err.text);
	cr_expect_eq(count.groups, 1);
	cr_expect_not(there(&f, "base/memtrial-300-1"));
	fake_free(&f);
}

Test(cgroup_tree, leftover_that_cannot_be_removed)
{
	struct fake f = fake_new(CG_V2);
	struct tree_search s = search(&f);
	struct tree_cleaned count;
	struct err err = {0};
	_cleanup_close_ int fd = -1;

	cr_expect_eq(tree_clean(&s, false, &count, &err), -ENOENT, "no such base");
	cr_assert_eq(fake_create(&s.at, "base"), 0);
	fake_create(&s.at, "base/memtrial-100-0");
	fake_create(&s.at, "base/memtrial-100-1");
	fd = dir_open(f.fd, "base/memtrial-100-0");
	put(fd, "busy", "");
	err = (struct err){0};
	cr_expect_eq(tree_clean(&s, false, &count, &err), -EBUSY);
	cr_expect(strstr(err.text, "memtrial-100-0"), "%s", err.text);
	/* The other one is gone all the same. */
	cr_expect_eq(count.groups, 1);
	cr_expect_not(there(&f, "base/memtrial-100-1"));
	fake_free(&f);
}

Test(cgroup_tree, plain_directories)
{
	struct fake f = fake_new(CG_V2);
	struct cg_place at = {CG_V2, f.fd, "/fake"};
	struct err err = {0};

	/* libcgroup refuses a mount that is not its own. */
	cr_expect_lt(cg_backend_libcgroup.init(&at, &err), 0);
	cr_expect_str_neq(err.text, "");
	cr_expect_eq(cg_backend_choose(&at), &cg_backend_dir);
	err = (struct err){0};
	cr_expect_eq(cg_backend_dir.init(&at, &err), 0);
	cr_expect_eq(cg_backend_dir.create(&at, "a"), 0);
	cr_expect_eq(cg_backend_dir.create(&at, "a"), -EEXIST);
	cr_expect_eq(cg_backend_dir.create(&at, "b/c"), -ENOENT);
	cr_expect_eq(cg_backend_dir.create(&at, "a/b"), 0);
	cr_expect_eq(cg_backend_dir.remove(&at, "a"), -EBUSY);
	cr_expect_eq(cg_backend_dir.remove(&at, "a/b"), 0);
	cr_expect_eq(cg_backend_dir.remove(&at, "a"), 0);
	cr_expect_eq(cg_backend_dir.remove(&at, "a"), 0);
	fake_free(&f);
}
