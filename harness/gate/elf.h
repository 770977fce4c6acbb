/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The two things that the gate wants of 64-bit ELF files in memory: a program's loader and what a
 * kernel module says about itself. Pure; every offset is checked.
 */
#ifndef MT_GATE_ELF_H
#define MT_GATE_ELF_H

#include <stddef.h>

/*
 * The path of the program's dynamic loader (PT_INTERP), a text inside data. Returns NULL when the
 * program is static, -ENOEXEC in *ret_error when this is no ELF file of this machine's kind.
 */
const char *elf_interpreter(const void *data, size_t len, int *ret_error);
/*
 * The value of key in a module's .modinfo section ("depends", "vermagic"): a text inside data, NULL
 * when there is none.
 */
const char *elf_modinfo(const void *data, size_t len, const char *key);

#endif
