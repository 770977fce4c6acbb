/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A suite: a named set of profiles, params for them, and what the kernel's config must have, as its
 * author wrote it. Does not own: which profiles there are (cli/), nor the config that is looked at.
 */
#ifndef MT_PROFILE_SUITE_H
#define MT_PROFILE_SUITE_H

#include "profile/profile.h"

#define SUITE_PARAMS_MAX 64

struct suite {
	struct arena arena;
	const char *path;
	struct text summary;
	struct text *profiles; /* names and patterns below the profiles directory; none: all */
	size_t n_profiles;
	struct text *tags; /* of these the profiles with one of them; none: all */
	size_t n_tags;
	struct profile_override *params; /* for each of its profiles that has such a param */
	size_t n_params;
	struct text *configs; /* "CONFIG_MEMCG=y" */
	size_t n_configs;
	bool loop; /* goes round until it is stopped */
};

/*
 * Read a suite. Every mistake goes to diags. Returns 0, -EINVAL when there is one, or a negative
 * errno with a sentence when the file cannot be read. The caller frees in all cases.
 */
int suite_load(struct suite *s, const char *path, struct diags *diags, struct err *err);
void suite_free(struct suite *s);

/*
 * The lines that a kernel's config lacks, with what it has instead: "CONFIG_MEMCG=y (not set)".
 * Returns their number; buf holds as many as it has room for.
 */
size_t suite_lacks(const struct suite *s, const char *config, size_t len, char *buf, size_t size);

#endif
