/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "base/io.h"
#include "gate/init.h"

#define CGROUP_DIR "/sys/fs/cgroup"

struct mount_row {
	const char *type, *dir, *data;
};

static int mount_row(const struct mount_row *m)
{
	mkdir(m->dir, 0755);
	if (mount(m->type, m->dir, m->type, MS_NOSUID, m->data) < 0 && errno != EBUSY)
		return -errno;
	return 0;
}

int init_mount_basics(struct err *err)
{
	static const struct mount_row rows[] = {
		{"proc", "/proc", NULL},	   {"sysfs", "/sys", NULL},
		{"devtmpfs", "/dev", "mode=0755"}, {"tmpfs", "/run", "mode=0755"},
		{"tmpfs", "/tmp", "mode=1777"},	   {"tmpfs", "/var/tmp", "mode=1777"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		int r = mount_row(&rows[i]);

		if (r < 0)
			return err_errno(err, r, "cannot mount %s on %s", rows[i].type,
					 rows[i].dir);
	}
	return 0;
}

/* A hierarchy a controller, as systemd and containers' hosts had them. */
static int mount_v1(struct err *err)
{
	static const char *const controllers[] = {"memory", "freezer", "cpuset",
						  "cpu",    "pids",    "hugetlb"};

	if (mount_row(&(struct mount_row){"tmpfs", CGROUP_DIR, "mode=0755"}) < 0)
		return err_errno(err, -errno, "cannot mount a tmpfs on " CGROUP_DIR);
	for (size_t i = 0; i < ARRAY_SIZE(controllers); i++) {
		char dir[64];
		int r;

		snprintf(dir, sizeof(dir), CGROUP_DIR "/%s", controllers[i]);
		r = mount_row(&(struct mount_row){"cgroup", dir, controllers[i]});
		if (r == 0)
			continue;
		rmdir(dir);
		if (i == 0)
			return err_errno(err, r,
					 "this kernel has no memory controller on cgroup v1 "
					 "(CONFIG_MEMCG_V1, or cgroup_disable=memory)");
	}
	/* A kernel may mount the controller although its v1 files are not compiled in (6.11 on). */
	if (access(CGROUP_DIR "/memory/memory.limit_in_bytes", F_OK) < 0 &&
	    access(CGROUP_DIR "/memory/memory.usage_in_bytes", F_OK) < 0)
		return err_set(err, -ENOENT,
			       "this kernel's memory controller has no cgroup v1 files "
			       "(CONFIG_MEMCG_V1)");
	return 0;
}

/* Every trial needs it: say so once instead of skipping them one by one. */
static int check_controller(struct err *err)
{
	char text[256];

	if (file_read(AT_FDCWD, CGROUP_DIR "/cgroup.controllers", text, sizeof(text)) >= 0 &&
	    strstr(text, "memory"))
		return 0;
	return err_set(err, -ENOENT,
		       "this kernel has no memory controller (CONFIG_MEMCG, or "
		       "cgroup_disable=memory)");
}

int init_mount_cgroup(int version, struct err *err)
{
	int r;

	if (version == 1)
		return mount_v1(err);
	r = mount_row(&(struct mount_row){"cgroup2", CGROUP_DIR, "memory_recursiveprot"});
	/* The option is known since 5.7. */
	if (r == -EINVAL)
		r = mount_row(&(struct mount_row){"cgroup2", CGROUP_DIR, NULL});
	return r < 0 ? err_errno(err, r, "cannot mount cgroup2 (CONFIG_CGROUPS)")
		     : check_controller(err);
}

void init_mount_extras(struct init *in)
{
	static const struct mount_row rows[] = {
		{"debugfs", "/sys/kernel/debug", NULL}, {"tracefs", "/sys/kernel/tracing", NULL},
		{"tmpfs", "/dev/shm", "mode=1777"},	{"devpts", "/dev/pts", NULL},
		{"mqueue", "/dev/mqueue", NULL},
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		int r = mount_row(&rows[i]);

		if (r < 0 && i == 0)
			stream_say(&in->stream, STREAM_NOTE, "no %s: %s", rows[i].type,
				   strerror(-r));
	}
}
