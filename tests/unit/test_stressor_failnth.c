/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A sweep over calls that play the kernel: each reads the n of a fake fail-nth, fails when it is
 * one of its allocations, and writes what is left. And the real calls, with no fault.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include <criterion/criterion.h>

#include "base/cleanup.h"
#include "base/io.h"
#include "base/units.h"
#include "failnth.h"
#include "stressor_driver.h"

#define ALLOCATIONS 3 /* of the call that plays */

static int fake = -1;

static unsigned fake_n(void)
{
	char text[32] = "";

	cr_assert_gt(pread(fake, text, sizeof(text) - 1, 0), 0);
	return (unsigned)strtoul(text, NULL, 10);
}

/* As lib/fault-inject.c:should_fail_ex() counts down. True when one of them fails. */
static bool count_down(void)
{
	unsigned n = fake_n();
	char text[32];
	int len = snprintf(text, sizeof(text), "%u\n", n > ALLOCATIONS ? n - ALLOCATIONS : 0);

	cr_assert_eq(pwrite(fake, text, (size_t)len, 0), len);
	return n && n <= ALLOCATIONS;
}

static int make_well(const struct nth_place *place, struct nth_made *m)
{
	(void)place;
	(void)m;
	return count_down() ? -ENOMEM : 0;
}

static int make_robust(const struct nth_place *place, struct nth_made *m)
{
	(void)place;
	(void)m;
	count_down();
	return 0;
}

static int make_wrong(const struct nth_place *place, struct nth_made *m)
{
	bool second = fake_n() == 2;

	(void)place;
	(void)m;
	if (!count_down())
		return 0;
	return second ? -EINVAL : -ENFILE;
}

static int make_spoilt(const struct nth_place *place, struct nth_made *m)
{
	(void)place;
	(void)m;
	count_down();
	return -ENOMEM;
}

/* What it makes is lost on the way. */
static int lost_fd = -1;
static int make_leak(const struct nth_place *place, struct nth_made *m)
{
	(void)place;
	(void)m;
	if (!count_down())
		return 0;
	lost_fd = dup(fake);
	return -ENOMEM;
}

static void *lost_map;
static int make_leak_map(const struct nth_place *place, struct nth_made *m)
{
	(void)place;
	(void)m;
	if (!count_down())
		return 0;
	/* Shared: it merges with no neighbour. */
	lost_map = mmap(NULL, 4096, PROT_READ, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	return -ENOMEM;
}

static struct nth_sweep open_fake(const struct nth_call *call)
{
	struct nth_sweep s = {
		.call = call,
		.place = {-1, -1},
		.fds = dir_open(AT_FDCWD, "/proc/self/fd"),
		.maps = file_open(AT_FDCWD, "/proc/self/maps"),
		.n = 1,
	};
	struct err err = {0};

	fake = s.nth = memfd_create("fail-nth", MFD_CLOEXEC);
	cr_assert(s.nth >= 0 && s.fds >= 0 && s.maps >= 0);
	cr_assert_eq(nth_count(&s, &s.had_fds, &s.had_maps, &err), 0, "%s", err.text);
	return s;
}

static void close_fake(struct nth_sweep *s)
{
	close_fd(&s->nth);
	close_fd(&s->fds);
	close_fd(&s->maps);
}

static struct nth_result try(const struct nth_sweep *s, unsigned n)
{
	struct nth_result r;
	struct err err = {0};

	cr_assert_eq(nth_try(s, n, &r, &err), 0, "%s", err.text);
	/* Whatever happened, it must not go on to fail what we do next. */
	cr_assert_eq(fake_n(), 0);
	return r;
}

Test(failnth, a_sweep_ends_when_the_call_gets_through)
{
	const struct nth_call call = {.name = "well", .make = make_well, .errnos = {ENOMEM}};
	struct nth_sweep s = open_fake(&call);

	for (unsigned n = 1; n <= ALLOCATIONS; n++) {
		struct nth_result r = try(&s, n);

		cr_assert(r.injected && r.code == -ENOMEM && !r.wrong);
		cr_assert(!r.leaked_fds && !r.leaked_maps);
	}
	for (unsigned n = ALLOCATIONS + 1; n < 30; n++) {
		struct nth_result r = try(&s, n);

		cr_assert(!r.injected && !r.code && !r.wrong, "n = %u", n);
	}
	cr_assert(!try(&s, 0).injected, "0 is no fault");
	close_fake(&s);
}

Test(failnth, success_in_spite_of_a_fault_is_not_wrong)
{
	const struct nth_call call = {.name = "robust", .make = make_robust, .errnos = {ENOMEM}};
	struct nth_sweep s = open_fake(&call);
	struct nth_result r = try(&s, 1);

	cr_assert(r.injected && !r.code && !r.wrong);
	close_fake(&s);
}

Test(failnth, another_errno_is_wrong_and_named)
{
	const struct nth_call call = {.name = "pipe",
				      .make = make_wrong,
				      .errnos = {ENOMEM, ENFILE}};
	struct nth_sweep s = open_fake(&call);
	struct err err = {0};
	struct nth_result r = try(&s, 1);

	cr_assert(r.injected && r.code == -ENFILE && !r.wrong);
	r = try(&s, 2);
	cr_assert(r.injected && r.code == -EINVAL && r.wrong);
	cr_assert_eq(nth_blame(&s, 2, &r, &err), -EINVAL);
	cr_assert_str_eq(err.text, "pipe gave EINVAL with allocation 2 failing, which is none of "
				   "the errors that it may give");
	close_fake(&s);
}

Test(failnth, failing_with_no_fault_is_wrong)
{
	const struct nth_call call = {.name = "pipe", .make = make_spoilt, .errnos = {ENOMEM}};
	struct nth_sweep s = open_fake(&call);
	struct err err = {0};
	struct nth_result r = try(&s, ALLOCATIONS + 4);

	cr_assert(!r.injected && r.wrong);
	cr_assert_eq(nth_blame(&s, ALLOCATIONS + 4, &r, &err), -ENOMEM);
	cr_assert_str_eq(err.text, "pipe gave ENOMEM, though no fault was injected (n = 7)");
	r = try(&s, 0);
	cr_assert(r.wrong, "also when none was asked for");
	close_fake(&s);
}

Test(failnth, leaks_are_seen)
{
	const struct nth_call fd = {.name = "pipe", .make = make_leak, .errnos = {ENOMEM}};
	const struct nth_call map = {.name = "mmap", .make = make_leak_map, .errnos = {ENOMEM}};
	struct nth_sweep s = open_fake(&fd);
	struct err err = {0};
	struct nth_result r = try(&s, 2);

	cr_assert(!r.wrong && r.leaked_fds == 1 && r.leaked_maps == 0);
	cr_assert_lt(nth_blame(&s, 2, &r, &err), 0);
	cr_assert_str_eq(err.text, "pipe gave ENOMEM with allocation 2 failing, and left 1 "
				   "descriptors and 0 mappings more than before");
	close(lost_fd);
	close_fake(&s);

	s = open_fake(&map);
	r = try(&s, 1);
	cr_assert(r.leaked_fds == 0 && r.leaked_maps == 1, "%ld", (long)r.leaked_maps);
	munmap(lost_map, 4096);
	close_fake(&s);
}

Test(failnth, a_fail_nth_that_cannot_be_written_is_an_error)
{
	const struct nth_call call = {.name = "well", .make = make_well, .errnos = {ENOMEM}};
	struct nth_sweep s = open_fake(&call);
	struct nth_result r;
	struct err err = {0};
	int kept = s.nth;

	s.nth = open("/proc/self/maps", O_RDONLY | O_CLOEXEC);
	cr_assert_lt(nth_try(&s, 1, &r, &err), 0);
	cr_assert_not_null(strstr(err.text, "fail-nth"), "%s", err.text);
	close_fd(&s.nth);
	s.nth = kept;
	close_fake(&s);
}

/* Each real call that needs no child and no group: it works, and what it makes is given back. */
Test(failnth, real_calls_leave_nothing)
{
	for (const struct nth_call *c = nth_calls; c->name; c++) {
		struct nth_sweep s = open_fake(c);
		struct nth_result r;

		cr_assert_str_eq(nth_call_words[c - nth_calls], c->name);
		cr_assert_neq(c->errnos[0], 0, "%s", c->name);
		if (strcmp(c->name, "fork") && strcmp(c->name, "mkdir") &&
		    (!c->open || !c->open(&s.place))) {
			s.had_fds += s.place.files >= 0;
			r = try(&s, 0);
			/* Some machines forbid io_uring or have no System V IPC. */
			cr_assert(!r.code || r.code == -EPERM || r.code == -ENOSYS, "%s: %s",
				  c->name, strerror(-r.code));
			cr_assert(!r.leaked_fds && !r.leaked_maps, "%s: %ld, %ld", c->name,
				  (long)r.leaked_fds, (long)r.leaked_maps);
		}
		nth_close(&s.place);
		close_fake(&s);
	}
}

Test(failnth, options)
{
	const struct stressor *kind = stressor_find("failnth");
	struct err err = {0};
	void *opts = calloc(1, kind->options_size);

	cr_assert_eq(driver_options(kind, opts, OPTIONS("call", "io_uring"), &err), 0, "%s",
		     err.text);
	cr_assert(kind->needs_of(opts) & NEED_IO_URING);
	cr_assert(kind->needs & NEED_FAIL_NTH);
	cr_assert_lt(driver_options(kind, opts, OPTIONS("call", "pip"), &err), 0);
	free(opts);
}
