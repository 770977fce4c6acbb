/* SPDX-License-Identifier: GPL-2.0-or-later */
/* gate: boot a kernel, run a suite in it, one verdict. */
#include "cli/gate_capacity.h"

static int run(struct cli *cli)
{
	struct gate_result res;
	struct selection sel;
	struct err err = {0};
	int code;

	if (cli->matrix)
		return gate_matrix(cli);
	if (cli->capacity)
		return gate_capacity(cli);
	if (select_profiles(cli, &sel, &err) < 0)
		return cli_error(&err);
	code = gate_run(cli, &sel, &res);
	gate_result_free(&res);
	selection_free(&sel);
	return code;
}

#define OPTION(name, letter, kind, field, value, words, help)                                      \
	{                                                                                          \
		name, letter, kind, offsetof(struct cli, field), value, words, help                \
	}

static const struct cli_option options[] = {
	OPTION("kernel", 'k', CLI_VALUE, kernel, "FILE", "file", "the bzImage or vmlinux to boot"),
	OPTION("modules", 'm', CLI_VALUE, modules, "DIR", "dir",
	       "its lib/modules/VERSION tree (default: beside /boot/vmlinuz-VERSION, when it is "
	       "there)"),
	OPTION("matrix", 0, CLI_VALUE, matrix, "FILE", "file",
	       "boot one guest after the other: kernels x boot parameters x shapes of that file"),
	OPTION("capacity", 0, CLI_VALUE, capacity, "WORDS", NULL,
	       "instead of profiles: what `memtrial capacity` finds there, such as 'limit --range "
	       "64M..1G -- COMMAND...'"),
	OPTION("memory", 0, CLI_VALUE, memory, "SIZE", NULL, "of the guest (default: 2G)"),
	OPTION("cpus", 0, CLI_VALUE, cpus, "N", NULL, "of the guest (default: 2)"),
	OPTION("numa", 0, CLI_VALUE, numa, "N", NULL, "NUMA nodes, 1 to 8 (default: 1)"),
	OPTION("swap", 0, CLI_VALUE, swap, "SIZE", NULL,
	       "swap space on a disk, or zram:SIZE in memory (default: none)"),
	OPTION("disk", 0, CLI_VALUE, disk, "SIZE", NULL,
	       "ext4 disk for stressors' files, 0 for none (default: 2G, sparse)"),
	OPTION("disk-rate", 0, CLI_VALUE, disk_rate, "RATE", NULL,
	       "how slow that disk is: bytes per second, such as 4M/s (default: as it comes)"),
	OPTION("append", 0, CLI_VALUE, append, "WORDS", NULL,
	       "more words for the kernel's command line"),
	OPTION("cgroup", 0, CLI_VALUE, cgroup, "VERSION", "v1 v2",
	       "which cgroup hierarchy has the memory controller: v2 (default) or v1"),
	OPTION("accel", 0, CLI_VALUE, accel, "HOW", "auto kvm tcg",
	       "auto (default): KVM where a kernel comes up under it, else emulation (tcg)"),
	OPTION("qemu", 0, CLI_VALUE, qemu, "PROGRAM", "file", "default: qemu-system-x86_64"),
	{"console", 0, CLI_VALUE, offsetof(struct cli, console), "FILE", "file",
	 "keep the kernel's console there"},
	OPTION("silence", 0, CLI_VALUE, silence, "DURATION", NULL,
	       "a guest that says nothing for so long hangs (default: 120s)"),
	OPTION("timeout", 0, CLI_VALUE, timeout, "DURATION", NULL,
	       "for all of it (default: 30min)"),
	OPTION_SET,
	OPTION_SUITE,
	OPTION_TAG,
	OPTION_ROUNDS,
	OPTION("seed", 0, CLI_VALUE, seed, "N", NULL,
	       "of the data and of random orders (default: the time)"),
	OPTION("reserve", 0, CLI_VALUE, reserve, "SIZE", NULL,
	       "memory of the guest that no plan may touch (default: an eighth, at least 512M)"),
	OPTION_FORMAT,
	OPTION_OUTPUT,
	{"save", 0, CLI_VALUE, offsetof(struct cli, save), "FILE", "file",
	 "keep samples and verdicts as JSON, for judge and report; of a matrix a directory"},
	OPTION_HISTORY,
	OPTION_LABEL,
	OPTION_BASELINE,
	OPTION_FAIL_ON,
	OPTION_VERBOSE,
	OPTION_QUIET,
	{0},
};

const struct command command_gate = {
	.name = "gate",
	.args = "--kernel FILE|--matrix FILE [PROFILE|DIRECTORY|NAME]...",
	.summary = "boot a kernel in a virtual machine and run profiles in it",
	.description =
		"Boots the kernel in QEMU with memtrial as its first process, runs the profiles "
		"(without\narguments those tagged \"default\") inside and prints their verdicts. "
		"Needs no root and\nchanges nothing here. A kernel that crashes or hangs while it "
		"is on trial is a FAIL (1),\none that does not get that far is broken (3), one "
		"whose "
		"config lacks what the suite\ndemands a FAIL. The last line runs it again, for a "
		"bug "
		"report. What is given beside --matrix\nholds where the matrix says nothing.",
	.options = options,
	.run = run,
};
