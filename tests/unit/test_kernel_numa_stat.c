/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <criterion/criterion.h>
#include <string.h>

#include "base/units.h"
#include "kernel/numa_stat.h"

static struct numa_line line;

static bool find(const char *text, const char *key)
{
	return numa_stat_find(text, strlen(text), key, &line);
}

/* A group on two nodes, Linux 6.12. */
static const char two_nodes[] = "anon N0=4096 N1=8192\n"
				"file N0=0 N1=0\n"
				"workingset_refault_anon N0=0 N1=3\n"
				"inactive_anon N0=0 N1=8192\n";

Test(numa_stat, nodes_and_their_sum)
{
	cr_assert(find(two_nodes, "anon"));
	cr_expect_eq(line.sum, 12288);
	cr_expect_eq(line.node[0], 4096);
	cr_expect_eq(line.node[1], 8192);
	cr_expect_eq(line.node[2], VALUE_ABSENT);
	cr_assert(find(two_nodes, "inactive_anon"));
	cr_expect_eq(line.sum, 8192);
}

/* Nodes need not be numbered without gaps. */
Test(numa_stat, only_the_nodes_that_there_are)
{
	cr_assert(find("anon N1=4096 N63=4096 N900=4096\n", "anon"));
	cr_expect_eq(line.sum, 3 * 4096);
	cr_expect_eq(line.node[0], VALUE_ABSENT);
	cr_expect_eq(line.node[63], 4096);
}

Test(numa_stat, what_is_no_such_line)
{
	cr_expect_not(find(two_nodes, "shmem"));
	cr_expect_not(find(two_nodes, "refault_anon"));
	cr_expect_not(find("", "anon"));
	cr_expect_not(find("anon N0\n", "anon"));
	cr_expect_not(find("anon N0=\n", "anon"));
	cr_expect_not(find("anon N=1\n", "anon"));
	cr_expect_not(find("anon 0=1\n", "anon"));
	cr_expect_not(find("anon N0=1x\n", "anon"));
	cr_expect_not(find("anon N0=9223372036854775807 N1=1\n", "anon"));
}
