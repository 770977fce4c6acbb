/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cgroup/names.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/io.h"

static bool listed(const char *const *list, const char *key)
{
	for (; *list; list++)
		if (strcmp(*list, key) == 0)
			return true;
	return false;
}

/* Call check for the key of each line of a flat-keyed file of the test data. Returns the lines. */
static size_t each_key(const char *file, bool (*check)(const char *key))
{
	_cleanup_free_ char *text = NULL;
	char path[512];
	size_t n = 0;

	snprintf(path, sizeof(path), TEST_DATA "/cgroup/%s", file);
	cr_assert_eq(file_read_alloc(AT_FDCWD, path, &text, NULL), 0, "%s", path);
	for (char *save, *line = strtok_r(text, "\n", &save); line;
	     line = strtok_r(NULL, "\n", &save), n++) {
		char *blank = strchr(line, ' ');

		cr_assert(blank);
		*blank = '\0';
		cr_expect(check(line), "%s of %s is not in our tables", line, file);
	}
	return n;
}

static bool is_stat_key(const char *key)
{
	return listed(cg_stat_keys, key) && strcmp(cg_stat_key(CG_V2, key), key) == 0;
}

static bool is_event_key(const char *key)
{
	return listed(cg_event_keys, key);
}

/* The total_ lines that are somebody's translation, and the others that v2 has no name for. */
static bool is_v1_line(const char *line)
{
	static const char *const no_v2[] = {"total_pgpgin", "total_pgpgout", "total_swap", NULL};

	if (strncmp(line, "total_", 6) != 0 || listed(no_v2, line))
		return true;
	for (size_t i = 0; cg_stat_keys[i]; i++) {
		const char *v1 = cg_stat_key(CG_V1, cg_stat_keys[i]);

		if (v1 && strcmp(v1, line) == 0)
			return true;
	}
	return false;
}

Test(cgroup_names, every_key_of_the_kernels_is_known)
{
	cr_expect_gt(each_key("v2-6.12/memory.stat", is_stat_key), 60);
	cr_expect_eq(each_key("v2-6.12/memory.events", is_event_key), 6);
	cr_expect_gt(each_key("v1-6.18/memory.stat", is_v1_line), 30);
	cr_expect_not(is_stat_key("anonymous"));
	cr_expect_not(is_event_key("oom_kills"));
	cr_expect_not(is_v1_line("total_new"));
}

/* What we claim v1 has is really a line of v1's file. */
Test(cgroup_names, every_v1_line_exists)
{
	_cleanup_free_ char *text = NULL;
	size_t found = 0;

	cr_assert_eq(file_read_alloc(AT_FDCWD, TEST_DATA "/cgroup/v1-6.18/memory.stat", &text,
				     NULL),
		     0);
	for (size_t i = 0; cg_stat_keys[i]; i++) {
		const char *v1 = cg_stat_key(CG_V1, cg_stat_keys[i]);
		char line[64];

		if (!v1)
			continue;
		snprintf(line, sizeof(line), "\n%s ", v1);
		cr_expect(strstr(text, line), "%s -> %s", cg_stat_keys[i], v1);
		found++;
	}
	cr_expect_gt(found, 15);
}

Test(cgroup_names, tables_are_consistent)
{
	for (size_t i = 0; cg_stat_keys[i]; i++) {
		char name[64];
		struct cg_source at;

		for (size_t j = 0; j < i; j++)
			cr_expect_str_neq(cg_stat_keys[i], cg_stat_keys[j]);
		snprintf(name, sizeof(name), "memory.stat.%s", cg_stat_keys[i]);
		cr_expect(cg_source(CG_V2, name, &at));
		cr_expect_str_eq(at.file, "memory.stat");
		cr_expect_str_eq(at.key, cg_stat_keys[i]);
		cr_expect_neq(cg_unit(name), UNIT_NONE);
		/* Either v1 has it, or there is a reason. */
		cr_expect_eq(cg_source(CG_V1, name, &at), cg_why_none(CG_V1, name) == NULL, "%s",
			     name);
	}
	for (size_t i = 0; cg_number_files[i]; i++) {
		struct cg_source at;

		cr_expect(cg_source(CG_V2, cg_number_files[i], &at));
		cr_expect_null(at.key);
		cr_expect_neq(cg_unit(cg_number_files[i]), UNIT_NONE, "%s", cg_number_files[i]);
		cr_expect_eq(cg_source(CG_V1, cg_number_files[i], &at),
			     cg_why_none(CG_V1, cg_number_files[i]) == NULL, "%s",
			     cg_number_files[i]);
		cr_expect_not(cg_source(CG_NONE, cg_number_files[i], &at));
		cr_expect_not_null(cg_why_none(CG_NONE, cg_number_files[i]));
	}
}

Test(cgroup_names, files)
{
	cr_expect_str_eq(cg_file_name(CG_V1, "memory.current"), "memory.usage_in_bytes");
	cr_expect_str_eq(cg_file_name(CG_V2, "memory.current"), "memory.current");
	cr_expect_str_eq(cg_file_name(CG_V1, "memory.peak"), "memory.max_usage_in_bytes");
	cr_expect_str_eq(cg_file_name(CG_V1, "memory.stat"), "memory.stat");
	cr_expect_str_eq(cg_file_name(CG_V1, "cgroup.threads"), "tasks");
	cr_expect_null(cg_file_name(CG_V1, "memory.events"));
	cr_expect_null(cg_file_name(CG_V1, "memory.swap.current"));
	cr_expect_null(cg_file_name(CG_V2, "memory.stat.file"));
	cr_expect_null(cg_file_name(CG_V2, "memory.usage"));
	cr_expect_null(cg_file_name(CG_NONE, "memory.current"));
}

Test(cgroup_names, stat_keys)
{
	cr_expect_str_eq(cg_stat_key(CG_V1, "anon"), "total_rss");
	cr_expect_str_eq(cg_stat_key(CG_V1, "file_mapped"), "total_mapped_file");
	cr_expect_str_eq(cg_stat_key(CG_V1, "anon_thp"), "total_rss_huge");
	cr_expect_str_eq(cg_stat_key(CG_V2, "anon"), "anon");
	cr_expect_null(cg_stat_key(CG_V1, "slab"));
	cr_expect_null(cg_stat_key(CG_V1, "kernel"));
	cr_expect_null(cg_stat_key(CG_V2, "rss"));
	cr_expect_eq(cg_unit("memory.stat.anon"), UNIT_BYTES);
	cr_expect_eq(cg_unit("memory.stat.pgfault"), UNIT_COUNT);
	cr_expect_eq(cg_unit("memory.stat.rss"), UNIT_NONE);
}

Test(cgroup_names, sources_that_moved)
{
	struct cg_source at;

	cr_assert(cg_source(CG_V1, "memory.stat.kernel", &at));
	cr_expect_str_eq(at.file, "memory.kmem.usage_in_bytes");
	cr_expect_null(at.key);
	cr_assert(cg_source(CG_V1, "memory.swap.current", &at));
	cr_expect_str_eq(at.file, "memory.stat");
	cr_expect_str_eq(at.key, "total_swap");
	cr_assert(cg_source(CG_V1, "memory.events.max", &at));
	cr_expect_str_eq(at.file, "memory.failcnt");
	cr_expect_str_eq(at.plus, "memory.memsw.failcnt");
	cr_expect_str_neq(at.note, "");
	cr_assert(cg_source(CG_V2, "memory.events.local.oom_kill", &at));
	cr_expect_str_eq(at.file, "memory.events.local");
	cr_expect_str_eq(at.key, "oom_kill");
	cr_assert(cg_source(CG_V2, "memory.swap.events.fail", &at));
	cr_expect_str_eq(at.file, "memory.swap.events");
}

Test(cgroup_names, what_is_no_number)
{
	struct cg_source at;

	cr_expect_not(cg_source(CG_V2, "memory.stat", &at));
	cr_expect_not(cg_source(CG_V2, "memory.stat.", &at));
	cr_expect_not(cg_source(CG_V2, "memory.current.x", &at));
	cr_expect_not(cg_source(CG_V2, "memory.currently", &at));
	cr_expect_not(cg_source(CG_V2, "", &at));
	cr_expect_not(cg_known("memory.events.oom_kills"));
	cr_expect_null(cg_why_none(CG_V1, "memory.events.oom_kills"));
	cr_expect(cg_known("memory.pressure"));
}

Test(cgroup_names, events)
{
	const char *file = NULL, *key = "unset";

	cr_expect_str_neq(cg_event_source(CG_V1, "oom_kill", &file, &key), "");
	cr_expect_str_eq(file, "memory.oom_control");
	cr_expect_str_eq(key, "oom_kill");
	cr_expect_not_null(cg_event_source(CG_V1, "max", &file, &key));
	cr_expect_str_eq(file, "memory.failcnt");
	cr_expect_null(key);
	cr_expect_str_eq(cg_event_source(CG_V2, "high", &file, &key), "");
	cr_expect_str_eq(file, "memory.events");
	cr_expect_str_eq(key, "high");
	cr_expect_null(cg_event_source(CG_V1, "high", NULL, NULL));
	cr_expect_null(cg_event_source(CG_V2, "lower", NULL, NULL));
	cr_expect_null(cg_event_source(CG_NONE, "max", NULL, NULL));
	for (size_t i = 0; cg_event_keys[i]; i++)
		cr_expect_not_null(cg_event_source(CG_V2, cg_event_keys[i], NULL, NULL));
}

Test(cgroup_names, knobs_are_complete)
{
	for (const struct knob *k = knob_table; k->name; k++) {
		cr_expect_eq(knob_find(k->name), k);
		cr_expect(k->help && k->source, "%s", k->name);
		cr_expect(k->readable || k->writable, "%s", k->name);
		cr_expect_leq(k->min, k->max, "%s", k->name);
		cr_expect(!k->why_no_v1 || !k->why_no_v2, "%s is nowhere", k->name);
		/* A file on v1 and a reason for none exclude each other; swap.max is two files. */
		if (strcmp(k->name, "memory.swap.max") != 0)
			cr_expect_eq(k->v1 != NULL, k->why_no_v1 == NULL, "%s", k->name);
		cr_expect_not_null(knob_why_none(CG_NONE, k));
	}
	cr_expect_null(knob_find("memory.maximum"));
	cr_expect_lt(knob_find("memory.max")->order, knob_find("memory.swap.max")->order);
}
