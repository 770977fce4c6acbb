/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A matrix: kernels x boot parameters x shapes of the guest, each cell of which is one gate. Owns
 * what its author wrote; which files its patterns mean is looked up by who boots them (cli/).
 */
#ifndef MT_PROFILE_MATRIX_H
#define MT_PROFILE_MATRIX_H

#include "profile/profile.h"

#define MATRIX_AXIS_MAX	 32
#define MATRIX_CELLS_MAX 256

/* One entry of an axis: options of the gate by their names, those that are given. */
struct matrix_part {
	struct text name;
	struct text kernel, modules, append; /* kernel and modules: patterns, see matrix.c */
	struct text memory, cpus, numa, swap, disk, disk_rate, cgroup, reserve;
};

struct matrix_axis {
	struct matrix_part *parts; /* at least one; of an axis that is not given an empty one */
	size_t n;
};

struct matrix {
	struct arena arena;
	const char *path;
	struct text summary;
	struct text suite; /* what runs in each cell; not given: profiles, or the default ones */
	struct text *profiles;
	size_t n_profiles;
	struct matrix_axis kernels, boots, shapes;
};

/*
 * Read a matrix. Every mistake goes to diags. Returns 0, -EINVAL when there is one, or a negative
 * errno with a sentence when the file cannot be read. The caller frees in all cases.
 */
int matrix_load(struct matrix *m, const char *path, struct diags *diags, struct err *err);
void matrix_free(struct matrix *m);

size_t matrix_cells(const struct matrix *m);
/*
 * Cell i, kernels outermost: "debian-6.12", with "+BOOT" and "+SHAPE" where there are several of
 * them; its parts laid over each other.
 */
void matrix_cell(const struct matrix *m, size_t i, struct arena *a, struct matrix_part *ret);

#endif
