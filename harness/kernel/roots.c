/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "kernel/roots.h"

#include <errno.h>
#include <fcntl.h>

#include "base/cleanup.h"
#include "base/io.h"

static const struct roots none = {.proc = -1, .sys = -1, .dev = -1, .fs = -1};

int roots_open(const char *sysroot, struct roots *ret, struct err *err)
{
	struct roots r = none;
	const struct {
		const char *name;
		int *to;
	} dirs[] = {{"proc", &r.proc}, {"sys", &r.sys}, {"dev", &r.dev}};

	*ret = none;
	r.fake = sysroot != NULL;
	r.fs = dir_open(AT_FDCWD, sysroot ? sysroot : "/");
	if (r.fs < 0) {
		int code = r.fs;

		return err_set_class(err, sysroot ? ERR_USAGE : ERR_BROKEN, code,
				     "cannot open the directory %s", sysroot ? sysroot : "/");
	}
	for (size_t i = 0; i < ARRAY_SIZE(dirs); i++) {
		*dirs[i].to = dir_open(r.fs, dirs[i].name);
		if (*dirs[i].to >= 0)
			continue;
		if (!r.fake) {
			int code = *dirs[i].to;

			*dirs[i].to = -1;
			roots_close(&r);
			return err_errno(err, code, "cannot open /%s", dirs[i].name);
		}
		*dirs[i].to = -1;
	}
	*ret = r;
	return 0;
}

void roots_close(struct roots *roots)
{
	close_fd(&roots->proc);
	close_fd(&roots->sys);
	close_fd(&roots->dev);
	close_fd(&roots->fs);
}

int roots_dir(const struct roots *roots, const char *path)
{
	while (*path == '/')
		path++;
	return dir_open(roots->fs, *path ? path : ".");
}
