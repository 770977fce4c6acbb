/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One call with one fault. Between arming and disarming nothing but the call may allocate, as the
 * kernel counts every allocation, copy and futex of the task (lib/fault-inject.c:should_fail_ex()).
 */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/units.h"
#include "failnth.h"

static int arm(const struct nth_sweep *s, unsigned n)
{
	char text[16];
	int len = snprintf(text, sizeof(text), "%u\n", n);

	return pwrite(s->nth, text, (size_t)len, 0) == len ? 0 : -errno;
}

/*
 * What is left of n: 0 when the fault was injected. The copy of the answer counts too, and may
 * itself be what fails: then the call had got through.
 */
static int disarm(const struct nth_sweep *s, bool *ret_injected)
{
	char text[16] = "";
	ssize_t len = pread(s->nth, text, sizeof(text) - 1, 0);
	int code = errno, r = arm(s, 0);

	/* So is the copy of our 0, with one left: the fault is used up, and there is nothing to
	 * clear. */
	if (r == -EFAULT)
		r = arm(s, 0);
	if (len <= 0 && code != EFAULT)
		return -code;
	*ret_injected = len > 0 && strtoul(text, NULL, 10) == 0;
	return r;
}

/* Entries of a directory as the kernel has it; a reader of libc would allocate. */
static int64_t count_entries(int fd)
{
	_Alignas(8) char buf[4096];
	int64_t n = 0;
	long len;

	if (lseek(fd, 0, SEEK_SET) < 0)
		return -errno;
	while ((len = syscall(SYS_getdents64, fd, buf, sizeof(buf))) > 0)
		for (long at = 0; at < len; n++)
			at += ((const struct dirent64 *)(const void *)(buf + at))->d_reclen;
	return len < 0 ? -errno : n;
}

static int64_t count_lines(int fd)
{
	char buf[4096];
	int64_t n = 0;
	ssize_t len;

	if (lseek(fd, 0, SEEK_SET) < 0)
		return -errno;
	while ((len = read(fd, buf, sizeof(buf))) > 0)
		for (ssize_t i = 0; i < len; i++)
			n += buf[i] == '\n';
	return len < 0 ? -errno : n;
}

int nth_count(const struct nth_sweep *s, int64_t *ret_fds, int64_t *ret_maps, struct err *err)
{
	*ret_fds = count_entries(s->fds);
	*ret_maps = count_lines(s->maps);
	if (*ret_fds < 0)
		return err_errno(err, (int)*ret_fds, "counting descriptors in /proc/self/fd");
	if (*ret_maps < 0)
		return err_errno(err, (int)*ret_maps, "counting mappings in /proc/self/maps");
	return 0;
}

static bool allowed(const struct nth_call *c, int code)
{
	for (int i = 0; i < NTH_ERRNOS_MAX && c->errnos[i]; i++)
		if (c->errnos[i] == -code)
			return true;
	return false;
}

int nth_try(const struct nth_sweep *s, unsigned n, struct nth_result *ret, struct err *err)
{
	struct nth_made made;
	int64_t fds, maps;
	int r;

	*ret = (struct nth_result){0};
	nth_nothing(&made);
	r = arm(s, n);
	if (!r) {
		ret->code = s->call->make(&s->place, &made);
		r = disarm(s, &ret->injected);
	}
	nth_undo(&s->place, &made);
	if (r)
		return err_errno(err, r, "fail-nth");
	ret->injected = ret->injected && n;
	ret->wrong = ret->code && !(ret->injected && allowed(s->call, ret->code));
	r = nth_count(s, &fds, &maps, err);
	if (r)
		return r;
	ret->leaked_fds = fds - s->had_fds;
	ret->leaked_maps = maps - s->had_maps;
	return 0;
}

static const char *errno_name(int code)
{
	const char *name = code ? strerrorname_np(-code) : "no error";

	return name ? name : "an unknown errno";
}

int nth_blame(const struct nth_sweep *s, unsigned n, const struct nth_result *r, struct err *err)
{
	const char *name = s->call->name;

	if (!r->wrong)
		return err_set(err, -EBADE,
			       "%s gave %s with allocation %u failing, and left %lld descriptors "
			       "and %lld mappings more than before",
			       name, errno_name(r->code), n, (long long)r->leaked_fds,
			       (long long)r->leaked_maps);
	if (!r->injected)
		return err_set(err, r->code, "%s gave %s, though no fault was injected (n = %u)",
			       name, errno_name(r->code), n);
	return err_set(err, r->code,
		       "%s gave %s with allocation %u failing, which is none of the errors that it "
		       "may give",
		       name, errno_name(r->code), n);
}
