/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The command that makes a guest: what QEMU and the kernel are told. */
#include <criterion/criterion.h>
#include <string.h>

#include "base/arena.h"
#include "base/units.h"
#include "gate/tsc.h"
#include "gate/vm.h"

static const char *word_after(const char **argv, const char *option)
{
	for (; *argv; argv++)
		if (!strcmp(*argv, option))
			return argv[1];
	return "";
}

/* What somebody appends comes last, so that it has the last word. */
Test(gate_vm, kernel_command_line)
{
	struct arena a = {0};
	struct vm_config c = {.kernel = "bzImage",
			      .accel = ACCEL_TCG,
			      .memory = 512 * MIB,
			      .cpus = 2,
			      .nodes = 1,
			      .scratch = -1,
			      .swap = -1};
	const char *line = word_after(vm_command(&c, 3, 4, 5, &a), "-append");

	cr_expect_null(strstr(line, "tsc_early_khz"), "it finds out itself: %s", line);
	cr_expect_null(strstr(line, "slow_disk"));
	cr_expect(strstr(line, " no_timer_check "), "its host may be busy: %s", line);
	c.tsc_khz = 2095994;
	c.append = "tsc_early_khz=1";
	line = word_after(vm_command(&c, 3, 4, 5, &a), "-append");
	cr_expect(strstr(line, " tsc_early_khz=2095994 "), "%s", line);
	cr_expect_str_eq(strrchr(line, ' '), " tsc_early_khz=1");
	c.scratch = 9;
	c.scratch_rate = VM_SLOW_DISK + 1;
	cr_expect_null(strstr(word_after(vm_command(&c, 3, 4, 5, &a), "-append"), "slow_disk"));
	c.scratch_rate = VM_SLOW_DISK;
	line = word_after(vm_command(&c, 3, 4, 5, &a), "-append");
	cr_expect(strstr(line, " memtrial.slow_disk=1 "), "%s", line);
	arena_free(&a);
}

/* One emulated CPU is emulated as one of two; one under KVM is what it is. */
Test(gate_vm, one_cpu)
{
	struct arena a = {0};
	struct vm_config c = {.kernel = "bzImage",
			      .accel = ACCEL_TCG,
			      .memory = 512 * MIB,
			      .cpus = 1,
			      .nodes = 1,
			      .scratch = -1,
			      .swap = -1};
	const char **argv = vm_command(&c, 3, 4, 5, &a);

	cr_expect_str_eq(word_after(argv, "-smp"), "1,maxcpus=2");
	cr_expect(strstr(word_after(argv, "-append"), " possible_cpus=1"));
	c.accel = ACCEL_KVM;
	argv = vm_command(&c, 3, 4, 5, &a);
	cr_expect_str_eq(word_after(argv, "-smp"), "1");
	cr_expect_null(strstr(word_after(argv, "-append"), "possible_cpus"));
	arena_free(&a);
}

/* A clock does not change its rate: two looks agree, or one of them could not tell. */
Test(gate_vm, tsc_rate)
{
	unsigned a = tsc_khz(), b = tsc_khz();

	if (!a || !b)
		return;
	cr_expect_gt(a, 100000, "100 MHz at least: %u", a);
	cr_expect_lt(a > b ? a - b : b - a, a / 500, "%u and %u kHz", a, b);
}
