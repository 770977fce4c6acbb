/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "gate/image.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>

#include "base/cleanup.h"
#include "base/io.h"
#include "gate/cpio.h"
#include "gate/elf.h"
#include "gate/tool.h"

#define LIST_TIME msec(20000)

/*
 * Debian's cloud kernels have some of these as modules and some built in, others all of them. The
 * compressors are what zram asks for by name, which nobody answers without a modprobe in the guest.
 */
static const struct module_want wanted[] = {
	{"virtio_pci", true, "the guest's devices: CONFIG_VIRTIO_PCI"},
	{"virtio_console", true, "the port for results: CONFIG_VIRTIO_CONSOLE"},
	{"virtio_blk", false, "disks: CONFIG_VIRTIO_BLK"},
	{"crc32c_generic", false, "ext4: CONFIG_CRYPTO_CRC32C"},
	{"ext4", false, "files: CONFIG_EXT4_FS"},
};
static const struct module_want wanted_zram[] = {
	{"lzo_rle", false, "zram: CONFIG_CRYPTO_LZO"},
	{"zram", true, "swap on zram: CONFIG_ZRAM"},
};

static int add_file(struct cpio *c, const char *host, const char *guest, unsigned mode,
		    struct err *err)
{
	_cleanup_free_ char *text = NULL;
	size_t len;
	int r = file_read_alloc(AT_FDCWD, host, &text, &len);

	if (r < 0)
		return err_errno(err, r, "cannot read %s for the guest", host);
	cpio_file(c, guest, mode, text, len);
	return 0;
}

/* "libyaml-0.so.2 => /lib/.../libyaml-0.so.2 (0x7f...)", or "/lib64/ld-linux... (0x...)". */
static const char *library_path(struct arena *a, const char *line, size_t n)
{
	const char *s = arena_strndup(a, line, n), *slash = strchr(s, '/');

	return slash ? arena_strndup(a, slash, strcspn(slash, " \t")) : NULL;
}

/* The loader itself says what a program is linked to, wherever that lies. */
static int add_libraries(struct cpio *c, const char *program, const char *loader, struct err *err)
{
	_cleanup_free_ char *list = NULL;
	int r = tool_run((const char *const[]){loader, "--list", program, NULL}, LIST_TIME, &list,
			 NULL, err);

	for (const char *line = list; r == 0 && line && *line;) {
		size_t n = strcspn(line, "\n");
		const char *path = library_path(c->arena, line, n);

		if (path)
			r = add_file(c, path, path, 0755, err);
		line += n + (line[n] == '\n');
	}
	return r;
}

static int add_program(struct cpio *c, const char *host, const char *guest, struct err *err)
{
	_cleanup_free_ char *text = NULL;
	const char *loader;
	size_t len;
	int r = file_read_alloc(AT_FDCWD, host, &text, &len), bad;

	if (r < 0)
		return err_errno(err, r, "cannot read %s for the guest", host);
	loader = elf_interpreter(text, len, &bad);
	if (bad)
		return err_set(err, bad, "%s is no program of this machine", host);
	cpio_file(c, guest, 0755, text, len);
	if (!loader)
		return 0;
	r = add_libraries(c, host, loader, err);
	return r < 0 ? r : add_file(c, loader, loader, 0755, err);
}

/* A program, or a script, whose interpreter is not looked for. */
static int add_any(struct cpio *c, const struct image_file *f, struct err *err)
{
	struct err why = {0};
	int r = add_program(c, f->host, f->guest, &why);

	return r == -ENOEXEC ? add_file(c, f->host, f->guest, 0755, err)
	       : r < 0	     ? err_set(err, r, "%s", why.text)
			     : 0;
}

static int add_modules(struct cpio *c, const struct image_config *config, struct guest_conf *conf,
		       struct err *err)
{
	struct module_want want[ARRAY_SIZE(wanted) + ARRAY_SIZE(wanted_zram)];
	size_t n = ARRAY_SIZE(wanted);
	struct module_list list;
	int r;

	if (!config->modules_dir)
		return 0;
	memcpy(want, wanted, sizeof(wanted));
	if (config->zram) {
		memcpy(want + n, wanted_zram, sizeof(wanted_zram));
		n += ARRAY_SIZE(wanted_zram);
	}
	r = modules_resolve(config->modules_dir, want, n, c->arena, &list, err);
	if (r == 0 && list.n && config->release[0] && strcmp(list.version, config->release) != 0)
		return err_set_class(err, ERR_USAGE, -EINVAL,
				     "the kernel is %s, but the modules in %s are for %s",
				     config->release, config->modules_dir, list.version);
	for (size_t i = 0; i < list.n && r == 0; i++) {
		const char *path = arena_printf(c->arena, "/modules/%s.ko", list.files[i].name);

		cpio_file(c, path, 0644, list.files[i].data, list.files[i].len);
		*arena_push(c->arena, conf->modules, conf->n_modules) = path;
	}
	return r;
}

/* Directories that init mounts on, and what must be there before it does. */
static void add_frame(struct cpio *c)
{
	static const char *const dirs[] = {"proc", "sys", "run",	"tmp",	    "var/tmp",
					   "root", "etc", GATE_SCRATCH, GATE_TRIALS};

	for (size_t i = 0; i < ARRAY_SIZE(dirs); i++)
		cpio_dir(c, dirs[i]);
	/* What init writes before devtmpfs is there (init/main.c:console_on_rootfs). */
	cpio_char_device(c, "dev/console", 0600, 5, 1);
	cpio_char_device(c, "dev/null", 0666, 1, 3);
}

static int add_all(struct cpio *c, const struct image_config *config, struct guest_conf *conf,
		   struct err *err)
{
	const char *text;
	int r;

	add_frame(c);
	/* Not "self": the loader looks at it too. */
	text = arena_printf(c->arena, "/proc/%d/exe", (int)getpid());
	if ((r = add_program(c, text, "/init", err)) < 0 ||
	    (r = add_modules(c, config, conf, err)) < 0)
		return r;
	/* Commands of profiles run in a shell; without one they say so. */
	if (access("/bin/sh", X_OK) == 0 && (r = add_program(c, "/bin/sh", "/bin/sh", err)) < 0)
		return r;
	for (size_t i = 0; i < config->n_programs; i++)
		if ((r = add_any(c, &config->programs[i], err)) < 0)
			return r;
	/* Libraries outside of the loader's own directories are found through its cache. */
	if (access("/etc/ld.so.cache", R_OK) == 0 &&
	    (r = add_file(c, "/etc/ld.so.cache", "/etc/ld.so.cache", 0644, err)) < 0)
		return r;
	if (config->kernel_config && config->release[0] &&
	    (r = add_file(c, config->kernel_config,
			  arena_printf(c->arena, "/boot/config-%s", config->release), 0644, err)) <
		    0)
		return r;
	for (size_t i = 0; i < config->n_files; i++)
		if ((r = add_file(c, config->files[i].host, config->files[i].guest, 0644, err)) < 0)
			return r;
	text = conf_write(conf, c->arena, err);
	if (!text)
		return -EINVAL;
	cpio_file(c, GATE_CONF, 0600, text, strlen(text));
	return cpio_end(c, err);
}

int image_build(const struct image_config *config, struct guest_conf *conf, struct arena *arena,
		struct err *err)
{
	_cleanup_close_ int fd = memfd_create("memtrial-initramfs", MFD_CLOEXEC), copy = -1;
	_cleanup_fclose_ FILE *out = NULL;
	struct cpio c;
	int r;

	copy = fd < 0 ? -1 : fcntl(fd, F_DUPFD_CLOEXEC, 3);
	out = copy < 0 ? NULL : fdopen(copy, "w");
	if (!out)
		return err_errno(err, -errno, "cannot make a file for the guest's initramfs");
	take_fd(&copy);
	cpio_begin(&c, out, arena);
	r = add_all(&c, config, conf, err);
	return r < 0 ? err_prefix(err, "cannot build the guest") : take_fd(&fd);
}
