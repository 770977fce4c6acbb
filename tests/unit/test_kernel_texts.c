/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "base/io.h"
#include "base/units.h"
#include "kernel/buddyinfo.h"
#include "kernel/config.h"
#include "kernel/lines.h"
#include "kernel/mountinfo.h"
#include "kernel/psi.h"
#include "kernel/slabinfo.h"
#include "kernel/zoneinfo.h"

static int open_data(const char *path)
{
	int fd = dir_open(AT_FDCWD, path);

	cr_assert_geq(fd, 0, "%s", path);
	return fd;
}

Test(lines, lists)
{
	const struct {
		const char *text;
		int want;
	} rows[] = {
		{"0", 1},	 {"0-3", 4},	   {"0-3,8,10-11", 7}, {"", 0},
		{" 0-1 ", 2},	 {"3-1", -EINVAL}, {"x", -EINVAL},     {"1,", -EINVAL},
		{"1-", -EINVAL}, {"-1", -EINVAL},  {"1 2", -EINVAL},   {"0-9999999999", -EINVAL},
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		int n = list_count(span_of(rows[i].text, strlen(rows[i].text)));

		cr_assert_eq(n, rows[i].want, "'%s': %d", rows[i].text, n);
	}
}

Test(lines, numbers)
{
	int64_t v = 7;

	cr_assert_eq(span_number(span_of("12x", 3), &v), 2);
	cr_assert_eq(v, 12);
	cr_assert_eq(span_number(span_of("-3", 2), &v), 2);
	cr_assert_eq(v, -3);
	cr_assert_eq(span_number(span_of("18446744073709551615", 20), &v), 20);
	cr_assert_eq(v, -1);
	v = 7;
	cr_assert_eq(span_number(span_of("18446744073709551616", 20), &v), 0);
	cr_assert_eq(span_number(span_of("x", 1), &v), 0);
	cr_assert_eq(span_number(span_of("-", 1), &v), 0);
	cr_assert_eq(v, 7);
}

Test(psi, parses)
{
	const char text[] = "some avg10=1.25 avg60=0.40 avg300=100.00 total=1234567\n"
			    "full avg10=0.75 avg60=0.20 avg300=0.04 total=654321\n";
	struct psi p;

	cr_assert_eq(psi_parse(text, sizeof(text) - 1, &p), 0);
	cr_assert_eq(p.some.avg10, 1250);
	cr_assert_eq(p.some.avg60, 400);
	cr_assert_eq(p.some.avg300, 100000);
	cr_assert_eq(p.some.total_ns, 1234567000);
	cr_assert_eq(p.full.avg300, 40);
	cr_assert_eq(p.full.total_ns, 654321000);
	/* /proc/pressure/irq has only "full", old /proc/pressure/cpu only "some". */
	cr_assert_eq(psi_parse(text, 56, &p), 0);
	cr_assert_eq(p.some.avg10, 1250);
	cr_assert_eq(p.full.avg10, VALUE_ABSENT);
}

Test(psi, refuses)
{
	const char *const bad[] = {
		"",
		"none\n",
		"some avg10=1 avg60=0.40 avg300=0.00 total=1\n",
		"some avg10=1.250 avg60=0.40 avg300=0.00 total=1\n",
		"some avg10=1.25 avg60=0.40 avg300=0.00 total=\n",
		"some avg10=1.25 avg300=0.40 avg60=0.00 total=1\n",
		"some avg10=1.25 avg60=0.40 avg300=0.00\n",
	};
	struct psi p;
	int fd;

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		cr_assert_eq(psi_parse(bad[i], strlen(bad[i]), &p), -EINVAL, "%s", bad[i]);
	fd = open_data(TEST_DATA "/kernel/v2");
	cr_assert_eq(psi_load(fd, "psi", &p), 0);
	cr_assert_eq(p.some.avg10, 1250);
	cr_assert_eq(psi_load(fd, "psi.none", &p), -ENOENT);
	close(fd);
}

Test(zoneinfo, two_nodes)
{
	_cleanup_close_ int fd = open_data(TEST_DATA "/machines/v2-2node-swap/proc");
	struct zoneinfo z;

	cr_assert_eq(zoneinfo_load(fd, -1, &z), 0);
	cr_assert_eq(z.nodes, 2);
	cr_assert_eq(z.zones, 4);
	cr_assert_eq(z.managed_pages, 3840 + 700000 + 3400000 + 4128000);
	cr_assert_eq(z.free_pages, 3840 + 690000 + 2100000 + 3000000);
	cr_assert_eq(z.pcp_pages, 8 * (0 + 12 + 410 + 222));
	cr_assert_eq(z.pcp_high_pages, 2 * z.pcp_pages);
	cr_assert_eq(z.min_wmark_pages, 8 + 1500 + 7300 + 8800);
	cr_assert_eq(z.high_wmark_pages, 12 + 2250 + 10950 + 13200);
	cr_assert_eq(z.stat_threshold_pages, 85);
	/* The best zone of node 0, which is worse off than node 1. */
	cr_assert_eq(z.over_high_pages, 2100000 - 10950);
	cr_assert_eq(zoneinfo_load(fd, 1, &z), 0);
	cr_assert_eq(z.nodes, 1);
	cr_assert_eq(z.managed_pages, 4128000);
	cr_assert_eq(z.pcp_pages, 8 * 222);
	cr_assert_eq(zoneinfo_load(fd, 2, &z), -EINVAL);
}

/* A zone above its high watermark counts only with what it keeps for allocations of higher zones.
 */
Test(zoneinfo, over_high)
{
	const char *text = "Node 0, zone      DMA\n  pages free     3000\n        high     40\n"
			   "        managed  3840\n        protection: (0, 2900, 2980, 2990)\n"
			   "Node 0, zone    DMA32\n  pages free     700\n        high     900\n"
			   "        managed  200000\n        protection: (0, 0, 0, 0)\n"
			   "Node 0, zone  Movable\n  pages free     0\n        high     32\n"
			   "        managed  0\n        protection: (0, 0, 0, 0)\n";
	const char *bad = "Node 0, zone DMA\n  managed 1\n  protection: (0, x)\n";
	struct zoneinfo z;

	cr_assert_eq(zoneinfo_parse(text, strlen(text), &z), 0);
	cr_assert_eq(z.over_high_pages, 3000 - 40 - 2990);
	cr_assert_eq(zoneinfo_parse(bad, strlen(bad), &z), -EINVAL);
}

/* What is written about one machine by two files must agree. */
Test(zoneinfo, captured_machine_adds_up)
{
	_cleanup_close_ int fd = open_data(TEST_DATA "/kernel/v1");
	struct zoneinfo z;
	char text[8192];

	cr_assert_eq(zoneinfo_load(fd, -1, &z), 0);
	cr_assert_gt(file_read(fd, "meminfo", text, sizeof(text)), 0);
	cr_assert_not_null(strstr(text, "MemTotal:"));
	cr_assert_eq(z.nodes, 1);
	/* Not equal: this machine gives its zones their pages as they are needed. */
	cr_assert_leq(z.managed_pages * 4, strtoll(strstr(text, "MemTotal:") + 9, NULL, 10));
	cr_assert_gt(z.pcp_pages, 0);
	cr_assert_gt(z.stat_threshold_pages, 0);
	cr_assert_lt(z.min_wmark_pages, z.low_wmark_pages);
	cr_assert_lt(z.low_wmark_pages, z.high_wmark_pages);
}

Test(zoneinfo, refuses)
{
	const char *const bad[] = {"", "nonsense\n", "Node 0, zone DMA\n  pages free x\n",
				   "Node 0, zone DMA\n        managed  -4\n",
				   "Node 0, zone DMA\n        managed  0\n"};
	struct zoneinfo z;

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		cr_assert_eq(zoneinfo_parse(bad[i], strlen(bad[i]), &z), -EINVAL, "%s", bad[i]);
}

Test(buddyinfo, orders_and_nodes)
{
	_cleanup_close_ int fd = open_data(TEST_DATA "/kernel/v2");
	struct buddyinfo b;

	cr_assert_eq(buddyinfo_load(fd, -1, &b), 0);
	cr_assert_eq(b.zones, 4);
	cr_assert_eq(b.orders, 11);
	/* The same machine's zoneinfo says so many pages. */
	cr_assert_eq(b.pages_free, 3840 + 690000 + 2100000 + 3000000);
	cr_assert_eq(b.blocks[10], 3 + 673 + 2050 + 2929);
	cr_assert_eq(b.pages_huge, 512 * (1 + 1 + 1 + 1) + 1024 * b.blocks[10]);
	cr_assert_eq(buddyinfo_load(fd, 1, &b), 0);
	cr_assert_eq(b.pages_free, 3000000);
	cr_assert_eq(buddyinfo_load(fd, 7, &b), -EINVAL);
	cr_assert_eq(buddyinfo_parse("Node 0, zone DMA 1 x\n", 21, -1, &b), -EINVAL);
	cr_assert_eq(buddyinfo_parse("Node 0, zone DMA\n", 17, -1, &b), -EINVAL);
	cr_assert_eq(buddyinfo_parse("", 0, -1, &b), -EINVAL);
}

Test(slabinfo, finds_and_walks)
{
	_cleanup_close_ int fd = open_data(TEST_DATA "/kernel/v2");
	_cleanup_free_ char *text = NULL;
	struct slabcache c;
	struct span rest;
	size_t len;
	int n = 0;

	cr_assert_eq(file_read_alloc(fd, "slabinfo", &text, &len), 0);
	cr_assert_eq(slabinfo_find(text, len, "dentry", &c), 0);
	cr_assert_str_eq(c.name, "dentry");
	cr_assert_eq(c.active_objs, 118000);
	cr_assert_eq(c.num_objs, 121002);
	cr_assert_eq(c.objsize, 192);
	cr_assert_eq(c.objperslab, 21);
	cr_assert_eq(c.pagesperslab, 1);
	cr_assert_eq(c.num_slabs, 5762);
	cr_assert_eq(slabcache_bytes(&c, 4096), 5762LL * 4096);
	cr_assert_eq(slabcache_utilisation(&c, 4096), 118000LL * 192 * 100000 / (5762LL * 4096));
	cr_assert_eq(slabinfo_find(text, len, "dent", &c), -ENOENT);
	cr_assert_eq(slabinfo_find(text, len, "# name", &c), -ENOENT);
	cr_assert_eq(slabinfo_find(text, len, "", &c), -ENOENT);
	rest = span_of(text, len);
	while (slabinfo_next(&rest, &c) > 0)
		n++;
	cr_assert_eq(n, 13);
}

Test(slabinfo, the_captured_machine_has_no_malformed_line)
{
	_cleanup_close_ int fd = open_data(TEST_DATA "/kernel/v1");
	_cleanup_free_ char *text = NULL;
	struct slabcache c;
	struct span rest;
	size_t len, lines = 0;
	int n = 0, r;

	cr_assert_eq(file_read_alloc(fd, "slabinfo", &text, &len), 0);
	for (size_t i = 0; i < len; i++)
		lines += text[i] == '\n';
	rest = span_of(text, len);
	while ((r = slabinfo_next(&rest, &c)) > 0)
		n++;
	cr_assert_eq(r, 0);
	cr_assert_eq((size_t)n + 2, lines);
}

Test(slabinfo, malformed_and_odd)
{
	const char text[] =
		"two words           1      2    64   64    1 : tunables    0    0    0 : "
		"slabdata      1      1      0\n"
		"broken           1      x    64   64    1 : tunables    0    0    0 : "
		"slabdata      1      1      0\n";
	struct slabcache empty = {.objsize = 64, .pagesperslab = 1}, c;
	struct span rest = span_of(text, sizeof(text) - 1);

	cr_assert_eq(slabinfo_next(&rest, &c), 1);
	cr_assert_str_eq(c.name, "two words");
	cr_assert_eq(slabinfo_next(&rest, &c), -EINVAL);
	cr_assert_eq(slabinfo_next(&rest, &c), 0);
	cr_assert_eq(slabinfo_find(text, sizeof(text) - 1, "two", &c), -ENOENT);
	cr_assert_eq(slabinfo_find(text, sizeof(text) - 1, "broken", &c), -EINVAL);
	cr_assert_eq(slabcache_utilisation(&empty, 4096), 100000);
}

Test(slabinfo, resolves_merged_caches)
{
	const char text[] =
		"kmalloc-64           1      2    64   64    1 : tunables    0    0    0 : "
		"slabdata      1      1      0\n";
	_cleanup_close_ int sys = open_data(TEST_DATA "/machines/v1-2cpu/sys");
	char name[SLAB_NAME_MAX];

	/* msg_msg-64 and kmalloc-64 are links to the same directory. */
	cr_assert_eq(slab_resolve(sys, text, sizeof(text) - 1, "msg_msg-64", name), 0);
	cr_assert_str_eq(name, "kmalloc-64");
	cr_assert_eq(slab_resolve(-1, text, sizeof(text) - 1, "kmalloc-64", name), 0);
	cr_assert_str_eq(name, "kmalloc-64");
	cr_assert_eq(slab_resolve(sys, text, sizeof(text) - 1, "proc_dir_entry", name), -ENOENT);
	cr_assert_eq(slab_resolve(sys, text, sizeof(text) - 1, "none", name), -ENOENT);
	cr_assert_eq(slab_resolve(-1, text, sizeof(text) - 1, "msg_msg-64", name), -ENOENT);
}

Test(mountinfo, parses)
{
	_cleanup_close_ int proc = open_data(TEST_DATA "/machines/v2-mglru-container/proc");
	_cleanup_free_ char *text = NULL;
	struct mount m;
	size_t len;

	cr_assert_eq(file_read_alloc(proc, "self/mountinfo", &text, &len), 0);
	cr_assert_eq(mountinfo_find(text, len, "cgroup2", NULL, &m), 0);
	cr_assert_str_eq(m.point, "/sys/fs/cgroup");
	cr_assert(mount_has_option(&m, "nsdelegate"));
	cr_assert_not(mount_has_option(&m, "nsdel"));
	cr_assert_not(m.read_only);
	cr_assert_eq(mountinfo_find(text, len, "cgroup", NULL, &m), -ENOENT);
	cr_assert_eq(mountinfo_find(text, len, "cgroup2", "memory", &m), -ENOENT);
	cr_assert_eq(mountinfo_covering(text, len, "/data/x", &m), 0);
	cr_assert_eq(mountinfo_covering(text, len, "/proc/sys/vm", &m), 0);
	cr_assert_str_eq(m.point, "/proc/sys");
	cr_assert(m.read_only);
	cr_assert_eq(mountinfo_covering(text, len, "/proc/sysx", &m), 0);
	cr_assert_str_eq(m.point, "/proc");
	cr_assert_not(m.read_only);
}

Test(mountinfo, odd_lines)
{
	const char text[] =
		"1 2 0:1 /my\\040data /mnt\\011x rw shared:1 master:2 - tmpfs  rw,size=1\n"
		"1 2 0:1 / /broken rw shared:1\n"
		"1 2 0:1 / / rw - ext4 /dev/sda ro\n";
	struct span rest = span_of(text, sizeof(text) - 1);
	struct mount m;

	cr_assert_eq(mountinfo_next(&rest, &m), 1);
	cr_assert_str_eq(m.root, "/my data");
	cr_assert_str_eq(m.point, "/mnt\tx");
	cr_assert_str_eq(m.options, "rw,size=1");
	cr_assert_eq(mountinfo_next(&rest, &m), -EINVAL);
	cr_assert_eq(mountinfo_next(&rest, &m), 1);
	cr_assert(m.read_only);
	cr_assert_eq(mountinfo_next(&rest, &m), 0);
}

Test(config, values)
{
	const char text[] = "# comment\nCONFIG_A=y\n# CONFIG_B is not set\nCONFIG_C=m\n"
			    "CONFIG_HZ=250\nCONFIG_NAME=\"x y\"\nCONFIG_AB=y\n# CONFIG_D is not\n";
	const struct {
		const char *option, *want;
	} rows[] = {{"CONFIG_A", "y"},	  {"CONFIG_B", "n"},	  {"CONFIG_C", "m"},
		    {"CONFIG_HZ", "250"}, {"CONFIG_NAME", "x y"}, {"CONFIG_D", NULL},
		    {"CONFIG_", NULL}};
	char buf[16];

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		int r = config_get(text, sizeof(text) - 1, rows[i].option, buf, sizeof(buf));

		cr_assert_eq(r, rows[i].want ? 0 : -ENOENT, "%s", rows[i].option);
		if (rows[i].want)
			cr_assert_str_eq(buf, rows[i].want);
	}
	cr_assert(config_is_on(text, sizeof(text) - 1, "CONFIG_C"));
	cr_assert_not(config_is_on(text, sizeof(text) - 1, "CONFIG_B"));
	cr_assert_not(config_is_on(text, sizeof(text) - 1, "CONFIG_NONE"));
	cr_assert_eq(config_get(text, sizeof(text) - 1, "CONFIG_NAME", buf, 3), -E2BIG);
}

/* Zones without pages say so too; a small one beside a large one does not count. */
Test(zoneinfo, large_zones)
{
	static const char one[] =
		"Node 0, zone      DMA\n        managed  3840\nNode 0, zone    DMA32\n"
		"        managed  489000\nNode 0, zone   Normal\n        managed  0\n";
	static const char two[] = "Node 0, zone    DMA32\n        managed  500000\n"
				  "Node 0, zone   Normal\n        managed  260000\n";

	cr_expect_eq(zoneinfo_large_zones(one, strlen(one)), 1);
	cr_expect_eq(zoneinfo_large_zones(two, strlen(two)), 2);
	cr_expect_eq(zoneinfo_large_zones("", 0), 0);
}
