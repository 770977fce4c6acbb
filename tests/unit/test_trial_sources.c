/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A sample reads a text of keys as far as it must, and all of it again when the lines have moved.
 */
#include <criterion/criterion.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "trial/sources.h"

#define LINES 40

static struct kv_key keys[LINES];
static char buf[4096];
static struct source source;
static struct sources ss;
static bool needed[LINES];
static int64_t values[LINES];

/* Lines "key_00 N" ..., the key `first` at the begin; all but the last `cut` of them. */
static void write_text(int fd, int first, int64_t add, int cut)
{
	cr_assert_eq(ftruncate(fd, 0), 0);
	cr_assert_eq(lseek(fd, 0, SEEK_SET), 0);
	for (int i = 0; i < LINES - cut; i++)
		cr_assert_gt(dprintf(fd, "key_%02d %lld\n", (i + first) % LINES,
				     (long long)((i + first) % LINES + add)),
			     0);
}

/* Needs the keys 3 and 20 of a text with all of them. */
static int open_source(void)
{
	int fd = memfd_create("text", MFD_CLOEXEC);

	cr_assert_geq(fd, 0);
	write_text(fd, 0, 0, 0);
	for (int i = 0; i < LINES; i++)
		snprintf(keys[i].name, sizeof(keys[i].name), "key_%02d", i);
	source = (struct source){.read = source_read_kv,
				 .n = LINES,
				 .sampled = true,
				 .fd = fd,
				 .fd2 = -1,
				 .last = "key_39",
				 .kv = {.n = LINES, .keys = keys}};
	ss = (struct sources){.list = &source, .n = 1, .buf = buf, .buf_size = sizeof(buf)};
	needed[3] = needed[20] = true;
	sources_narrow(&ss, needed);
	cr_assert_eq(source.n_few, 2);
	return fd;
}

static void sample(void)
{
	values[3] = values[20] = -1;
	sources_read(&ss, true, values);
}

static void close_source(int fd)
{
	close_fd(&fd);
	arena_free(&ss.room);
}

Test(sources, a_sample_ends_behind_the_last_line_it_needs)
{
	int fd = open_source();

	sample();
	cr_expect_eq(values[3], 3);
	cr_expect_eq(values[20], 20);
	cr_expect_gt(source.enough, 21 * strlen("key_00 0\n"));
	cr_expect_lt(source.enough, 32 * strlen("key_00 00\n"));
	/* What lies behind is not asked for: a text that ends there does as well. */
	write_text(fd, 0, 5, 10);
	sample();
	cr_expect_eq(values[3], 8);
	cr_expect_eq(values[20], 25);
	close_source(fd);
}

/* The first of the lines are longer by so many digits in all. */
static void write_grown(int fd, int digits)
{
	static const char ones[] = "111111111";

	cr_assert_eq(ftruncate(fd, 0), 0);
	cr_assert_eq(lseek(fd, 0, SEEK_SET), 0);
	for (int i = 0; i < LINES; i++) {
		int n = i < 20 ? MIN(digits, 9) : 0;

		digits -= n;
		cr_assert_gt(dprintf(fd, "key_%02d %.*s%d\n", i, n, ones, i == 20 ? 1234567 : i),
			     0);
	}
}

Test(sources, numbers_that_grow_are_read_whole)
{
	int fd = open_source();
	size_t enough;

	write_grown(fd, 0);
	sample();
	enough = source.enough;
	/* Behind what is asked for, or cut there, at each of the line's bytes. */
	for (int digits = 1; digits < 180; digits++) {
		write_grown(fd, 0);
		sample();
		source.enough = enough;
		write_grown(fd, digits);
		sample();
		cr_expect_eq(values[20], 1234567, "%d more: %lld", digits, (long long)values[20]);
	}
	cr_expect_gt(source.enough, enough);
	close_source(fd);
}

Test(sources, lines_that_moved_are_found_again)
{
	int fd = open_source();

	sample();
	write_text(fd, 15, 100, 0);
	sample();
	cr_expect_eq(values[3], 103);
	cr_expect_eq(values[20], 120);
	close_source(fd);
}

Test(sources, a_line_that_is_gone_is_absent)
{
	int fd = open_source();

	sample();
	write_text(fd, 0, 0, LINES - 10);
	sample();
	cr_expect_eq(values[3], 3);
	cr_expect_eq(values[20], VALUE_ABSENT);
	cr_expect_eq(source.enough, 0);
	write_text(fd, 0, 0, 0);
	sample();
	cr_expect_eq(values[20], 20);
	close_source(fd);
}

Test(sources, a_settled_reading_reads_all)
{
	int fd = open_source();

	sample();
	cr_assert_gt(source.enough, 0);
	sources_read(&ss, false, values);
	for (int i = 0; i < LINES; i++)
		cr_expect_eq(values[i], i);
	close_source(fd);
}
