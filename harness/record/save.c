/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A run to a file: under another name first, so that there is never half a result under its own. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/words.h"
#include "record/record.h"

/*
 * The file that a path leads to, through symbolic links, as the rename would replace the link
 * itself. ret_plain: it may be replaced. A device, a pipe or a socket is written to instead.
 */
static int target_of(const char *path, char **ret, bool *ret_plain)
{
	struct stat st;

	*ret_plain = true;
	if (stat(path, &st) < 0) {
		if (errno != ENOENT)
			return -errno;
		*ret = strdup(path);
		return *ret ? 0 : -ENOMEM;
	}
	if (S_ISDIR(st.st_mode))
		return -EISDIR;
	*ret_plain = S_ISREG(st.st_mode);
	*ret = realpath(path, NULL);
	return *ret ? 0 : -errno;
}

/* O_EXCL: in a directory that others may write to, nobody puts a link in our way. */
static int open_new(const char *path)
{
	const int flags = O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC;
	int fd = open(path, flags, 0666);

	if (fd < 0 && errno == EEXIST && unlink(path) == 0) /* of a process that died */
		fd = open(path, flags, 0666);
	return fd < 0 ? -errno : fd;
}

static int write_to(int fd, const struct run *run, bool sync, struct err *err)
{
	FILE *out = fdopen(fd, "w");
	int r;

	if (!out) {
		r = -errno;
		close(fd);
		return r;
	}
	r = run_write(run, out, err);
	if (r == 0 && sync && fsync(fd) < 0)
		r = -errno;
	/* NFS and quotas tell of a full disk at the close. */
	if (fclose(out) != 0 && r == 0)
		r = -errno;
	return r;
}

static int save_over(const struct run *run, const char *target, struct err *err)
{
	char tmp[PATH_MAX];
	int fd, r;

	if (snprintf(tmp, sizeof(tmp), "%s.tmp-%d", target, (int)getpid()) >= (int)sizeof(tmp))
		return -ENAMETOOLONG;
	fd = open_new(tmp);
	if (fd < 0)
		return fd;
	r = write_to(fd, run, true, err);
	if (r == 0 && rename(tmp, target) < 0)
		r = -errno;
	if (r < 0)
		unlink(tmp);
	return r;
}

static int save_into(const struct run *run, const char *target, struct err *err)
{
	int fd = open(target, O_WRONLY | O_CLOEXEC | O_NOCTTY);

	return fd < 0 ? -errno : write_to(fd, run, false, err);
}

int run_save(const struct run *run, const char *path, struct err *err)
{
	_cleanup_free_ char *target = NULL;
	struct err why = {0};
	bool plain;
	int r;

	if (str_eq(path, "-"))
		return run_write(run, stdout, err);
	r = target_of(path, &target, &plain);
	if (r == 0)
		r = plain ? save_over(run, target, &why) : save_into(run, target, &why);
	if (r < 0)
		return err_errno(err, r, "cannot save the results in %s", path);
	return 0;
}
