/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The stressor slab: reading slabinfo, refusals, and a few objects of the kinds that anyone may
 * make. */
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <criterion/criterion.h>

#include "base/cleanup.h"
#include "slab.h"
#include "stressor_driver.h"

static const char slabinfo[] =
	"slabinfo - version: 2.1\n"
	"# name            <active_objs> <num_objs> <objsize> <objperslab> <pagesperslab>\n"
	"dentry            294378 294378    192   21    1 : tunables    0    0    0 : slabdata\n"
	"msg_msg-64        500032 500032     64   64    1 : tunables    0    0    0 : slabdata\n"
	"kmalloc-cg-16        512    512     16  256    1 : tunables    0    0    0 : slabdata\n"
	"broken            what?\n"
	"kmalloc-cg-1k        132    160   1024   16    4 : tunables    0    0    0 : slabdata";

Test(slab, objects_in_slabinfo)
{
	static const struct {
		const char *cache;
		struct slab_info want;
	} there[] = {
		{"dentry", {192, 21}},
		{"msg_msg-64", {64, 64}},
		{"kmalloc-cg-1k", {1024, 16}}, /* the last line */
	};
	struct slab_info i = {7, 8};

	for (size_t k = 0; k < ARRAY_SIZE(there); k++) {
		cr_expect_eq(slab_info_find(slabinfo, there[k].cache, &i), 0);
		cr_expect_eq(i.size, there[k].want.size, "%s", there[k].cache);
		cr_expect_eq(i.per_slab, there[k].want.per_slab, "%s", there[k].cache);
	}
	cr_expect_eq(slab_info_find(slabinfo, "kmalloc-cg-1", &i), -ENOENT, "half a name");
	cr_expect_eq(slab_info_find(slabinfo, "broken", &i), -ENOENT);
	cr_expect_eq(slab_info_find(slabinfo, "absent", &i), -ENOENT);
	cr_expect_eq(slab_info_find("", "dentry", &i), -ENOENT);
	cr_expect_eq(i.per_slab, 16, "what is not found changes nothing");
}

Test(slab, size_classes)
{
	cr_expect_str_eq(slab_size_class(64), "64");
	cr_expect_str_eq(slab_size_class(192), "192");
	cr_expect_str_eq(slab_size_class(KIB), "1k");
	cr_expect_null(slab_size_class(65));
	cr_expect_null(slab_size_class(384));
}

static int refusal(const char *const *pairs, struct err *err)
{
	struct slab_opts o = {0};

	*err = (struct err){0};
	return driver_options(stressor_find("slab"), &o, pairs, err);
}

Test(slab, refuses_what_cannot_be)
{
	struct err err;

	cr_expect_eq(refusal(OPTIONS("kind", "msg", "count", "1", "object", "100B"), &err),
		     -EINVAL);
	cr_expect(strstr(err.text, "size class"), "%s", err.text);
	cr_expect_eq(refusal(OPTIONS("kind", "msg", "count", "1", "object", "8K"), &err), -EINVAL);
	cr_expect_eq(refusal(OPTIONS("kind", "xattr", "count", "1", "object", "8K"), &err), 0, "%s",
		     err.text);
	cr_expect_eq(refusal(OPTIONS("kind", "pipe", "count", "5", "target", "6"), &err), -EINVAL);
	cr_expect_eq(refusal(OPTIONS("kind", "pipe", "count", "5", "target", "5"), &err), 0);
	cr_expect_eq(refusal(OPTIONS("kind", "poll", "count", "5", "fragment", "yes"), &err),
		     -EINVAL);
	cr_expect_eq(refusal(OPTIONS("kind", "pipe", "count", "5", "fragment", "yes", "then",
				     "churn"),
			     &err),
		     -EINVAL);
}

Test(slab, every_kind_has_a_row_and_a_footprint)
{
	const struct stressor *k = stressor_find("slab");
	const struct opt *kind = opt_find(k->options, "kind");

	for (int i = 0; kind->words[i]; i++) {
		struct slab_opts o = {0};
		struct footprint small, large;
		struct err err = {0};

		cr_assert_eq(driver_options(k, &o, OPTIONS("kind", kind->words[i], "count", "1000"),
					    &err),
			     0);
		k->footprint(&o, &small);
		o.count = 1000000;
		k->footprint(&o, &large);
		cr_expect_gt(large.memory, small.memory + 64 * 900000, "%s", kind->words[i]);
	}
}

static int open_fds(void)
{
	_cleanup_closedir_ DIR *dir = opendir("/proc/self/fd");
	int n = 0;

	cr_assert_not_null(dir);
	while (readdir(dir))
		n++;
	return n;
}

/* driver_open() without the preparation that names and tables need. */
static struct driver *start(const char *const *pairs, int scratch)
{
	const struct stressor *k = stressor_find("slab");
	struct driver *d = calloc(1, sizeof(*d));

	d->kind = k;
	d->opts = calloc(1, k->options_size);
	d->w = (struct worker){
		.kind = k,
		.opts = d->opts,
		.state = calloc(1, k->state_size),
		.page = &d->page,
		.count = 1,
		.scratch = scratch,
		.page_size = page_size(),
	};
	cr_assert_eq(driver_options(k, d->opts, pairs, &d->w.err), 0, "%s", d->w.err.text);
	cr_assert_eq(k->prepare(&d->w), 0, "%s", d->w.err.text);
	cr_assert_eq(k->setup(&d->w), 0, "%s", d->w.err.text);
	return d;
}

/* Grow, shrink, grow, thin: the same for every kind. */
static void lifecycle(const char *kind, int scratch)
{
	int before = open_fds();
	struct driver *d = start(OPTIONS("kind", kind, "count", "160", "keep", "16"), scratch);

	cr_expect_eq(driver_run(d, 100), STEP_HOLD, "%s: %s", kind, d->w.err.text);
	cr_expect_eq(driver_counter(d, "held"), 160, "%s", kind);
	cr_expect_gt(d->page.bytes, 160 * 64, "%s", kind);
	driver_set(d, "target", "50");
	cr_expect_eq(driver_run(d, 100), STEP_HOLD, "%s: %s", kind, d->w.err.text);
	cr_expect_eq(driver_counter(d, "held"), 50, "%s", kind);
	driver_set(d, "target", "0");
	cr_expect_eq(driver_run(d, 100), STEP_HOLD, "%s: %s", kind, d->w.err.text);
	cr_expect_eq(driver_counter(d, "held"), 0, "%s", kind);
	driver_set(d, "target", "-1");
	cr_expect_eq(driver_run(d, 100), STEP_HOLD, "%s: %s", kind, d->w.err.text);
	driver_set(d, "fragment", "yes");
	cr_expect_eq(driver_run(d, 100), STEP_HOLD, "%s: %s", kind, d->w.err.text);
	cr_expect_eq(driver_counter(d, "held"), 10, "%s", kind);
	driver_set(d, "target", "7");
	cr_expect_eq(driver_run(d, 100), -EINVAL, "%s", kind);
	driver_release(d);
	cr_expect_eq(driver_counter(d, "held"), 0, "%s", kind);
	driver_free(d);
	cr_expect_eq(open_fds(), before, "%s left descriptors open", kind);
}

Test(slab, descriptors_come_and_go)
{
	lifecycle("pipe", -1);
	lifecycle("eventfd", -1);
	lifecycle("epoll", -1);
	lifecycle("socket", -1);
}

/* What is freed comes back in whole submissions, and every request is answered. */
Test(slab, poll_requests_come_and_go)
{
	int before = open_fds();
	struct err err = {0};
	struct ring probe;
	struct driver *d;

	if (ring_open(&probe, 1, &err) < 0)
		cr_skip("no io_uring here");
	ring_close(&probe);
	d = start(OPTIONS("kind", "poll", "count", "10000"), -1);
	cr_expect_eq(driver_run(d, 100), STEP_HOLD, "%s", d->w.err.text);
	cr_expect_eq(driver_counter(d, "held"), 10000);
	cr_expect_eq(d->page.ops, 10000);
	cr_expect_eq(io_uring_cq_ready(&((struct slab *)d->w.state)->ring.io), 0u,
		     "they must wait, not complete");
	driver_set(d, "target", "3000");
	cr_expect_eq(driver_run(d, 100), STEP_HOLD, "%s", d->w.err.text);
	cr_expect_eq(driver_counter(d, "held"), 3000);
	cr_expect_geq(driver_counter(d, "freed"), 7000);
	driver_set(d, "target", "0");
	cr_expect_eq(driver_run(d, 100), STEP_HOLD, "%s", d->w.err.text);
	cr_expect_eq(driver_counter(d, "held"), 0);
	cr_expect_eq(io_uring_sq_ready(&((struct slab *)d->w.state)->ring.io), 0u);
	driver_release(d);
	driver_free(d);
	cr_expect_eq(open_fds(), before);
}

Test(slab, names_are_numbers)
{
	static const uint64_t n[] = {0, 1, 15, 16, 0xfff, 0x1000, 0x123456789abcdef0, UINT64_MAX};
	char got[32], want[32];

	for (size_t i = 0; i < ARRAY_SIZE(n); i++) {
		snprintf(want, sizeof(want), "%llx", (unsigned long long)n[i]);
		cr_expect_eq(slab_hex(got, n[i]), got + strlen(want));
		cr_expect_str_eq(got, want);
	}
}

Test(slab, names_come_and_go)
{
	char dir[] = "/tmp/unit-slab-XXXXXX";
	int scratch;

	cr_assert_not_null(mkdtemp(dir));
	scratch = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	lifecycle("dentry-negative", scratch);
	lifecycle("inode", scratch);
	close(scratch);
	cr_expect_eq(rmdir(dir), 0, "the release left something in %s", dir);
}

Test(slab, private_file_system_and_queues)
{
	if (geteuid() != 0)
		cr_skip("needs root");
	lifecycle("tmpfs-inode", -1);
	lifecycle("xattr", -1);
	lifecycle("msg", -1);
}

Test(slab, churn_makes_again)
{
	struct driver *d = start(OPTIONS("kind", "eventfd", "count", "100", "then", "churn"), -1);

	cr_expect(d->kind->endless(d->opts));
	cr_expect_eq(driver_run(d, 40), STEP_MORE);
	cr_expect_geq(d->page.ops, 500);
	cr_expect_leq(driver_counter(d, "held"), 100);
	cr_expect_geq(driver_counter(d, "freed"), d->page.ops - 100);
	driver_release(d);
	driver_free(d);
}

Test(slab, then_exit_is_done)
{
	struct driver *d = start(OPTIONS("kind", "pipe", "count", "10", "then", "exit"), -1);

	cr_expect_eq(driver_run(d, 40), STEP_DONE);
	driver_release(d);
	driver_free(d);
}

Test(slab, a_failed_setup_says_why)
{
	const struct stressor *k = stressor_find("slab");
	struct slab_opts o = {0};
	struct slab state;
	struct worker_page page = {0};
	struct worker w = {.kind = k,
			   .opts = &o,
			   .state = &state,
			   .page = &page,
			   .scratch = -1,
			   .page_size = 4096};
	struct err err = {0};

	cr_assert_eq(driver_options(k, &o, OPTIONS("kind", "eventfd", "count", "90000000"), &err),
		     0);
	cr_assert_eq(k->prepare(&w), 0);
	cr_expect_eq(k->setup(&w), -EMFILE);
	cr_expect(strstr(w.err.text, "file descriptors"), "%s", w.err.text);
	k->release(&w);
}
