/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The files of the trial's groups under v2 names, and what others do outside the trial. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/io.h"
#include "cgroup/tree.h"
#include "metric/keys.h"
#include "trial/sources.h"
#include "trial/trial_state.h"

#define GROUP_FILES 24
#define FILE_KEYS   160

/* Which columns one file of a group gives: its lines, or the file as one number. */
struct group_file {
	const char *file, *plus;
	size_t n;
	struct {
		char name[METRIC_NAME_MAX]; /* v2 name without the group */
		const char *key;
	} keys[FILE_KEYS];
};

struct layout {
	struct group_file files[GROUP_FILES];
	size_t n;
};

/* Lines of one file go together; a file of one number may give several columns under several names.
 */
static struct group_file *file_of(struct layout *l, const struct cg_source *src)
{
	for (size_t i = 0; i < l->n; i++)
		if (src->key && l->files[i].n && l->files[i].keys[0].key &&
		    !strcmp(l->files[i].file, src->file))
			return &l->files[i];
	if (l->n == GROUP_FILES)
		return NULL;
	l->files[l->n] = (struct group_file){.file = src->file, .plus = src->plus};
	return &l->files[l->n++];
}

static void want(struct layout *l, enum cg_version v, const char *name)
{
	struct cg_source src;
	struct group_file *f;

	if (!cg_source(v, name, &src))
		return;
	f = file_of(l, &src);
	if (!f || f->n == FILE_KEYS)
		return;
	snprintf(f->keys[f->n].name, sizeof(f->keys[f->n].name), "%s", name);
	f->keys[f->n++].key = src.key;
}

static void want_keys(struct layout *l, enum cg_version v, const char *file,
		      const char *const *keys)
{
	char name[METRIC_NAME_MAX];

	for (; *keys; keys++) {
		snprintf(name, sizeof(name), "%s.%s", file, *keys);
		want(l, v, name);
	}
}

static void make_layout(struct layout *l, enum cg_version v)
{
	l->n = 0;
	for (const char *const *f = cg_number_files; *f; f++)
		want(l, v, *f);
	want_keys(l, v, "memory.stat", cg_stat_keys);
	want_keys(l, v, "memory.events", cg_event_keys);
	want_keys(l, v, "memory.events.local", cg_event_keys);
	want_keys(l, v, "memory.swap.events", cg_swap_event_keys);
	want(l, v, "cgroup.events.populated");
	want(l, v, "cgroup.events.frozen");
	want(l, v, "cgroup.stat.nr_descendants");
	want(l, v, "cgroup.stat.nr_dying_descendants");
}

static void read_number(struct sources *ss, struct source *s, int64_t *values)
{
	ssize_t len = source_text_to(ss, s->fd, "");
	int64_t v = VALUE_ABSENT, plus;

	if (len > 0 && !parse_i64(ss->buf, ss->buf + len, &v))
		v = strncmp(ss->buf, "max", 3) ? VALUE_ABSENT : VALUE_MAX;
	if (s->fd2 >= 0 && v != VALUE_ABSENT) {
		len = source_text_to(ss, s->fd2, "");
		if (len > 0 && parse_i64(ss->buf, ss->buf + len, &plus))
			v += plus;
	}
	values[s->first] = v;
}

static bool is_live(const char *file)
{
	return !strcmp(file, "memory.current") || !strncmp(file, "memory.events", 13) ||
	       !strncmp(file, "memory.stat.", 12) || !strncmp(file, "memory.swap.", 12);
}

static void add_number(struct sources *ss, int gfd, int group, const char *prefix,
		       const struct group_file *f)
{
	char name[METRIC_NAME_MAX * 2];
	int fd = file_open(gfd, f->file);
	struct source *s;

	if (fd < 0)
		return;
	s = source_add(ss, 1);
	s->fd = fd;
	s->fd2 = f->plus ? file_open(gfd, f->plus) : -1;
	s->read = read_number;
	s->object = group;
	s->sampled = is_live(f->keys[0].name);
	snprintf(name, sizeof(name), "%s%s", prefix, f->keys[0].name);
	source_column(ss, s->first, name, cg_unit(f->keys[0].name));
}

/* The lines that this kernel's file has; a line that it has not makes no column. */
static void add_lines(struct sources *ss, int gfd, int group, const char *prefix,
		      const struct group_file *f)
{
	char name[METRIC_NAME_MAX * 2];
	int fd = file_open(gfd, f->file);
	ssize_t len = source_text(ss, fd);
	size_t have = 0, at = 0;
	struct source *s;

	if (len < 0) {
		close_fd(&fd);
		return;
	}
	for (size_t i = 0; i < f->n; i++)
		have += kv_get(ss->buf, (size_t)len, KV_PLAIN, f->keys[i].key) != VALUE_ABSENT;
	s = source_add(ss, have);
	s->fd = fd;
	s->read = source_read_kv;
	source_note_end(ss, s, (size_t)len);
	s->object = group;
	s->sampled = is_live(f->keys[0].name);
	s->kv = (struct kv_table){.format = KV_PLAIN, .n = have};
	s->kv.keys = arena_array(&ss->room, have + 1, sizeof(*s->kv.keys));
	for (size_t i = 0; i < f->n; i++) {
		if (kv_get(ss->buf, (size_t)len, KV_PLAIN, f->keys[i].key) == VALUE_ABSENT)
			continue;
		snprintf(s->kv.keys[at].name, sizeof(s->kv.keys[at].name), "%s", f->keys[i].key);
		snprintf(name, sizeof(name), "%s%s", prefix, f->keys[i].name);
		source_column(ss, s->first + at++, name, cg_unit(f->keys[i].name));
	}
}

static void add_group(struct sources *ss, const struct layout *l, int gfd, int group,
		      const char *prefix)
{
	for (size_t i = 0; i < l->n; i++) {
		if (l->files[i].keys[0].key)
			add_lines(ss, gfd, group, prefix, &l->files[i]);
		else
			add_number(ss, gfd, group, prefix, &l->files[i]);
	}
}

int sources_groups(struct sources *ss, struct err *err)
{
	struct trial *t = ss->trial;
	struct arena scratch = {0};
	struct layout *l = arena_alloc(&scratch, sizeof(*l));
	char prefix[METRIC_NAME_MAX];

	(void)err;
	make_layout(l, t->version);
	add_group(ss, l, tree_drain_fd(&t->tree), -1, TREE_DRAIN "/");
	for (size_t i = 0; i < ss->rec->spec.n_groups; i++) {
		snprintf(prefix, sizeof(prefix), "%s/", ss->rec->spec.groups[i].path);
		add_group(ss, l, tree_group_fd(&t->tree, (int)i), (int)i, prefix);
		snprintf(prefix, sizeof(prefix), "%s/memory.pressure",
			 ss->rec->spec.groups[i].path);
		source_add_psi(ss, tree_group_fd(&t->tree, (int)i), "memory.pressure", prefix);
	}
	arena_free(&scratch);
	return 0;
}

/* What the memcg counters say of everything outside the trial: see metric/keys.h, keys_others. */
#define OTHERS_MAX 16

static bool read_others_once(struct sources *ss, struct source *s, int64_t *v)
{
	int64_t root[OTHERS_MAX], own[OTHERS_MAX];
	ssize_t len = source_text(ss, s->fd);

	if (len < 0)
		return false;
	kv_read(&s->kv, ss->buf, (size_t)len, root);
	len = source_text(ss, s->fd2);
	if (len < 0)
		return false;
	kv_read(&s->kv2, ss->buf, (size_t)len, own);
	for (size_t i = 0; i < s->kv.n; i++)
		v[i] = root[i] == VALUE_ABSENT || own[i] == VALUE_ABSENT ? VALUE_ABSENT
									 : root[i] - own[i];
	return true;
}

/*
 * The first of the two sources of others.* is read before all other files of a reading and the
 * second one after them: the difference is what others moved meanwhile.
 */
static void read_others(struct sources *ss, struct source *s, int64_t *values)
{
	int64_t v[OTHERS_MAX];
	bool ok = read_others_once(ss, s, v);

	for (size_t i = 0; i < s->kv.n; i++) {
		int64_t *before = &values[ss->trial->others_first + 2 * i];
		int64_t now = ok ? v[i] : VALUE_ABSENT;

		if (s->object == 0) {
			before[0] = now;
			before[1] = now == VALUE_ABSENT ? VALUE_ABSENT : 0;
		} else if (before[0] != VALUE_ABSENT && now != VALUE_ABSENT) {
			before[1] = now > before[0] ? now - before[0] : before[0] - now;
			before[0] += (now - before[0]) / 2;
		}
	}
}

static void other_table(struct sources *ss, struct kv_table *t)
{
	const char *key;

	*t = (struct kv_table){.format = KV_PLAIN};
	t->keys = arena_array(&ss->room, OTHERS_MAX, sizeof(*t->keys));
	for (const struct others_key *o = keys_others; o->name && t->n < OTHERS_MAX; o++) {
		key = cg_stat_key(ss->trial->version, o->stat);
		snprintf(t->keys[t->n].name, sizeof(t->keys[t->n].name), "%s", key ? key : "-");
		t->n++;
	}
}

static struct source *add_others(struct sources *ss, int which)
{
	struct kv_table root, own;
	struct source *s;

	other_table(ss, &root);
	other_table(ss, &own);
	s = source_add(ss, which ? 0 : 2 * root.n);
	s->fd = file_open(ss->trial->mount_fd, "memory.stat");
	s->fd2 = file_open(tree_root_fd(&ss->trial->tree), "memory.stat");
	s->object = which;
	s->read = read_others;
	s->kv = root;
	s->kv2 = own;
	return s;
}

int sources_others(struct sources *ss, struct err *err)
{
	char name[METRIC_NAME_MAX];
	struct source *s, first;

	(void)err;
	s = add_others(ss, 0);
	ss->trial->others_first = s->first;
	for (size_t i = 0; i < s->kv.n; i++) {
		snprintf(name, sizeof(name), "others.%s", keys_others[i].name);
		source_column(ss, s->first + 2 * i, name, UNIT_BYTES);
		snprintf(name, sizeof(name), "others.%s.moved", keys_others[i].name);
		source_column(ss, s->first + 2 * i + 1, name, UNIT_BYTES);
	}
	/* To the front of the list, so that it is read first. */
	first = *s;
	memmove(ss->list + 1, ss->list, (ss->n - 1) * sizeof(*ss->list));
	ss->list[0] = first;
	add_others(ss, 1);
	return 0;
}
