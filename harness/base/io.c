/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/io.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/units.h"

int dir_open(int dirfd, const char *path)
{
	int fd = openat(dirfd, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

int file_open(int dirfd, const char *path)
{
	int fd = openat(dirfd, path, O_RDONLY | O_CLOEXEC | O_NOCTTY);

	return fd < 0 ? -errno : fd;
}

/*
 * Fill buf up to the end of the file. offset NULL: from where the descriptor stands, as not every
 * file knows pread. Returns the number of bytes, size when there may be more, or a negative errno.
 */
static ssize_t fill(int fd, char *buf, size_t size, const off_t *offset)
{
	size_t len = 0;

	while (len < size) {
		ssize_t n = offset ? pread(fd, buf + len, size - len, *offset + (off_t)len)
				   : read(fd, buf + len, size - len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (n == 0)
			break;
		len += (size_t)n;
	}
	return (ssize_t)len;
}

static ssize_t fill_text(int fd, char *buf, size_t size, const off_t *offset)
{
	ssize_t len;

	if (size == 0)
		return -EINVAL;
	buf[0] = '\0';
	len = fill(fd, buf, size, offset);
	if (len < 0) {
		buf[0] = '\0';
		return len;
	}
	if ((size_t)len == size) {
		buf[size - 1] = '\0';
		return -E2BIG;
	}
	buf[len] = '\0';
	return len;
}

ssize_t file_read(int dirfd, const char *path, char *buf, size_t size)
{
	_cleanup_close_ int fd = file_open(dirfd, path);

	if (fd < 0)
		return fd;
	return fill_text(fd, buf, size, NULL);
}

ssize_t fd_read_all(int fd, char *buf, size_t size)
{
	static const off_t start;

	return fill_text(fd, buf, size, &start);
}

int file_read_alloc(int dirfd, const char *path, char **ret_text, size_t *ret_len)
{
	_cleanup_close_ int fd = file_open(dirfd, path);
	_cleanup_free_ char *text = NULL;
	size_t size = 4096, len = 0;

	if (fd < 0)
		return fd;
	for (;;) {
		char *grown = realloc(text, size + 1);
		ssize_t n;

		if (!grown)
			return -ENOMEM;
		text = grown;
		n = fill(fd, text + len, size - len, NULL);
		if (n < 0)
			return (int)n;
		len += (size_t)n;
		if (len < size)
			break;
		size *= 2;
	}
	text[len] = '\0';
	*ret_text = take_ptr(text);
	if (ret_len)
		*ret_len = len;
	return 0;
}

/*
 * No loop: a knob takes its value in one write, and a second one would set it again. Not created
 * and not truncated: a knob that is missing is an error, and cgroup files refuse both.
 */
int file_write(int dirfd, const char *path, const char *text)
{
	size_t len = strlen(text);
	_cleanup_close_ int fd = openat(dirfd, path, O_WRONLY | O_CLOEXEC | O_NOCTTY);
	ssize_t n;

	if (fd < 0)
		return -errno;
	n = write(fd, text, len);
	if (n < 0)
		return -errno;
	return (size_t)n == len ? 0 : -EIO;
}

int file_write_i64(int dirfd, const char *path, int64_t value)
{
	char text[24];

	if (value == VALUE_ABSENT)
		return -EINVAL;
	if (value == VALUE_MAX)
		return file_write(dirfd, path, "max");
	snprintf(text, sizeof(text), "%" PRId64, value);
	return file_write(dirfd, path, text);
}

int file_read_i64(int dirfd, const char *path, int64_t *ret)
{
	char text[64];
	ssize_t len = file_read(dirfd, path, text, sizeof(text));

	if (len < 0 && len != -E2BIG)
		return (int)len;
	if (strncmp(text, "max", 3) == 0 && !isalnum((unsigned char)text[3])) {
		*ret = VALUE_MAX;
		return 0;
	}
	return parse_i64(text, text + strlen(text), ret) ? 0 : -EINVAL;
}

int write_all(int fd, const void *buf, size_t len)
{
	const char *p = buf;

	while (len) {
		ssize_t n = write(fd, p, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (n == 0)
			return -EIO;
		p += n;
		len -= (size_t)n;
	}
	return 0;
}

/* What may not follow a number: the token would be something else, as 12kB, 0.5 or 1_000. */
static bool goes_on(char c)
{
	return isalnum((unsigned char)c) || c == '_' || c == '.';
}

const char *parse_i64(const char *s, const char *end, int64_t *ret)
{
	bool negative = s < end && *s == '-';
	const char *p = s + negative;
	int64_t v = 0;

	if (p >= end || *p < '0' || *p > '9')
		return NULL;
	for (; p < end && *p >= '0' && *p <= '9'; p++)
		if (__builtin_mul_overflow(v, 10, &v) || __builtin_add_overflow(v, *p - '0', &v))
			return NULL;
	if (p < end && goes_on(*p))
		return NULL;
	*ret = negative ? -v : v;
	return p;
}
