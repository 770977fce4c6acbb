# SPDX-License-Identifier: GPL-2.0-or-later
"""The table of the mutants, and what they make of a kernel tree."""
import importlib
import os
import pkgutil
import sys
import zlib

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)

import edit  # noqa: E402
import families  # noqa: E402


class Mutant:
    def __init__(self, name, broken, profiles, *edits, config=None):
        """PROFILES, the first of which must fail, know by BROKEN what it is that they are to see."""
        self.name, self.broken, self.edits = name, broken, edits
        self.profiles = profiles.split()
        self.family = None
        # No enum: the header stays as it is when the table grows, and so does what includes it.
        self.number = zlib.crc32(name.encode()) & 0x7fffffff
        self.symbol = f"{self.number:#x} /* {name} */"


def load():
    """{name: mutant}, family by family."""
    table = {}
    for module in sorted(m.name for m in pkgutil.iter_modules(families.__path__)):
        for mutant in importlib.import_module(f"families.{module}").MUTANTS:
            if mutant.number in (0, *(m.number for m in table.values())):
                raise SystemExit(f"two mutants are called {mutant.name}, or have its number")
            mutant.family = module
            table[mutant.name] = mutant
    return table


HEADER = """\
/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef _LINUX_MEMTRIAL_H
#define _LINUX_MEMTRIAL_H

#include <linux/types.h>
#include <linux/compiler.h>

struct page;

extern int memtrial_mutant;
bool memtrial_tick(unsigned int n);
void memtrial_corrupt(struct page *page);

static inline bool memtrial_is(int mutant)
{
	return unlikely(READ_ONCE(memtrial_mutant) == mutant);
}

/* Each Nth time, beginning with the Nth. */
static inline bool memtrial_nth(int mutant, unsigned int n)
{
	return memtrial_is(mutant) && memtrial_tick(n);
}

#endif
"""

SOURCE = """\
// SPDX-License-Identifier: GPL-2.0-or-later
#include <linux/atomic.h>
#include <linux/highmem.h>
#include <linux/init.h>
#include <linux/kernel.h>
#include <linux/memtrial.h>
#include <linux/string.h>

int memtrial_mutant __read_mostly;
static atomic_t memtrial_times = ATOMIC_INIT(0);

static const struct memtrial_name {
	int number;
	const char *name;
} memtrial_names[] __initconst = {
%s
};

bool memtrial_tick(unsigned int n)
{
	return (unsigned int)atomic_inc_return(&memtrial_times) %% n == 0;
}

void memtrial_corrupt(struct page *page)
{
	u8 *at = kmap_local_page(page);

	at[1000] ^= 0x10;
	kunmap_local(at);
}

static int __init memtrial_setup(char *name)
{
	unsigned int i;

	for (i = 0; name && i < ARRAY_SIZE(memtrial_names); i++) {
		if (!strcmp(memtrial_names[i].name, name)) {
			memtrial_mutant = memtrial_names[i].number;
			pr_info("memtrial: mutant %%s\\n", name);
			return 0;
		}
	}
	panic("memtrial: no mutant %%s", name ? name : "without a name");
}
early_param("memtrial_mutant", memtrial_setup);
"""


def changed(tree, table):
    """{file: text} of everything that is new or other than in TREE; errors name their mutant."""
    files, errors = {}, []
    by_file = {}
    for mutant in table.values():
        for e in mutant.edits:
            try:
                if e.file not in files:
                    files[e.file] = edit.read(tree, e.file)
                edit.locate(files[e.file], e)
            except edit.EditError as err:
                errors.append(f"mutant {mutant.name}: {err}")
            by_file.setdefault(e.file, []).append((mutant.symbol, e))
    if errors:
        raise SystemExit("\n".join(errors))
    out = {}
    for name, edits in by_file.items():
        try:
            out[name] = edit.with_header(edit.apply_edits(files[name], edits))
        except edit.EditError as err:
            raise SystemExit(f"{name}: {err}; mutants {', '.join(s for s, _ in edits)}") from err
    out["include/linux/memtrial.h"] = HEADER
    out["mm/memtrial.c"] = SOURCE % "\n".join(f'\t{{ {m.number:#x}, "{m.name}" }},' for m in table.values())
    out["mm/Makefile"] = edit.read(tree, "mm/Makefile") + "\nobj-y += memtrial.o\n"
    return out
