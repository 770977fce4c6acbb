/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Kinds of faults on a host that only writes down what it is asked for. */
#include <criterion/criterion.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "faults/kinds.h"
#include "metric/metric.h"

static struct {
	struct fault_host h;
	char log[2048];
	int64_t probability, times, limit;
	int marked, refuse;
	const char *lacks; /* a knob that this kernel was built without */
} fake;

static void note(const char *what, const char *path, const char *value)
{
	size_t at = strlen(fake.log);

	snprintf(fake.log + at, sizeof(fake.log) - at, "%s%s=%s\n", what, path, value);
}

static int change(struct fault_host *h, enum change_root root, const char *path, const char *value,
		  struct err *err)
{
	(void)h;
	(void)err;
	note(root == CHANGE_SYS ? "/sys/" : "", path, value);
	return 0;
}

static int64_t look(struct fault_host *h, enum change_root root, const char *path)
{
	(void)h;
	(void)root;
	if (fake.lacks && !strncmp(path, fake.lacks, strlen(fake.lacks)))
		return VALUE_ABSENT;
	return strstr(path, "/times") ? fake.times : fake.probability;
}

static int mark(struct fault_host *h, const struct fault *f, bool on)
{
	(void)h;
	(void)f;
	note("", "mark", on ? "1" : "0");
	return fake.marked;
}

static int knob_read(struct fault_host *h, int group, const char *knob, int64_t *ret,
		     struct err *err)
{
	(void)h;
	(void)group;
	(void)knob;
	(void)err;
	*ret = fake.limit;
	return 0;
}

static int knob_write(struct fault_host *h, int group, const char *knob, int64_t value,
		      struct err *err)
{
	char text[QUANTITY_MAX];

	(void)h;
	(void)group;
	note("", knob, quantity_format(text, value, UNIT_BYTES));
	return fake.refuse ? err_set(err, fake.refuse, "refused") : 0;
}

static int pass(struct fault_host *h, int64_t ns)
{
	(void)h;
	(void)ns;
	return 0;
}

static int disk(struct fault_host *h, char *ret, size_t size, struct err *err)
{
	(void)h;
	(void)err;
	snprintf(ret, size, "dev/block/8:1");
	return 0;
}

static void set_up(void)
{
	memset(&fake, 0, sizeof(fake));
	fake.h = (struct fault_host){.change = change,
				     .look = look,
				     .mark = mark,
				     .disk = disk,
				     .knob_read = knob_read,
				     .knob_write = knob_write,
				     .pass = pass};
	fake.marked = 1;
	fake.limit = 64 * MIB;
}

TestSuite(faults, .init = set_up);

static struct fault fault_of(const char *name, void *opts)
{
	const struct fault_kind *k = &fault_kinds[fault_kind_find(name)];
	struct err err = {0};

	cr_assert_eq(opt_defaults(k->options, opts, &err), 0, "%s", err.text);
	return (struct fault){.kind = k, .opts = opts, .group = 0};
}

Test(faults, tables)
{
	for (const struct fault_kind *k = fault_kinds; k->name; k++) {
		cr_expect_eq(&fault_kinds[fault_kind_find(k->name)], k, "%s", k->name);
		cr_expect(k->summary && k->counted && k->arm && k->options, "%s", k->name);
		if (k->target == FAULT_MACHINE)
			cr_expect_not_null(k->options[0].name, "%s: takes a plain value", k->name);
	}
	cr_expect_eq(fault_kind_find("failslap"), -1);
}

/* The filter stands before anything can fail; with the defaults of the kernel nothing would. */
Test(faults, injection_sets_every_attribute_in_order)
{
	struct inject_opts opts = {0};
	struct fault f = fault_of("fail_page_alloc", &opts);
	struct err err = {0};

	cr_assert_eq(fault_arm(&f, &fake.h, &err), 0, "%s", err.text);
	cr_assert_str_eq(fake.log, "mark=1\n"
				   "fail_page_alloc/task-filter=Y\n"
				   "fail_page_alloc/verbose=0\n"
				   "fail_page_alloc/ignore-gfp-wait=N\n"
				   "fail_page_alloc/ignore-gfp-highmem=N\n"
				   "fail_page_alloc/min-order=0\n"
				   "fail_page_alloc/interval=1\n"
				   "fail_page_alloc/space=0\n"
				   "fail_page_alloc/times=100\n"
				   "fail_page_alloc/probability=10\n");
	fake.times = 58;
	cr_assert_eq(fault_so_far(&f, &fake.h), 42);
	fake.log[0] = '\0';
	fake.times = 30;
	cr_assert_eq(fault_disarm(&f, &fake.h, &err), 0);
	cr_assert_str_eq(fake.log, "fail_page_alloc/probability=0\nmark=0\n");
	cr_assert_eq(f.injected, 70);
	fake.log[0] = '\0';
	cr_assert_eq(fault_disarm(&f, &fake.h, &err), 0);
	cr_assert_str_eq(fake.log, "", "once");
	cr_assert_eq(fault_so_far(&f, &fake.h), 70);
}

Test(faults, injection_into_a_disk)
{
	struct inject_opts opts = {0};
	struct fault f = fault_of("fail_make_request", &opts);
	struct err err = {0};

	cr_assert_eq(fault_arm(&f, &fake.h, &err), 0, "%s", err.text);
	cr_assert(strstr(fake.log, "/sys/dev/block/8:1/make-it-fail=1\nmark=1\n") == fake.log, "%s",
		  fake.log);
}

Test(faults, what_others_use_is_left_alone)
{
	struct inject_opts opts = {0};
	struct fault f = fault_of("failslab", &opts);
	struct err err = {0};

	fake.probability = 5;
	cr_assert_eq(fault_arm(&f, &fake.h, &err), -EBUSY);
	cr_assert_not_null(strstr(err.text, "failslab: it is in use by somebody else"), "%s",
			   err.text);
	cr_assert_str_eq(fake.log, "");
	err_clear(&err);
	cr_assert_eq(fault_disarm(&f, &fake.h, &err), 0);
	cr_assert_str_eq(fake.log, "mark=0\n", "its probability stays");
	cr_assert_eq(f.injected, 0);
}

/* What fail-nth does not override is set, in every knob there is; and each of them counts. */
Test(faults, a_sweep_counts_what_may_sleep)
{
	char opts[1];
	struct fault f = fault_of("fail_nth", opts);
	struct err err = {0};

	fake.lacks = "fail_futex";
	cr_assert_eq(fault_arm(&f, &fake.h, &err), 0, "%s", err.text);
	cr_assert_str_eq(fake.log, "failslab/verbose=0\n"
				   "failslab/ignore-gfp-wait=N\n"
				   "failslab/cache-filter=N\n"
				   "failslab/times=1000000000\n"
				   "fail_page_alloc/verbose=0\n"
				   "fail_page_alloc/ignore-gfp-wait=N\n"
				   "fail_page_alloc/ignore-gfp-highmem=Y\n"
				   "fail_page_alloc/min-order=0\n"
				   "fail_page_alloc/times=1000000000\n"
				   "fail_usercopy/verbose=0\n"
				   "fail_usercopy/times=1000000000\n");
	fake.times = 1000000000 - 7;
	cr_assert_eq(fault_so_far(&f, &fake.h), 3 * 7);
	fake.log[0] = '\0';
	cr_assert_eq(fault_disarm(&f, &fake.h, &err), 0);
	cr_assert_str_eq(fake.log, "", "the undo journal has all of it");
	cr_assert_eq(f.injected, 3 * 7);
	cr_assert_eq(fault_so_far(&f, &fake.h), 3 * 7);
}

Test(faults, a_sweep_leaves_alone_what_others_use)
{
	char opts[1];
	struct fault f = fault_of("fail_nth", opts);
	struct err err = {0};

	fake.probability = 1;
	cr_assert_eq(fault_arm(&f, &fake.h, &err), -EBUSY);
	cr_assert_not_null(strstr(err.text, "failslab/probability is 1"), "%s", err.text);
	cr_assert_str_eq(fake.log, "");
	cr_assert_eq(fault_disarm(&f, &fake.h, &err), 0);
	cr_assert_eq(f.injected, 0, "what was not armed counts nothing");
}

Test(faults, no_task_to_filter_by_is_an_error)
{
	struct inject_opts opts = {0};
	struct fault f = fault_of("failslab", &opts);
	struct err err = {0};

	fake.marked = 0;
	cr_assert_eq(fault_arm(&f, &fake.h, &err), -ESRCH);
	cr_assert_str_eq(fake.log, "mark=1\n");
}

Test(faults, every_page_cannot_fail)
{
	struct inject_opts opts = {.probability = 100};
	struct err err = {0};

	cr_assert_eq(inject_pages_check(&opts, &err), -EINVAL);
	cr_assert_not_null(strstr(err.text, "VM_FAULT_OOM"));
	opts.probability = 99;
	cr_assert_eq(inject_pages_check(&opts, &err), 0);
}

Test(faults, a_squeezed_limit_comes_back)
{
	struct squeeze_opts opts = {0};
	struct fault f = fault_of("squeeze", &opts);
	struct err err = {0};

	opts.to = 32 * MIB;
	cr_assert_eq(fault_arm(&f, &fake.h, &err), 0);
	cr_assert_eq(f.injected, 1);
	cr_assert_eq(fault_disarm(&f, &fake.h, &err), 0);
	cr_assert_str_eq(fake.log, "memory.max=32M\nmemory.max=64M\n");
}

Test(faults, a_refused_squeeze_is_none)
{
	struct squeeze_opts opts = {0};
	struct fault f = fault_of("squeeze", &opts);
	struct err err = {0};

	opts.to = 32 * MIB;
	fake.refuse = -EBUSY;
	cr_assert_eq(fault_arm(&f, &fake.h, &err), 0, "v1's answer is no error of ours");
	cr_assert_eq(err.code, 0);
	cr_assert_eq(f.injected, 0);
	cr_assert_eq(fault_disarm(&f, &fake.h, &err), 0);
	cr_assert_str_eq(fake.log, "memory.max=32M\n");
	fake.refuse = -EIO;
	cr_assert_eq(fault_arm(&f, &fake.h, &err), -EIO);
}

Test(faults, only_full_reclaims_count)
{
	struct reclaim_opts opts = {0};
	struct fault f = fault_of("reclaim", &opts);
	struct err err = {0};

	opts.size = MIB;
	opts.times = 3;
	cr_assert_eq(fault_arm(&f, &fake.h, &err), 0);
	cr_assert_eq(f.injected, 3);
	fake.refuse = -EAGAIN;
	f.injected = 0;
	cr_assert_eq(fault_arm(&f, &fake.h, &err), 0);
	cr_assert_eq(f.injected, 0);
	cr_assert_geq(reclaim_takes(&opts), 3 * NSEC_PER_SEC);
}

static const struct metric_names nobody = {0};

Test(faults, metrics)
{
	char near[METRIC_NAME_MAX];
	struct err err = {0};
	struct metric m;

	cr_assert_eq(metric_parse("faults.failslab.injected", &nobody, &m, near, &err), 0);
	cr_assert_eq(m.origin, MO_FAULT);
	cr_assert_str_eq(m.key, "failslab");
	cr_assert_str_eq(m.field, "injected");
	cr_assert_lt(metric_parse("faults.failslab.probability", &nobody, &m, near, &err), 0);
	err_clear(&err);
	cr_assert_lt(metric_parse("faults.rain.injected", &nobody, &m, near, &err), 0);
}
