/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Fuzz target for the way of a profile: bytes to YAML to nodes to quantities and constraints.
 * Beside memory errors and leaks it looks for a refusal without a reason and for a place that is
 * not in the file. Seeds: tests/golden/diag. The text is in a buffer of exactly its size.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "profile/profile.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(int holds)
{
	if (!holds)
		abort();
}

static int count_lines(const char *text, size_t size)
{
	int n = 1;

	for (size_t i = 0; i < size; i++)
		n += text[i] == '\n';
	return n;
}

static void check_diags(struct diags *d, const char *text, size_t size)
{
	int lines = count_lines(text, size);
	char *out = NULL;
	size_t len = 0;
	FILE *f = open_memstream(&out, &len);

	must(f != NULL);
	for (size_t i = 0; i < d->n; i++) {
		must(d->list[i].text[0] != '\0');
		must(d->list[i].pos.line >= 0 && d->list[i].pos.line <= lines);
		must(d->list[i].pos.col <= (int)size + 1);
	}
	diags_print(d, f, size % 2);
	fclose(f);
	must((d->n == 0) == (len == 0));
	free(out);
}

/* What was accepted must be whole: the plan takes it as it is. */
static void check_profile(const struct profile *p)
{
	must(p->summary.s && p->source.s && p->n_phases > 0);
	for (size_t i = 0; i < p->n_params; i++)
		must(p->params[i].value != NULL);
	for (size_t i = 0; i < p->n_stressors; i++)
		must(p->stressors[i].kind && p->stressors[i].n_groups > 0);
	for (size_t i = 0; i < p->n_phases; i++) {
		const struct profile_phase *phase = &p->phases[i];

		must(phase->name.s && phase->since_index < (int)i);
		for (size_t j = 0; j < phase->n_expects; j++)
			must(phase->expects[j].is.a || phase->expects[j].is.word);
		for (size_t j = 0; j < phase->n_actions; j++)
			must(phase->actions[j].text.s != NULL);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct profile_override set = {.name = "limit", .value = "2 x 64M"};
	struct profile p;
	struct diags d = {0};
	char *text = malloc(size ? size : 1);
	int r;

	must(text != NULL);
	memcpy(text, data, size);
	r = profile_parse(&p, "fuzz.yaml", text, size, &set, size % 3 == 0, &d);
	must((r == 0) == (d.n == 0));
	if (r == 0)
		check_profile(&p);
	check_diags(&d, text, size);
	profile_free(&p);
	diags_free(&d);
	free(text);
	return 0;
}
