/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/gate_guest.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "base/io.h"
#include "base/words.h"
#include "cli/suites.h"
#include "gate/bzimage.h"
#include "gate/disk.h"

#define MEMORY_MIN (256 * MIB)

static int quantity(const char *name, const char *text, enum unit unit, int64_t deflt, int64_t min,
		    int64_t max, int64_t *ret, struct err *err)
{
	int r = 0;

	*ret = deflt;
	if (text)
		r = cli_quantity(name, text, unit, ret, err);
	if (r == 0 && (*ret < min || *ret > max))
		r = err_set_class(err, ERR_USAGE, -ERANGE, "--%s: %s is out of range", name, text);
	return r;
}

static int word_of(const char *name, const char *text, const char *const *words, size_t n,
		   int deflt, int *ret, struct err *err)
{
	*ret = text ? word_index(words, n, text) : deflt;
	return *ret >= 0 ? 0
			 : err_set_class(err, ERR_USAGE, -EINVAL,
					 "--%s: \"%s\" is not one of its "
					 "words; see memtrial gate --help",
					 name, text);
}

static int read_shape(struct gate_guest *g, struct err *err)
{
	struct cli *c = g->cli;
	int64_t cpus, nodes;
	int r;

	if ((r = quantity("memory", c->memory, UNIT_BYTES, 2 * GIB, MEMORY_MIN, 1024 * GIB,
			  &g->vm.memory, err)) < 0 ||
	    (r = quantity("cpus", c->cpus, UNIT_COUNT, 2, 1, 255, &cpus, err)) < 0 ||
	    (r = quantity("numa", c->numa, UNIT_COUNT, 1, 1, VM_NODES_MAX, &nodes, err)) < 0 ||
	    (r = quantity("silence", c->silence, UNIT_DUR, 120 * NSEC_PER_SEC, NSEC_PER_SEC,
			  INT64_MAX / 4, &g->watch.silence.ns, err)) < 0 ||
	    (r = quantity("timeout", c->timeout, UNIT_DUR, 1800 * NSEC_PER_SEC, NSEC_PER_SEC,
			  INT64_MAX / 4, &g->watch.total.ns, err)) < 0)
		return r;
	g->vm.cpus = (int)cpus;
	g->vm.nodes = (int)nodes;
	return 0;
}

static int read_words(struct gate_guest *g, struct err *err)
{
	static const char *const versions[] = {"", "v1", "v2"};
	int accel, r;

	if ((r = word_of("cgroup", g->cli->cgroup, versions, 3, 2, &g->conf.cgroup, err)) < 0 ||
	    (r = word_of("accel", g->cli->accel, accel_words, 3, ACCEL_AUTO, &accel, err)) < 0)
		return r;
	if (g->conf.cgroup == 0)
		return err_set_class(err, ERR_USAGE, -EINVAL, "--cgroup wants v1 or v2");
	g->accel = (enum accel)accel;
	return 0;
}

/* "512M" is a disk, "zram:512M" is not. */
static int make_swap(struct gate_guest *g, struct err *err)
{
	const char *text = g->cli->swap;
	bool zram = text && str_starts(text, "zram:");
	int r;

	r = quantity("swap", zram ? text + 5 : text, UNIT_BYTES, 0, 0, 1024 * GIB,
		     &g->conf.swap_size, err);
	if (r < 0 || !g->conf.swap_size)
		return r;
	g->conf.swap_size &= -page_size();
	g->conf.swap = zram ? SWAP_ZRAM : SWAP_DISK;
	if (zram)
		return 0;
	g->vm.swap = disk_make(g->conf.swap_size, err);
	return g->vm.swap < 0 ? g->vm.swap
			      : disk_swap_header(g->vm.swap, g->conf.swap_size, page_size(), err);
}

static int make_disk(struct gate_guest *g, struct err *err)
{
	struct err why = {0};
	int64_t size;
	int r = quantity("disk", g->cli->disk, UNIT_BYTES, 2 * GIB, 0, 1024 * GIB, &size, err);

	if (r == 0)
		r = quantity("disk-rate", g->cli->disk_rate, UNIT_BPS, 0, 0, 1024 * GIB,
			     &g->vm.scratch_rate, err);
	if (r < 0 || size == 0)
		return r;
	g->vm.scratch = disk_make(size, err);
	if (g->vm.scratch < 0)
		return g->vm.scratch;
	r = disk_ext4(g->vm.scratch, &why);
	g->conf.scratch = r == 0;
	if (r == 0)
		return 0;
	close_fd(&g->vm.scratch);
	if (r != -ENOENT || g->cli->disk)
		return err_set(err, r, "cannot make the guest's disk: %s", why.text);
	fprintf(stderr, "memtrial: the guest has no disk for files, as there is no mke2fs here "
			"(e2fsprogs); what needs one is skipped\n");
	return 0;
}

/* Below the guest's own directory: neither absolute nor out of it. */
const char *gate_guest_path(struct arena *a, const char *host)
{
	for (;;) {
		if (*host == '/')
			host++;
		else if (str_starts(host, "./"))
			host += 2;
		else if (str_starts(host, "../"))
			host += 3;
		else
			return arena_strdup(a, host);
	}
}

static void add_arg(struct gate_guest *g, const char *arg)
{
	*arena_push(&g->arena, g->conf.args, g->conf.n_args) = arg;
}

static void add_option(struct gate_guest *g, const char *name, const char *value)
{
	if (!value)
		return;
	add_arg(g, name);
	add_arg(g, value);
}

static const char *scratch_of(const struct gate_guest *g)
{
	return g->conf.scratch ? GATE_SCRATCH : "/var/tmp";
}

static void arguments(struct gate_guest *g, const struct image_file *files, size_t n)
{
	static const char *const fixed[] = {"run",	"--whole-machine", "--stream", "3",
					    "--output", "/dev/null",	   "--quiet"};
	struct arena *a = &g->arena;
	struct cli *c = g->cli;

	for (size_t i = 0; i < ARRAY_SIZE(fixed); i++)
		add_arg(g, fixed[i]);
	add_option(g, "--scratch", scratch_of(g));
	add_option(g, "--profiles", gate_guest_path(a, profiles_dir(c)));
	add_option(g, "--suite", g->suite ? g->suite + strlen(GATE_TRIALS) + 1 : NULL);
	add_option(g, "--rounds", c->rounds);
	add_option(g, "--seed", c->seed);
	add_option(g, "--reserve", c->reserve);
	for (size_t i = 0; i < c->n_set; i++)
		add_option(g, "--set", arena_printf(a, "%s=%s", c->set[i].name, c->set[i].value));
	add_arg(g, "--");
	for (size_t i = 0; i < n; i++)
		add_arg(g, files[i].guest + strlen(GATE_TRIALS) + 1);
}

/* "/boot/vmlinuz-6.1.0" has its modules in /lib/modules/6.1.0 and its config beside it. */
static const char *sibling(struct gate_guest *g, const char *format_dir, const char *name)
{
	const char *kernel = g->cli->kernel, *slash = strrchr(kernel, '/');
	const char *dir = slash ? arena_strndup(&g->arena, kernel, (size_t)(slash - kernel)) : ".";
	const char *path = arena_printf(&g->arena, "%s/%s%s", dir, format_dir, name);

	return g->release[0] && access(path, R_OK) == 0 ? path : NULL;
}

int gate_guest_demand(const struct gate_guest *g, const struct selection *sel, struct err *err)
{
	_cleanup_free_ char *text = NULL;
	size_t len;
	int r;

	if (!g->kernel_config || !sel->suite.n_configs)
		return 0;
	r = file_read_alloc(AT_FDCWD, g->kernel_config, &text, &len);
	return r < 0 ? err_errno(err, r, "cannot read %s", g->kernel_config)
		     : suite_demand(&sel->suite, text, len, g->kernel_config, err);
}

static int build_image(struct gate_guest *g, const struct selection *sel, struct err *err)
{
	struct arena *a = &g->arena;
	size_t n = sel->n + g->n_files;
	struct image_file *files = arena_array(a, n + 2, sizeof(*files));
	struct image_config image = {
		.modules_dir = g->cli->modules ? g->cli->modules
					       : sibling(g, "../lib/modules/", g->release),
		.kernel_config = g->kernel_config,
		.release = g->release,
		.files = files,
		.n_files = n,
		.programs = g->programs.list,
		.n_programs = g->programs.n,
		.zram = g->conf.swap == SWAP_ZRAM,
	};

	if (sel->suite.path)
		g->suite = arena_printf(a, GATE_TRIALS "/%s", gate_guest_path(a, sel->suite.path));
	g->titles = arena_array(a, sel->n + 1, sizeof(*g->titles));
	for (size_t i = 0; i < sel->n; i++) {
		files[i].host = sel->paths[i];
		files[i].guest =
			arena_printf(a, GATE_TRIALS "/%s", gate_guest_path(a, sel->paths[i]));
		g->titles[i] = plan_trial_name(a, sel->paths[i]);
	}
	if (sel->n > GATE_ARGS_MAX - 200)
		return err_set_class(err, ERR_USAGE, -E2BIG, "%zu profiles are too many", sel->n);
	for (size_t i = 0; i < g->n_files; i++)
		files[sel->n + i] = g->files[i];
	if (sel->suite.path)
		files[image.n_files++] = (struct image_file){sel->suite.path, g->suite};
	for (size_t i = 0; i < g->n_args; i++) {
		add_arg(g, g->args[i]);
		/* Behind the command's name: what follows "--" is no option. */
		if (!i)
			add_option(g, "--scratch", scratch_of(g));
	}
	if (!g->args)
		arguments(g, files, sel->n);
	g->vm.initrd = image_build(&image, &g->conf, a, err);
	return MIN(g->vm.initrd, 0);
}

int gate_guest_prepare(struct gate_guest *g, const struct selection *sel, struct err *err)
{
	int r;

	g->vm.qemu = g->cli->qemu;
	g->vm.kernel = g->cli->kernel;
	g->vm.append = g->cli->append;
	if (!g->cli->kernel)
		return err_set_class(err, ERR_USAGE, -EINVAL,
				     "which kernel? --kernel FILE names a bzImage or vmlinux");
	if ((r = kernel_file_release(g->cli->kernel, g->release, sizeof(g->release), err)) < 0 ||
	    (r = read_shape(g, err)) < 0 || (r = read_words(g, err)) < 0 ||
	    (r = make_swap(g, err)) < 0 || (r = make_disk(g, err)) < 0)
		return r;
	g->kernel_config = sibling(g, "config-", g->release);
	return build_image(g, sel, err);
}

void gate_guest_free(struct gate_guest *g)
{
	close_fd(&g->vm.initrd);
	close_fd(&g->vm.scratch);
	close_fd(&g->vm.swap);
	arena_free(&g->arena);
}
