/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Saving and loading: nothing is lost, what is wrong is named by its place, no half files. */
#include <criterion/criterion.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "base/io.h"
#include "record_fixture.h"

static struct run run;
static char *text; /* the fixture as JSON */
static size_t text_len;

static void to_text(const struct run *r, char **ret, size_t *ret_len)
{
	FILE *f = open_memstream(ret, ret_len);
	struct err err = {0};

	cr_assert_eq(run_write(r, f, &err), 0, "%s", err.text);
	fclose(f);
}

static void setup(void)
{
	fixture_run(&run);
	to_text(&run, &text, &text_len);
}

static void teardown(void)
{
	run_free(&run);
	free(text);
}

TestSuite(record_json, .init = setup, .fini = teardown);

Test(record_json, written_loaded_written_is_the_same)
{
	_cleanup_free_ char *again = NULL;
	struct run loaded;
	struct err err = {0};
	size_t len;

	cr_assert_eq(run_load_text(&loaded, text, text_len, &err), 0, "%s", err.text);
	to_text(&loaded, &again, &len);
	cr_assert_eq(len, text_len);
	cr_assert_str_eq(again, text);
	run_free(&loaded);
}

Test(record_json, loaded_structs_are_the_same)
{
	const struct record *was = run.trials[1], *r;
	struct run loaded;
	struct err err = {0};

	cr_assert_eq(run_load_text(&loaded, text, text_len, &err), 0, "%s", err.text);
	cr_assert_eq(loaded.n_trials, 4);
	cr_assert_str_eq(loaded.tool, run.tool);
	cr_assert_str_eq(loaded.command, run.command);
	r = loaded.trials[1];
	cr_assert_eq(r->verdict, V_FAIL);
	cr_assert_eq(r->seed, 0xfedcba9876543210ULL);
	cr_assert_eq(r->control_ns, was->control_ns);
	cr_assert_eq(r->spec.groups[1].knobs[0].value, VALUE_MAX);
	cr_assert_eq(r->spec.n_checks, was->spec.n_checks);
	for (size_t i = 0; i < r->spec.n_checks; i++) {
		const struct check *a = &was->spec.checks[i], *b = &r->spec.checks[i];

		cr_assert_str_eq(b->metric.name, a->metric.name);
		cr_assert_eq(b->metric.origin, a->metric.origin);
		cr_assert_eq(b->metric.object, a->metric.object);
		cr_assert_eq(b->metric.flags, a->metric.flags);
		cr_assert_eq(b->metric.unit, a->metric.unit);
		cr_assert_eq(b->kind, a->kind);
		cr_assert_eq(b->a, a->a);
		cr_assert_eq(b->b, a->b);
		cr_assert_eq(b->line, a->line);
	}
	cr_assert_eq(r->n_columns, was->n_columns);
	for (size_t i = 0; i < r->n_readings; i++)
		cr_assert_arr_eq(r->readings[i].values, was->readings[i].values,
				 was->n_columns * sizeof(int64_t));
	cr_assert_eq(r->columns[0].flags, MF_PERCPU);
	cr_assert_eq(r->n_sampled, 3);
	cr_assert_eq(r->n_samples, 5);
	cr_assert_arr_eq(r->samples, was->samples, 15 * sizeof(int64_t));
	cr_assert_arr_eq(r->samples_t, was->samples_t, 5 * sizeof(int64_t));
	cr_assert_eq(r->events_dropped, 1);
	cr_assert_eq(r->max_events, r->n_events);
	cr_assert_eq(r->n_log, 3);
	cr_assert_eq(r->log_dropped, 1);
	cr_assert_eq(r->log[0].level, 4);
	cr_assert_eq(r->log[2].t_ns, was->log[2].t_ns);
	cr_assert_str_eq(r->log[2].text, was->log[2].text);
	cr_assert_arr_eq(&r->ooms[1], &was->ooms[1], offsetof(struct oom_record, constraint));
	cr_assert_str_eq(r->ooms[1].task_memcg, was->ooms[1].task_memcg);
	cr_assert(r->ooms[1].group_kill && !r->ooms[1].reaped && r->ooms[0].reaped);
	cr_assert_eq(r->workers[1].corrupt_want, 0xdeadbeefcafef00dULL);
	cr_assert_eq(r->workers[1].error_code, -5);
	cr_assert_eq(r->verdicts[1].n_terms, 2);
	cr_assert_eq(r->verdicts[1].terms[1].size, 236 * KIB);
	cr_assert_str_eq(record_word(r, 1), "oom-killed");
	run_free(&loaded);
}

Test(record_json, as_the_file_that_is_checked_in)
{
	const char *path = TEST_DATA "/record/run.json";
	_cleanup_free_ char *want = NULL;
	struct err err = {0};
	size_t len;

	if (getenv("UPDATE_GOLDEN"))
		cr_assert_eq(run_save(&run, path, &err), 0, "%s", err.text);
	cr_assert_eq(file_read_alloc(AT_FDCWD, path, &want, &len), 0);
	cr_assert_str_eq(text, want);
}

Test(record_json, bytes_that_are_no_text)
{
	struct record *r = run.trials[2];
	_cleanup_free_ char *odd = NULL, *again = NULL;
	struct run loaded;
	struct err err = {0};
	size_t len, len_again;

	snprintf(r->reason, sizeof(r->reason),
		 "a\xff"
		 "b\xc3(\xe2\x82 \xed\xa0\x80 \xf0\x9f\x98\x80 \xc3\xa9\t\"\\");
	to_text(&run, &odd, &len);
	cr_assert_eq(run_load_text(&loaded, odd, len, &err), 0, "%s", err.text);
	cr_assert_str_eq(loaded.trials[2]->reason, "a?b?(?? ??? \xf0\x9f\x98\x80 \xc3\xa9\t\"\\");
	to_text(&loaded, &again, &len_again);
	cr_assert_str_eq(again, odd);
	run_free(&loaded);
}

/* The text with the first place of one part, after another one, put in place of it. */
static char *edited(const char *after, const char *from, const char *to)
{
	char *at = strstr(text, after), *out;

	cr_assert_not_null(at, "%s", after);
	at = strstr(at, from);
	cr_assert_not_null(at, "%s", from);
	cr_assert_neq(asprintf(&out, "%.*s%s%s", (int)(at - text), text, to, at + strlen(from)),
		      -1);
	return out;
}

static void refused(const char *what, const char *json, size_t len, const char *says)
{
	struct run loaded;
	struct err err = {0};
	int r = run_load_text(&loaded, json, len, &err);

	cr_assert_lt(r, 0, "%s was taken", what);
	cr_assert_eq(err.class, ERR_USAGE, "%s: %s", what, err.text);
	cr_assert_not_null(strstr(err.text, says), "%s: \"%s\" does not say \"%s\"", what, err.text,
			   says);
	cr_assert_eq(loaded.n_trials, 0);
}

Test(record_json, mistakes_are_named_by_their_place)
{
	static const struct {
		const char *after, *from, *to, *says;
	} cases[] = {
		{"{", "memtrial-run", "other", "\"schema\" must be \"memtrial-run\", is \"other\""},
		{"{", "\"schema\"", "\"scheme\"", "\"schema\" must be"},
		{"{", "\"version\": 1", "\"version\": 2",
		 "have version 2, this memtrial reads version 1"},
		{"{", "\"version\": 1", "\"version\": \"1\"", "version: must be a whole number"},
		{"{", "\"tool\": \"memtrial 0.1.0\"", "\"tool\": 5",
		 "tool: must be text, is a whole number"},
		{"{", "memtrial 0.1.0", "a tool with a name that is longer than its room",
		 "tool: the text is longer than 31 bytes"},
		{"{", "\"trials\": [", "\"trials\": 1, \"x\": [", "trials: must be a list"},
		{"{", "\"trials\": [", "\"trials\": [7, ",
		 "trials[0]: must be an object, is a whole number"},
		{"trials", "\"verdict\": \"PASS\"", "\"verdict\": \"GOOD\"",
		 "trials[0].verdict: unknown word \"GOOD\""},
		{"trials", "\"interrupted\": false", "\"interrupted\": 0",
		 "trials[0].interrupted: must be true or false, is a whole number"},
		{"trials", "\"duration_ns\": 1923456789", "\"duration_ns\": -1",
		 "trials[0].duration_ns: must not be negative, is -1"},
		{"trials", "\"duration_ns\": 1923456789", "\"duration_ns\": 1.5",
		 "trials[0].duration_ns: must be a whole number, is a decimal number"},
		{"trials", "\"duration_ns\": 1923456789", "\"duration_ns\": 99999999999999999999",
		 "line 15, column 41: too big integer"},
		{"trials", "\"cpus\": 2", "\"cpus\": 4294967297",
		 "trials[0].cpus: 4294967297 is out of range"},
		{"trials", "\"cgroup_version\": 1", "\"cgroup_version\": 3",
		 "trials[0].cgroup_version: 3 is out of range"},
		{"trials", "\"seed\": \"18364758544493064720\"",
		 "\"seed\": \"18446744073709551616\"",
		 "trials[0].seed: \"18446744073709551616\" is no number of 64 bits"},
		{"trials", "\"seed\": \"1", "\"seed\": \"-1", "trials[0].seed: \"-1"},
		{"corrupt_addr", "\"0x", "\"", "corrupt_addr: must be text like"},
		{"trials", "\"x86_64\"", "64", "trials[0].facts.machine: must be text"},
		{"trials", "\"facts\": {", "\"facts\": null, \"x\": {",
		 "facts: must be an object, is null"},
		{"trials", "\"fuse\"", "\"fuss\"", "trials[0].spec.fuse: is missing"},
		{"\"tags\"", "\"oom\"", "null", "trials[0].spec.tags[1]: must be text, is null"},
		{"\"groups\"", "\"parent\": -1", "\"parent\": -2",
		 "spec.groups[0].parent: -2 is out of range"},
		{"\"groups\"", "\"parent\": -1", "\"parent\": 0",
		 "trials[0].spec.groups[0].parent: parents stand before their children"},
		{"\"stressors\"", "\"groups\": [0]", "\"groups\": [2]",
		 "trials[0].spec.stressors[0].groups: there is no number 2"},
		{"\"checks\"", "hog/memory.current", "hog/memory.currant",
		 "trials[0].spec.checks[0].metric: "},
		{"\"checks\"", "hog/memory.current", "cat/memory.current",
		 "trials[0].spec.checks[0].metric: "},
		{"\"checks\"", "\"unit\": \"bytes\"", "\"unit\": \"pages\"",
		 "trials[0].spec.checks[0].unit: \"hog/memory.current\" is bytes"},
		{"\"checks\"", "\"a\": 268435456", "\"a\": \"64M\"",
		 "checks[0].a: must be a whole number, \"max\" or null, is text"},
		{"\"checks\"", "\"a\": 268435456", "\"a\": 9223372036854775807",
		 "checks[0].a: 9223372036854775807 is out of range"},
		{"\"checks\"", "\"phase\": 0", "\"phase\": 3",
		 "trials[0].spec.checks[1].phase: there is no number 3"},
		{"\"checks\"", "\"phase\": -1", "\"phase\": -3",
		 "checks[0].phase: -3 is out of range"},
		{"\"checks\"", "\"word\": \"oom-killed\"", "\"word\": null",
		 "trials[0].spec.checks[3].word: must be text, is null"},
		{"\"verdicts\"", "\"check\": 0", "\"check\": 9",
		 "trials[0].verdicts[0].check: there is no number 9"},
		{"\"verdicts\"", "\"terms\": [{", "\"terms\": [1, {",
		 "terms[0]: must be an object"},
		{"\"verdicts\"", "\"size\": 524288", "\"size\": -4",
		 "terms[0].size: must not be negative"},
		{"\"verdicts\"", "\"terms\": [{", "\"terms\": [{},{},{},{},{},{},{},{},{",
		 "verdicts[0].terms: more than 8 elements"},
		{"\"workers\": [\n", "\"stressor\": 0", "\"stressor\": 2",
		 "trials[1].workers[0].stressor: there is no number 2"},
		{"\"workers\": [\n", "oom-killed", "dead",
		 "workers[0].outcome: unknown word \"dead\""},
		{"\"columns\": [", "\"percpu\"", "\"per-cpu\"",
		 "trials[0].columns[0].flags[0]: unknown word \"per-cpu\""},
		{"\"columns\": [", "\"noise\": 184320", "\"noise\": -1",
		 "columns[0].noise: must not be negative"},
		{"\"readings\"", "\"phase\": 2", "\"phase\": 5",
		 "readings[3].phase: there is no number 5"},
		{"\"readings\"", "\"done\": true", "\"done\": false",
		 "readings[0].values: must be null, as the reading is not done, is a list"},
		{"\"readings\"", ",null,1]", ",1]",
		 "trials[0].readings[3].values: must have 10 values, has 9"},
		{"\"readings\"", "\"values\": [", "\"values\": [1,",
		 "trials[0].readings[0].values: must have 10 values, has 11"},
		{"\"readings\"", ",null,1]", ",true,1]",
		 "trials[0].readings[3].values[8]: must be a whole number"},
		{"\"samples\"", "\"t_ns\": [0,", "\"t_ns\": [",
		 "trials[0].samples.columns.meminfo.AnonPages: must have 4 values, has 5"},
		{"\"samples\"", "\"hog/memory.current\": [", "\"hog/memory.curr\": [",
		 "samples.columns.hog/memory.current: is missing"},
		{"\"samples\"", "\"columns\": {", "\"columns\": {\"x\": [],",
		 "samples.columns: must have 3 columns, those that are sampled, has 4"},
		{"\"samples\"", "\"columns\": {", "\"columns\": [], \"x\": {",
		 "samples.columns: must be an object"},
		{"\"samples\"", "[0,40960", "[false,40960",
		 "samples.columns.meminfo.AnonPages[0]: must be"},
		{"trials", "\"reason\": \"\"", "\"reason\": \"\", \"reason\": \"\"", "duplicate"},
		{"trials", "\"reason\": \"\"", "\"reason\": \"\\u0000\"", "line"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_free_ char *json = edited(cases[i].after, cases[i].from, cases[i].to);

		refused(cases[i].to, json, strlen(json), cases[i].says);
	}
}

Test(record_json, files_that_were_cut_off)
{
	/* Anywhere but in the blanks at the end: each prefix is refused, none is taken for whole.
	 */
	for (size_t len = 1; len < text_len - 2; len += 97)
		refused("a prefix", text, len, "");
	refused("half", text, text_len / 2, "ends in the middle");
	refused("nothing", "", 0, "empty");
	refused("blanks", " \n", 2, "empty");
	refused("a list", "[]", 2, "\"schema\" must be");
	refused("text", "hello", 5, "line 1");
}

Test(record_json, keys_of_a_later_version_are_passed_over)
{
	_cleanup_free_ char *json = edited("trials", "\"reason\"", "\"new\": [1, {}], \"reason\"");
	struct run loaded;
	struct err err = {0};

	cr_assert_eq(run_load_text(&loaded, json, strlen(json), &err), 0, "%s", err.text);
	cr_assert_eq(loaded.n_trials, 4);
	run_free(&loaded);
}

Test(record_json, nothing_at_all)
{
	struct run empty = {.tool = "memtrial"}, loaded;
	_cleanup_free_ char *json = NULL;
	struct err err = {0};
	size_t len;

	to_text(&empty, &json, &len);
	cr_assert_eq(run_load_text(&loaded, json, len, &err), 0, "%s", err.text);
	cr_assert_eq(loaded.n_trials, 0);
	cr_assert_null(loaded.command);
	run_free(&loaded);
}

/* A directory of its own for files, removed with what is in it. */
static char dir[] = "/tmp/memtrial-record-XXXXXX";

static void dir_setup(void)
{
	setup();
	cr_assert_not_null(mkdtemp(dir));
}

static size_t dir_entries(bool remove)
{
	_cleanup_closedir_ DIR *d = opendir(dir);
	const struct dirent *e;
	size_t n = 0;

	while ((e = readdir(d))) {
		if (e->d_name[0] == '.')
			continue;
		n++;
		if (remove)
			unlinkat(dirfd(d), e->d_name, 0);
	}
	return n;
}

static void dir_teardown(void)
{
	dir_entries(true);
	rmdir(dir);
	teardown();
}

TestSuite(record_save, .init = dir_setup, .fini = dir_teardown);

static const char *in_dir(const char *name)
{
	static char path[256];

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	return path;
}

Test(record_save, saved_and_loaded)
{
	struct run loaded;
	struct err err = {0};

	cr_assert_eq(run_save(&run, in_dir("r.json"), &err), 0, "%s", err.text);
	cr_assert_eq(run_save(&run, in_dir("r.json"), &err), 0, "%s", err.text);
	cr_assert_eq(dir_entries(false), 1);
	cr_assert_eq(run_load(&loaded, in_dir("r.json"), &err), 0, "%s", err.text);
	cr_assert_eq(loaded.n_trials, 4);
	run_free(&loaded);
}

Test(record_save, through_a_link_to_its_file)
{
	struct err err = {0};
	struct stat st;

	cr_assert_eq(run_save(&run, in_dir("real.json"), &err), 0, "%s", err.text);
	cr_assert_eq(truncate(in_dir("real.json"), 0), 0);
	cr_assert_eq(symlink("real.json", in_dir("link.json")), 0);
	cr_assert_eq(run_save(&run, in_dir("link.json"), &err), 0, "%s", err.text);
	cr_assert_eq(lstat(in_dir("link.json"), &st), 0);
	cr_assert(S_ISLNK(st.st_mode));
	cr_assert_eq(stat(in_dir("real.json"), &st), 0);
	cr_assert_eq(st.st_size, (off_t)text_len);
}

Test(record_save, left_over_of_a_dead_process)
{
	struct err err = {0};
	char name[64];

	snprintf(name, sizeof(name), "r.json.tmp-%d", (int)getpid());
	close(open(in_dir(name), O_WRONLY | O_CREAT, 0600));
	cr_assert_eq(run_save(&run, in_dir("r.json"), &err), 0, "%s", err.text);
	cr_assert_eq(dir_entries(false), 1);
}

Test(record_save, devices_are_written_to_and_stay)
{
	struct err err = {0};
	struct stat st;

	cr_assert_eq(run_save(&run, "/dev/null", &err), 0, "%s", err.text);
	cr_assert_eq(stat("/dev/null", &st), 0);
	cr_assert(S_ISCHR(st.st_mode));
}

static void not_saved(const char *path, int code, const char *says)
{
	struct err err = {0};

	cr_assert_eq(run_save(&run, path, &err), code, "%s: %s", path, err.text);
	cr_assert_not_null(strstr(err.text, "cannot save the results in "), "%s", err.text);
	cr_assert_not_null(strstr(err.text, says), "%s", err.text);
}

Test(record_save, what_cannot_be_written_to)
{
	not_saved("/dev/full", -ENOSPC, "No space left");
	not_saved(dir, -EISDIR, "Is a directory");
	not_saved(in_dir("no/such/dir.json"), -ENOENT, "No such file");
	not_saved("/proc/results.json", -ENOENT, "No such file");
	cr_assert_eq(dir_entries(false), 0);
}

Test(record_save, no_half_file_when_the_disk_is_full)
{
	struct err err = {0};
	FILE *full = fopen("/dev/full", "w");

	cr_assert_eq(run_write(&run, full, &err), -ENOSPC, "%s", err.text);
	cr_assert_not_null(strstr(err.text, "cannot write the results"), "%s", err.text);
	fclose(full);
}

Test(record_save, load_errors_name_the_file)
{
	struct run loaded;
	struct err err = {0};
	FILE *f;

	cr_assert_eq(run_load(&loaded, in_dir("none.json"), &err), -ENOENT);
	cr_assert_eq(err.class, ERR_USAGE);
	cr_assert_not_null(strstr(err.text, "none.json: No such file"), "%s", err.text);

	err_clear(&err);
	f = fopen(in_dir("bad.json"), "w");
	fputs("{\"schema\": 1}", f);
	fclose(f);
	cr_assert_eq(run_load(&loaded, in_dir("bad.json"), &err), -EINVAL);
	cr_assert_eq(err.class, ERR_USAGE);
	cr_assert_not_null(strstr(err.text, "bad.json: no results of memtrial"), "%s", err.text);
}
