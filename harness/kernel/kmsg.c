/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "kernel/kmsg.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>

#include "base/cleanup.h"
#include "base/io.h"
#include "kernel/lines.h"

static int hex(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Undo kernel/printk/printk.c:msg_add_ext_text(): everything outside printable ASCII is \xNN. */
static void unescape(struct span s, char *buf, size_t size)
{
	size_t n = 0;

	while (s.n && n + 1 < size) {
		size_t taken = 1;
		unsigned char c = (unsigned char)*s.p;

		if (s.n >= 4 && s.p[0] == '\\' && s.p[1] == 'x' && hex(s.p[2]) >= 0 &&
		    hex(s.p[3]) >= 0) {
			c = (unsigned char)(hex(s.p[2]) << 4 | hex(s.p[3]));
			taken = 4;
		}
		if ((c < ' ' && c != '\t' && c != '\n') || c == 127)
			c = '?';
		buf[n++] = (char)c;
		s = span_from(s, taken);
	}
	buf[n] = '\0';
}

/* "6,1234,5678,-" and, of newer kernels, more fields behind (",caller=T1"). */
static bool parse_prefix(struct span s, struct kmsg_record *ret)
{
	int64_t v[3];

	for (int i = 0; i < 3; i++) {
		size_t n = span_number(s, &v[i]);

		if (!n || v[i] < 0 || n == s.n || s.p[n] != ',')
			return false;
		s = span_from(s, n + 1);
	}
	if (v[0] > INT32_MAX)
		return false;
	ret->priority = (int)(v[0] & 7);
	ret->facility = (int)(v[0] >> 3);
	ret->seq = (uint64_t)v[1];
	ret->ts_us = v[2];
	ret->continuation = s.n && *s.p == 'c';
	return true;
}

int kmsg_parse(const char *raw, size_t len, struct kmsg_record *ret)
{
	struct span s = span_of(raw, len), line;
	const char *semicolon;

	if (!next_line(&s, &line))
		return -EINVAL;
	semicolon = line.n ? memchr(line.p, ';', line.n) : NULL;
	if (!semicolon || !parse_prefix(span_of(line.p, (size_t)(semicolon - line.p)), ret))
		return -EINVAL;
	unescape(span_from(line, (size_t)(semicolon - line.p) + 1), ret->text, sizeof(ret->text));
	return 0;
}

int kmsg_open(int devfd, struct err *err)
{
	_cleanup_close_ int fd = openat(devfd, "kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC);

	if (fd < 0)
		return err_errno(err, -errno, "cannot open the kernel log /dev/kmsg");
	if (lseek(fd, 0, SEEK_END) < 0)
		return err_errno(err, -errno, "cannot go to the end of the kernel log");
	return take_fd(&fd);
}

int kmsg_next(int fd, struct kmsg_record *ret)
{
	char raw[KMSG_RAW_MAX];

	for (;;) {
		ssize_t n = read(fd, raw, sizeof(raw));

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return errno == EAGAIN ? 0 : -errno;
		if (n == 0)
			return 0;
		if (!kmsg_parse(raw, (size_t)n, ret))
			return 1;
	}
}

int64_t kmsg_missing(uint64_t *next, uint64_t seq)
{
	int64_t n = *next && seq > *next ? (int64_t)(seq - *next) : 0;

	*next = seq + 1;
	return n;
}

int kmsg_mark(int devfd, const char *text)
{
	_cleanup_close_ int fd = openat(devfd, "kmsg", O_WRONLY | O_CLOEXEC);
	char line[512];
	int n;

	if (fd < 0)
		return -errno;
	/* 13 = LOG_USER << 3 | notice */
	n = snprintf(line, sizeof(line), "<13>memtrial: %s\n", text);
	if (n < 0 || (size_t)n >= sizeof(line))
		n = sizeof(line) - 1;
	return write_all(fd, line, (size_t)n);
}
