/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is not simply a line of a group's file: effective protection, computed from a whole tree;
 * a peak and a pressure trigger, which belong to one open descriptor; sums over NUMA nodes.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/io.h"
#include "base/words.h"
#include "cgroup/protection.h"
#include "cgroup/tree.h"
#include "kernel/lines.h"
#include "kernel/numa_stat.h"
#include "metric/keys.h"
#include "trial/sources.h"
#include "trial/trial_state.h"

#define TRIGGER_WINDOW_US                                                                          \
	2000000 /* the one that everybody may have (kernel/sched/psi.c:psi_trigger_create) */

static const char *const kinds[] = {"memory.min", "memory.low"};

struct protect_columns {
	size_t n;
	struct protect_group *groups; /* filled for each reading and kind */
	int64_t *effective;
	int *usage, *setting[ARRAY_SIZE(kinds)]; /* columns by group, -1 */
	size_t first;
};

static int group_column(struct sources *ss, size_t group, const char *file)
{
	char name[METRIC_NAME_MAX * 2];

	snprintf(name, sizeof(name), "%s/%s", ss->rec->spec.groups[group].path, file);
	return record_column(ss->rec, name);
}

static int64_t value_in(const int64_t *values, int column)
{
	return column < 0 ? VALUE_ABSENT : values[column];
}

/* From the other columns of the same reading, so it must come after them. */
static void read_protection(struct sources *ss, struct source *s, int64_t *values)
{
	struct protect_columns *pc = ss->protect;
	int64_t *v = values + s->first;

	for (size_t k = 0; k < ARRAY_SIZE(kinds); k++) {
		for (size_t g = 0; g < pc->n; g++) {
			pc->groups[g].usage = value_in(values, pc->usage[g]);
			pc->groups[g].setting = value_in(values, pc->setting[k][g]);
		}
		protect_effective(pc->groups, pc->n,
				  ss->trial->config->machine->recursive_protection,
				  ss->rec->page_size, pc->effective);
		for (size_t g = 0; g < pc->n; g++, v += 2) {
			v[0] = pc->effective[g];
			v[1] = VALUE_ABSENT;
			if (v[0] != VALUE_ABSENT)
				v[1] = MAX(0, pc->groups[g].usage - MIN(v[0], pc->groups[g].usage));
		}
	}
}

static void add_protection(struct sources *ss)
{
	static const char *const what[] = {"effective", "beyond"};
	size_t n = ss->rec->spec.n_groups, column;
	struct protect_columns *pc;
	char name[METRIC_NAME_MAX * 2];
	struct source *s;

	if (!n || group_column(ss, 0, kinds[0]) < 0)
		return;
	pc = ss->protect = arena_alloc(&ss->room, sizeof(*pc));
	pc->n = n;
	pc->groups = arena_array(&ss->room, n, sizeof(*pc->groups));
	pc->effective = arena_array(&ss->room, n, sizeof(*pc->effective));
	pc->usage = arena_array(&ss->room, n, sizeof(*pc->usage));
	s = source_add(ss, n * ARRAY_SIZE(kinds) * 2);
	s->read = read_protection;
	column = pc->first = s->first;
	for (size_t k = 0; k < ARRAY_SIZE(kinds); k++) {
		pc->setting[k] = arena_array(&ss->room, n, sizeof(int));
		for (size_t g = 0; g < n; g++) {
			pc->groups[g].parent = ss->rec->spec.groups[g].parent;
			pc->usage[g] = group_column(ss, g, "memory.current");
			pc->setting[k][g] = group_column(ss, g, kinds[k]);
			for (size_t i = 0; i < 2; i++) {
				snprintf(name, sizeof(name), "%s/%s.%s",
					 ss->rec->spec.groups[g].path, kinds[k], what[i]);
				source_column(ss, column++, name, UNIT_BYTES);
			}
		}
	}
}

/* Each open descriptor has a peak of its own once it was written to (6.12, peak_open()). */
static void read_peak(struct sources *ss, struct source *s, int64_t *values)
{
	ssize_t len = source_text_to(ss, s->fd, "");

	if (len <= 0 || !parse_i64(ss->buf, ss->buf + len, &values[s->first]))
		values[s->first] = VALUE_ABSENT;
}

/*
 * poll() tells of an event once, and the kernel makes at most one in a window: looking more often
 * than that counts them all (kernel/sched/psi.c:psi_trigger_poll).
 */
static void read_trigger(struct sources *ss, struct source *s, int64_t *values)
{
	struct pollfd p = {.fd = s->fd2, .events = POLLPRI};

	(void)ss;
	if (s->fd2 >= 0 && poll(&p, 1, 0) == 1 && (p.revents & POLLPRI) && !(p.revents & POLLERR))
		s->fired++;
	values[s->first] = s->fired;
}

static struct source *add_one(struct sources *ss, int group, int fd, const char *file,
			      enum unit unit)
{
	char name[METRIC_NAME_MAX * 2];
	struct source *s = source_add(ss, 1);

	s->fd = fd;
	s->object = group;
	snprintf(name, sizeof(name), "%s/%s", ss->rec->spec.groups[group].path, file);
	source_column(ss, s->first, name, unit);
	return s;
}

static void read_numa(struct sources *ss, struct source *s, int64_t *values)
{
	ssize_t len = source_text(ss, s->fd);
	int64_t *v = values + s->first;
	int nodes = ss->trial->config->machine->nodes;
	struct numa_line line;

	for (const char *const *k = keys_numa_stat; *k; k++) {
		bool ok = len > 0 && numa_stat_find(ss->buf, (size_t)len, *k, &line);

		*v++ = ok ? line.sum : VALUE_ABSENT;
		for (int n = 0; n < nodes && n < NUMA_STAT_NODES; n++)
			*v++ = ok ? line.node[n] : VALUE_ABSENT;
	}
}

static void add_numa(struct sources *ss, int gfd, int group)
{
	int nodes = MIN(ss->trial->config->machine->nodes, NUMA_STAT_NODES);
	int fd = openat(gfd, "memory.numa_stat", O_RDONLY | O_CLOEXEC);
	const char *path = ss->rec->spec.groups[group].path;
	char name[METRIC_NAME_MAX * 2];
	size_t n = 0, column;
	struct source *s;

	if (fd < 0)
		return;
	while (keys_numa_stat[n])
		n++;
	s = source_add(ss, n * (size_t)(1 + nodes));
	s->fd = fd;
	s->object = group;
	s->read = read_numa;
	column = s->first;
	for (const char *const *k = keys_numa_stat; *k; k++)
		for (int i = -1; i < nodes; i++) {
			if (i < 0)
				snprintf(name, sizeof(name), "%s/memory.numa_stat.%s", path, *k);
			else
				snprintf(name, sizeof(name), "%s/memory.numa_stat.%s.N%d", path, *k,
					 i);
			source_column(ss, column++, name, UNIT_BYTES);
		}
}

/* v1 has other keys in memory.numa_stat, and none of the rest. */
int sources_own(struct sources *ss, struct err *err)
{
	struct trial *t = ss->trial;

	(void)err;
	if (t->version != CG_V2)
		return 0;
	add_protection(ss);
	for (size_t i = 0; i < ss->rec->spec.n_groups; i++) {
		int gfd = tree_group_fd(&t->tree, i), fd;

		/* Before 6.12 root may open it so, but not write to it. */
		fd = openat(gfd, "memory.peak", O_RDWR | O_CLOEXEC);
		if (fd >= 0)
			add_one(ss, (int)i, fd, "memory.peak.reset", UNIT_BYTES)->read = read_peak;
		if (faccessat(gfd, "memory.pressure", W_OK, 0) == 0)
			add_one(ss, (int)i, -1, "memory.pressure.triggered", UNIT_COUNT)->read =
				read_trigger;
		add_numa(ss, gfd, (int)i);
	}
	return 0;
}

static struct source *find_source(struct sources *ss, int group,
				  void (*read)(struct sources *, struct source *, int64_t *))
{
	for (size_t i = 0; i < ss->n; i++)
		if (ss->list[i].object == group && ss->list[i].read == read)
			return &ss->list[i];
	return NULL;
}

static void need_protection(struct sources *ss, bool *needed)
{
	const struct protect_columns *pc = ss->protect;
	bool any = false;

	for (size_t i = 0; pc && i < pc->n * ARRAY_SIZE(kinds) * 2; i++)
		any |= needed[pc->first + i];
	for (size_t g = 0; any && g < pc->n; g++)
		for (size_t k = 0; k < ARRAY_SIZE(kinds); k++) {
			if (pc->usage[g] >= 0)
				needed[pc->usage[g]] = true;
			if (pc->setting[k][g] >= 0)
				needed[pc->setting[k][g]] = true;
		}
}

/* Events between two looks at a trigger are one: it is looked at in every sample once it is armed.
 */
static void need_triggers(struct sources *ss, bool *needed)
{
	const struct plan *plan = ss->trial->plan;

	for (size_t p = 0; p < plan->spec.n_phases; p++)
		for (size_t a = 0; a < plan->phases[p].n_actions; a++) {
			const struct plan_action *act = &plan->phases[p].actions[a];
			const struct source *s;

			if (act->kind != ACT_SET || !act->set.knob ||
			    !str_eq(act->set.knob, "memory.pressure.trigger"))
				continue;
			s = find_source(ss, act->set.group, read_trigger);
			if (s)
				needed[s->first] = true;
		}
}

void sources_need(struct sources *ss, bool *needed)
{
	need_protection(ss, needed);
	need_triggers(ss, needed);
}

/* The trigger lives as long as its descriptor; a second one is armed on a new descriptor. */
static int arm(struct source *s, int gfd, int64_t stall_ns)
{
	char text[64];
	int len = snprintf(text, sizeof(text), "some %lld %d", (long long)(stall_ns / 1000),
			   TRIGGER_WINDOW_US);

	close_fd(&s->fd2);
	s->fd2 = openat(gfd, "memory.pressure", O_RDWR | O_NONBLOCK | O_CLOEXEC);
	if (s->fd2 < 0)
		return -errno;
	/* With its terminator, as the kernel replaces the last byte (psi_write()). */
	return write(s->fd2, text, (size_t)len + 1) < 0 ? -errno : 0;
}

int sources_turn(struct sources *ss, int group, const struct knob *k, int64_t value,
		 struct err *err)
{
	bool peak = str_eq(k->name, "memory.peak.reset");
	struct source *s = find_source(ss, group, peak ? read_peak : read_trigger);
	int r = -EINVAL;

	if (s && peak)
		r = pwrite(s->fd, "reset\n", 6, 0) < 0 ? -errno : 0;
	else if (s)
		r = arm(s, tree_group_fd(&ss->trial->tree, (size_t)group), value);
	/* The file is not there, or there is no writing to it (kernfs_fop_write_iter). */
	if (!s || (peak && r == -EINVAL))
		return err_set_class(err, ERR_SKIP, r, "%s: this kernel cannot", k->name);
	return r < 0 ? err_errno(err, r, "cannot set %s", k->name) : 0;
}
