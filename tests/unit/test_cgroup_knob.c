/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cgroup/names.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "base/io.h"

#define UNLIMITED "9223372036854771712\n"
#define LIMIT	  "memory.limit_in_bytes"
#define MEMSW	  "memory.memsw.limit_in_bytes"

/* A group's directory of plain files. */
struct fake {
	char path[64];
	int fd;
};

static struct fake fake_new(void)
{
	struct fake f = {.path = "/tmp/memtrial-knob-XXXXXX"};

	cr_assert(mkdtemp(f.path));
	f.fd = dir_open(AT_FDCWD, f.path);
	cr_assert_geq(f.fd, 0);
	return f;
}

static void put(const struct fake *f, const char *file, const char *text)
{
	_cleanup_close_ int fd = openat(f->fd, file, O_WRONLY | O_CREAT | O_TRUNC, 0644);

	cr_assert_geq(fd, 0);
	cr_assert_eq(write_all(fd, text, strlen(text)), 0);
}

/* A plain file keeps the tail of a longer old text: empty it, so that it has what was written. */
static void empty(const struct fake *f, const char *file)
{
	put(f, file, "");
}

static void expect_text(const struct fake *f, const char *file, const char *want)
{
	char got[64];

	cr_assert_geq(file_read(f->fd, file, got, sizeof(got)), 0, "%s", file);
	cr_expect_str_eq(got, want, "%s has %s, not %s", file, got, want);
}

static void fake_free(struct fake *f)
{
	static const char *const files[] = {"memory.max",
					    "memory.swap.max",
					    "memory.reclaim",
					    "memory.oom.group",
					    "memory.swappiness",
					    LIMIT,
					    MEMSW,
					    "memory.usage_in_bytes"};

	for (size_t i = 0; i < ARRAY_SIZE(files); i++)
		unlinkat(f->fd, files[i], 0);
	close_fd(&f->fd);
	cr_expect_eq(rmdir(f->path), 0, "a file that no knob has was made in %s", f->path);
}

static int set(const struct fake *f, enum cg_version v, const char *name, int64_t value,
	       struct err *err)
{
	*err = (struct err){0};
	return knob_write(f->fd, v, knob_find(name), value, NULL, err);
}

static int64_t get(const struct fake *f, enum cg_version v, const char *name)
{
	struct err err = {0};
	int64_t value = VALUE_ABSENT;

	cr_expect_eq(knob_read(f->fd, v, knob_find(name), &value, &err), 0, "%s", err.text);
	return value;
}

Test(cgroup_knob, v2_values)
{
	struct fake f = fake_new();
	struct err err;

	put(&f, "memory.max", "");
	put(&f, "memory.oom.group", "");
	cr_expect_eq(set(&f, CG_V2, "memory.max", 64 * MIB, &err), 0);
	expect_text(&f, "memory.max", "67108864");
	cr_expect_eq(get(&f, CG_V2, "memory.max"), 64 * MIB);
	empty(&f, "memory.max");
	cr_expect_eq(set(&f, CG_V2, "memory.max", VALUE_MAX, &err), 0);
	expect_text(&f, "memory.max", "max");
	cr_expect_eq(get(&f, CG_V2, "memory.max"), VALUE_MAX);
	cr_expect_eq(set(&f, CG_V2, "memory.oom.group", 1, &err), 0);
	expect_text(&f, "memory.oom.group", "1");
	fake_free(&f);
}

Test(cgroup_knob, out_of_range)
{
	struct fake f = fake_new();
	struct err err;

	put(&f, "memory.max", "5");
	put(&f, "memory.oom.group", "0");
	put(&f, "memory.swappiness", "60");
	cr_expect_eq(set(&f, CG_V2, "memory.max", -1, &err), -EINVAL);
	cr_expect_eq(err.class, ERR_USAGE);
	cr_expect_eq(set(&f, CG_V2, "memory.oom.group", 2, &err), -EINVAL);
	cr_expect_eq(set(&f, CG_V2, "memory.oom.group", VALUE_MAX, &err), -EINVAL);
	cr_expect_eq(set(&f, CG_V1, "memory.swappiness", 201, &err), -EINVAL);
	cr_expect(strstr(err.text, "200"), "%s", err.text);
	expect_text(&f, "memory.max", "5");
	expect_text(&f, "memory.oom.group", "0");
	expect_text(&f, "memory.swappiness", "60");
	fake_free(&f);
}

Test(cgroup_knob, what_a_version_has_not)
{
	struct fake f = fake_new();
	struct err err;
	int64_t value;

	cr_expect_eq(set(&f, CG_V1, "memory.high", MIB, &err), -EOPNOTSUPP);
	cr_expect_eq(err.class, ERR_SKIP);
	cr_expect(strstr(err.text, "memory.high"), "%s", err.text);
	cr_expect_eq(set(&f, CG_V2, "memory.swappiness", 60, &err), -EOPNOTSUPP);
	cr_expect_eq(set(&f, CG_NONE, "memory.max", MIB, &err), -EOPNOTSUPP);
	/* Of v2, but not of this kernel. */
	cr_expect_eq(set(&f, CG_V2, "memory.zswap.max", MIB, &err), -EOPNOTSUPP);
	cr_expect_eq(err.class, ERR_SKIP);
	err = (struct err){0};
	cr_expect_eq(knob_read(f.fd, CG_V2, knob_find("memory.max"), &value, &err), -EOPNOTSUPP);
	err = (struct err){0};
	put(&f, "memory.reclaim", "");
	cr_expect_eq(set(&f, CG_V2, "memory.reclaim", MIB, &err), 0);
	expect_text(&f, "memory.reclaim", "1048576");
	cr_expect_eq(knob_read(f.fd, CG_V2, knob_find("memory.reclaim"), &value, &err),
		     -EOPNOTSUPP);
	fake_free(&f);
}

/* Written through a descriptor of its own, a value would be gone when that is closed. */
Test(cgroup_knob, what_belongs_to_a_descriptor_is_not_written)
{
	struct fake f = fake_new();
	struct err err;

	cr_expect_eq(set(&f, CG_V2, "memory.peak.reset", 1, &err), -EOPNOTSUPP);
	cr_expect_eq(set(&f, CG_V2, "memory.pressure.trigger", NSEC_PER_SEC, &err), -EOPNOTSUPP);
	cr_expect_eq(set(&f, CG_V2, "memory.pressure.trigger", 3 * NSEC_PER_SEC, &err), -EINVAL);
	cr_expect_eq(set(&f, CG_V2, "cgroup.kill", 0, &err), -EINVAL);
	cr_expect_eq(set(&f, CG_V1, "cgroup.kill", 1, &err), -EOPNOTSUPP);
	fake_free(&f);
}

Test(cgroup_knob, v1_without_swap_accounting)
{
	struct fake f = fake_new();
	const struct knob *swap = knob_find("memory.swap.max");
	struct knob_context with_swap = {.has_swap = true};
	struct err err;
	int64_t value;

	put(&f, LIMIT, "");
	cr_expect_eq(set(&f, CG_V1, "memory.max", 8 * MIB, &err), 0);
	expect_text(&f, LIMIT, "8388608");
	empty(&f, LIMIT);
	cr_expect_eq(set(&f, CG_V1, "memory.max", VALUE_MAX, &err), 0);
	expect_text(&f, LIMIT, "-1");
	/* Nothing to limit is fine; something to limit and no means is not. */
	cr_expect_eq(set(&f, CG_V1, "memory.swap.max", 0, &err), 0);
	cr_expect_eq(set(&f, CG_V1, "memory.swap.max", VALUE_MAX, &err), 0);
	cr_expect_eq(set(&f, CG_V1, "memory.swap.max", MIB, &err), -EOPNOTSUPP);
	cr_expect_eq(knob_write(f.fd, CG_V1, swap, 0, &with_swap, &err), -EOPNOTSUPP);
	cr_expect_eq(err.class, ERR_SKIP);
	err = (struct err){0};
	cr_expect_eq(knob_read(f.fd, CG_V1, swap, &value, &err), -EOPNOTSUPP);
	fake_free(&f);
}

Test(cgroup_knob, v1_unlimited_reads_as_max)
{
	struct fake f = fake_new();

	put(&f, LIMIT, UNLIMITED);
	put(&f, MEMSW, UNLIMITED);
	cr_expect_eq(get(&f, CG_V1, "memory.max"), VALUE_MAX);
	cr_expect_eq(get(&f, CG_V1, "memory.swap.max"), VALUE_MAX);
	put(&f, LIMIT, "67108864\n");
	cr_expect_eq(get(&f, CG_V1, "memory.max"), 64 * MIB);
	cr_expect_eq(get(&f, CG_V1, "memory.swap.max"), VALUE_MAX);
	put(&f, MEMSW, "68157440\n");
	cr_expect_eq(get(&f, CG_V1, "memory.swap.max"), MIB);
	fake_free(&f);
}

Test(cgroup_knob, v1_swap_is_memory_plus_swap)
{
	struct fake f = fake_new();
	struct err err;

	put(&f, LIMIT, "67108864");
	put(&f, MEMSW, "9223372036854771712");
	cr_expect_eq(set(&f, CG_V1, "memory.swap.max", 0, &err), 0);
	put(&f, MEMSW, "67108864");
	cr_expect_eq(set(&f, CG_V1, "memory.swap.max", 16 * MIB, &err), 0);
	expect_text(&f, MEMSW, "83886080");
	cr_expect_eq(get(&f, CG_V1, "memory.swap.max"), 16 * MIB);
	/* Raised and lowered, memory.max takes the swap along. */
	cr_expect_eq(set(&f, CG_V1, "memory.max", 80 * MIB, &err), 0);
	expect_text(&f, LIMIT, "83886080");
	put(&f, MEMSW, "100663296");
	cr_expect_eq(get(&f, CG_V1, "memory.swap.max"), 16 * MIB);
	cr_expect_eq(set(&f, CG_V1, "memory.max", 16 * MIB, &err), 0);
	expect_text(&f, LIMIT, "16777216");
	fake_free(&f);
}

Test(cgroup_knob, v1_what_cannot_be_said)
{
	struct fake f = fake_new();
	struct knob_context with_swap = {.has_swap = true};
	struct err err;

	put(&f, LIMIT, UNLIMITED);
	put(&f, MEMSW, UNLIMITED);
	cr_expect_eq(set(&f, CG_V1, "memory.swap.max", MIB, &err), -EOPNOTSUPP);
	cr_expect(strstr(err.text, "memory.max"), "%s", err.text);
	/* No swap on the machine, none allowed: nothing to do. */
	cr_expect_eq(set(&f, CG_V1, "memory.swap.max", 0, &err), 0);
	cr_expect_eq(knob_write(f.fd, CG_V1, knob_find("memory.swap.max"), 0, &with_swap, &err),
		     -EOPNOTSUPP);
	expect_text(&f, MEMSW, UNLIMITED);
	/* Lifting memory.max would lift the limit of swap with it. */
	put(&f, LIMIT, "1048576");
	put(&f, MEMSW, "1048576");
	cr_expect_eq(set(&f, CG_V1, "memory.max", VALUE_MAX, &err), -EOPNOTSUPP);
	expect_text(&f, LIMIT, "1048576");
	fake_free(&f);
}

/* The limit is a sealed file here: it can be read, and each write fails. */
static void put_sealed(const struct fake *f, const char *file, const char *text, int *ret_memfd)
{
	char target[32];

	*ret_memfd = memfd_create("sealed", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	cr_assert_geq(*ret_memfd, 0);
	cr_assert_eq(write_all(*ret_memfd, text, strlen(text)), 0);
	cr_assert_eq(fcntl(*ret_memfd, F_ADD_SEALS, F_SEAL_WRITE), 0);
	snprintf(target, sizeof(target), "/proc/self/fd/%d", *ret_memfd);
	cr_assert_eq(symlinkat(target, f->fd, file), 0);
}

Test(cgroup_knob, v1_half_a_write_is_undone)
{
	struct fake f = fake_new();
	_cleanup_close_ int memfd = -1;
	struct err err;

	put(&f, MEMSW, "67108864");
	put_sealed(&f, LIMIT, "1048576", &memfd);
	cr_expect_eq(set(&f, CG_V1, "memory.max", 2 * MIB, &err), -EPERM);
	cr_expect(strstr(err.text, "memory.max"), "%s", err.text);
	expect_text(&f, MEMSW, "67108864");
	fake_free(&f);
}

/* Whether the file was written since touch_back(), even with what it had. */
static void touch_back(const struct fake *f, const char *file)
{
	static const struct timespec old[2];

	cr_assert_eq(utimensat(f->fd, file, old, 0), 0);
}

static bool was_written(const struct fake *f, const char *file)
{
	struct stat st;

	cr_assert_eq(fstatat(f->fd, file, &st, 0), 0);
	return st.st_mtim.tv_sec != 0;
}

/* The kernel wants limit <= memory+swap at each moment. */
Test(cgroup_knob, v1_grows_outside_in_and_shrinks_inside_out)
{
	struct fake f = fake_new();
	_cleanup_close_ int memfd = -1;
	struct err err;

	put(&f, LIMIT, "2097152");
	put_sealed(&f, MEMSW, "4194304", &memfd);
	touch_back(&f, LIMIT);
	cr_expect_eq(set(&f, CG_V1, "memory.max", 3 * MIB, &err), -EPERM);
	cr_expect_not(was_written(&f, LIMIT));
	cr_expect_eq(set(&f, CG_V1, "memory.max", MIB, &err), -EPERM);
	cr_expect(was_written(&f, LIMIT));
	expect_text(&f, LIMIT, "2097152");
	cr_expect_eq(set(&f, CG_V1, "memory.swap.max", MIB, &err), -EPERM);
	fake_free(&f);
}
