/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "kernel/probe.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "base/io.h"
#include "base/units.h"
#include "kernel/config.h"
#include "kernel/lines.h"
#include "kernel/probe_parts.h"

void probe_line(int dirfd, const char *path, char *buf, size_t size)
{
	ssize_t n = file_read(dirfd, path, buf, size);
	char *end;

	if (n < 0 && n != -E2BIG)
		buf[0] = '\0';
	end = strchr(buf, '\n');
	if (end)
		*end = '\0';
}

int probe_writable(const struct probe *p, const struct machine *m, int dirfd, const char *path)
{
	struct stat st;

	if (!p->roots->fake)
		return faccessat(dirfd, path, W_OK, AT_EACCESS) ? -errno : 0;
	/* Modes of a captured tree are those of the capture: who wrote them decides. */
	if (fstatat(dirfd, path, &st, 0))
		return -errno;
	return m->euid ? -EACCES : 0;
}

/* A text that is not there is an empty one. */
static int load(int dirfd, const char *path, char **ret_text, size_t *ret_len)
{
	int r = file_read_alloc(dirfd, path, ret_text, ret_len);

	if (r >= 0)
		return 0;
	*ret_text = NULL;
	*ret_len = 0;
	return r == -ENOMEM ? r : 0;
}

static int load_texts(struct probe *p, struct machine *m)
{
	const struct {
		const char *path;
		char **text;
		size_t *len;
	} table[] = {
		{"self/mountinfo", &p->mountinfo, &p->mountinfo_len},
		{"self/status", &p->status, &p->status_len},
		{"filesystems", &p->filesystems, &p->filesystems_len},
	};

	for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
		int r = load(p->roots->proc, table[i].path, table[i].text, table[i].len);

		if (r)
			return r;
	}
	probe_line(p->roots->proc, "sys/kernel/osrelease", m->release, sizeof(m->release));
	if (config_load(p->roots, m->release, &p->config, &p->config_len, m->config_source,
			sizeof(m->config_source))) {
		p->config = NULL;
		p->config_len = 0;
		m->config_source[0] = '\0';
	}
	return 0;
}

int probe_machine(const struct roots *roots, struct machine *ret, struct err *err)
{
	struct probe p = {.roots = roots};
	int r;

	*ret = (struct machine){.fake = roots->fake,
				.taint = -1,
				.base_limit = VALUE_MAX,
				.base_swap_limit = VALUE_MAX};
	r = load_texts(&p, ret);
	if (!r) {
		probe_kernel(&p, ret);
		probe_memory(&p, ret);
		probe_company(&p, ret);
		probe_cgroups(&p, ret);
		probe_needs(&p, ret);
	}
	free(p.mountinfo);
	free(p.config);
	free(p.status);
	free(p.filesystems);
	return r ? err_errno(err, r, "cannot read what this machine is") : 0;
}

const char *cgroup_mode_word(enum cgroup_mode mode)
{
	static const char *const words[] = {
		[CGROUP_MODE_NONE] = "none",
		[CGROUP_MODE_V1] = "v1",
		[CGROUP_MODE_V2] = "v2",
		[CGROUP_MODE_HYBRID] = "hybrid",
	};

	return words[mode];
}
