/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a guest is made of: the archive, the modules, what init is told, swap space. */
#include <criterion/criterion.h>
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "gate/bzimage.h"
#include "gate/conf.h"
#include "gate/cpio.h"
#include "gate/disk.h"
#include "gate/elf.h"
#include "gate/modules.h"
#include "gate/tool.h"

/* A directory of the test's own below the build's current one. */
static const char *scratch(struct arena *a)
{
	char name[] = "/tmp/memtrial-unit-XXXXXX";

	cr_assert(mkdtemp(name));
	return arena_strdup(a, name);
}

static void remove_all(const char *dir)
{
	struct err err = {0};

	tool_run((const char *const[]){"rm", "-rf", dir, NULL}, msec(20000), NULL, NULL, &err);
}

static void put_file(struct arena *a, const char *dir, const char *name, const void *data, size_t n)
{
	char *path = arena_printf(a, "%s/%s", dir, name);
	FILE *f;

	for (char *p = path + strlen(dir) + 1; (p = strchr(p, '/')); p++) {
		*p = '\0';
		mkdir(path, 0755);
		*p = '/';
	}
	f = fopen(path, "w");
	cr_assert(f, "%s", path);
	cr_assert_eq(fwrite(data, 1, n, f), n);
	fclose(f);
}

/* --- cpio ------------------------------------------------------------------------------------ */

static char *list_of(const char *archive)
{
	const char *command[] = {"sh", "-c", NULL, NULL};
	struct arena a = {0};
	struct err err = {0};
	char *list = NULL;
	int r;

	command[2] = arena_printf(&a, "cpio -itv --quiet < %s", archive);
	r = tool_run(command, msec(20000), &list, NULL, &err);
	if (r == -EIO && strstr(err.text, "not found"))
		cr_skip_test("there is no cpio here");
	cr_assert_eq(r, 0, "%s", err.text);
	arena_free(&a);
	return list;
}

Test(gate_cpio, an_archive_that_cpio_reads)
{
	struct arena a = {0};
	struct err err = {0};
	const char *dir = scratch(&a), *path = arena_printf(&a, "%s/archive", dir);
	_cleanup_fclose_ FILE *out = fopen(path, "w");
	_cleanup_free_ char *list = NULL;
	struct cpio c;

	cpio_begin(&c, out, &a);
	cpio_file(&c, "/usr/bin/tool", 0755, "12345", 5);
	cpio_file(&c, "usr/bin/empty", 0644, "", 0);
	cpio_symlink(&c, "/bin/sh", "dash");
	cpio_char_device(&c, "/dev/console", 0600, 5, 1);
	/* The first one stays. */
	cpio_file(&c, "usr/bin/tool", 0600, "other", 5);
	cr_assert_eq(cpio_end(&c, &err), 0, "%s", err.text);
	list = list_of(path);
	cr_expect(strstr(list, "drwxr-xr-x"));
	cr_expect(strstr(list, "usr/bin\n"));
	cr_expect(strstr(list, "-rwxr-xr-x"));
	cr_expect(strstr(list, "usr/bin/tool"));
	cr_expect(strstr(list, "bin/sh -> dash"));
	cr_expect(strstr(list, "crw-------"));
	cr_expect(strstr(list, "  5,   1"));
	cr_expect_null(strstr(list, "-rw-------"), "the second tool is there too:\n%s", list);
	remove_all(dir);
	arena_free(&a);
}

Test(gate_cpio, every_entry_is_aligned)
{
	struct arena a = {0};
	struct err err = {0};
	char *text = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);
	struct cpio c;

	cpio_begin(&c, out, &a);
	for (int i = 1; i < 9; i++)
		cpio_file(&c, arena_printf(&a, "%.*s", i, "abcdefghi"), 0644, "12345678",
			  (size_t)i);
	cr_assert_eq(cpio_end(&c, &err), 0);
	fclose(out);
	cr_assert_eq(len % 4, 0);
	for (size_t i = 0, n = 0; i + 6 <= len; i++)
		if (!memcmp(text + i, "070701", 6))
			cr_expect_eq(i % 4, 0, "entry %zu at %zu", ++n, i);
	free(text);
	arena_free(&a);
}

Test(gate_cpio, a_full_disk_is_an_error)
{
	struct arena a = {0};
	struct err err = {0};
	_cleanup_fclose_ FILE *out = fopen("/dev/full", "w");
	struct cpio c;

	cr_assert(out);
	setvbuf(out, NULL, _IONBF, 0);
	cpio_begin(&c, out, &a);
	cpio_dir(&c, "x");
	cr_expect_eq(cpio_end(&c, &err), -ENOSPC);
	cr_expect(strstr(err.text, "initramfs"));
	arena_free(&a);
}

/* --- modules --------------------------------------------------------------------------------- */

/* A file that has what elf_modinfo() looks at: header, .modinfo, names, section headers. */
static size_t make_module(char *buf, const char *depends)
{
	static const char names[] = "\0.modinfo\0.shstrtab";
	char info[256];
	size_t n = 0, at_info = sizeof(Elf64_Ehdr), at_names, at_sections;
	Elf64_Ehdr e = {0};
	Elf64_Shdr s[3] = {0};

	n += (size_t)sprintf(info + n, "license=GPL") + 1;
	n += (size_t)sprintf(info + n, "vermagic=9.9.9 SMP mod_unload") + 1;
	n += (size_t)sprintf(info + n, "depends=%s", depends) + 1;
	at_names = at_info + n;
	at_sections = at_names + sizeof(names);
	memcpy(e.e_ident, ELFMAG, SELFMAG);
	e.e_ident[EI_CLASS] = ELFCLASS64;
	e.e_ident[EI_DATA] = ELFDATA2LSB;
	e.e_shoff = at_sections;
	e.e_shnum = 3;
	e.e_shstrndx = 2;
	s[1] = (Elf64_Shdr){.sh_name = 1, .sh_offset = at_info, .sh_size = n};
	s[2] = (Elf64_Shdr){.sh_name = 10, .sh_offset = at_names, .sh_size = sizeof(names)};
	memcpy(buf, &e, sizeof(e));
	memcpy(buf + at_info, info, n);
	memcpy(buf + at_names, names, sizeof(names));
	memcpy(buf + at_sections, s, sizeof(s));
	return at_sections + sizeof(s);
}

static void put_module(struct arena *a, const char *dir, const char *name, const char *depends)
{
	char buf[2048];

	put_file(a, dir, name, buf, make_module(buf, depends));
}

static const struct module_want one[] = {{"virtio_blk", true, "disks"}};

Test(gate_modules, needed_ones_come_first)
{
	static const char *const order[] = {"virtio", "virtio_ring", "virtio_blk"};
	struct arena a = {0};
	struct err err = {0};
	const char *dir = scratch(&a);
	struct module_list list;

	put_file(&a, dir, "modules.builtin", "kernel/lib/crc-ccitt.ko\n", 24);
	put_module(&a, dir, "kernel/drivers/virtio/virtio.ko", "");
	put_module(&a, dir, "kernel/drivers/virtio/virtio-ring.ko", "virtio");
	put_module(&a, dir, "kernel/drivers/block/virtio_blk.ko", "virtio_ring,virtio,crc_ccitt");
	put_module(&a, dir, "kernel/drivers/block/loop.ko", "");
	cr_assert_eq(modules_resolve(dir, one, 1, &a, &list, &err), 0, "%s", err.text);
	cr_assert_eq(list.n, 3);
	for (size_t i = 0; i < 3; i++)
		cr_expect_str_eq(list.files[i].name, order[i]);
	cr_expect_str_eq(list.version, "9.9.9");
	remove_all(dir);
	arena_free(&a);
}

Test(gate_modules, what_is_built_in_is_left_out)
{
	struct arena a = {0};
	struct err err = {0};
	const char *dir = scratch(&a);
	static const char builtin[] = "kernel/a.ko\nkernel/drivers/block/virtio-blk.ko\n";
	struct module_list list;

	put_file(&a, dir, "modules.builtin", builtin, sizeof(builtin) - 1);
	cr_assert_eq(modules_resolve(dir, one, 1, &a, &list, &err), 0, "%s", err.text);
	cr_expect_eq(list.n, 0);
	remove_all(dir);
	arena_free(&a);
}

Test(gate_modules, packed_ones_are_unpacked)
{
	struct arena a = {0};
	struct err err = {0};
	const char *dir = scratch(&a);
	struct module_list list;

	put_module(&a, dir, "kernel/virtio_blk.ko", "");
	cr_assert_eq(tool_run((const char *const[]){"gzip",
						    arena_printf(&a, "%s/kernel/virtio_blk.ko",
								 dir),
						    NULL},
			      msec(20000), NULL, NULL, &err),
		     0, "%s", err.text);
	cr_assert_eq(modules_resolve(dir, one, 1, &a, &list, &err), 0, "%s", err.text);
	cr_assert_eq(list.n, 1);
	cr_expect_eq(memcmp(list.files[0].data, ELFMAG, SELFMAG), 0);
	remove_all(dir);
	arena_free(&a);
}

static int resolve_error(const char *dir, struct arena *a, struct err *err)
{
	struct module_list list;

	err_clear(err);
	return modules_resolve(dir, one, 1, a, &list, err);
}

Test(gate_modules, errors_say_what_is_missing)
{
	struct arena a = {0};
	struct err err = {0};
	const char *dir = scratch(&a);

	cr_expect_eq(resolve_error(dir, &a, &err), -ENOENT);
	cr_expect(strstr(err.text, "holds no kernel modules"), "%s", err.text);
	cr_expect_eq(err.class, ERR_USAGE);
	put_module(&a, dir, "kernel/loop.ko", "");
	cr_expect_eq(resolve_error(dir, &a, &err), -ENOENT);
	cr_expect(strstr(err.text, "virtio_blk") && strstr(err.text, "disks"), "%s", err.text);
	put_module(&a, dir, "kernel/virtio_blk.ko", "gone");
	cr_expect_eq(resolve_error(dir, &a, &err), -ENOENT);
	cr_expect(strstr(err.text, "gone"), "%s", err.text);
	put_module(&a, dir, "kernel/gone.ko", "virtio_blk");
	cr_expect_eq(resolve_error(dir, &a, &err), -ELOOP, "%s", err.text);
	put_file(&a, dir, "kernel/virtio_blk.ko", "no ELF", 6);
	cr_expect_eq(resolve_error(dir, &a, &err), -ENOEXEC, "%s", err.text);
	remove_all(dir);
	arena_free(&a);
}

Test(gate_elf, cut_files_give_nothing)
{
	char buf[2048];
	size_t n = make_module(buf, "a,b");
	int bad;

	cr_assert_str_eq(elf_modinfo(buf, n, "depends"), "a,b");
	cr_expect_null(elf_modinfo(buf, n, "depend"));
	for (size_t i = 0; i < n; i++) {
		char *copy = malloc(i + 1);

		/* Of the exact size, so that a sanitizer sees what reads behind it. */
		memcpy(copy, buf, i);
		cr_expect_null(elf_modinfo(copy, i, "depends"), "of %zu bytes", i);
		elf_interpreter(copy, i, &bad);
		free(copy);
	}
	cr_expect_null(elf_interpreter("#!/bin/sh", 9, &bad));
	cr_expect_eq(bad, -ENOEXEC);
}

Test(gate_elf, the_loader_of_this_program)
{
	_cleanup_close_ int fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	struct stat st;
	const char *loader;
	void *map;
	int bad;

	cr_assert_eq(fstat(fd, &st), 0);
	map = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	cr_assert_neq(map, MAP_FAILED);
	loader = elf_interpreter(map, (size_t)st.st_size, &bad);
	cr_expect_eq(bad, 0);
	cr_expect(loader && access(loader, X_OK) == 0);
	munmap(map, (size_t)st.st_size);
}

/* --- kernel, conf, swap ---------------------------------------------------------------------- */

Test(gate_kernel, its_release_is_in_its_head)
{
	char head[4096] = {0}, release[40];

	memcpy(head + 0x202, "HdrS", 4);
	head[0x20e] = 0x00;
	head[0x20f] = 0x03;
	strcpy(head + 0x500, "6.12.117+deb12 (who@where) #1");
	cr_expect_eq(kernel_release(head, sizeof(head), release, sizeof(release)), 0);
	cr_expect_str_eq(release, "6.12.117+deb12");
	/* A text that begins behind what was read is not looked for. */
	cr_expect_eq(kernel_release(head, 0x400, release, sizeof(release)), 0);
	cr_expect_str_eq(release, "");
	cr_expect_eq(kernel_release(head, 0x205, release, sizeof(release)), -ENOEXEC);
	head[0x202] = 'X';
	cr_expect_eq(kernel_release(head, sizeof(head), release, sizeof(release)), -ENOEXEC);
	cr_expect_eq(kernel_release("\177ELF", 4, release, sizeof(release)), 0);
}

Test(gate_conf, what_is_written_is_read)
{
	const char *modules[] = {"/modules/a.ko", "/modules/b.ko"};
	const char *args[] = {"run", "--set", "x=a b", ""};
	const struct guest_conf conf = {.cgroup = 1,
					.swap = SWAP_ZRAM,
					.swap_size = 512 * MIB,
					.scratch = true,
					.modules = modules,
					.n_modules = 2,
					.args = args,
					.n_args = 4};
	struct arena a = {0};
	struct err err = {0};
	struct guest_conf got;
	char *text = conf_write(&conf, &a, &err);

	cr_assert(text);
	cr_assert_eq(conf_parse(text, &got, &a, &err), 0, "%s", err.text);
	cr_expect_eq(got.cgroup, 1);
	cr_expect_eq(got.swap, SWAP_ZRAM);
	cr_expect_eq(got.swap_size, 512 * MIB);
	cr_expect(got.scratch);
	cr_assert_eq(got.n_modules, 2);
	cr_expect_str_eq(got.modules[1], "/modules/b.ko");
	cr_assert_eq(got.n_args, 4);
	for (size_t i = 0; i < 4; i++)
		cr_expect_str_eq(got.args[i], args[i]);
	arena_free(&a);
}

Test(gate_conf, mistakes_are_refused)
{
	static const char *const bad[] = {"cgroup 3\n", "cgroup x\n", "swap tape\n", "what 1\n",
					  "scratch\n"};
	const char *newline[] = {"a\nb"};
	const struct guest_conf conf = {.cgroup = 2, .args = newline, .n_args = 1};
	struct arena a = {0};
	struct err err = {0};
	struct guest_conf got;

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		err_clear(&err);
		cr_expect_eq(conf_parse(arena_strdup(&a, bad[i]), &got, &a, &err), -EINVAL, "%s",
			     bad[i]);
	}
	err_clear(&err);
	cr_expect_null(conf_write(&conf, &a, &err));
	cr_expect_eq(err.class, ERR_USAGE);
	arena_free(&a);
}

Test(gate_disk, swap_space_has_its_header)
{
	_cleanup_close_ int fd = memfd_create("swap", MFD_CLOEXEC);
	struct err err = {0};
	uint32_t info[3];
	char magic[10];

	cr_assert_eq(disk_swap_header(fd, 64 * MIB, 4096, &err), 0, "%s", err.text);
	cr_assert_eq(pread(fd, magic, 10, 4086), 10);
	cr_expect_eq(memcmp(magic, "SWAPSPACE2", 10), 0);
	cr_assert_eq(pread(fd, info, sizeof(info), 1024), sizeof(info));
	cr_expect_eq(info[0], 1);
	cr_expect_eq(info[1], 64 * MIB / 4096 - 1);
	cr_expect_eq(info[2], 0);
	cr_expect_eq(disk_swap_header(fd, 4096, 4096, &err), -ERANGE);
}

Test(gate_tool, what_can_go_wrong_is_told_apart)
{
	_cleanup_free_ char *out = NULL;
	struct err err = {0};
	size_t len;

	cr_assert_eq(tool_run((const char *const[]){"echo", "a b", NULL}, msec(20000), &out, &len,
			      &err),
		     0);
	cr_expect_str_eq(out, "a b\n");
	cr_expect_eq(len, 4);
	cr_expect_eq(tool_run((const char *const[]){"no-such-tool-here", NULL}, msec(20000), NULL,
			      NULL, &err),
		     -ENOENT);
	err_clear(&err);
	cr_expect_eq(tool_run((const char *const[]){"sh", "-c", "echo why >&2; exit 3", NULL},
			      msec(20000), NULL, NULL, &err),
		     -EIO);
	cr_expect(strstr(err.text, "why"), "%s", err.text);
	err_clear(&err);
	cr_expect_eq(tool_run((const char *const[]){"sleep", "100", NULL}, msec(100), NULL, NULL,
			      &err),
		     -ETIMEDOUT);
}
