/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>

#include "base/cleanup.h"
#include "base/io.h"
#include "kernel/kv.h"

#define MAX_KEYS 320

static char *text_of(const char *path, size_t *len)
{
	char *text = NULL;

	cr_assert_eq(file_read_alloc(AT_FDCWD, path, &text, len), 0, "%s", path);
	return text;
}

static int64_t value_of(const struct kv_table *t, const int64_t *values, const char *key)
{
	for (size_t i = 0; i < t->n; i++)
		if (!strcmp(t->keys[i].name, key))
			return values[i];
	return VALUE_ABSENT;
}

/* Every key that a captured file has is found with the value that a plain search gives. */
static void check_file(const char *path, enum kv_format f, int want_keys)
{
	struct kv_key keys[MAX_KEYS];
	struct kv_table t = {.format = f, .keys = keys};
	_cleanup_free_ char *text = NULL;
	int64_t values[MAX_KEYS];
	size_t len;
	int n;

	text = text_of(path, &len);
	n = kv_scan(text, len, f, keys, MAX_KEYS);
	cr_assert_eq(n, want_keys, "%s: %d", path, n);
	t.n = (size_t)n;
	for (int round = 0; round < 3; round++) {
		memset(values, 0xaa, sizeof(values));
		cr_assert_eq(kv_read(&t, text, len, values), 0);
		for (size_t i = 0; i < t.n; i++) {
			cr_assert_neq(values[i], VALUE_ABSENT, "%s", keys[i].name);
			cr_assert_eq(values[i], kv_get(text, len, f, keys[i].name), "%s",
				     keys[i].name);
		}
	}
}

Test(kv, captured_files)
{
	check_file(TEST_DATA "/kernel/v1/meminfo", KV_MEMINFO, 54);
	check_file(TEST_DATA "/kernel/v2/meminfo", KV_MEMINFO, 57);
	check_file(TEST_DATA "/kernel/v1/memory.oom_control", KV_PLAIN, 3);
	check_file(TEST_DATA "/kernel/v2/memory.events", KV_PLAIN, 6);
	check_file(TEST_DATA "/kernel/v2/memory.stat", KV_PLAIN, 65);
	check_file(TEST_DATA "/kernel/v2/node1.meminfo", KV_NODE_MEMINFO, 16);
}

Test(kv, vmstat_in_full)
{
	_cleanup_free_ char *text = NULL;
	struct kv_key keys[MAX_KEYS];
	size_t len, lines = 0;

	text = text_of(TEST_DATA "/kernel/v1/vmstat", &len);
	for (size_t i = 0; i < len; i++)
		lines += text[i] == '\n';
	check_file(TEST_DATA "/kernel/v1/vmstat", KV_PLAIN, (int)lines);
	/* Fewer places than keys: still the true number. */
	cr_assert_eq(kv_scan(text, len, KV_PLAIN, keys, 5), (int)lines);
	cr_assert_str_eq(keys[0].name, "nr_free_pages");
}

Test(kv, meminfo_is_in_bytes_and_pools_are_counts)
{
	_cleanup_free_ char *text = NULL;
	size_t len;

	text = text_of(TEST_DATA "/kernel/v2/meminfo", &len);
	cr_assert_eq(kv_get(text, len, KV_MEMINFO, "MemTotal"), 32927360LL * 1024);
	cr_assert_eq(kv_get(text, len, KV_MEMINFO, "HugePages_Total"), 16);
	cr_assert_eq(kv_get(text, len, KV_MEMINFO, "Active(anon)"), 800000LL * 1024);
	cr_assert_eq(kv_get(text, len, KV_MEMINFO, "Active"), 2900000LL * 1024);
	cr_assert_eq(kv_get(text, len, KV_MEMINFO, "Mem"), VALUE_ABSENT);
	cr_assert(kv_key_is_count("HugePages_Free"));
	cr_assert_not(kv_key_is_count("Hugepagesize"));
	cr_assert_not(kv_key_is_count("Hugetlb"));
}

Test(kv, node_meminfo)
{
	const char text[] = "\nNode 1 MemTotal:       100 kB\nNode 1 HugePages_Total:     3\n";

	cr_assert_eq(kv_get(text, sizeof(text) - 1, KV_NODE_MEMINFO, "MemTotal"), 102400);
	cr_assert_eq(kv_get(text, sizeof(text) - 1, KV_NODE_MEMINFO, "HugePages_Total"), 3);
	cr_assert_eq(kv_get(text, sizeof(text) - 1, KV_NODE_MEMINFO, "Node"), VALUE_ABSENT);
}

static void read_two(struct kv_table *t, const char *text, int64_t a, int64_t b)
{
	int64_t v[2];

	cr_assert_eq(kv_read(t, text, strlen(text), v), 0, "%s", text);
	cr_assert_eq(v[0], a, "%s: %lld", text, (long long)v[0]);
	cr_assert_eq(v[1], b, "%s: %lld", text, (long long)v[1]);
}

Test(kv, lines_that_move_come_and_go)
{
	/* In another order than the file's. */
	struct kv_key keys[2] = {{.name = "beta"}, {.name = "alpha"}};
	struct kv_table t = {.format = KV_PLAIN, .n = 2, .keys = keys};

	read_two(&t, "alpha 1\nbeta 2\n", 2, 1);
	read_two(&t, "alpha 3\nbeta 4\n", 4, 3);
	read_two(&t, "beta 5\nalpha 6\n", 5, 6);
	read_two(&t, "gamma 0\nbeta 7\nalpha 8\n", 7, 8);
	read_two(&t, "gamma 0\nbeta 7\nalphabet 8\n", 7, VALUE_ABSENT);
	read_two(&t, "alpha 8", VALUE_ABSENT, 8);
	read_two(&t, "alpha 81", VALUE_ABSENT, 81);
	read_two(&t, "", VALUE_ABSENT, VALUE_ABSENT);
	read_two(&t, "alpha 1\nbeta 2\n", 2, 1);
	/* A name that begins like a key is another. */
	read_two(&t, "alpha 1\nbetamax 2\n", VALUE_ABSENT, 1);
	read_two(&t, "alpha 1\nbetamax 2\nbeta 22\n", 22, 1);
}

Test(kv, the_first_of_two_counts)
{
	const char text[] = "a 1\nb 2\na 3\n";
	struct kv_key keys[4];
	struct kv_table t = {.format = KV_PLAIN, .n = 2, .keys = keys};

	cr_assert_eq(kv_scan(text, sizeof(text) - 1, KV_PLAIN, keys, 4), 2);
	read_two(&t, text, 1, 2);
	cr_assert_eq(kv_get(text, sizeof(text) - 1, KV_PLAIN, "a"), 1);
}

Test(kv, a_wrapped_counter_is_negative)
{
	const char text[] = "nr_dirty 18446744073709551611\nbig 9223372036854771712\n";

	cr_assert_eq(kv_get(text, sizeof(text) - 1, KV_PLAIN, "nr_dirty"), -5);
	cr_assert_eq(kv_get(text, sizeof(text) - 1, KV_PLAIN, "big"), 9223372036854771712LL);
}

Test(kv, malformed)
{
	struct kv_key keys[2] = {{.name = "a"}, {.name = "b"}};
	struct kv_table t = {.format = KV_PLAIN, .n = 2, .keys = keys};
	int64_t v[2];

	cr_assert_eq(kv_scan("no-value\n", 9, KV_PLAIN, keys, 0), -EINVAL);
	cr_assert_eq(kv_scan("MemTotal 1 kB\n", 14, KV_MEMINFO, keys, 0), -EINVAL);
	cr_assert_eq(kv_scan("key_that_is_longer_than_any_kernel_has_them_in_a_table 1\n", 57,
			     KV_PLAIN, keys, 0),
		     -EINVAL);
	for (int round = 0; round < 2; round++) {
		cr_assert_eq(kv_read(&t, "a x\nb 2\n", 8, v), -EINVAL);
		cr_assert_eq(v[0], VALUE_ABSENT);
		cr_assert_eq(v[1], 2);
	}
	cr_assert_eq(kv_get("a 99999999999999999999\n", 23, KV_PLAIN, "a"), VALUE_ABSENT);
	cr_assert_eq(kv_get("A: 5 MB\n", 8, KV_MEMINFO, "A"), VALUE_ABSENT);
	cr_assert_eq(kv_get("A: -5 kB\n", 9, KV_MEMINFO, "A"), VALUE_ABSENT);
	cr_assert_eq(kv_get("A: 9223372036854775807 kB\n", 26, KV_MEMINFO, "A"), VALUE_ABSENT);
}

Test(kv, more_lines_than_are_cached)
{
	struct kv_key keys[2] = {{.name = "k899"}, {.name = "k3"}};
	struct kv_table t = {.format = KV_PLAIN, .n = 2, .keys = keys};
	char text[16384];
	size_t n = 0;

	for (int i = 0; i < 900; i++)
		n += (size_t)snprintf(text + n, sizeof(text) - n, "k%d %d\n", i, i * 2);
	read_two(&t, text, 1798, 6);
	read_two(&t, text, 1798, 6);
}

Test(kv, load)
{
	_cleanup_close_ int dir = dir_open(AT_FDCWD, TEST_DATA "/kernel/v1");

	cr_assert_geq(dir, 0);
	cr_assert_eq(kv_load(dir, "memory.oom_control", KV_PLAIN, "under_oom"), 0);
	cr_assert_eq(kv_load(dir, "memory.oom_control", KV_PLAIN, "none"), VALUE_ABSENT);
	cr_assert_eq(kv_load(dir, "not.there", KV_PLAIN, "under_oom"), VALUE_ABSENT);
}

Test(kv, a_subset_of_vmstat)
{
	struct kv_key keys[3] = {{.name = "oom_kill"}, {.name = "nr_shmem"}, {.name = "none"}};
	struct kv_table t = {.format = KV_PLAIN, .n = 3, .keys = keys};
	_cleanup_free_ char *text = NULL;
	int64_t v[3];
	size_t len;

	text = text_of(TEST_DATA "/kernel/v2/vmstat", &len);
	cr_assert_eq(kv_read(&t, text, len, v), 0);
	cr_assert_eq(value_of(&t, v, "oom_kill"), 3);
	cr_assert_eq(value_of(&t, v, "nr_shmem"), 16000);
	cr_assert_eq(value_of(&t, v, "none"), VALUE_ABSENT);
}
