/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "profile/matrix.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/words.h"
#include "profile/decode.h"

/* A value of an option, checked as far as it can be without a guest. */
enum kind { K_PATH, K_WORDS, K_SIZE, K_RATE, K_COUNT, K_SWAP, K_CGROUP };

static const struct option {
	const char *name;
	size_t offset;
	enum kind kind;
	int64_t min, max;
} options[] = {
#define OPTION(name, field, ...)                                                                   \
	{                                                                                          \
		name, offsetof(struct matrix_part, field), __VA_ARGS__                             \
	}
	OPTION("kernel", kernel, K_PATH, 0, 0),
	OPTION("modules", modules, K_PATH, 0, 0),
	OPTION("append", append, K_WORDS, 0, 0),
	OPTION("memory", memory, K_SIZE, 256 * MIB, 1024 * GIB),
	OPTION("cpus", cpus, K_COUNT, 1, 255),
	OPTION("numa", numa, K_COUNT, 1, 8),
	OPTION("swap", swap, K_SWAP, 0, 1024 * GIB),
	OPTION("disk", disk, K_SIZE, 0, 1024 * GIB),
	OPTION("disk-rate", disk_rate, K_RATE, 0, 1024 * GIB),
	OPTION("cgroup", cgroup, K_CGROUP, 0, 0),
	OPTION("reserve", reserve, K_SIZE, 0, 1024 * GIB),
#undef OPTION
};

static const struct option *option_of(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(options); i++)
		if (str_eq(options[i].name, name))
			return &options[i];
	return NULL;
}

static void check_quantity(struct decoder *dc, struct text t, const char *number, enum unit want,
			   const struct option *o)
{
	char min[QUANTITY_MAX], max[QUANTITY_MAX];
	enum unit unit;
	int64_t value;

	if (quantity_parse(number, strlen(number), &value, &unit) < 0 ||
	    (unit != want && value != 0))
		diag_add(dc->diags, t.pos, NULL, "\"%.64s\" is no %s", number,
			 want == UNIT_BYTES ? "size, such as 512M"
			 : want == UNIT_BPS ? "rate, such as 8M/s"
					    : "number");
	else if (value < o->min || value > o->max)
		diag_add(dc->diags, t.pos, NULL, "%s is from %s to %s", o->name,
			 quantity_format(min, o->min, want), quantity_format(max, o->max, want));
}

static void decode_option(struct decoder *dc, const struct node *key, const struct node *value,
			  void *to)
{
	const struct option *o = option_of(key->s);
	struct text *t = (struct text *)(void *)((char *)to + o->offset);

	if (!decode_text(dc, key, value, t))
		return;
	switch (o->kind) {
	case K_PATH:
	case K_WORDS:
		break;
	case K_SIZE:
		check_quantity(dc, *t, t->s, UNIT_BYTES, o);
		break;
	case K_RATE:
		check_quantity(dc, *t, t->s, UNIT_BPS, o);
		break;
	case K_COUNT:
		check_quantity(dc, *t, t->s, UNIT_COUNT, o);
		break;
	case K_SWAP:
		check_quantity(dc, *t, t->s + (str_starts(t->s, "zram:") ? 5 : 0), UNIT_BYTES, o);
		break;
	case K_CGROUP:
		if (!str_eq(t->s, "v1") && !str_eq(t->s, "v2"))
			diag_add(dc->diags, t->pos, NULL, "cgroup is v1 or v2");
		break;
	}
}

static const struct field kernel_fields[] = {
	{"kernel", true, decode_option},
	{"modules", false, decode_option},
	{"append", false, decode_option},
	{.name = NULL},
};

static const struct field shape_fields[] = {
	{"memory", false, decode_option},
	{"cpus", false, decode_option},
	{"numa", false, decode_option},
	{"swap", false, decode_option},
	{"disk", false, decode_option},
	{"disk-rate", false, decode_option},
	{"cgroup", false, decode_option},
	{"reserve", false, decode_option},
	{.name = NULL},
};

/* It is a column's title and part of a file's name. */
static void check_name(struct decoder *dc, const struct node *key)
{
	const char *s = key->s;

	for (; isalnum((unsigned char)*s) || (*s && strchr("._-", *s)); s++)
		;
	if (*s || key->s[0] == '.' || !key->s[0])
		diag_add(dc->diags, key->pos, NULL,
			 "a name in a matrix has letters, digits, \".\", \"_\" and \"-\"");
}

static void decode_axis(struct decoder *dc, const struct node *key, const struct node *value,
			struct matrix_axis *axis, const char *what, const struct field *table)
{
	if (!is_map(dc, key, value))
		return;
	if (!value->n || value->n > MATRIX_AXIS_MAX) {
		diag_add(dc->diags, key->pos, NULL, "\"%s\" has 1 to %d entries", key->s,
			 MATRIX_AXIS_MAX);
		return;
	}
	for (size_t i = 0; i < value->n; i++) {
		const struct node_pair *pair = &value->pairs[i];
		struct matrix_part part = {.name = node_text(pair->key)};

		check_name(dc, pair->key);
		if (table)
			fields_decode(dc, pair->value, pair->key->pos, what, table, &part);
		else if (pair->value->kind != NODE_NULL)
			decode_text(dc, pair->key, pair->value, &part.append);
		append(dc->arena, axis->parts, axis->n, part);
	}
}

static void decode_kernels(struct decoder *dc, const struct node *key, const struct node *value,
			   void *to)
{
	struct matrix *m = to;

	decode_axis(dc, key, value, &m->kernels, "a kernel", kernel_fields);
}

/* "NAME: WORDS": nothing behind it is a boot without any. */
static void decode_boots(struct decoder *dc, const struct node *key, const struct node *value,
			 void *to)
{
	struct matrix *m = to;

	decode_axis(dc, key, value, &m->boots, NULL, NULL);
}

static void decode_shapes(struct decoder *dc, const struct node *key, const struct node *value,
			  void *to)
{
	struct matrix *m = to;

	decode_axis(dc, key, value, &m->shapes, "a shape", shape_fields);
}

static void decode_summary(struct decoder *dc, const struct node *key, const struct node *value,
			   void *to)
{
	struct matrix *m = to;

	decode_text(dc, key, value, &m->summary);
}

static void decode_suite(struct decoder *dc, const struct node *key, const struct node *value,
			 void *to)
{
	struct matrix *m = to;

	decode_text(dc, key, value, &m->suite);
}

static void decode_profiles(struct decoder *dc, const struct node *key, const struct node *value,
			    void *to)
{
	struct matrix *m = to;

	decode_words(dc, key, value, &m->profiles, &m->n_profiles);
}

static const struct field matrix_fields[] = {
	{"summary", true, decode_summary},
	{"suite", false, decode_suite},
	{"profiles", false, decode_profiles},
	{"kernels", true, decode_kernels},
	{"boots", false, decode_boots},
	{"shapes", false, decode_shapes},
	{.name = NULL},
};

int matrix_load(struct matrix *m, const char *path, struct diags *diags, struct err *err)
{
	struct decoder dc = {.arena = &m->arena, .diags = diags};
	struct matrix_axis *optional[] = {&m->boots, &m->shapes};
	struct pos top = {.line = 1, .col = 1};
	struct node *root;
	int r;

	*m = (struct matrix){0};
	m->path = arena_strdup(&m->arena, path);
	r = file_nodes(&dc, path, "matrix", &root, err);
	if (r < 0)
		return r;
	if (root)
		fields_decode(&dc, root, top, "a matrix", matrix_fields, m);
	for (size_t i = 0; i < ARRAY_SIZE(optional); i++)
		if (!optional[i]->n)
			append(&m->arena, optional[i]->parts, optional[i]->n,
			       (struct matrix_part){0});
	if (matrix_cells(m) > MATRIX_CELLS_MAX)
		diag_add(diags, top, NULL, "a matrix has at most %d cells, this one has %zu",
			 MATRIX_CELLS_MAX, matrix_cells(m));
	return diags->n ? -EINVAL : 0;
}

void matrix_free(struct matrix *m)
{
	arena_free(&m->arena);
	*m = (struct matrix){0};
}

size_t matrix_cells(const struct matrix *m)
{
	return m->kernels.n * m->boots.n * m->shapes.n;
}

void matrix_cell(const struct matrix *m, size_t i, struct arena *a, struct matrix_part *ret)
{
	const struct matrix_part *shape = &m->shapes.parts[i % m->shapes.n];
	const struct matrix_part *boot = &m->boots.parts[i / m->shapes.n % m->boots.n];
	const struct matrix_part *kernel = &m->kernels.parts[i / m->shapes.n / m->boots.n];

	*ret = *shape;
	ret->name.s = kernel->name.s;
	if (m->boots.n > 1)
		ret->name.s = arena_printf(a, "%s+%s", ret->name.s, boot->name.s);
	if (m->shapes.n > 1)
		ret->name.s = arena_printf(a, "%s+%s", ret->name.s, shape->name.s);
	ret->kernel = kernel->kernel;
	ret->modules = kernel->modules;
	ret->append = kernel->append.s ? kernel->append : boot->append;
	if (kernel->append.s && boot->append.s)
		ret->append.s = arena_printf(a, "%s %s", kernel->append.s, boot->append.s);
}
