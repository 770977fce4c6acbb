/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "live/watch_view.h"

static struct roots roots;
static struct machine machine;
static struct watched watched;
static struct watch_reading reading, later;
static struct watch_view view;

static void on(const char *captured)
{
	char path[512];
	struct err err = {0};

	snprintf(path, sizeof(path), TEST_DATA "/machines/%s", captured);
	cr_assert_eq(roots_open(path, &roots, &err), 0, "%s", err.text);
	cr_assert_eq(probe_machine(&roots, &machine, &err), 0, "%s", err.text);
}

static void off(void)
{
	watch_close(&watched);
	roots_close(&roots);
}

static void watch(const char *group)
{
	struct err err = {0};

	cr_assert_eq(watch_open(&watched, &roots, &machine, group, &err), 0, "%s", err.text);
	cr_assert_eq(watch_read(&watched, &reading), 0);
}

static void expect(enum watch_number n, int64_t value)
{
	cr_expect_eq(reading.values[n], value, "%s is %lld", watch_names[n],
		     (long long)reading.values[n]);
}

Test(watch, group_on_v2, .fini = off)
{
	on("v2-2node-swap");
	watch("user.slice");
	cr_expect_gt(reading.values[WN_CURRENT], 0);
	expect(WN_HIGH, VALUE_MAX);
	expect(WN_E_OOM_KILL, 0);
	cr_expect_gt(reading.values[WN_ANON], 0);
	cr_expect_neq(reading.values[WN_SCAN], VALUE_ABSENT);
	cr_expect_eq(reading.n_children, 1);
	cr_expect_str_eq(reading.children[0].name, "user-0.slice");
	cr_expect_eq(reading.children_more, 0);
}

/* The same group by every way to name it. */
Test(watch, names, .fini = off)
{
	static const char *const same[] = {"user.slice/user-0.slice", "/user.slice/user-0.slice",
					   "user.slice/user-0.slice/",
					   "/sys/fs/cgroup/user.slice/user-0.slice"};

	on("v2-2node-swap");
	for (size_t i = 0; i < ARRAY_SIZE(same); i++) {
		watch(same[i]);
		cr_expect_str_eq(watched.path, "user.slice/user-0.slice");
		watch_close(&watched);
	}
}

/* The root of a container's hierarchy is a group; that of a machine with v2 has no numbers. */
Test(watch, root, .fini = off)
{
	on("v2-mglru-container");
	watch("/");
	cr_expect_str_eq(watched.path, "/");
	cr_expect_neq(reading.values[WN_PEAK], VALUE_ABSENT);
	off();
	on("v2-2node-swap");
	watch("/sys/fs/cgroup");
	cr_expect_str_eq(watched.path, "");
	expect(WN_MAX, machine.mem_total);
}

static void refuse(const char *group, int code, const char *what)
{
	struct err err = {0};

	cr_expect_eq(watch_open(&watched, &roots, &machine, group, &err), code, "%s", group);
	cr_expect_eq(err.class, ERR_USAGE);
	cr_expect(strstr(err.text, what), "%s", err.text);
	watch_close(&watched);
}

Test(watch, no_such_group, .fini = off)
{
	on("v2-2node-swap");
	refuse("user.slcie", -ENOENT, "did you mean \"user.slice\"?");
	refuse("user.slice/user-1.slice", -ENOENT, "did you mean \"user.slice/user-0.slice\"?");
	refuse("nothing", -ENOENT, "no group nothing below /sys/fs/cgroup");
	refuse("../../proc", -ENOENT, "no group");
	refuse("user.slice/memory.current", -ENOENT, "no group");
}

Test(watch, machine, .fini = off)
{
	on("v1-2cpu");
	watch(NULL);
	cr_expect_str_eq(watched.path, "");
	expect(WN_MAX, machine.mem_total);
	expect(WN_CURRENT, machine.mem_total - machine.mem_available);
	cr_expect_gt(reading.values[WN_FILE], 0);
	cr_expect_neq(reading.values[WN_SCAN], VALUE_ABSENT);
	cr_expect_neq(reading.values[WN_SOME], VALUE_ABSENT);
	expect(WN_HIGH, VALUE_ABSENT);
}

/* Without vmstat, pressure and groups: what there is. */
Test(watch, bare_machine, .fini = off)
{
	on("bare");
	watch(NULL);
	cr_expect_gt(reading.values[WN_CURRENT], 0);
	expect(WN_SCAN, VALUE_ABSENT);
	expect(WN_SOME, VALUE_ABSENT);
	cr_expect_eq(reading.n_children, 0);
}

static char dir[64];
static int dir_fd = -1;

static void put(const char *path, const char *content)
{
	int fd = openat(dir_fd, path, O_WRONLY | O_CREAT | O_TRUNC, 0644);

	cr_assert_geq(fd, 0);
	cr_assert_eq(write(fd, content, strlen(content)), (ssize_t)strlen(content));
	close(fd);
}

/* A hierarchy of our own, that can change. */
static void hierarchy(int version)
{
	strcpy(dir, "/tmp/memtrial-unit-XXXXXX");
	cr_assert_not_null(mkdtemp(dir));
	dir_fd = open(dir, O_RDONLY | O_DIRECTORY);
	cr_assert_eq(mkdirat(dir_fd, "box", 0755), 0);
	roots = (struct roots){.proc = -1, .sys = -1, .dev = -1, .fake = true};
	roots.fs = open(dir, O_RDONLY | O_DIRECTORY);
	memset(&machine, 0, sizeof(machine));
	machine.memcg_version = version;
	strcpy(machine.memcg_mount, "/");
	machine.mem_total = GIB;
	machine.page_size = 4096;
}

static void remove_all(void)
{
	char command[128];

	off();
	close_fd(&dir_fd);
	snprintf(command, sizeof(command), "rm -r %s", dir);
	cr_expect_eq(system(command), 0);
}

Test(watch, group_on_v1, .fini = remove_all)
{
	hierarchy(1);
	put("box/memory.usage_in_bytes", "8192\n");
	put("box/memory.limit_in_bytes", "9223372036854771712\n");
	put("box/memory.max_usage_in_bytes", "12288\n");
	put("box/memory.kmem.usage_in_bytes", "4096\n");
	put("box/memory.failcnt", "7\n");
	put("box/memory.memsw.failcnt", "2\n");
	put("box/memory.oom_control", "oom_kill_disable 0\nunder_oom 0\noom_kill 3\n");
	put("box/memory.stat", "rss 1\ntotal_rss 2048\ntotal_cache 1024\ntotal_swap 512\n"
			       "total_pgmajfault 5\n");
	watch("box");
	expect(WN_CURRENT, 8192);
	expect(WN_MAX, VALUE_MAX);
	expect(WN_PEAK, 12288);
	expect(WN_ANON, 2048);
	expect(WN_FILE, 1024);
	expect(WN_SWAP, 512);
	expect(WN_KERNEL, 4096);
	expect(WN_MAJFLT, 5);
	expect(WN_E_MAX, 9);
	expect(WN_E_OOM_KILL, 3);
	expect(WN_SCAN, VALUE_ABSENT);
	expect(WN_HIGH, VALUE_ABSENT);
	/* Removed under our eyes. */
	cr_assert_eq(unlinkat(dir_fd, "box/memory.usage_in_bytes", 0), 0);
	cr_expect_eq(watch_read(&watched, &reading), -ENODEV);
}

Test(watch, children_largest_first, .fini = remove_all)
{
	char path[64], number[32];

	hierarchy(2);
	put("box/memory.current", "4096\n");
	for (int i = 0; i < 20; i++) {
		snprintf(path, sizeof(path), "box/child-%d", i);
		cr_assert_eq(mkdirat(dir_fd, path, 0755), 0);
		strcat(path, "/memory.current");
		snprintf(number, sizeof(number), "%d\n", (i * 7) % 20 * 4096);
		put(path, number);
	}
	watch("box");
	cr_expect_eq(reading.n_children, WATCH_CHILDREN);
	cr_expect_eq(reading.children_more, 20 - WATCH_CHILDREN);
	for (int i = 0; i < WATCH_CHILDREN; i++)
		cr_expect_eq(reading.children[i].current, (19 - i) * 4096);
}

static void read_v2(const char *events, const char *stat, struct watch_reading *rd)
{
	put("box/memory.events", events);
	put("box/memory.stat", stat);
	cr_assert_eq(watch_read(&watched, rd), 0);
}

Test(watch, lines, .fini = remove_all)
{
	char line[LIVE_LINE_BYTES], json[2048] = "";
	FILE *f;

	hierarchy(2);
	put("box/memory.current", "66060288\n");
	put("box/memory.max", "67108864\n");
	put("box/memory.high", "max\n");
	watch("box");
	watch_view_init(&view, &watched, NSEC_PER_SEC);
	read_v2("max 10\noom_kill 0\n", "anon 1048576\npgscan 100\npgsteal 50\n", &reading);
	watch_view_add(&view, &reading, 0);
	watch_line(line, sizeof(line), &view, 0);
	cr_expect_str_eq(line, "   0.0s  current   63M of 64M  98%  anon    1M");
	read_v2("max 40\noom_kill 1\n", "anon 1048576\npgscan 25700\npgsteal 50\n", &later);
	watch_view_add(&view, &later, NSEC_PER_SEC);
	watch_line(line, sizeof(line), &view, 0);
	cr_expect_str_eq(line, "   1.0s  current   63M of 64M  98%  anon    1M  scan  100M/s  "
			       "steal     0/s  max +30  oom_kill +1");
	/* Where there is little room events come first. */
	watch_line(line, sizeof(line), &view, 58);
	cr_expect_str_eq(line,
			 "   1.0s  current   63M of 64M  98%  max +30  oom_kill +1\xe2\x80\xa6");
	f = fmemopen(json, sizeof(json), "w");
	watch_json(f, &view);
	fclose(f);
	cr_expect_str_eq(json, "{\"t\":1.000,\"memory.current\":66060288,\"memory.max\":67108864,"
			       "\"memory.high\":null,\"memory.stat.anon\":1048576,"
			       "\"memory.stat.pgscan\":25700,\"memory.stat.pgsteal\":50,"
			       "\"memory.events.max\":40,\"memory.events.oom_kill\":1}\n");
}

/* The same event again and again is one line; another one begins a new line. */
Test(watch, events, .fini = remove_all)
{
	char events[64];

	hierarchy(2);
	put("box/memory.current", "4096\n");
	watch("box");
	watch_view_init(&view, &watched, NSEC_PER_SEC);
	for (int i = 0; i < 5; i++) {
		snprintf(events, sizeof(events), "max %d\noom_kill %d\n", 100 * i, i / 4);
		read_v2(events, "anon 0\n", &reading);
		watch_view_add(&view, &reading, i * NSEC_PER_SEC);
	}
	cr_assert_eq(view.view.n_events, 2);
	cr_expect_str_eq(view.view.events[0].text, "memory.events.max +400");
	cr_expect_eq(view.view.events[0].t_ns, 4 * NSEC_PER_SEC);
	cr_expect_str_eq(view.view.events[1].text, "memory.events.oom_kill +1");
	cr_expect(view.view.events[1].bad);
	for (int i = 0; i < 100; i++) {
		snprintf(events, sizeof(events), "max %d\noom_kill %d\n", 400 + i % 2 * i, 2 + i);
		read_v2(events, "anon 0\n", &reading);
		watch_view_add(&view, &reading, (5 + i) * NSEC_PER_SEC);
	}
	cr_expect_leq(view.view.n_events, LIVE_EVENTS);
	watch_view_make(&view);
	cr_expect_eq(view.view.n_bars, 2, "used and anon");
	cr_expect_str_eq(view.view.bars[0].note, "101 OOM kills");
	cr_expect_eq(view.view.bars[0].scale, GIB, "no limit: the machine's memory");
}
