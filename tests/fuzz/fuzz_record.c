/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Saved results of unknown origin: whatever is taken must be written back, and what was written
 * must be taken again and be the same.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "record/record.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void write_text(const struct run *run, char **ret, size_t *ret_len)
{
	FILE *f = open_memstream(ret, ret_len);
	struct err err = {0};

	if (!f || run_write(run, f, &err) < 0)
		abort();
	fclose(f);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_free_ char *first = NULL, *second = NULL;
	struct run run, again;
	struct err err = {0};
	size_t len, len_again;

	if (run_load_text(&run, (const char *)data, size, &err) < 0) {
		if (!err.code || !*err.text)
			abort();
		return 0;
	}
	run_verdict(&run);
	write_text(&run, &first, &len);
	if (run_load_text(&again, first, len, &err) < 0) {
		fprintf(stderr, "what was written is refused: %s\n", err.text);
		abort();
	}
	write_text(&again, &second, &len_again);
	if (len != len_again || memcmp(first, second, len) != 0)
		abort();
	run_free(&again);
	run_free(&run);
	return 0;
}
