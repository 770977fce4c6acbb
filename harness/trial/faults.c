/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a fault may do to the trial and its machine, and when faults are armed and disarmed. */
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "base/cleanup.h"
#include "base/io.h"
#include "trial/trial_state.h"

#define KILL_LIMIT (60 * NSEC_PER_SEC)

struct host {
	struct fault_host h;
	struct trial *t;
};

static struct trial *trial_of(struct fault_host *h)
{
	return ((struct host *)h)->t;
}

static int host_change(struct fault_host *h, enum change_root root, const char *path,
		       const char *value, struct err *err)
{
	return undo_change(&trial_of(h)->undo, root, path, value, err);
}

static int64_t host_look(struct fault_host *h, enum change_root root, const char *path)
{
	int64_t v;

	return file_read_i64(trial_of(h)->undo.roots.fd[root], path, &v) < 0 ? VALUE_ABSENT : v;
}

static int host_trigger(struct fault_host *h, enum change_root root, const char *path,
			const char *value, struct err *err)
{
	int r = file_write(trial_of(h)->undo.roots.fd[root], path, value);

	return r < 0 ? err_errno(err, r, "cannot write %s to %s", value, path) : 0;
}

/* mm/swapfile.c:swap_show() escapes blanks and the backslash as \ooo. */
static void unescape(char *s)
{
	char *to = s;

	for (; *s; s++) {
		if (s[0] == '\\' && isdigit(s[1]) && isdigit(s[2]) && isdigit(s[3])) {
			*to++ = (char)((s[1] - '0') << 6 | (s[2] - '0') << 3 | (s[3] - '0'));
			s += 3;
		} else {
			*to++ = *s;
		}
	}
	*to = '\0';
}

/* Lines of /proc/swaps behind its head: "/dev/vdb   partition  524284  0  -2". */
static int host_swapoff(struct fault_host *h, struct err *err)
{
	struct trial *t = trial_of(h);
	char text[4096], area[128], *line = text;
	int priority, n = 0;
	ssize_t len = file_read(t->config->roots->proc, "swaps", text, sizeof(text));

	if (len < 0)
		return err_errno(err, (int)len, "cannot read /proc/swaps");
	while ((line = strchr(line, '\n')) && *++line) {
		int r;

		if (sscanf(line, "%127s %*s %*s %*s %d", area, &priority) != 2)
			continue;
		unescape(area);
		r = undo_swapoff(&t->undo, area, priority, err);
		if (r < 0)
			return r;
		n++;
	}
	return n;
}

static bool is_meant(const struct fault *f, const struct slot *s)
{
	for (size_t i = 0; i < f->n_stressors; i++)
		if (s->stressor == f->stressors[i])
			return s->pid > 0 && !s->exited;
	return false;
}

/* Every task of a worker and of what it forked. Threads and children made later inherit it. */
static int mark_process(struct trial *t, pid_t pid, const char *value, int depth)
{
	_cleanup_closedir_ DIR *d = NULL;
	char path[80], children[1024];
	int n = 0, fd;

	snprintf(path, sizeof(path), "%d/task", (int)pid);
	fd = dir_open(t->config->roots->proc, path);
	d = fd < 0 ? NULL : fdopendir(fd);
	for (struct dirent *e; d && (e = readdir(d));) {
		char *next = children;

		if (!isdigit((unsigned char)e->d_name[0]))
			continue;
		snprintf(path, sizeof(path), "%.16s/make-it-fail", e->d_name);
		n += file_write(dirfd(d), path, value) == 0;
		snprintf(path, sizeof(path), "%.16s/children", e->d_name);
		if (depth > 3 || file_read(dirfd(d), path, children, sizeof(children)) <= 0)
			continue;
		for (long child; (child = strtol(next, &next, 10)) > 0;)
			n += mark_process(t, (pid_t)child, value, depth + 1);
	}
	return n;
}

static int host_mark(struct fault_host *h, const struct fault *f, bool on)
{
	struct trial *t = trial_of(h);
	int n = 0;

	for (int i = 0; i < t->n_slots; i++)
		if (is_meant(f, &t->slots[i]))
			n += mark_process(t, t->slots[i].pid, on ? "1" : "0", 0);
	return n;
}

/* A file system without a block device (tmpfs, overlay) has major number 0. */
static int host_disk(struct fault_host *h, char *ret, size_t size, struct err *err)
{
	struct trial *t = trial_of(h);
	char file[96];
	struct stat st;

	if (t->scratch_fd < 0 || fstat(t->scratch_fd, &st) < 0)
		return err_set_class(err, ERR_SKIP, -ENOENT,
				     "no stressor of this trial has files on a disk");
	snprintf(ret, size, "dev/block/%u:%u", major(st.st_dev), minor(st.st_dev));
	snprintf(file, sizeof(file), "%s/make-it-fail", ret);
	if (faccessat(t->undo.roots.fd[CHANGE_SYS], file, F_OK, 0) == 0)
		return 0;
	return err_set_class(err, ERR_SKIP, -ENODEV,
			     "the scratch files are on no disk whose requests could fail (no "
			     "/sys/%s)",
			     file);
}

static int host_knob_read(struct fault_host *h, int group, const char *knob, int64_t *ret,
			  struct err *err)
{
	struct trial *t = trial_of(h);

	return knob_read(tree_group_fd(&t->tree, (size_t)group), t->version, knob_find(knob), ret,
			 err);
}

static int host_knob_write(struct fault_host *h, int group, const char *knob, int64_t value,
			   struct err *err)
{
	struct trial *t = trial_of(h);
	struct knob_context ctx = {.has_swap = t->config->machine->swap_total > 0};

	return knob_write(tree_group_fd(&t->tree, (size_t)group), t->version, knob_find(knob),
			  value, &ctx, err);
}

static int host_kill(struct fault_host *h, const struct fault *f, struct err *err)
{
	struct trial *t = trial_of(h);
	struct stressor_list list = {f->stressors, f->n_stressors};
	int n = 0, r;

	for (int i = 0; i < t->n_slots; i++)
		n += is_meant(f, &t->slots[i]);
	workers_kill(t, f->stressors, f->n_stressors);
	r = loop_until(t, mono_now().ns + KILL_LIMIT, workers_all_exited, &list);
	if (r == 0)
		return err_set(err, -ETIMEDOUT, "killed workers did not die");
	return r < 0 ? r : n;
}

static int host_pass(struct fault_host *h, int64_t ns)
{
	return ns ? loop_until(trial_of(h), mono_now().ns + ns, NULL, NULL) : 0;
}

static struct host host_of(struct trial *t)
{
	return (struct host){
		.t = t,
		.h = {.change = host_change,
		      .look = host_look,
		      .trigger = host_trigger,
		      .swapoff = host_swapoff,
		      .mark = host_mark,
		      .disk = host_disk,
		      .knob_read = host_knob_read,
		      .knob_write = host_knob_write,
		      .kill = host_kill,
		      .pass = host_pass},
	};
}

int faults_arm(struct trial *t, const struct plan_action *act, struct err *err)
{
	struct host host = host_of(t);
	struct fault *f;
	int r;

	if (t->n_faults == FAULTS_ARMED_MAX)
		return err_set(err, -ENOSPC, "too many faults in one phase");
	f = &t->faults[t->n_faults++];
	*f = (struct fault){.kind = act->fault.kind,
			    .opts = act->fault.opts,
			    .stressors = act->stressors,
			    .n_stressors = act->n_stressors,
			    .group = act->fault.group};
	/* Its changes are taken back with it, and not with those of other actions. */
	t->undo.owner = (int)t->n_faults;
	r = fault_arm(f, &host.h, err);
	t->undo.owner = 0;
	return r;
}

/* An action that was ended by a signal of the user says nothing about the fault. */
static void count(struct trial *t, const struct fault *f)
{
	struct fault_count *c = &t->fault_count[f->kind - fault_kinds];

	c->injected += f->injected;
	c->armed++;
	c->idle += !f->injected && !t->interrupts;
	record_event(t->rec, EV_FAULT, trial_now(t), t->phase, "%s injected %" PRId64,
		     f->kind->name, f->injected);
}

int faults_disarm(struct trial *t, struct err *err)
{
	struct host host = host_of(t);
	int first = 0;

	for (; t->n_faults; t->n_faults--) {
		struct fault *f = &t->faults[t->n_faults - 1];
		int r;

		t->undo.owner = (int)t->n_faults;
		r = fault_disarm(f, &host.h, err);
		first = first ? first : MIN(r, 0);
		r = undo_of(&t->undo, (int)t->n_faults, err);
		first = first ? first : MIN(r, 0);
		count(t, f);
	}
	t->undo.owner = 0;
	return first;
}

int64_t faults_injected(struct trial *t, size_t kind)
{
	int64_t n = t->fault_count[kind].injected;
	struct host host = host_of(t);

	for (size_t i = 0; i < t->n_faults; i++)
		if (t->faults[i].kind == &fault_kinds[kind])
			n += fault_so_far(&t->faults[i], &host.h);
	return n;
}
