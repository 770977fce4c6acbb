/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/io.h"
#include "base/units.h"

struct dir {
	char path[64];
	int fd;
};

static struct dir dir_make(void)
{
	struct dir d = {.path = "/tmp/unit_base_io.XXXXXX"};

	cr_assert_not_null(mkdtemp(d.path));
	d.fd = dir_open(AT_FDCWD, d.path);
	cr_assert_geq(d.fd, 0);
	return d;
}

static void put(const struct dir *d, const char *name, const char *text, size_t len)
{
	_cleanup_close_ int fd = openat(d->fd, name, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	cr_assert_geq(fd, 0);
	cr_assert_eq(write_all(fd, text, len), 0);
}

static void dir_remove(struct dir *d)
{
	unlinkat(d->fd, "f", 0);
	close(d->fd);
	cr_expect_eq(rmdir(d->path), 0);
}

Test(io, file_read)
{
	struct dir d = dir_make();
	char buf[8];

	put(&d, "f", "1234567", 7);
	cr_expect_eq(file_read(d.fd, "f", buf, sizeof(buf)), 7);
	cr_expect_str_eq(buf, "1234567");
	put(&d, "f", "12345678", 8);
	cr_expect_eq(file_read(d.fd, "f", buf, sizeof(buf)), -E2BIG);
	cr_expect_str_eq(buf, "1234567");
	put(&d, "f", "", 0);
	cr_expect_eq(file_read(d.fd, "f", buf, sizeof(buf)), 0);
	cr_expect_str_eq(buf, "");
	cr_expect_eq(file_read(d.fd, "none", buf, sizeof(buf)), -ENOENT);
	cr_expect_eq(file_read(d.fd, "f", buf, 0), -EINVAL);
	cr_expect_eq(file_read(d.fd, ".", buf, sizeof(buf)), -EISDIR);
	cr_expect_eq(dir_open(d.fd, "f"), -ENOTDIR);
	dir_remove(&d);
}

Test(io, fd_read_all_again)
{
	struct dir d = dir_make();
	_cleanup_close_ int fd = -1;
	char buf[16];

	put(&d, "f", "one", 3);
	fd = file_open(d.fd, "f");
	cr_assert_geq(fd, 0);
	cr_expect_eq(fcntl(fd, F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
	cr_expect_eq(fd_read_all(fd, buf, sizeof(buf)), 3);
	put(&d, "f", "three", 5);
	cr_expect_eq(fd_read_all(fd, buf, sizeof(buf)), 5);
	cr_expect_str_eq(buf, "three");
	cr_expect_eq(fd_read_all(fd, buf, 4), -E2BIG);
	cr_expect_str_eq(buf, "thr");
	cr_expect_eq(fd_read_all(-1, buf, sizeof(buf)), -EBADF);
	dir_remove(&d);
}

/* Sequence files hand out a page at a time: the end is where read says 0. */
Test(io, kernel_files)
{
	_cleanup_close_ int proc = dir_open(AT_FDCWD, "/proc");
	_cleanup_free_ char *whole = NULL;
	char buf[65536];
	size_t len;

	cr_assert_geq(proc, 0);
	cr_expect_gt(file_read(proc, "meminfo", buf, sizeof(buf)), 0);
	cr_expect_eq(strncmp(buf, "MemTotal:", 9), 0);
	cr_expect_eq(file_read_alloc(proc, "meminfo", &whole, &len), 0);
	cr_expect_eq(strlen(whole), len);
	cr_expect_eq(strncmp(whole, "MemTotal:", 9), 0);
}

Test(io, read_alloc)
{
	static const size_t sizes[] = {0, 1, 4095, 4096, 4097, 8192, 100000};
	struct dir d = dir_make();
	char *big = malloc(100000);

	for (size_t i = 0; i < 100000; i++)
		big[i] = (char)('a' + i % 26);
	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
		_cleanup_free_ char *text = NULL;
		size_t len = 1;

		put(&d, "f", big, sizes[i]);
		cr_assert_eq(file_read_alloc(d.fd, "f", &text, &len), 0);
		cr_expect_eq(len, sizes[i]);
		cr_expect_eq(memcmp(text, big, len), 0);
		cr_expect_eq(text[len], '\0');
	}
	cr_expect_eq(file_read_alloc(d.fd, "none", &big, NULL), -ENOENT);
	free(big);
	dir_remove(&d);
}

Test(io, file_write)
{
	struct dir d = dir_make();
	char buf[32];

	cr_expect_eq(file_write(d.fd, "f", "1"), -ENOENT, "must not create");
	put(&d, "f", "abcdef", 6);
	cr_expect_eq(file_write(d.fd, "f", "12"), 0);
	file_read(d.fd, "f", buf, sizeof(buf));
	cr_expect_str_eq(buf, "12cdef", "must not truncate");
	put(&d, "f", "", 0);
	cr_expect_eq(file_write_i64(d.fd, "f", -1), 0);
	file_read(d.fd, "f", buf, sizeof(buf));
	cr_expect_str_eq(buf, "-1");
	cr_expect_eq(file_write_i64(d.fd, "f", VALUE_MAX), 0);
	file_read(d.fd, "f", buf, sizeof(buf));
	cr_expect_str_eq(buf, "max");
	cr_expect_eq(file_write_i64(d.fd, "f", VALUE_ABSENT), -EINVAL);
	cr_expect_eq(write_all(-1, "x", 1), -EBADF);
	dir_remove(&d);
}

Test(io, file_read_i64)
{
	static const struct {
		const char *text;
		int code;
		int64_t value;
	} rows[] = {
		{"42\n", 0, 42},
		{"-1\n", 0, -1},
		{"9223372036854771712\n", 0, 9223372036854771712},
		{"max\n", 0, VALUE_MAX},
		{"max 100000\n", 0, VALUE_MAX},
		{"100000 200000\n", 0, 100000},
		{"1 345678901234567890123456789012345678901234567890123456789012345678\n", 0, 1},
		{"maximum\n", -EINVAL, 7},
		{"", -EINVAL, 7},
		{"\n", -EINVAL, 7},
		{"12kB\n", -EINVAL, 7},
		{"9223372036854775808\n", -EINVAL, 7},
	};
	struct dir d = dir_make();

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		int64_t value = 7;

		put(&d, "f", rows[i].text, strlen(rows[i].text));
		cr_expect_eq(file_read_i64(d.fd, "f", &value), rows[i].code, "%s", rows[i].text);
		cr_expect_eq(value, rows[i].value, "%s", rows[i].text);
	}
	unlinkat(d.fd, "f", 0);
	cr_expect_eq(file_read_i64(d.fd, "f", &(int64_t){0}), -ENOENT);
	dir_remove(&d);
}

Test(io, parse_i64)
{
	static const struct {
		const char *text;
		int used; /* -1: none */
		int64_t value;
	} rows[] = {
		{"0", 1, 0},
		{"123 kB", 3, 123},
		{"0-3", 1, 0},
		{"8:16", 1, 8},
		{"5\n", 1, 5},
		{"-17\t", 3, -17},
		{"9223372036854775807", 19, INT64_MAX},
		{"-9223372036854775807", 20, -INT64_MAX},
		{"9223372036854775808", -1, 7},
		{"18446744073709551615", -1, 7},
		{"", -1, 7},
		{"-", -1, 7},
		{" 5", -1, 7},
		{"+5", -1, 7},
		{"x", -1, 7},
		{"12kB", -1, 7},
		{"0.05", -1, 7},
		{"1_000", -1, 7},
		{"0x10", -1, 7},
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const char *s = rows[i].text, *p;
		int64_t value = 7;

		p = parse_i64(s, s + strlen(s), &value);
		cr_expect_eq(p ? (int)(p - s) : -1, rows[i].used, "\"%s\"", s);
		cr_expect_eq(value, rows[i].value, "\"%s\"", s);
	}
}

Test(io, parse_i64_stops_at_end)
{
	const char *s = "1234";
	int64_t value = 0;

	cr_expect_eq(parse_i64(s, s + 2, &value), s + 2);
	cr_expect_eq(value, 12);
	cr_expect_null(parse_i64(s, s, &value));
}
