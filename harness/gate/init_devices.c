/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/swap.h>
#include <sys/syscall.h>

#include "base/cleanup.h"
#include "base/io.h"
#include "base/units.h"
#include "base/words.h"
#include "gate/disk.h"
#include "gate/init.h"

#define PORT_TIME (20 * NSEC_PER_SEC)
#define DISK_TIME (5 * NSEC_PER_SEC)
#define STEP_US	  5000

int init_load_modules(struct init *in, struct err *err)
{
	for (size_t i = 0; i < in->conf.n_modules; i++) {
		const char *path = in->conf.modules[i];
		_cleanup_close_ int fd = file_open(AT_FDCWD, path);

		if (fd < 0)
			return err_errno(err, fd, "cannot open %s", path);
		if (syscall(SYS_finit_module, fd, "", 0) < 0 && errno != EEXIST)
			return err_errno(err, -errno, "the kernel does not take %s", path);
		/* Its file was memory of the guest. */
		unlink(path);
	}
	return 0;
}

/*
 * The entry of a class directory in sysfs whose attribute says what is wanted. Devices turn up a
 * moment after their driver: looked for again until the deadline. Returns 0 or -ENOENT.
 */
static int find_device(const char *class, const char *attribute, const char *value, int64_t limit,
		       char *name, size_t size)
{
	int64_t deadline = mono_now().ns + limit;

	do {
		_cleanup_closedir_ DIR *d = opendir(class);

		for (struct dirent *e; d && (e = readdir(d));) {
			char path[512], text[128];

			snprintf(path, sizeof(path), "%s/%s/%s", class, e->d_name, attribute);
			if (e->d_name[0] == '.' ||
			    file_read(AT_FDCWD, path, text, sizeof(text)) < 0)
				continue;
			text[strcspn(text, "\n")] = '\0';
			if (str_eq(text, value)) {
				snprintf(name, size, "/dev/%s", e->d_name);
				return 0;
			}
		}
		usleep(STEP_US);
	} while (mono_now().ns < deadline);
	return -ENOENT;
}

int init_open_port(struct err *err)
{
	char name[300];
	int fd;

	if (find_device("/sys/class/virtio-ports", "name", GATE_PORT, PORT_TIME, name,
			sizeof(name)) < 0)
		return err_set(err, -ENOENT,
			       "no virtio-serial port turned up (CONFIG_VIRTIO_PCI, "
			       "CONFIG_VIRTIO_CONSOLE; give --modules where they are modules)");
	fd = open(name, O_RDWR | O_CLOEXEC);
	return fd < 0 ? err_errno(err, -errno, "cannot open %s", name) : fd;
}

static int find_disk(const char *serial, char *name, size_t size, struct err *err)
{
	if (find_device("/sys/block", "serial", serial, DISK_TIME, name, size) == 0)
		return 0;
	return err_set(err, -ENOENT, "the disk %s did not turn up (CONFIG_VIRTIO_BLK)", serial);
}

/* zram's own header is ours to write; the size is known once disksize is set. */
static int set_up_zram(struct init *in, char *name, size_t size, struct err *err)
{
	_cleanup_close_ int fd = -1;
	int r = file_write_i64(AT_FDCWD, "/sys/block/zram0/disksize", in->conf.swap_size);

	if (r < 0)
		return err_errno(err, r, "cannot set up zram (CONFIG_ZRAM and its compressor)");
	snprintf(name, size, "/dev/zram0");
	fd = open(name, O_RDWR | O_CLOEXEC);
	if (fd < 0)
		return err_errno(err, -errno, "cannot open %s", name);
	return disk_swap_header(fd, in->conf.swap_size, page_size(), err);
}

int init_swap(struct init *in, struct err *err)
{
	char name[300];
	int r;

	if (in->conf.swap == SWAP_NONE)
		return 0;
	r = in->conf.swap == SWAP_ZRAM ? set_up_zram(in, name, sizeof(name), err)
				       : find_disk(DISK_SWAP, name, sizeof(name), err);
	if (r < 0)
		return r;
	return swapon(name, 0) < 0 ? err_errno(err, -errno, "cannot swap on %s (CONFIG_SWAP)", name)
				   : 0;
}

int init_scratch(struct init *in, struct err *err)
{
	char name[300];
	int r;

	if (!in->conf.scratch)
		return 0;
	r = find_disk(DISK_SCRATCH, name, sizeof(name), err);
	if (r < 0)
		return r;
	/* Access times would dirty inodes behind the back of a reading. */
	if (mount(name, GATE_SCRATCH, "ext4", MS_NOATIME, NULL) < 0)
		return err_errno(err, -errno, "cannot mount %s (CONFIG_EXT4_FS)", name);
	return 0;
}

void init_loopback(struct init *in)
{
	_cleanup_close_ int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct ifreq ifr = {.ifr_name = "lo", .ifr_flags = IFF_UP | IFF_RUNNING};

	if (fd < 0 || ioctl(fd, SIOCSIFFLAGS, &ifr) < 0)
		stream_say(&in->stream, STREAM_NOTE, "no loopback network: %s", strerror(errno));
}
