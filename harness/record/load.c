/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A saved run: from a file or from text to structs. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/io.h"
#include "base/words.h"
#include "record/json_reader.h"

static void json_unref(json_t **v)
{
	json_decref(*v);
}

static bool is_blank(const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (!strchr(" \t\r\n", text[i]) || !text[i])
			return false;
	return true;
}

static json_t *decode(const char *text, size_t len, struct err *err)
{
	json_error_t e;
	json_t *root = json_loadb(text, len, JSON_REJECT_DUPLICATES, &e);

	if (root)
		return root;
	switch (json_error_code(&e)) {
	case json_error_out_of_memory:
		err_set(err, -ENOMEM, "out of memory while reading JSON");
		break;
	case json_error_premature_end_of_input:
		err_set_class(err, ERR_USAGE, -EINVAL,
			      "%s (line %d): the file was cut off, save it again",
			      is_blank(text, len) ? "empty" : "ends in the middle", e.line);
		break;
	default:
		err_set_class(err, ERR_USAGE, -EINVAL, "no JSON: line %d, column %d: %s", e.line,
			      e.column, e.text);
	}
	return NULL;
}

/* Another schema is told apart before anything else is looked at. */
static int check_schema(struct reader *rd, const json_t *root)
{
	const json_t *schema = json_object_get(root, "schema");
	const json_t *version = json_object_get(root, "version");
	const char *name = json_string_value(schema);

	if (!json_is_object(root) || !name || !str_eq(name, RECORD_SCHEMA_NAME))
		return err_set_class(rd->err, ERR_USAGE, -EINVAL,
				     "no results of memtrial: \"schema\" must be \"%s\"%s%.40s%s",
				     RECORD_SCHEMA_NAME, name ? ", is \"" : "", name ? name : "",
				     name ? "\"" : "");
	if (!json_is_integer(version))
		return err_set_class(rd->err, ERR_USAGE, -EINVAL,
				     "version: must be a whole number");
	if (json_integer_value(version) != RECORD_SCHEMA_VERSION)
		return err_set_class(rd->err, ERR_USAGE, -EINVAL,
				     "these results have version %" JSON_INTEGER_FORMAT
				     ", this memtrial reads version %d",
				     json_integer_value(version), RECORD_SCHEMA_VERSION);
	return 0;
}

/* No more is appended to a loaded record: what there is fills it. */
static void set_room(struct record *r)
{
	r->max_words = r->n_words;
	r->max_samples = r->n_samples;
	r->max_events = r->n_events;
	r->max_ooms = r->n_ooms;
	r->max_log = r->n_log;
	r->max_untils = r->n_untils;
}

static int take_trial(struct reader *rd, struct run *run, size_t i, const json_t *v)
{
	const struct place list = {NULL, "trials", 0}, at = {&list, NULL, i};
	struct record *r = arena_alloc(&run->arena, sizeof(*r));
	int ret;

	run->trials[run->n_trials++] = r;
	rd->arena = &r->arena;
	rd->record = r;
	ret = json_take_struct(rd, &record_fields, r, v, &at);
	if (ret == 0)
		ret = json_check_record(r, i, rd->err);
	set_room(r);
	return ret;
}

static int take_run(struct reader *rd, struct run *run, const json_t *root)
{
	const json_t *trials = json_object_get(root, "trials");
	const struct place at = {NULL, "trials", 0};
	int ret = check_schema(rd, root);

	if (ret == 0)
		ret = json_take_struct(rd, &run_fields, run, root, NULL);
	if (ret < 0)
		return ret;
	if (!json_is_array(trials))
		return json_refuse(rd, &at, "must be a list");
	run->trials = arena_array(&run->arena, json_array_size(trials), sizeof(*run->trials));
	for (size_t i = 0; ret == 0 && i < json_array_size(trials); i++)
		ret = take_trial(rd, run, i, json_array_get(trials, i));
	return ret;
}

int run_load_text(struct run *run, const char *text, size_t len, struct err *err)
{
	struct reader rd = {.arena = &run->arena, .err = err};
	_cleanup_(json_unref) json_t *root = NULL;
	int ret;

	memset(run, 0, sizeof(*run));
	root = decode(text, len, err);
	if (!root)
		return err ? err->code : -EINVAL;
	ret = take_run(&rd, run, root);
	if (ret < 0)
		run_free(run);
	return ret;
}

int run_load(struct run *run, const char *path, struct err *err)
{
	_cleanup_free_ char *text = NULL;
	size_t len;
	int r;

	memset(run, 0, sizeof(*run));
	r = file_read_alloc(AT_FDCWD, str_eq(path, "-") ? "/dev/stdin" : path, &text, &len);
	if (r < 0)
		return err_set_class(err, ERR_USAGE, r, "cannot read %s: %s", path, strerror(-r));
	r = run_load_text(run, text, len, err);
	if (r < 0)
		err_prefix(err, "%s", path);
	return r;
}
