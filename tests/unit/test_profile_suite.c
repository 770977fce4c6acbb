/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Suites and matrices that are right; the wrong ones are in tests/golden/diag. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "profile/matrix.h"
#include "profile/suite.h"

static void write_file(char *path, const char *text)
{
	int fd = mkstemp(path);

	cr_assert(fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text));
	close(fd);
}

static void load_suite(struct suite *s, const char *text)
{
	char path[] = "/tmp/memtrial-suite-XXXXXX";
	struct diags d = {0};
	struct err err = {0};

	write_file(path, text);
	cr_assert_eq(suite_load(s, path, &d, &err), 0, "%s", err.text);
	diags_free(&d);
	unlink(path);
}

static void load_matrix(struct matrix *m, const char *text)
{
	char path[] = "/tmp/memtrial-matrix-XXXXXX";
	struct diags d = {0};
	struct err err = {0};

	write_file(path, text);
	cr_assert_eq(matrix_load(m, path, &d, &err), 0, "%s", err.text);
	diags_free(&d);
	unlink(path);
}

Test(profile_suite, is_read)
{
	struct suite s;

	load_suite(&s, "summary: a suite\n"
		       "profiles: limits/*\n"
		       "tags: [ci, oom]\n"
		       "params: { limit: 32M, size: 2 x 4M }\n"
		       "requires-config: CONFIG_MEMCG=y\n");
	cr_assert_eq(s.n_profiles, 1);
	cr_assert_str_eq(s.profiles[0].s, "limits/*");
	cr_assert_eq(s.n_tags, 2);
	cr_assert_eq(s.n_params, 2);
	cr_assert_str_eq(s.params[1].name, "size");
	cr_assert_str_eq(s.params[1].value, "2 x 4M");
	cr_assert_eq(s.n_configs, 1);
	cr_assert_not(s.loop);
	suite_free(&s);
	load_suite(&s, "summary: a suite\ntags: ci\nloop: yes\n");
	cr_assert(s.loop);
	suite_free(&s);
	load_suite(&s, "summary: a suite\ntags: ci\nloop: no\n");
	cr_assert_not(s.loop);
	suite_free(&s);
}

Test(profile_suite, lacks_what_the_config_has_not)
{
	static const char config[] = "CONFIG_MEMCG=y\n# CONFIG_FAILSLAB is not set\nCONFIG_ZRAM=m\n"
				     "CONFIG_NR_CPUS=64\nCONFIG_ZSWAP_ZPOOL_DEFAULT=\"zbud\"\n";
	struct suite s;
	char lines[300];

	load_suite(&s, "summary: a suite\ntags: ci\nrequires-config:\n"
		       "  - CONFIG_MEMCG=y\n  - CONFIG_ZRAM\n  - CONFIG_NR_CPUS=64\n"
		       "  - CONFIG_ZSWAP_ZPOOL_DEFAULT=zbud\n");
	cr_assert_eq(suite_lacks(&s, config, strlen(config), lines, sizeof(lines)), 0);
	cr_assert_str_eq(lines, "");
	suite_free(&s);
	load_suite(&s, "summary: a suite\ntags: ci\nrequires-config:\n"
		       "  - CONFIG_MEMCG=y\n  - CONFIG_ZRAM=y\n  - CONFIG_FAILSLAB\n"
		       "  - CONFIG_MEM=y\n");
	cr_assert_eq(suite_lacks(&s, config, strlen(config), lines, sizeof(lines)), 3);
	cr_assert_str_eq(lines, "CONFIG_ZRAM=y (it is m), CONFIG_FAILSLAB=y (not set), "
				"CONFIG_MEM=y (not set)");
	/* Too many for the buffer are still counted. */
	cr_assert_eq(suite_lacks(&s, config, strlen(config), lines, 20), 3);
	cr_assert(strlen(lines) < 20);
	suite_free(&s);
}

Test(profile_matrix, cells_are_its_axes)
{
	struct arena a = {0};
	struct matrix_part cell;
	struct matrix m;

	load_matrix(&m, "summary: a matrix\nsuite: ci\nkernels:\n"
			"  old: { kernel: a*, append: quiet }\n  new: { kernel: b*, modules: m }\n"
			"boots:\n  plain:\n  debug: slub_debug=P\n"
			"shapes:\n  one: { memory: 1G, swap: 'zram:64M', cgroup: v1 }\n");
	cr_assert_eq(matrix_cells(&m), 4);
	matrix_cell(&m, 0, &a, &cell);
	cr_assert_str_eq(cell.name.s, "old+plain");
	cr_assert_str_eq(cell.append.s, "quiet");
	matrix_cell(&m, 1, &a, &cell);
	cr_assert_str_eq(cell.name.s, "old+debug");
	cr_assert_str_eq(cell.append.s, "quiet slub_debug=P");
	cr_assert_null(cell.modules.s);
	matrix_cell(&m, 3, &a, &cell);
	cr_assert_str_eq(cell.name.s, "new+debug");
	cr_assert_str_eq(cell.kernel.s, "b*");
	cr_assert_str_eq(cell.modules.s, "m");
	cr_assert_str_eq(cell.append.s, "slub_debug=P");
	cr_assert_str_eq(cell.memory.s, "1G");
	cr_assert_str_eq(cell.cgroup.s, "v1");
	matrix_free(&m);
	arena_free(&a);
}

Test(profile_matrix, needs_no_axis_but_kernels)
{
	struct arena a = {0};
	struct matrix_part cell;
	struct matrix m;

	load_matrix(&m, "summary: a matrix\nkernels: { only: { kernel: a } }\n");
	cr_assert_eq(matrix_cells(&m), 1);
	matrix_cell(&m, 0, &a, &cell);
	cr_assert_str_eq(cell.name.s, "only");
	cr_assert_null(cell.append.s);
	cr_assert_null(cell.memory.s);
	matrix_free(&m);
	arena_free(&a);
}
