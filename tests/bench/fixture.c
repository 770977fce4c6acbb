/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

#include "base/cleanup.h"
#include "fixture.h"

int64_t cpu_now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);
	return ts.tv_sec * NSEC_PER_SEC + ts.tv_nsec;
}

int fixture_plan(struct fixture *f, struct bench *b, const char *yaml, struct err *err)
{
	struct plan_config config = {.machine = &b->machine, .disk_free = -1};
	int r = profile_parse(&f->profile, "bench.yaml", yaml, strlen(yaml), NULL, 0, &f->diags);

	if (r == 0)
		r = plan_build(&f->plan, &f->profile, &config, &f->diags, err);
	if (f->diags.n) {
		diags_print(&f->diags, stderr, false);
		return err_set(err, -EINVAL, "the profile of the benchmark is wrong");
	}
	if (r == 0 && f->plan.skip)
		return err_set_class(err, ERR_SKIP, -EOPNOTSUPP, "%s", f->plan.skip);
	return r;
}

static int make_tree(struct fixture *f, struct bench *b, struct err *err)
{
	struct trial *t = &f->trial;
	const struct spec *spec = &f->plan.spec;
	struct tree_group *groups = arena_array(&f->rec.arena, spec->n_groups + 1, sizeof(*groups));
	struct tree_config cfg = {
		.version = t->version,
		.mount_fd = t->mount_fd,
		.mount = b->machine.memcg_mount,
		.base = b->base,
		.name = f->rec.id,
		.fuse = spec->fuse,
		.groups = groups,
		.n_groups = spec->n_groups,
	};

	for (size_t i = 0; i < spec->n_groups; i++)
		groups[i] = (struct tree_group){.path = spec->groups[i].path, .has_workers = true};
	return tree_create(&t->tree, &cfg, err);
}

int fixture_open(struct fixture *f, struct bench *b, struct err *err)
{
	struct trial *t = &f->trial;
	int r;

	f->config = (struct trial_config){.machine = &b->machine,
					  .roots = &b->roots,
					  .base = b->base,
					  .number = (*b->trees)++};
	f->rec = (struct record){.fate = V_PASS};
	*t = (struct trial){.config = &f->config,
			    .plan = &f->plan,
			    .rec = &f->rec,
			    .version = b->machine.memcg_version == 1 ? CG_V1 : CG_V2,
			    .mount_fd = roots_dir(&b->roots, b->machine.memcg_mount),
			    .scratch_fd = -1,
			    .epoll = -1,
			    .signals = -1,
			    .notify = -1,
			    .kmsg = -1,
			    .guard = {.pipe = -1},
			    .phase = -1,
			    .doing = "bench",
			    .t0 = mono_now().ns};
	if (t->mount_fd < 0)
		return err_errno(err, t->mount_fd, "cannot open %s", b->machine.memcg_mount);
	record_prepare(t);
	r = loop_open(t, err);
	if (r == 0)
		r = make_tree(f, b, err);
	t->n_slots = f->plan.n_workers;
	t->slots = arena_array(&f->rec.arena, (size_t)t->n_slots + 1, sizeof(*t->slots));
	return r;
}

int fixture_stop(struct fixture *f, struct err *err)
{
	struct trial *t = &f->trial;
	int r;

	if (!t->config)
		return 0;
	workers_finish(t);
	sources_close(&t->sources);
	r = tree_destroy(&t->tree, err);
	loop_close(t);
	record_keep(t);
	close_fd(&t->mount_fd);
	if (t->pages)
		munmap(t->pages, sizeof(*t->pages) * (size_t)MAX(t->n_slots, 1));
	record_free(&f->rec);
	*t = (struct trial){0};
	return r;
}

void fixture_free(struct fixture *f)
{
	struct err err = {0};

	if (!f)
		return;
	fixture_stop(f, &err);
	plan_free(&f->plan);
	profile_free(&f->profile);
	diags_free(&f->diags);
	free(f);
}
