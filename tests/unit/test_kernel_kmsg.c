/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/io.h"
#include "kernel/kmsg.h"
#include "kernel/lines.h"
#include "kernel/oom.h"

#define KB 1024LL

Test(kmsg, parses_a_record)
{
	const char raw[] = "6,1234,5678901,-,caller=T1;a \\x5c b\\x0asecond\\x01\n SUBSYSTEM=usb\n";
	struct kmsg_record r;

	cr_assert_eq(kmsg_parse(raw, sizeof(raw) - 1, &r), 0);
	cr_assert_eq(r.priority, 6);
	cr_assert_eq(r.facility, 0);
	cr_assert_eq(r.seq, 1234);
	cr_assert_eq(r.ts_us, 5678901);
	cr_assert_not(r.continuation);
	cr_assert_str_eq(r.text, "a \\ b\nsecond?");
	cr_assert_eq(kmsg_parse("13,1,2,c;x\n", 11, &r), 0);
	cr_assert_eq(r.facility, 1);
	cr_assert_eq(r.priority, 5);
	cr_assert(r.continuation);
}

/* The number of each record tells how many before it are gone; of the first nothing is known. */
Test(kmsg, missing)
{
	uint64_t next = 0;

	cr_assert_eq(kmsg_missing(&next, 100), 0);
	cr_assert_eq(kmsg_missing(&next, 101), 0);
	cr_assert_eq(kmsg_missing(&next, 105), 3);
	cr_assert_eq(kmsg_missing(&next, 106), 0);
	cr_assert_eq(next, 107);
}

Test(kmsg, refuses)
{
	const char *const bad[] = {"",	      "\n",	     "x",	    "6,1,2,-\n",
				   "6,1;x\n", "a,1,2,-;x\n", "-1,1,2,-;x\n"};
	struct kmsg_record r;

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		cr_assert_eq(kmsg_parse(bad[i], strlen(bad[i]), &r), -EINVAL, "%s", bad[i]);
}

Test(kmsg, a_text_that_is_too_long_is_cut)
{
	static char raw[4096];
	struct kmsg_record r;
	size_t n = strlen("6,1,2,-;");

	memcpy(raw, "6,1,2,-;", n);
	memset(raw + n, 'x', sizeof(raw) - n);
	cr_assert_eq(kmsg_parse(raw, sizeof(raw), &r), 0);
	cr_assert_eq(strlen(r.text), KMSG_TEXT_MAX - 1);
}

Test(kmsg, classifies)
{
	const struct {
		const char *text;
		enum kmsg_kind want;
	} rows[] = {
		{"WARNING: CPU: 1 PID: 7 at kernel/locking/mutex.c:1 x+0x1/0x2", KMSG_WARNING},
		{"WARNING: mm/page_alloc.c:5124 at __alloc+0x1, CPU#0: eater/12", KMSG_WARNING},
		{"WARNING: possible circular locking dependency detected", KMSG_LOCKDEP},
		{"WARNING: suspicious RCU usage", KMSG_LOCKDEP},
		{"INFO: lockdep is turned off.", KMSG_OTHER},
		{"BUG: KASAN: use-after-free in x+0x1", KMSG_SANITIZER},
		{"BUG: KFENCE: out-of-bounds read in x", KMSG_SANITIZER},
		{"UBSAN: shift-out-of-bounds in mm/x.c:1:2", KMSG_SANITIZER},
		{"BUG: Bad page state in process eater  pfn:12345", KMSG_BAD_PAGE},
		{"BUG: Bad rss-counter state mm:00000 type:MM_ANONPAGES val:3", KMSG_BAD_PAGE},
		{"BUG: non-zero pgtables_bytes on freeing mm: 4096", KMSG_BAD_PAGE},
		{"get_swap_device: Bad swap file entry 3ffffff", KMSG_BAD_PAGE},
		{"BUG kmalloc-64 (Not tainted): Right Redzone overwritten", KMSG_SLAB_CORRUPTION},
		{"BUG kmalloc-64 (Tainted: G    B): Poison overwritten", KMSG_SLAB_CORRUPTION},
		{"watchdog: BUG: soft lockup - CPU#1 stuck for 22s! [eater:12]", KMSG_LOCKUP},
		{"watchdog: Watchdog detected hard LOCKUP on cpu 3", KMSG_LOCKUP},
		{"BUG: workqueue lockup - pool cpus=1 node=0 flags=0x0", KMSG_LOCKUP},
		{"rcu: INFO: rcu_preempt self-detected stall on CPU", KMSG_LOCKUP},
		{"rcu: INFO: rcu_sched detected stalls on CPUs/tasks:", KMSG_LOCKUP},
		{"INFO: task eater:12 blocked for more than 120 seconds.", KMSG_HUNG},
		{"kernel BUG at mm/slub.c:4000!", KMSG_BUG},
		{"BUG: scheduling while atomic: eater/12/0x2", KMSG_BUG},
		{"BUG: unable to handle page fault for address: ffff", KMSG_OOPS},
		{"Oops: general protection fault, maybe: 0000 [#1] SMP", KMSG_OOPS},
		{"general protection fault, probably for non-canonical address", KMSG_OOPS},
		{"Kernel panic - not syncing: x", KMSG_OOPS},
		{"vmstat_refresh: nr_file_pages -12", KMSG_NEGATIVE_COUNTER},
		{"vmstat_refresh: nr_file_pages 12", KMSG_OTHER},
		{"page_counter underflow: -1 nr_pages=1", KMSG_NEGATIVE_COUNTER},
		{"eater: page allocation failure: order:4, mode:0x40cc0", KMSG_ALLOC_FAILURE},
		{"SLUB: Unable to allocate memory on CPU 0 (of node 0) on node -1",
		 KMSG_ALLOC_FAILURE},
		{"FAULT_INJECTION: forcing a failure.\nname failslab", KMSG_FAULT_INJECTION},
		{"eater invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL)", KMSG_OOM},
		{"Memory cgroup out of memory: Killed process 12 (eater)", KMSG_OOM},
		{"Out of memory: Killed process 12 (eater)", KMSG_OOM},
		{"kmemleak: 3 new suspected memory leaks (see x)", KMSG_LEAK},
		{"mce: [Hardware Error]: Machine check events logged", KMSG_HARDWARE},
		{"Memory failure: 0x1234: recovery action for dirty LRU page: Recovered",
		 KMSG_MEMORY_FAILURE},
		{"I/O error, dev sda, sector 12 op 0x0:(READ)", KMSG_IO_ERROR},
		{"loop: module loaded", KMSG_OTHER},
		{"nothing to WARN about, no BUG here", KMSG_OTHER},
		{"", KMSG_OTHER},
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		enum kmsg_kind kind = kmsg_classify(rows[i].text);

		cr_assert_eq(kind, rows[i].want, "'%s' is %s", rows[i].text, kmsg_kind_word(kind));
	}
}

Test(kmsg, what_fails_a_trial)
{
	cr_assert(kmsg_kind_fails(KMSG_WARNING));
	cr_assert(kmsg_kind_fails(KMSG_NEGATIVE_COUNTER));
	cr_assert(kmsg_kind_fails(KMSG_HUNG));
	cr_assert_not(kmsg_kind_fails(KMSG_OOM));
	cr_assert_not(kmsg_kind_fails(KMSG_FAULT_INJECTION));
	cr_assert_not(kmsg_kind_fails(KMSG_OTHER));
	for (int i = 0; i < KMSG_KIND_COUNT; i++) {
		cr_assert_not_null(kmsg_kind_word((enum kmsg_kind)i));
		cr_assert_not_null(kmsg_kind_help((enum kmsg_kind)i));
	}
}

Test(kmsg, user_space_cannot_pretend)
{
	struct kmsg_record r;

	cr_assert_eq(kmsg_parse("12,1,2,-;WARNING: CPU: 1 PID: 2 at x\n", 37, &r), 0);
	cr_assert_eq(kmsg_record_kind(&r), KMSG_OTHER);
	cr_assert_eq(kmsg_parse("4,1,2,-;WARNING: CPU: 1 PID: 2 at x\n", 36, &r), 0);
	cr_assert_eq(kmsg_record_kind(&r), KMSG_WARNING);
}

/* A file in place of the device: mark goes in, open starts at the end. */
Test(kmsg, mark_open_next)
{
	char name[] = "/tmp/mt-kmsg-XXXXXX", text[64];
	_cleanup_close_ int dir = -1, fd = -1;
	struct kmsg_record r;
	struct err err = {0};

	cr_assert_not_null(mkdtemp(name));
	dir = dir_open(AT_FDCWD, name);
	cr_assert_eq(kmsg_open(dir, &err), -ENOENT);
	cr_assert_not_null(strstr(err.text, "/dev/kmsg"));
	cr_assert_eq(kmsg_mark(dir, "x"), -ENOENT);
	close(openat(dir, "kmsg", O_CREAT | O_WRONLY | O_CLOEXEC, 0600));
	cr_assert_eq(kmsg_mark(dir, "begin"), 0);
	cr_assert_gt(file_read(dir, "kmsg", text, sizeof(text)), 0);
	cr_assert_str_eq(text, "<13>memtrial: begin\n");
	err_clear(&err);
	fd = kmsg_open(dir, &err);
	cr_assert_geq(fd, 0);
	cr_assert_eq(kmsg_next(fd, &r), 0);
	cr_assert_eq(file_write(dir, "kmsg", "<13>memtrial: begin\n"), 0);
	unlinkat(dir, "kmsg", 0);
	rmdir(name);
}

static struct oom_log feed_file(const char *path, struct oom_record *records, size_t max)
{
	_cleanup_free_ char *text = NULL;
	struct kmsg_record r;
	struct oom_log log;
	struct span rest, line;
	size_t len;

	cr_assert_eq(file_read_alloc(AT_FDCWD, path, &text, &len), 0, "%s", path);
	oom_log_init(&log, records, max);
	rest = span_of(text, len);
	while (next_line(&rest, &line))
		if (!kmsg_parse(line.p, line.n, &r))
			oom_feed(&log, r.text, r.ts_us, NULL);
	return log;
}

Test(oom, two_real_kills_on_v1)
{
	struct oom_record rec[8];
	struct oom_log log = feed_file(TEST_DATA "/kernel/v1/kmsg.oom", rec, 8);

	cr_assert_eq(log.n, 2);
	cr_assert_eq(log.kills, 2);
	cr_assert_str_eq(rec[0].constraint, "CONSTRAINT_MEMCG");
	cr_assert_str_eq(rec[0].oom_memcg, "/memtrial-100-1/hog");
	cr_assert_str_eq(rec[0].task_memcg, "/memtrial-100-1/hog");
	cr_assert_str_eq(rec[0].task, "eater");
	cr_assert_str_eq(rec[0].invoker, "eater");
	cr_assert_eq(rec[0].pid, 8608);
	cr_assert_eq(rec[0].uid, 0);
	cr_assert_eq(rec[0].order, 0);
	cr_assert(rec[0].memcg);
	cr_assert_not(rec[0].group_kill);
	cr_assert_not(rec[0].reaped);
	cr_assert_eq(rec[0].total_vm, 221368 * KB);
	cr_assert_eq(rec[0].anon_rss, 65152 * KB);
	cr_assert_eq(rec[0].file_rss, 6508 * KB);
	cr_assert_eq(rec[0].pgtables, 188 * KB);
	cr_assert_eq(rec[0].invoked_ts_us, 1722971364);
	cr_assert_eq(rec[0].killed_ts_us, 1722971669);
	cr_assert_eq(rec[0].reaped_ts_us, -1);
	cr_assert_eq(rec[1].pid, 8649);
	cr_assert_neq(rec[1].event, rec[0].event);
	cr_assert_eq(oom_find(&log, 8649), &rec[1]);
	cr_assert_null(oom_find(&log, 1));
}

Test(oom, group_kill_reaper_fragments_and_no_victim)
{
	struct oom_record rec[8];
	struct oom_log log = feed_file(TEST_DATA "/kernel/v2/kmsg.oom", rec, 8);

	cr_assert_eq(log.n, 4, "%zu", log.n);
	cr_assert_eq(log.no_victim, 1);
	/* The first victim is met again by the group kill: one record. */
	cr_assert_eq(rec[0].pid, 4001);
	cr_assert(rec[0].group_kill);
	cr_assert_eq(rec[0].oom_score_adj, 100);
	cr_assert_str_eq(rec[0].task_memcg, "/memtrial-7-1/hog/deep");
	cr_assert_str_eq(rec[0].oom_memcg, "/memtrial-7-1/hog");
	cr_assert(rec[0].reaped);
	cr_assert_eq(rec[0].reaped_anon_rss, 0);
	cr_assert_eq(rec[0].reaped_file_rss, 28 * KB);
	cr_assert_eq(rec[0].reaped_shmem_rss, 16 * KB);
	cr_assert_eq(rec[0].reaped_ts_us, 50020000);
	cr_assert_eq(rec[1].pid, 4002);
	cr_assert_str_eq(rec[1].task, "b (x) c");
	cr_assert(rec[1].group_kill);
	cr_assert_eq(rec[1].event, rec[0].event);
	cr_assert_str_eq(rec[1].oom_memcg, "/memtrial-7-1/hog");
	cr_assert_eq(rec[1].reaped_anon_rss, -1);
	/* The whole machine, in two fragments, with commas everywhere. */
	cr_assert_str_eq(rec[2].constraint, "CONSTRAINT_NONE");
	cr_assert_str_eq(rec[2].oom_memcg, "");
	cr_assert_str_eq(rec[2].task_memcg, "/user.slice/a,task=b");
	cr_assert_str_eq(rec[2].task, "x,y");
	cr_assert_not(rec[2].memcg);
	cr_assert_eq(rec[2].order, 2);
	cr_assert_eq(rec[2].oom_score_adj, -17);
	/* Rate-limited: the kill line alone, after an invocation that found nobody. */
	cr_assert_eq(rec[3].pid, 6000);
	cr_assert(rec[3].memcg);
	cr_assert_str_eq(rec[3].constraint, "");
	cr_assert_eq(rec[3].invoked_ts_us, -1);
	cr_assert_eq(rec[3].order, -1);
	cr_assert_not(rec[3].group_kill);
}

Test(oom, no_room_is_counted)
{
	struct oom_record rec[1];
	struct oom_log log = feed_file(TEST_DATA "/kernel/v2/kmsg.oom", rec, 1);

	cr_assert_eq(log.n, 1);
	cr_assert_geq(log.kills, 4);
	cr_assert_eq(rec[0].pid, 4001);
}

Test(oom, events_tell_what_a_line_did)
{
	struct oom_record rec[2];
	struct oom_log log;
	size_t at = 9;

	oom_log_init(&log, rec, 2);
	cr_assert_eq(oom_feed(&log, "loop: module loaded", 1, &at), OOM_NOTHING);
	cr_assert_eq(oom_feed(&log, "a invoked oom-killer: gfp_mask=0x0(), order=3", 2, &at),
		     OOM_PART);
	cr_assert_eq(oom_feed(&log, "Memory cgroup out of memory: Killed process x (", 3, &at),
		     OOM_NOTHING);
	cr_assert_eq(at, 9);
	cr_assert_eq(oom_feed(&log,
			      "Out of memory: Killed process 5 (a) total-vm:1kB, anon-rss:2kB, "
			      "file-rss:3kB, shmem-rss:4kB, UID:6 pgtables:7kB oom_score_adj:8",
			      4, &at),
		     OOM_KILLED);
	cr_assert_eq(at, 0);
	cr_assert_eq(rec[0].uid, 6);
	cr_assert_eq(rec[0].order, 3);
	cr_assert_eq(oom_feed(&log,
			      "oom_reaper: reaped process 4 (a), now anon-rss:0kB, file-rss:0kB, "
			      "shmem-rss:0kB",
			      5, &at),
		     OOM_NOTHING);
	cr_assert_eq(oom_feed(&log,
			      "oom_reaper: reaped process 5 (a), now anon-rss:0kB, file-rss:0kB, "
			      "shmem-rss:0kB",
			      5, &at),
		     OOM_REAPED);
	cr_assert(rec[0].reaped);
}
