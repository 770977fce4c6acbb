/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "gate/elf.h"

#include <elf.h>
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define OUR_ORDER ELFDATA2LSB
#else
#define OUR_ORDER ELFDATA2MSB
#endif

struct file {
	const char *p;
	size_t n;
};

static bool inside(const struct file *f, uint64_t offset, uint64_t size)
{
	return offset <= f->n && size <= f->n - offset;
}

/* Headers may lie at odd places in memory: copy, do not cast. */
static bool get(const struct file *f, uint64_t offset, void *to, size_t size)
{
	if (!inside(f, offset, size))
		return false;
	memcpy(to, f->p + offset, size);
	return true;
}

static bool header(const struct file *f, Elf64_Ehdr *e)
{
	return get(f, 0, e, sizeof(*e)) && !memcmp(e->e_ident, ELFMAG, SELFMAG) &&
	       e->e_ident[EI_CLASS] == ELFCLASS64 && e->e_ident[EI_DATA] == OUR_ORDER;
}

/* A text of the file that ends with a NUL before the end of its part. */
static const char *text_at(const struct file *f, uint64_t offset, uint64_t size)
{
	return inside(f, offset, size) && size && memchr(f->p + offset, '\0', size) ? f->p + offset
										    : NULL;
}

const char *elf_interpreter(const void *data, size_t len, int *ret_error)
{
	struct file f = {data, len};
	Elf64_Ehdr e;
	Elf64_Phdr ph;

	*ret_error = 0;
	if (!header(&f, &e)) {
		*ret_error = -ENOEXEC;
		return NULL;
	}
	for (unsigned i = 0; i < e.e_phnum; i++) {
		if (!get(&f, e.e_phoff + (uint64_t)i * sizeof(ph), &ph, sizeof(ph)))
			return NULL;
		if (ph.p_type == PT_INTERP)
			return text_at(&f, ph.p_offset, ph.p_filesz);
	}
	return NULL;
}

static const char *find_key(const char *p, size_t n, const char *key)
{
	size_t len = strlen(key);

	while (n) {
		const char *end = memchr(p, '\0', n);
		size_t one = end ? (size_t)(end - p) + 1 : n;

		if (end && one > len && !strncmp(p, key, len) && p[len] == '=')
			return p + len + 1;
		p += one;
		n -= one;
	}
	return NULL;
}

const char *elf_modinfo(const void *data, size_t len, const char *key)
{
	struct file f = {data, len};
	Elf64_Ehdr e;
	Elf64_Shdr names, sh;

	if (!header(&f, &e) ||
	    !get(&f, e.e_shoff + (uint64_t)e.e_shstrndx * sizeof(sh), &names, sizeof(names)))
		return NULL;
	for (unsigned i = 0; i < e.e_shnum; i++) {
		const char *name;

		if (!get(&f, e.e_shoff + (uint64_t)i * sizeof(sh), &sh, sizeof(sh)))
			return NULL;
		if (sh.sh_name >= names.sh_size)
			continue;
		name = text_at(&f, names.sh_offset + sh.sh_name, names.sh_size - sh.sh_name);
		if (name && !strcmp(name, ".modinfo") && inside(&f, sh.sh_offset, sh.sh_size))
			return find_key(f.p + sh.sh_offset, sh.sh_size, key);
	}
	return NULL;
}
