/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The undo journal on a fake /proc in a directory of its own; this machine's sysctls stay alone. */
#include "trial/undo.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/io.h"
#include "trial/leftovers.h"
#include "trial/scratch.h"

#define DEAD "memtrial-4194305-0"

static struct {
	char dir[64], state[96], debugfs[96];
	struct roots roots;
	int proc;
} fake;

static void put(const char *path, const char *text)
{
	_cleanup_close_ int fd =
		openat(fake.proc, path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

	cr_assert_geq(fd, 0, "%s: %s", path, strerror(errno));
	cr_assert_eq(write_all(fd, text, strlen(text)), 0);
}

static const char *get(const char *path)
{
	static char text[256];

	cr_assert_geq(file_read(fake.proc, path, text, sizeof(text)), 0, "%s", path);
	text[strcspn(text, "\n")] = '\0';
	return text;
}

static bool there(const char *path)
{
	return access(path, F_OK) == 0;
}

static void set_up(void)
{
	strcpy(fake.dir, "/tmp/memtrial-undo-XXXXXX");
	cr_assert_not_null(mkdtemp(fake.dir));
	fake.proc = dir_open(AT_FDCWD, fake.dir);
	cr_assert_geq(fake.proc, 0);
	cr_assert_eq(mkdirat(fake.proc, "sys", 0755), 0);
	cr_assert_eq(mkdirat(fake.proc, "sys/vm", 0755), 0);
	put("sys/vm/swappiness", "60\n");
	put("sys/vm/overcommit_memory", "0\n");
	put("sys/block", "0\n"); /* stands for a file of /sys: its root is the same directory */
	snprintf(fake.state, sizeof(fake.state), "%s/state", fake.dir);
	cr_assert_eq(mkdirat(fake.proc, "debug", 0755), 0);
	cr_assert_eq(mkdirat(fake.proc, "debug/failslab", 0755), 0);
	put("debug/failslab/probability", "0\n");
	put("debug/failslab/task-filter", "N\n");
	strcpy(fake.debugfs, "/debug");
	fake.roots = (struct roots){
		.proc = fake.proc, .sys = fake.proc, .dev = -1, .fs = fake.proc, .fake = true};
}

static void remove_below(const char *path)
{
	_cleanup_closedir_ DIR *d = opendir(path);

	for (struct dirent *e; d && (e = readdir(d));) {
		char child[512];

		if (!strcmp(e->d_name, ".") || !strcmp(e->d_name, ".."))
			continue;
		snprintf(child, sizeof(child), "%s/%s", path, e->d_name);
		if (unlink(child) < 0)
			remove_below(child);
	}
	rmdir(path);
}

static void tear_down(void)
{
	close_fd(&fake.proc);
	remove_below(fake.dir);
}

TestSuite(undo, .init = set_up, .fini = tear_down);

static void start(struct undo *u, const char *id)
{
	struct err err = {0};

	cr_assert_eq(undo_open(u, &fake.roots, fake.debugfs, fake.state, id, &err), 0, "%s",
		     err.text);
}

static void change(struct undo *u, const char *path, const char *value)
{
	struct err err = {0};

	cr_assert_eq(undo_sysctl(u, path, value, &err), 0, "%s", err.text);
}

/* What a kill -9 does: descriptors and locks go, nothing else happens. */
static void die(struct undo *u)
{
	close_fd(&u->journal_fd);
	undo_roots_close(&u->roots);
}

static int leftovers(void)
{
	struct err err = {0};

	return undo_leftovers(&fake.roots, fake.debugfs, fake.state, &err);
}

Test(undo, takes_back_newest_first)
{
	struct undo u;
	struct err err = {0};

	start(&u, DEAD);
	cr_assert_not(there(u.journal), "no journal without a change");
	change(&u, "vm/swappiness", "10");
	change(&u, "vm/swappiness", "20");
	change(&u, "vm/overcommit_memory", "1");
	cr_assert_str_eq(get("sys/vm/swappiness"), "20");
	cr_assert(there(u.journal));
	cr_assert_eq(u.n, 2, "the machine's own value is noted once");
	cr_assert_eq(undo_all(&u, &err), 0, "%s", err.text);
	cr_assert_str_eq(get("sys/vm/swappiness"), "60");
	cr_assert_str_eq(get("sys/vm/overcommit_memory"), "0");
	cr_assert_not(there(u.journal));
}

Test(undo, is_written_down_before_the_change)
{
	struct undo u;
	char text[256];

	start(&u, DEAD);
	change(&u, "vm/swappiness", "10");
	cr_assert_gt(file_read(AT_FDCWD, u.journal, text, sizeof(text)), 0);
	cr_assert_str_eq(text, "vm/swappiness\t60\n");
	die(&u);
}

Test(undo, no_change_without_a_journal)
{
	struct undo u;
	struct err err = {0};

	cr_assert_eq(undo_open(&u, &fake.roots, "", NULL, DEAD, &err), 0);
	cr_assert_lt(undo_sysctl(&u, "vm/swappiness", "10", &err), 0);
	cr_assert_not_null(strstr(err.text, "not changed"), "%s", err.text);
	cr_assert_str_eq(get("sys/vm/swappiness"), "60");
	err_clear(&err);
	undo_all(&u, &err);
}

/* Mode 0200: cannot be read, and nothing is to be put back. */
Test(undo, triggers)
{
	struct undo u;
	struct err err = {0};

	cr_assert_eq(undo_open(&u, &fake.roots, "", NULL, DEAD, &err), 0);
	put("sys/vm/compact_memory", "");
	put("sys/vm/drop_caches", "");
	change(&u, "vm/compact_memory", "1");
	change(&u, "vm/drop_caches", "3");
	cr_assert_str_eq(get("sys/vm/compact_memory"), "1");
	cr_assert_eq(u.n, 0);
	cr_assert_eq(undo_all(&u, &err), 0, "%s", err.text);
	cr_assert_str_eq(get("sys/vm/drop_caches"), "3");
}

Test(undo, unknown_sysctl)
{
	struct undo u;
	struct err err = {0};

	start(&u, DEAD);
	cr_assert_eq(undo_sysctl(&u, "vm/no_such", "1", &err), -ENOENT);
	cr_assert_not_null(strstr(err.text, "/proc/sys/vm/no_such"), "%s", err.text);
	cr_assert_eq(u.n, 0);
	cr_assert_not(there(u.journal));
	err_clear(&err);
	cr_assert_eq(undo_all(&u, &err), 0);
}

Test(undo, the_dead_are_restored)
{
	struct undo u;

	start(&u, DEAD);
	change(&u, "vm/swappiness", "10");
	change(&u, "vm/swappiness", "20");
	change(&u, "vm/overcommit_memory", "1");
	die(&u);
	cr_assert_eq(leftovers(), 2);
	cr_assert_str_eq(get("sys/vm/swappiness"), "60");
	cr_assert_str_eq(get("sys/vm/overcommit_memory"), "0");
	cr_assert_not(there(u.journal));
	cr_assert_eq(leftovers(), 0, "once is enough");
}

Test(undo, the_living_are_left_alone)
{
	struct undo u;
	struct err err = {0};

	start(&u, DEAD);
	change(&u, "vm/swappiness", "10");
	cr_assert_eq(leftovers(), 0, "its journal is locked");
	cr_assert_str_eq(get("sys/vm/swappiness"), "10");
	cr_assert(there(u.journal));
	cr_assert_eq(undo_all(&u, &err), 0);
}

/* The moment before the lock: the pid alone tells. */
static void by_pid(const char *stat, int want)
{
	struct undo u;
	struct err err = {0};

	start(&u, "memtrial-4242-0");
	change(&u, "vm/swappiness", "10");
	close_fd(&u.journal_fd);
	cr_assert_eq(mkdirat(fake.proc, "4242", 0755), 0);
	put("4242/stat", stat);
	cr_assert_eq(leftovers(), want, "%s", stat);
	cr_assert_str_eq(get("sys/vm/swappiness"), want ? "60" : "10");
	cr_assert_eq(undo_by_journal(&u, &err), 1 - want, "%s", err.text);
}

Test(undo, pid_of_a_supervisor)
{
	by_pid("4242 (memtrial) S 1 4242 4242 0 -1\n", 0);
}

Test(undo, pid_of_a_zombie)
{
	by_pid("4242 (memtrial) Z 1 4242 4242 0 -1\n", 1);
}

Test(undo, pid_of_somebody_else)
{
	by_pid("4242 (bash) S 1 4242 4242 0 -1\n", 1);
}

Test(undo, guard_reads_the_journal)
{
	struct undo u, guard;
	struct err err = {0};

	start(&u, DEAD);
	guard = u; /* as a fork before the change leaves it */
	guard.roots.fd[CHANGE_SYSCTL] = dup(u.roots.fd[CHANGE_SYSCTL]);
	change(&u, "vm/swappiness", "10");
	die(&u);
	cr_assert_eq(undo_by_journal(&guard, &err), 1, "%s", err.text);
	cr_assert_str_eq(get("sys/vm/swappiness"), "60");
	cr_assert_not(there(u.journal));
	cr_assert_eq(undo_by_journal(&guard, &err), 0, "nothing is left");
}

Test(undo, half_a_line_is_not_believed)
{
	_cleanup_close_ int dir = -1;
	char path[256];

	cr_assert_eq(mkdir(fake.state, 0755), 0);
	snprintf(path, sizeof(path), "state/%s" UNDO_SUFFIX, DEAD);
	put(path, "vm/swappiness\t42\nvm/overcommit_memory\t2");
	cr_assert_eq(leftovers(), 1);
	cr_assert_str_eq(get("sys/vm/swappiness"), "42");
	cr_assert_str_eq(get("sys/vm/overcommit_memory"), "0");
}

Test(undo, no_way_out_of_proc_sys)
{
	char path[256];

	cr_assert_eq(mkdir(fake.state, 0755), 0);
	put("outside", "kept\n");
	snprintf(path, sizeof(path), "state/%s" UNDO_SUFFIX, DEAD);
	put(path, "../outside\tlost\nno tab\nvm/swappiness\t42\n");
	cr_assert_eq(leftovers(), 1);
	cr_assert_str_eq(get("outside"), "kept");
}

Test(undo, foreign_files_stay)
{
	cr_assert_eq(mkdir(fake.state, 0755), 0);
	put("state/notes.undo", "vm/swappiness\t1\n");
	put("state/" DEAD, "vm/swappiness\t1\n");
	put("state/" DEAD ".undo.new", "vm/swappiness\t1\n");
	cr_assert_eq(leftovers(), 0);
	cr_assert_str_eq(get("sys/vm/swappiness"), "60");
	cr_assert_str_eq(get("state/notes.undo"), "vm/swappiness\t1");
}

/* One that cannot be restored is kept for the next try, and does not hold up the others. */
Test(undo, an_error_keeps_the_journal)
{
	struct err err = {0};

	cr_assert_eq(mkdir(fake.state, 0755), 0);
	put("state/" DEAD ".undo", "vm/gone\t1\n");
	put("state/memtrial-4194306-0.undo", "vm/swappiness\t42\n");
	cr_assert_lt(undo_leftovers(&fake.roots, fake.debugfs, fake.state, &err), 0);
	cr_assert_not_null(strstr(err.text, "/proc/sys/vm/gone"), "%s", err.text);
	cr_assert_str_eq(get("sys/vm/swappiness"), "42");
	cr_assert_str_eq(get("state/" DEAD ".undo"), "vm/gone\t1");
}

Test(undo, a_leftover_of_the_same_name_is_not_lost)
{
	struct undo u;
	struct err err = {0};

	cr_assert_eq(mkdir(fake.state, 0755), 0);
	put("state/" DEAD ".undo", "vm/overcommit_memory\t2\n");
	start(&u, DEAD);
	cr_assert_lt(undo_sysctl(&u, "vm/swappiness", "10", &err), 0);
	cr_assert_str_eq(get("sys/vm/swappiness"), "60");
	cr_assert_str_eq(get("state/" DEAD ".undo"), "vm/overcommit_memory\t2");
	err_clear(&err);
	undo_all(&u, &err);
	cr_assert_eq(leftovers(), 1, "and is restored");
}

Test(undo, no_state_directory)
{
	cr_assert_eq(leftovers(), 0);
}

Test(undo, scratch_of_the_dead)
{
	_cleanup_close_ int lock = -1;

	cr_assert_eq(mkdirat(fake.proc, DEAD, 0700), 0);
	cr_assert_eq(mkdirat(fake.proc, DEAD "/w.0", 0700), 0);
	put(DEAD "/w.0/data", "x");
	cr_assert_eq(mkdirat(fake.proc, "memtrial-notes", 0700), 0);
	lock = dir_open(fake.proc, DEAD);
	cr_assert_eq(flock(lock, LOCK_EX | LOCK_NB), 0);
	cr_assert_eq(scratch_leftovers(fake.proc, fake.dir), 0, "somebody has it open");
	close_fd(&lock);
	cr_assert_eq(scratch_leftovers(fake.proc, fake.dir), 1);
	cr_assert_lt(faccessat(fake.proc, DEAD, F_OK, 0), 0);
	cr_assert_eq(faccessat(fake.proc, "memtrial-notes", F_OK, 0), 0);
}

Test(undo, roots_have_their_prefix)
{
	struct undo u;
	struct err err = {0};
	char text[256];

	start(&u, DEAD);
	cr_assert_eq(undo_change(&u, CHANGE_DEBUGFS, "failslab/task-filter", "Y", &err), 0, "%s",
		     err.text);
	cr_assert_eq(undo_change(&u, CHANGE_DEBUGFS, "failslab/probability", "9", &err), 0);
	cr_assert_eq(undo_change(&u, CHANGE_SYS, "sys/block", "1", &err), 0, "%s", err.text);
	change(&u, "vm/swappiness", "10");
	cr_assert_gt(file_read(AT_FDCWD, u.journal, text, sizeof(text)), 0);
	cr_assert_str_eq(text, "debugfs:failslab/task-filter\tN\n"
			       "debugfs:failslab/probability\t0\n"
			       "sys:sys/block\t0\n"
			       "vm/swappiness\t60\n");
	die(&u);
	cr_assert_eq(leftovers(), 4);
	cr_assert_str_eq(get("debug/failslab/task-filter"), "N");
	cr_assert_str_eq(get("debug/failslab/probability"), "0");
	cr_assert_str_eq(get("sys/block"), "0");
	cr_assert_str_eq(get("sys/vm/swappiness"), "60");
}

Test(undo, takes_back_one_owners_changes)
{
	struct undo u;
	struct err err = {0};

	start(&u, DEAD);
	u.owner = 1;
	cr_assert_eq(undo_change(&u, CHANGE_DEBUGFS, "failslab/task-filter", "Y", &err), 0);
	u.owner = 0;
	change(&u, "vm/swappiness", "10");
	u.owner = 1;
	cr_assert_eq(undo_change(&u, CHANGE_DEBUGFS, "failslab/probability", "9", &err), 0);
	u.owner = 0;
	cr_assert_eq(undo_of(&u, 1, &err), 0, "%s", err.text);
	cr_assert_str_eq(get("debug/failslab/task-filter"), "N");
	cr_assert_str_eq(get("debug/failslab/probability"), "0");
	cr_assert_str_eq(get("sys/vm/swappiness"), "10", "another's");
	cr_assert_eq(u.n, 1);
	cr_assert_eq(undo_all(&u, &err), 0);
	cr_assert_str_eq(get("sys/vm/swappiness"), "60");
}

Test(undo, without_debugfs_nothing_is_changed)
{
	struct undo u;
	struct err err = {0};

	cr_assert_eq(undo_open(&u, &fake.roots, "", fake.state, DEAD, &err), 0);
	cr_assert_lt(undo_change(&u, CHANGE_DEBUGFS, "failslab/probability", "9", &err), 0);
	cr_assert_eq(u.n, 0);
	err_clear(&err);
	undo_all(&u, &err);
}
